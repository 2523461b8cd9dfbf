//! Managed policies of AWS, of the account and of the stack.

use purlin_cfn::iam::CfnManagedPolicy;
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::check::{self, Attached};
use super::document::GrowingDocument;
use super::{PolicyDocument, PolicyStatement, Role};
use crate::check::Checks;

/// A managed policy of any origin, which a role can have.
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

/// A managed policy of the stack: a [`Policy`](super::Policy) with an ARN, so that several roles can have it.
#[derive(Debug, Clone)]
pub struct ManagedPolicy {
    document: GrowingDocument<CfnManagedPolicy>,
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
    /// A policy of AWS, by the name in its ARN: `service-role/AmazonECSTaskExecutionRolePolicy`.
    pub fn aws(name: impl IntoValue<String>) -> ManagedPolicyRef {
        ManagedPolicyRef(sub!("arn:{}:iam::aws:policy/{}", intrinsics::partition(), name.into_value()))
    }

    /// A policy of the account, by its name.
    pub fn from_name(scope: &impl HasScope, name: impl IntoValue<String>) -> ManagedPolicyRef {
        let account = scope.scope().stack().account();
        ManagedPolicyRef(sub!("arn:{}:iam::{}:policy/{}", intrinsics::partition(), account, name.into_value()))
    }

    /// A policy, by its ARN.
    pub fn from_arn(arn: impl IntoValue<String>) -> ManagedPolicyRef {
        ManagedPolicyRef(arn.into_value())
    }

    /// A policy attached to nothing yet, at the path `/`, whose name CloudFormation generates.
    pub fn props() -> ManagedPolicyProps {
        ManagedPolicyProps::default()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnManagedPolicy> {
        &self.document.cfn
    }

    /// The policy's ARN.
    pub fn arn(&self) -> Value<String> {
        self.document.cfn.id()
    }

    /// Adds a statement.
    pub fn add_statement(&self, statement: PolicyStatement) {
        self.document.add(&statement);
    }

    /// Attaches the policy to a role, unless it is attached. The role's own resource does not change.
    pub fn attach_to_role(&self, role: &Role) {
        if self.document.attach_to_role(role) {
            role.attached().managed.borrow_mut().push(self.into());
        }
    }

    /// Replaces the statements, for a document whose statements were checked where they were added.
    pub(super) fn set_statements(&self, statements: Expr) {
        self.document.set_statements(statements);
    }
}

impl HasScope for ManagedPolicy {
    fn scope(&self) -> &Scope {
        self.document.cfn.scope()
    }
}

impl ManagedPolicyProps {
    /// The policy's name, up to 128 letters, digits or `_+=,.@-`. By default CloudFormation generates one. Prefer
    /// that: a named policy cannot be replaced without deleting it first.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the policy is for. Another text replaces the policy.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The path, `/` by default.
    pub fn path(self, path: impl IntoValue<String>) -> Self {
        Self { path: Some(path.into_value()), ..self }
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
        self.roles.push(role.clone());
        self
    }
}

impl Construct for ManagedPolicyProps {
    type Handle = ManagedPolicy;
    fn build(self, scope: Scope) -> ManagedPolicy {
        check::document(&scope, &self.document, Attached::Identity);
        scope.check("the policy's name").name(&self.name, 1..=128, check::NAME);
        check::path(&scope, self.path.as_ref());
        let mut policy = CfnManagedPolicy::new(&self.document).path(self.path.unwrap_or_else(|| "/".into_value()));
        if let Some(name) = self.name {
            policy = policy.managed_policy_name(name);
        }
        if let Some(description) = self.description {
            policy = policy.description(description);
        }
        let cfn = scope.add("Resource", policy);
        let policy = ManagedPolicy { document: GrowingDocument::new(cfn, Attached::Identity, "PolicyDocument") };
        self.roles.iter().for_each(|role| policy.attach_to_role(role));
        policy.document.require_statement(&scope, "a managed policy");
        policy
    }
}
