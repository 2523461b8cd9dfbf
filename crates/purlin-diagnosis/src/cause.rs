//! Finds the one failure that everything else came of.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnosis::{Diagnosis, Failure};
use crate::model::StackEvent;
use crate::operation::{self, Family};
use crate::reason;
use crate::status::Status;
use crate::templates::Templates;

/// A stack's ARN and a logical id in it.
type Key<'a> = (&'a str, &'a str);

pub(crate) fn find(events: &[StackEvent], templates: &Templates) -> Diagnosis {
    let events = operation::in_order(events);
    let family = Family::of(&events);
    let operation = operation::last_failed(&events, family.root());
    let mut news = News::of(&operation, &family);
    news.drop_echoes();
    news.drop_stacks_that_repeat();
    news.diagnose(templates)
}

/// The bad news of an operation, in the order of time.
struct News<'a> {
    family: &'a Family<'a>,
    /// What failed on the way, resources and stacks.
    failed: Vec<&'a StackEvent>,
    /// What failed while things were taken back, or cleared away after all was done.
    afterwards: Vec<&'a StackEvent>,
    cancelled: BTreeSet<Key<'a>>,
    /// Hooks that refused, by what they looked at.
    hooks: BTreeMap<Key<'a>, &'a StackEvent>,
    /// The first bad news of a stack, for want of anything better.
    about_a_stack: Option<&'a StackEvent>,
}

impl<'a> News<'a> {
    fn of(operation: &[&'a StackEvent], family: &'a Family<'a>) -> Self {
        let mut news = Self {
            family,
            failed: Vec::new(),
            afterwards: Vec::new(),
            cancelled: BTreeSet::new(),
            hooks: BTreeMap::new(),
            about_a_stack: None,
        };
        let blamed = blamed_on_the_way(operation);
        let mut turned: BTreeSet<&str> = BTreeSet::new();
        for event in operation {
            let has_turned = turned.iter().any(|stack| family.is_within(&event.stack_id, stack));
            let is_afterwards = match blamed.get(event.stack_id.as_str()) {
                Some(names) if names.contains(event.logical_id.as_str()) => has_turned && news.has_told_of(event),
                Some(_) if !event.is_about_its_stack() && !reason::is_cancellation(said(event)) => true,
                _ => has_turned,
            };
            news.sort_in(event, is_afterwards);
            let is_turn = event.status.starts_rollback() || event.status == Status::UpdateCompleteCleanupInProgress;
            if event.is_about_its_stack() && is_turn {
                turned.insert(event.stack_id.as_str());
            }
        }
        news
    }

    /// Whether the resource has failed or was cancelled already.
    fn has_told_of(&self, event: &StackEvent) -> bool {
        self.cancelled.contains(&key(event)) || self.failed.iter().any(|other| key(other) == key(event))
    }

    fn sort_in(&mut self, event: &'a StackEvent, is_afterwards: bool) {
        if refuses(event) {
            self.hooks.insert(key(event), event);
        }
        if event.is_about_its_stack() {
            self.sort_in_stack(event, is_afterwards);
            return;
        }
        if !event.status.failed() {
            return;
        }
        // Nothing is created while things are taken back: such news is only late.
        let is_afterwards = is_afterwards && event.status != Status::CreateFailed;
        match (reason::is_cancellation(said(event)), is_afterwards) {
            (true, false) => drop(self.cancelled.insert(key(event))),
            (true, true) => {}
            (false, true) => self.afterwards.push(event),
            (false, false) => self.failed.push(event),
        }
    }

    fn sort_in_stack(&mut self, event: &'a StackEvent, is_afterwards: bool) {
        let has_failed = event.status.failed();
        let is_bad = has_failed || event.status.starts_rollback() || event.is_refused_deletion();
        if !is_bad || said(event).is_empty() {
            return;
        }
        let says_more = !reason::own(said(event)).is_empty();
        if !is_afterwards {
            self.about_a_stack.get_or_insert(event);
        }
        match (says_more, is_afterwards) {
            (true, false) => self.failed.push(event),
            (true, true) if has_failed => self.afterwards.push(event),
            _ => {}
        }
    }

    /// A nested stack that failed because of something in it is no news, nor is one that stopped
    /// because everything in it was cancelled.
    fn drop_echoes(&mut self) {
        let family = self.family;
        let is_told_inside = |told: &[&StackEvent], event: &StackEvent| {
            let inside = |nested: &str| told.iter().any(|other| family.is_within(&other.stack_id, nested));
            operation::nested(event).is_some_and(inside)
        };
        let echoes = |told: &[&'a StackEvent]| -> BTreeSet<Key<'a>> {
            told.iter().filter(|event| is_told_inside(told, event)).map(|event| key(event)).collect()
        };
        let (of_failed, of_afterwards) = (echoes(&self.failed), echoes(&self.afterwards));
        self.failed.retain(|event| !of_failed.contains(&key(event)));
        self.afterwards.retain(|event| !of_afterwards.contains(&key(event)));
        let is_cancelled_inside = |event: &StackEvent| {
            let inside = |nested: &str| self.cancelled.iter().any(|(stack, _)| family.is_within(stack, nested));
            operation::nested(event).is_some_and(inside)
        };
        let stopped: Vec<Key<'a>> =
            self.failed.iter().filter(|event| is_cancelled_inside(event)).map(|event| key(event)).collect();
        self.failed.retain(|event| !stopped.contains(&key(event)));
        self.cancelled.extend(stopped);
    }

    /// A stack speaks for itself only when nothing in it does, and once.
    fn drop_stacks_that_repeat(&mut self) {
        let told = self.failed.clone();
        let family = self.family;
        let is_explained = |event: &StackEvent| {
            let inside = |other: &&StackEvent| family.is_within(&other.stack_id, &event.stack_id);
            told.iter().any(|other| key(other) != key(event) && inside(other))
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

    /// Whether one failure came of another: what is made needs what it refers to, and what is
    /// deleted has to wait for what refers to it.
    fn follows(&self, templates: &Templates, event: &'a StackEvent, other: &'a StackEvent) -> bool {
        let is_deletion = |event: &StackEvent| event.status == Status::DeleteFailed;
        match (is_deletion(event), is_deletion(other)) {
            (false, false) => templates.needs(&self.place(event), &self.place(other)),
            (true, true) => templates.needs(&self.place(other), &self.place(event)),
            _ => false,
        }
    }

    /// The logical ids that lead to a resource from the outermost stack, its own the last.
    fn place(&self, event: &'a StackEvent) -> Vec<&'a str> {
        let mut place = self.family.path(&event.stack_id);
        place.push(&event.logical_id);
        place
    }

    fn failure(&self, event: &'a StackEvent) -> Failure {
        let mut failure = Failure::of(event);
        failure.via = self.family.path(&event.stack_id).into_iter().map(str::to_owned).collect();
        let hook = self.hooks.get(&key(event)).filter(|_| refuses(event) || reason::hook(said(event)).is_some());
        failure.hook = hook.and_then(|hook| hook.hook.clone()).or_else(|| reason::hook(said(event)));
        if let Some(why) = hook.and_then(|hook| hook.hook_reason.as_deref())
            && !failure.reason.contains(why)
        {
            failure.reason = if event.reason.is_some() { format!("{}: {why}", failure.reason) } else { why.to_owned() };
        }
        failure
    }
}

/// The resources that each stack blames for its turning back, or for its stopping where it is: its
/// word counts, as the clocks that events are told by are not one.
fn blamed_on_the_way<'a>(operation: &[&'a StackEvent]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let is_on_the_way = |status: &Status| {
        matches!(
            status,
            Status::RollbackInProgress
                | Status::UpdateRollbackInProgress
                | Status::CreateFailed
                | Status::UpdateFailed
                | Status::DeleteFailed
        )
    };
    let mut blamed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for event in operation.iter().filter(|event| event.is_about_its_stack() && is_on_the_way(&event.status)) {
        let names = reason::blamed(said(event));
        if !names.is_empty() {
            blamed.entry(&event.stack_id).or_default().extend(names);
        }
    }
    blamed
}

fn key(event: &StackEvent) -> Key<'_> {
    (&event.stack_id, &event.logical_id)
}

fn said(event: &StackEvent) -> &str {
    event.reason.as_deref().unwrap_or_default()
}

/// Whether the event is a hook's refusal, and not a mere warning.
fn refuses(event: &StackEvent) -> bool {
    let is_refusal = matches!(event.hook_status, Some(Status::HookCompleteFailed | Status::HookFailed));
    is_refusal && event.hook_mode.as_deref() != Some("WARN")
}

/// Of each resource the last news, in the order of the first.
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
