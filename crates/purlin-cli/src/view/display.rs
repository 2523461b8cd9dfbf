//! What a command shows of its stacks: the live tree, the lines above it or instead of it, or lines of JSON.

use std::collections::BTreeSet;
use std::env;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use purlin_assembly::Stack;
use purlin_deploy::Event;
use purlin_template::Template;
use serde_json::{Map, Value, json};

use super::durations::Durations;
use super::event_lines::EventPrinter;
use super::json;
use super::model::{Expected, Model, Phase};
use super::tree::{Area, lines};
use crate::args::{Progress, Watch};
use crate::patches::StackPatch;
use crate::terminal::Terminal;

/// Without a tree, the work in progress is printed after this time without other output, and then less often.
const HEARTBEAT: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(1));

/// How much a command shows, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) progress: Progress,
    pub(crate) is_quiet: bool,
    pub(crate) is_json: bool,
    /// The user agreed to everything beforehand.
    pub(crate) agrees: bool,
}

impl Style {
    pub(crate) fn of(watch: Watch, agrees: bool) -> Self {
        Self { progress: watch.progress, is_quiet: watch.quiet, is_json: watch.json, agrees }
    }
}

/// The stacks of a command on a terminal.
pub(super) struct Display<'a> {
    pub(super) terminal: &'a Terminal,
    pub(super) style: Style,
    is_live: bool,
    state: Mutex<State>,
}

struct State {
    model: Model,
    /// Notes that were printed: one that applies to every asset is printed once.
    printed_notes: BTreeSet<String>,
    last_line: Instant,
    next_heartbeat: Duration,
}

impl<'a> Display<'a> {
    /// A display of these stacks. Durations measured on an emulator are not recorded as those of AWS.
    pub(super) fn of(terminal: &'a Terminal, style: Style, stacks: &[&Stack], is_local: bool) -> Self {
        let expected = |stack: &&Stack| Expected {
            name: stack.name().to_owned(),
            title: stack.display_name().to_owned(),
            template: stack.template().ok().and_then(|text| Template::parse(&text).ok()),
            patches: StackPatch::of(stack),
        };
        Self::new(terminal, style, stacks.iter().map(expected).collect(), is_local)
    }

    pub(super) fn new(terminal: &'a Terminal, style: Style, expected: Vec<Expected>, is_local: bool) -> Self {
        // A terminal that cannot overwrite lines would show the same tree again and again.
        let wants_tree = !style.is_quiet && !matches!(style.progress, Progress::Plain | Progress::Events);
        let is_aws = !is_local && !has_local_endpoint();
        let durations = if is_aws { Durations::of_this_machine() } else { Durations::published() };
        let state = State {
            model: Model::new(expected, durations, !is_local),
            printed_notes: BTreeSet::new(),
            last_line: Instant::now(),
            next_heartbeat: HEARTBEAT.0,
        };
        Self { terminal, style, is_live: terminal.is_live() && wants_tree, state: Mutex::new(state) }
    }

    /// Shows an event.
    pub(super) fn on_event(&self, stack: &str, event: &Event) {
        if self.style.is_json {
            self.terminal.print_document(&json::event(stack, event, SystemTime::now()));
        }
        let mut state = self.state();
        state.model.on_event(stack, event, now());
        if let Event::Note { text } = event
            && !state.printed_notes.insert(text.clone())
        {
            return;
        }
        let lines = self.printer(&state.model).lines(&state.model, stack, event);
        if !lines.is_empty() && !self.style.is_quiet {
            (state.last_line, state.next_heartbeat) = (Instant::now(), HEARTBEAT.0);
            drop(state);
            self.terminal.eprint(&lines.join("\n"));
        }
    }

    /// A stack has ended; `fields` is what `--json` prints of it.
    pub(super) fn end(&self, stack: &str, mut fields: Map<String, Value>) {
        let seconds = self.elapsed(stack).as_secs_f64();
        self.state().model.end(stack);
        self.tick();
        fields.insert("seconds".to_owned(), json!(seconds));
        if self.style.is_json {
            self.terminal.print_document(&json::result(stack, fields, SystemTime::now()));
        }
    }

    /// Redraws the tree, or prints a heartbeat when it is due.
    pub(super) fn tick(&self) {
        if self.style.is_quiet {
            return;
        }
        let now = now();
        let mut state = self.state();
        state.model.tick(now);
        if self.is_live {
            let (width, height) = Terminal::size();
            let lines = lines(&state.model, now, Area { width, height, paint: self.terminal.stderr_paint() });
            drop(state);
            self.terminal.draw(lines);
        } else if state.last_line.elapsed() > state.next_heartbeat {
            (state.last_line, state.next_heartbeat) = (Instant::now(), HEARTBEAT.1);
            for line in self.printer(&state.model).heartbeat(&state.model, now) {
                self.terminal.eprint(&line);
            }
        }
    }

    /// Removes the tree and records the durations that were measured.
    pub(super) fn close(&self) {
        self.terminal.draw(Vec::new());
        self.state().model.durations.save();
    }

    pub(super) fn has_several(&self) -> bool {
        self.state().model.stacks.len() > 1
    }

    /// The name of a stack for people.
    pub(super) fn title(&self, stack: &str) -> String {
        self.state().model.stack(stack).map_or_else(|| stack.to_owned(), |it| it.title.clone())
    }

    /// The time since the work on a stack began.
    pub(super) fn elapsed(&self, stack: &str) -> Duration {
        self.state().model.stack(stack).map(|it| it.elapsed(now())).unwrap_or_default()
    }

    /// The stacks that CloudFormation is working on, which continues if this command ends.
    pub(super) fn at_work(&self) -> Vec<String> {
        let state = self.state();
        let at_work = state.model.stacks.iter().filter(|it| matches!(it.phase, Phase::Working(_)));
        at_work.map(|it| it.name.clone()).collect()
    }

    fn printer(&self, model: &Model) -> EventPrinter {
        EventPrinter {
            paint: self.terminal.stderr_paint(),
            has_tree: self.is_live,
            has_several: model.stacks.len() > 1,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("code that holds this lock does not panic")
    }
}

/// Whether a program on this machine replaces AWS, so that its durations are not those of AWS.
fn has_local_endpoint() -> bool {
    let is_here = |url: String| url.contains("//127.0.0.1") || url.contains("//localhost");
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION"].iter().any(|name| env::var(name).is_ok_and(is_here))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
