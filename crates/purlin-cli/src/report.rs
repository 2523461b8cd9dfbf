//! The lines that explain a failed deployment: causes, consequences, retained resources.

use purlin_deploy::{Aftermath, DeployError, FailedDeployment, Retained};
use purlin_diagnosis::Diagnosis;

use crate::by_hand;

/// The resources that outlive a stack, and how to delete them.
pub(crate) fn retained(resources: &[Retained]) -> Vec<String> {
    let line = |it: &Retained| format!("  retained: {} ({}) {}", it.logical_id, it.resource_type, it.physical_id);
    let mut lines: Vec<String> = resources.iter().map(line).collect();
    let removals: Vec<String> = resources.iter().filter_map(Retained::removal).flatten().collect();
    if !removals.is_empty() {
        lines.push("  when their data is no longer needed, this deletes them permanently:".to_owned());
        lines.extend(removals.iter().map(|command| format!("    {command}")));
        lines.extend(by_hand::key_note(&removals).map(|note| format!("  {note}")));
    }
    lines
}

/// The lines of an error after its message.
pub(crate) fn details(error: &DeployError) -> Vec<String> {
    match error {
        DeployError::Failed(failed) => failed_deployment(failed),
        DeployError::DeletionFailed { failures, .. } => {
            failures.iter().flat_map(|failure| cause(failure, true)).collect()
        }
        DeployError::NotRunning { problems, .. } => problems.iter().map(|it| format!("  {it}")).collect(),
        _ => Vec::new(),
    }
}

fn failed_deployment(failed: &FailedDeployment) -> Vec<String> {
    let mut lines = diagnosis(&failed.diagnosis);
    match &failed.aftermath {
        Aftermath::AsBefore => lines.push("  the stack is as it was before".to_owned()),
        Aftermath::Nothing { retained: kept } => {
            let rest = if kept.is_empty() { "nothing is left of it" } else { "only this is left of it" };
            lines.push(format!("  the new stack was rolled back and deleted: {rest}"));
            lines.extend(retained(kept));
        }
        Aftermath::FailedStack => lines.push(format!("  the stack stays in `{}`", failed.status)),
    }
    lines
}

/// The cause of a failure, its consequences, and other failures. The hint about the cause is printed at the end.
pub(crate) fn diagnosis(found: &Diagnosis) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(first) = &found.cause {
        lines.extend(cause(first, false));
    }
    match found.cancelled {
        0 => {}
        1 => lines.push("  1 other resource was cancelled because of it".to_owned()),
        many => lines.push(format!("  {many} other resources were cancelled because of it")),
    }
    let rest = [
        ("  because of it:", &found.consequences),
        ("  also:", &found.others),
        ("  during the rollback:", &found.while_rolling_back),
    ];
    for (title, failures) in rest {
        for failure in failures {
            lines.push(title.to_owned());
            lines.extend(cause(failure, true));
        }
    }
    lines
}

fn cause(failure: &purlin_diagnosis::Failure, with_hint: bool) -> Vec<String> {
    let inside = if failure.via.is_empty() { String::new() } else { format!(" in {}", failure.via.join("/")) };
    let name = if failure.is_about_its_stack() { &failure.stack } else { &failure.logical_id };
    let mut lines = vec![format!("  {name} ({}){inside}: {}", failure.resource_type, failure.status)];
    let mut push = |title: &str, text: &str| lines.push(format!("    {title}{}", text.replace('\n', "\n    ")));
    push("", &failure.reason);
    if let Some(construct) = &failure.construct {
        push("construct: ", construct);
    }
    if let Some(place) = &failure.declared_at {
        push("declared at: ", place);
    }
    match failure.facts.as_slice() {
        [] => {}
        [fact] => push("seen: ", fact),
        facts => {
            push("seen:", "");
            for fact in facts {
                push("  ", fact);
            }
        }
    }
    if let Some(meaning) = failure.meaning {
        push("usually: ", meaning);
    }
    if let Some(hint) = failure.hint.filter(|_| with_hint) {
        push("hint: ", hint);
    }
    lines
}
