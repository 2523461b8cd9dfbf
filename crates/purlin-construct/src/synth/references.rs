//! Follows references that cross stacks: export and import within an environment, a problem otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::describe;
use crate::expr::Expr;
use crate::logical_id::logical_id;
use crate::node::Kind;
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::tags;
use crate::tree::Tree;

/// How stacks use each other.
pub(super) struct References {
    /// By producing stack: the exports its template gets, by logical id.
    pub exports: BTreeMap<NodeId, BTreeMap<String, Export>>,
    /// By consuming stack, element and attribute: the name to import.
    imports: BTreeMap<(NodeId, NodeId, Option<String>), String>,
    /// Which stacks have to be deployed before a stack.
    pub stacks: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

/// An output that a producing stack exports.
pub(super) struct Export {
    pub name: String,
    pub value: Expr,
}

impl References {
    /// The name under which another stack's value is imported.
    pub fn import(&self, consumer: NodeId, expr: &Expr) -> Option<&str> {
        self.imports.get(&import_key(consumer, expr)?).map(String::as_str)
    }
}

/// What tells imports apart; none for an expression that is no reference.
fn import_key(consumer: NodeId, expr: &Expr) -> Option<(NodeId, NodeId, Option<String>)> {
    let attribute = if let Expr::Att(_, name) = expr { Some(name.to_string()) } else { None };
    Some((consumer, expr.target()?, attribute))
}

pub(super) fn resolve(
    tree: &mut Tree,
    ids: &BTreeMap<NodeId, String>,
    stacks: BTreeMap<NodeId, BTreeSet<NodeId>>,
) -> References {
    let mut found = References { exports: BTreeMap::new(), imports: BTreeMap::new(), stacks };
    for (user, expr) in crossing(tree) {
        if let Expr::LogicalId(element) = expr {
            let path = if tree.owns(element) { tree.path(element) } else { "another app's".to_owned() };
            let message = format!("the condition or mapping `{path}` is used outside of its stack");
            tree.report(user, Severity::Error, message, "declare one like it in this stack".to_owned());
            continue;
        }
        let (Some(consumer), Some(target)) = (tree.stack_of(user), expr.target()) else { continue };
        if !tree.owns(target) {
            let message = "refers to a construct of another app".to_owned();
            tree.report(
                user,
                Severity::Error,
                message,
                "build both in one app, or pass the value on by hand".to_owned(),
            );
            continue;
        }
        let Some(producer) = tree.stack_of(target) else { continue };
        if let Some((message, hint)) = refusal(tree, consumer, producer, target) {
            tree.report(user, Severity::Error, message, hint);
            continue;
        }
        let Some(target_id) = ids.get(&target) else { continue };
        let export_id = export_logical_id(&expr, target_id);
        let name = format!("{}:{export_id}", tree.stack_data(producer).name);
        let export = Export { name: name.clone(), value: expr.clone() };
        found.exports.entry(producer).or_default().insert(export_id, export);
        found.stacks.entry(consumer).or_default().insert(producer);
        found.imports.extend(import_key(consumer, &expr).map(|key| (key, name)));
    }
    report_circles(tree, &found.stacks);
    found
}

/// Every reference from one stack to an element of another, with the node that has it.
fn crossing(tree: &Tree) -> Vec<(NodeId, Expr)> {
    let mut found: Vec<(NodeId, Expr)> = Vec::new();
    for node in tree.preorder(tree.root()) {
        let home = tree.stack_of(node);
        let mut look = |expr: &Expr| {
            let name = if let Expr::LogicalId(element) = expr { Some(*element) } else { None };
            let Some(target) = expr.target().or(name) else { return };
            let foreign = !tree.owns(target) || tree.stack_of(target) != home;
            if foreign && !found.iter().any(|(at, known)| *at == node && known == expr) {
                found.push((node, expr.clone()));
            }
        };
        for expr in expressions(tree, node) {
            expr.walk(&mut look);
        }
        if tree.resource(node).is_some_and(|resource| resource.tags.is_some()) {
            for tag in tags::inherited(tree, node).values() {
                tag.walk(&mut look);
            }
        }
        if let Some(condition) = condition(tree, node) {
            look(&Expr::LogicalId(condition));
        }
    }
    found
}

/// The condition an element depends on.
fn condition(tree: &Tree, node: NodeId) -> Option<NodeId> {
    match &tree[node].kind {
        Kind::Resource(resource) => resource.condition,
        Kind::Output(output) => output.condition,
        _ => None,
    }
}

/// What an element's rendering will read.
pub(crate) fn expressions(tree: &Tree, node: NodeId) -> Vec<&Expr> {
    match &tree[node].kind {
        Kind::Resource(resource) => {
            let overrides = resource.overrides.iter().filter_map(|(_, expr)| expr.as_ref());
            let attributes = [&resource.creation_policy, &resource.update_policy].into_iter().flatten();
            let props = resource.props.as_map().values();
            props.chain(overrides).chain(attributes).chain(resource.metadata.values()).collect()
        }
        Kind::Output(output) => std::iter::once(&output.value).chain(&output.export).collect(),
        Kind::Condition(test) => vec![test],
        _ => Vec::new(),
    }
}

fn refusal(tree: &Tree, consumer: NodeId, producer: NodeId, target: NodeId) -> Option<(String, String)> {
    let (from, to) = (tree.stack_data(producer), tree.stack_data(consumer));
    let path = tree.path(target);
    if tree.stage_of(consumer) != tree.stage_of(producer) {
        let message = format!("refers to `{path}`, which belongs to another stage");
        return Some((message, "stages are deployed apart from each other: pass the value by name".to_owned()));
    }
    if from.environment == to.environment {
        return None;
    }
    let message = format!(
        "refers to `{path}` of the stack `{}` ({}) from the stack `{}` ({}): exports reach only stacks of the same account and region",
        from.name,
        describe(&from.environment),
        to.name,
        describe(&to.environment)
    );
    let hint = "deploy both to one environment, or give the resource a fixed name and refer to it by that name";
    Some((message, hint.to_owned()))
}

/// The CDK's: the readable form of the reference, below a scope named `Exports`.
fn export_logical_id(expr: &Expr, target_id: &str) -> String {
    let readable = match expr {
        Expr::Att(_, name) => format!("Output{{\"Fn::GetAtt\":[\"{target_id}\",\"{name}\"]}}"),
        _ => format!("Output{{\"Ref\":\"{target_id}\"}}"),
    };
    logical_id(&["Exports", &readable]).unwrap_or_default()
}

fn report_circles(tree: &mut Tree, stacks: &BTreeMap<NodeId, BTreeSet<NodeId>>) {
    for (stack, on) in stacks {
        for other in on {
            let back = reaches(stacks, *other, *stack, &mut BTreeSet::new());
            if back && stack <= other {
                let (one, two) = (tree.stack_data(*stack).name.clone(), tree.stack_data(*other).name.clone());
                let message = format!("the stacks `{one}` and `{two}` depend on each other");
                let hint = "move what they share into a third stack, or both into one".to_owned();
                tree.report(*stack, Severity::Error, message, hint);
            }
        }
    }
}

fn reaches(stacks: &BTreeMap<NodeId, BTreeSet<NodeId>>, from: NodeId, to: NodeId, seen: &mut BTreeSet<NodeId>) -> bool {
    from == to
        || seen.insert(from)
            && stacks.get(&from).is_some_and(|next| next.iter().any(|stack| reaches(stacks, *stack, to, seen)))
}
