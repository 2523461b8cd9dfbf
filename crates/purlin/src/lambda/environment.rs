//! What an environment variable of a function can be: text, and no secret.

use purlin_construct::{IntoValue, Value};

/// What an environment variable of a function can be: a text, known now or at deployment.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be an environment variable of a function",
    label = "not a text, nor a `Value<String>`",
    note = "of a secret, give the function the ARN, and let it read the secret: `.environment(\"SECRET_ARN\", secret.arn())` and `secret.grant_read(&function)`"
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
