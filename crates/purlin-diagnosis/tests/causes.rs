//! Tests the root cause of lists of events from AWS, labelled by hand.
//!
//! A case is a file in `causes/`. `source` is the origin of its events: `reported` in an issue or question, `recorded`
//! from AWS, `documented` by AWS, or `made` for this test in the form that AWS documents. Names and ids are invented.
//! If a report is incomplete, the start of the operation, cancellations and rollback are added. An event is
//! `[second, stack, logical id, type, status, reason, more]`; a stack is `Web` or, nested in it, `Web/Db`; the logical
//! id `.` is the stack itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use purlin_diagnosis::{Diagnosis, Failure, StackEvent, Templates, diagnose_with};
use serde_json::Value;

const STACK: &str = "AWS::CloudFormation::Stack";

struct Case {
    name: String,
    given: Value,
    events: Vec<StackEvent>,
    templates: Templates,
}

#[test]
fn the_diagnosed_cause_is_the_labelled_one() {
    let cases = cases();
    let wrong: Vec<String> = cases.iter().filter_map(|case| case.check(&case.diagnose(&case.events))).collect();
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let source = case.given["source"].as_str().unwrap_or_default();
        *sources.entry(source.split(':').next().unwrap_or_default()).or_default() += 1;
    }
    println!("root causes: {} of {} right; {sources:?}", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known = ["documented", "made", "recorded", "reported"];
    assert!(sources.keys().all(|source| known.contains(source)), "{sources:?}");
    let from_users_or_aws =
        sources.iter().filter(|(source, _)| **source != "made").map(|(_, count)| count).sum::<usize>();
    assert!(from_users_or_aws >= 40, "{from_users_or_aws} cases from users or AWS: {sources:?}");
}

/// AWS may list an event twice, or late.
#[test]
fn late_and_repeated_events_change_nothing() {
    for case in cases() {
        let expected = case.diagnose(&case.events);
        for step in [3, 5, 7, 11] {
            let mut listed = case.events.clone();
            listed.extend(case.events.iter().step_by(step).cloned());
            // Events with the same time keep their order: nothing else orders them.
            listed.sort_by_key(|event| event.at * i64::try_from(step).expect("small") * 7919 % 104_729);
            let found = case.diagnose(&listed);
            assert_eq!(found, expected, "{} with step {step}", case.name);
        }
    }
}

/// Failures of an earlier operation are not the cause.
#[test]
fn an_earlier_operation_changes_nothing() {
    for case in cases().into_iter().filter(|case| case.begins() && case.has_failed()) {
        let expected = case.diagnose(&case.events);
        let root = &case.events[0];
        let before = |number: i64, status: &str, id: &str, reason: &str| StackEvent {
            id: format!("before-{number}"),
            at: root.at - 1_000_000 + number,
            status: status.into(),
            logical_id: if id.is_empty() { root.logical_id.clone() } else { id.into() },
            resource_type: if id.is_empty() { STACK.into() } else { "AWS::SQS::Queue".into() },
            physical_id: if id.is_empty() { root.physical_id.clone() } else { Some("queue".into()) },
            reason: Some(reason.into()).filter(|reason: &String| !reason.is_empty()),
            ..root.clone()
        };
        let mut listed = vec![
            before(1, "UPDATE_IN_PROGRESS", "", "User Initiated"),
            before(2, "UPDATE_FAILED", "Older", "an older failure"),
            before(3, "UPDATE_ROLLBACK_IN_PROGRESS", "", "The following resource(s) failed to update: [Older]."),
            before(4, "UPDATE_FAILED", "Older", "an older failure of a rollback"),
            before(5, "UPDATE_ROLLBACK_COMPLETE", "", ""),
        ];
        listed.extend(case.events.iter().cloned());
        assert_eq!(case.diagnose(&listed), expected, "{}", case.name);
    }
}

impl Case {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("a listed file");
        let given = purlin_template::load(&text).unwrap_or_else(|error| panic!("{name}: {error}")).to_json();
        let events = items(&given["events"]).iter().enumerate().map(|(index, row)| event(&name, index, row)).collect();
        let mut templates = Templates::default();
        for (path, template) in given["templates"].as_object().into_iter().flatten() {
            let path: Vec<&str> = path.split('/').skip(1).collect();
            templates.add(&path, template.clone());
        }
        Self { name, given, events, templates }
    }

    fn diagnose(&self, events: &[StackEvent]) -> Diagnosis {
        diagnose_with(events, &self.templates)
    }

    fn has_failed(&self) -> bool {
        self.given["expect"]["cause"] != ""
    }

    /// Whether the first event begins an operation.
    fn begins(&self) -> bool {
        let first = &self.events[0];
        first.is_about_its_stack() && first.status.is_busy() && !first.status.is_rollback()
    }

    /// The differences from the labels.
    fn check(&self, found: &Diagnosis) -> Option<String> {
        let expect = &self.given["expect"];
        let cause = found.cause.as_ref();
        let texts = |failures: &[Failure]| failures.iter().map(place).collect::<Vec<_>>();
        let labelled = |key: &str| items(&expect[key]).iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut wrong = Vec::new();
        let mut compare = |what: &str, found: String, expected: String| {
            if found != expected {
                wrong.push(format!("{what}: `{found}`, expected `{expected}`"));
            }
        };
        compare("cause", cause.map(place).unwrap_or_default(), expect["cause"].as_str().unwrap_or_default().into());
        compare("cancelled", found.cancelled.to_string(), expect["cancelled"].as_u64().unwrap_or_default().to_string());
        for (key, failures) in
            [("others", &found.others), ("because", &found.consequences), ("afterwards", &found.while_rolling_back)]
        {
            let expected: Vec<String> = labelled(key);
            compare(key, format!("{:?}", texts(failures)), format!("{expected:?}"));
        }
        for (key, text) in [
            ("says", cause.map(|cause| cause.reason.as_str())),
            ("code", cause.and_then(|cause| cause.code.as_deref())),
            ("hook", cause.and_then(|cause| cause.hook.as_deref())),
            ("hint", cause.and_then(|cause| cause.hint)),
        ] {
            if let Some(words) = expect[key].as_str()
                && !text.unwrap_or_default().contains(words)
            {
                wrong.push(format!("{key}: `{}` has no `{words}`", text.unwrap_or_default()));
            }
        }
        (!wrong.is_empty()).then(|| format!("{}\n  {}", self.name, wrong.join("\n  ")))
    }
}

/// A failure in the form of the cases: `Db/Table` in a nested stack, `.` for the stack itself.
fn place(failure: &Failure) -> String {
    let own = if failure.is_about_its_stack() { "." } else { &failure.logical_id };
    failure.via.iter().map(String::as_str).chain([own]).collect::<Vec<_>>().join("/")
}

fn event(case: &str, index: usize, row: &Value) -> StackEvent {
    let text = |column: usize| row[column].as_str().map(str::to_owned);
    let second = row[0].as_f64().unwrap_or_else(|| panic!("{case}: event {index} has no time"));
    let (stack, id) = (text(1).expect("a stack"), text(2).expect("a logical id"));
    let resource_type = text(3).map(|kind| if kind == "Stack" { STACK.into() } else { kind }).expect("a type");
    let more = &row[6];
    let field = |key: &str| more[key].as_str().map(str::to_owned);
    let physical = match (resource_type.as_str(), id.as_str()) {
        (STACK, ".") => Some(arn(&stack)),
        (STACK, id) => Some(arn(&format!("{stack}/{id}"))),
        (_, id) => Some(format!("{id}-1")),
    };
    let name = stack.replace('/', "-");
    StackEvent {
        id: field("id").unwrap_or_else(|| format!("{stack}-{index}")),
        stack_id: arn(&stack),
        logical_id: if id == "." { name } else { id },
        physical_id: if more["physical"].is_null() && more.get("physical").is_some() { None } else { physical },
        resource_type,
        status: text(4).expect("a status").into(),
        reason: text(5).filter(|reason| !reason.is_empty()),
        #[expect(clippy::cast_possible_truncation, reason = "cases last hours at most")]
        at: (second * 1000.0) as i64 + 1_700_000_000_000,
        hook: field("hook"),
        hook_status: field("hook_status").map(Into::into),
        hook_reason: field("hook_reason"),
        hook_mode: field("hook_mode"),
        ..StackEvent::default()
    }
}

fn arn(stack: &str) -> String {
    format!("arn:aws:cloudformation:eu-west-1:111122223333:stack/{}/1", stack.replace('/', "-"))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/causes");
    let entries = fs::read_dir(folder).expect("the folder of cases");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of the folder").path()).collect();
    files.sort();
    files.iter().map(|path| Case::read(path)).collect()
}
