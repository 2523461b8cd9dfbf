//! Templates against the templates of other stacks: outputs and parameters of nested stacks, outputs of other stacks.

use crate::lint::function;
use crate::node::{Mapping, Position, Spanned};
use crate::problems::{Fault, TemplateProblem};
use crate::references::{Reference, StackOutput, Via};
use crate::template::Template;
use crate::transforms;

pub(crate) fn problems(template: &Template, logical_id: &str, nested: &Template) -> Vec<TemplateProblem> {
    let mut found = if is_open(nested, "Outputs") { Vec::new() } else { outputs(template, logical_id, nested) };
    if !is_open(nested, "Parameters") {
        found.extend(parameters(template, logical_id, nested));
    }
    found
}

/// An output that the other stack does not have.
pub(crate) fn stack_output(read: &StackOutput, other: &Template) -> Option<TemplateProblem> {
    if is_open(other, "Outputs") || other.outputs().contains_key(&read.output) {
        return None;
    }
    let known = other.outputs().keys().cloned().collect();
    let fault = Fault::UnknownOutput { name: read.output.clone(), of: read.stack.clone(), known };
    Some(TemplateProblem::new(&read.path, read.at, fault))
}

/// Whether a transform or a loop adds to the section.
fn is_open(template: &Template, section: &str) -> bool {
    transforms::has_unknown(template)
        || template.found().included.contains(&section)
        || template.found().looped.iter().any(|(of, _)| *of == section)
}

fn outputs(template: &Template, logical_id: &str, nested: &Template) -> Vec<TemplateProblem> {
    let references = template.references().iter().filter(|reference| reference.target.name() == logical_id);
    let problem = |reference: &Reference| {
        let Via::GetAtt { attribute } = &reference.via else { return None };
        let name = attribute.strip_prefix("Outputs.").filter(|name| !nested.outputs().contains_key(*name))?;
        let known = nested.outputs().keys().cloned().collect();
        let fault = Fault::UnknownOutput { name: name.to_owned(), of: logical_id.to_owned(), known };
        Some(TemplateProblem::new(&reference.path, reference.at, fault))
    };
    references.filter_map(problem).collect()
}

fn parameters(template: &Template, logical_id: &str, nested: &Template) -> Vec<TemplateProblem> {
    let properties = template.properties(logical_id);
    let given = properties.and_then(|properties| properties.get("Parameters"));
    let is_known = |value: &Spanned| {
        let entries = value.as_mapping();
        function(value).is_none() && entries.is_some_and(|all| !all.keys().any(|key| key.starts_with("Fn::")))
    };
    if given.is_some_and(|given| !is_known(given)) || properties.is_some_and(|it| !is_known(it)) {
        return Vec::new();
    }
    let empty = Mapping::new();
    let given = given.and_then(Spanned::as_mapping).unwrap_or(&empty);
    let path = format!("Resources/{logical_id}/Properties/Parameters");
    let unknown = given.iter().filter(|(name, _)| !nested.parameters().contains_key(*name)).map(|(name, entry)| {
        let known = nested.parameters().keys().cloned().collect();
        let fault = Fault::UnknownParameter { name: name.clone(), known };
        TemplateProblem::new(format!("{path}/{name}"), entry.key.start, fault)
    });
    let at = template.resources().get(logical_id).map_or(Position::default(), |resource| resource.at);
    let needed = nested.parameters().iter().filter(|(_, parameter)| parameter.default.is_none());
    let missing = needed
        .filter(|(name, _)| !given.contains_key(*name))
        .map(|(name, _)| TemplateProblem::new(&path, at, Fault::MissingParameter { name: name.clone() }));
    unknown.chain(missing).collect()
}
