//! Questions before something is lost. Without somebody to answer, the answer is no.

use purlin_assembly::Stack;
use purlin_deploy::Approval;

use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};

/// Whether the stacks may be deleted.
pub(crate) fn deletion(stacks: &[&Stack], terminal: &Terminal) -> Result<bool, Failure> {
    if !terminal.can_ask() {
        return Err(Failure::usage("nobody is there to confirm the deletion: standard input is not a terminal")
            .hint("confirm it with `--yes`"));
    }
    terminal.say("these stacks are deleted, with everything in them that is not retained:");
    for stack in stacks {
        terminal.say(&format!("  {}", terminal.paint(Tone::Strong, stack.display_name())));
    }
    Ok(is_yes(&terminal.ask("delete them? [y/N] ")))
}

/// Whether this may happen.
pub(crate) fn approval(approval: &Approval, terminal: &Terminal) -> bool {
    if !approval.losses.is_empty() {
        terminal.say(&terminal.paint(Tone::Bad, "data in these resources is lost for good:"));
    }
    for change in &approval.losses {
        let id = change.physical_id.as_deref().unwrap_or_default();
        terminal.say(&format!("  {} ({}) {id}", change.logical_id, change.resource_type));
    }
    if !approval.broadening.is_empty() {
        terminal.say(&terminal.paint(Tone::Odd, "more is permitted than before:"));
    }
    for it in &approval.broadening {
        terminal.say(&format!("  {} ({}): {}", it.logical_id, it.resource_type, it.what));
    }
    terminal.can_ask() && is_yes(&terminal.ask("go on? [y/N] "))
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.to_ascii_lowercase().as_str())
}
