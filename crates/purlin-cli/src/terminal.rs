//! The terminal: data goes to standard output, everything else to standard error.

mod screen;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use self::screen::Screen;
use crate::by_hand;
use crate::text::{printable, printable_json};

/// The longest line of data, as of `--help`: long lines are hard to read.
const WIDEST: usize = 100;

const PLAIN: &str = "\x1b[0m";

/// The sequences that [`Paint::paint`] writes. All others come from outside.
const COLOURS: [&str; 6] = [PLAIN, "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"];

/// The meaning of a piece of text, which has a colour.
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
        let colour = match tone {
            Tone::Good => "\x1b[32m",
            Tone::Bad => "\x1b[31m",
            Tone::Odd => "\x1b[33m",
            Tone::Faint => "\x1b[2m",
            Tone::Strong => "\x1b[1m",
        };
        format!("{colour}{text}{PLAIN}")
    }

    /// A message as the terminal or log may have it, see [`printable`]. Colours end with the message.
    fn clean(self, text: &str) -> String {
        let mut text = printable(text, if self == Self::Plain { &[] } else { &COLOURS });
        if text.rfind('\x1b').is_some_and(|at| !text[at..].starts_with(PLAIN)) {
            text += PLAIN;
        }
        text
    }
}

/// Standard input, output and error, which may be a terminal, files or pipes.
#[derive(Debug)]
pub(crate) struct Terminal {
    is_live: bool,
    can_ask: bool,
    stderr: Paint,
    /// Standard output may be a file where standard error is a terminal.
    stdout: Paint,
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
            stderr: Paint::of(is_live && !set("NO_COLOR")),
            stdout: Paint::of(io::stdout().is_terminal() && !is_dumb && !set("NO_COLOR")),
            width: terminal_size::terminal_size_of(io::stdout()).map_or(WIDEST, |(width, _)| usize::from(width.0)),
            screen: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Whether lines can be overwritten.
    pub(crate) fn is_live(&self) -> bool {
        self.is_live
    }

    /// Whether the user can answer questions.
    pub(crate) fn can_ask(&self) -> bool {
        self.can_ask
    }

    /// Whether a question is open.
    pub(crate) fn is_asking(&self) -> bool {
        self.screen().is_asking
    }

    /// The colours of standard error.
    pub(crate) fn stderr_paint(&self) -> Paint {
        self.stderr
    }

    /// Text for [`Self::print`] in its colour.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        self.stdout.paint(tone, text)
    }

    /// Text for [`Self::eprint`] in its colour.
    pub(crate) fn epaint(&self, tone: Tone, text: &str) -> String {
        self.stderr.paint(tone, text)
    }

    /// The length of a line of data.
    pub(crate) fn width(&self) -> usize {
        self.width.min(WIDEST)
    }

    /// The current number of columns and lines.
    pub(crate) fn size() -> (usize, usize) {
        let size = terminal_size::terminal_size_of(io::stderr());
        size.map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)))
    }

    /// Prints lines of a report.
    pub(crate) fn print(&self, text: &str) {
        self.write_stdout(&self.stdout.clean(text));
    }

    /// Prints lines of a report with advice: the commands in it are for the emulator, with `--local`.
    pub(crate) fn advise(&self, text: &str) {
        self.print(&by_hand::addressed(text));
    }

    /// Prints a document, such as JSON or a template: exactly as it is into files and pipes, cleaned on a terminal. JSON
    /// has escapes for what would command the log of a CI service, which reads a pipe.
    pub(crate) fn print_document(&self, text: &str) {
        let is_shown = io::stdout().is_terminal();
        self.write_stdout(&if is_shown { self.stdout.clean(text) } else { printable_json(text) });
    }

    fn write_stdout(&self, text: &str) {
        let mut screen = self.screen();
        Self::write(&screen.cleared(Self::size()));
        let printed = writeln!(io::stdout().lock(), "{text}");
        screen.lost = screen.lost.take().or(printed.err());
    }

    /// Prints the help or the version, on standard output, or a mistake in the command line, on standard error.
    pub(crate) fn print_usage(&self, text: &clap::Error) {
        let printed = text.print();
        self.screen().lost = printed.err().filter(|_| !text.use_stderr());
    }

    /// The first error of writing data: what was printed is not complete. A reader that closed its pipe (`| head`) has
    /// what it wants.
    pub(crate) fn lost(&self) -> Option<io::Error> {
        self.screen().lost.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    /// Prints a message. While a question is open, it is held back.
    pub(crate) fn eprint(&self, text: &str) {
        self.eprint_command(&self.stderr.clean(&by_hand::addressed(text)));
    }

    /// Prints a command to the service that runs CI, exactly as it is.
    pub(crate) fn eprint_command(&self, text: &str) {
        let mut screen = self.screen();
        if screen.is_asking {
            screen.held.push(text.to_owned());
        } else {
            let frame = screen.above(text, Self::size());
            Self::write(&frame);
        }
    }

    /// Replaces the lines at the bottom. Does nothing without a terminal.
    pub(crate) fn draw(&self, lines: Vec<String>) {
        let mut screen = self.screen();
        if self.is_live && !screen.is_asking {
            let lines = lines.iter().map(|line| self.stderr.clean(line)).collect();
            let frame = screen.next(lines, Self::size());
            Self::write(&frame);
        }
    }

    /// Prints lines and a question, and returns the answer, or `None` at the end of input. Nothing else is printed
    /// until then.
    pub(crate) async fn ask(&self, lines: &[String], question: &str) -> Option<String> {
        let _turn = self.turn.lock().await;
        let read = || {
            let mut line = String::new();
            io::stdin().read_line(&mut line).ok().filter(|read| *read > 0).map(|_| line)
        };
        let answer = Self::answer(&mut Question::open(self, lines, question), read).await?;
        Some(answer.trim().to_owned())
    }

    /// Asks for a secret, which the terminal does not show.
    pub(crate) async fn ask_hidden(&self, question: &str) -> Option<String> {
        let _turn = self.turn.lock().await;
        let read = || rpassword::read_password().ok();
        Self::answer(&mut Question::open(self, &[], question), read).await
    }

    async fn answer(open: &mut Question<'_>, read: fn() -> Option<String>) -> Option<String> {
        let (send, answer) = tokio::sync::oneshot::channel();
        // A read cannot be cancelled, so this thread is never joined.
        thread::spawn(move || send.send(read()));
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
        self.screen.lock().expect("code that holds this lock does not panic")
    }
}

/// An open question. Messages that were held back are printed when it is dropped.
struct Question<'a> {
    terminal: &'a Terminal,
    /// The answer ended the line.
    is_answered: bool,
}

impl<'a> Question<'a> {
    fn open(terminal: &'a Terminal, lines: &[String], question: &str) -> Self {
        let mut screen = terminal.screen();
        let mut text = screen.cleared(Terminal::size());
        for line in lines {
            text.push_str(&terminal.stderr.clean(line));
            text.push('\n');
        }
        text.push_str(&terminal.stderr.clean(question));
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
