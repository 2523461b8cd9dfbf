//! Roles, which services and identities assume.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::iam::CfnRole;
use purlin_construct::{Expr, HasScope, Phase, Ref, Scope, Value};

use super::check::Attached;
use super::document::GrowingDocument;
use super::grant::wait_for;
use super::overflow::{self, Part};
use super::{
    Grant, Grantee, ManagedPolicy, ManagedPolicyRef, Policy, PolicyDocument, PolicyStatement, Principal, RoleProps,
};
use crate::check::Checks;

/// The managed policies that a role can have, and the most that IAM grants on request.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const MANAGED_POLICIES: usize = 10;
const MOST_MANAGED_POLICIES: usize = 25;

/// A role, made by the stack or imported.
#[derive(Debug, Clone)]
pub struct Role {
    scope: Scope,
    arn: Value<String>,
    name: Value<String>,
    origin: Origin,
    policy: Rc<RefCell<Option<Policy>>>,
    attached: Rc<Attachments>,
    is_fixed: bool,
}

/// The policies that are attached to a role.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    /// Policies that name the role.
    pub inline: RefCell<Vec<Policy>>,
    /// Managed policies, those of the role's own list and those that name the role.
    pub managed: RefCell<Vec<ManagedPolicyRef>>,
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

    pub(super) fn made(scope: Scope, cfn: Ref<CfnRole>, managed: Vec<ManagedPolicyRef>) -> Self {
        let (arn, name) = (cfn.att(CfnRole::ATTR_ARN), cfn.id());
        let trust = GrowingDocument::new(cfn, Attached::Trust, "AssumeRolePolicyDocument");
        let origin = Origin::Made { trust, managed: Rc::new(RefCell::new(managed)) };
        let (policy, attached) = (Rc::default(), Rc::default());
        let role = Self { scope, arn, name, origin, policy, attached, is_fixed: false };
        let (splitting, checked) = (role.clone(), role.clone());
        role.scope.pass(Phase::Last, move |_| splitting.split_default_policy());
        role.scope.validate(move |scope| checked.check_managed(scope));
        role
    }

    pub(super) fn imported(scope: Scope, arn: Value<String>, name: Value<String>, is_fixed: bool) -> Self {
        let (policy, attached) = (Rc::default(), Rc::default());
        Self { scope, arn, name, origin: Origin::Imported, policy, attached, is_fixed }
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

    pub(super) fn attached(&self) -> &Attachments {
        &self.attached
    }

    /// Moves statements of the default policy into managed policies where they are too large for inline policies.
    fn split_default_policy(&self) {
        let Some(policy) = self.policy.borrow().clone() else { return };
        let (Some(cfn), Some(statements)) = (self.cfn(), policy.document().statements()) else { return };
        let others: Vec<Policy> =
            self.attached.inline.borrow().iter().filter(|it| it.scope() != policy.scope()).cloned().collect();
        let attached = others.iter().filter_map(|other| other.document().statements());
        let own = cfn.scope().property("Policies");
        let own = own
            .iter()
            .flat_map(|policies| policies.as_list().unwrap_or_default())
            .filter_map(|inline| super::document::statements_of(&mut inline.get("PolicyDocument")?.clone()).cloned());
        let others = attached.chain(own).map(|statements| overflow::size(&statements)).sum();
        let Some(parts) = overflow::split(&self.scope, &statements, others) else { return };
        for (number, part) in parts.into_iter().enumerate() {
            let Part { statements, origins } = part;
            if number == 0 {
                policy.document().set_statements(statements);
                continue;
            }
            let description = format!("Part of the policies for {}", self.scope.path());
            let recipe = ManagedPolicy::props().description(description).role(self);
            let overflow = self.scope.add(format!("OverflowPolicy{number}"), recipe);
            overflow.set_statements(statements);
            wait_for(policy.scope(), &overflow, &origins);
        }
    }

    /// Reports more managed policies than a role can have.
    fn check_managed(&self, scope: &Scope) {
        let Origin::Made { managed, .. } = &self.origin else { return };
        let mut all = managed.borrow().clone();
        all.extend(self.attached.managed.borrow().iter().filter(|it| !managed.borrow().contains(it)).cloned());
        let count = all.len();
        let hint = "put statements together in one `ManagedPolicy`, or permit several resources by one wildcard";
        if count > MOST_MANAGED_POLICIES {
            scope.check("the role").hint(hint).count("managed policies", count, ..=MOST_MANAGED_POLICIES);
        } else if count > MANAGED_POLICIES {
            scope.warning(
                format!(
                    "the role has {count} managed policies, AWS takes {MANAGED_POLICIES} unless the account's quota is \
                     raised, to {MOST_MANAGED_POLICIES} at most"
                ),
                format!("{hint}, or raise the quota: `aws service-quotas request-service-quota-increase --service-code iam --quota-code L-0DA4ABF3 --desired-value {count}`"),
            );
        }
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
        trust.cfn.append("ManagedPolicyArns", policy.arn().into_expr());
        managed.borrow_mut().push(policy);
    }

    /// Adds a statement to the role's trust policy, which says who may assume it.
    pub fn add_to_trust_policy(&self, statement: PolicyStatement) {
        let Origin::Made { trust, .. } = &self.origin else {
            self.scope
                .warning("the trust policy of an imported role is not changed", "change it where the role is made");
            return;
        };
        trust.add(&statement);
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
