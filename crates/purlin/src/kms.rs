//! AWS KMS: keys, imported.
