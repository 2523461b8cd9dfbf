//! The recipe of a secret.

use purlin_cfn::secretsmanager::{CfnSecret, SecretReplicaRegion};
use purlin_construct::{Construct, IntoValue, RemovalPolicy, Scope, Value};

use super::content::{Rendered, SecretContent};
use super::secret::Secret;
use crate::kms::Key;

/// The recipe of a [`Secret`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct SecretProps {
    content: SecretContent,
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    key: Option<Key>,
    replicas: Vec<Value<String>>,
    removal: RemovalPolicy,
}

impl SecretProps {
    pub(super) fn new(content: SecretContent) -> Self {
        Self {
            content,
            name: None,
            description: None,
            key: None,
            replicas: Vec::new(),
            removal: RemovalPolicy::Destroy,
        }
    }

    /// The name, 1 to 512 letters, digits and `/_+=.@-`. CloudFormation makes one up unless given; another name replaces
    /// the secret.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the secret is for, up to 2048 characters.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The key that encrypts the secret; the account's `aws/secretsmanager` unless given, which other accounts cannot
    /// use. Grants cover it.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// Keeps a copy of the secret in another region. Another call adds another.
    pub fn replica_region(mut self, region: impl IntoValue<String>) -> Self {
        self.replicas.push(region.into_value());
        self
    }

    /// What happens to the secret when it leaves the stack: it is deleted unless given.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    /// What Secrets Manager takes
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>).
    fn check(&self, scope: &Scope) {
        if let Some(name) = self.name.as_ref().and_then(Value::as_str) {
            check_name(scope, name);
        }
        if let Some(text) = self.description.as_ref().and_then(Value::as_str)
            && text.chars().count() > 2048
        {
            scope.error(
                format!("the secret's description has {} characters, Secrets Manager takes 2048", text.chars().count()),
                "shorten it",
            );
        }
    }
}

fn check_name(scope: &Scope, name: &str) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(allowed) {
        scope.error(
            format!("`{name}` is not a name of a secret: 1 to 512 letters, digits and `/_+=.@-`"),
            "choose another name, or none: CloudFormation then makes one up",
        );
    }
    let ends_like_an_arn = name.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6);
    if ends_like_an_arn {
        scope.warning(
            format!("the secret's name `{name}` ends with a hyphen and six characters, as ARNs of secrets do"),
            "choose another name: Secrets Manager may take one for the other when the secret is looked up",
        );
    }
}

impl Construct for SecretProps {
    type Handle = Secret;

    fn build(self, scope: Scope) -> Secret {
        self.check(&scope);
        let mut secret = match self.content.bind(&scope) {
            Rendered::Generate(generated) => CfnSecret::new().generate_secret_string(generated),
            Rendered::Text(text) => CfnSecret::new().secret_string(text),
        };
        if let Some(name) = &self.name {
            secret = secret.name(name);
        }
        if let Some(description) = self.description {
            secret = secret.description(description);
        }
        if let Some(key) = &self.key {
            secret = secret.kms_key_id(key.arn());
        }
        if !self.replicas.is_empty() {
            secret =
                secret.replica_regions(self.replicas.into_iter().map(SecretReplicaRegion::new).collect::<Vec<_>>());
        }
        let cfn = scope.add("Resource", secret);
        cfn.removal_policy(self.removal);
        Secret::made(cfn, self.name, self.key)
    }
}
