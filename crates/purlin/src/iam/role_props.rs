//! The recipe of a role.

use std::time::Duration;

use purlin_cfn::iam::{CfnRole, RolePolicy};
use purlin_construct::{Construct, Expr, IntoValue, Scope, Value};

use super::check::{self, Attached};
use super::role::managed_arns;
use super::{ManagedPolicyRef, PolicyDocument, Principal, Role};
use crate::check::Checks;
use crate::time::seconds;

/// The recipe of a [`Role`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct RoleProps {
    assumed_by: Principal,
    external_ids: Vec<Expr>,
    managed: Vec<ManagedPolicyRef>,
    inline: Vec<(String, PolicyDocument)>,
    boundary: Option<ManagedPolicyRef>,
    path: Option<Value<String>>,
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    max_session: Option<Duration>,
}

impl RoleProps {
    pub(super) fn new(assumed_by: Principal) -> Self {
        Self {
            assumed_by,
            external_ids: Vec::new(),
            managed: Vec::new(),
            inline: Vec::new(),
            boundary: None,
            path: None,
            name: None,
            description: None,
            max_session: None,
        }
    }

    /// A caller that assumes the role has to send this id, too, against
    /// [confused deputies](https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). Another call adds
    /// another id.
    pub fn external_id(mut self, id: impl IntoValue<String>) -> Self {
        self.external_ids.push(id.into_value().into_expr());
        self
    }

    /// Adds a managed policy, for example [`ManagedPolicy::aws(..)`](super::ManagedPolicy::aws).
    pub fn managed_policy(mut self, policy: impl Into<ManagedPolicyRef>) -> Self {
        let policy = policy.into();
        if !self.managed.contains(&policy) {
            self.managed.push(policy);
        }
        self
    }

    /// Adds a policy that is part of the role's own resource.
    pub fn inline_policy(mut self, name: impl Into<String>, document: PolicyDocument) -> Self {
        self.inline.push((name.into(), document));
        self
    }

    /// Limits what the role's policies can permit. No limit by default.
    pub fn permissions_boundary(self, policy: impl Into<ManagedPolicyRef>) -> Self {
        Self { boundary: Some(policy.into()), ..self }
    }

    /// The path, `/` by default.
    pub fn path(self, path: impl IntoValue<String>) -> Self {
        Self { path: Some(path.into_value()), ..self }
    }

    /// The role's name, up to 64 letters, digits or `_+=,.@-`. By default CloudFormation generates one. Prefer
    /// that: a named role cannot be replaced, and requires `CAPABILITY_NAMED_IAM`.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the role is for, up to 1000 characters.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The longest session of the role: 1 to 12 hours in whole seconds, 1 hour by default.
    pub fn max_session_duration(self, duration: Duration) -> Self {
        Self { max_session: Some(duration), ..self }
    }

    fn check(&self, scope: &Scope) {
        if self.assumed_by.is_empty() {
            scope.error("no principal may assume the role", "add at least one: `Principal::service(..)`");
        }
        check::services(scope, &self.assumed_by);
        scope.check("the role's name").name(&self.name, 1..=64, check::NAME);
        check::path(scope, self.path.as_ref());
        scope.check("the maximum session duration").whole_seconds(self.max_session, ..);
        self.inline.iter().for_each(|(_, document)| check::document(scope, document, Attached::Identity));
    }

    fn inline_policies(&self) -> Vec<RolePolicy> {
        self.inline.iter().map(|(name, document)| RolePolicy::new(document, name)).collect()
    }
}

impl Construct for RoleProps {
    type Handle = Role;
    fn build(self, scope: Scope) -> Role {
        self.check(&scope);
        let trust = PolicyDocument::trust(self.assumed_by.clone(), &self.external_ids);
        let mut role = CfnRole::new(&trust);
        if !self.managed.is_empty() {
            role = role.managed_policy_arns(managed_arns(&self.managed));
        }
        if !self.inline.is_empty() {
            role = role.policies(self.inline_policies());
        }
        if let Some(policy) = self.boundary {
            role = role.permissions_boundary(policy.arn());
        }
        if let Some(path) = self.path {
            role = role.path(path);
        }
        if let Some(name) = self.name {
            role = role.role_name(name);
        }
        if let Some(description) = self.description {
            role = role.description(description);
        }
        if let Some(duration) = self.max_session {
            role = role.max_session_duration(seconds(duration));
        }
        let cfn = scope.add("Resource", role);
        Role::made(scope, cfn, self.managed)
    }
}
