//! Managed policies: AWS's own, those of the account, and those of the stack.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::iam::CfnManagedPolicy;
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::check::{self, Attached};
use super::{PolicyDocument, PolicyStatement, Role};

/// A managed policy that a role can be given, wherever it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedPolicyRef(Value<String>);

impl ManagedPolicyRef {
    /// The policy's ARN.
    pub fn arn(&self) -> Value<String> {
        self.0.clone()
    }
}

impl From<&ManagedPolicy> for ManagedPolicyRef {
    fn from(policy: &ManagedPolicy) -> Self {
        Self(policy.arn())
    }
}

impl From<ManagedPolicy> for ManagedPolicyRef {
    fn from(policy: ManagedPolicy) -> Self {
        Self::from(&policy)
    }
}

/// A managed policy of the stack: like a [`Policy`](super::Policy), but with an ARN, so that several roles can have it.
#[derive(Debug, Clone)]
pub struct ManagedPolicy {
    cfn: Ref<CfnManagedPolicy>,
    document: Rc<RefCell<PolicyDocument>>,
}

/// The recipe of a [`ManagedPolicy`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ManagedPolicyProps {
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    path: Option<Value<String>>,
    document: PolicyDocument,
    roles: Vec<Role>,
}

impl ManagedPolicy {
    /// One of AWS's own, by the name in its ARN: `service-role/AmazonECSTaskExecutionRolePolicy`.
    pub fn aws(name: impl IntoValue<String>) -> ManagedPolicyRef {
        ManagedPolicyRef(sub!("arn:{}:iam::aws:policy/{}", intrinsics::partition(), name.into_value()))
    }

    /// One of the account's, by its name.
    pub fn from_name(scope: &impl HasScope, name: impl IntoValue<String>) -> ManagedPolicyRef {
        let account = scope.scope().stack().account();
        ManagedPolicyRef(sub!("arn:{}:iam::{}:policy/{}", intrinsics::partition(), account, name.into_value()))
    }

    /// Any, by its ARN.
    pub fn from_arn(arn: impl IntoValue<String>) -> ManagedPolicyRef {
        ManagedPolicyRef(arn.into_value())
    }

    /// A policy attached to nothing yet, at the path `/`, whose name CloudFormation makes up.
    pub fn props() -> ManagedPolicyProps {
        ManagedPolicyProps::default()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnManagedPolicy> {
        &self.cfn
    }

    /// The policy's ARN.
    pub fn arn(&self) -> Value<String> {
        self.cfn.id()
    }

    /// Adds a statement.
    pub fn add_statement(&self, statement: PolicyStatement) {
        check::statement(self.cfn.scope(), &statement, Attached::Identity);
        self.document.borrow_mut().add(statement);
        let document = self.document.borrow().clone();
        self.cfn.update(|policy| policy.policy_document(document));
    }

    /// Gives the policy to a role, from the policy's side.
    pub fn attach_to_role(&self, role: &Role) {
        self.cfn.append("Roles", role.name().into_expr());
    }
}

impl HasScope for ManagedPolicy {
    fn scope(&self) -> &Scope {
        self.cfn.scope()
    }
}

impl ManagedPolicyProps {
    /// The policy's name, up to 128 letters, digits or `_+=,.@-`. By default CloudFormation makes one up, which is the
    /// better choice: a named policy cannot be replaced without taking it away first.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the policy is for. It cannot be changed later: another text replaces the policy.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The path, `/` by default.
    pub fn path(self, path: impl IntoValue<String>) -> Self {
        Self { path: Some(path.into_value()), ..self }
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
    pub fn role(mut self, role: &Role) -> Self {
        self.roles.push(role.clone());
        self
    }
}

impl Construct for ManagedPolicyProps {
    type Handle = ManagedPolicy;
    fn build(self, scope: Scope) -> ManagedPolicy {
        check::document(&scope, &self.document, Attached::Identity);
        if let Some(name) = self.name.as_ref().and_then(Value::as_str) {
            check::name(&scope, "policy name", name, 128);
        }
        if let Some(path) = self.path.as_ref().and_then(Value::as_str) {
            check::path(&scope, path);
        }
        let roles: Vec<Expr> = self.roles.iter().map(|role| role.name().into_expr()).collect();
        let mut policy = CfnManagedPolicy::new(&self.document).path(self.path.unwrap_or_else(|| "/".into_value()));
        if let Some(name) = self.name {
            policy = policy.managed_policy_name(name);
        }
        if let Some(description) = self.description {
            policy = policy.description(description);
        }
        if !roles.is_empty() {
            policy = policy.roles(Value::<Vec<String>>::new(Expr::List(roles)));
        }
        let cfn = scope.add("Resource", policy);
        let document = Rc::new(RefCell::new(self.document));
        let unfinished = Rc::clone(&document);
        scope.validate(move |scope| {
            if unfinished.borrow().is_empty() {
                scope.error("a managed policy has no statement", "add one: `.statement(PolicyStatement::allow()..)`");
            }
        });
        ManagedPolicy { cfn, document }
    }
}
