//! Names that references use: whether they exist, and whether they may be used where they are.

use std::collections::BTreeMap;

use crate::lint::can_be_false;
use crate::nearest::nearest;
use crate::node::{Mapping, Spanned};
use crate::problems::names::{Existence, Names};
use crate::problems::{Fault, TemplateProblem};
use crate::references::{Reference, Target, Via};
use crate::template::Template;
use crate::transforms;

pub(super) fn problems(template: &Template, names: &Names<'_>) -> Vec<TemplateProblem> {
    let holes = template.found().misnamed.iter();
    let holes = holes.map(|(text, path, at)| TemplateProblem::new(path, *at, Fault::Hole { text: text.clone() }));
    let misused = template.found().misused.iter().map(|(function, takes, path, at)| {
        let fault = Fault::Arguments { function: function.clone(), takes };
        // With the language extensions, functions may stand where names do.
        let is_doubtful = transforms::has(template, "AWS::LanguageExtensions");
        TemplateProblem::new(path, *at, fault).doubtful_if(is_doubtful)
    });
    let references = template.references().iter();
    let mut decided = Decided::new();
    references
        .filter_map(|reference| problem(template, names, reference, &mut decided))
        .chain(holes)
        .chain(misused)
        .collect()
}

/// Whether a condition can be false where another one, or none, holds.
type Decided<'t> = BTreeMap<(&'t str, Option<&'t str>), bool>;

fn problem<'t>(
    template: &'t Template,
    names: &Names<'_>,
    reference: &Reference,
    decided: &mut Decided<'t>,
) -> Option<TemplateProblem> {
    let name = reference.target.name();
    let report = |fault| TemplateProblem::new(&reference.path, reference.at, fault);
    if let (Some(part), Target::Value(_) | Target::Resource(_)) = (reference.sees_parameters_only, &reference.target)
        && !template.parameters().contains_key(name)
        && names.resource(name) == Existence::Exists
    {
        return Some(report(Fault::OutOfSight { name: name.to_owned(), by: by(reference), part }));
    }
    let existence = match (&reference.target, reference.sees_parameters_only) {
        (Target::Value(_), Some(_)) => names.parameter(name),
        (Target::Value(_), None) => names.value(name),
        (Target::Resource(_), _) => names.resource(name),
        (Target::Condition(_), _) => names.condition(name),
        (Target::Mapping(_), _) => names.mapping(name),
    };
    if existence == Existence::Exists {
        if let Some(condition) = missing_condition(template, reference, decided) {
            let (name, condition) = (name.to_owned(), condition.to_owned());
            return Some(report(Fault::Conditional { name, by: by(reference), condition }).doubtful_if(true));
        }
        let fault = unknown_key(template, reference)?;
        return Some(report(fault).doubtful_if(template.found().included.contains(&"Mappings")));
    }
    let has_default = matches!(reference.via, Via::FindInMap { has_default: true, .. });
    let problem = report(undefined(names, reference));
    Some(problem.doubtful_if(existence == Existence::Unknown || has_default))
}

/// The condition of a resource that is named where the condition may not hold. A `DependsOn` is left out by CloudFormation,
/// and which branch of an `Fn::If` is taken is not looked at.
fn missing_condition<'t>(template: &'t Template, reference: &Reference, decided: &mut Decided<'t>) -> Option<&'t str> {
    let condition = template.resources().get(reference.target.name())?.condition.as_deref()?;
    let mut keys = reference.path.split('/');
    let owner = match keys.next()? {
        "Resources" => template.resources().get(keys.next()?)?.condition.as_deref(),
        _ => template.outputs().get(keys.next()?)?.condition.as_deref(),
    };
    if owner == Some(condition) || matches!(reference.via, Via::DependsOn) || keys.any(|key| key == "Fn::If") {
        return None;
    }
    let can_be_missing = decided.entry((condition, owner)).or_insert_with(|| can_be_false(template, condition, owner));
    can_be_missing.then_some(condition)
}

fn undefined(names: &Names<'_>, reference: &Reference) -> Fault {
    let name = reference.target.name();
    let candidates: (_, Vec<&str>) = match (&reference.target, reference.sees_parameters_only) {
        (Target::Value(_), Some(_)) => ("parameter", names.parameters().collect()),
        (Target::Value(_), None) => ("parameter or resource", names.parameters().chain(names.resources()).collect()),
        (Target::Resource(_), _) => ("resource", names.resources().collect()),
        (Target::Condition(_), _) => ("condition", names.conditions().collect()),
        (Target::Mapping(_), _) => ("mapping", names.mappings().collect()),
    };
    let (expected, known) = candidates;
    let suggestion = nearest(name, known).map(str::to_owned);
    Fault::Undefined { name: name.to_owned(), by: by(reference), expected, suggestion }
}

/// How a reference is written.
fn by(reference: &Reference) -> String {
    let name = reference.target.name();
    match &reference.via {
        Via::GetAtt { attribute } if reference.is_hole => format!("`${{{name}.{attribute}}}` of `Fn::Sub`"),
        Via::Ref if reference.is_hole => format!("`${{{name}}}` of `Fn::Sub`"),
        Via::Ref => "`Ref`".to_owned(),
        Via::GetAtt { .. } => "`Fn::GetAtt`".to_owned(),
        Via::DependsOn => "`DependsOn`".to_owned(),
        Via::Condition => "`Condition`".to_owned(),
        Via::If => "`Fn::If`".to_owned(),
        Via::FindInMap { .. } => "`Fn::FindInMap`".to_owned(),
        Via::ValueOf => "`Fn::ValueOf`".to_owned(),
    }
}

// ---------------------------------------------------------------- keys of mappings

/// A key of `Fn::FindInMap` that is written out and that the mapping does not have.
fn unknown_key(template: &Template, reference: &Reference) -> Option<Fault> {
    let Via::FindInMap { keys: [first, second], has_default: false } = &reference.via else { return None };
    let name = reference.target.name();
    let mapping = template.document().get("Mappings")?.get(name)?.as_mapping()?;
    if is_open(mapping) {
        return None;
    }
    let entries: Vec<&Mapping> = match first {
        Some(key) if !mapping.contains_key(key) => return Some(fault(key, name.to_owned(), mapping.keys())),
        Some(key) => mapping.get(key).into_iter().filter_map(|entry| entry.value.as_mapping()).collect(),
        None => mapping.values().filter_map(|entry| entry.value.as_mapping()).collect(),
    };
    let second = second.as_ref()?;
    if entries.is_empty() || entries.iter().any(|entry| is_open(entry) || entry.contains_key(second)) {
        return None;
    }
    let of = first.as_ref().map_or_else(|| name.to_owned(), |first| format!("{name}.{first}"));
    Some(fault(second, of, entries[0].keys()))
}

/// Whether a transform adds keys.
fn is_open(mapping: &Mapping) -> bool {
    mapping.keys().any(|key| key.starts_with("Fn::"))
}

fn fault<'a>(key: &str, of: String, known: impl Iterator<Item = &'a String>) -> Fault {
    let known: Vec<String> = known.cloned().collect();
    let suggestion = nearest(key, known.iter().map(String::as_str)).map(str::to_owned);
    Fault::UnknownKey { key: key.to_owned(), of, known, suggestion }
}

/// The value that `Fn::FindInMap` finds with keys that are written out.
pub(super) fn found_in<'t>(template: &'t Template, arguments: &Spanned) -> Option<&'t Spanned> {
    let [name, first, second] = arguments.as_sequence()? else { return None };
    template.document().get("Mappings")?.get(name.as_str()?)?.get(first.as_str()?)?.get(second.as_str()?)
}
