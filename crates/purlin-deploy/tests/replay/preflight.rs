//! Deployments that are bound to fail, and are not begun.

use purlin_assembly::StackProperties;
use purlin_deploy::{DeployError, DeployOptions, Event, Severity};
use serde_json::{Map, Value, json};

use crate::Fixture;
use crate::answers::{change_set, created, done, events, no_stack, stack};

/// A stack of more resources than CloudFormation takes.
fn too_large(answers: &[(&'static str, Vec<crate::server::Answer>)]) -> Fixture {
    let queue = json!({"Type": "AWS::SQS::Queue"});
    let resources: Map<String, Value> = (0..501).map(|number| (format!("Q{number}"), queue.clone())).collect();
    Fixture::with(answers, &json!({"Resources": resources}), StackProperties::default())
}

async fn deploy(fixture: &Fixture, options: &DeployOptions) -> Result<(), DeployError> {
    let session = fixture.session().await;
    let observer = |_: &str, event: Event| fixture.record(event);
    Box::pin(session.deploy(fixture.stack(), options, &observer)).await.map(drop)
}

#[tokio::test]
async fn errors_of_preflight_stop_the_deployment() {
    let fixture = too_large(&[("DescribeStacks", vec![no_stack()])]);
    let Err(error) = deploy(&fixture, &DeployOptions::default()).await else { panic!("it has too many resources") };
    let expected = "stack `Web` was not deployed, as it would fail: the template has 501 resources, but CloudFormation \
        takes at most 500";
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().is_some_and(|hint| hint.ends_with("go on all the same with `--no-preflight`")));
    let DeployError::Preflight { errors, .. } = error else { panic!("{error}") };
    assert_eq!(errors.len(), 1);
    assert_eq!(fixture.server.changes(), Vec::<String>::new());
    let recorded_events = fixture.recorded_events.lock().unwrap();
    let told = recorded_events
        .iter()
        .filter(|it| matches!(it, Event::Found { finding } if finding.severity == Severity::Error));
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn no_preflight_skips_the_checks() {
    let fixture = too_large(&[
        ("DescribeStacks", vec![no_stack(), stack("CREATE_COMPLETE")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["+Q1"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "CREATE_COMPLETE", "")], None)]),
    ]);
    let options = DeployOptions { no_preflight: true, ..DeployOptions::default() };
    deploy(&fixture, &options).await.unwrap();
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "ExecuteChangeSet"]);
}
