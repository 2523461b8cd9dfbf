//! How each stack ended: a line for people, its outputs, and the last word about it for machines.

use std::collections::BTreeMap;

use purlin_assembly::Stack;
use purlin_deploy::{DeployError, Deployed, Destroyed, Outcome, Output, Verdict};
use purlin_diagnosis::StackState;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Kind};
use crate::report;
use crate::terminal::{Terminal, Tone};
use crate::view::{View, json, span, tone};

/// A stack is deployed, or not.
pub(crate) fn deployed(terminal: &Terminal, view: &View<'_>, stack: &str, result: &Result<Deployed, DeployError>) {
    let deployed = match result {
        Ok(deployed) => deployed,
        Err(error) => return failed(terminal, view, stack, error),
    };
    let (what, word, tone) = match deployed.outcome {
        Outcome::Created => ("created", "created", Tone::Good),
        Outcome::Updated => ("updated", "updated", Tone::Good),
        Outcome::Unchanged => ("nothing to do", "unchanged", Tone::Faint),
        Outcome::Prepared => ("change set ready", "prepared", Tone::Good),
    };
    let title = view.title(stack);
    let is_news = deployed.outcome != Outcome::Unchanged;
    let time = if is_news { format!(" in {}", span(view.elapsed(stack))) } else { String::new() };
    let change_set = json!(deployed.change_set);
    let outputs = plain(&deployed.outputs);
    view.ended(stack, fields(&[("outcome", json!(word)), ("change_set", change_set), ("outputs", outputs)]));
    if is_news || !view.is_quiet() {
        terminal.say(&format!("{title}: {}{time}", terminal.paint(tone, what)));
    }
    if let Some(name) = &deployed.change_set {
        terminal.say(&format!("  execute it with `purlin execute {stack} {name}`"));
    }
    if !view.is_json() {
        outputs_of(terminal, &format!("{title}."), &deployed.outputs);
    }
}

/// A stack is deleted, or was not there, or is there still.
pub(crate) fn destroyed(terminal: &Terminal, view: &View<'_>, stack: &str, result: &Result<Destroyed, DeployError>) {
    let title = view.title(stack);
    let time = span(view.elapsed(stack));
    match result {
        Ok(Destroyed::NotThere) => {
            view.ended(stack, fields(&[("outcome", json!("absent"))]));
            terminal.say(&format!("{title}: {}", terminal.paint(Tone::Faint, "there is no such stack")));
        }
        Ok(Destroyed::Gone { retained }) => {
            let ids: Vec<&str> = retained.iter().map(|it| it.physical_id.as_str()).collect();
            view.ended(stack, fields(&[("outcome", json!("deleted")), ("retained", json!(ids))]));
            terminal.say(&format!("{title}: {} in {time}", terminal.paint(Tone::Good, "deleted")));
            for line in report::retained(retained) {
                terminal.say(&line);
            }
        }
        Err(error) => failed(terminal, view, stack, error),
    }
}

/// CloudFormation is done with a stack, or nobody follows it any more.
pub(crate) fn settled(terminal: &Terminal, view: &View<'_>, stack: &str, result: &Result<StackState, DeployError>) {
    let state = match result {
        Ok(state) => state,
        Err(error) => return failed(terminal, view, stack, error),
    };
    view.ended(stack, fields(&[("outcome", json!("settled")), ("status", json!(state.status))]));
    terminal.say(&format!("{stack}: {}", terminal.paint(tone(&state.status), &state.status)));
}

/// What became of all of them. A stack alone says by itself why it failed; of several, each has
/// said it when it did.
pub(crate) fn conclusion<T>(
    view: &View<'_>,
    stacks: &[&Stack],
    verdicts: Vec<Verdict<T>>,
    doing: &str,
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
                first.get_or_insert(view.with_signal(Failure::of(&error)));
            }
            Verdict::Skipped(_) => {
                view.ended(stack.name(), fields(&[("outcome", json!("skipped"))]));
                skipped.push(name);
            }
        }
    }
    let mut failure = match first {
        None if skipped.is_empty() => return Ok(()),
        None => view.with_signal(Failure::new(Kind::Interrupted, "interrupted")),
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
        failure = failure.detail(format!("  not {doing} because of it: {}", skipped.join(", ")));
    }
    Err(failure)
}

/// Outputs, a line each.
pub(crate) fn outputs_of(terminal: &Terminal, before: &str, outputs: &BTreeMap<String, Output>) {
    for (key, output) in outputs {
        match output {
            Output::Plain(value) => terminal.print(&format!("{before}{key} = {value}")),
            Output::Secret => terminal.print(&format!("{before}{key} = (secret, not shown)")),
        }
    }
}

/// Outputs as an object, without secret ones.
pub(crate) fn plain(outputs: &BTreeMap<String, Output>) -> Value {
    let plain = outputs.iter().filter_map(|(name, output)| match output {
        Output::Plain(value) => Some((name.clone(), json!(value))),
        Output::Secret => None,
    });
    Value::Object(plain.collect())
}

fn failed(terminal: &Terminal, view: &View<'_>, stack: &str, error: &DeployError) {
    let outcome = match error {
        DeployError::NotAccepted { .. } => "refused",
        DeployError::Detached { .. } => "detached",
        DeployError::Cancelled { .. } => "cancelled",
        _ => "failed",
    };
    let failure = view.with_signal(Failure::of(error));
    let mut fields = json::error(&failure);
    fields.insert("outcome".to_owned(), json!(outcome));
    view.ended(stack, fields);
    if view.has_several() {
        report::failure(terminal, &failure);
    }
}

fn fields(pairs: &[(&str, Value)]) -> Map<String, Value> {
    let told = pairs.iter().filter(|(_, value)| !value.is_null());
    told.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
