//! Synthesis: a list of passes over the finished tree, readable top to bottom.

mod assembly;
mod check;
mod content;
mod dependencies;
mod examine;
mod finish;
mod json_text;
pub(crate) mod names;
mod references;
mod render;
mod roles;
mod tree_file;
mod types;
mod unchecked;

use purlin_assembly::{CloudAssembly, Environment};

use crate::node_id::NodeId;
use crate::patch::Patch;
use crate::problem::{Problem, Severity};
use crate::scope::Scope;
use crate::tree::Tree;

pub(crate) use examine::Examiner;
pub use examine::{Finding, Rendered};
pub(crate) use references::expressions;

/// What synthesis gives: the assembly, in memory, and what is worth telling about it.
#[derive(Debug)]
pub struct Synthesis {
    /// The assembly, to be written.
    pub assembly: CloudAssembly,
    /// The stacks, in the order of declaration.
    pub stacks: Vec<StackSynthesis>,
    /// Warnings and notes.
    pub notices: Vec<Problem>,
    /// What the library wired on its own.
    pub patches: Vec<Patch>,
}

/// A synthesized stack.
#[derive(Debug)]
pub struct StackSynthesis {
    /// The id of its artifact in the assembly.
    pub id: String,
    /// The name it is selected by: its path.
    pub display_name: String,
    /// The name CloudFormation knows it by.
    pub name: String,
    /// Its account and region.
    pub environment: Environment,
    /// Its template.
    pub template: serde_json::Value,
}

/// Runs all passes, or returns every problem.
pub(crate) fn synth(root: &Scope) -> Result<Synthesis, Vec<Problem>> {
    finish::run_passes(root);

    let mut tree = root.tree.borrow_mut();
    let tree = &mut *tree;
    check::names(tree);
    check::tags(tree);
    types::check(tree);
    check::unknown_patches(tree);
    let mut logical_ids = names::logical_ids(tree);
    content::end_logical_ids(tree, &mut logical_ids);
    let depends_on = dependencies::expand(tree);
    let references = references::resolve(tree, &logical_ids, depends_on.stacks);

    let mut templates = Vec::new();
    for stack in tree.stacks() {
        let template = render::template(tree, stack, &logical_ids, &references, &depends_on.resources);
        check::limits(tree, stack, &template);
        templates.push((stack, template));
    }
    dependencies::cycles(tree, &templates, &logical_ids);
    examine::templates(tree, &templates, &logical_ids);
    let (errors, notices): (Vec<_>, Vec<_>) =
        tree.problems.iter().cloned().partition(|problem| problem.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(errors);
    }
    let assembly = assembly::build(tree, &templates, &logical_ids, &references);
    let stacks = templates.into_iter().map(|(stack, template)| summary(tree, stack, template)).collect();
    let patches = tree.patches.iter().map(|(_, patch)| patch.clone()).collect();
    Ok(Synthesis { assembly, stacks, notices, patches })
}

/// The construct path, the artifact id and the name in CloudFormation of every stack.
pub(crate) fn stack_names(tree: &Tree) -> Vec<[String; 3]> {
    let names = |at| [tree.path(at), names::artifact_id(tree, at), tree.stack_data(at).name.clone()];
    tree.stacks().into_iter().map(names).collect()
}

fn summary(tree: &Tree, stack: NodeId, template: serde_json::Value) -> StackSynthesis {
    let data = tree.stack_data(stack);
    StackSynthesis {
        id: names::artifact_id(tree, stack),
        display_name: tree.path(stack),
        name: data.name.clone(),
        environment: data.environment.clone(),
        template,
    }
}
