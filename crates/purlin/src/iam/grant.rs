//! Grants: permissions for roles and for constructs that have one.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_construct::{Expr, HasScope, IntoValue, Scope};

use super::{PolicyStatement, Principal};

/// What can have permissions: roles, and constructs that have one.
#[diagnostic::on_unimplemented(
    message = "permissions cannot be granted to `{Self}`",
    label = "has no role that could hold a permission",
    note = "grant them to a `Role`, or to something that runs with one, such as a task definition"
)]
pub trait Grantee {
    /// The principal that stands for it in the policy of a resource.
    fn grant_principal(&self) -> Principal;

    /// Adds a statement to its own policy. `false` where the app cannot change that policy, as with a role of another
    /// account.
    fn add_to_principal_policy(&self, statement: PolicyStatement) -> bool;

    /// The policy that has to exist before its permissions are effective; none where the app has no such policy.
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

/// A permission that was granted.
#[derive(Debug, Clone)]
pub struct Grant {
    added: bool,
    policies: Vec<(Scope, Expr)>,
}

/// What is created after statements of a policy: the statement and the dependent construct.
#[derive(Default)]
struct Dependents(RefCell<Vec<(Expr, Scope)>>);

/// Lets what depends on statements of a policy wait for the policy that they were moved to.
pub(super) fn wait_for(policy: &Scope, moved_to: &impl HasScope, statements: &[Expr]) {
    let Some(dependents) = policy.extension::<Dependents>() else { return };
    for (statement, dependent) in &*dependents.0.borrow() {
        if statements.contains(statement) {
            dependent.depends_on(moved_to);
        }
    }
}

impl Grant {
    /// Permits the grantee these actions on these resources, in its own policy.
    pub fn add_to_principal<A: Into<String>, R: IntoValue<String>>(
        grantee: &impl Grantee,
        actions: impl IntoIterator<Item = A>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::statement(grantee, PolicyStatement::allow().actions(actions).resources(resources))
    }

    /// Adds a statement to the grantee's own policy.
    pub fn statement(grantee: &impl Grantee, statement: PolicyStatement) -> Self {
        let rendered = statement.render();
        let added = grantee.add_to_principal_policy(statement);
        let policy = grantee.policy_scope().filter(|_| added);
        Self { added, policies: policy.into_iter().map(|policy| (policy, rendered.clone())).collect() }
    }

    /// Whether the permission was added. It is not where the app cannot change the grantee's policy.
    pub fn is_added(&self) -> bool {
        self.added
    }

    /// Both grants together.
    pub fn combine(self, other: Self) -> Self {
        let policies = self.policies.into_iter().chain(other.policies).collect();
        Self { added: self.added && other.added, policies }
    }

    /// Creates the construct after the permission.
    ///
    /// Call it where a construct uses the permission while it is created. Otherwise CloudFormation may create both at the
    /// same time.
    pub fn apply_before(&self, dependent: &impl HasScope) -> &Self {
        for (policy, statement) in &self.policies {
            dependent.scope().depends_on(policy);
            let dependents = policy.extension::<Dependents>().unwrap_or_else(|| {
                let new = Rc::<Dependents>::default();
                policy.set_extension(Rc::clone(&new));
                new
            });
            dependents.0.borrow_mut().push((statement.clone(), dependent.scope().clone()));
        }
        self
    }
}
