//! Encrypted parameters. CloudFormation cannot make them, so they are imported.

use purlin_construct::{HasScope, IntoValue, SecretValue, Value};

use super::string_parameter::{READ, arn_of};
use crate::iam::{Grant, Grantee};
use crate::kms::Key;

/// An encrypted `SecureString` parameter that exists already.
#[derive(Debug, Clone)]
pub struct SecureStringParameter {
    name: String,
    arn: Value<String>,
    version: Option<u32>,
    key: Option<Key>,
}

impl SecureStringParameter {
    /// A parameter of the stack's account and region, by its name; encrypted with the account's key `aws/ssm`.
    pub fn from_name(scope: &impl HasScope, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { arn: arn_of(scope, &name.as_str().into_value()), name, version: None, key: None }
    }

    /// A version of the parameter, instead of the newest.
    pub fn version(self, version: u32) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The key of the parameter, if it is one of the account's own. Grants include it.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// The parameter's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The parameter's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter's value. CloudFormation takes it in a few properties only.
    pub fn value(&self) -> SecretValue {
        SecretValue::ssm_secure(&self.name, self.version)
    }

    /// Permits the grantee to read the parameter, and to decrypt it if it has its own key.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        let decrypt = self.key.as_ref().map(|key| key.grant_decrypt(grantee));
        combined(decrypt, Grant::add_to_principal(grantee, READ, [self.arn()]))
    }

    /// Permits the grantee to change the parameter, and to encrypt it if it has its own key.
    pub fn grant_write(&self, grantee: &impl Grantee) -> Grant {
        let encrypt = self.key.as_ref().map(|key| key.grant_encrypt(grantee));
        combined(encrypt, Grant::add_to_principal(grantee, ["ssm:PutParameter"], [self.arn()]))
    }
}

fn combined(first: Option<Grant>, second: Grant) -> Grant {
    match first {
        Some(first) => first.combine(second),
        None => second,
    }
}
