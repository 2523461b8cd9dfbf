//! The end of each stack: a line for people, its outputs, and the last line of JSON about it.

use std::collections::BTreeMap;

use purlin_assembly::Stack;
use purlin_deploy::{DeployError, Deployed, Destroyed, Outcome, Output, Verdict};
use purlin_diagnosis::StackState;
use serde_json::{Map, Value, json};

use super::display::Display;
use super::event_lines::tone;
use super::interrupts::Interrupts;
use super::json;
use super::words::span;
use crate::failure::Failure;
use crate::report;
use crate::terminal::{Terminal, Tone};

/// The end of a deployment.
pub(super) fn deployed(
    display: &Display<'_>,
    interrupts: &Interrupts,
    stack: &str,
    result: &Result<Deployed, DeployError>,
) {
    let deployed = match result {
        Ok(deployed) => deployed,
        Err(error) => return failed(display, interrupts, stack, error),
    };
    let (what, word, tone) = match deployed.outcome {
        Outcome::Created => ("created", "created", Tone::Good),
        Outcome::Updated => ("updated", "updated", Tone::Good),
        Outcome::Unchanged => ("nothing to do", "unchanged", Tone::Faint),
        Outcome::Prepared => ("change set ready", "prepared", Tone::Good),
    };
    let (terminal, title) = (display.terminal, display.title(stack));
    let has_changed = deployed.outcome != Outcome::Unchanged;
    let time = if has_changed { format!(" in {}", span(display.elapsed(stack))) } else { String::new() };
    let change_set = json!(deployed.change_set);
    let outputs = plain_outputs(&deployed.outputs);
    display.end(stack, fields(&[("outcome", json!(word)), ("change_set", change_set), ("outputs", outputs)]));
    if has_changed || !display.style.is_quiet {
        terminal.eprint(&format!("{title}: {}{time}", terminal.epaint(tone, what)));
    }
    if let Some(name) = &deployed.change_set {
        terminal.eprint(&format!("  execute it with `purlin execute {stack} {name}`"));
    }
    if !display.style.is_json {
        print_outputs(terminal, &format!("{title}."), &deployed.outputs);
    }
}

/// The end of a deletion.
pub(super) fn destroyed(
    display: &Display<'_>,
    interrupts: &Interrupts,
    stack: &str,
    result: &Result<Destroyed, DeployError>,
) {
    let (terminal, title) = (display.terminal, display.title(stack));
    let time = span(display.elapsed(stack));
    match result {
        Ok(Destroyed::NotThere) => {
            display.end(stack, fields(&[("outcome", json!("absent"))]));
            terminal.eprint(&format!("{title}: {}", terminal.epaint(Tone::Faint, "there is no such stack")));
        }
        Ok(Destroyed::Gone { retained }) => {
            let ids: Vec<&str> = retained.iter().map(|it| it.physical_id.as_str()).collect();
            display.end(stack, fields(&[("outcome", json!("deleted")), ("retained", json!(ids))]));
            terminal.eprint(&format!("{title}: {} in {time}", terminal.epaint(Tone::Good, "deleted")));
            for line in report::retained(retained) {
                terminal.eprint(&line);
            }
        }
        Err(error) => failed(display, interrupts, stack, error),
    }
}

/// The end of an operation that was followed.
pub(super) fn settled(
    display: &Display<'_>,
    interrupts: &Interrupts,
    stack: &str,
    result: &Result<StackState, DeployError>,
) {
    let state = match result {
        Ok(state) => state,
        Err(error) => return failed(display, interrupts, stack, error),
    };
    display.end(stack, fields(&[("outcome", json!("settled")), ("status", json!(state.status))]));
    let terminal = display.terminal;
    terminal.eprint(&format!("{stack}: {}", terminal.epaint(tone(&state.status), state.status.as_str())));
}

/// The result of all stacks. The failure of one stack is printed with its reasons at the end of the command; of
/// several stacks, each was printed when it failed.
pub(super) fn conclusion<T>(
    display: &Display<'_>,
    interrupts: &Interrupts,
    stacks: &[&Stack],
    verdicts: Vec<Verdict<T>>,
    done: &str,
) -> Result<(), Failure> {
    let mut failed = Vec::new();
    let mut skipped = Vec::new();
    let mut first = None;
    for (stack, verdict) in stacks.iter().zip(verdicts) {
        let name = format!("`{}`", stack.display_name());
        match verdict {
            Verdict::Done(_) => {}
            Verdict::Failed(error) => {
                failed.push(name);
                first.get_or_insert(interrupts.failure(&error));
            }
            Verdict::Skipped(_) => {
                display.end(stack.name(), fields(&[("outcome", json!("skipped"))]));
                skipped.push(name);
            }
        }
    }
    let mut failure = match first {
        None if skipped.is_empty() => return Ok(()),
        None => interrupts.interrupted(),
        Some(first) if stacks.len() == 1 => first,
        Some(first) if failed.len() == 1 => {
            Failure::new(first.kind, format!("1 of {} stacks failed: {}", stacks.len(), failed[0]))
        }
        Some(first) => {
            let names = failed.join(", ");
            Failure::new(first.kind, format!("{} of {} stacks failed: {names}", failed.len(), stacks.len()))
        }
    };
    if !skipped.is_empty() {
        failure = failure.detail(format!("  not {done} because of it: {}", skipped.join(", ")));
    }
    Err(failure)
}

/// Prints outputs, a line each.
pub(crate) fn print_outputs(terminal: &Terminal, before: &str, outputs: &BTreeMap<String, Output>) {
    for (key, output) in outputs {
        match output {
            Output::Plain(value) => terminal.print(&format!("{before}{key} = {value}")),
            Output::Secret => terminal.print(&format!("{before}{key} = (secret, not shown)")),
        }
    }
}

/// Outputs as an object, without secret ones.
pub(crate) fn plain_outputs(outputs: &BTreeMap<String, Output>) -> Value {
    let plain = outputs.iter().filter_map(|(name, output)| match output {
        Output::Plain(value) => Some((name.clone(), json!(value))),
        Output::Secret => None,
    });
    Value::Object(plain.collect())
}

fn failed(display: &Display<'_>, interrupts: &Interrupts, stack: &str, error: &DeployError) {
    let outcome = match error {
        DeployError::NotAccepted { .. } => "refused",
        DeployError::Detached { .. } => "detached",
        DeployError::Cancelled { .. } => "cancelled",
        _ => "failed",
    };
    let failure = interrupts.failure(error);
    let mut fields = json::error(&failure);
    fields.insert("outcome".to_owned(), json!(outcome));
    display.end(stack, fields);
    if display.has_several() {
        failure.print(display.terminal);
    }
}

fn fields(pairs: &[(&str, Value)]) -> Map<String, Value> {
    let present = pairs.iter().filter(|(_, value)| !value.is_null());
    present.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
