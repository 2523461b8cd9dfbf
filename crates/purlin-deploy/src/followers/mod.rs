//! Follows slow resources while CloudFormation only reports `IN_PROGRESS`: services whose tasks stop, certificates that
//! wait for DNS. Observations are kept, because a rollback deletes what was observed.
//!
//! A follower makes few requests and ignores what it may not read. A follower cannot fail a deployment.

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

/// Time limit of the last look at failed resources, at the end of a deployment.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Minimum of that limit, with any clock scale.
const MIN_LAST_LOOK: Duration = Duration::from_millis(500);

/// What a follower saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Update {
    /// The logical id of the resource.
    pub(crate) logical_id: String,
    /// Such as `AWS::ECS::Service`.
    pub(crate) resource_type: String,
    /// Lines for the user.
    pub(crate) text: String,
    /// Set if the resource cannot become stable.
    pub(crate) verdict: Option<Unrecoverable>,
}

/// The reason why a resource cannot become stable. Reported once per resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unrecoverable {
    /// The reason, for the user.
    pub(crate) reason: String,
}

/// The followers of one deployment's resources.
pub(crate) struct Followers {
    session: Session,
    template: Value,
    fail_fast: FailFast,
    dns: Option<Dns>,
    tasks: JoinSet<()>,
    runs: Vec<Run>,
    /// Stacks that roll back: nothing is unrecoverable there.
    rolling_back: BTreeSet<String>,
    /// Hosted zones that this deployment created, by logical id.
    zones: BTreeMap<String, String>,
    sender: UnboundedSender<Message>,
    receiver: UnboundedReceiver<Message>,
}

/// One resource that is or was followed.
struct Run {
    stack_id: String,
    logical_id: String,
    resource_type: String,
    physical_id: String,
    is_rollback: bool,
    facts: Vec<String>,
    follower: Follower,
}

enum Follower {
    Running { last_look: oneshot::Sender<()>, task: AbortHandle },
    LastLook(AbortHandle),
    Ended,
}

/// A message of a follower.
struct Message {
    run: usize,
    text: String,
    facts: Vec<String>,
    verdict: Option<Unrecoverable>,
}

/// A follower's channel to report, and to receive the request for a last look.
struct Reporter {
    run: usize,
    sender: UnboundedSender<Message>,
    last_look: oneshot::Receiver<()>,
}

impl Followers {
    /// Follows nothing yet. `template` is the root stack's.
    pub(crate) fn new(session: &Session, template: &Value, fail_fast: FailFast) -> Self {
        let (sender, receiver) = unbounded_channel();
        Self {
            session: session.clone(),
            template: template.clone(),
            fail_fast,
            // The domains of an emulator are not in public DNS.
            dns: if session.is_local() { None } else { Dns::of_this_machine() },
            tasks: JoinSet::new(),
            runs: Vec::new(),
            rolling_back: BTreeSet::new(),
            zones: BTreeMap::new(),
            sender,
            receiver,
        }
    }

    /// Uses another name server.
    #[cfg(test)]
    fn with_dns(mut self, dns: Dns) -> Self {
        self.dns = Some(dns);
        self
    }

    /// Starts or ends following a resource, by an event.
    pub(crate) fn on_event(&mut self, event: &StackEvent) {
        if event.is_about_its_stack() {
            if event.status.starts_rollback() {
                self.rolling_back.insert(event.stack_id.clone());
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

    /// Waits for the next update, without limit. The future can be dropped without losing updates.
    pub(crate) async fn next_update(&mut self) -> Update {
        loop {
            let message = self.receiver.recv().await.expect("`self.sender` keeps the channel open");
            let run = &mut self.runs[message.run];
            run.facts = message.facts;
            // A rollback cannot be cancelled.
            let verdict = message.verdict.filter(|_| !run.is_rollback);
            if !message.text.is_empty() || verdict.is_some() {
                return Update {
                    logical_id: run.logical_id.clone(),
                    resource_type: run.resource_type.clone(),
                    text: message.text,
                    verdict,
                };
            }
        }
    }

    /// Waits for the last looks at failed resources, with a time limit. `facts` is complete after it.
    pub(crate) async fn settle(&mut self) {
        let limit = self.session.clock().span(LAST_LOOK).max(MIN_LAST_LOOK);
        let looking: Vec<AbortHandle> = self.runs.iter().filter_map(Run::looking).collect();
        let wait =
            async { while looking.iter().any(|task| !task.is_finished()) && self.tasks.join_next().await.is_some() {} };
        // Later results are left out.
        let _ = timeout(limit, wait).await;
        while let Ok(message) = self.receiver.try_recv() {
            self.runs[message.run].facts = message.facts;
        }
    }

    /// The observations of a resource before its failure, one per line; those during the rollback only if there are no
    /// others.
    pub(crate) fn facts(&self, logical_id: &str) -> Vec<String> {
        let seen = |is_rollback: bool| -> Vec<String> {
            let of_resource =
                self.runs.iter().filter(|run| run.logical_id == logical_id && run.is_rollback == is_rollback);
            of_resource.flat_map(|run| run.facts.clone()).collect()
        };
        let forward = seen(false);
        if forward.is_empty() { seen(true) } else { forward }
    }

    fn follow(&mut self, event: &StackEvent, physical_id: &str) {
        let is_same = |run: &Run| run.is_of(event) && run.physical_id == physical_id && run.is_running();
        if self.runs.iter().any(is_same) {
            return;
        }
        // A replacement: the replaced resource is no longer followed.
        self.end(event, Run::stop);
        let (last_look, request) = oneshot::channel();
        let reporter = Reporter { run: self.runs.len(), sender: self.sender.clone(), last_look: request };
        let task = if event.resource_type == ecs::TYPE {
            self.tasks.spawn(ecs::follow(self.session.clone(), physical_id.to_owned(), self.fail_fast, reporter))
        } else {
            let zones = acm::zones_in(&self.template, &event.logical_id, &self.zones);
            self.tasks.spawn(acm::follow(
                self.session.clone(),
                physical_id.to_owned(),
                zones,
                self.dns.clone(),
                reporter,
            ))
        };
        self.runs.push(Run {
            stack_id: event.stack_id.clone(),
            logical_id: event.logical_id.clone(),
            resource_type: event.resource_type.clone(),
            physical_id: physical_id.to_owned(),
            is_rollback: self.rolling_back.contains(&event.stack_id),
            facts: Vec::new(),
            follower: Follower::Running { last_look, task },
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

    fn is_running(&self) -> bool {
        matches!(self.follower, Follower::Running { .. })
    }

    fn looking(&self) -> Option<AbortHandle> {
        match &self.follower {
            Follower::LastLook(task) => Some(task.clone()),
            _ => None,
        }
    }

    fn stop(&mut self) {
        match std::mem::replace(&mut self.follower, Follower::Ended) {
            Follower::Running { task, .. } => task.abort(),
            looking => self.follower = looking,
        }
    }

    /// Requests the last look at a failed resource, before the rollback.
    fn look_once_more(&mut self) {
        match std::mem::replace(&mut self.follower, Follower::Ended) {
            Follower::Running { last_look, task } => {
                // Fails if the follower has ended already.
                let _ = last_look.send(());
                self.follower = Follower::LastLook(task);
            }
            other => self.follower = other,
        }
    }
}

impl Reporter {
    /// Reports new text, all facts so far, and perhaps that the resource is unrecoverable.
    fn report(&self, text: String, facts: Vec<String>, verdict: Option<Unrecoverable>) {
        // Fails if the deployment has ended.
        let _ = self.sender.send(Message { run: self.run, text, facts, verdict });
    }

    /// Waits; returns false if the next look is the last one.
    async fn pause(&mut self, wait: Duration) -> bool {
        tokio::select! {
            () = sleep(wait) => true,
            _ = &mut self.last_look => false,
        }
    }
}
