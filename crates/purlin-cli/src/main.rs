//! The toolkit binary `purlin`.

fn main() {}
