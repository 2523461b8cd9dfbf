//! Values of a function's environment variables: text, but no secrets.

use purlin_construct::{IntoValue, Value};

/// A value of an environment variable: text that is known now or at deployment.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be an environment variable of a function",
    label = "not a text, nor a `Value<String>`",
    note = "for a secret, pass the ARN and let the function read the secret: `.environment(\"SECRET_ARN\", secret.arn())` and `secret.grant_read(&function)`"
)]
pub trait EnvironmentValue {
    /// Turns it into a value.
    fn into_environment(self) -> Value<String>;
}

macro_rules! environment_value {
    ($($text:ty),*) => {
        $(impl EnvironmentValue for $text {
            fn into_environment(self) -> Value<String> {
                self.into_value()
            }
        })*
    };
}

environment_value!(&str, &String, String, Value<String>, &Value<String>);
