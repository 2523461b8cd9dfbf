//! The handle of a secret, and grants on it.

use purlin_cfn::secretsmanager::CfnSecret;
use purlin_construct::{HasScope, IntoValue, Ref, SecretValue, Value, intrinsics, sub};

use super::content::SecretContent;
use super::secret_props::SecretProps;
use crate::iam::{Grant, Grantee};
use crate::kms::Key;

/// A secret, made by the stack or imported.
///
/// ```
/// use purlin::secretsmanager::{GeneratedString, Secret};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let session_key = stack.add("SessionKey", Secret::props(GeneratedString::plain().length(64)));
/// let database = Secret::from_name(&stack, "prod/database");
/// let password = database.field("password");
/// # drop(password);
/// ```
#[derive(Debug, Clone)]
pub struct Secret {
    arn: Value<String>,
    name: Value<String>,
    is_complete: bool,
    key: Option<Key>,
    cfn: Option<Ref<CfnSecret>>,
}

impl Secret {
    /// A secret with this content, which is deleted with the stack by default: one that AWS generates
    /// ([`GeneratedString`](super::GeneratedString)), one of another resource ([`SecretValue`]), or a JSON object
    /// ([`SecretObject`](super::SecretObject)).
    pub fn props(content: impl Into<SecretContent>) -> SecretProps {
        SecretProps::new(content.into())
    }

    pub(super) fn made(cfn: Ref<CfnSecret>, name: Option<Value<String>>, key: Option<Key>) -> Self {
        let arn = cfn.id();
        let name = name.unwrap_or_else(|| last_part(&arn));
        Self { arn, name, is_complete: true, key, cfn: Some(cfn) }
    }

    /// A secret of the stack's account and region, by its name.
    pub fn from_name(scope: &impl HasScope, name: impl IntoValue<String>) -> Self {
        let stack = scope.scope().stack();
        let (region, account, name) = (stack.region(), stack.account(), name.into_value());
        let arn = sub!("arn:{}:secretsmanager:{}:{}:secret:{}", stack.partition(), region, account, name);
        Self { arn, name, is_complete: false, key: None, cfn: None }
    }

    /// A secret by its complete ARN, which ends with a hyphen and six generated characters.
    pub fn from_complete_arn(arn: impl IntoValue<String>) -> Self {
        let arn = arn.into_value();
        let mut name = last_part(&arn);
        if let Some(known) = name.as_str().and_then(|text| text.rsplit_once('-')).map(|(name, _)| name.to_owned()) {
            name = known.into_value();
        }
        Self { arn, name, is_complete: true, key: None, cfn: None }
    }

    /// A secret by its ARN without the hyphen and the six characters at its end.
    pub fn from_partial_arn(arn: impl IntoValue<String>) -> Self {
        let arn = arn.into_value();
        let name = last_part(&arn);
        Self { arn, name, is_complete: false, key: None, cfn: None }
    }

    /// The key of an imported secret, if it is one of the account's own. Grants include it.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// The raw resource; none for an imported secret.
    pub fn cfn(&self) -> Option<&Ref<CfnSecret>> {
        self.cfn.as_ref()
    }

    /// The secret's ARN: complete if the stack makes the secret, else as given.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The secret's name. If the ARN is known only after deployment, it includes the six generated characters.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The whole secret.
    pub fn value(&self) -> SecretValue {
        SecretValue::secrets_manager(self.arn())
    }

    /// A field of a secret that is a JSON object.
    pub fn field(&self, field: &str) -> SecretValue {
        SecretValue::secrets_manager_field(self.arn(), field)
    }

    /// The ARN in a policy: wildcards for the six generated characters if it is not complete.
    fn policy_arn(&self) -> Value<String> {
        if self.is_complete { self.arn() } else { sub!("{}-??????", self.arn) }
    }

    /// Permits the grantee to read the secret, and to decrypt it if it has its own key.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        let actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"];
        let grant = Grant::add_to_principal(grantee, actions, [self.policy_arn()]);
        match &self.key {
            Some(key) => grant.combine(key.grant_via(grantee, ["kms:Decrypt"], via())),
            None => grant,
        }
    }

    /// Permits the grantee to change the secret, and to encrypt it if it has its own key.
    pub fn grant_write(&self, grantee: &impl Grantee) -> Grant {
        let actions =
            ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret", "secretsmanager:UpdateSecretVersionStage"];
        let grant = Grant::add_to_principal(grantee, actions, [self.policy_arn()]);
        // Secrets Manager makes a data key for each version, and decrypts the previous version to compare.
        match &self.key {
            Some(key) => grant.combine(key.grant_via(grantee, ["kms:Decrypt", "kms:GenerateDataKey"], via())),
            None => grant,
        }
    }
}

fn via() -> Value<String> {
    sub!("secretsmanager.{}.amazonaws.com", intrinsics::region())
}

fn last_part(arn: &Value<String>) -> Value<String> {
    intrinsics::select(6, intrinsics::split(":", arn))
}
