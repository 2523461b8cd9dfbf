//! Role mappings: different roles for signed-in users.

use purlin_cfn::cognito::{
    IdentityPoolRoleAttachmentMappingRule, IdentityPoolRoleAttachmentRoleMapping,
    IdentityPoolRoleAttachmentRulesConfigurationType,
};
use purlin_construct::{Scope, Value};

use super::Provider;
use crate::check::Checks;
use crate::iam::Role;

/// The most rules for one provider
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html>).
const MOST_RULES: usize = 25;

/// A comparison of a claim of the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// The claim is this text.
    Equals(String),
    /// The claim is another text.
    NotEquals(String),
    /// The claim contains this text.
    Contains(String),
    /// The claim begins with this text.
    StartsWith(String),
}

impl Match {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Equals(text) => ("Equals", text),
            Self::NotEquals(text) => ("NotEqual", text),
            Self::Contains(text) => ("Contains", text),
            Self::StartsWith(text) => ("StartsWith", text),
        }
    }
}

/// A role for users whose claim matches.
#[derive(Debug, Clone)]
pub struct MappingRule {
    claim: String,
    is: Match,
    role: Value<String>,
}

impl MappingRule {
    /// Users whose claim matches get this role. Its trust policy has to permit the pool's users: make it with
    /// [`IdentityPool::authenticated_principal`](super::IdentityPool::authenticated_principal).
    pub fn new(claim: impl Into<String>, is: Match, role: &Role) -> Self {
        Self { claim: claim.into(), is, role: role.arn() }
    }
}

/// The roles of one provider's users.
#[derive(Debug, Clone)]
#[must_use = "a mapping does nothing until it is given to an identity pool"]
pub struct RoleMapping {
    pub(super) provider: Provider,
    rules: Option<Vec<MappingRule>>,
    ambiguous_is_default: bool,
}

impl RoleMapping {
    /// The preferred role in the token (`cognito:preferred_role`): that of the user's group with the lowest precedence.
    /// Only for user pools.
    pub fn by_token(provider: &Provider) -> Self {
        Self { provider: provider.clone(), rules: None, ambiguous_is_default: false }
    }

    /// The role of the first rule that matches: 1 to 25 rules.
    pub fn by_rules(provider: &Provider, rules: impl IntoIterator<Item = MappingRule>) -> Self {
        Self { provider: provider.clone(), rules: Some(rules.into_iter().collect()), ambiguous_is_default: false }
    }

    /// Users without a match get the pool's role of signed-in users. By default they get no credentials.
    pub fn or_the_authenticated_role(self) -> Self {
        Self { ambiguous_is_default: true, ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        let count = self.rules.as_ref().map_or(1, Vec::len);
        let check = scope.check("a role mapping").hint("change the rules, or map with `RoleMapping::by_token`");
        check.count("rules", count, 1..=MOST_RULES);
        if self.rules.is_none() && self.provider.in_pool().is_none() {
            scope.error(
                "a role mapping uses the role in the token, but its provider is not a user pool",
                "map by rules with `RoleMapping::by_rules`: only user pools add roles to tokens",
            );
        }
    }

    pub(super) fn render(&self) -> IdentityPoolRoleAttachmentRoleMapping {
        let otherwise = if self.ambiguous_is_default { "AuthenticatedRole" } else { "Deny" };
        let kind = if self.rules.is_some() { "Rules" } else { "Token" };
        let mapping = IdentityPoolRoleAttachmentRoleMapping::new(kind)
            .identity_provider(self.provider.name())
            .ambiguous_role_resolution(otherwise);
        let Some(rules) = &self.rules else { return mapping };
        let rules = rules.iter().map(|rule| {
            let (kind, value) = rule.is.parts();
            IdentityPoolRoleAttachmentMappingRule::new(&rule.claim, kind, &rule.role, value)
        });
        mapping.rules_configuration(IdentityPoolRoleAttachmentRulesConfigurationType::new(rules.collect::<Vec<_>>()))
    }
}
