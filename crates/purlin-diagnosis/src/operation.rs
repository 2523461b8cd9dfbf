//! Sorts events, and finds the failed operation and the nested stacks in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::StackEvent;
use crate::status::Status;

/// All events without duplicates, in the order of time. Events with the same time keep their order.
pub fn in_order(events: &[StackEvent]) -> Vec<&StackEvent> {
    let mut seen = BTreeSet::new();
    let mut events: Vec<&StackEvent> = events.iter().collect();
    // All events of a hook have the same id.
    events.retain(|event| {
        event.id.is_empty() || seen.insert((&event.stack_id, &event.id, event.hook_status.as_ref().map(Status::as_str)))
    });
    events.sort_by_key(|event| event.at);
    events
}

/// The events of the last failed operation, or of the last operation if none failed. A rollback belongs to the operation
/// that it rolls back.
pub fn last_failed<'a>(events: &[&'a StackEvent], root: &str) -> Vec<&'a StackEvent> {
    let mut operations: Vec<Vec<&StackEvent>> = vec![Vec::new()];
    for event in events {
        if is_of(event, root) && is_beginning(&event.status) {
            operations.push(Vec::new());
        }
        operations.last_mut().expect("the list starts with one operation").push(event);
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

/// Whether an operation starts with this status of a stack.
pub fn is_beginning(status: &Status) -> bool {
    status.starts_operation() || *status == Status::ReviewInProgress
}

/// The tree of nested stacks, as far as events contain it.
pub struct NestedStacks<'a> {
    /// By the ARN of the nested stack: the ARN of its parent stack, and its logical id there.
    parent: BTreeMap<&'a str, (&'a str, &'a str)>,
    root: &'a str,
}

impl<'a> NestedStacks<'a> {
    /// Builds the tree from events of nested stacks.
    pub fn of(events: &[&'a StackEvent]) -> Self {
        let mut parent = BTreeMap::new();
        for event in events {
            if let Some(nested) = nested(event) {
                parent.insert(nested, (event.stack_id.as_str(), event.logical_id.as_str()));
            }
        }
        let mut nesting = Self { parent, root: "" };
        let of_stacks = events.iter().filter(|event| event.is_about_its_stack());
        let first = of_stacks.chain(events).next().map(|event| event.stack_id.as_str());
        nesting.root = first.map(|stack| nesting.outermost(stack)).unwrap_or_default();
        nesting
    }

    /// The outermost stack.
    pub fn root(&self) -> &'a str {
        self.root
    }

    /// The logical ids that lead from the outermost stack to this one.
    pub fn path(&self, stack: &str) -> Vec<&'a str> {
        let mut path: Vec<&str> = self.chain(stack).map(|(_, logical_id)| logical_id).collect();
        path.reverse();
        path
    }

    /// Whether a stack is `outer` itself or nested in it.
    pub fn is_within(&self, stack: &str, outer: &str) -> bool {
        stack == outer || self.chain(stack).any(|(parent, _)| parent == outer)
    }

    fn outermost(&self, stack: &'a str) -> &'a str {
        self.chain(stack).last().map_or(stack, |(parent, _)| parent)
    }

    fn chain(&self, stack: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let first = self.parent.get(stack).copied();
        // The limit ends a circle, if events have a stack nested in itself.
        std::iter::successors(first, |(parent, _)| self.parent.get(parent).copied()).take(32)
    }
}

/// The ARN of the nested stack that an event of its parent stack is about.
pub fn nested(event: &StackEvent) -> Option<&str> {
    let is_nested = event.resource_type == "AWS::CloudFormation::Stack" && !event.is_about_its_stack();
    event.physical_id.as_deref().filter(|id| is_nested && !id.is_empty())
}
