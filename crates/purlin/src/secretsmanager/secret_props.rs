//! The recipe of a secret.

use purlin_cfn::secretsmanager::{CfnSecret, SecretReplicaRegion};
use purlin_construct::{Construct, IntoValue, RemovalPolicy, Scope, Value};

use super::content::{Rendered, SecretContent};
use super::secret::Secret;
use crate::check::Checks;
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

    /// The name, 1 to 512 letters, digits and `/_+=.@-`. By default CloudFormation generates one. Another name
    /// replaces the secret.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the secret is for, up to 2048 characters.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The key that encrypts the secret; by default the account's `aws/secretsmanager`, which other accounts cannot use.
    /// Grants include it.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// Replicates the secret to another region. Another call adds another.
    pub fn replica_region(mut self, region: impl IntoValue<String>) -> Self {
        self.replicas.push(region.into_value());
        self
    }

    /// What happens to the secret when it is removed from the stack: it is deleted unless given.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    /// Checks the name
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>).
    fn check(&self, scope: &Scope) {
        scope.check("the secret's name").name(&self.name, 1..=512, "/_+=.@-");
        let Some(name) = self.name.as_ref().and_then(Value::as_str) else { return };
        if name.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6) {
            scope.warning(
                format!("the secret's name `{name}` ends with a hyphen and six characters, as ARNs of secrets do"),
                "choose another name: Secrets Manager can find the wrong secret by such a name",
            );
        }
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
