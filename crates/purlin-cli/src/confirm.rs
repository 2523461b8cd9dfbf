//! Questions before something is lost or permitted. Without somebody to answer, the answer is no.

use purlin_assembly::Stack;
use purlin_deploy::{Approval, Replacement};

use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};
use crate::view::columns::harmless;

/// Whether the stacks may be deleted.
pub(crate) async fn deletion(stacks: &[&Stack], terminal: &Terminal) -> Result<bool, Failure> {
    if !terminal.can_ask() {
        return Err(Failure::usage("nobody is there to confirm the deletion: standard input is not a terminal")
            .hint("confirm it with `--yes`"));
    }
    let mut lines = vec!["these stacks are deleted, with everything in them that is not retained:".to_owned()];
    lines.extend(stacks.iter().map(|stack| format!("  {}", terminal.paint(Tone::Strong, stack.display_name()))));
    Ok(is_yes(terminal.ask(&lines, "delete them? [y/N] ").await))
}

/// Whether this may happen to a stack.
pub(crate) async fn approval(stack: &str, approval: &Approval, terminal: &Terminal) -> bool {
    let lines = concerns(approval, terminal);
    if terminal.can_ask() {
        return is_yes(terminal.ask(&lines, &format!("go on with `{stack}`? [y/N] ")).await);
    }
    terminal.say(&lines.join("\n"));
    false
}

/// What somebody should know before it happens.
fn concerns(approval: &Approval, terminal: &Terminal) -> Vec<String> {
    let mut lines = Vec::new();
    if !approval.losses.is_empty() {
        lines.push(terminal.paint(Tone::Bad, "data in these resources is lost for good:"));
    }
    for change in &approval.losses {
        let id = change.physical_id.as_deref().unwrap_or_default();
        lines.push(format!("  {} ({}) {}", change.logical_id, change.resource_type, harmless(id)));
    }
    let is_lost = |id: &str| approval.losses.iter().any(|lost| lost.logical_id == id);
    let replaced = approval.changes.iter().filter(|it| it.replacement == Replacement::Yes && !is_lost(&it.logical_id));
    let replaced: Vec<String> = replaced.map(|it| format!("  {} ({})", it.logical_id, it.resource_type)).collect();
    if !replaced.is_empty() {
        lines.push(terminal.paint(Tone::Odd, "these resources are replaced by new ones:"));
    }
    lines.extend(replaced);
    if !approval.broadening.is_empty() {
        lines.push(terminal.paint(Tone::Odd, "more is permitted than before:"));
    }
    for it in &approval.broadening {
        lines.push(format!("  {} ({}): {}", it.logical_id, it.resource_type, harmless(&it.what)));
    }
    if lines.is_empty() {
        lines.push(format!("{} resources change", approval.changes.len()));
    }
    lines
}

fn is_yes(answer: Option<String>) -> bool {
    answer.is_some_and(|answer| ["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
}
