//! Waits for CloudFormation: the truth is what `DescribeStacks` says, the story what
//! `DescribeStackEvents` tells. Trouble with the story never fails a deployment.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudformation::Client;
use tokio::time::{Instant, sleep, timeout};

use crate::event::Voice;
use crate::model::{Change, StackEvent, StackState};
use crate::tempo::Pace;
use crate::{DeployError, Event, Session, calls};

/// How often AWS may fail to answer in a row before we stop asking.
const PATIENCE: u32 = 10;

/// How long AWS may take to tell the end of a story.
const LAST_WORDS: Duration = Duration::from_secs(15);

/// How often a stack may look finished before anything was seen to begin. Answers lag behind, so
/// the first look after an update has begun may show the end of the one before.
const STALE_LOOKS: u32 = 5;

/// The events of a stack and of those nested in it, each told once.
pub(crate) struct Story<'a> {
    client: Client,
    feeds: Vec<Feed>,
    told: Vec<StackEvent>,
    planned: BTreeSet<String>,
    done: BTreeSet<String>,
    total: usize,
    voice: Voice<'a>,
    pace: Pace,
}

/// The events of one stack.
struct Feed {
    stack_id: String,
    seen: BTreeSet<String>,
    /// Older events belong to an earlier operation.
    since: i64,
}

impl<'a> Story<'a> {
    /// Opens the book at the present: what the stack has told so far is an older story.
    pub(crate) async fn begin(session: &Session, stack_id: &str, voice: Voice<'a>) -> Self {
        let client = session.cloudformation();
        let newest = client.describe_stack_events().stack_name(stack_id).send().await;
        let (seen, since) = match newest {
            Ok(newest) => {
                let ids = newest.stack_events().iter().filter_map(|it| it.event_id()).map(str::to_owned);
                let at = newest.stack_events().first().and_then(|it| it.timestamp());
                (ids.collect(), at.map_or(0, calls::millis))
            }
            Err(_) => (BTreeSet::new(), a_while_ago()),
        };
        let feed = Feed { stack_id: stack_id.to_owned(), seen, since };
        Self {
            client: session.cloudformation_without_retries(),
            feeds: vec![feed],
            told: Vec::new(),
            planned: BTreeSet::new(),
            done: BTreeSet::new(),
            total: 0,
            voice,
            pace: session.tempo().story(),
        }
    }

    /// Says how much there is to do.
    pub(crate) fn expect(&mut self, changes: &[Change]) {
        self.planned = changes.iter().map(|change| change.logical_id.clone()).collect();
        self.total = self.planned.len();
    }

    /// Everything told, oldest first.
    pub(crate) fn told(&self) -> &[StackEvent] {
        &self.told
    }

    /// Tells what is new, and how long to wait before asking again.
    async fn go_on(&mut self) -> Duration {
        match self.ask().await {
            Ok(is_quiet) => {
                if !is_quiet {
                    self.pace.quicken();
                }
                self.pace.wait()
            }
            Err(_) => self.pace.back_off(),
        }
    }

    /// Tells the rest, so that the event that explains a failure is not missed.
    async fn finish(&mut self) {
        let asking = async {
            while self.ask().await.is_err_and(|error| error.is_passing()) {
                sleep(self.pace.back_off()).await;
            }
        };
        let _ = timeout(LAST_WORDS, asking).await;
    }

    /// Tells what is new; true when there is nothing.
    async fn ask(&mut self) -> Result<bool, DeployError> {
        let mut is_quiet = true;
        let mut index = 0;
        while index < self.feeds.len() {
            let feed = &self.feeds[index];
            let is_old = |event: &StackEvent| feed.seen.contains(&event.id) || event.at < feed.since;
            let mut fresh = calls::events_until(&self.client, &feed.stack_id, is_old).await?;
            // The API tells the newest first. Time stamps are not compared: many are the same.
            fresh.reverse();
            is_quiet &= fresh.is_empty();
            for event in fresh {
                self.tell(index, event);
            }
            index += 1;
        }
        Ok(is_quiet)
    }

    fn tell(&mut self, feed: usize, event: StackEvent) {
        self.feeds[feed].seen.insert(event.id.clone());
        if let Some(nested) = nested_stack(&event)
            && self.feeds.iter().all(|feed| feed.stack_id != nested)
        {
            self.feeds.push(Feed { stack_id: nested, seen: BTreeSet::new(), since: event.at });
        }
        let is_planned = feed == 0 && self.planned.contains(&event.logical_id);
        if is_planned && event.status.ends_with("_COMPLETE") {
            self.done.insert(event.logical_id.clone());
        }
        self.told.push(event.clone());
        self.voice.hear(Event::Progress { event, done: self.done.len(), total: self.total });
    }
}

/// Without AWS's own mark, this machine's clock has to do, with room for its being wrong.
fn a_while_ago() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX) - 60_000
}

/// The ARN of the nested stack that an event is about.
fn nested_stack(event: &StackEvent) -> Option<String> {
    let is_nested = event.resource_type == "AWS::CloudFormation::Stack" && !event.is_about_its_stack();
    event.physical_id.clone().filter(|id| is_nested && id.contains(":stack/"))
}

/// Follows an operation to its end and returns the stack as it is then; `None` is no stack at all.
/// `is_end` reads a status, `before` is the stack before the operation began.
pub(crate) async fn to_end(
    session: &Session,
    story: &mut Story<'_>,
    before: &StackState,
    is_end: impl Fn(&str) -> bool,
) -> Result<Option<StackState>, DeployError> {
    let client = session.cloudformation();
    let mut truth = session.tempo().truth();
    let mut stale_looks = 0;
    let mut troubles = 0;
    let mut ask_truth = Instant::now();
    let mut ask_story = Instant::now();
    loop {
        let now = Instant::now();
        if now >= ask_story {
            ask_story = now + story.go_on().await;
        }
        if now >= ask_truth {
            match calls::describe(&client, &before.id).await {
                Ok(None) => return Ok(None),
                Ok(Some(state)) => {
                    troubles = 0;
                    let has_begun = !story.told.is_empty() || state.updated_at != before.updated_at;
                    if is_end(&state.status)
                        && (has_begun || state.status != before.status || stale_looks >= STALE_LOOKS)
                    {
                        story.finish().await;
                        return Ok(Some(state));
                    }
                    stale_looks += 1;
                    ask_truth = Instant::now() + truth.wait();
                }
                Err(error) if error.is_passing() && troubles < PATIENCE => {
                    troubles += 1;
                    ask_truth = Instant::now() + truth.back_off();
                }
                Err(error) => return Err(lost(before, &error)),
            }
        }
        sleep(ask_truth.min(ask_story).saturating_duration_since(Instant::now())).await;
    }
}

fn lost(stack: &StackState, error: &DeployError) -> DeployError {
    DeployError::LostSight { stack: crate::model::stack_name(&stack.id).to_owned(), detail: error.to_string() }
}
