//! Operations on stacks besides deploying: attach, execute, roll back, status.

use purlin_deploy::{
    BoxFuture, DeployError, DeployOptions, Event, IfBusy, Interruption, Method, Observer, Outcome, Output,
    RollbackAlarms, RollbackOptions,
};
use purlin_diagnosis::Status;

use crate::Fixture;
use crate::answers::{
    OURS, STACK, change_set, created, done, error, events, events_with_token, failed_change_set, no_stack, ok, stack,
    stack_with,
};
use crate::server::Answer;

const STORY: [(u32, &str, &str, &str); 2] = [(2, "Jobs", "UPDATE_IN_PROGRESS", ""), (3, "Web", "UPDATE_COMPLETE", "")];

fn silent(_: &str, _: Event) {}

#[tokio::test]
async fn a_busy_stack_is_refused_with_the_user_of_its_operation() {
    let begun = [(1, "Web", "UPDATE_IN_PROGRESS", "User Initiated"), (2, "Jobs", "UPDATE_IN_PROGRESS", "")];
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("UPDATE_IN_PROGRESS")]),
        ("DescribeStackEvents", vec![events_with_token(&begun, "Console-UpdateStack-1")]),
    ]);
    let session = fixture.session().await;
    let refused = session.deploy(fixture.stack(), &DeployOptions::default(), &silent).await.unwrap_err();
    let expected = "stack `Web` is busy: it is in `UPDATE_IN_PROGRESS`, begun by a user of the AWS console at \
                    2026-01-01T00:00:00Z";
    assert_eq!(refused.to_string(), expected);
    assert!(refused.hint().unwrap().contains("purlin attach Web"));
    assert!(fixture.server.changes().is_empty());
}

#[tokio::test]
async fn an_operation_in_progress_is_followed_when_it_is_ours_or_on_request() {
    // The token, the option, and the expected error.
    let cases = [("purlin-alice-1-2", IfBusy::Refuse), ("Console-UpdateStack-1", IfBusy::Wait)];
    for (token, if_busy) in cases {
        let begun = [(1, "Web", "UPDATE_IN_PROGRESS", "User Initiated")];
        let fixture = Fixture::of(&[
            (
                "DescribeStacks",
                vec![stack("UPDATE_IN_PROGRESS"), stack("UPDATE_IN_PROGRESS"), stack("UPDATE_COMPLETE")],
            ),
            ("DescribeStackEvents", vec![events_with_token(&begun, token), events(&STORY, None)]),
            ("CreateChangeSet", vec![created()]),
            ("DescribeChangeSet", vec![failed_change_set("No updates are to be performed.")]),
            ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
        ]);
        let options = DeployOptions { if_busy, ..DeployOptions::default() };
        let observer = |_: &str, event: Event| fixture.record(event);
        let deployed = fixture.session().await.deploy(fixture.stack(), &options, &observer).await.unwrap();
        assert_eq!(deployed.outcome, Outcome::Unchanged, "{token}");
        assert!(
            fixture.event_lines().contains(&"Web UPDATE_COMPLETE".to_owned()),
            "{token}: {:?}",
            fixture.event_lines()
        );
    }
}

#[tokio::test]
async fn an_execution_with_a_lost_answer_is_not_repeated() {
    let refused = error(400, "InvalidChangeSetStatus", "ChangeSet cannot be executed in its current status");
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![no_stack(), stack("CREATE_IN_PROGRESS"), stack("CREATE_COMPLETE")]),
        ("CreateChangeSet", vec![error(503, "ServiceUnavailable", "later"), created()]),
        (
            "DescribeChangeSet",
            vec![
                change_set(&["+Jobs"], None),
                change_set(&["+Jobs"], None),
                change_set(&["+Jobs"], None),
                ok(
                    "DescribeChangeSet",
                    "<Status>CREATE_COMPLETE</Status><ExecutionStatus>EXECUTE_IN_PROGRESS</ExecutionStatus>",
                ),
            ],
        ),
        ("ExecuteChangeSet", vec![error(500, "InternalFailure", "oh"), refused]),
        ("DescribeStackEvents", vec![events(&[(2, "Web", "CREATE_COMPLETE", "")], None)]),
    ]);
    let deployed = fixture.session().await.deploy(fixture.stack(), &DeployOptions::default(), &silent).await.unwrap();
    assert_eq!(deployed.outcome, Outcome::Created);
    let calls = ["CreateChangeSet", "CreateChangeSet", "ExecuteChangeSet", "ExecuteChangeSet"];
    assert_eq!(fixture.server.changes(), calls);
    let [first, second] = &fixture.server.calls("ExecuteChangeSet")[..] else { panic!("it is asked twice") };
    assert_eq!(first.fields["ClientRequestToken"], second.fields["ClientRequestToken"]);
}

#[tokio::test]
async fn a_change_set_can_be_prepared_only_and_has_the_settings() {
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![change_set(&["~Jobs"], None)]),
        ("DeleteChangeSet", vec![error(404, "ChangeSetNotFound", "ChangeSet [review] does not exist")]),
    ]);
    let options = DeployOptions {
        method: Method::PrepareOnly,
        change_set_name: Some("review".into()),
        import_existing_resources: true,
        notification_arns: Some(vec!["arn:aws:sns:eu-west-1:1:t".into()]),
        rollback_alarms: Some(RollbackAlarms { arns: vec!["arn:aws:cloudwatch:x".into()], monitoring_minutes: 5 }),
        ..DeployOptions::default()
    };
    let deployed = fixture.session().await.deploy(fixture.stack(), &options, &silent).await.unwrap();
    assert_eq!(deployed.outcome, Outcome::Prepared);
    assert!(deployed.change_set.is_some());
    assert_eq!(fixture.server.changes(), ["DeleteChangeSet", "CreateChangeSet"]);
    let fields = fixture.server.call("CreateChangeSet").fields;
    let expected = [
        ("ChangeSetName", "review"),
        ("ImportExistingResources", "true"),
        ("NotificationARNs.member.1", "arn:aws:sns:eu-west-1:1:t"),
        ("RollbackConfiguration.RollbackTriggers.member.1.Arn", "arn:aws:cloudwatch:x"),
        ("RollbackConfiguration.MonitoringTimeInMinutes", "5"),
    ];
    for (name, value) in expected {
        assert_eq!(fields.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn failed_early_validations_are_in_the_error() {
    let reason = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck].";
    let told = "<OperationEvents><member><EventId>1</EventId><LogicalResourceId>Jobs</LogicalResourceId>\
        <ValidationStatusReason>Resource of type 'AWS::SQS::Queue' with identifier 'jobs' already exists.\
        </ValidationStatusReason><ValidationPath>/Resources/Jobs</ValidationPath></member></OperationEvents>";
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE")]),
        ("CreateChangeSet", vec![created()]),
        ("DescribeChangeSet", vec![failed_change_set(reason)]),
        ("DescribeEvents", vec![ok("DescribeEvents", told)]),
        ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
    ]);
    let refused =
        fixture.session().await.deploy(fixture.stack(), &DeployOptions::default(), &silent).await.unwrap_err();
    let text = refused.to_string();
    assert!(text.contains("`Jobs`: Resource of type 'AWS::SQS::Queue' with identifier 'jobs' already"), "{text}");
}

/// Requests one interruption, for one stack.
struct Interrupting(Interruption, std::sync::atomic::AtomicBool);

impl Observer for Interrupting {
    fn on_event(&self, _stack: &str, _event: Event) {}

    fn next_interruption<'a>(&'a self, stack: &'a str) -> BoxFuture<'a, Interruption> {
        use std::sync::atomic::Ordering;
        Box::pin(async move {
            if stack != "Web" || self.1.swap(true, Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            self.0
        })
    }
}

fn interrupting(request: Interruption) -> Interrupting {
    Interrupting(request, false.into())
}

#[tokio::test]
async fn detaching_before_the_execution_deletes_the_change_set() {
    let gone = || error(404, "ChangeSetNotFound", "ChangeSet [x] does not exist");
    let late = || change_set(&["+Jobs"], None);
    let list = |names: &[&str]| crate::answers::change_sets(names);
    // What there is of the change set a little later, the lists of them, and what is done. AWS may make one whose
    // creation was broken off; an empty stack without it is of another user.
    let cases: [(Answer, Vec<Answer>, &[&str]); 2] = [
        (gone(), vec![list(&[])], &["DeleteChangeSet"]),
        (late(), vec![list(&[]), list(&[OURS]), list(&[])], &["DeleteChangeSet", "DeleteChangeSet", "DeleteStack"]),
    ];
    for (looked, lists, expected) in cases {
        let fixture = Fixture::of(&[
            ("DescribeStacks", vec![no_stack(), stack("REVIEW_IN_PROGRESS")]),
            ("CreateChangeSet", vec![created()]),
            ("DescribeChangeSet", vec![looked]),
            ("DeleteChangeSet", vec![done("DeleteChangeSet")]),
            ("ListChangeSets", lists),
            ("DeleteStack", vec![done("DeleteStack")]),
        ]);
        let observer = interrupting(Interruption::Detach);
        let session = fixture.session().await;
        let left = session.deploy(fixture.stack(), &DeployOptions::default(), &observer).await.unwrap_err();
        assert!(matches!(left, DeployError::Detached { has_begun: false, .. }), "{left}");
        assert_eq!(fixture.server.changes(), expected);
    }
}

#[tokio::test]
async fn a_followed_operation_can_be_detached_or_cancelled() {
    let begun = [(1, "Web", "UPDATE_IN_PROGRESS", "User Initiated")];
    let back = [(2, "Web", "UPDATE_ROLLBACK_IN_PROGRESS", ""), (3, "Web", "UPDATE_ROLLBACK_COMPLETE", "")];
    let answers = [
        ("DescribeStacks", vec![stack("UPDATE_IN_PROGRESS"), stack("UPDATE_ROLLBACK_COMPLETE")]),
        ("DescribeStackEvents", vec![events(&begun, None), events(&back, None)]),
        ("CancelUpdateStack", vec![done("CancelUpdateStack")]),
    ];
    let fixture = Fixture::of(&answers);
    let left = fixture.session().await.attach("Web", &interrupting(Interruption::Detach)).await.unwrap_err();
    assert!(matches!(left, DeployError::Detached { has_begun: true, .. }), "{left}");
    assert!(fixture.server.changes().is_empty());

    let fixture = Fixture::of(&answers);
    let cancelled = fixture.session().await.attach("Web", &interrupting(Interruption::Cancel)).await.unwrap_err();
    assert!(matches!(&cancelled, DeployError::Cancelled { status, .. } if *status == Status::UpdateRollbackComplete));
    assert_eq!(fixture.server.changes(), ["CancelUpdateStack"]);
}

#[tokio::test]
async fn attach_returns_the_result() {
    let begun = [(1, "Web", "UPDATE_IN_PROGRESS", "User Initiated")];
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("UPDATE_IN_PROGRESS"), stack("UPDATE_COMPLETE")]),
        ("DescribeStackEvents", vec![events(&begun, None), events(&STORY, None)]),
    ]);
    let session = fixture.session().await;
    assert_eq!(session.attach("Web", &silent).await.unwrap().status, Status::UpdateComplete);
    let missing = Fixture::of(&[("DescribeStacks", vec![no_stack()])]);
    let error = missing.session().await.attach("Web", &silent).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no stack `Web` in account `000000000000`, region `eu-west-1`");
}

#[tokio::test]
async fn a_prepared_change_set_is_executed_unless_it_is_out_of_date() {
    let of = |execution: &str| {
        ok(
            "DescribeChangeSet",
            &format!(
                "<ChangeSetId>cs</ChangeSetId><StackId>{STACK}</StackId>\
            <Status>CREATE_COMPLETE</Status><ExecutionStatus>{execution}</ExecutionStatus>"
            ),
        )
    };
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE"), stack("UPDATE_COMPLETE")]),
        ("DescribeChangeSet", vec![of("AVAILABLE")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "CREATE_COMPLETE", "")], None), events(&STORY, None)]),
        ("ExecuteChangeSet", vec![done("ExecuteChangeSet")]),
    ]);
    let state = fixture.session().await.execute("Web", "review", &silent).await.unwrap();
    assert_eq!(state.status, Status::UpdateComplete);

    let fixture =
        Fixture::of(&[("DescribeStacks", vec![stack("CREATE_COMPLETE")]), ("DescribeChangeSet", vec![of("OBSOLETE")])]);
    let refused = fixture.session().await.execute("Web", "review", &silent).await.unwrap_err().to_string();
    assert!(refused.contains("`review`") && refused.contains("`OBSOLETE`"), "{refused}");
    assert!(fixture.server.changes().is_empty());
}

#[tokio::test]
async fn an_execution_by_name_with_a_lost_answer_is_followed() {
    let of = |execution: &str| {
        let body = format!(
            "<ChangeSetId>cs</ChangeSetId><StackId>{STACK}</StackId><Status>CREATE_COMPLETE</Status>\
             <ExecutionStatus>{execution}</ExecutionStatus>"
        );
        ok("DescribeChangeSet", &body)
    };
    let refused = error(400, "InvalidChangeSetStatus", "ChangeSet cannot be executed in its current status");
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE"), stack("UPDATE_COMPLETE")]),
        ("DescribeChangeSet", vec![of("AVAILABLE"), of("AVAILABLE"), of("AVAILABLE"), of("EXECUTE_IN_PROGRESS")]),
        ("DescribeStackEvents", vec![events(&[(1, "Web", "CREATE_COMPLETE", "")], None), events(&STORY, None)]),
        ("ExecuteChangeSet", vec![error(500, "InternalFailure", "oh"), refused]),
    ]);
    let state = fixture.session().await.execute("Web", "review", &silent).await.unwrap();
    assert_eq!(state.status, Status::UpdateComplete);
}

#[tokio::test]
async fn a_failed_rollback_names_the_resources_to_orphan() {
    let again = [
        (2, "Web", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        (3, "Jobs", "UPDATE_FAILED", "the queue is gone"),
        (4, "Web", "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Jobs]."),
    ];
    let done_now = [(5, "Web", "UPDATE_ROLLBACK_IN_PROGRESS", ""), (6, "Web", "UPDATE_ROLLBACK_COMPLETE", "")];
    let answers = [
        (
            "DescribeStacks",
            vec![
                stack("UPDATE_ROLLBACK_FAILED"),
                stack("UPDATE_ROLLBACK_IN_PROGRESS"),
                stack("UPDATE_ROLLBACK_FAILED"),
                stack("UPDATE_ROLLBACK_IN_PROGRESS"),
                stack("UPDATE_ROLLBACK_COMPLETE"),
            ],
        ),
        (
            "DescribeStackEvents",
            vec![
                events(&[(1, "Web", "UPDATE_ROLLBACK_FAILED", "")], None),
                events(&again, None),
                events(&again, None),
                events(&again, None),
                events(&done_now, None),
            ],
        ),
        ("ContinueUpdateRollback", vec![done("ContinueUpdateRollback")]),
    ];
    let fixture = Fixture::of(&answers);
    let stuck = fixture.session().await.roll_back("Web", &RollbackOptions::default(), &silent).await.unwrap_err();
    assert!(stuck.hint().unwrap().contains("purlin rollback Web --orphan Jobs"), "{:?}", stuck.hint());

    let fixture = Fixture::of(&answers);
    let options = RollbackOptions { force: true, ..RollbackOptions::default() };
    let state = fixture.session().await.roll_back("Web", &options, &silent).await.unwrap();
    assert_eq!(state.status, Status::UpdateRollbackComplete);
    assert_eq!(fixture.server.call("ContinueUpdateRollback").fields["ResourcesToSkip.member.1"], "Jobs");
}

#[tokio::test]
async fn a_kept_failure_is_rolled_back() {
    for status in ["UPDATE_FAILED", "CREATE_FAILED"] {
        let after = if status == "CREATE_FAILED" { "ROLLBACK_COMPLETE" } else { "UPDATE_ROLLBACK_COMPLETE" };
        let fixture = Fixture::of(&[
            ("DescribeStacks", vec![stack(status), stack(after)]),
            ("DescribeStackEvents", vec![events(&[(1, "Web", status, "")], None), events(&[], None)]),
            ("RollbackStack", vec![done("RollbackStack")]),
        ]);
        let state = fixture.session().await.roll_back("Web", &RollbackOptions::default(), &silent).await.unwrap();
        assert_eq!(state.status.as_str(), after);
    }
    let fixture = Fixture::of(&[("DescribeStacks", vec![stack("UPDATE_COMPLETE")])]);
    let refused = fixture.session().await.roll_back("Web", &RollbackOptions::default(), &silent).await.unwrap_err();
    assert!(refused.to_string().contains("`UPDATE_COMPLETE`"), "{refused}");
}

#[tokio::test]
async fn status_and_outputs_have_no_secrets() {
    let outputs = "<Outputs><member><OutputKey>Key</OutputKey><OutputValue>s3cret</OutputValue></member>\
                   <member><OutputKey>Url</OutputKey><OutputValue>https://x</OutputValue></member></Outputs>";
    let template = r#"{"Parameters":{"P":{"Type":"String","NoEcho":true}},
        "Outputs":{"Key":{"Value":{"Ref":"P"}},"Url":{"Value":"https://x"}}}"#
        .replace('"', "&quot;");
    let listed = "<StackResourceSummaries><member><LogicalResourceId>Jobs</LogicalResourceId>\
        <ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
        </StackResourceSummaries>";
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack_with("CREATE_COMPLETE", outputs)]),
        ("GetTemplate", vec![ok("GetTemplate", &format!("<TemplateBody>{template}</TemplateBody>"))]),
        ("ListStackResources", vec![ok("ListStackResources", listed)]),
    ]);
    let session = fixture.session().await;
    let outputs = session.outputs("Web").await.unwrap();
    assert_eq!(outputs["Key"], Output::Secret);
    assert_eq!(outputs["Url"], Output::Plain("https://x".into()));
    let report = session.status("Web").await.unwrap();
    assert_eq!(report.resources.len(), 1);
    assert!(!serde_json::to_string(&report).unwrap().contains("s3cret"));
}

#[tokio::test]
async fn drift_is_detected_property_by_property() {
    let detection = |status: &str| {
        let body = format!(
            "<StackId>{STACK}</StackId><StackDriftDetectionId>d</StackDriftDetectionId>\
             <DetectionStatus>{status}</DetectionStatus><StackDriftStatus>DRIFTED</StackDriftStatus>\
             <Timestamp>2026-01-01T00:00:00Z</Timestamp>"
        );
        ok("DescribeStackDriftDetectionStatus", &body)
    };
    let drifts = "<StackResourceDrifts><member><StackId>s</StackId><LogicalResourceId>Jobs</LogicalResourceId>\
        <ResourceType>AWS::SQS::Queue</ResourceType><StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus>\
        <Timestamp>2026-01-01T00:00:00Z</Timestamp><PropertyDifferences><member><PropertyPath>/DelaySeconds</PropertyPath>\
        <ExpectedValue>0</ExpectedValue><ActualValue>9</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member>\
        </PropertyDifferences></member></StackResourceDrifts>";
    let fixture = Fixture::of(&[
        ("DescribeStacks", vec![stack("CREATE_COMPLETE")]),
        ("DetectStackDrift", vec![ok("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>")]),
        (
            "DescribeStackDriftDetectionStatus",
            vec![detection("DETECTION_IN_PROGRESS"), detection("DETECTION_COMPLETE")],
        ),
        ("DescribeStackResourceDrifts", vec![ok("DescribeStackResourceDrifts", drifts)]),
    ]);
    let drift = fixture.session().await.drift("Web").await.unwrap();
    assert_eq!(drift.status, "DRIFTED");
    assert_eq!(drift.resources[0].differences, [("/DelaySeconds".into(), "0".into(), "9".into())]);
}
