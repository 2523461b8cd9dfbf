//! Tests with recorded responses of AWS: `PURLIN_CORPUS=FOLDER cargo test -p purlin-diagnosis -- --ignored`.
//!
//! The recordings are not part of the project; the project's own cases are in `causes/`.

use std::fs;
use std::path::{Path, PathBuf};

use purlin_diagnosis::{StackEvent, diagnose, is_no_change};
use serde_json::Value;

/// All recorded responses, as JSON.
fn recordings() -> Vec<Value> {
    let folder = std::env::var_os("PURLIN_CORPUS").expect("`PURLIN_CORPUS` names the folder of recordings");
    let mut files = Vec::new();
    list(&PathBuf::from(folder).join("aws-recordings"), &mut files);
    assert!(!files.is_empty(), "the folder has no recordings");
    let text = |path: &PathBuf| fs::read(path).expect("a listed file");
    files.iter().map(|path| serde_json::from_slice(&text(path)).expect("recordings are JSON")).collect()
}

fn list(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of recordings") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            list(&path, found);
        } else if path.to_string_lossy().ends_with(".snapshot.json") {
            found.push(path);
        }
    }
}

/// Calls `visit` for every value of a recording.
fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(map) => map.values().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

fn event(recorded: &Value) -> Option<StackEvent> {
    let text = |key: &str| recorded[key].as_str().map(str::to_owned);
    text("EventId")?;
    Some(StackEvent {
        // The recordings have no times, so several events have the same id.
        id: String::new(),
        stack_id: text("StackId")?,
        logical_id: text("LogicalResourceId")?,
        physical_id: text("PhysicalResourceId"),
        resource_type: text("ResourceType")?,
        status: text("ResourceStatus")?.into(),
        reason: text("ResourceStatusReason"),
        ..StackEvent::default()
    })
}

#[test]
#[ignore = "needs recordings: set PURLIN_CORPUS"]
fn a_change_set_without_changes_is_distinguished_from_a_failed_one() {
    let (mut empty, mut failed) = (0, 0);
    for recording in recordings() {
        walk(&recording, &mut |value| {
            if value["Status"] == "FAILED"
                && let Some(reason) = value["StatusReason"].as_str()
            {
                let has_none = reason.contains("contain changes");
                assert_eq!(is_no_change(reason), has_none, "{reason}");
                if has_none { empty += 1 } else { failed += 1 }
            }
        });
    }
    assert!(empty > 0 && failed > 0, "{empty} without changes, {failed} failed");
}

#[test]
#[ignore = "needs recordings: set PURLIN_CORPUS"]
fn every_recorded_failure_has_a_cause_that_failed() {
    let mut histories = 0;
    for recording in recordings() {
        walk(&recording, &mut |value| {
            let Some(items) = value.as_array() else { return };
            let events: Vec<StackEvent> = items.iter().rev().filter_map(event).collect();
            let failed = |event: &&StackEvent| event.status.failed() && !event.is_about_its_stack();
            let failed: Vec<&StackEvent> = events.iter().filter(failed).collect();
            let found = diagnose(&events);
            let first = found.cause.iter().chain(&found.while_rolling_back).next();
            if !failed.is_empty() {
                let first = first.expect("a failed event has a diagnosis");
                assert!(failed.iter().any(|event| event.logical_id == first.logical_id), "{first:?}");
            }
            histories += usize::from(!events.is_empty());
        });
    }
    assert!(histories > 10, "{histories} histories");
}
