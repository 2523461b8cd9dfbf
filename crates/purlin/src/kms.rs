//! AWS KMS: imported keys.

use purlin_construct::{HasScope, IntoValue, Value, intrinsics};

use crate::iam::{Grant, Grantee, PolicyStatement};

const ENCRYPT: [&str; 3] = ["kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"];
const DECRYPT: [&str; 1] = ["kms:Decrypt"];

/// A key that exists already.
///
/// Grants are added to the grantee's policy. The key's own policy has to delegate permissions to IAM, as that of a key
/// from the console does; the app does not change it
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>).
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    arn: Value<String>,
}

impl Key {
    /// A key by its ARN.
    ///
    /// ```
    /// # use purlin::kms::Key;
    /// let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    /// assert_eq!(key.id().as_str(), Some("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"));
    /// ```
    pub fn from_arn(arn: impl IntoValue<String>) -> Self {
        Self { arn: arn.into_value() }
    }

    /// A key of the stack's account and region, by its id.
    pub fn from_id(scope: &impl HasScope, id: impl IntoValue<String>) -> Self {
        let resource = purlin_construct::sub!("key/{}", id.into_value());
        Self { arn: scope.scope().arn("kms", resource) }
    }

    /// The key's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The key's id.
    pub fn id(&self) -> Value<String> {
        intrinsics::select(1, intrinsics::split("/", self.arn()))
    }

    /// Permits the grantee to encrypt.
    pub fn grant_encrypt(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ENCRYPT, [self.arn()])
    }

    /// Permits the grantee to decrypt.
    pub fn grant_decrypt(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, DECRYPT, [self.arn()])
    }

    /// Permits the grantee to encrypt and to decrypt.
    pub fn grant_encrypt_decrypt(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, DECRYPT.into_iter().chain(ENCRYPT), [self.arn()])
    }

    /// Permits the grantee to use the key only through one AWS service, for example
    /// `secretsmanager.eu-west-1.amazonaws.com`.
    pub(crate) fn grant_via<const N: usize>(
        &self,
        grantee: &impl Grantee,
        actions: [&str; N],
        service: Value<String>,
    ) -> Grant {
        let statement = PolicyStatement::allow().actions(actions).resource(self.arn());
        Grant::statement(grantee, statement.condition("StringEquals", "kms:ViaService", service))
    }
}
