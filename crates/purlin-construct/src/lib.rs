//! The construct tree, typed values, and synthesis to a cloud assembly.
