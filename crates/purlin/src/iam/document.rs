//! Policy documents: statements in IAM's own form, and documents that grow after their resource is made.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_construct::{CfnType, Expr, HasScope, IntoValue, Json, Key, Ref, Scope, Value};

use super::check::{self, Attached};
use super::{PolicyStatement, Principal, Role};

/// The statements of a policy.
///
/// The version is `2012-10-17`. A list of one item is written as the item. A statement is written once, even if it is
/// added twice.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a policy document does nothing until it is given to a property"]
pub struct PolicyDocument {
    pub(super) statements: Vec<PolicyStatement>,
}

impl PolicyDocument {
    /// A document without statements yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement.
    pub fn statement(mut self, statement: PolicyStatement) -> Self {
        self.add(statement);
        self
    }

    /// Adds statements.
    pub fn statements(self, statements: impl IntoIterator<Item = PolicyStatement>) -> Self {
        statements.into_iter().fold(self, Self::statement)
    }

    /// Adds a statement, unless the document has it already.
    pub fn add(&mut self, statement: PolicyStatement) {
        if !self.statements.contains(&statement) {
            self.statements.push(statement);
        }
    }

    /// Whether the document has no statement.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The trust policy that lets a principal assume a role.
    pub(super) fn trust(principal: Principal, external_ids: &[Expr]) -> Self {
        let statements = principal.into_parts().map(|part| {
            let statement = PolicyStatement::allow().actions(part.assume_actions()).principal(part);
            match external_ids {
                [] => statement,
                ids => statement.condition("StringEquals", "sts:ExternalId", Expr::List(ids.to_vec())),
            }
        });
        Self::new().statements(statements)
    }
}

impl IntoValue<Json> for PolicyDocument {
    fn into_value(self) -> Value<Json> {
        let mut statements: Vec<Expr> = Vec::new();
        for statement in &self.statements {
            let rendered = statement.render();
            if !statements.contains(&rendered) {
                statements.push(rendered);
            }
        }
        Value::new(Expr::map([("Statement", Expr::List(statements)), ("Version", Expr::from("2012-10-17"))]))
    }
}

impl IntoValue<Json> for &PolicyDocument {
    fn into_value(self) -> Value<Json> {
        self.clone().into_value()
    }
}

/// Adds a statement to the policy in a property of a resource, unless the policy has it already.
///
/// The policy may have been replaced in the raw resource meanwhile; one whose statements only the deployment knows is
/// reported.
pub(crate) fn add_statement<R: CfnType>(cfn: &Ref<R>, property: &'static str, statement: &PolicyStatement) {
    let mut lost = false;
    cfn.update(|resource| {
        let mut props = resource.into_props();
        let mut policy = props.take(property);
        match policy.as_mut().map(statements_of) {
            None => policy = Some(PolicyDocument::new().statement(statement.clone()).into_value().into_expr()),
            Some(None) => lost = true,
            Some(Some(statements)) => {
                let statement = statement.render();
                if !statements.contains(&statement) {
                    statements.push(statement);
                }
            }
        }
        if let Some(policy) = policy {
            props.insert(property, policy);
        }
        R::from_props(props)
    });
    if lost {
        let actions = statement.actions.iter().chain(&statement.not_actions).map(|action| format!("`{action}`"));
        cfn.scope().error(
            format!(
                "the statement about {} would be lost: `{property}` was set to a policy whose statements only the \
                 deployment knows, and statements are added to a list",
                actions.collect::<Vec<_>>().join(", ")
            ),
            format!("give `{property}` as an object with a list `Statement`, or write the statement into it"),
        );
    }
}

/// The statements of a policy, to be changed; none where only the deployment knows them.
pub(super) fn statements_of(policy: &mut Expr) -> Option<&mut Vec<Expr>> {
    let Expr::Map(policy) = policy else { return None };
    if policy.keys().any(|name| name == "Ref" || name.starts_with("Fn::")) {
        return None;
    }
    let statements = policy.entry(Key::Borrowed("Statement")).or_insert_with(|| Expr::List(Vec::new()));
    if matches!(statements, Expr::Map(_)) {
        *statements = Expr::List(vec![std::mem::replace(statements, Expr::Null)]);
    }
    match statements {
        Expr::List(statements) => Some(statements),
        _ => None,
    }
}

/// The document of a resource that is made already.
#[derive(Debug, Clone)]
pub(super) struct GrowingDocument<R> {
    pub cfn: Ref<R>,
    attached: Attached,
    property: &'static str,
    /// The ARNs of the roles that have the policy.
    roles: Rc<RefCell<Vec<Value<String>>>>,
}

impl<R: CfnType> GrowingDocument<R> {
    /// The document in this property of a resource.
    pub(super) fn new(cfn: Ref<R>, attached: Attached, property: &'static str) -> Self {
        Self { cfn, attached, property, roles: Rc::default() }
    }

    /// Adds a statement and reports mistakes in it.
    pub(super) fn add(&self, statement: &PolicyStatement) {
        check::statement(self.cfn.scope(), statement, self.attached);
        add_statement(&self.cfn, self.property, statement);
    }

    /// The statements, where they are known.
    pub(super) fn statements(&self) -> Option<Vec<Expr>> {
        let mut policy = self.cfn.scope().property(self.property)?;
        statements_of(&mut policy).cloned()
    }

    /// Replaces the statements of a policy that has them as a list.
    pub(super) fn set_statements(&self, statements: Expr) {
        self.cfn.update(|resource| {
            let mut props = resource.into_props();
            if let Some(Expr::Map(mut policy)) = props.take(self.property) {
                policy.insert(Key::Borrowed("Statement"), statements);
                props.insert(self.property, Expr::Map(policy));
            }
            R::from_props(props)
        });
    }

    /// Reports a document that has no statement when the tree is complete.
    pub(super) fn require_statement(&self, scope: &Scope, what: &'static str) {
        let (resource, property) = (self.cfn.scope().clone(), self.property);
        scope.validate(move |scope| {
            let is_empty = |mut policy| statements_of(&mut policy).is_some_and(|statements| statements.is_empty());
            if resource.property(property).is_some_and(is_empty) {
                scope.error(format!("{what} has no statement"), "add one: `.statement(PolicyStatement::allow()..)`");
            }
        });
    }

    /// Attaches the policy to a role, once. Whether it was not attached before.
    pub(super) fn attach_to_role(&self, role: &Role) -> bool {
        let arn = role.arn();
        let is_attached = self.roles.borrow().contains(&arn);
        if !is_attached {
            self.roles.borrow_mut().push(arn);
            self.append_once("Roles", role.name().into_expr());
        }
        !is_attached
    }

    /// Appends an item to a list that has it once.
    pub(super) fn append_once(&self, property: &str, item: Expr) {
        let list = self.cfn.scope().property(property);
        if !list.is_some_and(|list| list.as_list().is_some_and(|items| items.contains(&item))) {
            self.cfn.append(property, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(document: PolicyDocument) -> Expr {
        document.into_value().into_expr()
    }

    #[test]
    fn one_item_is_written_without_a_list_and_duplicates_once() {
        let get = || PolicyStatement::allow().action("s3:Get").action("s3:Get").resource("a");
        let document = rendered(PolicyDocument::new().statement(get()).statement(get()));
        let expect = serde_json::json!({
            "Statement": [{"Action": "s3:Get", "Effect": "Allow", "Resource": "a"}],
            "Version": "2012-10-17",
        });
        assert_eq!(document, Expr::from(expect));
    }

    #[test]
    fn principals_are_grouped_by_their_kind() {
        let statement = PolicyStatement::deny()
            .not_actions(["iam:*"])
            .not_resources(["c"])
            .principal(Principal::composite([Principal::service("a"), Principal::service("b"), Principal::any()]))
            .condition("StringEquals", "x", "y")
            .condition("StringEquals", "x", "z");
        let expect = serde_json::json!({"Statement": [{
            "Condition": {"StringEquals": {"x": ["y", "z"]}},
            "Effect": "Deny", "NotAction": "iam:*", "NotResource": "c",
            "Principal": {"AWS": "*", "Service": ["a", "b"]},
        }], "Version": "2012-10-17"});
        assert_eq!(rendered(PolicyDocument::new().statement(statement)), Expr::from(expect));
    }

    #[test]
    fn every_principal_of_a_trust_policy_has_its_own_statement() {
        let principal = Principal::composite([
            Principal::service("a").with_session_tags(),
            Principal::web_identity("p").with_condition("StringEquals", "aud", "x"),
        ]);
        let expect = serde_json::json!({"Statement": [
            {"Action": ["sts:AssumeRole", "sts:TagSession"], "Effect": "Allow", "Principal": {"Service": "a"},
             "Condition": {"StringEquals": {"sts:ExternalId": "e"}}},
            {"Action": "sts:AssumeRoleWithWebIdentity", "Effect": "Allow", "Principal": {"Federated": "p"},
             "Condition": {"StringEquals": {"aud": "x", "sts:ExternalId": "e"}}},
        ], "Version": "2012-10-17"});
        assert_eq!(rendered(PolicyDocument::trust(principal, &[Expr::from("e")])), Expr::from(expect));
    }
}
