//! Brings a stack into each of CloudFormation's statuses, by what leads there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::begin::Wanted;
use crate::operation::{Phase, Verb};
use crate::stack::{ChangeSet, Stack};
use crate::world::World;

/// Everything a stack can be in, by AWS's reference of `Stack.StackStatus`.
pub const STATUSES: [&str; 23] = [
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

/// A template of queues: a name, or `name=text` for one with a property.
pub fn queues(names: &[&str]) -> Value {
    let resource = |name: &&str| {
        let (name, text) = name.split_once('=').unwrap_or((name, ""));
        let properties = if text.is_empty() { json!({}) } else { json!({ "Text": text }) };
        (name.to_owned(), json!({"Type": "AWS::SQS::Queue", "Properties": properties}))
    };
    json!({"Resources": names.iter().map(resource).collect::<Map<_, _>>()})
}

impl World {
    /// Brings a new stack `Web` into a status, as another process would.
    pub fn bring_into(&mut self, status: &str) {
        if status == "REVIEW_IN_PROGRESS" {
            self.change_set_of_another();
            return;
        }
        let (before, failing) = way_to(status);
        // Long enough to be found in the middle of it.
        self.durations.insert("*".to_owned(), 200_000);
        for (logical, verb) in failing {
            self.fails(logical, *verb, "it is broken");
        }
        let id = self.arn("stack", "Web");
        let stack = Stack::new(id, "Web".to_owned(), self.clock.now());
        self.stacks.push(stack);
        let stack = self.stacks.len() - 1;
        for (phase, names, keeps) in before {
            let now = self.clock.now();
            if *phase == Phase::Delete {
                self.begin_delete(stack, now, Some("another".to_owned()), &[]);
            } else {
                let wanted =
                    Wanted { token: Some("another".to_owned()), keeps: *keeps, ..Wanted::of(queues(names), *phase) };
                self.begin_forward(stack, now, wanted);
            }
            if self.skip_to(stack, status) {
                break;
            }
        }
        assert_eq!(self.stacks[stack].status, status, "the way does not lead there");
        // Whatever was broken is mended by the time we come.
        self.failing.clear();
        self.durations.clear();
    }

    /// Lets time pass until a stack is in a status; false when it came to rest in another.
    pub fn skip_to(&mut self, stack: usize, status: &str) -> bool {
        while self.stacks[stack].status != status {
            let ends = self.stacks.iter().filter_map(|stack| Some(stack.operation.as_ref()?.next_end()?.0));
            let Some(end) = ends.min() else { return false };
            self.clock.shift((end - self.clock.now()).max(0));
            self.advance();
        }
        true
    }

    fn change_set_of_another(&mut self) {
        let id = self.arn("stack", "Web");
        let now = self.clock.now();
        let mut shell = Stack::new(id, "Web".to_owned(), now);
        shell.change_sets.push(ChangeSet {
            id: self.arn("changeSet", "theirs"),
            name: "theirs".to_owned(),
            is_create: true,
            template: queues(&["X"]),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            role: None,
            notifications: Vec::new(),
            imports: false,
            token: None,
            ready: now,
            failure: None,
            changes: Vec::new(),
            is_executed: false,
        });
        self.stacks.push(shell);
        self.status(self.stacks.len() - 1, now, "REVIEW_IN_PROGRESS", Some("User Initiated"));
    }
}

/// An operation in progress: its kind, its queues, and whether it keeps failures.
type Leg = (Phase, &'static [&'static str], bool);

/// The operations that lead to a status, and what is broken on the way.
fn way_to(status: &str) -> (&'static [Leg], &'static [(&'static str, Verb)]) {
    const CREATE: Leg = (Phase::Create, &["A", "B"], false);
    const UPDATE: Leg = (Phase::Update, &["A=1", "C"], false);
    const IMPORT: Leg = (Phase::Import, &["A", "B", "I"], false);
    const DELETE: Leg = (Phase::Delete, &[], false);
    match status {
        "CREATE_IN_PROGRESS" | "CREATE_COMPLETE" => (&[CREATE], &[]),
        "CREATE_FAILED" => (&[(Phase::Create, &["A", "B"], true)], &[("B", Verb::Create)]),
        "ROLLBACK_IN_PROGRESS" | "ROLLBACK_COMPLETE" => (&[CREATE], &[("B", Verb::Create)]),
        "ROLLBACK_FAILED" => (&[CREATE], &[("B", Verb::Create), ("A", Verb::Delete)]),
        "DELETE_IN_PROGRESS" | "DELETE_COMPLETE" => (&[CREATE, DELETE], &[]),
        "DELETE_FAILED" => (&[CREATE, DELETE], &[("A", Verb::Delete)]),
        "UPDATE_IN_PROGRESS" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" | "UPDATE_COMPLETE" => (&[CREATE, UPDATE], &[]),
        "UPDATE_FAILED" => (&[CREATE, (Phase::Update, &["A=1", "C"], true)], &[("C", Verb::Create)]),
        "UPDATE_ROLLBACK_FAILED" => (&[CREATE, UPDATE], &[("C", Verb::Create), ("A", Verb::Restore)]),
        "UPDATE_ROLLBACK_IN_PROGRESS" | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" | "UPDATE_ROLLBACK_COMPLETE" => {
            (&[CREATE, UPDATE], &[("C", Verb::Create)])
        }
        "IMPORT_IN_PROGRESS" | "IMPORT_COMPLETE" => (&[CREATE, IMPORT], &[]),
        "IMPORT_ROLLBACK_IN_PROGRESS" | "IMPORT_ROLLBACK_COMPLETE" => (&[CREATE, IMPORT], &[("I", Verb::Import)]),
        "IMPORT_ROLLBACK_FAILED" => (&[CREATE, IMPORT], &[("I", Verb::Import), ("I", Verb::Release)]),
        other => panic!("`{other}` is no status of CloudFormation's"),
    }
}

#[test]
fn every_status_can_be_reached() {
    for status in STATUSES {
        World::new().bring_into(status);
    }
}
