//! The reference stacks.

fn main() {}
