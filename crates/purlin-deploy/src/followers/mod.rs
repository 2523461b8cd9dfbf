//! Looks after what takes long while CloudFormation only says `IN_PROGRESS`: services whose tasks
//! stop, certificates that wait for DNS. What is seen is kept, as a rollback destroys it.
//!
//! A follower is a guest: it asks seldom, and what it cannot see it leaves out. None can fail a
//! deployment.

mod acm;
pub(crate) mod dns;
pub(crate) mod ecs;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use purlin_diagnosis::{StackEvent, Status};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use self::dns::Dns;
use crate::options::FailFast;
use crate::session::Session;

/// How long the end of a deployment waits for a last look.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// However fast time goes, an answer takes this long.
const SHORTEST_LAST_LOOK: Duration = Duration::from_millis(500);

/// What a follower saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Update {
    /// The resource in the template.
    pub(crate) logical_id: String,
    /// Such as `AWS::ECS::Service`.
    pub(crate) resource_type: String,
    /// A line or more for people.
    pub(crate) text: String,
    /// That it will not come to a good end.
    pub(crate) verdict: Option<Unrecoverable>,
}

/// Why waiting for a resource makes no sense. It is said once per resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unrecoverable {
    /// The reason, for people.
    pub(crate) reason: String,
}

/// Those who look after the resources of one deployment.
pub(crate) struct Followers {
    session: Session,
    template: Value,
    fail_fast: FailFast,
    dns: Option<Dns>,
    tasks: JoinSet<()>,
    runs: Vec<Run>,
    /// Stacks that take things back: nothing is unrecoverable there.
    backward: BTreeSet<String>,
    /// Hosted zones that this deployment made, by their id in the template.
    zones: BTreeMap<String, String>,
    said: UnboundedSender<Told>,
    heard: UnboundedReceiver<Told>,
}

/// One resource that is looked after, or was.
struct Run {
    stack_id: String,
    logical_id: String,
    resource_type: String,
    physical_id: String,
    is_backward: bool,
    facts: Vec<String>,
    follower: Follower,
}

enum Follower {
    Going { last_look: oneshot::Sender<()>, task: AbortHandle },
    LookingOnceMore(AbortHandle),
    Gone,
}

/// What a follower hands over.
struct Told {
    run: usize,
    text: String,
    facts: Vec<String>,
    verdict: Option<Unrecoverable>,
}

/// How a follower speaks, and hears that the end has come.
struct Post {
    run: usize,
    said: UnboundedSender<Told>,
    last_look: oneshot::Receiver<()>,
}

impl Followers {
    /// Follows nothing yet. `template` is the root stack's.
    pub(crate) fn new(session: &Session, template: &Value, fail_fast: FailFast) -> Self {
        let (said, heard) = unbounded_channel();
        Self {
            session: session.clone(),
            template: template.clone(),
            fail_fast,
            // What an emulator calls a domain is none in the public DNS.
            dns: if session.is_local() { None } else { Dns::of_this_machine() },
            tasks: JoinSet::new(),
            runs: Vec::new(),
            backward: BTreeSet::new(),
            zones: BTreeMap::new(),
            said,
            heard,
        }
    }

    /// The same, asking another name server.
    #[cfg(test)]
    fn asking(mut self, dns: Dns) -> Self {
        self.dns = Some(dns);
        self
    }

    /// Starts and ends following, as the story goes.
    pub(crate) fn see(&mut self, event: &StackEvent) {
        if event.is_about_its_stack() {
            if event.status.starts_rollback() {
                self.backward.insert(event.stack_id.clone());
            }
            return;
        }
        let Some(physical_id) = event.physical_id.as_ref().filter(|id| !id.is_empty()) else {
            return;
        };
        if event.resource_type == "AWS::Route53::HostedZone" {
            self.zones.insert(event.logical_id.clone(), physical_id.clone());
        }
        let is_followed = matches!(event.resource_type.as_str(), ecs::TYPE | acm::TYPE);
        match event.status {
            Status::CreateInProgress | Status::UpdateInProgress if is_followed => self.follow(event, physical_id),
            Status::CreateFailed | Status::UpdateFailed if is_followed => self.end(event, Run::look_once_more),
            _ if is_followed => self.end(event, Run::stop),
            _ => {}
        }
    }

    /// What is new; waits until there is something, for ever if need be. Dropping it loses nothing.
    pub(crate) async fn news(&mut self) -> Update {
        loop {
            let told = self.heard.recv().await.expect("this holds a sender itself");
            let run = &mut self.runs[told.run];
            run.facts = told.facts;
            // Nothing can be cancelled on the way back.
            let verdict = told.verdict.filter(|_| !run.is_backward);
            if !told.text.is_empty() || verdict.is_some() {
                return Update {
                    logical_id: run.logical_id.clone(),
                    resource_type: run.resource_type.clone(),
                    text: told.text,
                    verdict,
                };
            }
        }
    }

    /// Lets those whose resource failed look once more, but not for long. `facts` is complete then.
    pub(crate) async fn settle(&mut self) {
        let patience = self.session.clock().span(LAST_LOOK).max(SHORTEST_LAST_LOOK);
        let looking: Vec<AbortHandle> = self.runs.iter().filter_map(Run::looking).collect();
        let wait =
            async { while looking.iter().any(|task| !task.is_finished()) && self.tasks.join_next().await.is_some() {} };
        // What is not there in time is left out.
        let _ = timeout(patience, wait).await;
        while let Ok(told) = self.heard.try_recv() {
            self.runs[told.run].facts = told.facts;
        }
    }

    /// What was seen of a resource on the way to its failure, a line each; of the way back only
    /// where there is nothing else.
    pub(crate) fn facts(&self, logical_id: &str) -> Vec<String> {
        let seen = |is_backward: bool| -> Vec<String> {
            let mine = self.runs.iter().filter(|run| run.logical_id == logical_id && run.is_backward == is_backward);
            mine.flat_map(|run| run.facts.clone()).collect()
        };
        let forward = seen(false);
        if forward.is_empty() { seen(true) } else { forward }
    }

    fn follow(&mut self, event: &StackEvent, physical_id: &str) {
        let is_same = |run: &Run| run.is_of(event) && run.physical_id == physical_id && run.is_going();
        if self.runs.iter().any(is_same) {
            return;
        }
        // A replacement: what it replaces is none of our business any more.
        self.end(event, Run::stop);
        let (last_look, listening) = oneshot::channel();
        let post = Post { run: self.runs.len(), said: self.said.clone(), last_look: listening };
        let task = if event.resource_type == ecs::TYPE {
            self.tasks.spawn(ecs::follow(self.session.clone(), physical_id.to_owned(), self.fail_fast, post))
        } else {
            let zones = acm::zones_in(&self.template, &event.logical_id, &self.zones);
            self.tasks.spawn(acm::follow(self.session.clone(), physical_id.to_owned(), zones, self.dns.clone(), post))
        };
        self.runs.push(Run {
            stack_id: event.stack_id.clone(),
            logical_id: event.logical_id.clone(),
            resource_type: event.resource_type.clone(),
            physical_id: physical_id.to_owned(),
            is_backward: self.backward.contains(&event.stack_id),
            facts: Vec::new(),
            follower: Follower::Going { last_look, task },
        });
    }

    fn end(&mut self, event: &StackEvent, how: fn(&mut Run)) {
        self.runs.iter_mut().filter(|run| run.is_of(event)).for_each(how);
    }
}

impl Run {
    fn is_of(&self, event: &StackEvent) -> bool {
        self.stack_id == event.stack_id && self.logical_id == event.logical_id
    }

    fn is_going(&self) -> bool {
        matches!(self.follower, Follower::Going { .. })
    }

    fn looking(&self) -> Option<AbortHandle> {
        match &self.follower {
            Follower::LookingOnceMore(task) => Some(task.clone()),
            _ => None,
        }
    }

    fn stop(&mut self) {
        match std::mem::replace(&mut self.follower, Follower::Gone) {
            Follower::Going { task, .. } => task.abort(),
            looking => self.follower = looking,
        }
    }

    /// The resource failed: what there is to see is gone soon.
    fn look_once_more(&mut self) {
        match std::mem::replace(&mut self.follower, Follower::Gone) {
            Follower::Going { last_look, task } => {
                // A follower that has gone by itself hears nothing.
                let _ = last_look.send(());
                self.follower = Follower::LookingOnceMore(task);
            }
            other => self.follower = other,
        }
    }
}

impl Post {
    /// News, everything known by now, and perhaps that there is no hope.
    fn say(&self, text: String, facts: Vec<String>, verdict: Option<Unrecoverable>) {
        // The receiver may be gone: then the update is not needed.
        let _ = self.said.send(Told { run: self.run, text, facts, verdict });
    }

    /// Waits; false when there is only one more look to take.
    async fn pause(&mut self, wait: Duration) -> bool {
        tokio::select! {
            () = sleep(wait) => true,
            _ = &mut self.last_look => false,
        }
    }
}
