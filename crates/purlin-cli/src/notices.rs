//! The errors, warnings and notes of synthesis about the stacks of a command.

use purlin_assembly::{Level, Stack, own_frame};

use crate::failure::{Failure, Kind};
use crate::terminal::{Terminal, Tone};

/// Prints the warnings and notes. Errors stop the command.
pub(crate) fn show(stacks: &[&Stack], is_quiet: bool, terminal: &Terminal) -> Result<(), Failure> {
    let mut errors = 0;
    for message in stacks.iter().flat_map(|stack| stack.messages()) {
        let (word, tone) = match message.level {
            Level::Error => ("error", Tone::Bad),
            Level::Warning => ("warning", Tone::Odd),
            Level::Info => ("note", Tone::Faint),
        };
        errors += usize::from(message.level == Level::Error);
        if is_quiet && message.level != Level::Error {
            continue;
        }
        terminal.eprint(&format!("{}: {}: {}", terminal.epaint(tone, word), message.path, message.text));
        if let Some(frame) = own_frame(&message.trace) {
            terminal.eprint(&format!("  declared at {frame}"));
        }
    }
    match errors {
        0 => Ok(()),
        1 => Err(Failure::new(Kind::Problems, "the app reports an error in its stacks")),
        many => Err(Failure::new(Kind::Problems, format!("the app reports {many} errors in its stacks"))),
    }
}
