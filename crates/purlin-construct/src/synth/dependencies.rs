//! Turns `depends_on` between constructs into `DependsOn` between resources, and finds circles.

use std::collections::{BTreeMap, BTreeSet};

use crate::expr::Expr;
use crate::node::{Kind, ResourceData};
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::tree::Tree;

/// Who has to wait for whom.
pub(super) struct Dependencies {
    /// Resources of the same stack.
    pub resources: BTreeMap<NodeId, BTreeSet<NodeId>>,
    /// Stacks.
    pub stacks: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

pub(super) fn expand(tree: &Tree) -> Dependencies {
    let mut dependencies = Dependencies { resources: BTreeMap::new(), stacks: BTreeMap::new() };
    for node in tree.preorder(tree.root()) {
        for on in &tree[node].depends_on {
            if tree.owns(*on) {
                add(tree, node, *on, &mut dependencies);
            }
        }
    }
    dependencies
}

fn add(tree: &Tree, node: NodeId, on: NodeId, dependencies: &mut Dependencies) {
    // Of a construct's resources those that are referred to are waited for anyway; cfn-lint finds more redundant (W3005).
    let is_construct = tree.resource(on).is_none();
    for source in resources_in(tree, node) {
        for target in resources_in(tree, on) {
            if is_construct && tree.resource(source).is_some_and(|resource| refers_to(resource, target)) {
                continue;
            }
            let (Some(from), Some(to)) = (tree.stack_of(source), tree.stack_of(target)) else { continue };
            if from != to {
                dependencies.stacks.entry(from).or_default().insert(to);
            } else if source != target {
                dependencies.resources.entry(source).or_default().insert(target);
            }
        }
    }
    if let (Kind::Stack(_), Kind::Stack(_)) = (&tree[node].kind, &tree[on].kind) {
        dependencies.stacks.entry(node).or_default().insert(on);
    }
}

fn resources_in(tree: &Tree, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    tree.preorder(node).into_iter().filter(|at| tree.resource(*at).is_some())
}

/// Whether a resource refers to another one under all conditions. Overrides may take a reference away.
fn refers_to(resource: &ResourceData, target: NodeId) -> bool {
    fn found(expr: &Expr, target: NodeId) -> bool {
        match expr {
            Expr::List(items) | Expr::Join(_, items) => items.iter().any(|item| found(item, target)),
            Expr::Map(map) => map.values().any(|item| found(item, target)),
            Expr::Call("Fn::If", _) => false,
            Expr::Call(_, inner) | Expr::JsonText(inner) => found(inner, target),
            other => other.target() == Some(target),
        }
    }
    resource.overrides.is_empty() && resource.props.as_map().values().any(|value| found(value, target))
}

/// Reports resources that wait for each other: CloudFormation would refuse the template.
pub(super) fn cycles(tree: &mut Tree, depends_on: &BTreeMap<NodeId, BTreeSet<NodeId>>) {
    let mut edges: BTreeMap<NodeId, BTreeSet<NodeId>> = depends_on.clone();
    for node in tree.preorder(tree.root()) {
        let Some(resource) = tree.resource(node) else { continue };
        let targets = edges.entry(node).or_default();
        let mut collect = |expr: &Expr| {
            if let Some(target) = expr.target()
                && tree.owns(target)
                && tree.resource(target).is_some()
            {
                targets.insert(target);
            }
        };
        resource.props.as_map().values().for_each(|expr| expr.walk(&mut collect));
        resource.overrides.iter().filter_map(|(_, expr)| expr.as_ref()).for_each(|expr| expr.walk(&mut collect));
    }
    if let Some(circle) = find_circle(&edges) {
        let paths: Vec<String> = circle.iter().map(|node| format!("`{}`", tree.path(*node))).collect();
        let message = format!("resources wait for each other in a circle: {}", paths.join(" → "));
        let hint = "remove one of the references, for example by a standalone rule, policy or attachment resource";
        tree.report(circle[0], Severity::Error, message, hint.to_owned());
    }
}

/// One circle, its first node repeated at the end.
fn find_circle(edges: &BTreeMap<NodeId, BTreeSet<NodeId>>) -> Option<Vec<NodeId>> {
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    for start in edges.keys() {
        let mut path: Vec<(NodeId, Vec<NodeId>)> = vec![(*start, targets(edges, *start))];
        while let Some((node, rest)) = path.last_mut() {
            let Some(next) = rest.pop() else {
                done.insert(*node);
                path.pop();
                continue;
            };
            if let Some(at) = path.iter().position(|(on_path, _)| *on_path == next) {
                return Some(path[at..].iter().map(|(node, _)| *node).chain([next]).collect());
            }
            if !done.contains(&next) {
                path.push((next, targets(edges, next)));
            }
        }
    }
    None
}

fn targets(edges: &BTreeMap<NodeId, BTreeSet<NodeId>>, node: NodeId) -> Vec<NodeId> {
    edges.get(&node).map(|targets| targets.iter().copied().collect()).unwrap_or_default()
}
