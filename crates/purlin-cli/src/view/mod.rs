//! Shows deployments while they happen: a live tree on a terminal, lines elsewhere, JSON for
//! machines. It answers for the user too: Ctrl-C, and whether something may happen.

pub(crate) mod columns;
mod durations;
mod interrupts;
pub(crate) mod json;
mod lines;
mod model;
mod path;
mod told;
mod words;

use std::collections::BTreeSet;
use std::env;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use purlin_assembly::Stack;
use purlin_deploy::{DeployError, Deployed, Destroyed, Event, Interruption, Later, Observer};
use purlin_diagnosis::Approval;
use purlin_template::Template;
use serde_json::{Map, Value, json};

use self::durations::Durations;
use self::interrupts::{Interrupts, Signal};
use self::lines::{Room, lines};
use self::model::{Expected, Model, Phase};
use self::told::Teller;
use crate::args::{Progress, Watch};
use crate::failure::{Failure, Kind};
use crate::terminal::Terminal;
use crate::{confirm, outcome};

pub(crate) use self::told::tone;
pub(crate) use self::words::span;

/// Between looks at whether something has to be redrawn.
const FRAME: Duration = Duration::from_millis(100);

/// Without a tree, what is still in progress is told after this silence, and then less often.
const SILENCE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(1));

/// So long a deployment has to leave nothing behind when nobody watches any more.
const GRACE: Duration = Duration::from_secs(15);

/// How a command wants to be watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) progress: Progress,
    pub(crate) is_quiet: bool,
    pub(crate) is_json: bool,
    /// Everything was agreed to beforehand.
    pub(crate) agrees: bool,
}

impl Style {
    pub(crate) fn of(watch: Watch, agrees: bool) -> Self {
        Self { progress: watch.progress, is_quiet: watch.quiet, is_json: watch.json, agrees }
    }
}

/// Whoever watches.
pub(crate) struct View<'a> {
    terminal: &'a Terminal,
    style: Style,
    is_live: bool,
    model: Mutex<Model>,
    /// Notes that were told: what is true for every asset is told once.
    noted: Mutex<BTreeSet<String>>,
    last_word: Mutex<(Instant, Duration)>,
    interrupts: Interrupts,
}

impl<'a> View<'a> {
    /// A view of these stacks. Times of an emulator say nothing of AWS.
    pub(crate) fn of(terminal: &'a Terminal, style: Style, stacks: &[&Stack], is_local: bool) -> Self {
        let expected = |stack: &&Stack| Expected {
            name: stack.name().to_owned(),
            title: stack.display_name().to_owned(),
            template: stack.template().ok().and_then(|text| Template::parse(&text).ok()),
        };
        Self::new(terminal, style, stacks.iter().map(expected).collect(), is_local)
    }

    /// A view of a stack of which only the name is known.
    pub(crate) fn of_name(terminal: &'a Terminal, style: Style, name: &str, is_local: bool) -> Self {
        let expected = Expected { name: name.to_owned(), title: name.to_owned(), template: None };
        Self::new(terminal, style, vec![expected], is_local)
    }

    fn new(terminal: &'a Terminal, style: Style, expected: Vec<Expected>, is_local: bool) -> Self {
        // A line that cannot be written over would only be repeated.
        let wants_tree = !style.is_quiet && !matches!(style.progress, Progress::Plain | Progress::Events);
        let is_aws = !is_local && !answers_here();
        let durations = if is_aws { Durations::of_this_machine() } else { Durations::published() };
        Self {
            terminal,
            style,
            is_live: terminal.is_live() && wants_tree,
            model: Mutex::new(Model::new(expected, durations, !is_local)),
            noted: Mutex::default(),
            last_word: Mutex::new((Instant::now(), SILENCE.0)),
            interrupts: Interrupts::default(),
        }
    }

    /// Shows the work while it goes on, and listens to signals. Fails when somebody wants to leave
    /// and the work does not end by itself.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let result = tokio::select! {
            result = work => Ok(result),
            () = self.ticking() => unreachable!("ticking never ends"),
            failure = self.listening() => Err(failure),
        };
        self.terminal.draw(Vec::new());
        self.model().durations.save();
        result
    }

    /// A stack is over; `fields` is what `--json` says of it.
    pub(crate) fn ended(&self, stack: &str, mut fields: Map<String, Value>) {
        let now = now();
        let mut model = self.model();
        let seconds = model.stack(stack).map_or(0.0, |it| it.elapsed(now).as_secs_f64());
        model.end(stack);
        drop(model);
        self.tick();
        fields.insert("seconds".to_owned(), json!(seconds));
        if self.style.is_json {
            self.terminal.print(&json::result(stack, fields, SystemTime::now()));
        }
    }

    /// Whether only outcomes are shown.
    pub(crate) fn is_quiet(&self) -> bool {
        self.style.is_quiet
    }

    /// Whether standard output is for machines.
    pub(crate) fn is_json(&self) -> bool {
        self.style.is_json
    }

    /// Whether there are several stacks.
    pub(crate) fn has_several(&self) -> bool {
        self.model().stacks.len() > 1
    }

    /// What people call a stack.
    pub(crate) fn title(&self, stack: &str) -> String {
        self.model().stack(stack).map_or_else(|| stack.to_owned(), |it| it.title.clone())
    }

    /// For how long we are at a stack.
    pub(crate) fn elapsed(&self, stack: &str) -> Duration {
        self.model().stack(stack).map(|it| it.elapsed(now())).unwrap_or_default()
    }

    /// A failure, with the exit code of the signal that led to it.
    pub(crate) fn with_signal(&self, mut failure: Failure) -> Failure {
        if failure.kind == Kind::Interrupted && self.interrupts.last_signal() == Some(Signal::Terminate) {
            failure.kind = Kind::Terminated;
        }
        failure
    }

    async fn ticking(&self) {
        loop {
            tokio::time::sleep(FRAME).await;
            self.tick();
        }
    }

    fn tick(&self) {
        if self.style.is_quiet {
            return;
        }
        let now = now();
        let mut model = self.model();
        model.tick(now);
        if self.is_live {
            let (width, height) = Terminal::room();
            let lines = lines(&model, now, Room { width, height, paint: self.terminal.brush() });
            drop(model);
            return self.terminal.draw(lines);
        }
        let mut last_word = self.last_word.lock().expect("nobody panics while telling");
        if last_word.0.elapsed() > last_word.1 {
            *last_word = (Instant::now(), SILENCE.1);
            for line in self.teller(&model).heartbeat(&model, now) {
                self.terminal.say(&line);
            }
        }
    }

    fn tell(&self, stack: &str, event: &Event) {
        if let Event::Note { text } = event
            && !self.noted.lock().expect("nobody panics while telling").insert(text.clone())
        {
            return;
        }
        let model = self.model();
        let lines = self.teller(&model).lines(&model, stack, event);
        drop(model);
        if !lines.is_empty() && !self.style.is_quiet {
            *self.last_word.lock().expect("nobody panics while telling") = (Instant::now(), SILENCE.0);
            self.terminal.say(&lines.join("\n"));
        }
    }

    fn teller(&self, model: &Model) -> Teller {
        Teller { paint: self.terminal.brush(), has_tree: self.is_live, has_several: model.stacks.len() > 1 }
    }

    /// Ends when somebody wants to leave and the work takes too long to notice.
    async fn listening(&self) -> Failure {
        loop {
            let signal = self.interrupts.signal().await;
            let wanted = if signal == Signal::Interrupt && self.has_choice() {
                tokio::select! {
                    wanted = self.ask_what_now() => wanted,
                    _ = self.interrupts.signal() => Some(Interruption::Detach),
                }
            } else {
                Some(Interruption::Detach)
            };
            let Some(wanted) = wanted else {
                continue;
            };
            self.interrupts.tell(wanted);
            if wanted == Interruption::Detach {
                tokio::select! {
                    () = tokio::time::sleep(GRACE) => {}
                    _ = self.interrupts.signal() => {}
                }
                return self.with_signal(Failure::interrupted(&self.at_work()));
            }
        }
    }

    /// Somebody is there to choose, and there is something to choose between.
    fn has_choice(&self) -> bool {
        self.terminal.can_ask() && !self.terminal.is_asking() && !self.at_work().is_empty()
    }

    async fn ask_what_now(&self) -> Option<Interruption> {
        let stacks = self.at_work();
        let names: Vec<String> = stacks.iter().map(|name| format!("`{name}`")).collect();
        let text = [
            format!("CloudFormation is at work on {}", names.join(", ")),
            "  d      detach: it goes on, and this command ends".to_owned(),
            "  c      cancel: it stops and takes back what was done, and this command follows that".to_owned(),
            "  enter  go on watching".to_owned(),
        ];
        let answer = self.terminal.ask(&text, "what now? [d/c/enter] ").await.unwrap_or_default();
        match answer.to_ascii_lowercase().as_str() {
            "d" | "detach" => Some(Interruption::Detach),
            "c" | "cancel" => Some(Interruption::Cancel),
            _ => None,
        }
    }

    /// The stacks that CloudFormation goes on with whatever we do.
    fn at_work(&self) -> Vec<String> {
        let model = self.model();
        let at_work = model.stacks.iter().filter(|it| matches!(it.phase, Phase::Working(_)));
        at_work.map(|it| it.name.clone()).collect()
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().expect("nobody panics while drawing")
    }
}

impl Observer for View<'_> {
    fn hear(&self, stack: &str, event: Event) {
        if self.style.is_json {
            self.terminal.print(&json::event(stack, &event, SystemTime::now()));
        }
        self.model().hear(stack, &event, now());
        self.tell(stack, &event);
    }

    fn deployed(&self, stack: &str, result: &Result<Deployed, DeployError>) {
        outcome::deployed(self.terminal, self, stack, result);
    }

    fn destroyed(&self, stack: &str, result: &Result<Destroyed, DeployError>) {
        outcome::destroyed(self.terminal, self, stack, result);
    }

    fn approves<'a>(&'a self, stack: &'a str, approval: &'a Approval) -> Later<'a, bool> {
        Box::pin(async move {
            if self.style.agrees {
                return true;
            }
            // Whoever wants to leave does not agree.
            tokio::select! {
                agreed = confirm::approval(stack, approval, self.terminal) => agreed,
                () = self.interrupts.any() => false,
            }
        })
    }

    fn interrupts<'a>(&'a self, stack: &'a str) -> Later<'a, Interruption> {
        Box::pin(self.interrupts.next(stack))
    }
}

/// Whether something on this machine stands in for AWS, so that there is nothing to learn from it.
fn answers_here() -> bool {
    let is_here = |url: String| url.contains("//127.0.0.1") || url.contains("//localhost");
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION"].iter().any(|name| env::var(name).is_ok_and(is_here))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
