//! Waits for CloudFormation by two polls: the result is what `DescribeStacks` reports of the stack's
//! ARN; the events only explain it. An error while reading events never fails a deployment.

mod reader;

use std::collections::BTreeSet;

use tokio::time::{Instant, sleep_until};

pub(crate) use self::reader::EventReader;
use purlin_diagnosis::{Diagnosis, Failure, FailureStatus, StackEvent, StackState, Status, stack_name};

use crate::clock::Clock;
use crate::cloudformation::{CloudFormation, PATIENCE};
use crate::error::DeployError;
use crate::event::{Event, EventSink, Interruption};
use crate::followers::{Followers, Unrecoverable, Update};
use crate::session::Session;

/// How often a stack may look as it was before anything was seen to begin. Answers lag behind, so
/// the first looks after an update has begun may show the end of the one before.
const STALE_LOOKS: u32 = 12;

/// How an operation ended, or following it.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The stack is in this state.
    In(Box<StackState>),
    /// The stack is gone.
    Gone,
    /// The user requested an interruption.
    Interrupted(Interruption),
    /// A follower found that a resource cannot become stable.
    Unrecoverable(Box<Failure>),
}

/// Follows one operation.
pub(crate) struct Watcher<'a> {
    pub(crate) reader: EventReader<'a>,
    cloud: CloudFormation,
    clock: Clock,
    sink: EventSink<'a>,
    followers: Option<Followers>,
    has_noted_expiry: bool,
    /// How many of the events the followers have received.
    seen: usize,
    /// The last interruption that the user requested.
    pub(crate) last_request: Option<Interruption>,
}

impl<'a> Watcher<'a> {
    pub(crate) fn new(session: &Session, reader: EventReader<'a>, sink: EventSink<'a>) -> Self {
        Self {
            reader,
            cloud: session.cloudformation(),
            clock: session.clock(),
            sink,
            followers: None,
            has_noted_expiry: false,
            seen: 0,
            last_request: None,
        }
    }

    /// With followers of resources that take long.
    pub(crate) fn with(mut self, followers: Followers) -> Self {
        self.followers = Some(followers);
        self
    }

    /// What was seen of the resources that failed, added to the diagnosis.
    pub(crate) async fn add_facts(&mut self, diagnosis: &mut Diagnosis) {
        let Some(followers) = &mut self.followers else { return };
        followers.settle().await;
        let failed: BTreeSet<String> = diagnosis.failures().map(|failure| failure.logical_id.clone()).collect();
        for id in failed {
            diagnosis.add_facts(&id, followers.facts(&id));
        }
    }

    /// Follows the operation until `is_end` accepts its status; `before` is the stack before it began.
    pub(crate) async fn until(
        &mut self,
        before: &StackState,
        is_end: impl Fn(&Status) -> bool,
    ) -> Result<Ended, DeployError> {
        let mut truth = self.clock.stack();
        let mut looks = 0;
        let mut patience = Instant::now() + self.clock.span(PATIENCE);
        let mut ask_truth = Instant::now();
        let mut ask_story = Instant::now();
        let mut has_ended = false;
        loop {
            let wish = self.sink.observer.next_interruption(self.sink.stack);
            tokio::select! {
                biased;
                wish = wish => {
                    self.last_request = Some(wish);
                    return Ok(Ended::Interrupted(wish));
                }
                news = news(&mut self.followers) => {
                    if let Some(unrecoverable) = self.handle(news) {
                        return Ok(Ended::Unrecoverable(Box::new(unrecoverable)));
                    }
                    continue;
                }
                () = sleep_until(ask_truth.min(ask_story)) => {}
            }
            if Instant::now() >= ask_story {
                ask_story = Instant::now() + self.reader.poll().await;
                self.show_followers();
                // The events are often earlier than the next poll of the stack.
                if !has_ended && self.reader.last_status().is_some_and(&is_end) {
                    has_ended = true;
                    ask_truth = Instant::now();
                }
            }
            if Instant::now() >= ask_truth {
                let wait = match self.cloud.stack_once(&before.id).await {
                    Ok(now) => {
                        looks += 1;
                        patience = Instant::now() + self.clock.span(PATIENCE);
                        if let Some(ended) = self.evaluate(now, before, &is_end, looks) {
                            self.read_last_events(&ended).await;
                            self.show_followers();
                            return Ok(ended);
                        }
                        truth.wait()
                    }
                    Err(error) => {
                        self.tolerate(&error, before, patience)?;
                        truth.slow_down()
                    }
                };
                ask_truth = Instant::now() + wait;
            }
        }
    }

    /// Waits for the remaining events, unless the user interrupts.
    async fn read_last_events(&mut self, ended: &Ended) {
        let status = match ended {
            Ended::In(state) => Some(&state.status),
            _ => None,
        };
        let impatience = self.sink.observer.next_interruption(self.sink.stack);
        tokio::select! {
            () = self.reader.read_to_end(status) => {}
            _ = impatience => {}
        }
    }

    /// Tolerates failed polls for a limited time. CloudFormation continues meanwhile, and
    /// polling resumes once the user has signed in again.
    fn tolerate(&mut self, error: &DeployError, before: &StackState, patience: Instant) -> Result<(), DeployError> {
        if error.is_expired() && !std::mem::replace(&mut self.has_noted_expiry, true) {
            self.sink.note(
                "the credentials have expired, so nothing is seen: sign in again within five minutes, for example \
                 with `aws sso login`; CloudFormation goes on",
            );
        }
        if (error.is_passing() || error.is_expired()) && Instant::now() < patience {
            return Ok(());
        }
        Err(DeployError::LostSight { stack: stack_name(&before.id).to_owned(), detail: error.to_string() })
    }

    fn show_followers(&mut self) {
        if let Some(followers) = &mut self.followers {
            self.reader.events()[self.seen..].iter().for_each(|event| followers.on_event(event));
        }
        self.seen = self.reader.events().len();
    }

    /// Sends the update of a follower; returns the failure of an unrecoverable resource.
    fn handle(&self, news: Update) -> Option<Failure> {
        let Update { logical_id, resource_type, text, verdict } = news;
        if !text.is_empty() {
            let (logical_id, resource_type) = (logical_id.clone(), resource_type.clone());
            self.sink.send(Event::Followed { logical_id, resource_type, news: text });
        }
        let Unrecoverable { reason } = verdict?;
        let stack = self.sink.stack.to_owned();
        let status = FailureStatus::Unrecoverable;
        Some(Failure { stack, logical_id, resource_type, status, reason, ..Failure::default() })
    }

    /// Evaluates one poll of the stack; `None` is to poll again.
    fn evaluate(
        &self,
        now: Option<StackState>,
        before: &StackState,
        is_end: &impl Fn(&Status) -> bool,
        looks: u32,
    ) -> Option<Ended> {
        let Some(state) = now else {
            // A stack just made may not be known everywhere yet.
            return (!self.reader.events().is_empty() || looks >= STALE_LOOKS).then_some(Ended::Gone);
        };
        let is_refused = !state.status.is_busy() && self.reader.events().iter().any(StackEvent::is_refused_deletion);
        if is_refused {
            return Some(Ended::In(Box::new(state)));
        }
        if !is_end(&state.status) {
            return None;
        }
        let is_news = state.status != before.status || state.updated_at != before.updated_at;
        let is_confirmed = self.reader.last_status() == Some(&state.status);
        let nobody_tells = self.reader.events().is_empty() && looks >= STALE_LOOKS;
        (is_news || is_confirmed || nobody_tells).then_some(Ended::In(Box::new(state)))
    }
}

/// The next update of a follower; pending forever without followers.
async fn news(followers: &mut Option<Followers>) -> Update {
    match followers {
        Some(followers) => followers.next_update().await,
        None => std::future::pending().await,
    }
}
