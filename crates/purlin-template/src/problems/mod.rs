//! Problems of a template that its text alone shows, before a deployment.

use std::fmt;

use crate::error::TemplateError;
use crate::graph::Cycle;
use crate::nearest::nearest;
use crate::node::{Entry, Position, Spanned};
use crate::references::{Reference, Target};
use crate::template::Template;

/// Values every stack has without declaring them.
const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Something CloudFormation would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateProblem {
    /// An undeclared name.
    #[error("{place} refers to `{name}`, and the template has no {expected} of that name{}; declare it or correct the name",
        .suggestion.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default())]
    Undefined {
        /// The name.
        name: String,
        /// What it should be the name of.
        expected: &'static str,
        /// A declared name that resembles it.
        suggestion: Option<String>,
        /// Where it is used.
        place: Place,
    },
    /// A resource without a type.
    #[error("{place} has no `Type`; every resource needs one, such as `AWS::SNS::Topic`")]
    MissingType {
        /// The resource.
        place: Place,
    },
    /// A value that is `null`.
    #[error(
        "{place} is null, which CloudFormation refuses; remove it, or write `!Ref AWS::NoValue` to leave the value out"
    )]
    Null {
        /// The value.
        place: Place,
    },
    /// Something that is not what CloudFormation expects in its place.
    #[error(transparent)]
    Shape(#[from] TemplateError),
    /// A logical id that is not letters and digits.
    #[error("the logical id `{id}` of {place} is not allowed; it takes letters and digits")]
    LogicalId {
        /// The logical id.
        id: String,
        /// The resource.
        place: Place,
    },
    /// A loop in a template without the transform for loops.
    #[error(
        "{place} is a loop, and loops need the transform `AWS::LanguageExtensions`; add it: `Transform: AWS::LanguageExtensions`"
    )]
    LoopWithoutTransform {
        /// The loop.
        place: Place,
    },
    /// Resources in a cycle.
    #[error(transparent)]
    Cycle(#[from] Cycle),
}

/// A place in a template: its keys, and its line if the template was read from text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The keys down to the value, joined by `/`.
    pub path: String,
    /// Line and column.
    pub at: Position,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path)?;
        if self.at.is_known() { write!(f, " at `{}`", self.at) } else { Ok(()) }
    }
}

/// All problems in template order, cycles last.
pub(crate) fn problems(template: &Template) -> Vec<TemplateProblem> {
    let mut problems: Vec<TemplateProblem> = template.misshapen().iter().cloned().map(TemplateProblem::Shape).collect();
    problems.extend(names(template));
    for (id, resource) in template.resources() {
        let has_type = template.document().get("Resources").and_then(|all| all.get(id)?.get("Type")).is_some();
        if !has_type {
            problems.push(TemplateProblem::MissingType {
                place: Place { path: format!("Resources/{id}"), at: resource.at },
            });
        }
    }
    if !template.is_rewritten() {
        problems.extend(template.references().iter().filter_map(|reference| undefined(template, reference)));
    }
    problems.extend(
        template
            .nulls()
            .iter()
            .map(|(path, at)| TemplateProblem::Null { place: Place { path: path.clone(), at: *at } }),
    );
    let circle = template.creation_order().err();
    problems.extend(circle.filter(|it| !it.ids.iter().any(|id| is_expanded(template, id))).map(TemplateProblem::Cycle));
    problems
}

/// Names of resources that CloudFormation does not take.
fn names(template: &Template) -> Vec<TemplateProblem> {
    let transform = template.document().get("Transform");
    let transforms = transform.map_or(&[][..], |it| it.as_sequence().unwrap_or(std::slice::from_ref(it)));
    let has_loops = transforms.iter().any(|name| name.as_str() == Some("AWS::LanguageExtensions"));
    let entries = template.document().get("Resources").and_then(Spanned::as_mapping).into_iter().flatten();
    let problem = |(id, entry): (&String, &Entry)| {
        let place = Place { path: format!("Resources/{id}"), at: entry.key.start };
        if id.starts_with("Fn::ForEach::") {
            return (!has_loops).then_some(TemplateProblem::LoopWithoutTransform { place });
        }
        let is_allowed =
            id.starts_with("Fn::") || (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        (!is_allowed).then(|| TemplateProblem::LogicalId { id: id.clone(), place })
    };
    entries.filter_map(problem).collect()
}

/// Whether CloudFormation makes several resources of this one, named after it: what refers to a part of it, or to which a
/// part refers, is not known here.
fn is_expanded(template: &Template, logical_id: &str) -> bool {
    let kind = template.resources().get(logical_id).map_or("", |resource| resource.kind.as_str());
    kind.starts_with("AWS::Serverless::") || kind.ends_with("::MODULE")
}

fn undefined(template: &Template, reference: &Reference) -> Option<TemplateProblem> {
    let name = reference.target.name();
    let parameters = || template.parameters().keys().map(String::as_str);
    let resources = || template.resources().keys().map(String::as_str);
    let outside_resources = reference.path.starts_with("Conditions/") || reference.path.starts_with("Rules/");
    let (expected, known): (_, Vec<&str>) = match &reference.target {
        Target::Value(_) if outside_resources => {
            ("parameter (conditions and rules see no resources)", parameters().chain(PSEUDO_PARAMETERS).collect())
        }
        Target::Value(_) => {
            ("parameter or resource", parameters().chain(resources()).chain(PSEUDO_PARAMETERS).collect())
        }
        Target::Resource(_) => ("resource", resources().collect()),
        Target::Condition(_) => ("condition", template.conditions().collect()),
        Target::Mapping(_) => ("mapping", template.mappings().collect()),
    };
    let is_part = |id: &String| name.starts_with(id.as_str()) && is_expanded(template, id);
    if known.contains(&name) || template.resources().keys().any(is_part) {
        return None;
    }
    Some(TemplateProblem::Undefined {
        name: name.to_owned(),
        expected,
        suggestion: nearest(name, known).map(str::to_owned),
        place: Place { path: reference.path.clone(), at: reference.at },
    })
}
