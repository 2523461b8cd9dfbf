//! Inline policies as separate resources, which can depend on resources that are made after the role.

use purlin_cfn::iam::CfnPolicy;
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Ref, Scope, Value, logical_id};

use super::check::{self, Attached};
use super::document::GrowingDocument;
use super::{PolicyDocument, PolicyStatement, Role};
use crate::check::Checks;

/// The longest name of a policy that IAM takes.
const LONGEST_NAME: usize = 128;

/// An inline policy of one or more roles, users or groups.
#[derive(Debug, Clone)]
pub struct Policy {
    document: GrowingDocument<CfnPolicy>,
}

/// The recipe of a [`Policy`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct PolicyProps {
    name: Option<Value<String>>,
    document: PolicyDocument,
    roles: Vec<Attachment>,
    users: Vec<Expr>,
    groups: Vec<Expr>,
}

/// A role that has the policy.
#[derive(Debug, Clone)]
enum Attachment {
    Role(Role),
    Name(Expr),
}

impl Policy {
    /// A policy named after its logical id, attached to nothing yet.
    pub fn props() -> PolicyProps {
        PolicyProps::default()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnPolicy> {
        &self.document.cfn
    }

    /// Adds a statement.
    pub fn add_statement(&self, statement: PolicyStatement) {
        self.document.add(&statement);
    }

    /// Attaches the policy to a role, unless it is attached.
    pub fn attach_to_role(&self, role: &Role) {
        if self.document.attach_to_role(role) {
            role.attached().inline.borrow_mut().push(self.clone());
        }
    }

    pub(super) fn document(&self) -> &GrowingDocument<CfnPolicy> {
        &self.document
    }
}

impl HasScope for Policy {
    fn scope(&self) -> &Scope {
        self.document.cfn.scope()
    }
}

impl PolicyProps {
    /// The policy's name, by default its logical id.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Adds a statement.
    pub fn statement(self, statement: PolicyStatement) -> Self {
        Self { document: self.document.statement(statement), ..self }
    }

    /// Adds the statements of a document.
    pub fn document(self, document: PolicyDocument) -> Self {
        Self { document: self.document.statements(document.statements), ..self }
    }

    /// Attaches the policy to a role.
    pub fn role(mut self, role: &Role) -> Self {
        self.roles.push(Attachment::Role(role.clone()));
        self
    }

    /// Attaches the policy to a role, by its name.
    pub fn role_name(mut self, name: impl IntoValue<String>) -> Self {
        self.roles.push(Attachment::Name(name.into_value().into_expr()));
        self
    }

    /// Attaches the policy to a user, by its name.
    pub fn user_name(mut self, name: impl IntoValue<String>) -> Self {
        self.users.push(name.into_value().into_expr());
        self
    }

    /// Attaches the policy to a group, by its name.
    pub fn group_name(mut self, name: impl IntoValue<String>) -> Self {
        self.groups.push(name.into_value().into_expr());
        self
    }
}

impl Construct for PolicyProps {
    type Handle = Policy;
    fn build(self, scope: Scope) -> Policy {
        check::document(&scope, &self.document, Attached::Identity);
        scope.check("the policy's name").name(&self.name, 1..=LONGEST_NAME, check::NAME);
        let named = self.name.clone();
        let cfn = scope.add("Resource", CfnPolicy::new(&self.document, named.unwrap_or_else(|| "".into_value())));
        if self.name.is_none() {
            let name = default_name(cfn.scope());
            cfn.update(|policy| policy.policy_name(name));
        }
        let policy = Policy { document: GrowingDocument::new(cfn, Attached::Identity, "PolicyDocument") };
        for role in self.roles {
            match role {
                Attachment::Role(role) => policy.attach_to_role(&role),
                Attachment::Name(name) => policy.document.append_once("Roles", name),
            }
        }
        for (property, names) in [("Users", self.users), ("Groups", self.groups)] {
            for name in names {
                policy.document.append_once(property, name);
            }
        }
        policy.document.require_statement(&scope, "a policy");
        let resource = policy.cfn().scope().clone();
        scope.validate(move |scope| {
            if ["Roles", "Users", "Groups"].iter().all(|property| resource.property(property).is_none()) {
                scope.error("a policy is attached to nothing", "attach it: `.role(&role)`, or `attach_to_role(&role)`");
            }
        });
        policy
    }
}

/// The logical id; its end where it is longer than a name can be.
fn default_name(resource: &Scope) -> Value<String> {
    let (path, stack) = (resource.path(), resource.stack().path());
    let below = path.strip_prefix(&stack).unwrap_or(&path).trim_start_matches('/');
    let ids: Vec<&str> = below.split('/').collect();
    match logical_id(&ids) {
        Some(id) if id.len() > LONGEST_NAME => id[id.len() - LONGEST_NAME..].into_value(),
        _ => Value::new(Expr::LogicalId(resource.node())),
    }
}
