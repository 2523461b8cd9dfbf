//! What CloudFormation does to a stack, step by step, in the order of its resources' dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use serde_json::Value;

use crate::stack::{Begun, Resource};
use crate::template;
use crate::world::World;

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Create,
    Update,
    /// Taken back to what it was.
    Restore,
    Delete,
    Import,
    /// Given back after an import that failed.
    Release,
}

/// What is done to a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Create,
    Update,
    Import,
    Cleanup,
    Rollback,
    UpdateRollback,
    ImportRollback,
    RollbackCleanup,
    Delete,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub phase: Phase,
    pub tasks: BTreeMap<String, Task>,
    pub token: Option<String>,
    pub id: String,
    /// Whether a failure is left as it is.
    pub keeps: bool,
    pub failed: Vec<String>,
    pub before: Before,
    /// Resources that were replaced, or are to go.
    pub leftovers: BTreeMap<String, Resource>,
}

/// The stack before the operation.
#[derive(Clone, Debug, Default)]
pub struct Before {
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub resources: BTreeMap<String, Resource>,
}

#[derive(Clone, Debug)]
pub struct Task {
    pub verb: Verb,
    pub needs: BTreeSet<String>,
    pub state: State,
    /// The resource as it is to be, or the one that goes.
    pub resource: Resource,
    pub replaces: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    Running {
        until: i64,
    },
    /// A nested stack is in progress.
    Nested {
        child: usize,
    },
    Done,
    Failed,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update | Self::Restore => "UPDATE",
            Self::Delete => "DELETE",
            Self::Import => "IMPORT",
            Self::Release => "IMPORT_ROLLBACK",
        }
    }

    fn cancelled(self) -> &'static str {
        if self == Self::Create { "Resource creation cancelled" } else { "Resource update cancelled" }
    }
}

impl Phase {
    /// In progress, done, failed.
    fn statuses(self) -> [&'static str; 3] {
        match self {
            Self::Create => ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_FAILED"],
            Self::Update => ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"],
            Self::Import => ["IMPORT_IN_PROGRESS", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_FAILED"],
            Self::Cleanup => ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"],
            Self::Rollback => ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"],
            Self::UpdateRollback => {
                ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]
            }
            Self::ImportRollback => {
                ["IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED"]
            }
            Self::RollbackCleanup => {
                ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
            }
            Self::Delete => ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "DELETE_FAILED"],
        }
    }

    /// Whether the first failure stops everything else.
    fn stops(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Import)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Import => "import",
            Self::Delete => "delete",
            Self::Rollback | Self::UpdateRollback | Self::ImportRollback => "rollback",
            Self::Cleanup | Self::RollbackCleanup => "cleanup",
        }
    }
}

impl Operation {
    /// One that is about to begin, with nothing to do yet.
    pub fn new(phase: Phase, id: String, token: Option<String>, before: Before) -> Self {
        Self {
            phase,
            tasks: BTreeMap::new(),
            token,
            id,
            keeps: false,
            failed: Vec::new(),
            before,
            leftovers: BTreeMap::new(),
        }
    }

    pub fn next_end(&self) -> Option<(i64, &String)> {
        let running = self.tasks.iter().filter_map(|(key, task)| match task.state {
            State::Running { until } => Some((until, key)),
            _ => None,
        });
        running.min()
    }

    /// A task that can start now.
    fn startable(&self) -> Option<String> {
        if self.phase.stops() && !self.failed.is_empty() {
            return None;
        }
        let is_done = |id: &String| self.tasks.get(id).is_none_or(|task| task.state == State::Done);
        let mut waiting = self.tasks.iter().filter(|(_, task)| task.state == State::Waiting);
        waiting.find(|(_, task)| task.needs.iter().all(is_done)).map(|(key, _)| key.clone())
    }

    fn is_at_work(&self) -> bool {
        self.tasks.values().any(|task| matches!(task.state, State::Running { .. } | State::Nested { .. }))
    }
}

impl World {
    /// Lets everything happen that has happened by now.
    pub fn advance(&mut self) {
        let now = self.clock.now();
        loop {
            let ends = self.stacks.iter().enumerate().filter_map(|(index, stack)| {
                let (at, key) = stack.operation.as_ref()?.next_end()?;
                Some((at, index, key.clone()))
            });
            let Some((at, stack, key)) = ends.min().filter(|(at, ..)| *at <= now) else {
                return;
            };
            let verb = self.task(stack, &key).verb;
            let failure = self.failure(&key, verb);
            self.settle(stack, &key, at, failure.as_deref());
        }
    }

    /// Begins an operation, or the next phase of one.
    pub fn begin(&mut self, stack: usize, at: i64, operation: Operation, reason: Option<&str>) {
        let phase = operation.phase;
        self.stacks[stack].tokens.extend(operation.token.clone());
        self.stacks[stack].begun.push(Begun { what: phase.name() });
        self.stacks[stack].operation = Some(operation);
        self.status(stack, at, phase.statuses()[0], reason);
        self.proceed(stack, at);
    }

    /// Starts what can start, and ends the phase when there is nothing left to do.
    fn proceed(&mut self, stack: usize, at: i64) {
        while let Some(key) = self.stacks[stack].operation.as_ref().and_then(Operation::startable) {
            self.start(stack, &key, at);
        }
        if self.stacks[stack].operation.as_ref().is_some_and(|operation| !operation.is_at_work()) {
            self.end_phase(stack, at);
        }
    }

    fn task(&mut self, stack: usize, key: &str) -> &mut Task {
        let operation = self.stacks[stack].operation.as_mut().expect("a task has an operation");
        operation.tasks.get_mut(key).expect("the key is a task's")
    }

    fn start(&mut self, stack: usize, key: &str, at: i64) {
        let Task { verb, mut resource, replaces, .. } = self.task(stack, key).clone();
        let kind = template::kind(&resource.definition).to_owned();
        let definition = &resource.definition;
        let stays = if replaces { template::keeps_old(definition) } else { template::is_retained(definition) };
        if verb == Verb::Delete && stays {
            self.tell(stack, at, (key, Some(resource.physical), &kind), "DELETE_SKIPPED", None);
            self.gone(stack, key);
            self.task(stack, key).state = State::Done;
            return;
        }
        let in_progress = format!("{}_IN_PROGRESS", verb.word());
        let old = self.stacks[stack].resources.get(key).cloned();
        let known = (verb != Verb::Create).then(|| old.as_ref().unwrap_or(&resource).physical.clone());
        let why = replaces
            .then_some("Requested update requires the creation of a new physical resource; hence creating one.");
        self.tell(stack, at, (key, known, &kind), &in_progress, why.filter(|_| verb == Verb::Update));
        let is_new = verb == Verb::Create || (verb == Verb::Update && replaces);
        if is_new && kind != NESTED {
            resource.physical = self.fresh(&format!("{}-{key}-", self.stacks[stack].name.clone()));
            let of = (key, Some(resource.physical.clone()), kind.as_str());
            self.tell(stack, at, of, &in_progress, Some("Resource creation Initiated"));
        }
        if !matches!(verb, Verb::Delete | Verb::Release) {
            if let Some(old) = old.filter(|old| old.physical != resource.physical) {
                self.operation(stack).leftovers.insert(key.to_owned(), old);
            }
            resource.status = in_progress;
            self.stacks[stack].resources.insert(key.to_owned(), resource.clone());
        }
        let until = at + self.duration(key);
        self.task(stack, key).state = State::Running { until };
        if kind == NESTED {
            self.start_nested(stack, key, at, verb, &resource);
        }
    }

    fn operation(&mut self, stack: usize) -> &mut Operation {
        self.stacks[stack].operation.as_mut().expect("an operation is in progress")
    }

    /// A resource that no longer belongs to the stack, unless another has taken its place.
    fn gone(&mut self, stack: usize, key: &str) {
        let physical = self.task(stack, key).resource.physical.clone();
        let resources = &mut self.stacks[stack].resources;
        if resources.get(key).is_some_and(|resource| resource.physical == physical) {
            resources.remove(key);
        }
    }

    /// A task is over, well or not.
    pub fn settle(&mut self, stack: usize, key: &str, at: i64, failure: Option<&str>) {
        let task = self.task(stack, key);
        task.state = if failure.is_some() { State::Failed } else { State::Done };
        let (verb, resource) = (task.verb, task.resource.clone());
        let kind = template::kind(&resource.definition).to_owned();
        let status = format!("{}_{}", verb.word(), if failure.is_some() { "FAILED" } else { "COMPLETE" });
        let now = self.stacks[stack].resources.get_mut(key);
        let physical = match now {
            Some(now) if !matches!(verb, Verb::Delete | Verb::Release) => {
                now.status.clone_from(&status);
                now.physical.clone()
            }
            _ => resource.physical,
        };
        self.tell(stack, at, (key, Some(physical), &kind), &status, failure);
        match failure {
            Some(_) => self.fail(stack, key, at),
            None if matches!(verb, Verb::Delete | Verb::Release) => self.gone(stack, key),
            None => {}
        }
        self.proceed(stack, at);
    }

    /// The first failure cancels what is still at work.
    fn fail(&mut self, stack: usize, key: &str, at: i64) {
        let operation = self.operation(stack);
        operation.failed.push(key.to_owned());
        if operation.phase.stops() {
            self.cancel(stack, at);
        }
    }

    /// Stops what is at work on the stack.
    pub fn cancel(&mut self, stack: usize, at: i64) {
        let operation = self.operation(stack);
        let running = operation.tasks.iter_mut().filter_map(|(key, task)| {
            let State::Running { .. } = task.state else { return None };
            task.state = State::Failed;
            Some((key.clone(), task.verb, template::kind(&task.resource.definition).to_owned()))
        });
        for (key, verb, kind) in running.collect::<Vec<_>>() {
            self.operation(stack).failed.push(key.clone());
            let physical = self.stacks[stack].resources.get(&key).map(|resource| resource.physical.clone());
            let status = format!("{}_FAILED", verb.word());
            self.tell(stack, at, (&key, physical, &kind), &status, Some(verb.cancelled()));
        }
    }

    fn end_phase(&mut self, stack: usize, at: i64) {
        let operation = self.stacks[stack].operation.clone().expect("a phase that ends was begun");
        let is_well = operation.failed.is_empty();
        match (operation.phase, is_well) {
            (Phase::Update, true) => self.clean_up(stack, at, operation, Phase::Cleanup),
            (Phase::UpdateRollback, true) => self.clean_up(stack, at, operation, Phase::RollbackCleanup),
            (phase @ (Phase::Create | Phase::Update | Phase::Import), false) if !operation.keeps => {
                let reason = format!("{}Rollback requested by user.", why(phase, &operation.failed));
                self.roll_back(stack, at, operation, Some(&reason));
            }
            (phase, true) => self.end(stack, at, phase.statuses()[1], None, operation),
            (Phase::Cleanup, false) => self.end(stack, at, "UPDATE_COMPLETE", None, operation),
            (Phase::RollbackCleanup, false) => self.end(stack, at, "UPDATE_ROLLBACK_COMPLETE", None, operation),
            (phase, false) => {
                let reason = why(phase, &operation.failed);
                self.end(stack, at, phase.statuses()[2], Some(&reason), operation);
            }
        }
    }

    /// The operation is over.
    fn end(&mut self, stack: usize, at: i64, status: &str, reason: Option<&str>, operation: Operation) {
        if status == "DELETE_COMPLETE" {
            self.stacks[stack].deleted = Some(at);
            self.stacks[stack].change_sets.clear();
        }
        self.status(stack, at, status, reason);
        self.stacks[stack].operation = None;
        self.stacks[stack].paused = Some(operation);
        self.tell_parent(stack, at, status);
    }

    /// Deletes what was replaced or removed. What fails here is left behind and forgotten.
    fn clean_up(&mut self, stack: usize, at: i64, mut operation: Operation, phase: Phase) {
        let wanted = template::resources(&self.stacks[stack].template);
        let mut tasks = BTreeMap::new();
        for (key, old) in mem::take(&mut operation.leftovers) {
            tasks.insert(key, deletion(old, true));
        }
        for (key, resource) in &self.stacks[stack].resources {
            if !wanted.contains_key(key) {
                tasks.insert(key.clone(), deletion(resource.clone(), false));
            }
        }
        self.begin(stack, at, Operation { phase, tasks, failed: Vec::new(), ..operation }, None);
    }

    /// Takes back what was done, from where it stopped.
    pub fn roll_back(&mut self, stack: usize, at: i64, mut operation: Operation, reason: Option<&str>) {
        let it = &mut self.stacks[stack];
        let all: BTreeSet<String> = it.resources.keys().cloned().collect();
        let (phase, tasks) = match operation.phase {
            Phase::Create | Phase::Rollback => (Phase::Rollback, deletions(&it.resources, &all)),
            Phase::Import | Phase::ImportRollback => {
                let imported = it.resources.iter().filter(|(key, _)| !operation.before.resources.contains_key(*key));
                let release = |(key, resource): (&String, &Resource)| {
                    (key.clone(), Task { verb: Verb::Release, ..deletion(resource.clone(), false) })
                };
                (Phase::ImportRollback, imported.map(release).collect())
            }
            _ => (Phase::UpdateRollback, restorations(&it.resources, &operation.before.resources)),
        };
        if phase != Phase::Rollback {
            let before = operation.before.clone();
            (it.template, it.parameters, it.tags) = (before.template, before.parameters, before.tags);
        }
        operation.tasks = tasks;
        operation.failed.clear();
        operation.id = self.fresh("operation-");
        self.begin(stack, at, Operation { phase, ..operation }, reason);
    }
}

/// The type of stacks in stacks.
pub const NESTED: &str = "AWS::CloudFormation::Stack";

/// A resource that goes. One that was replaced goes in spite of its deletion policy.
fn deletion(resource: Resource, replaces: bool) -> Task {
    Task { verb: Verb::Delete, needs: BTreeSet::new(), state: State::Waiting, resource, replaces }
}

/// Those that need others go first.
pub fn deletions(resources: &BTreeMap<String, Resource>, all: &BTreeSet<String>) -> BTreeMap<String, Task> {
    let mut tasks: BTreeMap<String, Task> =
        resources.iter().map(|(key, resource)| (key.clone(), deletion(resource.clone(), false))).collect();
    for (key, resource) in resources {
        for needed in template::needs(&resource.definition, all) {
            if let Some(task) = tasks.get_mut(&needed) {
                task.needs.insert(key.clone());
            }
        }
    }
    tasks
}

/// What has changed goes back to what it was; what is new goes away in the clean-up.
fn restorations(now: &BTreeMap<String, Resource>, before: &BTreeMap<String, Resource>) -> BTreeMap<String, Task> {
    let is_other = |key: &String, old: &Resource| {
        now.get(key).is_none_or(|new| {
            new.definition != old.definition || new.physical != old.physical || new.status.ends_with("_FAILED")
        })
    };
    let changed = before.iter().filter(|(key, old)| is_other(key, old));
    let task = |(key, old): (&String, &Resource)| {
        let (needs, resource) = (BTreeSet::new(), old.clone());
        (key.clone(), Task { verb: Verb::Restore, needs, state: State::Waiting, resource, replaces: false })
    };
    changed.map(task).collect()
}

/// AWS's sentence about resources that failed.
fn why(phase: Phase, failed: &[String]) -> String {
    let verb = match phase {
        Phase::Create => "create",
        Phase::Delete | Phase::Rollback => "delete",
        Phase::Import => "import",
        _ => "update",
    };
    format!("The following resource(s) failed to {verb}: [{}]. ", failed.join(", "))
}
