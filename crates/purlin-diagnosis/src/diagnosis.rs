//! The diagnosis of a failed operation: one cause, its consequences, and a hint.
//!
//! One resource fails, CloudFormation cancels its neighbours, each enclosing stack repeats the failure, and then the
//! rollback may fail too. The user needs the first of these.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::model::{StackEvent, stack_name};
use crate::reason::plain;
use crate::status::Status;
use crate::templates::Templates;
use crate::{cause, hints, reason};

/// The failures of an operation, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Diagnosis {
    /// The root cause.
    pub cause: Option<Failure>,
    /// Failures that are independent of the cause.
    pub others: Vec<Failure>,
    /// Failures of resources that depend on another failed one.
    pub consequences: Vec<Failure>,
    /// Number of resources that were cancelled because of the cause.
    pub cancelled: usize,
    /// Failures during rollback or clean-up: the last one of each resource.
    pub while_rolling_back: Vec<Failure>,
}

/// One resource that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// The name of the stack, which may be a nested one.
    pub stack: String,
    /// The logical ids of the nested stacks that lead to it from the outermost stack; empty for a resource of that
    /// stack itself.
    pub via: Vec<String>,
    /// The resource's logical id.
    pub logical_id: String,
    /// The resource's physical id, if it has one.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// The status it failed in.
    pub status: FailureStatus,
    /// AWS's reason, without request ids.
    pub reason: String,
    /// AWS's error code, such as `AlreadyExists`.
    pub code: Option<String>,
    /// The hook that refused it, by its type name.
    pub hook: Option<String>,
    /// The construct path.
    pub construct: Option<String>,
    /// The line of the user's code.
    pub declared_at: Option<String>,
    /// Observations of the resource while it failed, such as the reasons why its tasks stopped.
    pub facts: Vec<String>,
    /// The usual meaning of the reason.
    #[serde(skip_deserializing)]
    pub meaning: Option<&'static str>,
    /// The usual remedy.
    #[serde(skip_deserializing)]
    pub hint: Option<&'static str>,
}

/// How it is known that a resource failed. JSON has AWS's word, or `unrecoverable`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FailureStatus {
    /// AWS reported it, such as `CREATE_FAILED`.
    Reported(Status),
    /// Purlin cancelled the deployment, because the resource could no longer become stable.
    Unrecoverable,
}

impl FailureStatus {
    /// AWS's word, or `unrecoverable`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Reported(status) => status.as_str(),
            Self::Unrecoverable => "unrecoverable",
        }
    }
}

impl Default for FailureStatus {
    fn default() -> Self {
        Self::Reported(Status::default())
    }
}

impl From<Status> for FailureStatus {
    fn from(status: Status) -> Self {
        Self::Reported(status)
    }
}

impl From<String> for FailureStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            // `HOPELESS` is the word of earlier versions.
            "unrecoverable" | "HOPELESS" => Self::Unrecoverable,
            status => Self::Reported(status.into()),
        }
    }
}

impl From<FailureStatus> for String {
    fn from(status: FailureStatus) -> Self {
        status.as_str().to_owned()
    }
}

impl Display for FailureStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Diagnoses the events of an operation, including those of nested stacks. From a longer history it uses the last failed
/// operation.
pub fn diagnose(events: &[StackEvent]) -> Diagnosis {
    diagnose_with(events, &Templates::default())
}

/// Like [`diagnose`], with the templates for construct paths and dependencies between resources.
pub fn diagnose_with(events: &[StackEvent], templates: &Templates) -> Diagnosis {
    let mut found = cause::find(events, templates);
    for failure in found.failures_mut() {
        failure.construct = templates.construct(&failure.via, &failure.logical_id).map(str::to_owned);
        failure.look_up();
    }
    found
}

impl Diagnosis {
    /// All failures, the cause first.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        let rest = self.others.iter().chain(&self.consequences).chain(&self.while_rolling_back);
        self.cause.iter().chain(rest)
    }

    /// All failures, mutable, the cause first.
    pub fn failures_mut(&mut self) -> impl Iterator<Item = &mut Failure> {
        let rest = self.others.iter_mut().chain(&mut self.consequences).chain(&mut self.while_rolling_back);
        self.cause.iter_mut().chain(rest)
    }

    /// Adds observations of a resource: of the one with this id in the outermost stack, else in a nested one.
    pub fn add_facts(&mut self, logical_id: &str, facts: impl IntoIterator<Item = String>) {
        let mut found: Vec<&mut Failure> = self.failures_mut().filter(|it| it.logical_id == logical_id).collect();
        found.sort_by_key(|failure| failure.via.len());
        if let Some(failure) = found.into_iter().next() {
            failure.facts.extend(facts);
            failure.look_up();
        }
    }
}

impl Failure {
    pub(crate) fn of(event: &StackEvent) -> Self {
        let given = event.reason.as_deref().unwrap_or("AWS gave no reason");
        Self {
            stack: event.stack_name().to_owned(),
            logical_id: event.logical_id.clone(),
            physical_id: event.physical_id.clone().filter(|id| !id.is_empty()),
            resource_type: event.resource_type.clone(),
            status: event.status.clone().into(),
            reason: plain(given),
            code: reason::code(given),
            ..Self::default()
        }
    }

    /// Whether the failure is that of a stack, as reported by the stack itself.
    pub fn is_about_its_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack"
            && self.physical_id.as_deref().is_some_and(|id| stack_name(id) == self.stack)
    }

    /// Looks up meaning and hint. A hint for the reason why tasks stopped replaces the general one that they stopped.
    pub fn look_up(&mut self) {
        let text = format!("{} {}", self.reason, self.code.as_deref().unwrap_or_default());
        let hint = hints::of_failure(&self.resource_type, &text);
        let is_about_tasks = hint.is_none_or(|hint| hint.advice.contains("why the tasks stopped"));
        let of_tasks = self.facts.iter().find_map(|fact| hints::of_stopped_tasks(&self.resource_type, fact));
        let hint = of_tasks.filter(|_| is_about_tasks).or(hint);
        self.meaning = hint.map(|hint| &*hint.means);
        self.hint = hint.map(|hint| &*hint.advice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_purlin_ended_is_told_from_those_of_aws() {
        for (word, status, written) in [
            ("CREATE_FAILED", FailureStatus::Reported(Status::CreateFailed), "CREATE_FAILED"),
            ("unrecoverable", FailureStatus::Unrecoverable, "unrecoverable"),
            ("HOPELESS", FailureStatus::Unrecoverable, "unrecoverable"),
        ] {
            let failure: Failure = serde_json::from_value(serde_json::json!({ "status": word })).expect("a failure");
            assert_eq!(failure.status, status);
            assert_eq!(serde_json::to_value(&failure).expect("JSON")["status"], written);
        }
    }
}
