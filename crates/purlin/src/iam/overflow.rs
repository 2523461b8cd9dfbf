//! Splits the default policy of a role when IAM would refuse its size, as the CDK splits it.
//!
//! Sizes are the CDK's estimates, and so are the limits below IAM's own, which leave room for their error. Where a part is
//! too large nevertheless, because of many small statements, the limit is lowered. Statements are merged only where the
//! policy is too large: one that fits stays as it was written.

use std::collections::BTreeMap;

use purlin_construct::{Expr, Key, Scope, logical_id};

use super::statement::one_or_many;

/// The CDK's limits for the default policy and for a managed policy.
const ESTIMATED: Limits = Limits { inline: 10_000, managed: 6_000 };
/// The characters without white space that IAM takes in all inline policies of a role, and in a managed policy.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const TAKEN: Limits = Limits { inline: 10_240, managed: 6_144 };
/// Statements are not merged into larger ones before they are distributed.
const MERGED: usize = 2_000;
/// The length of what only the deployment knows, taken to be an ARN.
const REFERENCE: usize = 150;
/// The length of a reference in a condition, which the CDK counts as its own placeholder.
const PLACEHOLDER: usize = 20;
/// The length of a short ARN.
const SHORT_REFERENCE: usize = 40;
/// What a policy has around its statements: `{"Statement":[],"Version":"2012-10-17"}`.
const AROUND: usize = 39;

const ACTION: &str = "Action";
const RESOURCE: &str = "Resource";

/// A statement in the form that merging compares.
#[derive(Clone)]
struct Statement {
    actions: Vec<Expr>,
    resources: Vec<Expr>,
    /// Everything else; a statement that is no map, such as `Fn::If`, is here as it is.
    rest: Expr,
    /// The statements that it is made of, as they were added.
    origins: Vec<Expr>,
}

/// A policy's statements, and those that they are made of.
pub(super) struct Part {
    pub statements: Expr,
    pub origins: Vec<Expr>,
}

/// The sizes of policies.
#[derive(Clone, Copy)]
struct Limits {
    inline: usize,
    managed: usize,
}

/// The statements of the default policy and of the managed policies that take the rest; none where `statements` fit
/// beside `others`, the size of the role's other inline policies.
pub(super) fn split(scope: &Scope, statements: &[Expr], others: usize) -> Option<Vec<Part>> {
    let mut limits = Limits { inline: ESTIMATED.inline.saturating_sub(others), ..ESTIMATED };
    let mut all: Vec<Statement> = statements.iter().map(Statement::new).collect();
    let estimate = all.iter().map(Statement::size).sum::<usize>();
    if estimate < limits.inline && size(statements) + others <= TAKEN.inline {
        return None;
    }
    merge(&mut all, Some(MERGED));
    loop {
        let parts: Vec<Part> =
            distribute(all.clone(), limits).into_iter().map(|statements| rendered(scope, statements)).collect();
        let over = |part: &Part, most: usize| match &part.statements {
            Expr::List(statements) if statements.len() > 1 => size(statements).saturating_sub(most),
            _ => 0,
        };
        let inline = over(&parts[0], TAKEN.inline.saturating_sub(others)).min(limits.inline);
        let managed = parts[1..].iter().map(|part| over(part, TAKEN.managed)).max().unwrap_or_default();
        if inline + managed == 0 {
            return Some(parts);
        }
        limits.inline -= inline;
        limits.managed = limits.managed.saturating_sub(managed);
    }
}

fn distribute(all: Vec<Statement>, limits: Limits) -> Vec<Vec<Statement>> {
    let mut parts: Vec<(usize, Vec<Statement>)> = vec![(0, Vec::new())];
    let last = all.len() - 1;
    for (number, statement) in all.into_iter().enumerate() {
        // The default policy is never empty.
        let (size, is_last) = (statement.size(), number == last);
        let has_room = |(at, (used, _)): &(usize, &mut (usize, Vec<Statement>))| {
            if *at == 0 { used + size < limits.inline || is_last && *used == 0 } else { used + size <= limits.managed }
        };
        match parts.iter_mut().enumerate().find(has_room) {
            Some((_, (used, part))) => {
                *used += size;
                part.push(statement);
            }
            None => parts.push((size, vec![statement])),
        }
    }
    parts.into_iter().map(|(_, statements)| statements).collect()
}

/// The characters without white space of a policy of these statements; references are taken to be short ARNs.
pub(super) fn size(statements: &[Expr]) -> usize {
    AROUND + statements.iter().map(characters).sum::<usize>() + statements.len().saturating_sub(1)
}

fn characters(value: &Expr) -> usize {
    let text = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).count();
    match value {
        Expr::Str(known) | Expr::Custom(known) => text(known) + 2,
        Expr::Int(number) => number.to_string().len(),
        Expr::Bool(value) => value.to_string().len(),
        Expr::List(items) => items.iter().map(characters).sum::<usize>() + items.len().max(1) + 1,
        Expr::Join(_, parts) => 2 + parts.iter().map(|part| part.as_str().map_or(SHORT_REFERENCE, text)).sum::<usize>(),
        Expr::Map(map) => {
            let entries = map.iter().filter(|(_, value)| **value != Expr::Null);
            1 + entries.map(|(key, value)| text(key) + 4 + characters(value)).sum::<usize>().max(1)
        }
        _ => SHORT_REFERENCE,
    }
}

fn rendered(scope: &Scope, mut statements: Vec<Statement>) -> Part {
    merge(&mut statements, None);
    let origins = statements.iter().flat_map(|statement| statement.origins.clone()).collect();
    let mut distinct: Vec<Expr> = Vec::new();
    for statement in statements {
        let rendered = statement.render(scope);
        if !distinct.contains(&rendered) {
            distinct.push(rendered);
        }
    }
    Part { statements: Expr::List(distinct), origins }
}

/// Merges statements that differ only in their actions or only in their resources, until there are none.
fn merge(statements: &mut Vec<Statement>, limit: Option<usize>) {
    let mut has_changed = true;
    while has_changed {
        has_changed = false;
        let mut first = 0;
        while first < statements.len() {
            let mut second = first + 1;
            while second < statements.len() {
                match statements[first].merged(&statements[second], limit) {
                    Some(merged) => {
                        statements[first] = merged;
                        statements.remove(second);
                        has_changed = true;
                    }
                    None => second += 1,
                }
            }
            first += 1;
        }
    }
}

impl Statement {
    fn new(statement: &Expr) -> Self {
        let (mut rest, mut take) = (statement.clone(), (Vec::new(), Vec::new()));
        if let Expr::Map(map) = &mut rest {
            take = (many(map.remove(ACTION)), many(map.remove(RESOURCE)));
        }
        Self { actions: take.0, resources: take.1, rest, origins: vec![statement.clone()] }
    }

    /// Both statements as one, if one permits or forbids exactly what both do.
    fn merged(&self, other: &Self, limit: Option<usize>) -> Option<Self> {
        let is_mergeable =
            matches!(&self.rest, Expr::Map(map) if map.contains_key("Effect") && !map.contains_key("Sid"));
        if !is_mergeable || self.rest != other.rest {
            return None;
        }
        if !is_same_set(&self.actions, &other.actions) && !is_same_set(&self.resources, &other.resources) {
            return None;
        }
        let both = |one: &[Expr], two: &[Expr]| {
            let added = two.iter().filter(|item| !one.contains(item));
            one.iter().chain(added).cloned().collect::<Vec<_>>()
        };
        let merged = Self {
            actions: both(&self.actions, &other.actions),
            resources: both(&self.resources, &other.resources),
            rest: self.rest.clone(),
            origins: self.origins.iter().chain(&other.origins).cloned().collect(),
        };
        limit.is_none_or(|limit| merged.size() <= limit).then_some(merged)
    }

    fn size(&self) -> usize {
        let Expr::Map(rest) = &self.rest else { return json_size(&self.rest) };
        let list = |name: &str, items: &[Expr]| {
            let texts = items.iter().map(|item| item.as_str().map_or(REFERENCE, length) + 3).sum::<usize>();
            if items.is_empty() { 0 } else { name.len() + 5 + texts }
        };
        let effect = rest.get("Effect").and_then(Expr::as_str).map_or(0, str::len);
        let lists = ["NotAction", "NotResource"].map(|name| list(name, &many(rest.get(name).cloned())));
        let principals = ["Principal", "NotPrincipal"].into_iter().filter_map(|name| rest.get(name));
        let condition = rest.get("Condition").map_or(2, json_size);
        let own = r#""Effect": "","#.len() + effect + list(ACTION, &self.actions) + list(RESOURCE, &self.resources);
        own + lists.iter().sum::<usize>() + principals.count() * REFERENCE + condition
    }

    fn render(self, scope: &Scope) -> Expr {
        let Expr::Map(mut map) = self.rest else { return self.rest };
        for (name, mut items) in [(ACTION, self.actions), (RESOURCE, self.resources)] {
            items.sort_by_cached_key(|item| json(scope, item));
            if !items.is_empty() {
                map.insert(Key::Borrowed(name), one_or_many(&items));
            }
        }
        Expr::Map(map)
    }
}

/// The items of a list that is written as its item where it has one.
fn many(value: Option<Expr>) -> Vec<Expr> {
    match value {
        None => Vec::new(),
        Some(Expr::List(items)) => items,
        Some(one) => vec![one],
    }
}

fn is_same_set(one: &[Expr], two: &[Expr]) -> bool {
    one.len() == two.len() && one.iter().all(|item| two.contains(item))
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The length of a value as JSON.
fn json_size(value: &Expr) -> usize {
    match value {
        Expr::Str(text) | Expr::Custom(text) => length(text) + 2,
        Expr::Int(number) => number.to_string().len(),
        Expr::Bool(value) => value.to_string().len(),
        Expr::List(items) => items.iter().map(json_size).sum::<usize>() + items.len().max(1) + 1,
        Expr::Map(map) => {
            map.iter().map(|(key, value)| key.len() + 3 + json_size(value)).sum::<usize>() + map.len().max(1) + 1
        }
        _ => PLACEHOLDER + 2,
    }
}

/// The JSON by which the CDK sorts actions and resources, with logical ids.
fn json(scope: &Scope, value: &Expr) -> String {
    let id = |node| {
        let Some(element) = scope.scope_of(node) else { return String::new() };
        let (path, stack) = (element.path(), element.stack().path());
        let below = path.strip_prefix(&stack).unwrap_or(&path).trim_start_matches('/').to_owned();
        logical_id(&below.split('/').collect::<Vec<_>>()).unwrap_or_default()
    };
    let list = |items: &[Expr]| items.iter().map(|item| json(scope, item)).collect::<Vec<_>>().join(",");
    match value {
        Expr::Str(text) | Expr::Custom(text) => serde_json::json!(text).to_string(),
        Expr::Ref(node) => format!(r#"{{"Ref":"{}"}}"#, id(*node)),
        Expr::Att(node, name) => format!(r#"{{"Fn::GetAtt":["{}","{name}"]}}"#, id(*node)),
        Expr::Pseudo(pseudo) => format!(r#"{{"Ref":"{}"}}"#, pseudo.name()),
        Expr::LogicalId(node) => format!(r#""{}""#, id(*node)),
        Expr::Join(delimiter, parts) => format!(r#"{{"Fn::Join":["{delimiter}",[{}]]}}"#, list(parts)),
        Expr::Call(name, argument) => format!(r#"{{"{name}":{}}}"#, json(scope, argument)),
        Expr::List(items) => format!("[{}]", list(items)),
        Expr::Map(map) => {
            let entries: BTreeMap<&Key, String> = map.iter().map(|(key, value)| (key, json(scope, value))).collect();
            let entries = entries.into_iter().map(|(key, value)| format!(r#""{key}":{value}"#));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        other => format!("{other:?}"),
    }
}
