//! Says why an operation failed: one cause, what came of it, and what usually helps.
//!
//! One resource fails, CloudFormation cancels its neighbours, each stack around it repeats the
//! news, and then the rollback may fail too. Only the first of these is what the user looks for.

use serde::{Deserialize, Serialize};

use crate::model::{StackEvent, stack_name};
use crate::reason::plain;
use crate::templates::Templates;
use crate::{cause, hints, reason};

/// What went wrong, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Diagnosis {
    /// The first real failure.
    pub cause: Option<Failure>,
    /// Failures that happened independently of it.
    pub others: Vec<Failure>,
    /// Failures of resources that need another one that failed.
    pub consequences: Vec<Failure>,
    /// How many resources were cancelled because of it.
    pub cancelled: usize,
    /// What failed while CloudFormation took things back, or cleared away what is no longer needed;
    /// of each resource the last news.
    pub while_rolling_back: Vec<Failure>,
}

/// One resource that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// The name of the stack, which may be a nested one.
    pub stack: String,
    /// The logical ids of the nested stacks that lead to it from the outermost stack; none for a
    /// resource of that stack itself.
    pub via: Vec<String>,
    /// The resource in the template.
    pub logical_id: String,
    /// The resource in AWS, when it got that far.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Such as `CREATE_FAILED`.
    pub status: String,
    /// AWS's reason, without request ids.
    pub reason: String,
    /// AWS's word for the class of failure, such as `AlreadyExists`.
    pub code: Option<String>,
    /// The hook that refused it, by its type name.
    pub hook: Option<String>,
    /// The construct path.
    pub construct: Option<String>,
    /// Where in the user's code.
    pub declared_at: Option<String>,
    /// What was seen of the resource while it failed, such as why its tasks stopped.
    pub facts: Vec<String>,
    /// What the reason usually means.
    #[serde(skip_deserializing)]
    pub meaning: Option<&'static str>,
    /// What usually helps.
    #[serde(skip_deserializing)]
    pub hint: Option<&'static str>,
}

/// Sorts the events of an operation, those of nested stacks among them. Of a longer history only
/// the last operation that failed counts.
pub fn diagnose(events: &[StackEvent]) -> Diagnosis {
    diagnose_with(events, &Templates::default())
}

/// The same with the templates, which tell what needs what.
pub fn diagnose_with(events: &[StackEvent], templates: &Templates) -> Diagnosis {
    let mut found = cause::find(events, templates);
    for failure in found.failures_mut() {
        failure.construct = templates.construct(&failure.via, &failure.logical_id).map(str::to_owned);
        failure.look_up();
    }
    found
}

impl Diagnosis {
    /// Every failure, the cause first.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        let rest = self.others.iter().chain(&self.consequences).chain(&self.while_rolling_back);
        self.cause.iter().chain(rest)
    }

    /// Every failure, the cause first, to add to.
    pub fn failures_mut(&mut self) -> impl Iterator<Item = &mut Failure> {
        let rest = self.others.iter_mut().chain(&mut self.consequences).chain(&mut self.while_rolling_back);
        self.cause.iter_mut().chain(rest)
    }

    /// Adds what was seen of a resource, in the outermost stack or else in a nested one.
    pub fn add_facts(&mut self, logical_id: &str, facts: impl IntoIterator<Item = String>) {
        let mut meant: Vec<&mut Failure> = self.failures_mut().filter(|it| it.logical_id == logical_id).collect();
        meant.sort_by_key(|failure| failure.via.len());
        if let Some(failure) = meant.into_iter().next() {
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
            status: event.status.clone(),
            reason: plain(given),
            code: reason::code(given),
            ..Self::default()
        }
    }

    /// Whether the outermost stack or a nested one speaks of itself, not of a resource.
    pub fn is_about_its_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack"
            && self.physical_id.as_deref().is_some_and(|id| stack_name(id) == self.stack)
    }

    /// Looks the reason up among those that are known. Why tasks stopped says more than that they did.
    pub fn look_up(&mut self) {
        let said = format!("{} {}", self.reason, self.code.as_deref().unwrap_or_default());
        let known = hints::of_failure(&self.resource_type, &said);
        let is_about_tasks = known.is_none_or(|known| known.advice.contains("why the tasks stopped"));
        let of_tasks = self.facts.iter().find_map(|fact| hints::of_stopped_tasks(&self.resource_type, fact));
        let known = of_tasks.filter(|_| is_about_tasks).or(known);
        self.meaning = known.map(|known| known.means);
        self.hint = known.map(|known| known.advice);
    }
}
