//! The evidence of a failed deployment, written then and read from AWS later.

use std::fs;

use purlin_assembly::StackProperties;
use purlin_deploy::{DeployError, DeployOptions, Event};
use purlin_diagnosis::Evidence;
use serde_json::json;

use crate::Fixture;
use crate::answers::{change_set, created, done, events, no_stack, ok, stack};

const STORY: &[crate::answers::Event] = &[
    (2, "Web", "CREATE_IN_PROGRESS", ""),
    (3, "Jobs", "CREATE_FAILED", "given let-me-in-1 (RequestToken: 1, HandlerErrorCode: AlreadyExists)"),
    (4, "Mail", "CREATE_FAILED", "Resource creation cancelled"),
    (5, "Web", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Jobs, Mail]."),
    (6, "Web", "ROLLBACK_COMPLETE", ""),
];

#[tokio::test]
async fn a_failed_deployment_leaves_a_folder_without_its_secrets() {
    let template = json!({
        "Parameters": {"Pass": {"Type": "String", "NoEcho": true}},
        "Resources": {
            "Jobs": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Web/Jobs/Resource"}},
            "Mail": {"Type": "AWS::SQS::Queue"},
        },
    });
    let answers = [
        (
            "DescribeStacks",
            vec![
                no_stack(),
                stack("ROLLBACK_IN_PROGRESS"),
                stack("ROLLBACK_COMPLETE"),
                stack("DELETE_IN_PROGRESS"),
                stack("DELETE_COMPLETE"),
            ],
        ),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["+Jobs", "+Mail"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "REVIEW_IN_PROGRESS", "")], None), events(STORY, None)]),
        ("DeleteStack", vec![done("DeleteStack")]),
    ];
    let fixture = Fixture::with(&answers, &template, StackProperties::default());
    let folder = tempfile::tempdir().expect("a folder for the test");
    let options = DeployOptions {
        parameters: [("Pass".to_owned(), "let-me-in-1".to_owned())].into(),
        evidence: Some(folder.path().join("kept/Web")),
        ..DeployOptions::default()
    };
    let observer = |_: &str, event: Event| fixture.record(event);
    let session = fixture.session().await;
    let result = Box::pin(session.deploy(fixture.stack(), &options, &observer)).await;
    let Err(DeployError::Failed(failed)) = result else { panic!("it failed") };

    let kept = folder.path().join("kept/Web");
    let read = Evidence::read(&kept).expect("the folder is there");
    let cause = read.summary.diagnosis.cause.expect("a cause");
    assert_eq!(cause.reason, "given ***");
    assert_eq!(cause.hint, failed.diagnosis.cause.expect("the same").hint);
    assert_eq!(cause.declared_at.as_deref(), Some("src/main.rs:12:9"));
    assert_eq!((read.summary.status.as_str(), read.summary.account.as_str()), ("ROLLBACK_COMPLETE", "000000000000"));
    assert!(read.summary.assembly.is_some());
    assert_eq!((read.events.len(), read.changes.len()), (5, 2));
    for entry in fs::read_dir(&kept).expect("the folder just read") {
        let text = fs::read_to_string(entry.expect("a file").path()).expect("text");
        assert!(!text.contains("let-me-in-1"), "{text}");
    }
    let recorded_events = fixture.recorded_events.lock().expect("one test, one thread");
    let notes =
        recorded_events.iter().filter(|event| matches!(event, Event::Note { text } if text.contains("purlin explain")));
    assert_eq!(notes.count(), 1);
}

#[tokio::test]
async fn the_last_failure_of_a_stack_is_explained_without_its_whole_history() {
    let later = [(7, "Web", "UPDATE_IN_PROGRESS", "User Initiated"), (8, "Web", "UPDATE_COMPLETE", "")];
    let earlier = [(0, "Web", "CREATE_IN_PROGRESS", ""), (1, "Old", "CREATE_FAILED", "an older story")];
    let told: Vec<_> = STORY.iter().chain(&later).copied().collect();
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("UPDATE_COMPLETE")]),
        ("DescribeStackEvents", vec![events(&told, Some("older")), events(&earlier, Some("oldest"))]),
        ("GetTemplate", vec![ok("GetTemplate", "<TemplateBody>{\"Resources\": {}}</TemplateBody>")]),
    ]);
    let session = fixture.session().await;
    let evidence = session.explain("Web", Some(fixture.stack())).await.expect("the stack is there");
    let cause = evidence.summary.diagnosis.cause.expect("a cause");
    assert_eq!((cause.logical_id.as_str(), cause.code.as_deref()), ("Jobs", Some("AlreadyExists")));
    assert_eq!(cause.declared_at.as_deref(), Some("src/main.rs:12:9"));
    assert_eq!(evidence.summary.diagnosis.cancelled, 1);
    assert_eq!(evidence.events.len(), STORY.len());
    assert_eq!(fixture.server.count("DescribeStackEvents"), 2, "the oldest page is not asked for");
    assert!(fixture.server.changes().is_empty(), "{:?}", fixture.server.changes());
}

#[tokio::test]
async fn a_stack_that_is_not_there_cannot_be_explained() {
    let fixture = Fixture::of(&[("DescribeStacks", vec![no_stack()])]);
    let session = fixture.session().await;
    assert!(matches!(session.explain("Web", None).await, Err(DeployError::NoSuchStack { .. })));
}
