//! Asks before data is lost or permissions are added. Without a terminal, the answer is no.

use purlin_assembly::Stack;
use purlin_diagnosis::{Approval, DeletionPlan, Replacement};

use crate::failure::Failure;
use crate::terminal::{Paint, Terminal, Tone};
use crate::text::harmless;

/// A stack, and the plan of its deletion.
pub(crate) type PlannedDeletion<'a> = (&'a Stack, DeletionPlan);

/// Fails without a terminal.
pub(crate) fn requires_terminal(terminal: &Terminal) -> Result<(), Failure> {
    if terminal.can_ask() {
        return Ok(());
    }
    Err(Failure::usage("the deletion is not confirmed, and standard input is not a terminal")
        .hint("confirm it with `--yes`"))
}

/// Whether the user confirms the deletion. Where data is lost, the name of the stack has to be typed.
pub(crate) async fn deletion(deletions: &[PlannedDeletion<'_>], terminal: &Terminal) -> bool {
    let mut lines = vec!["these stacks are deleted:".to_owned()];
    lines.extend(deletions.iter().flat_map(|(stack, plan)| planned(stack, plan, terminal.stderr_paint())));
    let mut with_data = deletions.iter().filter(|(_, plan)| !plan.lost.is_empty()).peekable();
    if with_data.peek().is_none() {
        return is_yes(terminal.ask(&lines, "delete them? [y/N] ").await);
    }
    for (stack, _) in with_data {
        let name = stack.display_name();
        let answer = terminal.ask(&lines, &format!("type `{name}` to delete it with its data: ")).await;
        if answer.as_deref() != Some(name) {
            return false;
        }
        lines.clear();
    }
    true
}

fn planned(stack: &Stack, plan: &DeletionPlan, paint: Paint) -> Vec<String> {
    let count = match plan.deleted {
        1 => "1 resource".to_owned(),
        many => format!("{many} resources"),
    };
    let mut lines = vec![format!("  {} ({count})", paint.paint(Tone::Strong, stack.display_name()))];
    let kinds = [
        (&plan.lost, Tone::Bad, "lost for good"),
        (&plan.parts, Tone::Odd, "deleted, and belongs to a retained resource"),
        (&plan.snapshots, Tone::Odd, "kept as a snapshot"),
        (&plan.retained, Tone::Good, "retained"),
    ];
    for (resources, tone, what) in kinds {
        for it in resources {
            let id = harmless(it.physical_id.as_deref().unwrap_or_default());
            lines.push(format!("    {}: {} ({}) {id}", paint.paint(tone, what), it.logical_id, it.resource_type));
        }
    }
    lines
}

/// Whether the user approves the changes to a stack.
pub(crate) async fn approval(stack: &str, approval: &Approval, terminal: &Terminal) -> bool {
    let lines = concerns(approval, terminal);
    if terminal.can_ask() {
        return is_yes(terminal.ask(&lines, &format!("continue with `{stack}`? [y/N] ")).await);
    }
    terminal.eprint(&lines.join("\n"));
    false
}

/// The changes that need approval.
fn concerns(approval: &Approval, terminal: &Terminal) -> Vec<String> {
    let mut lines = Vec::new();
    if !approval.losses.is_empty() {
        lines.push(terminal.epaint(Tone::Bad, "data in these resources is lost for good:"));
    }
    for change in &approval.losses {
        let id = change.physical_id.as_deref().unwrap_or_default();
        lines.push(format!("  {} ({}) {}", change.logical_id, change.resource_type, harmless(id)));
    }
    let is_lost = |id: &str| approval.losses.iter().any(|lost| lost.logical_id == id);
    let replaced = approval.changes.iter().filter(|it| it.replacement == Replacement::Yes && !is_lost(&it.logical_id));
    let replaced: Vec<String> = replaced.map(|it| format!("  {} ({})", it.logical_id, it.resource_type)).collect();
    if !replaced.is_empty() {
        lines.push(terminal.epaint(Tone::Odd, "these resources are replaced by new ones:"));
    }
    lines.extend(replaced);
    if !approval.broadening.is_empty() {
        lines.push(terminal.epaint(Tone::Odd, "more is permitted than before:"));
    }
    for it in &approval.broadening {
        lines.push(format!("  {} ({}): {}", it.logical_id, it.resource_type, harmless(&it.what)));
    }
    if !approval.outside.is_empty() {
        lines.push(terminal.epaint(Tone::Odd, "publishing the assets does more than to send the assembly's files:"));
    }
    lines.extend(approval.outside.iter().map(|it| format!("  {}", harmless(it))));
    if lines.is_empty() {
        lines.push(format!("{} resources change", approval.changes.len()));
    }
    if !approval.capabilities.is_empty() {
        lines.push(format!("this acknowledges {}", approval.capabilities.join(", ")));
    }
    lines
}

fn is_yes(answer: Option<String>) -> bool {
    answer.is_some_and(|answer| ["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_is_one() {
        for (answer, expected) in
            [(Some("y"), true), (Some("YES"), true), (Some(""), false), (Some("yep"), false), (None, false)]
        {
            assert_eq!(is_yes(answer.map(str::to_owned)), expected, "{answer:?}");
        }
    }
}
