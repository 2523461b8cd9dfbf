//! Checks of JSON Web Tokens before an action. Only HTTPS listeners can.

use purlin_cfn::elasticloadbalancingv2::{
    ListenerRuleAction, ListenerRuleActionType, ListenerRuleJwtValidationActionAdditionalClaim,
    ListenerRuleJwtValidationActionAdditionalClaimFormat as Format, ListenerRuleJwtValidationConfig,
};
use purlin_construct::{IntoValue, Scope, Value, Word};

use super::action::IntoAction;
use super::authenticate::{First, HttpsAction};
use crate::check::Checks;

/// Lets only requests with a valid JSON Web Token in the `Authorization` header through; the balancer answers 401 to
/// others. For clients that are programs: it never redirects to a login page
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_JwtValidationActionConfig.html>).
///
/// Like [`Authenticate`](super::Authenticate) it is not a whole action, and for HTTPS listeners only.
#[derive(Debug, Clone)]
#[must_use = "checking tokens is not a whole action: add the step that follows by `.then(action)`"]
pub struct ValidateJwt {
    issuer: Value<String>,
    jwks_endpoint: Value<String>,
    claims: Vec<Claim>,
}

#[derive(Debug, Clone)]
struct Claim {
    format: Word<Format>,
    name: String,
    values: Vec<Value<String>>,
}

impl ValidateJwt {
    /// Tokens of this issuer, signed by a key that is published at the endpoint (`https://..`).
    pub fn new(issuer: impl IntoValue<String>, jwks_endpoint: impl IntoValue<String>) -> Self {
        Self { issuer: issuer.into_value(), jwks_endpoint: jwks_endpoint.into_value(), claims: Vec::new() }
    }

    fn claim<V: IntoValue<String>>(
        mut self,
        format: Word<Format>,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(IntoValue::into_value).collect();
        self.claims.push(Claim { format, name: name.into(), values });
        self
    }

    /// The claim is this text.
    pub fn claim_is(self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.claim(Format::SINGLE_STRING, name, [value])
    }

    /// The claim is a list that contains one of these.
    pub fn claim_contains<V: IntoValue<String>>(
        self,
        name: impl Into<String>,
        any_of: impl IntoIterator<Item = V>,
    ) -> Self {
        self.claim(Format::STRING_ARRAY, name, any_of)
    }

    /// The claim is a text of words separated by spaces, such as `scope`, that contains one of these.
    pub fn claim_has_word<V: IntoValue<String>>(
        self,
        name: impl Into<String>,
        any_of: impl IntoIterator<Item = V>,
    ) -> Self {
        self.claim(Format::SPACE_SEPARATED_VALUES, name, any_of)
    }

    /// The action for requests with a valid token.
    pub fn then(self, action: impl IntoAction) -> HttpsAction {
        HttpsAction::after(First::CheckToken(self), action)
    }

    fn check(&self, scope: &Scope) {
        scope.check("the JWKS endpoint").https(&self.jwks_endpoint);
        scope.check("the JWKS endpoint").length(&self.jwks_endpoint, ..=256);
        scope.check("the issuer of the tokens").length(&self.issuer, ..=256);
        scope.check("the token check").count("claims", self.claims.len(), ..=10);
        self.claims.iter().for_each(|claim| claim.check(scope));
    }

    pub(super) fn render(&self, scope: &Scope) -> ListenerRuleAction {
        self.check(scope);
        let claims: Vec<_> = self
            .claims
            .iter()
            .map(|Claim { format, name, values }| {
                ListenerRuleJwtValidationActionAdditionalClaim::new(format.clone(), name, values.clone())
            })
            .collect();
        let config = ListenerRuleJwtValidationConfig::new(&self.issuer, &self.jwks_endpoint);
        let config = if claims.is_empty() { config } else { config.additional_claims(claims) };
        ListenerRuleAction::new(ListenerRuleActionType::JWT_VALIDATION).jwt_validation_config(config)
    }
}

impl Claim {
    fn check(&self, scope: &Scope) {
        let Self { format, name, values } = self;
        if ["exp", "iss", "nbf", "iat"].contains(&name.as_str()) {
            scope.error(
                format!(
                    "the claim `{name}` of the tokens is given, but AWS always checks `exp`, `iss`, `nbf` and `iat`"
                ),
                "leave it out",
            );
        }
        scope.check(format!("the claim `{name}` of the tokens")).count("values", values.len(), 1..=10);
        for value in values {
            scope.check(format!("a value of the claim `{name}`")).length(value, ..=256);
            if let Some(word) =
                value.as_str().filter(|text| *format == Format::SPACE_SEPARATED_VALUES && text.contains(' '))
            {
                scope.error(
                    format!("the word `{word}` of the claim `{name}` has a space"),
                    "give each word as a separate value",
                );
            }
        }
    }
}
