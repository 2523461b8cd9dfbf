//! Lets others look at the rendered templates, and leads what they find back to constructs and the user's lines.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value as Json;

use super::unchecked;
use crate::problem::{Problem, Severity};
use crate::tree::{NodeId, Tree};

/// Somebody who looks at templates.
pub(crate) type Examiner = Rc<dyn Fn(&Rendered<'_>) -> Vec<Finding>>;

/// A rendered template, before it becomes part of an assembly.
#[derive(Debug)]
pub struct Rendered<'a> {
    /// The template.
    pub template: &'a Json,
    /// The properties that are to be left alone: logical id and path, which is empty for the whole resource.
    pub unchecked: &'a [(String, String)],
}

/// Something that was found in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The resource, or another element of the template.
    pub logical_id: String,
    /// The property, if it is about one: `LoadBalancers.0.ContainerPort`.
    pub property: Option<String>,
    /// Whether synthesis fails because of it.
    pub severity: Severity,
    /// What is wrong, what was given, what is allowed.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Shows every template to everybody who asked for it; what they find are problems of the tree.
pub(super) fn templates(tree: &mut Tree, templates: &[(NodeId, Json)], ids: &BTreeMap<NodeId, String>) {
    let faulty: BTreeSet<String> =
        tree.problems.iter().filter(|it| it.severity == Severity::Error).map(|it| it.path.clone()).collect();
    for (stack, template) in templates {
        let nodes: BTreeMap<&str, NodeId> =
            tree.preorder(*stack).into_iter().filter_map(|node| Some((ids.get(&node)?.as_str(), node))).collect();
        let unchecked = unchecked(tree, &nodes);
        let rendered = Rendered { template, unchecked: &unchecked };
        let found: Vec<Finding> = tree.examiners.iter().flat_map(|examine| examine(&rendered)).collect();
        for finding in found {
            let node = nodes.get(finding.logical_id.as_str()).copied().unwrap_or(*stack);
            // What is wrong with a construct by its own account is likely to be wrong in what it renders.
            if !is_faulty(tree, node, &faulty) {
                found_in(tree, node, finding);
            }
        }
    }
}

/// Whether the resource, or the construct it was made by, has an error of its own.
fn is_faulty(tree: &Tree, node: NodeId, faulty: &BTreeSet<String>) -> bool {
    let mut around = tree.ancestors(node).take(2).filter(|at| tree.stack_of(*at) != Some(*at));
    around.any(|at| faulty.contains(&tree.path(at)))
}

fn found_in(tree: &mut Tree, node: NodeId, finding: Finding) {
    let Finding { property, severity, message, hint, .. } = finding;
    let (path, declared_at) = (tree.path(node), tree[node].declared_at);
    tree.add_problem(Problem { severity, path, declared_at, property, message, hint });
}

fn unchecked(tree: &Tree, nodes: &BTreeMap<&str, NodeId>) -> Vec<(String, String)> {
    let places = nodes.iter().filter_map(|(id, node)| Some((id, unchecked::places(tree.resource(*node)?))));
    places.flat_map(|(id, places)| places.into_iter().map(|place| ((*id).to_owned(), place))).collect()
}
