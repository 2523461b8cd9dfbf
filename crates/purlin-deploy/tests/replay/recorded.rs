//! Deploys against recorded answers of AWS, where there are recordings:
//! `PURLIN_CORPUS=FOLDER cargo test -p purlin-deploy --test replay -- --ignored`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use purlin_assembly::StackProperties;
use purlin_deploy::{DeployError, DeployOptions, Event, Outcome};
use purlin_diagnosis::{Action, Change, Replacement};
use serde_json::Value;

use crate::Fixture;
use crate::answers::{created, done, error, ok, stack};
use crate::server::Answer;

fn corpus() -> PathBuf {
    PathBuf::from(std::env::var_os("PURLIN_CORPUS").expect("`PURLIN_CORPUS` names the folder of recordings"))
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a recording")).expect("recordings are JSON")
}

/// A recorded answer as CloudFormation sends it.
fn answer(action: &str, recorded: &Value) -> Answer {
    ok(action, &xml(recorded))
}

fn xml(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let fields = map.iter().filter(|(key, _)| *key != "ResponseMetadata");
            let element = |(key, value): (&String, &Value)| format!("<{key}>{}</{key}>", field(key, value));
            fields.map(element).collect::<Vec<_>>().concat()
        }
        Value::Array(items) => {
            items.iter().map(|item| format!("<member>{}</member>", xml(item))).collect::<Vec<_>>().concat()
        }
        Value::String(text) => escaped(text),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Times are scrubbed in the recordings, and some texts are JSON that the recorder read.
fn field(key: &str, value: &Value) -> String {
    match key {
        "CreationTime" | "LastUpdatedTime" => "2026-01-01T00:00:00Z".to_owned(),
        "Timestamp" => "2026-01-01T00:00:01Z".to_owned(),
        "BeforeContext" | "AfterContext" | "ResourceProperties" if !value.is_string() => escaped(&value.to_string()),
        _ => xml(value),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A recorded change set as the engine reads it.
fn recorded_changes(change_set: &Value) -> Vec<(Action, String, String, Replacement)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let changes = change_set["Changes"].as_array().expect("a list of changes").iter().map(|it| &it["ResourceChange"]);
    changes
        .map(|it| {
            let action = match it["Action"].as_str() {
                Some("Add") => Action::Add,
                Some("Remove") => Action::Remove,
                Some("Modify") => Action::Modify,
                other => panic!("an action that no recording had: {other:?}"),
            };
            let replacement = match it["Replacement"].as_str() {
                Some("True") => Replacement::Yes,
                Some("Conditional") => Replacement::Maybe,
                _ => Replacement::No,
            };
            (action, text(&it["LogicalResourceId"]), text(&it["ResourceType"]), replacement)
        })
        .collect()
}

/// The recorded events, each with an id: some recordings have lost theirs.
fn recorded_events(by_resource: &Value) -> Vec<Value> {
    let lists = by_resource.as_object().expect("events by resource").values().filter_map(Value::as_array);
    let mut events: Vec<Value> = lists.flatten().cloned().collect();
    for (number, event) in events.iter_mut().enumerate() {
        if event["EventId"].is_null() {
            event["EventId"] = format!("lost-{number}").into();
        }
    }
    events
}

/// Permission to describe a change set is not needed to execute it.
fn ids(events: &[Value]) -> BTreeSet<String> {
    let of_execution = events.iter().filter(|event| event["ResourceStatus"] != "REVIEW_IN_PROGRESS");
    of_execution.filter_map(|event| event["EventId"].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
#[ignore = "needs recordings: set PURLIN_CORPUS"]
async fn recorded_updates_have_the_plan_events_and_result_of_aws() {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus().join("replay/changesets"))
        .expect("a folder of change sets")
        .map(|entry| entry.expect("an entry of it").path())
        .collect();
    files.sort();
    for path in &files {
        deploys_as_recorded(&read(path)).await;
    }
    assert!(files.len() >= 50, "{} recorded updates", files.len());
}

async fn deploys_as_recorded(case: &Value) {
    let name = case["id"].as_str().expect("a name");
    let plain = answer("DescribeChangeSet", &case["change_set_2"]);
    let with_values = answer("DescribeChangeSet", &case["change_set_2_prop_values"]);
    let state = |key: &str| answer("DescribeStacks", &serde_json::json!({"Stacks": [case[key].clone()]}));
    let recorded = recorded_events(&case["per_resource_events"]);
    let template = |template: &Value| {
        let text = escaped(&template.to_string());
        ok("GetTemplate", &format!("<TemplateBody>{text}</TemplateBody>"))
    };
    let answers = [
        ("DescribeStacks", vec![state("stack_after_1"), state("stack_after_2")]),
        // Of the stack, then of the change set.
        ("GetTemplate", vec![template(&case["t1_json"]), template(&case["t2_json"])]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![plain.clone(), plain, with_values]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![answer("DescribeStackEvents", &serde_json::json!({"StackEvents": recorded}))]),
    ];
    let fixture = Fixture::with(&answers, &case["t2_json"], StackProperties::default());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let given = case["p2"].as_object().into_iter().flatten();
    let parameters: BTreeMap<String, String> = given.map(|(key, value)| (key.clone(), text(value))).collect();
    let options = DeployOptions { parameters, ..DeployOptions::default() };
    let observer = |_: &str, event: Event| fixture.record(event);
    let result = fixture.session().await.deploy(fixture.stack(), &options, &observer).await;
    assert_eq!(result.unwrap_or_else(|error| panic!("{name}: {error}")).outcome, Outcome::Updated, "{name}");
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "ExecuteChangeSet"], "{name}");

    let recorded_events = fixture.recorded_events.lock().expect("one test, one thread");
    let planned = recorded_events.iter().find_map(|event| match event {
        Event::Planned { changes, .. } => Some(changes),
        _ => None,
    });
    let planned = planned.unwrap_or_else(|| panic!("{name}: nothing was planned"));
    let said = |it: &Change| (it.action.clone(), it.logical_id.clone(), it.resource_type.clone(), it.replacement);
    assert_eq!(planned.iter().map(said).collect::<Vec<_>>(), recorded_changes(&case["change_set_2"]), "{name}");
    let told: BTreeSet<String> = recorded_events
        .iter()
        .filter_map(|event| match event {
            Event::Progress { event, .. } => Some(event.id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ids(&recorded), "{name}");
}

#[tokio::test]
#[ignore = "needs recordings: set PURLIN_CORPUS"]
async fn recorded_refusals_keep_the_text_of_aws() {
    let recorded = read(&corpus().join("replay/validation_errors.json"));
    let messages: BTreeSet<&str> =
        recorded.as_array().expect("a list").iter().filter_map(|it| it["message"].as_str()).collect();
    for message in &messages {
        let refusal = error(400, "ValidationError", &escaped(message));
        let answers = [("DescribeStacks", vec![stack("CREATE_COMPLETE")]), ("CreateChangeSet", vec![refusal])];
        let fixture = Fixture::of(&answers);
        let silent = |_: &str, _: Event| {};
        let result = fixture.session().await.deploy(fixture.stack(), &DeployOptions::default(), &silent).await;
        match result {
            Err(DeployError::Refused { message: said, .. }) => assert_eq!(said, *message),
            other => panic!("`{message}`: {other:?}"),
        }
        assert!(fixture.server.changes().iter().all(|call| call == "CreateChangeSet"), "{message}");
    }
    assert!(messages.len() >= 20, "{} recorded messages", messages.len());
}
