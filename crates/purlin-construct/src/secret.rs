//! Secrets: a type of their own, so that they never slip into a template as text.

use std::fmt;

use crate::expr::Expr;
use crate::interpolate::sub;
use crate::value::{IntoValue, Value};

/// A secret. It does not print, and becomes a property only by [`dynamic_reference`](Self::dynamic_reference):
/// a note to CloudFormation where to read it at deployment
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>).
#[derive(Clone)]
pub struct SecretValue(Value<String>);

impl SecretValue {
    /// A secret of Secrets Manager, whole: `id` is its name or ARN.
    pub fn secrets_manager(id: impl IntoValue<String>) -> Self {
        Self(sub!("{{{{resolve:secretsmanager:{}:SecretString:::}}}}", id.into_value()))
    }

    /// A field of a Secrets Manager secret that holds JSON.
    pub fn secrets_manager_field(id: impl IntoValue<String>, field: &str) -> Self {
        Self(sub!("{{{{resolve:secretsmanager:{}:SecretString:{}::}}}}", id.into_value(), field))
    }

    /// A `SecureString` parameter of Systems Manager; the newest version unless one is given.
    ///
    /// CloudFormation accepts it in a few properties only.
    pub fn ssm_secure(name: &str, version: Option<u32>) -> Self {
        match version {
            Some(version) => Self(sub!("{{{{resolve:ssm-secure:{}:{}}}}}", name, version)),
            None => Self(sub!("{{{{resolve:ssm-secure:{}}}}}", name)),
        }
    }

    /// An attribute of a resource that is a secret, such as the client secret of a user pool client.
    pub fn resource_attribute(value: Value<String>) -> Self {
        Self(value)
    }

    /// The reference that CloudFormation replaces by the secret at deployment.
    ///
    /// Give it only to properties that AWS itself keeps secret: never to an output, an environment variable or a tag.
    pub fn dynamic_reference(&self) -> Value<String> {
        self.0.clone()
    }

    /// Whether an expression holds a dynamic reference to a secret, or the secret of a user pool client.
    #[must_use]
    pub fn is_referenced_in(expr: &Expr) -> bool {
        let mut found = false;
        expr.walk(&mut |part| {
            found |= matches!(part, Expr::Att(_, name) if name == "ClientSecret");
            found |= part.as_str().is_some_and(|text| {
                text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:")
            });
        });
        found
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(..)")
    }
}
