//! Turns `depends_on` between constructs into `DependsOn` between resources, and finds circles.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

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

/// Reports resources that wait for each other: CloudFormation would refuse the template. Reads the rendered templates, so
/// that overrides, deleted properties and references inside of texts count as CloudFormation counts them.
pub(super) fn cycles(tree: &mut Tree, templates: &[(NodeId, Json)], ids: &BTreeMap<NodeId, String>) {
    for (stack, template) in templates {
        let resources = tree.preorder(*stack).into_iter().filter(|node| tree.resource(*node).is_some());
        let nodes: BTreeMap<&str, NodeId> =
            resources.filter_map(|node| Some((ids.get(&node)?.as_str(), node))).collect();
        let mut edges: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let Some(node) = nodes.get(id.as_str()) else { continue };
            let targets = edges.entry(*node).or_default();
            let mut add = |id: &str| targets.extend(nodes.get(id));
            match &resource["DependsOn"] {
                Json::String(id) => add(id),
                ids => ids.as_array().into_iter().flatten().filter_map(Json::as_str).for_each(&mut add),
            }
            names(&resource["Properties"], &mut add);
        }
        let Some(circle) = find_circle(&edges) else { continue };
        let paths: Vec<String> = circle.iter().map(|node| format!("`{}`", tree.path(*node))).collect();
        let message = format!("resources wait for each other in a circle: {}", paths.join(" → "));
        let hint = "remove one of the references, for example by a standalone rule, policy or attachment resource";
        tree.report(circle[0], Severity::Error, message, hint.to_owned());
    }
}

/// Visits the logical ids that a rendered value refers to.
fn names(value: &Json, visit: &mut impl FnMut(&str)) {
    let first = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    match value {
        Json::Array(items) => items.iter().for_each(|item| names(item, visit)),
        Json::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("Ref", Json::String(id)) => visit(id),
                    ("Fn::GetAtt", Json::String(text)) => visit(&first(text)),
                    ("Fn::GetAtt", Json::Array(parts)) => {
                        parts.first().and_then(Json::as_str).into_iter().for_each(&mut *visit);
                    }
                    ("Fn::Sub", Json::String(text)) => placeholders(text).for_each(|name| visit(&first(name))),
                    ("Fn::Sub", Json::Array(parts)) => {
                        let [text, variables] = &parts[..] else { continue };
                        let is_free = |name: &&str| variables.get(name).is_none();
                        let text = text.as_str().unwrap_or_default();
                        placeholders(text).filter(is_free).for_each(|name| visit(&first(name)));
                        names(variables, visit);
                    }
                    (_, value) => names(value, visit),
                }
            }
        }
        _ => (),
    }
}

/// The names in `${..}` of a text; `${!..}` is literal.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| name.trim()).filter(|name| !name.starts_with('!'))
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
