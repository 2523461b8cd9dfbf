//! Grants: a permission given to whoever can hold one.

use purlin_construct::{HasScope, IntoValue, Scope};

use super::{PolicyStatement, Principal};

/// What permissions can be given to: roles, and whatever has one.
#[diagnostic::on_unimplemented(
    message = "permissions cannot be granted to `{Self}`",
    label = "has no role that could hold a permission",
    note = "grant them to a `Role`, or to something that runs with one, such as a task definition"
)]
pub trait Grantee {
    /// Who it is in the policy of a resource.
    fn grant_principal(&self) -> Principal;

    /// Adds a statement to its own policy. `false` where it has none that could be changed, as a role of another account.
    fn add_to_principal_policy(&self, statement: PolicyStatement) -> bool;

    /// What has to exist before its permissions hold; none where they are not part of the app.
    fn policy_scope(&self) -> Option<Scope> {
        None
    }
}

impl<T: Grantee> Grantee for &T {
    fn grant_principal(&self) -> Principal {
        (**self).grant_principal()
    }

    fn add_to_principal_policy(&self, statement: PolicyStatement) -> bool {
        (**self).add_to_principal_policy(statement)
    }

    fn policy_scope(&self) -> Option<Scope> {
        (**self).policy_scope()
    }
}

/// A permission that was given.
#[derive(Debug, Clone)]
pub struct Grant {
    added: bool,
    policy: Option<Scope>,
}

impl Grant {
    /// Permits the grantee these actions on these resources, by its own policy.
    pub fn add_to_principal<A: Into<String>, R: IntoValue<String>>(
        grantee: &impl Grantee,
        actions: impl IntoIterator<Item = A>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::statement(grantee, PolicyStatement::allow().actions(actions).resources(resources))
    }

    /// Permits the grantee what a statement says, by its own policy.
    pub fn statement(grantee: &impl Grantee, statement: PolicyStatement) -> Self {
        let added = grantee.add_to_principal_policy(statement);
        Self { added, policy: grantee.policy_scope().filter(|_| added) }
    }

    /// Whether the permission was written down. It is not where the grantee's policy is out of this app's reach.
    pub fn is_added(&self) -> bool {
        self.added
    }

    /// Both grants together.
    pub fn combine(self, other: Self) -> Self {
        Self { added: self.added && other.added, policy: self.policy.or(other.policy) }
    }

    /// The construct is created only when the permission holds.
    ///
    /// It is needed where something uses the permission while it is being created: without it, CloudFormation makes
    /// both at once.
    pub fn apply_before(&self, dependent: &impl HasScope) -> &Self {
        if let Some(policy) = &self.policy {
            dependent.scope().depends_on(policy);
        }
        self
    }
}
