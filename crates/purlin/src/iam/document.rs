//! Policy documents: statements in IAM's own form, and documents that grow after their resource is made.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_construct::{CfnType, Expr, HasScope, IntoValue, Json, Ref, Scope, Value};

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

/// The document of a resource that is made already.
#[derive(Debug, Clone)]
pub(super) struct GrowingDocument<R> {
    pub cfn: Ref<R>,
    document: Rc<RefCell<PolicyDocument>>,
    attached: Attached,
    set: fn(R, PolicyDocument) -> R,
}

impl<R: CfnType> GrowingDocument<R> {
    /// The document of this resource; `set` writes it into the resource.
    pub(super) fn new(
        cfn: Ref<R>,
        document: PolicyDocument,
        attached: Attached,
        set: fn(R, PolicyDocument) -> R,
    ) -> Self {
        Self { cfn, document: Rc::new(RefCell::new(document)), attached, set }
    }

    /// Adds a statement and reports mistakes in it.
    pub(super) fn add(&self, statement: PolicyStatement) {
        check::statement(self.cfn.scope(), &statement, self.attached);
        self.document.borrow_mut().add(statement);
        let document = self.document.borrow().clone();
        self.cfn.update(|resource| (self.set)(resource, document));
    }

    /// Reports a document that has no statement when the tree is complete.
    pub(super) fn require_statement(&self, scope: &Scope, what: &'static str) {
        let document = Rc::clone(&self.document);
        scope.validate(move |scope| {
            if document.borrow().is_empty() {
                scope.error(format!("{what} has no statement"), "add one: `.statement(PolicyStatement::allow()..)`");
            }
        });
    }

    /// Attaches the policy to a role.
    pub(super) fn attach_to_role(&self, role: &Role) {
        self.cfn.append("Roles", role.name().into_expr());
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
