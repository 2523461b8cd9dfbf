//! Reads the events of a stack and of those nested in it, each once.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use purlin_diagnosis::{Change, StackEvent, Status, blamed};
use tokio::time::{Instant, sleep};

use crate::clock::{Backoff, Clock};
use crate::cloudformation::{CloudFormation, PATIENCE};
use crate::error::DeployError;
use crate::event::{Event, EventSink};

/// How long the last events of an operation may be late, and those of one that went wrong.
const LAST_EVENTS: Duration = Duration::from_secs(15);
const LAST_EVENTS_OF_A_FAILURE: Duration = Duration::from_mins(1);

/// How far AWS's clocks may be apart, and how far they usually are.
const SKEW: i64 = 5_000;
const JITTER: i64 = 1_000;

/// The events of one operation.
pub(crate) struct EventReader<'a> {
    cloud: CloudFormation,
    clock: Clock,
    feeds: Vec<Feed>,
    events: Vec<StackEvent>,
    planned: BTreeSet<String>,
    done: BTreeSet<String>,
    total: usize,
    sink: EventSink<'a>,
    backoff: Backoff,
    /// What the operation is called, where we began it.
    token: Option<String>,
}

/// How far back a look at the events goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the first that is known.
    Update,
    /// To the beginning of the operation.
    Everything,
}

impl Reach {
    /// How long a page is asked for: new events are polled again anyway.
    fn patience(self) -> Duration {
        if self == Self::Update { Duration::ZERO } else { Duration::from_secs(10) }
    }
}

/// The events of one stack.
struct Feed {
    stack_id: String,
    seen: BTreeSet<String>,
    /// Older events belong to an earlier operation.
    since: i64,
}

impl<'a> EventReader<'a> {
    /// Reads events from a time of AWS's clock on.
    pub(crate) fn since(cloud: CloudFormation, clock: Clock, stack_id: &str, since: i64, sink: EventSink<'a>) -> Self {
        let feed = Feed { stack_id: stack_id.to_owned(), seen: BTreeSet::new(), since };
        Self {
            cloud,
            clock,
            feeds: vec![feed],
            events: Vec::new(),
            planned: BTreeSet::new(),
            done: BTreeSet::new(),
            total: 0,
            sink,
            backoff: clock.events(),
            token: None,
        }
    }

    /// Reads events from now on: earlier events belong to earlier operations.
    pub(crate) async fn now(cloud: CloudFormation, clock: Clock, stack_id: &str, sink: EventSink<'a>) -> Self {
        let newest = cloud.newest_events(stack_id).await;
        let since = newest.first().map_or_else(a_while_ago, |event| event.at);
        let mut reader = Self::since(cloud, clock, stack_id, since, sink);
        reader.feeds[0].seen = newest.into_iter().map(|event| event.id).collect();
        reader
    }

    /// Events with this token belong to the operation, whatever their time.
    pub(crate) fn of(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Says how much there is to do.
    pub(crate) fn expect(&mut self, changes: &[Change]) {
        self.planned = changes.iter().map(|change| change.logical_id.clone()).collect();
        self.total = self.planned.len();
    }

    /// All events of the operation, oldest first.
    pub(crate) fn events(&self) -> &[StackEvent] {
        &self.events
    }

    /// The last status in the stack's own events, by AWS's clock: some events are late.
    pub(crate) fn last_status(&self) -> Option<&Status> {
        self.own_events().max_by_key(|event| event.at).map(|event| &event.status)
    }

    /// The stack's own events.
    fn own_events(&self) -> impl Iterator<Item = &StackEvent> {
        let stack = &self.feeds[0].stack_id;
        self.events.iter().filter(move |event| event.is_about_its_stack() && event.stack_id == *stack)
    }

    /// Sends new events, and returns the wait before the next poll.
    pub(super) async fn poll(&mut self) -> Duration {
        match self.ask(Reach::Update).await {
            Ok(is_quiet) => {
                if !is_quiet {
                    self.backoff.reset();
                }
                self.backoff.wait()
            }
            Err(_) => self.backoff.slow_down(),
        }
    }

    /// Sends the remaining events, so that the event that explains a failure is not missed: some events
    /// are late, behind known ones. The stack is in `status`; `None` when it is gone.
    pub(super) async fn read_to_end(&mut self, status: Option<&Status>) {
        let went_wrong = status.is_some_and(Status::went_wrong);
        let (unanswered, unexplained) =
            if went_wrong { (PATIENCE, LAST_EVENTS_OF_A_FAILURE) } else { (LAST_EVENTS, LAST_EVENTS) };
        let (begun, mut answered) = (Instant::now(), None);
        let mut backoff = self.clock.retry();
        loop {
            match self.ask(Reach::Everything).await {
                Ok(_) if self.is_whole(status) => break,
                Ok(_) => {
                    let first = *answered.get_or_insert_with(Instant::now);
                    if first.elapsed() >= self.clock.span(unexplained) {
                        break;
                    }
                }
                Err(error) if !error.is_passing() && !error.is_expired() => break,
                Err(_) if begun.elapsed() >= self.clock.span(unanswered) => break,
                Err(_) => {}
            }
            sleep(backoff.wait()).await;
        }
    }

    /// Whether the events are complete: the last status, the start of a rollback, and the failure of
    /// every resource that a stack names.
    fn is_whole(&self, status: Option<&Status>) -> bool {
        let is_known =
            |status: &Status| self.own_events().any(|event| event.status == *status || event.is_refused_deletion());
        let has_turned = |status: &Status| status.start_of_rollback().as_ref().is_none_or(is_known);
        let is_over = match status {
            Some(status) => is_known(status) && has_turned(status),
            None => self.last_status().is_some_and(|status| !status.is_busy()),
        };
        is_over && self.events.iter().filter(|event| event.is_about_its_stack()).all(|event| self.is_explained(event))
    }

    /// Whether every resource that a stack names as failed has an earlier event of its failure.
    fn is_explained(&self, of_stack: &StackEvent) -> bool {
        let has_failed = |id: &str| {
            let is_its_own = |event: &&StackEvent| event.stack_id == of_stack.stack_id && event.logical_id == id;
            let is_before = |event: &StackEvent| event.at <= of_stack.at + JITTER;
            self.events.iter().filter(is_its_own).any(|event| event.status.failed() && is_before(event))
        };
        blamed(of_stack.reason.as_deref().unwrap_or_default()).into_iter().all(has_failed)
    }

    /// Sends new events; true when there are none.
    async fn ask(&mut self, reach: Reach) -> Result<bool, DeployError> {
        let mut is_quiet = true;
        let mut index = 0;
        while index < self.feeds.len() {
            let feed = &self.feeds[index];
            let is_old = |event: &StackEvent| {
                (reach == Reach::Update && feed.seen.contains(&event.id)) || event.at < feed.since - SKEW
            };
            let mut fresh = self.cloud.events(&feed.stack_id, reach.patience(), is_old).await?;
            // The API returns the newest first. Many time stamps are the same, so its order counts.
            fresh.reverse();
            for event in fresh {
                let is_new = self.feeds[index].seen.insert(event.id.clone());
                if is_new && (index > 0 || self.is_of_this_operation(&event)) {
                    is_quiet = false;
                    self.emit(index, event);
                }
            }
            index += 1;
        }
        Ok(is_quiet)
    }

    /// Whether an event of the stack belongs here: it carries our token, or came after the beginning.
    fn is_of_this_operation(&self, event: &StackEvent) -> bool {
        let is_marked = self.token.is_some() && event.token == self.token;
        (is_marked || event.at >= self.feeds[0].since) && event.status != Status::ReviewInProgress
    }

    fn emit(&mut self, feed: usize, event: StackEvent) {
        if let Some(nested) = nested_stack(&event)
            && self.feeds.iter().all(|feed| feed.stack_id != nested)
        {
            self.feeds.push(Feed { stack_id: nested, seen: BTreeSet::new(), since: event.at });
        }
        let is_planned = feed == 0 && self.planned.contains(&event.logical_id);
        if is_planned && event.status.is_complete() {
            self.done.insert(event.logical_id.clone());
        }
        self.events.push(event.clone());
        self.sink.send(Event::Progress { event, done: self.done.len(), total: self.total });
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
