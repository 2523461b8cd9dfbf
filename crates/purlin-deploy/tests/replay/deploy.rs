//! Deployments with every kind of answer of AWS.

use std::collections::BTreeMap;

use purlin_assembly::StackProperties;
use purlin_deploy::{
    Aftermath, BoxFuture, DeployError, DeployOptions, Deployed, Event, Observer, OnFailure, Outcome, Output,
    RollbackAlarms,
};
use purlin_diagnosis::{Approval, Status};
use serde_json::json;

use crate::Fixture;
use crate::answers::{
    OURS, STACK, change_set, change_sets, created, done, error, events, failed_change_set, no_stack, ok, stack,
    stack_with, throttled,
};

async fn deploy(fixture: &Fixture) -> Result<Deployed, DeployError> {
    deploy_with(fixture, &DeployOptions::default()).await
}

async fn deploy_with(fixture: &Fixture, options: &DeployOptions) -> Result<Deployed, DeployError> {
    let session = fixture.session().await;
    let observer = |_: &str, event: Event| fixture.record(event);
    Box::pin(session.deploy(fixture.stack(), options, &observer)).await
}

#[tokio::test]
async fn events_of_a_new_stack_are_sent_once_and_in_order() {
    let outputs = "<Outputs><member><OutputKey>Url</OutputKey><OutputValue>x</OutputValue></member></Outputs>";
    let fixture = Fixture::of(&[
        (
            "DescribeStacks",
            vec![
                no_stack(),
                stack("REVIEW_IN_PROGRESS"),
                stack("CREATE_IN_PROGRESS"),
                stack_with("CREATE_COMPLETE", outputs),
            ],
        ),
        ("CreateChangeSet", vec![created()]),
        (
            "DescribeChangeSet",
            vec![change_set(&["+Jobs"], Some("2")), change_set(&["+Jobs"], Some("2")), change_set(&["+Mail"], None)],
        ),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        (
            "DescribeStackEvents",
            vec![
                events(&[(1, "Web", "REVIEW_IN_PROGRESS", "")], None),
                events(&[(1, "Web", "REVIEW_IN_PROGRESS", ""), (2, "Web", "CREATE_IN_PROGRESS", "")], None),
                throttled(),
                events(&[(5, "Jobs", "CREATE_COMPLETE", ""), (6, "Web", "CREATE_COMPLETE", "")], Some("p")),
                events(
                    &[
                        (2, "Web", "CREATE_IN_PROGRESS", ""),
                        (3, "Jobs", "CREATE_IN_PROGRESS", ""),
                        (4, "Mail", "CREATE_COMPLETE", ""),
                    ],
                    None,
                ),
                events(&[(6, "Web", "CREATE_COMPLETE", "")], None),
            ],
        ),
    ]);
    let deployed = deploy(&fixture).await.unwrap();
    assert_eq!(deployed.outcome, Outcome::Created);
    assert_eq!(deployed.outputs["Url"], Output::Plain("x".into()));
    let expected = [
        "Web CREATE_IN_PROGRESS",
        "Jobs CREATE_IN_PROGRESS",
        "Mail CREATE_COMPLETE",
        "Jobs CREATE_COMPLETE",
        "Web CREATE_COMPLETE",
    ];
    assert_eq!(fixture.event_lines(), expected);
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "ExecuteChangeSet"]);
    assert_eq!(fixture.server.call("CreateChangeSet").fields["ChangeSetType"], "CREATE");
    let planned = fixture
        .recorded_events
        .lock()
        .unwrap()
        .iter()
        .any(|event| matches!(event, Event::Planned { changes, is_new: true, .. } if changes.len() == 2));
    assert!(planned, "both pages of the change set are told");
}

#[tokio::test]
async fn a_failed_creation_leaves_nothing() {
    let story = [
        (2, "Web", "CREATE_IN_PROGRESS", ""),
        (3, "Jobs", "CREATE_FAILED", "Queue exists (RequestToken: 1, HandlerErrorCode: AlreadyExists)"),
        (4, "Mail", "CREATE_FAILED", "Resource creation cancelled"),
        (5, "Web", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Jobs, Mail]."),
        (6, "Web", "ROLLBACK_COMPLETE", ""),
    ];
    let fixture = Fixture::of(&[
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
        ("DescribeStackEvents", vec![events(&[(1, "Web", "REVIEW_IN_PROGRESS", "")], None), events(&story, None)]),
        ("DeleteStack", vec![done("DeleteStack")]),
    ]);
    let Err(DeployError::Failed(failed)) = deploy(&fixture).await else { panic!("it failed") };
    assert_eq!(failed.status, Status::RollbackComplete);
    assert_eq!(failed.aftermath, Aftermath::Nothing { retained: Vec::new() });
    let cause = failed.diagnosis.cause.unwrap();
    assert_eq!((cause.logical_id.as_str(), cause.reason.as_str()), ("Jobs", "Queue exists"));
    assert_eq!(cause.construct.as_deref(), Some("Web/Jobs/Resource"));
    assert_eq!(cause.declared_at.as_deref(), Some("src/main.rs:12:9"));
    assert_eq!(failed.diagnosis.cancelled, 1);
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "ExecuteChangeSet", "DeleteStack"]);
    assert_eq!(fixture.server.call("DeleteStack").fields["StackName"], STACK, "by ARN, never by name");
}

#[tokio::test]
async fn both_answers_without_changes_are_recognised() {
    for reason in [
        "The submitted information didn&apos;t contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ] {
        let fixture = Fixture::of(&[
            ("DescribeStacks", vec![stack("UPDATE_COMPLETE")]),
            ("CreateChangeSet", vec![created()]),
            ("DescribeChangeSet", vec![failed_change_set(reason)]),
            ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
        ]);
        assert_eq!(deploy(&fixture).await.unwrap().outcome, Outcome::Unchanged, "{reason}");
        assert_eq!(fixture.server.changes(), ["CreateChangeSet", "DeleteChangeSet"]);
    }
}

#[tokio::test]
async fn a_refused_template_changes_nothing() {
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![no_stack()]),
        ("CreateChangeSet", vec![error(400, "ValidationError", "Template error: no such thing")]),
    ]);
    let Err(DeployError::Refused { message, .. }) = deploy(&fixture).await else { panic!("it is refused") };
    assert_eq!(message, "Template error: no such thing");
    assert_eq!(fixture.server.changes(), ["CreateChangeSet"]);
}

#[tokio::test]
async fn a_failed_change_set_is_deleted_with_its_empty_stack() {
    type Row = ([&'static str; 2], [&'static [&'static str]; 2], &'static str);
    let (alone, left) = (["CreateChangeSet", "DeleteChangeSet", "DeleteStack"], ["CreateChangeSet", "DeleteChangeSet"]);
    // The status of the stack before and after the deletion of the change set, the sets in it before and after, and what
    // is done.
    let review = "REVIEW_IN_PROGRESS";
    let cases: [Row; 8] = [
        ([review, review], [&[OURS], &[]], "deleted"),
        // A list that lags.
        ([review, review], [&[OURS], &[OURS]], "deleted"),
        ([review, review], [&[OURS, "a-colleagues"], &["a-colleagues"]], "left"),
        ([review, review], [&["a-colleagues"], &["a-colleagues"]], "left"),
        // A change set of another user came, or was executed, before or after ours was deleted.
        ([review, review], [&[OURS], &["a-colleagues"]], "left"),
        ([review, review], [&[], &[]], "left"),
        ([review, "CREATE_IN_PROGRESS"], [&[OURS], &[]], "left"),
        (["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS"], [&[], &[]], "left"),
    ];
    for ([before, after], [listed, then], expected) in cases {
        let fixture = Fixture::of(&[
            ("DescribeStacks", vec![no_stack(), stack(before), stack(after)]),
            ("CreateChangeSet", vec![created()]),
            ("DescribeChangeSet", vec![failed_change_set("Transform M failed")]),
            ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
            ("ListChangeSets", vec![change_sets(listed), change_sets(then)]),
            ("DeleteStack", vec![done("DeleteStack")]),
        ]);
        assert!(matches!(deploy(&fixture).await, Err(DeployError::Refused { .. })));
        let done: &[&str] = if expected == "deleted" { &alone } else { &left };
        assert_eq!(fixture.server.changes(), done, "{before} {after} {listed:?} {then:?}");
    }
}

#[tokio::test]
async fn the_end_of_the_last_update_is_not_the_end_of_this_one() {
    let before = "<LastUpdatedTime>2026-01-01T00:00:00Z</LastUpdatedTime>";
    let after = "<LastUpdatedTime>2026-01-02T00:00:00Z</LastUpdatedTime>";
    let fixture = Fixture::of(&[
        (
            "DescribeStacks",
            vec![
                stack_with("UPDATE_COMPLETE", before),
                stack_with("UPDATE_COMPLETE", before),
                stack_with("UPDATE_COMPLETE", before),
                stack_with("UPDATE_ROLLBACK_COMPLETE", after),
            ],
        ),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["~Jobs"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "UPDATE_COMPLETE", "")], None)]),
    ]);
    let Err(DeployError::Failed(failed)) = deploy(&fixture).await else { panic!("the update was rolled back") };
    assert_eq!(failed.aftermath, Aftermath::AsBefore);
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "ExecuteChangeSet"]);
}

#[tokio::test]
async fn errors_while_reading_events_never_fail_a_deployment() {
    let fixture = Fixture::of(&[
        (
            "DescribeStacks",
            vec![stack("CREATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), throttled(), stack("UPDATE_COMPLETE")],
        ),
        ("CreateChangeSet", vec![throttled(), created()]),
        ("DescribeChangeSet", vec![change_set(&["~Jobs"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![error(403, "AccessDenied", "you may not listen")]),
    ]);
    assert_eq!(deploy(&fixture).await.unwrap().outcome, Outcome::Updated);
    assert_eq!(fixture.event_lines(), Vec::<String>::new());
}

#[tokio::test]
async fn an_unreachable_aws_is_not_a_failed_deployment() {
    let fixture = Fixture::of(&[
        (
            "DescribeStacks",
            vec![stack("CREATE_COMPLETE"), stack("UPDATE_IN_PROGRESS"), error(403, "ExpiredToken", "too late")],
        ),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["~Jobs"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![events(&[], None)]),
    ]);
    let Err(DeployError::LostSight { detail, .. }) = deploy(&fixture).await else { panic!("sight is lost") };
    assert!(detail.contains("too late"), "{detail}");
}

#[tokio::test]
async fn stacks_of_other_users_are_left_alone() {
    for status in ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "DELETE_FAILED"] {
        let fixture = Fixture::of(&[("DescribeStacks", vec![stack(status)])]);
        let error = deploy(&fixture).await.unwrap_err();
        assert!(error.to_string().contains(status), "{error}");
        assert!(error.hint().is_some(), "{status} has a way out");
        assert!(fixture.server.changes().is_empty(), "{status}");
    }
}

#[tokio::test]
async fn a_stack_that_was_never_complete_is_created_again() {
    let fixture = Fixture::of(&[
        (
            "DescribeStacks",
            vec![
                stack("ROLLBACK_COMPLETE"),
                stack("DELETE_COMPLETE"),
                no_stack(),
                stack("CREATE_IN_PROGRESS"),
                stack("CREATE_COMPLETE"),
            ],
        ),
        ("DeleteStack", vec![done("DeleteStack")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["+Jobs"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![events(&[], None)]),
    ]);
    assert_eq!(deploy(&fixture).await.unwrap().outcome, Outcome::Created);
    assert_eq!(fixture.server.changes(), ["DeleteStack", "CreateChangeSet", "ExecuteChangeSet"]);
}

#[tokio::test]
async fn the_settings_of_the_stack_are_sent() {
    let template = json!({
        "Parameters": {"Size": {"Type": "Number"}, "Kept": {"Type": "String"}},
        "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}},
    });
    let properties = StackProperties {
        tags: [("team".to_owned(), "a".to_owned())].into(),
        termination_protection: Some(true),
        notification_arns: Some(vec!["arn:aws:sns:eu-west-1:000000000000:t".into()]),
        ..StackProperties::default()
    };
    let had =
        "<Parameters><member><ParameterKey>Kept</ParameterKey><ParameterValue>v</ParameterValue></member></Parameters>";
    let fixture = Fixture::with(
        &[
            (
                "DescribeStacks",
                vec![stack_with("CREATE_COMPLETE", had), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_COMPLETE")],
            ),
            ("CreateChangeSet", vec![created()]),
            ("DescribeChangeSet", vec![change_set(&["~Role"], None)]),
            ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
            ("DescribeStackEvents", vec![events(&[], None)]),
            ("UpdateTerminationProtection", vec![done("UpdateTerminationProtection")]),
        ],
        &template,
        properties,
    );
    let options = DeployOptions {
        parameters: BTreeMap::from([("Size".to_owned(), "3".to_owned())]),
        tags: BTreeMap::from([("team".to_owned(), "b".to_owned())]),
        ..DeployOptions::default()
    };
    deploy_with(&fixture, &options).await.unwrap();
    let fields = fixture.server.call("CreateChangeSet").fields;
    let expected = [
        ("ChangeSetType", "UPDATE"),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Capabilities.member.2", "CAPABILITY_NAMED_IAM"),
        ("Parameters.member.1.ParameterKey", "Kept"),
        ("Parameters.member.1.UsePreviousValue", "true"),
        ("Parameters.member.2.ParameterKey", "Size"),
        ("Parameters.member.2.ParameterValue", "3"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "b"),
        ("NotificationARNs.member.1", "arn:aws:sns:eu-west-1:000000000000:t"),
    ];
    for (name, value) in expected {
        assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(fixture.server.call("UpdateTerminationProtection").fields["EnableTerminationProtection"], "true");
}

#[tokio::test]
async fn settings_that_were_taken_away_go_away() {
    let topic = || vec!["t".to_owned()];
    // The manifest's topics, those of the command line, and what is sent: an empty value removes them.
    let cases = [
        (None, None, None),
        (Some(vec![]), None, Some("")),
        (Some(topic()), None, Some("t")),
        (None, Some(vec![]), Some("")),
        (Some(topic()), Some(vec![]), Some("")),
        (Some(vec![]), Some(topic()), Some("t")),
        (None, Some(topic()), Some("t")),
    ];
    let had = "<NotificationARNs><member>arn:of:another</member></NotificationARNs>";
    for (of_app, given, sent) in cases {
        let answers = [
            ("DescribeStacks", vec![stack_with("CREATE_COMPLETE", had)]),
            ("CreateChangeSet", vec![created()]),
            ("DescribeChangeSet", vec![failed_change_set("No updates are to be performed.")]),
            ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
        ];
        let properties = StackProperties { notification_arns: of_app.clone(), ..StackProperties::default() };
        let fixture = Fixture::with(&answers, &crate::template(), properties);
        let options = DeployOptions {
            notification_arns: given.clone(),
            rollback_alarms: Some(RollbackAlarms::default()),
            ..DeployOptions::default()
        };
        deploy_with(&fixture, &options).await.unwrap();
        let fields = fixture.server.call("CreateChangeSet").fields;
        let found = fields.get("NotificationARNs").or(fields.get("NotificationARNs.member.1"));
        assert_eq!(found.map(String::as_str), sent, "{of_app:?} {given:?}: {fields:?}");
        assert_eq!(fields.get("Tags").map(String::as_str), Some(""), "the last tag is removed");
        assert_eq!(fields.get("RollbackConfiguration.RollbackTriggers").map(String::as_str), Some(""));
        let recorded = fixture.recorded_events.lock().unwrap();
        let is_named = |event: &Event| matches!(event, Event::Note { text } if text.contains("`arn:of:another`"));
        assert_eq!(recorded.iter().any(is_named), sent.is_none(), "{of_app:?} {given:?}");
    }
}

/// Declines every approval with losses.
struct Declining;

impl Observer for Declining {
    fn on_event(&self, _stack: &str, _event: Event) {}

    fn approve<'a>(&'a self, _stack: &'a str, approval: &'a Approval) -> BoxFuture<'a, bool> {
        assert_eq!(approval.losses.iter().map(|change| change.logical_id.as_str()).collect::<Vec<_>>(), ["Users"]);
        Box::pin(std::future::ready(false))
    }
}

#[tokio::test]
async fn losses_of_data_need_approval() {
    let change = "<Changes><member><Type>Resource</Type><ResourceChange><PolicyAction>Delete</PolicyAction>\
        <Action>Remove</Action><LogicalResourceId>Users</LogicalResourceId>\
        <ResourceType>AWS::Cognito::UserPool</ResourceType></ResourceChange></member></Changes>";
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![ok("DescribeChangeSet", &format!("<Status>CREATE_COMPLETE</Status>{change}"))]),
        ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
    ]);
    let session = fixture.session().await;
    let result = Box::pin(session.deploy(fixture.stack(), &DeployOptions::default(), &Declining)).await;
    let Err(error @ DeployError::NotAccepted { .. }) = result else { panic!("{result:?}") };
    assert_eq!(error.to_string(), "stack `Web` was not deployed, as this was not approved: data in `Users` is lost");
    assert!(error.hint().expect("a hint").starts_with("keep the data with a removal policy"));
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "DeleteChangeSet"]);
}

#[tokio::test]
async fn a_failed_stack_is_not_reported_as_unchanged() {
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("UPDATE_FAILED")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![failed_change_set("No updates are to be performed.")]),
        ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
    ]);
    let options = DeployOptions { on_failure: OnFailure::Keep, ..DeployOptions::default() };
    assert!(matches!(deploy_with(&fixture, &options).await, Err(DeployError::Stuck { .. })));
}

#[tokio::test]
async fn a_deployment_without_rollback_keeps_what_failed() {
    let story =
        [(2, "Web", "CREATE_IN_PROGRESS", ""), (3, "Jobs", "CREATE_FAILED", "no"), (4, "Web", "CREATE_FAILED", "")];
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![no_stack(), stack("CREATE_IN_PROGRESS"), stack("CREATE_FAILED")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["+Jobs"], None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "REVIEW_IN_PROGRESS", "")], None), events(&story, None)]),
    ]);
    let options = DeployOptions { on_failure: OnFailure::Keep, ..DeployOptions::default() };
    let Err(DeployError::Failed(failed)) = deploy_with(&fixture, &options).await else { panic!("it failed") };
    assert_eq!(failed.aftermath, Aftermath::FailedStack);
    assert_eq!(fixture.server.call("ExecuteChangeSet").fields["DisableRollback"], "true");
    assert_eq!(fixture.server.changes(), ["CreateChangeSet", "ExecuteChangeSet"]);
}
