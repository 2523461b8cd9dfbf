//! Which images a repository expires: rules, in the order ECR evaluates them.

use core::time::Duration;

use purlin_construct::Scope;
use serde_json::{Map, Value, json};

/// A rule by which a repository expires images
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>).
///
/// It is about all images unless it says otherwise.
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

    /// Expires images that were pushed this long ago: whole days, one at least.
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

    /// When the rule is evaluated: the lowest number first. Those without come after those with one, in the order they
    /// were given, and a rule about all images comes last.
    pub fn priority(self, priority: u32) -> Self {
        Self { priority: Some(priority), ..self }
    }

    /// What the rule is for.
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
            Limit::Count(0) => scope.error(
                "a lifecycle rule keeps `0` images, ECR allows 1 and more",
                "say how many of the newest images stay: `LifecycleRule::keep_newest(20)`",
            ),
            Limit::Age(age) if age.as_secs() < DAY || age.as_secs() % DAY != 0 => scope.error(
                format!("a lifecycle rule expires images after {age:?}, ECR counts in whole days, one at least"),
                "give a number of days: `LifecycleRule::expire_after(Duration::from_secs(14 * 24 * 60 * 60))`",
            ),
            Limit::Count(_) | Limit::Age(_) => (),
        }
        let (Selection::Prefixes(tags) | Selection::Patterns(tags)) = &self.selection else { return };
        if tags.is_empty() {
            scope.error(
                "a lifecycle rule about tagged images names no tags",
                "name a prefix or a pattern, or use `.untagged()`",
            );
        }
        if let Selection::Patterns(patterns) = &self.selection {
            for pattern in patterns.iter().filter(|pattern| pattern.matches('*').count() > 4) {
                scope.error(
                    format!("the tag pattern `{pattern}` has more than four `*`, which is what ECR allows"),
                    "shorten the pattern, or split the rule in two",
                );
            }
        }
    }
}

/// The policy's text, as ECR takes it; reports what ECR would refuse.
pub(super) fn render(scope: &Scope, rules: &[LifecycleRule]) -> String {
    for rule in rules {
        rule.check(scope);
    }
    let about_all: Vec<_> = rules.iter().filter(|rule| rule.is_about_all()).collect();
    if about_all.len() > 1 {
        scope.error(
            format!("the repository has {} lifecycle rules about all images, ECR allows one", about_all.len()),
            "keep one, and narrow the others by `.untagged()`, `.tag_prefixes(..)` or `.tag_patterns(..)`",
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
            format!("two lifecycle rules have the priority `{twin}`, ECR wants each once"),
            "give them different priorities, or leave them out: rules are then numbered in their order",
        );
    }
    let last = used.iter().max().copied().unwrap_or(0);
    if rules.iter().any(LifecycleRule::is_about_all) && used.last() != Some(&last) {
        scope.error(
            "the lifecycle rule about all images does not have the highest priority number, which ECR wants of it",
            "leave its `.priority(..)` out: it is then evaluated last",
        );
    }
}
