//! Complete deployments in which a service does not become stable, with the user's events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};
use purlin_diagnosis::{FailureStatus, RequireApproval, Status};
use serde_json::{Value, json};

use super::services::{KIND, SERVICE, crash, deployment, service, tasks};
use super::*;
use crate::error::DeployError;
use crate::event::Event;
use crate::options::{DeployOptions, OnFailure};
use crate::outcome::Deployed;

const STACK_KIND: &str = "AWS::CloudFormation::Stack";
const TASK: &str = "arn:aws:ecs:eu-west-1:000000000000:task-definition/web:2";

fn template() -> Value {
    json!({"Resources": {
        "Task": {"Type": "AWS::ECS::TaskDefinition"},
        "Web": {"Type": KIND, "Properties": {"TaskDefinition": {"Ref": "Task"}}},
    }})
}

fn ok(action: &str, body: &str) -> Answer {
    Answer::xml(&format!("<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"))
}

fn stack(status: &str, more: &str) -> Answer {
    ok(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackId>{STACK}</StackId><StackName>Web</StackName>\
             <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>{more}</member></Stacks>"
        ),
    )
}

/// Events, oldest first: resource, status, reason.
fn events(events: &[(&str, &str, &str)]) -> Answer {
    let member = |(number, (id, status, reason)): (usize, &(&str, &str, &str))| {
        let (kind, physical) = if *id == "Stack" { (STACK_KIND, STACK) } else { (KIND, SERVICE) };
        format!(
            "<member><EventId>{number}</EventId><StackId>{STACK}</StackId><StackName>Web</StackName>\
             <LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
             <ResourceType>{kind}</ResourceType><Timestamp>2026-06-01T00:00:00Z</Timestamp>\
             <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
        )
    };
    let members: Vec<String> = events.iter().enumerate().map(member).rev().collect();
    ok("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>", members.concat()))
}

/// CloudFormation's responses, independent of the service.
fn change_set(call: &Call) -> Answer {
    match call.action.as_str() {
        "CreateChangeSet" => {
            ok("CreateChangeSet", &format!("<Id>arn:aws:cloudformation:::changeSet/c/1</Id><StackId>{STACK}</StackId>"))
        }
        "DescribeChangeSet" => ok(
            "DescribeChangeSet",
            &format!(
                "<ChangeSetId>arn:aws:cloudformation:::changeSet/c/1</ChangeSetId><ChangeSetName>c</ChangeSetName>\
                 <StackId>{STACK}</StackId><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>\
                 <CreationTime>2026-05-31T00:00:00Z</CreationTime><Changes><member><Type>Resource</Type><ResourceChange>\
                 <Action>Modify</Action><LogicalResourceId>Web</LogicalResourceId><ResourceType>{KIND}</ResourceType>\
                 </ResourceChange></member></Changes>"
            ),
        ),
        "ListStackResources" => {
            let member = |(id, kind, physical): &(&str, &str, &str)| {
                format!(
                    "<member><LogicalResourceId>{id}</LogicalResourceId><ResourceType>{kind}</ResourceType>\
                     <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>\
                     <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>"
                )
            };
            let members = [("Web", KIND, SERVICE), ("Task", "AWS::ECS::TaskDefinition", TASK)].iter().map(member);
            ok(
                "ListStackResources",
                &format!("<StackResourceSummaries>{}</StackResourceSummaries>", members.collect::<String>()),
            )
        }
        action => ok(action, ""),
    }
}

/// The result of a deployment, and its events.
struct Played {
    result: Result<Deployed, DeployError>,
    reported: Vec<Event>,
}

async fn deploy(server: &Server, options: DeployOptions) -> Played {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut out = CloudAssembly::new();
    out.json("Web.template.json", &template());
    let properties = StackProperties { template_file: "Web.template.json".into(), ..StackProperties::default() };
    out.artifact("Web", Artifact::of_stack(&Environment::agnostic(), &properties));
    out.write(folder.path()).expect("an empty folder");
    let assembly = Assembly::read(folder.path()).expect("the assembly just written");
    let reported = Mutex::new(Vec::new());
    let observer = |_: &str, event: Event| reported.lock().expect("one test, one thread").push(event);
    let options = DeployOptions { no_preflight: true, require_approval: RequireApproval::Never, ..options };
    let session = session(server).await;
    let deployment = Box::pin(session.deploy(&assembly.stacks()[0], &options, &observer));
    let result = timeout(Duration::from_secs(30), deployment).await.expect("it comes to an end");
    Played { result, reported: reported.into_inner().expect("one test, one thread") }
}

fn news(reported: &[Event]) -> String {
    let news = reported.iter().filter_map(|event| match event {
        Event::Followed { news, .. } => Some(news.as_str()),
        _ => None,
    });
    news.collect::<Vec<_>>().join("\n")
}

/// A stack whose service crashes until the update is cancelled.
fn crashing(cancelled: Arc<AtomicBool>) -> Server {
    Server::start(move |call| match call.action.as_str() {
        "CancelUpdateStack" => {
            cancelled.store(true, Ordering::SeqCst);
            ok("CancelUpdateStack", "")
        }
        "DescribeStacks" if call.before == 0 => stack("UPDATE_COMPLETE", ""),
        "DescribeStacks" if cancelled.load(Ordering::SeqCst) => {
            stack("UPDATE_ROLLBACK_COMPLETE", "<LastUpdatedTime>2026-06-01T00:00:00Z</LastUpdatedTime>")
        }
        "DescribeStacks" => stack("UPDATE_IN_PROGRESS", ""),
        "DescribeStackEvents" if cancelled.load(Ordering::SeqCst) => events(&[
            ("Stack", "UPDATE_IN_PROGRESS", ""),
            ("Web", "UPDATE_IN_PROGRESS", ""),
            ("Web", "UPDATE_FAILED", "Resource update cancelled"),
            ("Stack", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
            ("Web", "UPDATE_COMPLETE", ""),
            ("Stack", "UPDATE_ROLLBACK_COMPLETE", ""),
        ]),
        "DescribeStackEvents" => events(&[("Stack", "UPDATE_IN_PROGRESS", ""), ("Web", "UPDATE_IN_PROGRESS", "")]),
        "DescribeServices" => service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 0)]),
        "ListTasks" | "DescribeTasks" | "DescribeTaskDefinition" | "GetLogEvents" => tasks(call, crash, &[]),
        _ => change_set(call),
    })
}

#[tokio::test]
async fn an_unrecoverable_update_is_cancelled_and_explained() {
    let server = crashing(Arc::default());
    let fail_fast = FailFast { same_reasons: Some(3), ecs_timeout: None };
    let played = deploy(&server, DeployOptions { fail_fast, ..DeployOptions::default() }).await;
    let Err(DeployError::Failed(failed)) = played.result else { panic!("{:?}", played.result) };
    assert_eq!(server.count("CancelUpdateStack"), 1);
    assert_eq!(failed.status, Status::UpdateRollbackComplete);
    let cause = failed.diagnosis.cause.expect("a cause");
    assert_eq!((cause.logical_id.as_str(), &cause.status), ("Web", &FailureStatus::Unrecoverable));
    assert!(cause.reason.contains("3 tasks of `web:2` stopped for the same reason"), "{}", cause.reason);
    let facts = cause.facts.join("\n");
    assert!(
        facts.contains("tasks stopped: container `app` ended with code 1") && facts.contains("no database"),
        "{facts}"
    );
    assert!(news(&played.reported).contains("1 task stopped"), "{:?}", played.reported);
}

#[tokio::test]
async fn without_fail_fast_or_rollback_nothing_is_cancelled() {
    let fail_fast = FailFast { same_reasons: Some(1), ecs_timeout: None };
    let cases = [
        DeployOptions::default(),
        DeployOptions { fail_fast, on_failure: OnFailure::Keep, ..DeployOptions::default() },
    ];
    for options in cases {
        let ended = Arc::new(AtomicBool::new(false));
        let server = crashing(Arc::clone(&ended));
        let after_a_while = async {
            while server.count("DescribeTasks") < 4 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            ended.store(true, Ordering::SeqCst);
        };
        let (played, ()) = tokio::join!(deploy(&server, options), after_a_while);
        let Err(DeployError::Failed(failed)) = played.result else { panic!("{:?}", played.result) };
        assert_eq!(server.count("CancelUpdateStack"), 0);
        let stopped = "container `app` ended with code 1";
        assert!(news(&played.reported).contains(stopped), "{:?}", played.reported);
        assert!(failed.diagnosis.failures().all(|failure| failure.status != FailureStatus::Unrecoverable));
    }
}

#[tokio::test]
async fn a_deployment_fails_if_the_old_revision_runs() {
    for (runs, expected) in
        [(2, None), (1, Some("runs `web:1` instead of `web:2` because ECS deployment circuit breaker"))]
    {
        let server = Server::start(move |call| match call.action.as_str() {
            "DescribeStacks" if call.before == 0 => stack("UPDATE_COMPLETE", ""),
            "DescribeStacks" => stack("UPDATE_COMPLETE", "<LastUpdatedTime>2026-06-01T00:00:00Z</LastUpdatedTime>"),
            "DescribeStackEvents" => events(&[
                ("Stack", "UPDATE_IN_PROGRESS", ""),
                ("Web", "UPDATE_IN_PROGRESS", ""),
                ("Web", "UPDATE_COMPLETE", ""),
                ("Stack", "UPDATE_COMPLETE", ""),
            ]),
            "DescribeServices" => {
                service(&[deployment(runs, "PRIMARY", "COMPLETED", 2), deployment(9, "ACTIVE", "FAILED", 0)])
            }
            "ListTasks" => Answer::json(&json!({"taskArns": []})),
            _ => change_set(call),
        });
        let played = deploy(&server, DeployOptions::default()).await;
        match (played.result, expected) {
            (Ok(_), None) => {}
            (Err(DeployError::NotRunning { problems, .. }), Some(expected)) => {
                assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
            }
            (other, expected) => panic!("{other:?} is not {expected:?}"),
        }
    }
}
