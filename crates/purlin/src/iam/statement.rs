//! Statements of policies: which principals may, or may not, use which actions on which resources, and when.

use std::collections::BTreeMap;

use purlin_construct::{Expr, IntoValue, Value};

use super::Principal;

/// Whether a statement permits or forbids. A statement that forbids wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Permits.
    Allow,
    /// Forbids, even if another statement permits it.
    Deny,
}

impl Effect {
    fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// The conditions of a statement: by operator and key, values of which one must match
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions(BTreeMap<String, BTreeMap<String, Vec<Expr>>>);

impl Conditions {
    /// No conditions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition. The same operator and key again adds another value that matches.
    pub fn with(mut self, operator: &str, key: &str, value: impl Into<Expr>) -> Self {
        self.insert(operator, key, value.into());
        self
    }

    pub(super) fn insert(&mut self, operator: &str, key: &str, value: Expr) {
        let values = self.0.entry(operator.to_owned()).or_default().entry(key.to_owned()).or_default();
        let added = match value {
            Expr::List(items) => items,
            single => vec![single],
        };
        for value in added {
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (operator, keys) in &other.0 {
            for (key, values) in keys {
                for value in values {
                    self.insert(operator, key, value.clone());
                }
            }
        }
    }

    pub(super) fn render(&self) -> Expr {
        if self.0.is_empty() {
            return Expr::Null;
        }
        Expr::map(self.0.iter().map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| (key.clone(), one_or_many(values)));
            (operator.clone(), Expr::map(keys))
        }))
    }
}

/// A statement of a policy document.
///
/// ```
/// use purlin::iam::PolicyStatement;
///
/// let read = PolicyStatement::allow()
///     .actions(["s3:GetObject", "s3:ListBucket"])
///     .resources(["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"])
///     .condition("Bool", "aws:SecureTransport", "true");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until it is added to a policy or a role"]
pub struct PolicyStatement {
    effect: Effect,
    sid: Option<String>,
    pub(super) actions: Vec<String>,
    pub(super) not_actions: Vec<String>,
    pub(super) resources: Vec<Expr>,
    pub(super) not_resources: Vec<Expr>,
    pub(super) principals: Vec<Principal>,
    pub(super) not_principals: Vec<Principal>,
    conditions: Conditions,
}

impl PolicyStatement {
    /// A statement of this effect, without actions and resources yet.
    pub fn new(effect: Effect) -> Self {
        Self {
            effect,
            sid: None,
            actions: Vec::new(),
            not_actions: Vec::new(),
            resources: Vec::new(),
            not_resources: Vec::new(),
            principals: Vec::new(),
            not_principals: Vec::new(),
            conditions: Conditions::default(),
        }
    }

    /// A statement that permits.
    pub fn allow() -> Self {
        Self::new(Effect::Allow)
    }

    /// A statement that forbids.
    pub fn deny() -> Self {
        Self::new(Effect::Deny)
    }

    /// The statement's id: letters and digits, unique in its policy. None by default.
    pub fn sid(self, sid: impl Into<String>) -> Self {
        Self { sid: Some(sid.into()), ..self }
    }

    /// Adds an action, such as `s3:GetObject`. `*` and `?` are wildcards.
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.actions.push(action.into());
        self
    }

    /// Adds actions.
    pub fn actions<A: Into<String>>(self, actions: impl IntoIterator<Item = A>) -> Self {
        actions.into_iter().fold(self, Self::action)
    }

    /// The statement is about every action except these.
    pub fn not_actions<A: Into<String>>(mut self, actions: impl IntoIterator<Item = A>) -> Self {
        self.not_actions.extend(actions.into_iter().map(Into::into));
        self
    }

    /// Adds a resource, by its ARN. `*` and `?` are wildcards.
    pub fn resource(mut self, arn: impl IntoValue<String>) -> Self {
        self.resources.push(arn.into_value().into_expr());
        self
    }

    /// Adds resources, by their ARNs.
    pub fn resources<A: IntoValue<String>>(self, arns: impl IntoIterator<Item = A>) -> Self {
        arns.into_iter().fold(self, Self::resource)
    }

    /// The statement is about every resource: `*`.
    pub fn all_resources(self) -> Self {
        self.resource("*")
    }

    /// The statement is about every resource except these.
    pub fn not_resources<A: IntoValue<String>>(mut self, arns: impl IntoIterator<Item = A>) -> Self {
        self.not_resources.extend(arns.into_iter().map(|arn| arn.into_value().into_expr()));
        self
    }

    /// Adds a principal; only in policies of resources and in trust policies. Conditions of the principal become
    /// conditions of the statement.
    pub fn principal(mut self, principal: Principal) -> Self {
        for part in principal.into_parts() {
            self.conditions.extend(part.conditions());
            self.principals.push(part);
        }
        self
    }

    /// The statement is about every principal except this one.
    pub fn not_principal(mut self, principal: Principal) -> Self {
        self.not_principals.extend(principal.into_parts());
        self
    }

    /// The statement applies only where the condition is true: `.condition("StringEquals", "aws:PrincipalTag/team", "web")`.
    ///
    /// The same operator and key again adds another value that matches.
    pub fn condition(mut self, operator: &str, key: &str, value: impl Into<Expr>) -> Self {
        self.conditions.insert(operator, key, value.into());
        self
    }

    /// The statement applies only where these conditions are true, too.
    pub fn conditions(mut self, conditions: &Conditions) -> Self {
        self.conditions.extend(conditions);
        self
    }

    /// Only for calls that an AWS service makes on behalf of this account (`aws:SourceAccount`).
    pub fn source_account(self, account: impl IntoValue<String>) -> Self {
        let account: Value<String> = account.into_value();
        self.condition("StringEquals", "aws:SourceAccount", account)
    }

    /// Only for calls that an AWS service makes on behalf of this resource (`aws:SourceArn`).
    pub fn source_arn(self, arn: impl IntoValue<String>) -> Self {
        let arn: Value<String> = arn.into_value();
        self.condition("ArnEquals", "aws:SourceArn", arn)
    }

    pub(super) fn render(&self) -> Expr {
        Expr::map([
            ("Action", texts(&self.actions)),
            ("Condition", self.conditions.render()),
            ("Effect", Expr::from(self.effect.as_str())),
            ("NotAction", texts(&self.not_actions)),
            ("NotPrincipal", Principal::render_all(&self.not_principals)),
            ("NotResource", one_or_many(&self.not_resources)),
            ("Principal", Principal::render_all(&self.principals)),
            ("Resource", one_or_many(&self.resources)),
            ("Sid", self.sid.as_deref().map_or(Expr::Null, Expr::from)),
        ])
    }
}

fn texts(items: &[String]) -> Expr {
    one_or_many(&items.iter().map(|item| Expr::from(item.as_str())).collect::<Vec<_>>())
}

/// Nothing, the item, or the list without duplicates, in the form IAM writes policies.
pub(super) fn one_or_many(items: &[Expr]) -> Expr {
    let mut distinct: Vec<Expr> = Vec::new();
    for item in items {
        if !distinct.contains(item) {
            distinct.push(item.clone());
        }
    }
    match distinct.len() {
        0 => Expr::Null,
        1 => distinct.swap_remove(0),
        _ => Expr::List(distinct),
    }
}
