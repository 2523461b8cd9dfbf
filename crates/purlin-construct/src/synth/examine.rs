//! Lets others look at the rendered templates, and leads what they find back to constructs and the user's lines.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use purlin_assembly::Environment;
use serde_json::Value as Json;

use super::unchecked;
use crate::node_id::NodeId;
use crate::problem::{Problem, Severity};
use crate::tree::Tree;

/// A check of rendered templates.
pub(crate) type Examiner = Rc<dyn Fn(&Rendered<'_>) -> Vec<Finding>>;

/// A rendered template, before it becomes part of an assembly.
#[derive(Debug)]
pub struct Rendered<'a> {
    /// The template.
    pub template: &'a Json,
    /// The properties that are to be left alone: logical id and path, which is empty for the whole resource.
    pub unchecked: &'a [(String, String)],
    /// The account and region that it is deployed to.
    pub environment: &'a Environment,
    /// The name, environment and template of every stack of the app, this one among them.
    pub stacks: &'a [(String, Environment, &'a Json)],
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

/// Runs every registered check on every template; its findings become problems of the tree.
pub(super) fn templates(tree: &mut Tree, templates: &[(NodeId, Json)], ids: &BTreeMap<NodeId, String>) {
    let errors: Vec<Problem> = tree.problems.iter().filter(|it| it.severity == Severity::Error).cloned().collect();
    let examiners = tree.extension::<RefCell<Vec<Examiner>>>(tree.root()).unwrap_or_default();
    let examiners = examiners.borrow();
    let name = |stack: NodeId| tree.stack_data(stack).name.clone();
    let environment = |stack: NodeId| tree.stack_data(stack).environment.clone();
    let stacks: Vec<(String, Environment, &Json)> =
        templates.iter().map(|(stack, template)| (name(*stack), environment(*stack), template)).collect();
    for ((stack, template), (_, environment, _)) in templates.iter().zip(&stacks) {
        let nodes: BTreeMap<&str, NodeId> =
            tree.preorder(*stack).into_iter().filter_map(|node| Some((ids.get(&node)?.as_str(), node))).collect();
        let unchecked = unchecked(tree, &nodes);
        let rendered = Rendered { template, unchecked: &unchecked, environment, stacks: &stacks };
        let found: Vec<Finding> = examiners.iter().flat_map(|examine| examine(&rendered)).collect();
        for finding in found {
            let of_export = || nodes.get(exported(&template["Outputs"][&finding.logical_id]["Value"])?);
            let node = nodes.get(finding.logical_id.as_str()).or_else(of_export).copied().unwrap_or(*stack);
            let resource = &template["Resources"][&finding.logical_id];
            if !own_errors(tree, node, &errors).any(|error| is_same(error, &finding, resource)) {
                found_in(tree, node, finding);
            }
        }
    }
}

/// The resource whose value an output exports, which is a construct where the output is none.
fn exported(value: &Json) -> Option<&str> {
    value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str())
}

/// The errors that the resource, or the construct it was made by, reported itself.
fn own_errors<'a>(tree: &Tree, node: NodeId, errors: &'a [Problem]) -> impl Iterator<Item = &'a Problem> {
    let around = tree.ancestors(node).take(2).filter(|at| tree.stack_of(*at) != Some(*at));
    let paths: Vec<String> = around.map(|at| tree.path(at)).collect();
    errors.iter().filter(move |error| paths.contains(&error.path))
}

/// Whether the error is about the mistake that was found: it has the property's value or size, or a word of its name
/// other than those of the resource's type. A finding about no property is taken to follow from any error.
fn is_same(error: &Problem, finding: &Finding, resource: &Json) -> bool {
    let Some(property) = &finding.property else { return true };
    let start = if resource.get(property).is_some() { resource } else { &resource["Properties"] };
    let given = property.split('.').try_fold(start, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => value.get(step),
    });
    let given = match given {
        Some(Json::String(text)) if finding.message.contains(" characters") => text.chars().count().to_string(),
        Some(Json::String(text)) => text.to_lowercase(),
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::Array(items)) => items.len().to_string(),
        _ => String::new(),
    };
    if given.len() > 1 && error.message.to_lowercase().contains(&given) {
        return true;
    }
    let (name, kind) = (words(property), words(resource["Type"].as_str().unwrap_or_default()));
    let name = if name.is_subset(&kind) { name } else { &name - &kind };
    !name.is_disjoint(&words(&error.message))
}

/// The words of a text or of a name like `SessionTimeouts`, in lower case and singular; none of fewer than 3 letters.
fn words(text: &str) -> BTreeSet<String> {
    let mut spaced = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() && spaced.ends_with(char::is_lowercase) {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    let words = spaced.split(|c: char| !c.is_alphabetic()).map(|word| word.trim_end_matches('s').to_lowercase());
    words.filter(|word| word.len() > 2).collect()
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
