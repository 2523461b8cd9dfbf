//! The rules by which a repository expires images.

use core::time::Duration;

use purlin_construct::Scope;
use serde_json::{Map, Value, json};

use crate::check::Checks;

/// A rule by which a repository expires images
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>).
///
/// It applies to all images unless a selection is given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a rule does nothing until it is given to a repository"]
pub struct LifecycleRule {
    limit: Limit,
    selection: Selection,
    priority: Option<u32>,
    description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Count(u32),
    Age(Duration),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Selection {
    Any,
    Untagged,
    Prefixes(Vec<String>),
    Patterns(Vec<String>),
}

const DAY: u64 = 24 * 60 * 60;

impl LifecycleRule {
    fn new(limit: Limit) -> Self {
        Self { limit, selection: Selection::Any, priority: None, description: None }
    }

    /// Keeps this many of the newest images and expires the others.
    pub fn keep_newest(count: u32) -> Self {
        Self::new(Limit::Count(count))
    }

    /// Expires images that were pushed this long ago, in whole days, at least one.
    pub fn expire_after(age: Duration) -> Self {
        Self::new(Limit::Age(age))
    }

    /// Only images without a tag.
    pub fn untagged(self) -> Self {
        Self { selection: Selection::Untagged, ..self }
    }

    /// Only images with tags that begin with all of these.
    pub fn tag_prefixes<T: Into<String>>(self, prefixes: impl IntoIterator<Item = T>) -> Self {
        Self { selection: Selection::Prefixes(prefixes.into_iter().map(Into::into).collect()), ..self }
    }

    /// Only images with tags that match all of these; `*` stands for any text, at most four times in a pattern.
    pub fn tag_patterns<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        Self { selection: Selection::Patterns(patterns.into_iter().map(Into::into).collect()), ..self }
    }

    /// The priority of the rule: the lowest number is evaluated first. Rules without one follow in the order they were
    /// given, and a rule for all images is last.
    pub fn priority(self, priority: u32) -> Self {
        Self { priority: Some(priority), ..self }
    }

    /// A description.
    pub fn description(self, text: impl Into<String>) -> Self {
        Self { description: Some(text.into()), ..self }
    }

    fn is_about_all(&self) -> bool {
        self.selection == Selection::Any
    }

    fn render(&self, priority: u32) -> Value {
        let mut rule = Map::new();
        rule.insert("rulePriority".to_owned(), priority.into());
        if let Some(description) = &self.description {
            rule.insert("description".to_owned(), description.clone().into());
        }
        rule.insert("selection".to_owned(), self.render_selection());
        rule.insert("action".to_owned(), json!({"type": "expire"}));
        Value::Object(rule)
    }

    fn render_selection(&self) -> Value {
        let status = match &self.selection {
            Selection::Any => "any",
            Selection::Untagged => "untagged",
            Selection::Prefixes(_) | Selection::Patterns(_) => "tagged",
        };
        let mut selection = Map::new();
        selection.insert("tagStatus".to_owned(), status.into());
        match &self.selection {
            Selection::Prefixes(prefixes) => drop(selection.insert("tagPrefixList".to_owned(), json!(prefixes))),
            Selection::Patterns(patterns) => drop(selection.insert("tagPatternList".to_owned(), json!(patterns))),
            Selection::Any | Selection::Untagged => (),
        }
        let (kind, number) = match self.limit {
            Limit::Count(count) => ("imageCountMoreThan", u64::from(count)),
            Limit::Age(age) => ("sinceImagePushed", age.as_secs() / DAY),
        };
        selection.insert("countType".to_owned(), kind.into());
        selection.insert("countNumber".to_owned(), number.into());
        if matches!(self.limit, Limit::Age(_)) {
            selection.insert("countUnit".to_owned(), "days".into());
        }
        Value::Object(selection)
    }

    fn check(&self, scope: &Scope) {
        match self.limit {
            Limit::Count(count) => scope.check("the number of images that the lifecycle rule keeps").number(count, 1..),
            Limit::Age(age) => scope.check("the age at which the lifecycle rule expires images").whole_days(age, 1..),
        }
        let (Selection::Prefixes(tags) | Selection::Patterns(tags)) = &self.selection else { return };
        if tags.is_empty() {
            scope.error(
                "the lifecycle rule for tagged images has no tags",
                "give a prefix or a pattern, or use `.untagged()`",
            );
        }
        if let Selection::Patterns(patterns) = &self.selection {
            for pattern in patterns.iter().filter(|pattern| pattern.matches('*').count() > 4) {
                scope.error(
                    format!(
                        "the tag pattern `{pattern}` has {} `*`, but AWS takes at most 4",
                        pattern.matches('*').count()
                    ),
                    "shorten the pattern, or use two rules",
                );
            }
        }
    }
}

/// The policy's text in ECR's form; reports mistakes.
pub(super) fn render(scope: &Scope, rules: &[LifecycleRule]) -> String {
    for rule in rules {
        rule.check(scope);
    }
    let about_all: Vec<_> = rules.iter().filter(|rule| rule.is_about_all()).collect();
    if about_all.len() > 1 {
        scope.error(
            format!("the repository has {} lifecycle rules for all images, but AWS takes one", about_all.len()),
            "keep one, and limit the others by `.untagged()`, `.tag_prefixes(..)` or `.tag_patterns(..)`",
        );
    }
    let narrow = || rules.iter().filter(|rule| !rule.is_about_all());
    let ordered =
        narrow().filter(|rule| rule.priority.is_some()).chain(narrow().filter(|rule| rule.priority.is_none()));
    let mut next = narrow().filter_map(|rule| rule.priority).max().unwrap_or(0);
    let mut used = Vec::new();
    let rendered: Vec<Value> = ordered
        .chain(about_all)
        .map(|rule| {
            let priority = rule.priority.unwrap_or_else(|| {
                next += 1;
                next
            });
            used.push(priority);
            rule.render(priority)
        })
        .collect();
    check_priorities(scope, rules, &used);
    json!({"rules": rendered}).to_string()
}

fn check_priorities(scope: &Scope, rules: &[LifecycleRule], used: &[u32]) {
    let twin = used.iter().enumerate().find(|(index, priority)| used[..*index].contains(priority));
    if let Some((_, twin)) = twin {
        scope.error(
            format!("two lifecycle rules have the priority `{twin}`, but AWS takes each once"),
            "give them different priorities, or leave them out: rules are then numbered in their order",
        );
    }
    let last = used.iter().max().copied().unwrap_or(0);
    if rules.iter().any(LifecycleRule::is_about_all) && used.last() != Some(&last) {
        scope.error(
            "the lifecycle rule for all images does not have the highest priority number, which AWS requires",
            "leave its `.priority(..)` out: it is then evaluated last",
        );
    }
}
