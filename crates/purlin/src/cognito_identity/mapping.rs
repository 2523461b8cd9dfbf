//! Which role a signed-in user gets, where it is not the same for all.

use purlin_cfn::cognito::{
    IdentityPoolRoleAttachmentMappingRule, IdentityPoolRoleAttachmentRoleMapping,
    IdentityPoolRoleAttachmentRulesConfigurationType,
};
use purlin_construct::{Scope, Value};

use super::Provider;
use crate::iam::Role;

/// Cognito takes no more rules for one provider
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html>).
const MOST_RULES: usize = 25;

/// How a claim of the token is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It is this text.
    Equals(String),
    /// It is another text.
    NotEquals(String),
    /// It contains this text.
    Contains(String),
    /// It begins with this text.
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

/// A role for users whose token says something.
#[derive(Debug, Clone)]
pub struct MappingRule {
    claim: String,
    is: Match,
    role: Value<String>,
}

impl MappingRule {
    /// Users whose claim matches get this role. Its trust policy has to let the pool's users assume it: make it by
    /// [`IdentityPool::authenticated_principal`](super::IdentityPool::authenticated_principal).
    pub fn new(claim: impl Into<String>, is: Match, role: &Role) -> Self {
        Self { claim: claim.into(), is, role: role.arn() }
    }
}

/// Which role the users of one provider get.
#[derive(Debug, Clone)]
#[must_use = "a mapping does nothing until it is given to an identity pool"]
pub struct RoleMapping {
    pub(super) provider: Provider,
    rules: Option<Vec<MappingRule>>,
    ambiguous_is_default: bool,
}

impl RoleMapping {
    /// The role that the token prefers (`cognito:preferred_role`): that of the user's most important group. Only for
    /// user pools.
    pub fn by_token(provider: &Provider) -> Self {
        Self { provider: provider.clone(), rules: None, ambiguous_is_default: false }
    }

    /// The role of the first rule that matches: 1 to 25 rules.
    pub fn by_rules(provider: &Provider, rules: impl IntoIterator<Item = MappingRule>) -> Self {
        Self { provider: provider.clone(), rules: Some(rules.into_iter().collect()), ambiguous_is_default: false }
    }

    /// Gives users for whom nothing matches the pool's role of signed-in users. They are refused unless this is said.
    pub fn or_the_authenticated_role(self) -> Self {
        Self { ambiguous_is_default: true, ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        let count = self.rules.as_ref().map_or(1, Vec::len);
        if !(1..=MOST_RULES).contains(&count) {
            scope.error(
                format!("a role mapping has {count} rules, Cognito takes 1 to {MOST_RULES}"),
                "join or leave out some, or map by the token with `RoleMapping::by_token`",
            );
        }
        if self.rules.is_none() && self.provider.in_pool().is_none() {
            scope.error(
                "a role mapping takes the role from the token of a provider that is no user pool",
                "only user pools write roles into tokens; map by rules with `RoleMapping::by_rules`",
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
