//! The reference stacks, one function each.
