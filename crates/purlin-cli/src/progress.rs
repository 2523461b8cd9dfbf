//! Shows a deployment while it happens: a live line on a terminal, plain lines elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use purlin_deploy::{Action, Approval, AssetStep, Change, Event, Later, Observer, Replacement, StackEvent};

use crate::args::Progress;
use crate::confirm;
use crate::terminal::{Terminal, Tone};

/// Without a live line, what is still in progress is told after this silence.
const SILENCE: Duration = Duration::from_secs(30);

/// How a command wants to be watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) progress: Progress,
    pub(crate) is_quiet: bool,
    /// Losses of data were accepted beforehand.
    pub(crate) accepts_loss: bool,
}

/// Whoever watches.
pub(crate) struct Watcher<'a> {
    terminal: &'a Terminal,
    style: Style,
    is_live: bool,
    state: Mutex<State>,
}

struct State {
    stack: String,
    done: usize,
    total: usize,
    /// What CloudFormation is at work on, and since when we know.
    busy: BTreeMap<String, Instant>,
    since: Instant,
    last_word: Instant,
    turns: usize,
    noted: BTreeSet<String>,
}

impl<'a> Watcher<'a> {
    pub(crate) fn new(terminal: &'a Terminal, style: Style) -> Self {
        // A line that cannot be written over would only be repeated.
        let is_live = terminal.is_live() && !matches!(style.progress, Progress::Plain | Progress::Events);
        let now = Instant::now();
        let state = State {
            stack: String::new(),
            done: 0,
            total: 0,
            busy: BTreeMap::new(),
            since: now,
            last_word: now,
            turns: 0,
            noted: BTreeSet::new(),
        };
        Self { terminal, style, is_live, state: Mutex::new(state) }
    }

    /// Keeps the live line alive while the work goes on.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let ticking = async {
            loop {
                tokio::time::sleep(Duration::from_millis(120)).await;
                self.tick();
            }
        };
        let result = tokio::select! {
            result = work => result,
            () = ticking => unreachable!("ticking never ends"),
        };
        self.terminal.draw(None);
        result
    }

    fn tick(&self) {
        if self.style.is_quiet {
            return;
        }
        let mut state = self.state.lock().expect("nobody panics while drawing");
        if self.is_live {
            state.turns += 1;
            let line = state.line();
            drop(state);
            self.terminal.draw(Some(line));
        } else if !state.busy.is_empty() && state.last_word.elapsed() > SILENCE {
            state.last_word = Instant::now();
            let busy: Vec<&str> = state.busy.keys().map(String::as_str).collect();
            self.terminal.say(&format!("  still in progress: {}", busy.join(", ")));
        }
    }

    fn say(&self, text: &str) {
        if !self.style.is_quiet {
            self.terminal.say(text);
        }
    }

    fn started(&self, stack: &str, place: &str) {
        let mut state = self.state.lock().expect("nobody panics while drawing");
        stack.clone_into(&mut state.stack);
        (state.done, state.total) = (0, 0);
        state.busy.clear();
        state.since = Instant::now();
        drop(state);
        self.say(&format!("{}  {}", self.terminal.paint(Tone::Strong, stack), self.terminal.paint(Tone::Faint, place)));
    }

    fn planned(&self, is_new: bool, changes: &[Change]) {
        let count = |wanted: fn(&Change) -> bool| changes.iter().filter(|change| wanted(change)).count();
        let replaced = count(|change| change.replacement == Replacement::Yes);
        let counts = [
            (count(|change| change.action == Action::Add), "to create"),
            (count(|change| change.action == Action::Modify) - replaced, "to change"),
            (replaced, "to replace"),
            (count(|change| change.action == Action::Remove), "to delete"),
        ];
        let words: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let what = if words.is_empty() { "only outputs or settings change".to_owned() } else { words.join(", ") };
        self.say(&format!("  {}{what}", if is_new { "new stack: " } else { "" }));
        // Everything is new in a new stack: the events tell enough.
        for change in changes.iter().filter(|_| !is_new) {
            self.say(&self.change(change));
        }
    }

    fn change(&self, change: &Change) -> String {
        let (sign, tone) = match (&change.action, change.replacement) {
            (Action::Add | Action::Import, _) => ("+", Tone::Good),
            (Action::Remove, _) => ("-", Tone::Bad),
            (_, Replacement::Yes) => ("!", Tone::Bad),
            _ => ("~", Tone::Odd),
        };
        let note = match change.replacement {
            Replacement::Yes => "  replaced",
            Replacement::Maybe => "  perhaps replaced",
            Replacement::No => "",
        };
        format!("  {} {}  {}{note}", self.terminal.paint(tone, sign), change.logical_id, change.resource_type)
    }

    fn progress(&self, event: &StackEvent, done: usize, total: usize) {
        let mut state = self.state.lock().expect("nobody panics while drawing");
        (state.done, state.total) = (done, total);
        state.last_word = Instant::now();
        let is_beginning = event.status.ends_with("_IN_PROGRESS");
        if is_beginning && !event.is_about_its_stack() {
            state.busy.entry(event.logical_id.clone()).or_insert_with(Instant::now);
        } else {
            state.busy.remove(&event.logical_id);
        }
        drop(state);
        // A resource is reported in progress twice, and the live line shows what is.
        let repeats = is_beginning && event.reason.as_deref() == Some("Resource creation Initiated");
        let is_shown_below = is_beginning && self.is_live && !event.is_about_its_stack() && !is_news(event);
        if is_shown_below || repeats {
            return;
        }
        self.say(&self.event(event, done, total));
    }

    fn event(&self, event: &StackEvent, done: usize, total: usize) -> String {
        let width = total.to_string().len();
        let counter = if total == 0 { String::new() } else { format!("[{done:>width$}/{total}] ") };
        let tone = match event.status.as_str() {
            status if status.ends_with("_FAILED") || status.contains("ROLLBACK") => Tone::Bad,
            status if status.ends_with("_COMPLETE") => Tone::Good,
            _ => Tone::Faint,
        };
        let status = format!("{:<20}", event.status);
        let mut line = format!("  {counter}{} ", self.terminal.paint(tone, &status));
        if !event.is_about_its_stack() && event.stack_name() != self.stack() {
            line.push_str(event.stack_name());
            line.push('/');
        }
        line.push_str(&event.logical_id);
        if !event.is_about_its_stack() {
            line.push_str("  ");
            line.push_str(&self.terminal.paint(Tone::Faint, &event.resource_type));
        }
        if (tone == Tone::Bad || is_news(event))
            && let Some(reason) = event.plain_reason()
        {
            line.push_str("\n      ");
            line.push_str(&reason);
        }
        line
    }

    /// What is true for every asset is told once.
    fn note(&self, text: String) {
        let mut state = self.state.lock().expect("nobody panics while drawing");
        if state.noted.insert(text.clone()) {
            drop(state);
            self.say(&format!("  {}: {text}", self.terminal.paint(Tone::Odd, "note")));
        }
    }

    /// The stack that is deployed; events of nested ones say whose they are.
    fn stack(&self) -> String {
        self.state.lock().expect("nobody panics while drawing").stack.clone()
    }

    fn asset(&self, name: &str, step: &AssetStep) {
        let what = match step {
            AssetStep::Present => return,
            AssetStep::Building => "building",
            AssetStep::Uploading { bytes: None } => "pushing",
            AssetStep::Uploading { bytes: Some(bytes) } => {
                return self.say(&format!("  asset {name}: uploading {}", size(*bytes)));
            }
            AssetStep::Published => "published",
        };
        self.say(&format!("  asset {name}: {what}"));
    }
}

impl Observer for Watcher<'_> {
    fn hear(&self, stack: &str, event: Event) {
        match event {
            Event::Started { account, region } => self.started(stack, &format!("{account}/{region}")),
            Event::Note { text } => self.note(text),
            Event::Asset { name, step } => self.asset(&name, &step),
            Event::Planned { is_new, changes, .. } => self.planned(is_new, &changes),
            Event::Progress { event, done, total } => self.progress(&event, done, total),
            _ => {}
        }
    }

    fn approves<'a>(&'a self, _stack: &'a str, approval: &'a Approval) -> Later<'a, bool> {
        let is_approved = self.style.accepts_loss || confirm::approval(approval, self.terminal);
        Box::pin(future::ready(is_approved))
    }
}

impl State {
    fn line(&self) -> String {
        const WHEEL: [char; 4] = ['|', '/', '-', '\\'];
        let wheel = WHEEL[self.turns % WHEEL.len()];
        let seconds = self.since.elapsed().as_secs();
        let mut line = format!("{wheel} {} {}", self.stack, minutes(seconds));
        if self.total > 0 {
            let _ = write!(line, "  {}/{}", self.done, self.total);
        }
        let mut busy: Vec<(&String, &Instant)> = self.busy.iter().collect();
        busy.sort_by_key(|(_, since)| **since);
        let names: Vec<String> =
            busy.iter().map(|(name, since)| format!("{name} {}", minutes(since.elapsed().as_secs()))).collect();
        if !names.is_empty() {
            line.push_str("  ");
            line.push_str(&names.join(", "));
        }
        line
    }
}

/// Whether a resource in progress says more than that: a certificate names the DNS record it waits for.
fn is_news(event: &StackEvent) -> bool {
    const CUSTOMARY: [&str; 4] =
        ["initiated", "requested update requires", "requested update required", "transformation succeeded"];
    let reason = event.reason.as_deref().unwrap_or_default().to_ascii_lowercase();
    event.status.ends_with("_IN_PROGRESS")
        && !event.is_about_its_stack()
        && !reason.is_empty()
        && !CUSTOMARY.iter().any(|customary| reason.contains(customary))
}

fn minutes(seconds: u64) -> String {
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{:02}s", seconds / 60, seconds % 60) }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_what_it_waits_for() {
        let event = |reason: &str| StackEvent {
            status: "CREATE_IN_PROGRESS".into(),
            reason: Some(reason.into()),
            ..StackEvent::default()
        };
        assert!(is_news(&event("Content of DNS Record is: {Name: _x.example.com.,Type: CNAME,Value: y}")));
        assert!(!is_news(&event("Resource creation Initiated")));
        assert!(!is_news(&event("Eventual consistency check initiated")));
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!((minutes(59), minutes(61)), ("59s".to_owned(), "1m01s".to_owned()));
        assert_eq!([size(999), size(1_500), size(2_340_000)].map(|it| it.clone()), ["999 bytes", "1 kB", "2.3 MB"]);
    }
}
