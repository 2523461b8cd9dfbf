//! AWS Systems Manager: parameters, made by the stack or imported.

mod secure_string;
mod string_parameter;

pub use secure_string::SecureStringParameter;
pub use string_parameter::{ParameterTier, StringParameter, StringParameterProps};
