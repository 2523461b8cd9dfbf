//! Stacks, their resources, change sets and events, as CloudFormation keeps them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::operation::Operation;
use crate::template;

/// A stack, alive or gone.
#[derive(Clone, Debug)]
pub struct Stack {
    pub id: String,
    pub name: String,
    pub status: String,
    pub reason: Option<String>,
    pub created: i64,
    pub updated: Option<i64>,
    pub deleted: Option<i64>,
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub role: Option<String>,
    pub notifications: Vec<String>,
    pub is_protected: bool,
    pub policy: Option<String>,
    pub change_set: Option<String>,
    pub resources: BTreeMap<String, Resource>,
    pub change_sets: Vec<ChangeSet>,
    pub events: Vec<Event>,
    pub operation: Option<Operation>,
    /// The last operation, to be taken up again.
    pub paused: Option<Operation>,
    /// The parent stack and its resource, where this one is nested.
    pub parent: Option<(usize, String)>,
    /// Its earlier descriptions, for stale answers.
    pub history: Vec<Look>,
    /// The tokens of operations that were begun.
    pub tokens: BTreeSet<String>,
    pub begun: Vec<Begun>,
}

/// An operation that was begun on a stack.
#[derive(Clone, Debug)]
pub struct Begun {
    pub what: &'static str,
}

/// The description of a stack at a time.
#[derive(Clone, Debug)]
pub struct Look {
    pub since: i64,
    pub status: String,
    pub reason: Option<String>,
    pub updated: Option<i64>,
}

/// A resource that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub physical: String,
    pub definition: Value,
    pub status: String,
}

#[derive(Clone, Debug)]
pub struct ChangeSet {
    pub id: String,
    pub name: String,
    pub is_create: bool,
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub role: Option<String>,
    pub notifications: Vec<String>,
    pub imports: bool,
    pub token: Option<String>,
    /// When it is done being made.
    pub ready: i64,
    /// Why it fails, when it does.
    pub failure: Option<String>,
    pub changes: Vec<Change>,
    pub is_executed: bool,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub action: &'static str,
    pub logical: String,
    pub physical: Option<String>,
    pub definition: Value,
    pub properties: Vec<(String, Option<String>, Option<String>)>,
    pub replaces: bool,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub at: i64,
    /// When it is visible to callers.
    pub visible: i64,
    pub logical: String,
    pub physical: Option<String>,
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
    pub token: Option<String>,
    pub operation: Option<String>,
}

impl Stack {
    pub fn is_live(&self) -> bool {
        self.status != "DELETE_COMPLETE"
    }

    pub fn is_busy(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && self.status != "REVIEW_IN_PROGRESS"
    }

    /// Whether a change set may be made for it or executed on it.
    pub fn is_fit_for_update(&self) -> bool {
        matches!(
            self.status.as_str(),
            "CREATE_COMPLETE"
                | "UPDATE_COMPLETE"
                | "UPDATE_ROLLBACK_COMPLETE"
                | "IMPORT_COMPLETE"
                | "IMPORT_ROLLBACK_COMPLETE"
                | "CREATE_FAILED"
                | "UPDATE_FAILED"
        )
    }

    /// What `Ref` stands for: resources and parameters.
    pub fn names(&self) -> BTreeMap<String, String> {
        let resources = self.resources.iter().map(|(id, resource)| (id.clone(), resource.physical.clone()));
        self.parameters.clone().into_iter().chain(resources).collect()
    }

    pub fn outputs(&self) -> Vec<(String, String)> {
        if !self.status.ends_with("_COMPLETE") || self.status.starts_with("ROLLBACK") || !self.is_live() {
            return Vec::new();
        }
        let names = self.names();
        let outputs = self.template["Outputs"].as_object().into_iter().flatten();
        outputs.map(|(key, output)| (key.clone(), template::resolved(&output["Value"], &names))).collect()
    }

    /// How often an operation of a kind was begun.
    pub fn count(&self, what: &str) -> usize {
        self.begun.iter().filter(|begun| begun.what == what).count()
    }
}

impl ChangeSet {
    pub fn status(&self, now: i64) -> &'static str {
        match (now < self.ready, &self.failure) {
            (true, _) => "CREATE_IN_PROGRESS",
            (false, Some(_)) => "FAILED",
            (false, None) => "CREATE_COMPLETE",
        }
    }

    pub fn execution(&self, now: i64) -> &'static str {
        match self.status(now) {
            "CREATE_COMPLETE" if self.is_executed => "EXECUTE_COMPLETE",
            "CREATE_COMPLETE" => "AVAILABLE",
            _ => "UNAVAILABLE",
        }
    }
}

impl Stack {
    /// A stack that nothing has happened to.
    pub fn new(id: String, name: String, created: i64) -> Self {
        Self {
            id,
            name,
            status: String::new(),
            reason: None,
            created,
            updated: None,
            deleted: None,
            template: Value::Null,
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            role: None,
            notifications: Vec::new(),
            is_protected: false,
            policy: None,
            change_set: None,
            resources: BTreeMap::new(),
            change_sets: Vec::new(),
            events: Vec::new(),
            operation: None,
            paused: None,
            parent: None,
            history: Vec::new(),
            tokens: BTreeSet::new(),
            begun: Vec::new(),
        }
    }
}
