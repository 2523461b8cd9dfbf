//! Inline policies, as resources of their own: they can be made after the role, and depend on what comes later.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::iam::CfnPolicy;
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Ref, Scope, Value, logical_id};

use super::check::{self, Attached};
use super::{PolicyDocument, PolicyStatement, Role};

/// IAM takes no longer names of policies.
const LONGEST_NAME: usize = 128;

/// An inline policy of one or more roles, users or groups.
#[derive(Debug, Clone)]
pub struct Policy {
    cfn: Ref<CfnPolicy>,
    document: Rc<RefCell<PolicyDocument>>,
}

/// The recipe of a [`Policy`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct PolicyProps {
    name: Option<Value<String>>,
    document: PolicyDocument,
    roles: Vec<Expr>,
    users: Vec<Expr>,
    groups: Vec<Expr>,
}

impl Policy {
    /// A policy named after its logical id, attached to nothing yet.
    pub fn props() -> PolicyProps {
        PolicyProps::default()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnPolicy> {
        &self.cfn
    }

    /// Adds a statement.
    pub fn add_statement(&self, statement: PolicyStatement) {
        check::statement(self.cfn.scope(), &statement, Attached::Identity);
        self.document.borrow_mut().add(statement);
        let document = self.document.borrow().clone();
        self.cfn.update(|policy| policy.policy_document(document));
    }

    /// Gives the policy to a role.
    pub fn attach_to_role(&self, role: &Role) {
        self.cfn.append("Roles", role.name().into_expr());
    }
}

impl HasScope for Policy {
    fn scope(&self) -> &Scope {
        self.cfn.scope()
    }
}

impl PolicyProps {
    /// The policy's name, by default its logical id.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Adds a statement.
    pub fn statement(mut self, statement: PolicyStatement) -> Self {
        self.document.add(statement);
        self
    }

    /// Adds the statements of a document.
    pub fn document(mut self, document: PolicyDocument) -> Self {
        document.statements.into_iter().for_each(|statement| self.document.add(statement));
        self
    }

    /// Gives the policy to a role.
    pub fn role(self, role: &Role) -> Self {
        self.role_name(role.name())
    }

    /// Gives the policy to a role, by its name.
    pub fn role_name(mut self, name: impl IntoValue<String>) -> Self {
        self.roles.push(name.into_value().into_expr());
        self
    }

    /// Gives the policy to a user, by its name.
    pub fn user_name(mut self, name: impl IntoValue<String>) -> Self {
        self.users.push(name.into_value().into_expr());
        self
    }

    /// Gives the policy to a group, by its name.
    pub fn group_name(mut self, name: impl IntoValue<String>) -> Self {
        self.groups.push(name.into_value().into_expr());
        self
    }
}

impl Construct for PolicyProps {
    type Handle = Policy;
    fn build(self, scope: Scope) -> Policy {
        check::document(&scope, &self.document, Attached::Identity);
        if let Some(name) = self.name.as_ref().and_then(Value::as_str) {
            check::name(&scope, "policy name", name, LONGEST_NAME);
        }
        let named = self.name.clone();
        let cfn = scope.add("Resource", CfnPolicy::new(&self.document, named.unwrap_or_else(|| "".into_value())));
        if self.name.is_none() {
            let name = default_name(cfn.scope());
            cfn.update(|policy| policy.policy_name(name));
        }
        for (property, names) in [("Roles", self.roles), ("Users", self.users), ("Groups", self.groups)] {
            for name in names {
                cfn.append(property, name);
            }
        }
        let document = Rc::new(RefCell::new(self.document));
        let (unfinished, resource) = (Rc::clone(&document), cfn.scope().clone());
        scope.validate(move |scope| {
            if unfinished.borrow().is_empty() {
                scope.error("a policy has no statement", "add one: `.statement(PolicyStatement::allow()..)`");
            }
            if ["Roles", "Users", "Groups"].iter().all(|property| resource.property(property).is_none()) {
                scope.error("a policy is attached to nothing", "attach it: `.role(&role)`, or `attach_to_role(&role)`");
            }
        });
        Policy { cfn, document }
    }
}

/// The logical id, of which the end where it is longer than IAM takes names.
fn default_name(resource: &Scope) -> Value<String> {
    let (path, stack) = (resource.path(), resource.stack().path());
    let below = path.strip_prefix(&stack).unwrap_or(&path).trim_start_matches('/');
    let ids: Vec<&str> = below.split('/').collect();
    match logical_id(&ids) {
        Some(id) if id.len() > LONGEST_NAME => id[id.len() - LONGEST_NAME..].into_value(),
        _ => Value::new(Expr::LogicalId(resource.node())),
    }
}
