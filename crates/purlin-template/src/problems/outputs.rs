//! Outputs and names of exports: both are text, and a name is exported once.

use indexmap::IndexMap;

use crate::lint::attribute_is_list;
use crate::node::{Node, Spanned};
use crate::problems::reference::found_in;
use crate::problems::{Fault, TemplateProblem};
use crate::template::Template;

/// How deep functions are looked into.
const DEEPEST: usize = 16;

pub(super) fn problems(template: &Template) -> Vec<TemplateProblem> {
    let mut found = Vec::new();
    let mut exports: IndexMap<String, &str> = IndexMap::new();
    for id in template.outputs().keys() {
        let Some(body) = template.document().get("Outputs").and_then(|all| all.get(id)) else { continue };
        let export = body.get("Export").and_then(|export| export.get("Name"));
        let texts = [
            ("Value", "the value of the output", body.get("Value")),
            ("Export/Name", "the name of the export", export),
        ];
        for (key, what, value) in texts {
            let given = value.and_then(|value| no_text(template, value, 0));
            if let (Some(value), Some(given)) = (value, given) {
                let path = format!("Outputs/{id}/{key}");
                // The branch may never be taken.
                let is_doubtful = value.as_single().is_some_and(|(name, _)| name == "Fn::If");
                let problem = TemplateProblem::new(path, value.span.start, Fault::NotText { what, given });
                found.push(problem.doubtful_if(is_doubtful));
            }
        }
        // Outputs with conditions may exclude each other.
        if let Some(name) = export.filter(|_| body.get("Condition").is_none()) {
            if let Some(other) = exports.get(&name.to_json().to_string()) {
                let path = format!("Outputs/{id}/Export/Name");
                let fault = Fault::SameExport { other: (*other).to_owned() };
                found.push(TemplateProblem::new(path, name.span.start, fault));
            }
            exports.entry(name.to_json().to_string()).or_insert(id);
        }
    }
    found
}

/// What the value is, if it is certainly a list or a mapping.
fn no_text(template: &Template, value: &Spanned, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    match &value.node {
        Node::Sequence(_) => return Some("a list".to_owned()),
        Node::Mapping(entries) if !entries.keys().any(|key| is_function(key)) => return Some("a mapping".to_owned()),
        _ => {}
    }
    let (name, argument) = value.as_single()?;
    let is_list = match name {
        "Fn::Split" | "Fn::GetAZs" | "Fn::Cidr" => true,
        "Ref" => is_list_parameter(template, argument.as_str()?),
        "Fn::GetAtt" => attribute_is_list(template, argument),
        "Fn::FindInMap" => found_in(template, argument).is_some_and(|value| value.as_sequence().is_some()),
        "Fn::If" => {
            let mut branches = argument.as_sequence()?.iter().skip(1);
            return branches.find_map(|branch| no_text(template, branch, depth + 1));
        }
        _ => false,
    };
    let what = argument.as_str().map(|text| format!(" {text}")).unwrap_or_default();
    is_list.then(|| format!("a list made by `{name}{what}`"))
}

fn is_function(key: &str) -> bool {
    key == "Ref" || key == "Condition" || key.starts_with("Fn::")
}

/// Whether the parameter, or pseudo parameter, is a list.
fn is_list_parameter(template: &Template, name: &str) -> bool {
    let kind = template.parameters().get(name).map(|parameter| parameter.kind.replace(' ', ""));
    name == "AWS::NotificationARNs" || kind.is_some_and(|kind| kind == "CommaDelimitedList" || kind.contains("List<"))
}
