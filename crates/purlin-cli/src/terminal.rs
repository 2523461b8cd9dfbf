//! The two streams and what they can do: data goes to standard output, everything else to standard error.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

/// Lines of data are no longer, as those of `--help`.
const WIDEST: usize = 100;

/// What a piece of text means; colours follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Odd,
    Faint,
    Strong,
}

/// The terminal, or what stands in its place.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that a terminal can do or not")]
pub(crate) struct Terminal {
    is_live: bool,
    can_ask: bool,
    has_colours: bool,
    /// The same for standard output, which may be a file where standard error is not.
    has_colours_out: bool,
    width: usize,
    /// The line at the bottom that changes.
    live: Mutex<Option<String>>,
}

impl Terminal {
    pub(crate) fn detect() -> Self {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        let is_live = io::stderr().is_terminal() && !is_dumb;
        Self {
            is_live,
            can_ask: io::stdin().is_terminal() && io::stderr().is_terminal(),
            has_colours: is_live && !set("NO_COLOR"),
            width: terminal_size::terminal_size_of(io::stdout()).map_or(WIDEST, |(width, _)| usize::from(width.0)),
            has_colours_out: io::stdout().is_terminal() && !is_dumb && !set("NO_COLOR"),
            live: Mutex::new(None),
        }
    }

    /// Whether a line can be written over.
    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Whether somebody is there to answer.
    pub(crate) fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Text in its colour, where there are colours.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        Self::coloured(self.has_colours, tone, text)
    }

    /// The same for data.
    pub(crate) fn shade(&self, tone: Tone, text: &str) -> String {
        Self::coloured(self.has_colours_out, tone, text)
    }

    fn coloured(has_colours: bool, tone: Tone, text: &str) -> String {
        if !has_colours {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Odd => 33,
            Tone::Faint => 2,
            Tone::Strong => 1,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// How many letters a line of data holds; long lines are hard to read.
    pub(crate) fn width(&self) -> usize {
        self.width.min(WIDEST)
    }

    /// Data, for a reader or a program. A reader that goes away is no error.
    pub(crate) fn print(&self, text: &str) {
        self.draw(None);
        let _ = writeln!(io::stdout().lock(), "{text}");
    }

    /// Something for whoever watches.
    pub(crate) fn say(&self, text: &str) {
        let below = self.live.lock().expect("nobody panics while drawing");
        let mut stderr = io::stderr().lock();
        match below.as_ref() {
            Some(line) => {
                let _ = write!(stderr, "\r\x1b[K{text}\n{line}");
                let _ = stderr.flush();
            }
            None => {
                let _ = writeln!(stderr, "{text}");
            }
        }
    }

    /// Draws the line at the bottom, or takes it away. Without a terminal there is none.
    pub(crate) fn draw(&self, line: Option<String>) {
        if !self.is_live {
            return;
        }
        let mut drawn = self.live.lock().expect("nobody panics while drawing");
        let line = line.map(|line| self.fit(&line));
        if drawn.is_none() && line.is_none() {
            return;
        }
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{}", line.as_deref().unwrap_or_default());
        let _ = stderr.flush();
        *drawn = line;
    }

    /// A question on the line of its answer.
    pub(crate) fn ask(&self, question: &str) -> String {
        self.draw(None);
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{question}");
        let _ = stderr.flush();
        let mut answer = String::new();
        let _ = io::stdin().read_line(&mut answer);
        answer.trim().to_owned()
    }

    /// A line that wraps cannot be written over.
    fn fit(&self, line: &str) -> String {
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        let short: String = line.chars().take(width.saturating_sub(1)).collect();
        self.paint(Tone::Faint, &short)
    }
}
