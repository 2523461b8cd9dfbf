//! Waits for CloudFormation by two clocks: the truth is what `DescribeStacks` says of the stack's
//! ARN, the story what its events tell. Trouble with the story never fails a deployment.

mod story;

use std::collections::BTreeSet;

use tokio::time::{Instant, sleep_until};

pub(crate) use self::story::Story;
use purlin_diagnosis::{Diagnosis, Failure, FailureStatus, StackEvent, StackState, Status, stack_name};

use crate::cloudformation::{CloudFormation, PATIENCE};
use crate::error::DeployError;
use crate::event::{Event, Interruption, Voice};
use crate::followers::{Followers, News, Unrecoverable};
use crate::session::Session;
use crate::tempo::Tempo;

/// How often a stack may look as it was before anything was seen to begin. Answers lag behind, so
/// the first looks after an update has begun may show the end of the one before.
const STALE_LOOKS: u32 = 12;

/// How an operation ended, or our watching it.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The stack is in this state.
    In(Box<StackState>),
    /// There is no such stack any more.
    Gone,
    /// The user wants something else.
    Interrupted(Interruption),
    /// Whoever looks after a resource sees that it comes to no good end.
    Unrecoverable(Box<Failure>),
}

/// Watches one operation.
pub(crate) struct Watch<'a> {
    pub(crate) story: Story<'a>,
    cloud: CloudFormation,
    tempo: Tempo,
    voice: Voice<'a>,
    followers: Option<Followers>,
    has_told_of_expiry: bool,
    /// How much of the story the followers have seen.
    seen: usize,
    /// The last thing the user wanted.
    pub(crate) heeded: Option<Interruption>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(session: &Session, story: Story<'a>, voice: Voice<'a>) -> Self {
        Self {
            story,
            cloud: session.cloudformation(),
            tempo: session.tempo(),
            voice,
            followers: None,
            has_told_of_expiry: false,
            seen: 0,
            heeded: None,
        }
    }

    /// With somebody who looks after what takes long.
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

    /// Follows the operation until `is_end` knows its status; `before` is the stack before it began.
    pub(crate) async fn until(
        &mut self,
        before: &StackState,
        is_end: impl Fn(&Status) -> bool,
    ) -> Result<Ended, DeployError> {
        let mut truth = self.tempo.truth();
        let mut looks = 0;
        let mut patience = Instant::now() + self.tempo.span(PATIENCE);
        let mut ask_truth = Instant::now();
        let mut ask_story = Instant::now();
        let mut has_told_its_end = false;
        loop {
            let wish = self.voice.observer.interrupts(self.voice.stack);
            tokio::select! {
                biased;
                wish = wish => {
                    self.heeded = Some(wish);
                    return Ok(Ended::Interrupted(wish));
                }
                news = news(&mut self.followers) => {
                    if let Some(unrecoverable) = self.hear(news) {
                        return Ok(Ended::Unrecoverable(Box::new(unrecoverable)));
                    }
                    continue;
                }
                () = sleep_until(ask_truth.min(ask_story)) => {}
            }
            if Instant::now() >= ask_story {
                ask_story = Instant::now() + self.story.go_on().await;
                self.show_followers();
                // The story is often quicker than the next look at the truth.
                if !has_told_its_end && self.story.last_status().is_some_and(&is_end) {
                    has_told_its_end = true;
                    ask_truth = Instant::now();
                }
            }
            if Instant::now() >= ask_truth {
                let wait = match self.cloud.stack_once(&before.id).await {
                    Ok(now) => {
                        looks += 1;
                        patience = Instant::now() + self.tempo.span(PATIENCE);
                        if let Some(ended) = self.reads(now, before, &is_end, looks) {
                            self.hear_out(&ended).await;
                            self.show_followers();
                            return Ok(ended);
                        }
                        truth.wait()
                    }
                    Err(error) => {
                        self.bear(&error, before, patience)?;
                        truth.back_off()
                    }
                };
                ask_truth = Instant::now() + wait;
            }
        }
    }

    /// Waits for the rest of the story, unless the user has no patience with it.
    async fn hear_out(&mut self, ended: &Ended) {
        let status = match ended {
            Ended::In(state) => Some(&state.status),
            _ => None,
        };
        let impatience = self.voice.observer.interrupts(self.voice.stack);
        tokio::select! {
            () = self.story.finish(status) => {}
            _ = impatience => {}
        }
    }

    /// Goes on without an answer, but not for ever. CloudFormation does not need us meanwhile, and
    /// whoever signs in again is taken up again.
    fn bear(&mut self, error: &DeployError, before: &StackState, patience: Instant) -> Result<(), DeployError> {
        if error.is_expired() && !std::mem::replace(&mut self.has_told_of_expiry, true) {
            self.voice.note(
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
            self.story.told()[self.seen..].iter().for_each(|event| followers.see(event));
        }
        self.seen = self.story.told().len();
    }

    /// Passes on what a follower saw; something when there is no hope.
    fn hear(&self, news: News) -> Option<Failure> {
        let News { logical_id, resource_type, text, verdict } = news;
        if !text.is_empty() {
            let (logical_id, resource_type) = (logical_id.clone(), resource_type.clone());
            self.voice.hear(Event::Followed { logical_id, resource_type, news: text });
        }
        let Unrecoverable { reason } = verdict?;
        let stack = self.voice.stack.to_owned();
        let status = FailureStatus::Unrecoverable;
        Some(Failure { stack, logical_id, resource_type, status, reason, ..Failure::default() })
    }

    /// Reads one look at the truth; `None` is to look again.
    fn reads(
        &self,
        now: Option<StackState>,
        before: &StackState,
        is_end: &impl Fn(&Status) -> bool,
        looks: u32,
    ) -> Option<Ended> {
        let Some(state) = now else {
            // A stack just made may not be known everywhere yet.
            return (!self.story.told().is_empty() || looks >= STALE_LOOKS).then_some(Ended::Gone);
        };
        let is_refused = !state.status.is_busy() && self.story.told().iter().any(StackEvent::is_refused_deletion);
        if is_refused {
            return Some(Ended::In(Box::new(state)));
        }
        if !is_end(&state.status) {
            return None;
        }
        let is_news = state.status != before.status || state.updated_at != before.updated_at;
        let is_confirmed = self.story.last_status() == Some(&state.status);
        let nobody_tells = self.story.told().is_empty() && looks >= STALE_LOOKS;
        (is_news || is_confirmed || nobody_tells).then_some(Ended::In(Box::new(state)))
    }
}

/// What a follower saw; for ever nothing where nobody follows.
async fn news(followers: &mut Option<Followers>) -> News {
    match followers {
        Some(followers) => followers.news().await,
        None => std::future::pending().await,
    }
}
