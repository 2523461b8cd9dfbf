//! API keys of callers, for usage plans.

use purlin_cfn::apigateway::CfnApiKey;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, SecretValue, Value, sub};

use crate::iam::{Grant, Grantee};

/// The shortest key that API Gateway takes.
const SHORTEST: usize = 20;

/// An API key
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>).
///
/// It is valid for methods that require a key, on the stages of its usage plans.
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
    /// An enabled key that AWS generates. `aws apigateway get-api-key --include-value` prints it, with the
    /// [permission](Self::grant_read).
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

    /// The raw resource; none for an imported key.
    pub fn cfn(&self) -> Option<&Ref<CfnApiKey>> {
        self.cfn.as_ref()
    }

    /// The key's id, which is not the key.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The ARN of the key in permissions.
    pub fn arn(&self) -> Value<String> {
        let stack = self.scope.stack();
        sub!("arn:{}:apigateway:{}::/apikeys/{}", stack.partition(), stack.region(), self.id)
    }

    /// Permits the grantee to read the value of the key.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ["apigateway:GET"], [self.arn()])
    }
}

impl ApiKeyProps {
    /// The key's name; AWS generates one unless given. Another name replaces the key.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the key is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The customer of AWS Marketplace that has the key.
    pub fn customer_id(self, id: impl IntoValue<String>) -> Self {
        Self { customer: Some(id.into_value()), ..self }
    }

    /// The value of the key, at least 20 characters, from Secrets Manager; AWS generates one unless given.
    pub fn value(self, value: &SecretValue) -> Self {
        Self { value: Some(value.clone()), ..self }
    }

    /// Disables the key.
    pub fn disabled(self) -> Self {
        Self { is_disabled: true, ..self }
    }

    /// Makes the key's id different from its value.
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
                    format!("the API key is short, but AWS takes at least {SHORTEST} characters"),
                    "remove `.value(..)`: AWS then generates one",
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
