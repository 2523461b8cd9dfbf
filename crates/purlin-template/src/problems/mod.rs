//! Problems of a template that its text alone shows, before a deployment.

mod defaults;
mod fault;
mod mappings;
mod names;
mod nested;
mod outputs;
mod reference;

use std::fmt;

use crate::lint::Unchecked;
use crate::node::{Entry, Position, Spanned};
use crate::template::{Template, graph};
use crate::transforms;
use names::{Names, is_expanded};

pub use fault::Fault;
pub(crate) use nested::{problems as nested_problems, stack_output as stack_output_problem};

/// Something CloudFormation would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateProblem {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub fault: Fault,
    /// Whether a transform, or a condition, may make it right.
    is_doubtful: bool,
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

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for TemplateProblem {}

impl TemplateProblem {
    fn new(path: impl Into<String>, at: Position, fault: Fault) -> Self {
        Self { place: Place { path: path.into(), at }, fault, is_doubtful: false }
    }

    fn doubtful_if(self, is_doubtful: bool) -> Self {
        Self { is_doubtful: self.is_doubtful || is_doubtful, ..self }
    }

    /// Whether a transform or a condition, whose effect is not known here, may make it right.
    pub fn is_doubtful(&self) -> bool {
        self.is_doubtful
    }

    /// The section, `Resources`, and the logical id in it.
    pub fn element(&self) -> (&str, &str) {
        let mut keys = self.place.path.splitn(3, '/');
        (keys.next().unwrap_or_default(), keys.next().unwrap_or_default())
    }

    /// The path below the element, with dots and without the functions in it: `LoadBalancers.0.ContainerPort`,
    /// `DependsOn`. Of properties it is that below `Properties`.
    pub fn property(&self) -> String {
        let path = self.place.path.splitn(3, '/').nth(2).unwrap_or_default();
        let path = path.strip_prefix("Properties").map_or(path, |path| path.trim_start_matches('/'));
        let mut keys = path.split('/').peekable();
        let mut shown = Vec::new();
        while let Some(key) = keys.next() {
            match key {
                "Fn::If" => drop(keys.next()),
                key if key.starts_with("Fn::") => break,
                key => shown.push(key),
            }
        }
        shown.join(".")
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        self.fault.hint()
    }

    /// Whether it is about an unchecked place.
    pub fn is_covered(&self, unchecked: &Unchecked) -> bool {
        let mut keys = self.place.path.split('/');
        let (section, id) = (keys.next(), keys.next().unwrap_or_default());
        let is_property = keys.next() == Some("Properties");
        section == Some("Resources") && unchecked.covers(id, keys.filter(|_| is_property))
    }
}

/// All problems: shape, names and values in the order of the sections, cycles last.
pub(crate) fn problems(template: &Template) -> Vec<TemplateProblem> {
    let names = Names::of(template);
    let shape = |error: &crate::error::TemplateError| {
        let crate::error::TemplateError::Shape { what, at, .. } = error else { unreachable!("sections report shapes") };
        TemplateProblem::new(what, *at, Fault::Shape(error.clone()))
    };
    let mut problems: Vec<TemplateProblem> = template.misshapen().iter().map(shape).collect();
    problems.extend(resources(template));
    problems.extend(nulls(template));
    problems.extend(defaults::problems(template));
    problems.extend(mappings::problems(template));
    problems.extend(reference::problems(template, &names));
    problems.extend(outputs::problems(template));
    problems.extend(cycle(template));
    problems.into_iter().map(|it| it.doubtful_if(names.is_open())).collect()
}

/// Logical ids and types.
fn resources(template: &Template) -> Vec<TemplateProblem> {
    let has_loops = transforms::has(template, "AWS::LanguageExtensions");
    let entries = template.document().get("Resources").and_then(Spanned::as_mapping).into_iter().flatten();
    let problem = |(id, entry): (&String, &Entry)| {
        let fault = if id.starts_with("Fn::ForEach::") {
            (!has_loops).then_some(Fault::LoopWithoutTransform)?
        } else if id.starts_with("Fn::") {
            return None;
        } else if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Fault::LogicalId { id: id.clone() }
        } else if template.parameters().contains_key(id) {
            Fault::SameName { name: id.clone() }
        } else if template.resources().contains_key(id)
            && entry.value.get("Type").is_none()
            && entry.value.get("Fn::Transform").is_none()
        {
            Fault::MissingType
        } else {
            return None;
        };
        Some(TemplateProblem::new(format!("Resources/{id}"), entry.key.start, fault))
    };
    entries.filter_map(problem).collect()
}

/// Transforms may remove a null, and `!GetAZs` without a region is written so.
fn nulls(template: &Template) -> impl Iterator<Item = TemplateProblem> {
    let has_transform = template.document().get("Transform").is_some()
        || template.resources().values().any(|resource| resource.kind.starts_with("AWS::Serverless::"));
    template.found().nulls.iter().map(move |(path, at)| {
        let is_doubtful = has_transform || path.ends_with("/Fn::GetAZs");
        TemplateProblem::new(path, *at, Fault::Null).doubtful_if(is_doubtful)
    })
}

/// The first circle of resources. One that leads through a condition may never come about.
fn cycle(template: &Template) -> Option<TemplateProblem> {
    let cycle = template.creation_order().err()?;
    if cycle.ids.iter().any(|id| is_expanded(template, id)) {
        return None;
    }
    let is_conditional = |id: &str| template.resources().get(id).is_some_and(|resource| resource.condition.is_some());
    let always = template.references().iter().filter(|reference| {
        let owner = reference.path.split('/').nth(1).unwrap_or_default();
        !reference.path.contains("/Fn::If/") && !is_conditional(owner)
    });
    let is_certain = graph(template.resources(), always).order().is_err();
    let first = cycle.ids.first().cloned().unwrap_or_default();
    let at = template.resources().get(&first).map_or(Position::default(), |resource| resource.at);
    Some(TemplateProblem::new(format!("Resources/{first}"), at, Fault::Cycle(cycle)).doubtful_if(!is_certain))
}
