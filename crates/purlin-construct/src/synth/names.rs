//! Names of stacks, artifacts and elements, by the CDK's rules.

use std::collections::BTreeMap;

use crate::logical_id::{logical_id, unique_name};
use crate::node::Kind;
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::scope::Scope;
use crate::tree::Tree;

/// CloudFormation's limit for stack names.
pub(crate) const MAX_STACK_NAME: usize = 128;

/// The ids from the stage to the stack.
fn ids_in_stage(tree: &Tree, stack: NodeId) -> Vec<&str> {
    let stage = tree.stage_of(stack);
    let mut ids: Vec<&str> =
        tree.ancestors(stack).take_while(|at| *at != stage).map(|at| tree[at].id.as_str()).collect();
    ids.reverse();
    ids
}

/// The stage's ids joined by `-`, then the stack's own name within the stage.
pub(crate) fn default_stack_name(scope: &Scope) -> String {
    let tree = scope.tree.borrow();
    let stage = tree.stage_of(scope.at);
    let ids = ids_in_stage(&tree, scope.at);
    let own = if let [only] = ids[..] { only.to_owned() } else { logical_id(&ids).unwrap_or_default() };
    let name = tree.path_ids(stage).into_iter().chain([own.as_str()]).collect::<Vec<_>>().join("-");
    if name.len() <= MAX_STACK_NAME {
        return name;
    }
    unique_name(&tree.path_ids(scope.at), "-", MAX_STACK_NAME)
}

/// The id of the stack's artifact: unique within its assembly.
pub(crate) fn artifact_id(tree: &Tree, stack: NodeId) -> String {
    let ids = tree.path_ids(stack);
    match ids[..] {
        [only] => only.to_owned(),
        _ => logical_id(&ids).unwrap_or_default(),
    }
}

/// The id of a stage's artifact.
pub(crate) fn stage_artifact_id(tree: &Tree, stage: NodeId) -> String {
    format!("assembly-{}", tree.path_ids(stage).join("-"))
}

/// The logical id of every element of every stack; twins and empty ones are reported.
pub(super) fn logical_ids(tree: &mut Tree) -> BTreeMap<NodeId, String> {
    let mut ids = BTreeMap::new();
    let mut taken: BTreeMap<(NodeId, String), NodeId> = BTreeMap::new();
    for node in tree.preorder(tree.root()) {
        if matches!(tree[node].kind, Kind::App | Kind::Stage(_) | Kind::Stack(_) | Kind::Construct) {
            continue;
        }
        let Some(stack) = tree.stack_of(node) else { continue };
        let given = tree.resource(node).and_then(|resource| resource.logical_id.clone());
        let Some(id) = given.or_else(|| logical_id(&tree.ids_in_stack(node))) else {
            let hint = "give one of the constructs around it an id of letters and digits".to_owned();
            tree.report(node, Severity::Error, "no logical id can be made of this path".to_owned(), hint);
            continue;
        };
        if id.is_empty() || id.len() > 255 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("the logical id `{id}` is not 1 to 255 letters and digits");
            let hint = "CloudFormation allows only A-Z, a-z and 0-9: choose another id".to_owned();
            tree.report(node, Severity::Error, message, hint);
        }
        // Twins of one path were reported when the second was added.
        if let Some(twin) = taken.insert((stack, id.clone()), node)
            && tree.path(twin) != tree.path(node)
        {
            let message = format!("the logical id `{id}` is taken by `{}`", tree.path(twin));
            tree.report(node, Severity::Error, message, "give one of the two another id".to_owned());
        }
        ids.insert(node, id);
    }
    ids
}
