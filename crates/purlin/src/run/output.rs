//! What an app prints: templates on stdout, everything else on stderr.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use purlin_assembly::{Patch, Stack};
use purlin_construct::{Problem, Severity, Synthesis};

/// The two streams.
pub(super) struct Output {
    stdout: io::Stdout,
    stderr: io::Stderr,
    has_colours: bool,
    /// The first error of writing to stdout.
    lost: Option<io::Error>,
}

const BOLD: u8 = 1;
const FAINT: u8 = 2;
const RED: u8 = 31;
const YELLOW: u8 = 33;

impl Output {
    pub fn new() -> Self {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let has_colours = io::stderr().is_terminal() && !is_dumb && !is_set("NO_COLOR");
        Self { stdout: io::stdout(), stderr: io::stderr(), has_colours, lost: None }
    }

    /// Text on stderr with this code of ANSI, if the terminal has colours.
    fn paint(&self, code: u8, text: &str) -> String {
        if self.has_colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn print(&mut self, text: &str) {
        let printed = writeln!(self.stdout, "{text}");
        self.lost = self.lost.take().or(printed.err());
    }

    /// The first error of writing to stdout: what was printed is not complete. A reader that closed its pipe
    /// (`synth | head`) has what it wants.
    pub fn lost(&mut self) -> Option<io::Error> {
        self.lost.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.stderr, "{text}");
    }

    pub fn error(&mut self, message: &str) {
        self.note(&format!("{}: {message}", self.paint(RED, "error")));
    }

    pub fn problem(&mut self, problem: &Problem) {
        let (level, colour) = match problem.severity {
            Severity::Error => ("error", RED),
            Severity::Warning => ("warning", YELLOW),
            Severity::Info => ("note", FAINT),
        };
        self.note(&format!("{}: {problem}\n", self.paint(colour, level)));
    }

    /// The stacks that were written.
    pub fn summary(&mut self, synthesis: &Synthesis, directory: &Path) {
        for stack in &synthesis.stacks {
            let count = stack.template["Resources"].as_object().map_or(0, serde_json::Map::len);
            let (name, place) = (&stack.display_name, directory.display());
            self.note(&format!("synthesized {name} ({count} resources) to {place}"));
        }
    }

    /// The automatic patches of these stacks, a line each.
    pub fn patches(&mut self, stacks: &[&Stack], with_reasons: bool) {
        let patches: Vec<Patch> = stacks.iter().flat_map(|stack| stack.patches()).collect();
        for line in Patch::lines(&patches.iter().collect::<Vec<_>>(), with_reasons, |text| self.paint(BOLD, text)) {
            self.note(&line);
        }
    }

    /// The template of a single stack; of several, how to get one.
    pub fn templates(&mut self, stacks: &[&Stack], json: bool) {
        let [stack] = stacks else {
            return self.note("name one of the stacks to print its template");
        };
        match stack.template() {
            Ok(text) if json => self.print(&text),
            Ok(text) => match serde_json::from_str(&text) {
                Ok(template) => self.print(purlin_template::to_yaml(&template).trim_end()),
                Err(error) => self.error(&format!("the template just written is not JSON: {error}")),
            },
            Err(error) => self.error(&error.to_string()),
        }
    }
}
