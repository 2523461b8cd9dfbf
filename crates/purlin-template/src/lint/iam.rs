//! Actions and service principals that IAM does not know, in every policy of a template.
//!
//! IAM takes actions that do not exist, and policies with them have no effect. The lists are of a day, so what is found is
//! doubtful.

use std::collections::BTreeSet;

use crate::lint::problem::{SchemaProblem, Violation};
use crate::lint::unchecked::Unchecked;
use crate::nearest::{nearest, nearest_within};
use crate::node::Spanned;
use crate::schema::iam::{Actions, Principals, services};
use crate::template::Template;

/// Where hosts of AWS end, by partition.
const SUFFIXES: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".csp.hci.ic.gov",
    ".cloud.adc-e.uk",
];

/// Names of fewer letters resemble too many others.
const SHORTEST: usize = 4;

pub(super) fn problems(template: &Template, unchecked: &Unchecked) -> Vec<SchemaProblem> {
    let mut found = Vec::new();
    for (id, resource) in template.resources().iter().filter(|(_, resource)| resource.kind.starts_with("AWS::")) {
        let body = template.document().get("Resources").and_then(|all| all.get(id)?.get("Properties"));
        let Some(properties) = body else { continue };
        let mut search = Search { path: Vec::new(), known: BTreeSet::new(), found: Vec::new() };
        if resource.kind == "AWS::Lambda::Permission" {
            search.texts(properties, "Action", action);
            search.texts(properties, "Principal", principal);
        }
        if resource.kind == "AWS::IAM::ServiceLinkedRole" {
            search.texts(properties, "AWSServiceName", principal);
        }
        search.value(properties);
        for (path, at, violation) in search.found {
            let keys: Vec<String> = path.iter().map(Step::key).collect();
            if !unchecked.covers(id, keys.iter().map(String::as_str)) {
                found.push(SchemaProblem {
                    resource: id.clone(),
                    resource_type: resource.kind.clone(),
                    path: format!("Properties/{}", keys.join("/")),
                    at: at.span.start,
                    violation,
                    when: None,
                });
            }
        }
    }
    found
}

/// A key on the way to a value.
#[derive(Clone, Copy)]
enum Step<'t> {
    Name(&'t str),
    Item(usize),
}

impl Step<'_> {
    fn key(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Item(number) => number.to_string(),
        }
    }
}

/// The search for statements in the properties of a resource.
struct Search<'t> {
    path: Vec<Step<'t>>,
    /// What was reported or is right, so that a name is looked up once.
    known: BTreeSet<&'t str>,
    found: Vec<(Vec<Step<'t>>, &'t Spanned, Violation)>,
}

impl<'t> Search<'t> {
    fn value(&mut self, value: &'t Spanned) {
        if let Some(items) = value.as_sequence() {
            for (number, item) in items.iter().enumerate() {
                self.below(Step::Item(number), item, Self::value);
            }
        }
        let Some(entries) = value.as_mapping() else { return };
        if entries.get("Effect").is_some_and(|effect| matches!(effect.value.as_str(), Some("Allow" | "Deny"))) {
            self.texts(value, "Action", action);
            self.texts(value, "NotAction", action);
            for name in ["Principal", "NotPrincipal"] {
                if let Some(principals) = value.get(name).filter(|it| it.as_mapping().is_some()) {
                    self.below(Step::Name(name), principals, |search, it| search.texts(it, "Service", principal));
                }
            }
            return;
        }
        for (name, entry) in entries {
            self.below(Step::Name(name), &entry.value, Self::value);
        }
    }

    fn below(&mut self, step: Step<'t>, value: &'t Spanned, visit: impl FnOnce(&mut Self, &'t Spanned)) {
        self.path.push(step);
        visit(self, value);
        self.path.pop();
    }

    /// Checks the text, or the texts of the list, under a name.
    fn texts(&mut self, value: &'t Spanned, name: &'t str, check: fn(&str) -> Option<Violation>) {
        let Some(given) = value.get(name) else { return };
        let items = given.as_sequence().unwrap_or(std::slice::from_ref(given));
        for (number, item) in items.iter().enumerate() {
            let Some(text) = item.as_str().filter(|text| self.known.insert(text)) else { continue };
            let Some(violation) = check(text) else { continue };
            let mut path = self.path.clone();
            path.push(Step::Name(name));
            path.extend(given.as_sequence().map(|_| Step::Item(number)));
            self.found.push((path, item, violation));
        }
    }
}

/// An action that its service does not have, or of a service whose prefix is misspelt.
fn action(given: &str) -> Option<Violation> {
    let (service, name) = given.split_once(':')?;
    if service.contains(['*', '?']) {
        return None;
    }
    let unknown = |suggestion| {
        Some(Violation::UnknownAction { given: given.to_owned(), suggestion, dated: &Principals::get().dated })
    };
    let prefix = service.to_lowercase();
    let Some(actions) = Actions::of(&prefix) else {
        let is_meant = |known: &&str| Actions::of(known).is_some_and(|actions| actions.matches(name));
        let near = nearest_within(&prefix, services(), limit(&prefix) + 1).filter(is_meant);
        let near = near.or_else(|| nearest_within(&prefix, services(), limit(&prefix)));
        return near.and_then(|near| unknown(Some(format!("{near}:{name}"))));
    };
    if actions.matches(name) {
        return None;
    }
    let start = name.trim_end_matches('*');
    let near = match name.strip_prefix(start) {
        Some("") => nearest(name, actions.names()).map(str::to_owned),
        Some(wildcard) if !start.contains(['*', '?']) => {
            let starts = actions.names().filter_map(|known| known.get(..start.len()));
            nearest(start, starts).map(|near| format!("{near}{wildcard}"))
        }
        _ => None,
    };
    unknown(near.map(|near| format!("{service}:{near}")))
}

/// A service principal that resembles one that IAM knows.
fn principal(given: &str) -> Option<Violation> {
    let is_other =
        given.starts_with("arn:") || given.contains(['*', '$', '{']) || given.bytes().all(|it| it.is_ascii_digit());
    if is_other {
        return None;
    }
    let principals = Principals::get();
    let name = given.to_lowercase();
    let suffix =
        SUFFIXES.iter().filter_map(|suffix| name.strip_suffix(suffix)).max_by_key(|rest| name.len() - rest.len());
    let labels = suffix.unwrap_or(&name).split('.').filter(|label| !is_region(label));
    let service = labels.collect::<Vec<_>>().join(".");
    let suggestion = if suffix.is_some() {
        if principals.has(&format!("{service}.amazonaws.com")) {
            return None;
        }
        let known = principals.names().filter_map(|known| known.strip_suffix(".amazonaws.com"));
        nearest_within(&service, known, limit(&service)).map(|near| format!("{near}.amazonaws.com"))
    } else if principals.has(&name) {
        return None;
    } else {
        let start = name.split('.').next().unwrap_or_default();
        let whole = format!("{start}.amazonaws.com");
        if principals.has(&whole) {
            Some(whole)
        } else {
            nearest_within(&name, principals.names(), 2).map(str::to_owned)
        }
    };
    suggestion.map(|suggestion| Violation::UnknownPrincipal { given: given.to_owned(), suggestion })
}

/// How many letters a name of a service may differ in.
fn limit(name: &str) -> usize {
    if name.len() < SHORTEST { 0 } else { (name.len() / 5).clamp(1, 2) }
}

/// Whether a part of a host is a region: `eu-west-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = parts.next_back().unwrap_or_default();
    let words: Vec<&str> = parts.collect();
    words.len() > 1
        && words.iter().all(|part| is_word(part))
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
