//! Checks rendered templates: references, and the schemas of the CloudFormation registry. Adds hints for schemas older
//! than the service.

use purlin_construct::{Environment, Finding, Rendered, Scope, Severity};
use purlin_template::{
    Fault, ResourceType, SchemaProblem, StackOutput, Template, TemplateProblem, Unchecked, Violation,
};

/// The findings in a template.
pub(crate) fn findings(rendered: &Rendered<'_>) -> Vec<Finding> {
    let mut unchecked = Unchecked::default();
    for (logical_id, path) in rendered.unchecked {
        unchecked.add(logical_id, path);
    }
    let Ok(template) = Template::from_json(rendered.template) else {
        unreachable!("a rendered template is a mapping with the section `Resources`");
    };
    let own = template.problems_except(&unchecked);
    let schema = template.schema_problems_except(&unchecked);
    // The tree has reported circles, with their constructs.
    let own = own.iter().filter(|it| !matches!(it.fault, Fault::Cycle(_)));
    let read = template.stack_outputs().iter().filter_map(|read| output_problem(rendered, &template, read));
    let own = own.cloned().chain(read.filter(|it| !it.is_covered(&unchecked)));
    own.map(|it| reference_finding(&it)).chain(schema.iter().map(finding)).collect()
}

/// What is wrong with reading an output of another stack of the app, of the same account.
fn output_problem(rendered: &Rendered<'_>, template: &Template, read: &StackOutput) -> Option<TemplateProblem> {
    let region = read.region.as_ref().or(rendered.environment.region.as_ref());
    let is_it = |name: &String, of: &Environment| {
        *name == read.stack && of.account == rendered.environment.account && of.region.as_ref() == region
    };
    let (_, _, other) = rendered.stacks.iter().find(|(name, of, _)| is_it(name, of))?;
    if other["Outputs"].get(&read.output).is_some() {
        return None;
    }
    template.stack_output_problem(read, &Template::from_json(other).ok()?)
}

fn reference_finding(problem: &TemplateProblem) -> Finding {
    Finding {
        logical_id: problem.element().1.to_owned(),
        property: Some(problem.property()).filter(|property| !property.is_empty()),
        severity: if problem.is_doubtful() { Severity::Info } else { Severity::Error },
        message: problem.to_string(),
        hint: problem.hint(),
    }
}

/// Reports raw resources that the tags of scopes do not reach although their types take tags.
pub(crate) fn untagged(app: &Scope) {
    for (resource, kind, keys) in app.untagged() {
        let Some(kind) = ResourceType::find(&kind) else { continue };
        let Some(property) = kind.tag_property() else { continue };
        let Some(takes) = kind.property(property).map(|property| property.schema) else { continue };
        let shape = match &takes["type"] {
            of if of == "array" && kind.name() == "AWS::AutoScaling::AutoScalingGroup" => "AutoScaling",
            of if of == "array" => "List",
            _ if takes["properties"]["Items"].is_object() => "Items",
            _ => "Map",
        };
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        resource.warning(
            format!("the tags {} of the scopes around it do not reach this raw resource, whose type takes tags", keys.join(", ")),
            format!(
                "add `.taggable(TagShape::{shape}(\"{property}\"))` to the resource, or take them from it: `remove_tag({})`",
                keys[0].replace('`', "\"")
            ),
        );
    }
}

fn finding(problem: &SchemaProblem) -> Finding {
    // An output that reads an attribute of a resource.
    let output = problem.path.strip_prefix("Outputs/").and_then(|path| path.split('/').next());
    let property = if problem.path.starts_with("Properties") { problem.property() } else { problem.path.clone() };
    Finding {
        logical_id: output.unwrap_or(&problem.resource).to_owned(),
        property: Some(property).filter(|property| !property.is_empty() && output.is_none()),
        severity: if problem.is_doubtful() { Severity::Warning } else { Severity::Error },
        message: problem.to_string(),
        hint: [problem.hint()].into_iter().chain(way_out(problem)).collect::<Vec<_>>().join("; "),
    }
}

/// The hint for a schema that is older than the service, for findings where services change.
fn way_out(problem: &SchemaProblem) -> Option<String> {
    let property = problem.property();
    let call = match &problem.violation {
        Violation::UnknownType { suggestion: Some(_) } => "`.unchecked_entirely()`".to_owned(),
        _ if property.is_empty() => return None,
        Violation::NotAllowed { given, .. } if given.parse::<f64>().is_err() => {
            format!("`custom(\"..\")` of its enum or `.unchecked(\"{property}\")`")
        }
        Violation::NotAllowed { .. }
        | Violation::UnknownProperty { .. }
        | Violation::UnknownReturnValue { .. }
        | Violation::Name { .. }
        | Violation::Pattern { .. }
        | Violation::Range { .. }
        | Violation::Size { .. }
        | Violation::UnknownAction { .. }
        | Violation::UnknownPrincipal { .. }
        | Violation::Form { .. } => format!("`.unchecked(\"{property}\")`"),
        _ => return None,
    };
    Some(format!("if AWS takes it since {}, {call} lets it pass", ResourceType::dated()))
}
