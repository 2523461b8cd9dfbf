//! AWS Secrets Manager: secrets, made by the stack or imported.

mod content;
mod secret;
mod secret_props;

pub use content::{GeneratedString, SecretContent, SecretObject};
pub use secret::Secret;
pub use secret_props::SecretProps;
