//! What can be said against a template from its text alone, before CloudFormation sees it.

use std::fmt;

use crate::graph::Cycle;
use crate::nearest::nearest;
use crate::node::Position;
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
    /// A name nobody declared.
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
    /// Resources in a circle.
    #[error(transparent)]
    Cycle(#[from] Cycle),
}

/// Where something stands in a template: its keys, and its line when it was read from text.
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

/// Everything that is wrong, in template order, the circle last.
pub(crate) fn problems(template: &Template) -> Vec<TemplateProblem> {
    let mut problems: Vec<TemplateProblem> = Vec::new();
    for (id, resource) in template.resources() {
        if resource.kind.is_empty() {
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
    problems.extend(template.creation_order().err().map(TemplateProblem::Cycle));
    problems
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
    if known.contains(&name) {
        return None;
    }
    Some(TemplateProblem::Undefined {
        name: name.to_owned(),
        expected,
        suggestion: nearest(name, known).map(str::to_owned),
        place: Place { path: reference.path.clone(), at: reference.at },
    })
}
