//! Hints: the usual meaning of AWS's reasons, and a remedy. The rows are data, in `hints/`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a reason contains, in lower case: all of these, each a list of alternatives, separated by `|`.
pub type Patterns = Vec<String>;

fn contains(reason: &str, patterns: &[String]) -> bool {
    patterns.iter().all(|pattern| pattern.split('|').any(|words| reason.contains(words)))
}

/// A hint for a reason: a row of `hints/failures.yaml` or `hints/refusals.yaml`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// The beginning of the resource type; empty for all types.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// What the reason contains.
    #[serde(rename = "reason")]
    pub patterns: Patterns,
    /// The usual meaning of the reason.
    #[serde(default)]
    pub means: String,
    /// The usual remedy.
    pub advice: String,
}

/// The meaning of a reason why a task of ECS does not run: a row of `hints/tasks.yaml`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskHint {
    /// The subject of the reason.
    pub subject: TaskSubject,
    /// What the reason contains.
    #[serde(rename = "reason")]
    pub patterns: Patterns,
    /// The meaning, and the remedy.
    pub means: String,
}

/// The subject of a reason why a task does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskSubject {
    /// The container never ran, so it has no log.
    Start,
    /// The program ran.
    Program,
    /// The capacity or host for the task.
    Place,
}

static FAILURES: LazyLock<Vec<Hint>> = LazyLock::new(|| rows(include_str!("hints/failures.yaml")));
static REFUSALS: LazyLock<Vec<Hint>> = LazyLock::new(|| rows(include_str!("hints/refusals.yaml")));
static TASKS: LazyLock<Vec<TaskHint>> = LazyLock::new(|| rows(include_str!("hints/tasks.yaml")));

fn rows<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let table = purlin_template::load(text).expect("a hint table is YAML");
    serde_json::from_value(table.to_json()).expect("each row of a hint table is a hint")
}

/// All hints for failures of resources, in order of priority: [`of_failure`] takes the first that fits.
pub fn all() -> impl Iterator<Item = &'static Hint> {
    FAILURES.iter()
}

/// The hint for the reason of a resource's failure.
pub fn of_failure(resource_type: &str, reason: &str) -> Option<&'static Hint> {
    let reason = reason.to_ascii_lowercase();
    all().find(|hint| resource_type.starts_with(&hint.kind) && contains(&reason, &hint.patterns))
}

/// The hint for a fact about the stopped tasks of a service.
pub fn of_stopped_tasks(resource_type: &str, fact: &str) -> Option<&'static Hint> {
    let is_reason = resource_type == "AWS::ECS::Service" && fact.contains("stopped: ");
    of_failure(resource_type, fact).filter(|hint| is_reason && hint.kind == "AWS::ECS::")
}

/// The meaning of ECS's reason for a task that does not run.
pub fn of_task(reason: &str) -> Option<&'static TaskHint> {
    let reason = reason.to_ascii_lowercase();
    TASKS.iter().find(|hint| contains(&reason, &hint.patterns))
}

/// The remedy for a template that CloudFormation refuses.
pub fn for_refusal(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    REFUSALS.iter().find(|hint| contains(&message, &hint.patterns)).map(|hint| &*hint.advice)
}
