//! Waits for CloudFormation: the truth is what `DescribeStacks` says, the story what
//! `DescribeStackEvents` tells. Trouble with the story never fails a deployment.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_cloudformation::Client;
use tokio::time::{Instant, sleep, timeout};

use crate::model::{Change, StackEvent, StackState};
use crate::pace::{Pace, Paces};
use crate::{DeployError, Event, Observer, stack_calls};

/// How often AWS may fail to answer in a row before we stop asking.
const PATIENCE: u32 = 10;

/// How often a stack may look finished before anything was seen to begin. Answers lag behind, so
/// the first look after an update has begun may show the end of the one before.
const STALE_LOOKS: u32 = 5;

/// The events of a stack and of those nested in it, each told once.
pub(crate) struct Story<'a> {
    client: &'a Client,
    feeds: Vec<Feed>,
    told: Vec<StackEvent>,
    planned: BTreeSet<String>,
    done: BTreeSet<String>,
    total: usize,
    observer: &'a dyn Observer,
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
    pub(crate) async fn begin(client: &'a Client, paces: Paces, stack_id: &str, observer: &'a dyn Observer) -> Self {
        let mut seen = BTreeSet::new();
        let mut since = 0;
        let newest = client.describe_stack_events().stack_name(stack_id).send().await;
        if let Ok(newest) = newest {
            seen.extend(newest.stack_events().iter().filter_map(|it| it.event_id()).map(str::to_owned));
            let at = newest.stack_events().first().and_then(|it| it.timestamp());
            since = at.map_or(0, aws_sdk_cloudformation::primitives::DateTime::secs);
        }
        let feed = Feed { stack_id: stack_id.to_owned(), seen, since };
        Self {
            client,
            feeds: vec![feed],
            told: Vec::new(),
            planned: BTreeSet::new(),
            done: BTreeSet::new(),
            total: 0,
            observer,
            pace: paces.story(),
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
        let mut is_quiet = true;
        let mut index = 0;
        while index < self.feeds.len() {
            let feed = &self.feeds[index];
            let is_old = |event: &StackEvent| feed.seen.contains(&event.id) || event.at < feed.since;
            let Ok(mut fresh) = stack_calls::events_until(self.client, &feed.stack_id, is_old).await else {
                return self.pace.back_off();
            };
            // The API tells the newest first. Time stamps are not compared: many are the same.
            fresh.reverse();
            is_quiet &= fresh.is_empty();
            for event in fresh {
                self.tell(index, event);
            }
            index += 1;
        }
        if !is_quiet {
            self.pace.quicken();
        }
        self.pace.wait()
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
        self.observer.hear(Event::Progress { event, done: self.done.len(), total: self.total });
    }
}

/// The ARN of the nested stack that an event is about.
fn nested_stack(event: &StackEvent) -> Option<String> {
    let is_nested = event.resource_type == "AWS::CloudFormation::Stack" && !event.is_about_its_stack();
    event.physical_id.clone().filter(|id| is_nested && id.contains(":stack/"))
}

/// Follows an operation to its end and returns the stack as it is then; `None` is no stack at all.
/// `is_end` reads a status, `before` is the stack before the operation began.
pub(crate) async fn to_end(
    story: &mut Story<'_>,
    paces: Paces,
    before: &StackState,
    is_end: impl Fn(&str) -> bool,
) -> Result<Option<StackState>, DeployError> {
    let mut truth = paces.truth();
    let mut stale_looks = 0;
    let mut troubles = 0;
    let mut ask_truth = Instant::now();
    let mut ask_story = Instant::now();
    let client = story.client;
    loop {
        let now = Instant::now();
        if now >= ask_story {
            ask_story = now + story.go_on().await;
        }
        if now >= ask_truth {
            match stack_calls::describe(client, &before.id).await {
                Ok(None) => return Ok(None),
                Ok(Some(state)) => {
                    troubles = 0;
                    let has_begun = !story.told.is_empty() || state.updated_at != before.updated_at;
                    if is_end(&state.status)
                        && (has_begun || state.status != before.status || stale_looks >= STALE_LOOKS)
                    {
                        let _ = timeout(Duration::from_secs(15), story.go_on()).await;
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
