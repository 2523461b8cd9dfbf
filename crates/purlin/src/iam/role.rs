//! Roles: what services act as.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::iam::CfnRole;
use purlin_construct::{Expr, HasScope, Ref, Scope, Value};

use super::check::{self, Attached};
use super::{Grant, Grantee, ManagedPolicyRef, Policy, PolicyDocument, PolicyStatement, Principal, RoleProps};
use crate::check::Checks;

/// IAM's largest quota of managed policies of a role; it is 10 unless it was raised.
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
    Made { cfn: Ref<CfnRole>, trust: Rc<RefCell<PolicyDocument>>, managed: Rc<RefCell<Vec<ManagedPolicyRef>>> },
    Imported,
}

impl Role {
    /// A role that the principal may assume, without any permission yet.
    pub fn props(assumed_by: Principal) -> RoleProps {
        RoleProps::new(assumed_by)
    }

    pub(super) fn made(scope: Scope, cfn: Ref<CfnRole>, trust: PolicyDocument, managed: Vec<ManagedPolicyRef>) -> Self {
        let (arn, name) = (cfn.att(CfnRole::ATTR_ARN), cfn.id());
        let origin = Origin::Made { cfn, trust: Rc::new(RefCell::new(trust)), managed: Rc::new(RefCell::new(managed)) };
        Self { scope, arn, name, origin, policy: Rc::default(), is_fixed: false }
    }

    pub(super) fn imported(scope: Scope, arn: Value<String>, name: Value<String>, is_fixed: bool) -> Self {
        Self { scope, arn, name, origin: Origin::Imported, policy: Rc::default(), is_fixed }
    }

    /// The raw resource; none of an imported role.
    pub fn cfn(&self) -> Option<&Ref<CfnRole>> {
        match &self.origin {
            Origin::Made { cfn, .. } => Some(cfn),
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

    /// The role's unique id, such as `AROAEXAMPLE`; not known of an imported role.
    pub fn id(&self) -> Option<Value<String>> {
        self.cfn().map(|cfn| cfn.att(CfnRole::ATTR_ROLE_ID))
    }

    /// The same role, left alone: permissions given to this handle are dropped, because someone else manages them.
    pub fn without_policy_updates(&self) -> Self {
        Self { is_fixed: true, ..self.clone() }
    }

    /// Adds a statement to the role's default policy, an inline policy made when it is first needed.
    ///
    /// `false` where the role's policies are not this app's to change: a role of another account, or one
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
        let Origin::Made { cfn, managed, .. } = &self.origin else {
            self.scope.warning(
                "an imported role is not given managed policies",
                "attach the policy where the role is made, or give the role statements with `add_to_policy`",
            );
            return;
        };
        if managed.borrow().contains(&policy) {
            return;
        }
        managed.borrow_mut().push(policy);
        check_managed(&self.scope, &managed.borrow());
        let arns = managed_arns(&managed.borrow());
        cfn.update(|role| role.managed_policy_arns(arns));
    }

    /// Adds a statement to the trust policy of the role: who else may assume it.
    pub fn add_to_trust_policy(&self, statement: PolicyStatement) {
        let Origin::Made { cfn, trust, .. } = &self.origin else {
            self.scope
                .warning("the trust policy of an imported role is not changed", "change it where the role is made");
            return;
        };
        check::statement(&self.scope, &statement, Attached::Trust);
        trust.borrow_mut().add(statement);
        let document = trust.borrow().clone();
        cfn.update(|role| role.assume_role_policy_document(document));
    }

    /// Lets another principal assume the role too.
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

    /// Permits the grantee to hand this role to a service (`iam:PassRole`).
    pub fn grant_pass_role(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, ["iam:PassRole"])
    }

    /// Permits the grantee to assume this role (`sts:AssumeRole`). The role's trust policy has to let it, too.
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

/// Text of a literal, for checks.
pub(super) fn literal(value: Option<&Value<String>>) -> Option<&str> {
    value.and_then(Value::as_str)
}
