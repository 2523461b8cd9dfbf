//! Principals of trust policies and of resources' policies.

use std::collections::BTreeMap;

use purlin_construct::{Expr, IntoValue, Value, intrinsics, sub};

use super::statement::{Conditions, one_or_many};

/// An identity that a statement is about, or that may assume a role
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
#[derive(Debug, Clone, PartialEq)]
pub struct Principal {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
struct Part {
    kind: &'static str,
    value: Expr,
    assume_action: &'static str,
    session_tags: bool,
    conditions: Conditions,
}

impl Principal {
    /// The names of services that are not host names, as principals of services are.
    pub(super) fn odd_services(&self) -> impl Iterator<Item = &str> {
        let services = self.parts.iter().filter(|part| part.kind == "Service");
        services.filter_map(|part| part.value.as_str()).filter(|name| !name.contains('.'))
    }

    fn one(kind: &'static str, value: impl IntoValue<String>) -> Self {
        let value = value.into_value().into_expr();
        let conditions = Conditions::new();
        Self { parts: vec![Part { kind, value, assume_action: "sts:AssumeRole", session_tags: false, conditions }] }
    }

    /// An AWS service, by its principal: `ecs-tasks.amazonaws.com`.
    pub fn service(name: impl IntoValue<String>) -> Self {
        Self::one("Service", name)
    }

    /// An account, by its id: every identity that the account's own policies permit.
    pub fn account(id: impl IntoValue<String>) -> Self {
        Self::one("AWS", sub!("arn:{}:iam::{}:root", intrinsics::partition(), id.into_value()))
    }

    /// A role, a user or an account, by ARN.
    pub fn arn(arn: impl IntoValue<String>) -> Self {
        Self::one("AWS", arn)
    }

    /// Every AWS principal of an organization, by the organization's id.
    pub fn organization(id: impl IntoValue<String>) -> Self {
        let id: Value<String> = id.into_value();
        Self::one("AWS", "*").with_condition("StringEquals", "aws:PrincipalOrgID", id)
    }

    /// The canonical user id of an account, as Amazon S3 and CloudFront take it.
    pub fn canonical_user(id: impl IntoValue<String>) -> Self {
        Self::one("CanonicalUser", id)
    }

    /// Identities from outside of AWS: the provider, and the action by which they assume roles, for example
    /// `sts:AssumeRoleWithWebIdentity`. Add the conditions that the provider requires.
    pub fn federated(provider: impl IntoValue<String>, assume_action: &'static str) -> Self {
        let mut principal = Self::one("Federated", provider);
        principal.parts[0].assume_action = assume_action;
        principal
    }

    /// Identities of an OpenID Connect provider: its ARN, or `cognito-identity.amazonaws.com`.
    pub fn web_identity(provider: impl IntoValue<String>) -> Self {
        Self::federated(provider, "sts:AssumeRoleWithWebIdentity")
    }

    /// Identities of a SAML provider, by its ARN.
    pub fn saml(provider: impl IntoValue<String>) -> Self {
        Self::federated(provider, "sts:AssumeRoleWithSAML")
    }

    /// Every caller, also without an AWS account: `{"AWS": "*"}`. Use it with conditions.
    pub fn any() -> Self {
        Self::one("AWS", "*")
    }

    /// Any of several principals. In a trust policy each has a separate statement with its own conditions.
    pub fn composite(principals: impl IntoIterator<Item = Self>) -> Self {
        Self { parts: principals.into_iter().flat_map(|principal| principal.parts).collect() }
    }

    /// Only where the condition holds.
    pub fn with_condition(mut self, operator: &str, key: &str, value: impl Into<Expr>) -> Self {
        let value = value.into();
        for part in &mut self.parts {
            part.conditions.insert(operator, key, value.clone());
        }
        self
    }

    /// Permits it to pass session tags when it assumes the role (`sts:TagSession`).
    pub fn with_session_tags(mut self) -> Self {
        for part in &mut self.parts {
            part.session_tags = true;
        }
        self
    }

    pub(super) fn into_parts(self) -> impl Iterator<Item = Self> {
        self.parts.into_iter().map(|part| Self { parts: vec![part] })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The conditions of a principal of one part.
    pub(super) fn conditions(&self) -> &Conditions {
        &self.parts[0].conditions
    }

    /// The actions by which a principal of one part assumes roles.
    pub(super) fn assume_actions(&self) -> Vec<&'static str> {
        let part = &self.parts[0];
        if part.session_tags { vec![part.assume_action, "sts:TagSession"] } else { vec![part.assume_action] }
    }

    pub(super) fn render_all(principals: &[Self]) -> Expr {
        if principals.is_empty() {
            return Expr::Null;
        }
        let mut by_kind: BTreeMap<&'static str, Vec<Expr>> = BTreeMap::new();
        for part in principals.iter().flat_map(|principal| &principal.parts) {
            by_kind.entry(part.kind).or_default().push(part.value.clone());
        }
        Expr::map(by_kind.into_iter().map(|(kind, values)| (kind, one_or_many(&values))))
    }
}
