//! An account and region in which time is simulated: stacks, what happens to them, and every call that was made.

use std::collections::BTreeMap;
use std::mem;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::time::Instant;

use crate::faults::{Fault, Weather};
use crate::operation::Verb;
use crate::server::Fields;
use crate::stack::{Event, Look, Stack};
use crate::xml::Answer;

/// The account of every world.
const ACCOUNT: &str = "000000000000";

/// AWS's clock. Its time is tokio's, which a paused runtime advances when all tasks wait.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    base: i64,
}

/// A call as it arrived, and what became of it.
#[derive(Clone, Debug)]
pub struct Call {
    pub at: i64,
    pub action: String,
    pub fault: Fault,
    pub code: Option<String>,
}

/// A resource that fails when this is done to it, this often.
#[derive(Clone, Debug)]
pub struct Failing {
    pub logical: String,
    pub verb: Verb,
    pub reason: String,
    pub times: usize,
}

#[derive(Debug)]
pub struct World {
    pub clock: Clock,
    pub weather: Weather,
    pub stacks: Vec<Stack>,
    pub calls: Vec<Call>,
    /// How many milliseconds it takes to do something to a resource.
    pub durations: BTreeMap<String, i64>,
    pub failing: Vec<Failing>,
    /// Templates of nested stacks by their URL.
    pub objects: BTreeMap<String, Value>,
    /// How many milliseconds a change set takes to be made.
    pub planning: i64,
    /// How many changes or events there are on a page.
    pub page: usize,
    /// Resources whose changes are dropped when values of properties are asked for.
    pub dropped: Vec<String>,
    /// Whether a change set without changes has the reason of `UpdateStack`.
    pub says_no_updates: bool,
    /// How many of a hundred events come late, and twice.
    pub late_percent: u8,
    pub twice_percent: u8,
    /// How many of a hundred looks at a stack are stale.
    pub stale_percent: u8,
    /// How far the times of events are off, in milliseconds.
    pub skew: i64,
    /// Whether events have the token of their operation.
    pub tells_operations: bool,
    serial: u64,
}

impl Clock {
    fn new() -> Self {
        let base = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_millis();
        Self { start: Instant::now(), base: i64::try_from(base).expect("and not that late") }
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.base + self.elapsed()
    }

    /// Milliseconds of this world's life.
    pub fn elapsed(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).expect("a test does not live for millions of years")
    }

    /// Moves AWS's clock away from ours.
    pub fn shift(&mut self, millis: i64) {
        self.base += millis;
    }
}

impl World {
    /// Nothing is there, and nothing goes wrong.
    pub fn new() -> Self {
        Self {
            clock: Clock::new(),
            weather: Weather::fair(),
            stacks: Vec::new(),
            calls: Vec::new(),
            durations: BTreeMap::new(),
            failing: Vec::new(),
            objects: BTreeMap::new(),
            planning: 2_000,
            page: 100,
            dropped: Vec::new(),
            says_no_updates: false,
            late_percent: 0,
            twice_percent: 0,
            stale_percent: 0,
            skew: 0,
            tells_operations: true,
            serial: 0,
        }
    }

    /// A resource that fails every time.
    pub fn fails(&mut self, logical: &str, verb: Verb, reason: &str) {
        self.failing.push(Failing { logical: logical.into(), verb, reason: reason.into(), times: usize::MAX });
    }

    /// The stack of a name that is alive, or of an ARN.
    pub fn find(&self, stack: &str) -> Option<usize> {
        let is_it = |it: &Stack| it.id == stack || (it.name == stack && it.is_live());
        self.stacks.iter().rposition(is_it)
    }

    /// The newest stack of a name, alive or not.
    pub fn newest(&self, name: &str) -> Option<&Stack> {
        self.stacks.iter().rfind(|stack| stack.name == name)
    }

    /// The stacks and change sets that were left without being executed.
    pub fn leftovers(&self) -> Vec<String> {
        let shells = self.stacks.iter().filter(|stack| stack.status == "REVIEW_IN_PROGRESS");
        let shells = shells.map(|stack| format!("shell of {}", stack.name));
        let living = self.stacks.iter().filter(|stack| stack.is_live());
        let sets = living.flat_map(|stack| stack.change_sets.iter().filter(|set| !set.is_executed));
        shells.chain(sets.map(|set| format!("change set {}", set.name))).collect()
    }

    pub fn record(&mut self, fields: &Fields, fault: Fault, answer: &Answer) {
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let action = field("Action");
        let now = self.clock.elapsed();
        if action == "ExecuteChangeSet" && answer.code.is_none() && fault != Fault::Reset {
            let away = mem::take(&mut self.weather.away);
            self.weather.outages.push((now, now + away, Fault::Unavailable));
        }
        self.calls.push(Call { at: self.clock.elapsed(), action, fault, code: answer.code.clone() });
    }

    pub fn fault(&mut self, fields: &Fields) -> Fault {
        let action = fields.get("Action").map_or("", String::as_str);
        self.weather.next(self.clock.elapsed(), action)
    }

    /// Every call: when, which, and what became of it.
    pub fn log(&self) -> String {
        let line = |call: &Call| {
            let outcome = call.code.as_deref().unwrap_or(call.fault.name());
            format!("\n{:>9} ms {} {outcome}", call.at, call.action)
        };
        self.calls.iter().map(line).collect()
    }

    /// How often a call was received.
    pub fn count(&self, action: &str) -> usize {
        self.calls.iter().filter(|call| call.action == action).count()
    }

    pub fn duration(&self, logical: &str) -> i64 {
        self.durations.get(logical).or_else(|| self.durations.get("*")).copied().unwrap_or(3_000)
    }

    /// Why doing this to a resource fails, when it does.
    pub fn failure(&mut self, logical: &str, verb: Verb) -> Option<String> {
        let failing = self.failing.iter_mut().find(|it| it.logical == logical && it.verb == verb && it.times > 0)?;
        failing.times -= 1;
        Some(failing.reason.clone())
    }

    /// An ARN or id that was never used before.
    pub fn fresh(&mut self, stem: &str) -> String {
        self.serial += 1;
        format!("{stem}{:08x}", self.serial)
    }

    pub fn arn(&mut self, kind: &str, name: &str) -> String {
        self.fresh(&format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:{kind}/{name}/"))
    }

    /// Puts the stack in a status and adds the event.
    pub fn status(&mut self, stack: usize, at: i64, status: &str, reason: Option<&str>) {
        let it = &mut self.stacks[stack];
        status.clone_into(&mut it.status);
        it.reason = reason.map(str::to_owned);
        let look = Look { since: at, status: it.status.clone(), reason: it.reason.clone(), updated: it.updated };
        it.history.push(look);
        let (name, id) = (it.name.clone(), it.id.clone());
        self.tell(stack, at, (&name, Some(id), "AWS::CloudFormation::Stack"), status, reason);
    }

    /// An event: of whom (logical and physical id, type), its status, and why.
    pub fn tell(
        &mut self,
        stack: usize,
        at: i64,
        of: (&str, Option<String>, &str),
        status: &str,
        reason: Option<&str>,
    ) {
        let id = self.fresh(&format!("{}-{status}-", of.0));
        let is_late = self.weather.happens(self.late_percent);
        if is_late {
            self.weather.count("late event");
        }
        let delay = if is_late { 500 + self.weather.below(6_000) } else { 0 };
        let skew = if self.skew == 0 { 0 } else { self.weather.below(2 * self.skew) - self.skew };
        let operation = self.stacks[stack].operation.as_ref();
        let event = Event {
            id,
            at: at + skew,
            visible: at + delay,
            logical: of.0.to_owned(),
            physical: of.1,
            kind: of.2.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            token: operation.and_then(|it| it.token.clone()),
            operation: operation.map(|it| it.id.clone()).filter(|_| self.tells_operations),
        };
        self.stacks[stack].events.push(event);
    }
}
