//! API keys: who calls, for usage plans.

use purlin_cfn::apigateway::CfnApiKey;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, SecretValue, Value, sub};

use crate::iam::{Grant, Grantee};

/// The shortest key that API Gateway takes.
const SHORTEST: usize = 20;

/// An API key
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>).
///
/// It opens the methods that require one, on the stages of the usage plans that it belongs to.
#[derive(Debug, Clone)]
pub struct ApiKey {
    scope: Scope,
    id: Value<String>,
    cfn: Option<Ref<CfnApiKey>>,
}

/// The recipe of an [`ApiKey`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ApiKeyProps {
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    customer: Option<Value<String>>,
    value: Option<SecretValue>,
    is_disabled: bool,
    has_distinct_id: bool,
}

impl ApiKey {
    /// A key that AWS makes up, and that is in use at once. `aws apigateway get-api-key --include-value` shows it to who
    /// [may](Self::grant_read).
    pub fn props() -> ApiKeyProps {
        ApiKeyProps {
            name: None,
            description: None,
            customer: None,
            value: None,
            is_disabled: false,
            has_distinct_id: false,
        }
    }

    /// A key that exists already, by its id.
    #[track_caller]
    pub fn from_id(scope: &impl HasScope, id: impl AsRef<str>, key_id: impl IntoValue<String>) -> Self {
        Self { scope: scope.scope().child(id), id: key_id.into_value(), cfn: None }
    }

    /// The raw resource; none of an imported key.
    pub fn cfn(&self) -> Option<&Ref<CfnApiKey>> {
        self.cfn.as_ref()
    }

    /// The key's id, which is not the key.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The ARN by which permissions name the key.
    pub fn arn(&self) -> Value<String> {
        let stack = self.scope.stack();
        sub!("arn:{}:apigateway:{}::/apikeys/{}", stack.partition(), stack.region(), self.id)
    }

    /// Permits the grantee to read the key itself.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ["apigateway:GET"], [self.arn()])
    }
}

impl ApiKeyProps {
    /// The key's name; AWS makes one up unless given. Changing it replaces the key.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the key is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The customer of AWS Marketplace whom the key belongs to.
    pub fn customer_id(self, id: impl IntoValue<String>) -> Self {
        Self { customer: Some(id.into_value()), ..self }
    }

    /// The key itself, at least 20 characters, from Secrets Manager; AWS makes one up unless given.
    pub fn value(self, value: &SecretValue) -> Self {
        Self { value: Some(value.clone()), ..self }
    }

    /// The key opens nothing until it is enabled.
    pub fn disabled(self) -> Self {
        Self { is_disabled: true, ..self }
    }

    /// The key's id differs from the key.
    pub fn generate_distinct_id(self) -> Self {
        Self { has_distinct_id: true, ..self }
    }
}

impl Construct for ApiKeyProps {
    type Handle = ApiKey;

    fn build(self, scope: Scope) -> ApiKey {
        let mut key = CfnApiKey::new().enabled(!self.is_disabled);
        if let Some(name) = self.name {
            key = key.name(name);
        }
        if let Some(description) = self.description {
            key = key.description(description);
        }
        if let Some(customer) = self.customer {
            key = key.customer_id(customer);
        }
        if let Some(value) = self.value {
            let value = value.dynamic_reference();
            if value.as_str().is_some_and(|text| !text.contains("{{resolve:") && text.len() < SHORTEST) {
                scope.error(
                    format!("the API key is shorter than the {SHORTEST} characters that API Gateway takes"),
                    "give none, so that AWS makes one up",
                );
            }
            key = key.value(value);
        }
        if self.has_distinct_id {
            key = key.generate_distinct_id(true);
        }
        let cfn = scope.add("Resource", key);
        ApiKey { id: cfn.id(), cfn: Some(cfn), scope }
    }
}

impl HasScope for ApiKey {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
