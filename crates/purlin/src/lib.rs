//! Typed AWS infrastructure in Rust: the construct library users depend on.
