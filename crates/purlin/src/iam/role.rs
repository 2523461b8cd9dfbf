//! Roles, which services and identities assume.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::iam::CfnRole;
use purlin_construct::{Expr, HasScope, Ref, Scope, Value};

use super::check::Attached;
use super::document::GrowingDocument;
use super::{Grant, Grantee, ManagedPolicyRef, Policy, PolicyDocument, PolicyStatement, Principal, RoleProps};
use crate::check::Checks;

/// The highest quota of managed policies per role that IAM grants; 10 by default.
const MOST_MANAGED_POLICIES: usize = 20;

/// A role, made by the stack or imported.
#[derive(Debug, Clone)]
pub struct Role {
    scope: Scope,
    arn: Value<String>,
    name: Value<String>,
    origin: Origin,
    policy: Rc<RefCell<Option<Policy>>>,
    is_fixed: bool,
}

#[derive(Debug, Clone)]
enum Origin {
    Made { trust: GrowingDocument<CfnRole>, managed: Rc<RefCell<Vec<ManagedPolicyRef>>> },
    Imported,
}

impl Role {
    /// A role that the principal may assume, without any permission yet.
    pub fn props(assumed_by: Principal) -> RoleProps {
        RoleProps::new(assumed_by)
    }

    pub(super) fn made(scope: Scope, cfn: Ref<CfnRole>, trust: PolicyDocument, managed: Vec<ManagedPolicyRef>) -> Self {
        let (arn, name) = (cfn.att(CfnRole::ATTR_ARN), cfn.id());
        let trust = GrowingDocument::new(cfn, trust, Attached::Trust, CfnRole::assume_role_policy_document);
        let origin = Origin::Made { trust, managed: Rc::new(RefCell::new(managed)) };
        Self { scope, arn, name, origin, policy: Rc::default(), is_fixed: false }
    }

    pub(super) fn imported(scope: Scope, arn: Value<String>, name: Value<String>, is_fixed: bool) -> Self {
        Self { scope, arn, name, origin: Origin::Imported, policy: Rc::default(), is_fixed }
    }

    /// The raw resource; none for an imported role.
    pub fn cfn(&self) -> Option<&Ref<CfnRole>> {
        match &self.origin {
            Origin::Made { trust, .. } => Some(&trust.cfn),
            Origin::Imported => None,
        }
    }

    /// The role's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The role's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The role's unique id, such as `AROAEXAMPLE`; none for an imported role.
    pub fn id(&self) -> Option<Value<String>> {
        self.cfn().map(|cfn| cfn.att(CfnRole::ATTR_ROLE_ID))
    }

    /// The same role with fixed policies: statements added to this handle are dropped, because its policies are managed
    /// elsewhere.
    pub fn without_policy_updates(&self) -> Self {
        Self { is_fixed: true, ..self.clone() }
    }

    /// Adds a statement to the role's default policy, an inline policy that is made when it is first needed.
    ///
    /// `false` where the app does not change the role's policies: a role of another account, or a handle
    /// [`without_policy_updates`](Self::without_policy_updates).
    pub fn add_to_policy(&self, statement: PolicyStatement) -> bool {
        if self.is_fixed {
            return false;
        }
        self.default_policy().add_statement(statement);
        true
    }

    fn default_policy(&self) -> Policy {
        let made = self.policy.borrow().clone();
        made.unwrap_or_else(|| {
            let id = if self.cfn().is_some() { "DefaultPolicy" } else { "Policy" };
            let policy = self.scope.add(id, Policy::props().role(self));
            *self.policy.borrow_mut() = Some(policy.clone());
            policy
        })
    }

    /// Gives the role a managed policy.
    pub fn add_managed_policy(&self, policy: impl Into<ManagedPolicyRef>) {
        let policy = policy.into();
        let Origin::Made { trust, managed } = &self.origin else {
            self.scope.warning(
                "managed policies are not attached to an imported role",
                "attach the policy where the role is made, or add statements with `add_to_policy`",
            );
            return;
        };
        if managed.borrow().contains(&policy) {
            return;
        }
        managed.borrow_mut().push(policy);
        check_managed(&self.scope, &managed.borrow());
        let arns = managed_arns(&managed.borrow());
        trust.cfn.update(|role| role.managed_policy_arns(arns));
    }

    /// Adds a statement to the role's trust policy, which says who may assume it.
    pub fn add_to_trust_policy(&self, statement: PolicyStatement) {
        let Origin::Made { trust, .. } = &self.origin else {
            self.scope
                .warning("the trust policy of an imported role is not changed", "change it where the role is made");
            return;
        };
        trust.add(statement);
    }

    /// Lets another principal assume the role.
    pub fn assumed_by(&self, principal: Principal) {
        for statement in PolicyDocument::trust(principal, &[]).statements {
            self.add_to_trust_policy(statement);
        }
    }

    /// Attaches an inline policy.
    pub fn attach_policy(&self, policy: &Policy) {
        policy.attach_to_role(self);
    }

    /// Permits the grantee these actions on this role.
    pub fn grant<A: Into<String>>(&self, grantee: &impl Grantee, actions: impl IntoIterator<Item = A>) -> Grant {
        Grant::add_to_principal(grantee, actions, [self.arn()])
    }

    /// Permits the grantee to pass this role to a service (`iam:PassRole`).
    pub fn grant_pass_role(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, ["iam:PassRole"])
    }

    /// Permits the grantee to assume this role (`sts:AssumeRole`). The role's trust policy has to allow it, too.
    pub fn grant_assume_role(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, ["sts:AssumeRole"])
    }
}

impl Grantee for Role {
    fn grant_principal(&self) -> Principal {
        Principal::arn(self.arn())
    }

    fn add_to_principal_policy(&self, statement: PolicyStatement) -> bool {
        self.add_to_policy(statement)
    }

    fn policy_scope(&self) -> Option<Scope> {
        self.policy.borrow().as_ref().map(|policy| policy.scope().clone())
    }
}

impl HasScope for Role {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

pub(super) fn managed_arns(policies: &[ManagedPolicyRef]) -> Value<Vec<String>> {
    Value::new(Expr::List(policies.iter().map(|policy| policy.arn().into_expr()).collect()))
}

pub(super) fn check_managed(scope: &Scope, policies: &[ManagedPolicyRef]) {
    if policies.len() <= MOST_MANAGED_POLICIES + 1 {
        let hint = "put statements together in one `ManagedPolicy`, or add them with `add_to_policy`";
        scope.check("the role").hint(hint).count("managed policies", policies.len(), ..=MOST_MANAGED_POLICIES);
    }
}
