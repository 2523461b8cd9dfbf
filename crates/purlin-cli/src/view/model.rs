//! The state of the stacks that are deployed or deleted, updated by events. Times are milliseconds since 1970, given by the caller.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use purlin_deploy::{AssetStep, Event, Operation};
use purlin_diagnosis::{Change, StackEvent, Status};
use purlin_template::{Graph, Template};

use super::durations::{Durations, Usual, Work};
use super::path::Path;
use crate::patches::StackPatch;
use crate::text::harmless;

/// The most lines of a follower's report about a resource.
const NEWS_KEPT: usize = 5;

/// A stack that a command is about.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// The name in CloudFormation.
    pub(crate) name: String,
    /// The name for people.
    pub(crate) title: String,
    /// Its template, for the dependencies of resources.
    pub(crate) template: Option<Template>,
    /// The automatic patches in it.
    pub(crate) patches: Vec<StackPatch>,
}

impl Expected {
    /// A stack of which only the name is known.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), title: name.to_owned(), ..Self::default() }
    }
}

/// All stacks of a command.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) stacks: Vec<StackModel>,
    pub(crate) durations: Durations,
    /// Whether durations are those of AWS; those of an emulator are not shown.
    pub(crate) knows_times: bool,
}

/// One stack.
#[derive(Debug)]
pub(crate) struct StackModel {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) phase: Phase,
    /// The start of the work on it.
    pub(crate) since: i64,
    /// Resources in progress, by the stack that reports them and the logical id.
    pub(crate) busy: BTreeMap<(String, String), Busy>,
    pub(crate) path: Path,
    /// The share that is done, 0 to 1. It decreases only when a rollback begins.
    pub(crate) share: f64,
    /// Resources that are done, and all, as the engine counts them.
    pub(crate) count: (usize, usize),
    pub(crate) patches: Vec<StackPatch>,
    template: Option<Template>,
    /// The start of CloudFormation's operation.
    work_since: i64,
    /// The operation before a rollback.
    was: Option<Operation>,
    /// The lead of AWS's clock over this machine's, in milliseconds.
    ahead: i64,
    assets: BTreeSet<String>,
}

/// The phase of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not begun.
    Waiting,
    /// Before the operation of CloudFormation: the current step.
    Preparing(String),
    /// CloudFormation's operation is in progress.
    Working(Operation),
    /// CloudFormation's operation has ended; the last steps follow.
    Finishing,
    /// Done.
    Over,
}

/// A resource in progress.
#[derive(Debug)]
pub(crate) struct Busy {
    pub(crate) resource_type: String,
    pub(crate) work: Work,
    pub(crate) since: i64,
    pub(crate) usual: Usual,
    /// The report of its follower.
    pub(crate) news: Vec<String>,
}

impl Model {
    pub(crate) fn new(expected: Vec<Expected>, durations: Durations, knows_times: bool) -> Self {
        Self { stacks: expected.into_iter().map(StackModel::new).collect(), durations, knows_times }
    }

    /// Updates the state with an event.
    pub(crate) fn on_event(&mut self, stack: &str, event: &Event, now: i64) {
        let index = self.stacks.iter().position(|it| it.name == stack).unwrap_or_else(|| {
            self.stacks.push(StackModel::new(Expected::named(stack)));
            self.stacks.len() - 1
        });
        self.stacks[index].on_event(event, &mut self.durations, now);
    }

    /// Marks a stack as done, with or without success.
    pub(crate) fn end(&mut self, stack: &str) {
        if let Some(stack) = self.stacks.iter_mut().find(|it| it.name == stack) {
            stack.phase = Phase::Over;
            stack.busy.clear();
        }
    }

    pub(crate) fn stack(&self, name: &str) -> Option<&StackModel> {
        self.stacks.iter().find(|it| it.name == name)
    }

    /// Updates what depends on the time.
    pub(crate) fn tick(&mut self, now: i64) {
        for stack in &mut self.stacks {
            stack.tick(now);
        }
    }
}

impl StackModel {
    fn new(expected: Expected) -> Self {
        Self {
            name: expected.name,
            title: expected.title,
            phase: Phase::Waiting,
            since: 0,
            busy: BTreeMap::new(),
            path: Path::default(),
            share: 0.0,
            count: (0, 0),
            patches: expected.patches,
            template: expected.template,
            work_since: 0,
            was: None,
            ahead: 0,
            assets: BTreeSet::new(),
        }
    }

    /// Whether the stack is shown in the tree.
    pub(crate) fn is_under_way(&self) -> bool {
        !matches!(self.phase, Phase::Waiting | Phase::Over)
    }

    /// The time since the start of the work on it.
    pub(crate) fn elapsed(&self, now: i64) -> Duration {
        span(self.since, now)
    }

    /// The time that a resource has been in progress.
    pub(crate) fn busy_for(&self, busy: &Busy, now: i64) -> Duration {
        span(busy.since, now + self.ahead)
    }

    /// The time by AWS's clock.
    pub(crate) fn aws_time(&self, now: i64) -> i64 {
        now + self.ahead
    }

    fn on_event(&mut self, event: &Event, durations: &mut Durations, now: i64) {
        if self.phase == Phase::Waiting {
            self.since = now;
            self.phase = Phase::Preparing("reading the stack".to_owned());
        }
        match event {
            Event::Asset { name, step } => self.asset(name, step),
            Event::Planned { changes, .. } => self.planned(changes, durations),
            Event::Begun { operation, .. } => self.begin(*operation, durations, now),
            Event::Progress { event, done, total } => {
                self.count = (*done, *total);
                self.progress(event, durations, now);
            }
            Event::Followed { logical_id, news, .. } => self.news(logical_id, news),
            _ => {}
        }
    }

    fn asset(&mut self, name: &str, step: &AssetStep) {
        match step {
            AssetStep::Building | AssetStep::Uploading { .. } => self.assets.insert(name.to_owned()),
            AssetStep::Present | AssetStep::Published => self.assets.remove(name),
        };
        if let Phase::Preparing(what) = &mut self.phase {
            let names: Vec<&str> = self.assets.iter().map(String::as_str).collect();
            *what = if names.is_empty() { "planning".to_owned() } else { format!("publishing {}", names.join(", ")) };
        }
    }

    fn planned(&mut self, changes: &[Change], durations: &Durations) {
        self.path = Path::of_changes(changes, self.graph(), durations);
        self.phase = Phase::Preparing("ready".to_owned());
    }

    fn begin(&mut self, operation: Operation, durations: &Durations, now: i64) {
        if self.phase == Phase::Working(operation) {
            return;
        }
        if let Phase::Working(was) = self.phase {
            self.was = Some(was);
        }
        match operation {
            Operation::RollBack => {
                let is_creation = self.was == Some(Operation::Create);
                self.path = self.path.of_rollback(is_creation, self.graph(), durations);
            }
            Operation::Delete => {
                let resources = self.template.iter().flat_map(Template::resources);
                let resources = resources.map(|(id, it)| (id.as_str(), it.kind.as_str()));
                self.path = Path::of_deletion(resources, self.graph(), durations);
            }
            Operation::Create | Operation::Update | Operation::Import => {}
        }
        self.phase = Phase::Working(operation);
        self.share = 0.0;
        self.work_since = now;
    }

    fn progress(&mut self, event: &StackEvent, durations: &mut Durations, now: i64) {
        self.ahead = self.ahead.max(event.at - now);
        if event.is_about_its_stack() {
            if event.stack_name() == self.name {
                self.stack_progress(event, durations, now);
            }
            return;
        }
        if !matches!(self.phase, Phase::Working(_)) {
            self.begin(operation_of(&event.status).unwrap_or(Operation::Update), durations, now);
        }
        let Some(work) = Work::of_status(&event.status) else {
            return;
        };
        if event.status.is_busy() {
            self.resource_begins(event, work, durations);
        } else {
            self.resource_ends(event, work, durations);
        }
    }

    fn stack_progress(&mut self, event: &StackEvent, durations: &Durations, now: i64) {
        if event.status.is_busy() {
            if let Some(operation) = operation_of(&event.status) {
                self.begin(operation, durations, now);
            }
        } else if matches!(self.phase, Phase::Working(_)) {
            self.phase = Phase::Finishing;
            self.busy.clear();
        }
    }

    fn resource_begins(&mut self, event: &StackEvent, work: Work, durations: &Durations) {
        let usual = durations.usual(&event.resource_type, work);
        if event.stack_name() == self.name {
            self.path.begin(&event.logical_id, &event.resource_type, usual, self.is_cleanup(work), event.at);
        }
        let busy = Busy { resource_type: event.resource_type.clone(), work, since: event.at, usual, news: Vec::new() };
        let known = self.busy.entry(key(event)).or_insert(busy);
        if known.work != work {
            *known =
                Busy { resource_type: event.resource_type.clone(), work, since: event.at, usual, news: Vec::new() };
        }
    }

    fn resource_ends(&mut self, event: &StackEvent, work: Work, durations: &mut Durations) {
        if event.stack_name() == self.name {
            self.path.end(&event.logical_id, self.is_cleanup(work));
        }
        let Some(busy) = self.busy.remove(&key(event)) else {
            return;
        };
        let is_whole = event.status.is_complete() && busy.work == work;
        // A rollback can interrupt an operation, so its durations are not typical, except those of deletions.
        if is_whole && (self.phase != Phase::Working(Operation::RollBack) || work == Work::Delete) {
            durations.learn(&event.resource_type, work, span(busy.since, event.at), event.at);
        }
    }

    fn news(&mut self, logical_id: &str, news: &str) {
        let (name, id) = (self.name.clone(), logical_id.to_owned());
        if let Some(busy) = self.busy.get_mut(&(name, id)) {
            busy.news = news.lines().map(harmless).filter(|line| !line.trim().is_empty()).take(NEWS_KEPT).collect();
        }
    }

    fn tick(&mut self, now: i64) {
        if let Phase::Working(_) = self.phase {
            let left = self.path.left(now + self.ahead).middle.as_secs_f64();
            let elapsed = span(self.work_since, now).as_secs_f64();
            let share = if elapsed + left > 0.0 { elapsed / (elapsed + left) } else { 0.0 };
            self.share = self.share.max(share.min(0.99));
        }
    }

    /// Whether this deletes an old resource after an update.
    fn is_cleanup(&self, work: Work) -> bool {
        work == Work::Delete && matches!(self.phase, Phase::Working(Operation::Update | Operation::Import))
    }

    fn graph(&self) -> &Graph {
        static NONE: std::sync::LazyLock<Graph> = std::sync::LazyLock::new(Graph::default);
        self.template.as_ref().map_or(&NONE, Template::graph)
    }
}

fn key(event: &StackEvent) -> (String, String) {
    (event.stack_name().to_owned(), event.logical_id.clone())
}

/// The operation that a status of a stack or a resource belongs to.
fn operation_of(status: &Status) -> Option<Operation> {
    match status {
        Status::CreateInProgress | Status::ReviewInProgress => Some(Operation::Create),
        Status::UpdateInProgress => Some(Operation::Update),
        Status::ImportInProgress => Some(Operation::Import),
        Status::DeleteInProgress => Some(Operation::Delete),
        other => other.starts_rollback().then_some(Operation::RollBack),
    }
}

fn span(from: i64, to: i64) -> Duration {
    Duration::from_millis(u64::try_from(to - from).unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests;
