//! The output of `--json`: one JSON object per line, and nothing else on standard output.
//!
//! | field | in | what |
//! |---|---|---|
//! | `v` | all | the version of this format, `1`; fields and events may be added to it, none changed |
//! | `at` | all | when it was printed, RFC 3339 in UTC with milliseconds |
//! | `event` | all | `started`, `note`, `found`, `asset`, `planned`, `begun`, `progress`, `followed`, `result`, `summary` |
//! | `stack` | all but `summary` | the stack's name in CloudFormation |
//! | `account`, `region` | `started` | the target of the stack |
//! | `text` | `note` | a message for people |
//! | `finding` | `found` | `severity`, `check`, `reason`, perhaps `fix`, `logical_id`, `construct`, `declared_at` |
//! | `name`, `step` | `asset` | `step` is `present`, `building`, `uploading` (with `bytes`) or `published` |
//! | `is_new`, `changes` | `planned` | the change set; values of properties are left out, they may be secret |
//! | `stack_id`, `operation` | `begun` | `operation` is `create`, `update`, `import`, `roll-back` or `delete` |
//! | `told`, `done`, `total` | `progress` | an event of CloudFormation, and how many resources are done |
//! | `logical_id`, `resource_type`, `news` | `followed` | progress within a resource |
//! | `outcome`, `seconds` | `result` | `created`, `updated`, `unchanged`, `prepared`, `deleted`, `absent`, `settled` (with `status`); `failed`, `refused`, `cancelled`, `detached`, `skipped` |
//! | `outputs` | `result` | by name; secret ones are left out |
//! | `error`, `hints` | `result`, `summary` | what is wrong, and what to do |
//! | `exit_code` | `summary` | the command's; the summary is the last line |

use std::time::{SystemTime, UNIX_EPOCH};

use purlin_deploy::Event;
use serde_json::{Map, Value, json};

use crate::by_hand;
use crate::failure::Failure;

const VERSION: u64 = 1;

/// The line of an event.
pub(crate) fn event(stack: &str, event: &Event, at: SystemTime) -> String {
    let mut fields = match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields,
        // An event is always an object.
        _ => Map::new(),
    };
    if let Some(Value::Array(changes)) = fields.get_mut("changes") {
        changes.iter_mut().for_each(without_values);
    }
    for text in ["text", "fix"] {
        if let Some(Value::String(text)) = fields.get_mut(text) {
            *text = by_hand::addressed(text);
        }
    }
    line(at, Some(stack), fields)
}

/// The last line of a stack.
pub(crate) fn result(stack: &str, mut fields: Map<String, Value>, at: SystemTime) -> String {
    fields.insert("event".to_owned(), json!("result"));
    line(at, Some(stack), fields)
}

/// The last line of a command.
pub(crate) fn summary(exit_code: u8, failure: Option<&Failure>, at: SystemTime) -> String {
    let mut fields = failure.map(error).unwrap_or_default();
    fields.insert("event".to_owned(), json!("summary"));
    fields.insert("exit_code".to_owned(), json!(exit_code));
    line(at, None, fields)
}

/// A failure, as fields.
pub(crate) fn error(failure: &Failure) -> Map<String, Value> {
    let addressed = |lines: &[String]| json!(lines.iter().map(|it| by_hand::addressed(it)).collect::<Vec<_>>());
    let message = json!(by_hand::addressed(&failure.message));
    let fields = [("error", message), ("details", addressed(&failure.details)), ("hints", addressed(&failure.hints))];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn line(at: SystemTime, stack: Option<&str>, fields: Map<String, Value>) -> String {
    let mut whole = Map::new();
    whole.insert("v".to_owned(), json!(VERSION));
    whole.insert("at".to_owned(), json!(rfc_3339(at)));
    whole.extend(stack.map(|stack| ("stack".to_owned(), json!(stack))));
    whole.extend(fields);
    Value::Object(whole).to_string()
}

fn without_values(change: &mut Value) {
    for detail in change["details"].as_array_mut().into_iter().flatten() {
        if let Some(detail) = detail.as_object_mut() {
            detail.remove("before");
            detail.remove("after");
        }
    }
}

/// A time as `2026-11-21T14:05:09.123Z`.
pub(crate) fn rfc_3339(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Years are counted from the first of March, so that a leap day is the last of its year.
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    let year = year + era * 400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use purlin_deploy::{AssetStep, Operation};
    use purlin_diagnosis::{Change, ChangeDetail, StackEvent};

    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_798_761_599_007, "2026-12-31T23:59:59.007Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc_3339(UNIX_EPOCH + Duration::from_millis(millis)), expected);
        }
    }

    #[test]
    fn every_event_is_one_versioned_line() {
        let detail =
            ChangeDetail { before: Some("hush".into()), after: Some("hush".into()), ..ChangeDetail::default() };
        let change = Change { logical_id: "Db".into(), details: vec![detail], ..Change::default() };
        let stack_event =
            StackEvent { logical_id: "Db".into(), reason: Some("two\nlines".into()), ..StackEvent::default() };
        let events = [
            (Event::Started { account: "1".into(), region: "eu-west-1".into() }, "started", "region"),
            (Event::Note { text: "x".into() }, "note", "text"),
            (Event::Asset { name: "a".into(), step: AssetStep::Uploading { bytes: Some(7) } }, "asset", "bytes"),
            (Event::Planned { is_new: true, changes: vec![change] }, "planned", "changes"),
            (Event::Begun { stack_id: "arn".into(), operation: Operation::RollBack }, "begun", "operation"),
            (Event::Progress { event: stack_event, done: 1, total: 2 }, "progress", "told"),
        ];
        for (given, name, field) in events {
            let line = event("Web", &given, UNIX_EPOCH);
            assert!(!line.contains('\n') && !line.contains("hush"), "{line}");
            let read: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(
                (&read["v"], &read["stack"], &read["event"]),
                (&json!(1), &json!("Web"), &json!(name)),
                "{line}"
            );
            assert!(read.get(field).is_some(), "`{field}` is not in {line}");
        }
    }

    #[test]
    fn the_summary_has_the_exit_code_and_the_error() {
        let failure = Failure::usage("what is wrong").hint("what helps");
        let read: Value = serde_json::from_str(&summary(2, Some(&failure), UNIX_EPOCH)).unwrap();
        assert_eq!(
            (&read["event"], &read["exit_code"], &read["error"]),
            (&json!("summary"), &json!(2), &json!("what is wrong"))
        );
        assert!(!summary(0, None, UNIX_EPOCH).contains("error"));
    }
}
