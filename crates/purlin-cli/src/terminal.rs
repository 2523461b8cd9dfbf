//! The two streams and what they can do: data goes to standard output, everything else to standard error.

mod screen;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use self::screen::Screen;

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

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Coloured,
    Plain,
}

impl Paint {
    fn of(has_colours: bool) -> Self {
        if has_colours { Self::Coloured } else { Self::Plain }
    }

    /// Text in its colour, where there are colours.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        if self == Self::Plain || text.is_empty() {
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
}

/// The terminal, or what stands in its place.
#[derive(Debug)]
pub(crate) struct Terminal {
    is_live: bool,
    can_ask: bool,
    paint: Paint,
    /// The same for standard output, which may be a file where standard error is not.
    shade: Paint,
    width: usize,
    screen: Mutex<Screen>,
    /// One question at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Terminal {
    pub(crate) fn detect() -> Self {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        let is_live = io::stderr().is_terminal() && !is_dumb;
        Self {
            is_live,
            can_ask: io::stdin().is_terminal() && io::stderr().is_terminal(),
            paint: Paint::of(is_live && !set("NO_COLOR")),
            shade: Paint::of(io::stdout().is_terminal() && !is_dumb && !set("NO_COLOR")),
            width: terminal_size::terminal_size_of(io::stdout()).map_or(WIDEST, |(width, _)| usize::from(width.0)),
            screen: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Whether lines can be written over.
    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Whether somebody is there to answer.
    pub(crate) fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Whether a question is open.
    pub(crate) fn is_asking(&self) -> bool {
        self.screen().is_asking
    }

    /// How text for whoever watches is painted.
    pub(crate) fn brush(&self) -> Paint {
        self.paint
    }

    /// Text in its colour, where there are colours.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        self.paint.paint(tone, text)
    }

    /// The same for data.
    pub(crate) fn shade(&self, tone: Tone, text: &str) -> String {
        self.shade.paint(tone, text)
    }

    /// How many letters a line of data holds; long lines are hard to read.
    pub(crate) fn width(&self) -> usize {
        self.width.min(WIDEST)
    }

    /// The columns and lines that there are now.
    pub(crate) fn room() -> (usize, usize) {
        let size = terminal_size::terminal_size_of(io::stderr());
        size.map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)))
    }

    /// Data, for a reader or a program. A reader that goes away is no error.
    pub(crate) fn print(&self, text: &str) {
        let mut screen = self.screen();
        Self::write(&screen.cleared(Self::room()));
        let _ = writeln!(io::stdout().lock(), "{text}");
    }

    /// Something for whoever watches. While somebody is asked, it waits.
    pub(crate) fn say(&self, text: &str) {
        let mut screen = self.screen();
        if screen.is_asking {
            screen.held.push(text.to_owned());
        } else {
            let frame = screen.above(text, Self::room());
            Self::write(&frame);
        }
    }

    /// Draws the lines at the bottom, or takes them away. Without a terminal there are none.
    pub(crate) fn draw(&self, lines: Vec<String>) {
        let mut screen = self.screen();
        if self.is_live && !screen.is_asking {
            let frame = screen.next(lines, Self::room());
            Self::write(&frame);
        }
    }

    /// Says something and asks a question on the line of its answer. Nothing else is shown until
    /// the answer is there; an end of input is none.
    pub(crate) async fn ask(&self, lines: &[String], question: &str) -> Option<String> {
        let _turn = self.turn.lock().await;
        let answer = Self::answer(&mut Question::open(self, lines, question)).await?;
        Some(answer.trim().to_owned())
    }

    /// The same for a secret, which nobody sees while it is typed. It is taken as it is.
    pub(crate) async fn ask_hidden(&self, question: &str) -> Option<String> {
        let _turn = self.turn.lock().await;
        let _echo = Silence::begin();
        let mut open = Question::open(self, &[], question);
        let answer = Self::answer(&mut open).await?;
        // The line's end was not shown either.
        open.is_answered = false;
        Some(answer.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn answer(open: &mut Question<'_>) -> Option<String> {
        let (send, answer) = tokio::sync::oneshot::channel();
        // A read cannot be called off, so nobody waits for this thread.
        thread::spawn(move || {
            let mut answer = String::new();
            let read = io::stdin().read_line(&mut answer).unwrap_or_default();
            let _ = send.send((read > 0).then_some(answer));
        });
        let answer = answer.await.ok().flatten();
        open.is_answered = answer.is_some();
        answer
    }

    fn write(text: &str) {
        if !text.is_empty() {
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(text.as_bytes());
            let _ = stderr.flush();
        }
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().expect("nobody panics while drawing")
    }
}

/// While it lives, the terminal does not show what is typed.
struct Silence(Option<Termios>);

impl Silence {
    fn begin() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(mut silent) = before.clone() {
            silent.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &silent);
        }
        Self(before)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// A question that is open; what was said meanwhile is shown when it closes.
struct Question<'a> {
    terminal: &'a Terminal,
    /// Whoever answers ends the line by doing so.
    is_answered: bool,
}

impl<'a> Question<'a> {
    fn open(terminal: &'a Terminal, lines: &[String], question: &str) -> Self {
        let mut screen = terminal.screen();
        let mut text = screen.cleared(Terminal::room());
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str(question);
        screen.is_asking = true;
        Terminal::write(&text);
        Self { terminal, is_answered: false }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        let mut screen = self.terminal.screen();
        screen.is_asking = false;
        let mut text = if self.is_answered { String::new() } else { "\n".to_owned() };
        for line in std::mem::take(&mut screen.held) {
            text.push_str(&line);
            text.push('\n');
        }
        Terminal::write(&text);
    }
}
