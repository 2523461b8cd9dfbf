//! Puts a story in order, and finds in it the operation that failed and which stack is nested where.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::StackEvent;
use crate::status::Status;

/// Every event once, in the order of time. Where times are the same, as those of AWS often are, the
/// order of the telling counts.
pub fn in_order(events: &[StackEvent]) -> Vec<&StackEvent> {
    let mut seen = BTreeSet::new();
    let mut events: Vec<&StackEvent> = events.iter().collect();
    // The events of a hook share an id, from its beginning to its verdict.
    events.retain(|event| {
        event.id.is_empty() || seen.insert((&event.stack_id, &event.id, event.hook_status.as_ref().map(Status::as_str)))
    });
    events.sort_by_key(|event| event.at);
    events
}

/// The events of the last operation that failed; of the last one, where none did. A rollback
/// belongs to the operation it takes back.
pub fn last_failed<'a>(events: &[&'a StackEvent], root: &str) -> Vec<&'a StackEvent> {
    let mut operations: Vec<Vec<&StackEvent>> = vec![Vec::new()];
    for event in events {
        if is_of(event, root) && is_beginning(&event.status) {
            operations.push(Vec::new());
        }
        operations.last_mut().expect("there is one from the start").push(event);
    }
    let last = operations.len() - 1;
    let failed = operations.iter().rposition(|operation| has_failed(operation, root));
    operations.swap_remove(failed.unwrap_or(last))
}

fn has_failed(operation: &[&StackEvent], root: &str) -> bool {
    let of_root = || operation.iter().filter(|event| is_of(event, root));
    let is_done = |status: &Status| status.is_complete() || status.is_cleanup();
    of_root().any(|event| event.status.went_wrong() || event.is_refused_deletion())
        || (!of_root().any(|event| is_done(&event.status)) && operation.iter().any(|event| event.status.failed()))
}

fn is_of(event: &StackEvent, stack: &str) -> bool {
    event.stack_id == stack && event.is_about_its_stack()
}

/// Whether a stack's status begins an operation.
pub fn is_beginning(status: &Status) -> bool {
    status.starts_operation() || *status == Status::ReviewInProgress
}

/// Which stack is nested where, as far as the events tell.
pub struct Family<'a> {
    /// By the ARN of the nested stack: the ARN of the one around it, and the logical id in there.
    around: BTreeMap<&'a str, (&'a str, &'a str)>,
    root: &'a str,
}

impl<'a> Family<'a> {
    /// As far as these events name nested stacks.
    pub fn of(events: &[&'a StackEvent]) -> Self {
        let mut around = BTreeMap::new();
        for event in events {
            if let Some(nested) = nested(event) {
                around.insert(nested, (event.stack_id.as_str(), event.logical_id.as_str()));
            }
        }
        let mut family = Self { around, root: "" };
        let speakers = events.iter().filter(|event| event.is_about_its_stack());
        let first = speakers.chain(events).next().map(|event| event.stack_id.as_str());
        family.root = first.map(|stack| family.outermost(stack)).unwrap_or_default();
        family
    }

    /// The stack that everything else is nested in.
    pub fn root(&self) -> &'a str {
        self.root
    }

    /// The logical ids that lead from the outermost stack to this one.
    pub fn path(&self, stack: &str) -> Vec<&'a str> {
        let mut path: Vec<&str> = self.chain(stack).map(|(_, logical_id)| logical_id).collect();
        path.reverse();
        path
    }

    /// Whether a stack is another one or nested in it.
    pub fn is_within(&self, stack: &str, outer: &str) -> bool {
        stack == outer || self.chain(stack).any(|(around, _)| around == outer)
    }

    fn outermost(&self, stack: &'a str) -> &'a str {
        self.chain(stack).last().map_or(stack, |(around, _)| around)
    }

    fn chain(&self, stack: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let first = self.around.get(stack).copied();
        // Stacks nest a few levels deep; the bound is for events that nest a stack in itself.
        std::iter::successors(first, |(around, _)| self.around.get(around).copied()).take(32)
    }
}

/// The ARN of the nested stack that an event is about, seen from the stack around it.
pub fn nested(event: &StackEvent) -> Option<&str> {
    let is_nested = event.resource_type == "AWS::CloudFormation::Stack" && !event.is_about_its_stack();
    event.physical_id.as_deref().filter(|id| is_nested && !id.is_empty())
}
