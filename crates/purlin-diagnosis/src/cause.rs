//! Finds the root cause of a failed operation in its events.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnosis::{Diagnosis, Failure};
use crate::model::StackEvent;
use crate::operation::{self, NestedStacks};
use crate::reason;
use crate::status::Status;
use crate::templates::Templates;

/// A stack's ARN and a logical id in it.
type Key<'a> = (&'a str, &'a str);

pub(crate) fn find(events: &[StackEvent], templates: &Templates) -> Diagnosis {
    let events = operation::in_order(events);
    let nesting = NestedStacks::of(&events);
    let operation = operation::last_failed(&events, nesting.root());
    let mut failures = FailureEvents::of(&operation, &nesting);
    failures.remove_stacks_failed_by_their_content();
    failures.remove_repeated_stack_failures();
    failures.diagnose(templates)
}

/// The failures of an operation, in the order of time.
struct FailureEvents<'a> {
    nesting: &'a NestedStacks<'a>,
    /// Failures of resources and stacks before any rollback or clean-up.
    failed: Vec<&'a StackEvent>,
    /// Failures during rollback or clean-up.
    afterwards: Vec<&'a StackEvent>,
    cancelled: BTreeSet<Key<'a>>,
    /// Refusals of hooks, by the resource or stack they checked.
    hooks: BTreeMap<Key<'a>, &'a StackEvent>,
    /// The first failure of a stack itself: the cause if there is no other.
    about_a_stack: Option<&'a StackEvent>,
}

impl<'a> FailureEvents<'a> {
    fn of(operation: &[&'a StackEvent], nesting: &'a NestedStacks<'a>) -> Self {
        let mut failures = Self {
            nesting,
            failed: Vec::new(),
            afterwards: Vec::new(),
            cancelled: BTreeSet::new(),
            hooks: BTreeMap::new(),
            about_a_stack: None,
        };
        let listed = failed_resources_by_stack(operation);
        let mut rolling_back: BTreeSet<&str> = BTreeSet::new();
        for event in operation {
            let is_rolling_back = rolling_back.iter().any(|stack| nesting.is_within(&event.stack_id, stack));
            let is_afterwards = match listed.get(event.stack_id.as_str()) {
                Some(names) if names.contains(event.logical_id.as_str()) => {
                    is_rolling_back && failures.has_failure_of(event)
                }
                Some(_) if !event.is_about_its_stack() && !reason::is_cancellation(reason_of(event)) => true,
                _ => is_rolling_back,
            };
            failures.add(event, is_afterwards);
            let starts_afterwards =
                event.status.starts_rollback() || event.status == Status::UpdateCompleteCleanupInProgress;
            if event.is_about_its_stack() && starts_afterwards {
                rolling_back.insert(event.stack_id.as_str());
            }
        }
        failures
    }

    /// Whether an earlier event has this resource as failed or cancelled.
    fn has_failure_of(&self, event: &StackEvent) -> bool {
        self.cancelled.contains(&key(event)) || self.failed.iter().any(|other| key(other) == key(event))
    }

    fn add(&mut self, event: &'a StackEvent, is_afterwards: bool) {
        if is_hook_refusal(event) {
            self.hooks.insert(key(event), event);
        }
        if event.is_about_its_stack() {
            self.add_stack(event, is_afterwards);
            return;
        }
        if !event.status.failed() {
            return;
        }
        // A rollback creates nothing: a failed creation is a late event.
        let is_afterwards = is_afterwards && event.status != Status::CreateFailed;
        match (reason::is_cancellation(reason_of(event)), is_afterwards) {
            (true, false) => drop(self.cancelled.insert(key(event))),
            (true, true) => {}
            (false, true) => self.afterwards.push(event),
            (false, false) => self.failed.push(event),
        }
    }

    fn add_stack(&mut self, event: &'a StackEvent, is_afterwards: bool) {
        let has_failed = event.status.failed();
        let is_failure = has_failed || event.status.starts_rollback() || event.is_refused_deletion();
        if !is_failure || reason_of(event).is_empty() {
            return;
        }
        let has_own_reason = !reason::own(reason_of(event)).is_empty();
        if !is_afterwards {
            self.about_a_stack.get_or_insert(event);
        }
        match (has_own_reason, is_afterwards) {
            (true, false) => self.failed.push(event),
            (true, true) if has_failed => self.afterwards.push(event),
            _ => {}
        }
    }

    /// Removes failures of nested stacks that follow from a failure or cancellation inside the nested stack.
    fn remove_stacks_failed_by_their_content(&mut self) {
        let nesting = self.nesting;
        let has_failure_inside = |failed: &[&StackEvent], event: &StackEvent| {
            let inside = |nested: &str| failed.iter().any(|other| nesting.is_within(&other.stack_id, nested));
            operation::nested(event).is_some_and(inside)
        };
        let repeated = |failed: &[&'a StackEvent]| -> BTreeSet<Key<'a>> {
            failed.iter().filter(|event| has_failure_inside(failed, event)).map(|event| key(event)).collect()
        };
        let (of_failed, of_afterwards) = (repeated(&self.failed), repeated(&self.afterwards));
        self.failed.retain(|event| !of_failed.contains(&key(event)));
        self.afterwards.retain(|event| !of_afterwards.contains(&key(event)));
        let is_cancelled_inside = |event: &StackEvent| {
            let inside = |nested: &str| self.cancelled.iter().any(|(stack, _)| nesting.is_within(stack, nested));
            operation::nested(event).is_some_and(inside)
        };
        let stopped: Vec<Key<'a>> =
            self.failed.iter().filter(|event| is_cancelled_inside(event)).map(|event| key(event)).collect();
        self.failed.retain(|event| !stopped.contains(&key(event)));
        self.cancelled.extend(stopped);
    }

    /// Keeps a stack's own failure only if nothing in the stack failed, and only once.
    fn remove_repeated_stack_failures(&mut self) {
        let failed = self.failed.clone();
        let nesting = self.nesting;
        let is_explained = |event: &StackEvent| {
            let inside = |other: &&StackEvent| nesting.is_within(&other.stack_id, &event.stack_id);
            failed.iter().any(|other| key(other) != key(event) && inside(other))
        };
        let mut seen = BTreeSet::new();
        self.failed.retain(|event| !(event.is_about_its_stack() && is_explained(event)) && seen.insert(key(event)));
    }

    fn diagnose(&self, templates: &Templates) -> Diagnosis {
        let is_consequence =
            |event: &&'a StackEvent| self.failed.iter().any(|other| self.follows(templates, event, other));
        let (mut consequences, mut independent): (Vec<&StackEvent>, Vec<&StackEvent>) =
            self.failed.iter().copied().partition(is_consequence);
        if independent.is_empty() {
            independent.append(&mut consequences);
        }
        let refused = || self.hooks.values().next().copied();
        let cause = independent.first().copied().or_else(refused).or(self.about_a_stack);
        let all = |events: &[&'a StackEvent]| events.iter().map(|event| self.failure(event)).collect::<Vec<_>>();
        Diagnosis {
            cause: cause.map(|event| self.failure(event)),
            others: all(independent.get(1..).unwrap_or_default()),
            consequences: all(&consequences),
            cancelled: self.cancelled.len(),
            while_rolling_back: all(&last_of_each(&self.afterwards)),
        }
    }

    /// Whether one failure is a consequence of another: a creation or update depends on the resources it refers to, a
    /// deletion on the resources that refer to it.
    fn follows(&self, templates: &Templates, event: &'a StackEvent, other: &'a StackEvent) -> bool {
        let is_deletion = |event: &StackEvent| event.status == Status::DeleteFailed;
        match (is_deletion(event), is_deletion(other)) {
            (false, false) => templates.needs(&self.place(event), &self.place(other)),
            (true, true) => templates.needs(&self.place(other), &self.place(event)),
            _ => false,
        }
    }

    /// The logical ids that lead to a resource from the outermost stack; its own is the last.
    fn place(&self, event: &'a StackEvent) -> Vec<&'a str> {
        let mut place = self.nesting.path(&event.stack_id);
        place.push(&event.logical_id);
        place
    }

    fn failure(&self, event: &'a StackEvent) -> Failure {
        let mut failure = Failure::of(event);
        failure.via = self.nesting.path(&event.stack_id).into_iter().map(str::to_owned).collect();
        let hook =
            self.hooks.get(&key(event)).filter(|_| is_hook_refusal(event) || reason::hook(reason_of(event)).is_some());
        failure.hook = hook.and_then(|hook| hook.hook.clone()).or_else(|| reason::hook(reason_of(event)));
        if let Some(why) = hook.and_then(|hook| hook.hook_reason.as_deref())
            && !failure.reason.contains(why)
        {
            failure.reason = if event.reason.is_some() { format!("{}: {why}", failure.reason) } else { why.to_owned() };
        }
        failure
    }
}

/// The failed resources that each stack lists as the reason for its rollback or failure. This list decides which failure
/// came first, because events of different services have different clocks.
fn failed_resources_by_stack<'a>(operation: &[&'a StackEvent]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let is_failure = |status: &Status| {
        matches!(
            status,
            Status::RollbackInProgress
                | Status::UpdateRollbackInProgress
                | Status::CreateFailed
                | Status::UpdateFailed
                | Status::DeleteFailed
        )
    };
    let mut listed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for event in operation.iter().filter(|event| event.is_about_its_stack() && is_failure(&event.status)) {
        let names = reason::blamed(reason_of(event));
        if !names.is_empty() {
            listed.entry(&event.stack_id).or_default().extend(names);
        }
    }
    listed
}

fn key(event: &StackEvent) -> Key<'_> {
    (&event.stack_id, &event.logical_id)
}

fn reason_of(event: &StackEvent) -> &str {
    event.reason.as_deref().unwrap_or_default()
}

/// Whether the event is a hook's refusal, not only a warning.
fn is_hook_refusal(event: &StackEvent) -> bool {
    let is_refusal = matches!(event.hook_status, Some(Status::HookCompleteFailed | Status::HookFailed));
    is_refusal && event.hook_mode.as_deref() != Some("WARN")
}

/// The last failure of each resource, in the order of the first.
fn last_of_each<'a>(events: &[&'a StackEvent]) -> Vec<&'a StackEvent> {
    let mut found: Vec<&StackEvent> = Vec::new();
    for event in events {
        match found.iter_mut().find(|other| key(other) == key(event)) {
            Some(earlier) => *earlier = event,
            None => found.push(event),
        }
    }
    found
}
