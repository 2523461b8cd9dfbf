//! ECS services that do not become stable, each for another reason.

use std::collections::BTreeSet;

use purlin_diagnosis::StackResource;
use serde_json::{Value, json};

use super::*;
use crate::followers::verify::{services_in, verify};

pub(super) const SERVICE: &str = "arn:aws:ecs:eu-west-1:000000000000:service/shop/web";
pub(super) const KIND: &str = "AWS::ECS::Service";

/// A deployment: its number is that of its revision.
pub(super) fn deployment(number: u32, status: &str, rollout: &str, running: u32) -> Value {
    json!({
        "id": format!("ecs-svc/{number}"),
        "status": status,
        "taskDefinition": format!("arn:aws:ecs:eu-west-1:000000000000:task-definition/web:{number}"),
        "desiredCount": 2, "runningCount": running, "pendingCount": 2 - running, "failedTasks": 0,
        "createdAt": 1_770_000_000 + number, "updatedAt": 1_770_000_000 + number,
        "rolloutState": rollout, "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
    })
}

pub(super) fn service(deployments: &[Value]) -> Answer {
    service_with(deployments, &json!([]), &json!([]))
}

fn service_with(deployments: &[Value], events: &Value, balancers: &Value) -> Answer {
    Answer::json(&json!({"services": [{
        "serviceArn": SERVICE, "serviceName": "web", "deployments": deployments, "events": events, "loadBalancers": balancers,
    }], "failures": []}))
}

/// A stopped task: its number, the deployment's, and the reason.
fn stopped(number: usize, deployment: u32, reason: &str, container: &Value) -> Value {
    json!({
        "taskArn": format!("arn:aws:ecs:eu-west-1:000000000000:task/shop/{number:04}"),
        "taskDefinitionArn": format!("arn:aws:ecs:eu-west-1:000000000000:task-definition/web:{deployment}"),
        "startedBy": format!("ecs-svc/{deployment}"), "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
        "stopCode": "EssentialContainerExited", "stoppedReason": reason,
        "startedAt": 1_770_000_100, "stoppedAt": 1_770_000_105, "containers": [container],
    })
}

fn running(deployment: u32, health: &str) -> Value {
    json!({
        "taskArn": "arn:aws:ecs:eu-west-1:000000000000:task/shop/aaaa", "startedBy": format!("ecs-svc/{deployment}"),
        "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "healthStatus": health, "containers": [],
    })
}

/// Responses about tasks: `stop` creates the stopped tasks, `run` the running ones.
pub(super) fn tasks(call: &Call, stop: impl Fn(usize) -> Value, run: &[Value]) -> Answer {
    let arn = |number: usize| format!("arn:aws:ecs:eu-west-1:000000000000:task/shop/{number:04}");
    match call.action.as_str() {
        "ListTasks" if call.body["desiredStatus"] == "RUNNING" => {
            let arns: Vec<&Value> = run.iter().map(|task| &task["taskArn"]).collect();
            Answer::json(&json!({"taskArns": arns}))
        }
        // At each read, one more task has stopped.
        "ListTasks" => Answer::json(&json!({"taskArns": (0..=call.before).map(arn).collect::<Vec<_>>()})),
        "DescribeTasks" => {
            let asked = call.body["tasks"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let number = |arn: &str| arn.rsplit('/').next().and_then(|it| it.parse().ok());
            let tasks: Vec<Value> = asked
                .flat_map(|arn| match number(arn) {
                    Some(number) => vec![stop(number)],
                    None => run.iter().filter(|task| task["taskArn"] == arn).cloned().collect(),
                })
                .collect();
            Answer::json(&json!({"tasks": tasks, "failures": []}))
        }
        "DescribeTaskDefinition" => Answer::json(&json!({"taskDefinition": {"containerDefinitions": [{
            "name": "app", "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}}}]}})),
        "GetLogEvents" => Answer::json(&json!({"events": [
            {"timestamp": 1, "message": "connecting with password=hunter2\n"},
            {"timestamp": 2, "message": format!("no database ({})", call.body["logStreamName"])},
        ]})),
        _ => Answer::refused("UnknownOperationException"),
    }
}

pub(super) fn crash(number: usize) -> Value {
    stopped(number, 2, "Essential container in task exited", &json!({"name": "app", "exitCode": 1}))
}

fn three() -> FailFast {
    FailFast { same_reasons: Some(3), ecs_timeout: None }
}

#[tokio::test]
async fn three_equal_crashes_without_a_healthy_task_are_unrecoverable() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeServices" => {
            service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 0), deployment(1, "ACTIVE", "COMPLETED", 2)])
        }
        _ => tasks(call, crash, &[]),
    });
    let mut followers = followers(&server, &Value::Null, three()).await;
    followers.on_event(&event("Web", KIND, SERVICE, "UPDATE_IN_PROGRESS"));
    let updates = until(&mut followers, |update| update.verdict.is_some()).await;
    let reported = texts(&updates);
    assert!(
        reported
            .starts_with("`web:2`: 0 of 2 tasks run, 2 starting\n1 task stopped: container `app` ended with code 1\n"),
        "{reported}"
    );
    assert!(reported.contains("    connecting with password=***\n    no database (\"web/app/0000\")"), "{reported}");
    assert!(reported.contains("\n3 tasks stopped: container `app` ended with code 1"), "{reported}");
    let verdict = updates.last().and_then(|update| update.verdict.clone()).expect("waited for");
    assert_eq!(
        verdict.reason,
        "3 tasks of `web:2` stopped for the same reason and none is healthy: container `app` ended with code 1"
    );
    assert!(updates.iter().all(|update| update.logical_id == "Web" && update.resource_type == KIND));
    // The log is read once for each reason, the task definition once.
    assert_eq!((server.count("GetLogEvents"), server.count("DescribeTaskDefinition")), (1, 1));
    let facts = followers.facts("Web").join("\n");
    assert!(
        facts.contains("3 tasks stopped") && facts.contains("no database") && !facts.contains("hunter2"),
        "{facts}"
    );
    // It is reported once.
    let updates = until(&mut followers, |update| update.text.contains("5 tasks stopped")).await;
    assert!(updates.iter().all(|update| update.verdict.is_none()), "{updates:?}");
}

#[tokio::test]
async fn with_a_healthy_task_the_deployment_is_recoverable() {
    for (health, is_recoverable) in [("HEALTHY", true), ("UNHEALTHY", false)] {
        let server = Server::start(move |call| match call.action.as_str() {
            "DescribeServices" => service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 1)]),
            _ => tasks(call, crash, &[running(2, health)]),
        });
        let mut followers = followers(&server, &Value::Null, three()).await;
        followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
        let updates =
            until(&mut followers, |update| update.verdict.is_some() || update.text.contains("5 tasks stopped")).await;
        assert_eq!(updates.iter().all(|update| update.verdict.is_none()), is_recoverable, "{health}");
    }
}

#[tokio::test]
async fn the_old_deployment_is_not_reported() {
    let server = Server::start(|call| match call.action.as_str() {
        // The response is late: at first it has the old state.
        "DescribeServices" if call.before < 2 => service(&[deployment(1, "PRIMARY", "COMPLETED", 2)]),
        "DescribeServices" => {
            service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 1), deployment(1, "ACTIVE", "COMPLETED", 1)])
        }
        _ => tasks(
            call,
            |number| match number % 2 {
                0 => stopped(number, 1, "Essential container in task exited", &json!({"name": "app", "exitCode": 1})),
                _ => {
                    stopped(number, 2, "Scaling activity initiated by (deployment ecs-svc/2)", &json!({"name": "app"}))
                }
            },
            &[],
        ),
    });
    let mut followers = followers(&server, &Value::Null, three()).await;
    followers.on_event(&event("Web", KIND, SERVICE, "UPDATE_IN_PROGRESS"));
    let updates = until(&mut followers, |_| true).await;
    assert_eq!(texts(&updates), "`web:2`: 1 of 2 tasks run, 1 starting");
    assert!(is_quiet(&mut followers).await);
    assert!(server.count("DescribeTasks") > 2, "it continued to read");
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled_is_explained() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeServices" => service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 0)]),
        _ => tasks(
            call,
            |number| {
                let why = format!(
                    "CannotPullContainerError: pull image manifest has been retried {} time(s): failed to resolve ref \
                     docker.io/library/web:9: docker.io/library/web:9: not found",
                    number + 1
                );
                stopped(number, 2, "Task failed to start", &json!({"name": "app", "reason": why}))
            },
            &[],
        ),
    });
    let mut followers = followers(&server, &Value::Null, three()).await;
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    let updates = until(&mut followers, |update| update.verdict.is_some()).await;
    let reported = texts(&updates);
    assert!(reported.contains("the registry has no such image or tag"), "{reported}");
    assert!(reported.contains("3 tasks stopped: container `app`: CannotPullContainerError"), "{reported}");
    // A container that never ran has no log.
    assert_eq!(server.count("GetLogEvents"), 0);
}

#[tokio::test]
async fn the_time_limit_is_kept() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeServices" => service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 1)]),
        "ListTasks" => Answer::json(&json!({"taskArns": []})),
        _ => Answer::json(&json!({"tasks": []})),
    });
    // The clock is 20 times as fast.
    let limits = FailFast { same_reasons: None, ecs_timeout: Some(Duration::from_secs(20)) };
    let mut followers = followers(&server, &Value::Null, limits).await;
    let begun = std::time::Instant::now();
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    let updates = until(&mut followers, |update| update.verdict.is_some()).await;
    assert!(begun.elapsed() >= Duration::from_millis(950), "{:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let verdict = updates.last().and_then(|update| update.verdict.clone()).expect("waited for");
    assert_eq!(verdict.reason, "`web:2` was not stable in time: 1 of 2 tasks run");
}

#[tokio::test]
async fn a_failed_deployment_is_reported_with_its_rollback() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeServices" if call.before < 2 => {
            service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 0), deployment(1, "ACTIVE", "COMPLETED", 2)])
        }
        "DescribeServices" if call.before < 4 => {
            let mut back = deployment(1, "PRIMARY", "IN_PROGRESS", 2);
            back["id"] = json!("ecs-svc/3");
            back["createdAt"] = json!(1_770_000_100);
            let events = json!([
                {"id": "3", "createdAt": 1_770_000_090, "message": "(service web) rolling back to (deployment ecs-svc/1)."},
                {"id": "2", "createdAt": 1_770_000_080, "message": "(service web) has reached a steady state."},
                {"id": "1", "createdAt": 1_760_000_000, "message": "(service web) was unable to place a task."},
            ]);
            service_with(&[back, deployment(2, "ACTIVE", "FAILED", 0)], &events, &json!([]))
        }
        "DescribeServices" => service(&[deployment(1, "PRIMARY", "COMPLETED", 2)]),
        _ => tasks(call, crash, &[]),
    });
    let mut followers = followers(&server, &Value::Null, FailFast::default()).await;
    followers.on_event(&event("Web", KIND, SERVICE, "UPDATE_IN_PROGRESS"));
    let updates = until(&mut followers, |update| update.text.contains("the ECS deployment failed")).await;
    let reported = &updates.last().expect("waited for").text;
    assert!(
        reported.contains("circuit breaker: tasks failed to start; the service rolls back to `web:1`"),
        "{reported}"
    );
    assert!(reported.contains("the service rolling back to (deployment ecs-svc/1)."), "{reported}");
    assert!(!reported.contains("steady") && !reported.contains("unable to place"), "{reported}");
    assert!(updates.iter().all(|update| update.verdict.is_none()), "it was not requested");
    let _ = is_quiet(&mut followers).await;
    let facts = followers.facts("Web").join("\n");
    assert!(facts.contains("the ECS deployment failed") && facts.contains("code 1"), "{facts}");
}

#[tokio::test]
async fn the_last_look_is_before_the_rollback() {
    let server = Server::start(|call| match call.action.as_str() {
        // No task stops before the resource has failed.
        "ListTasks" if call.before == 0 => Answer::json(&json!({"taskArns": []})),
        "DescribeServices" if call.before < 2 => service(&[deployment(2, "PRIMARY", "IN_PROGRESS", 0)]),
        "DescribeServices" => service(&[deployment(1, "PRIMARY", "IN_PROGRESS", 0)]),
        _ => tasks(call, crash, &[]),
    });
    let mut followers = followers(&server, &Value::Null, FailFast { same_reasons: Some(1), ecs_timeout: None }).await;
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    let _ = until(&mut followers, |_| true).await;
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_FAILED"));
    followers.settle().await;
    let saved = followers.facts("Web").join("\n");
    assert!(saved.contains("2 tasks stopped: container `app` ended with code 1"), "{saved}");
    // During the rollback the service is followed again: the saved facts stay, and nothing is unrecoverable.
    let about_stack = StackEvent {
        resource_type: "AWS::CloudFormation::Stack".into(),
        physical_id: Some(STACK.into()),
        status: "UPDATE_ROLLBACK_IN_PROGRESS".into(),
        ..event("Web", "", STACK, "")
    };
    followers.on_event(&about_stack);
    followers.on_event(&event("Web", KIND, SERVICE, "UPDATE_IN_PROGRESS"));
    let updates = until(&mut followers, |update| update.text.contains("`web:1`")).await;
    assert!(updates.iter().all(|update| update.verdict.is_none()), "{updates:?}");
    assert_eq!(followers.facts("Web").join("\n"), saved);
}

#[tokio::test]
async fn a_missing_permission_is_reported_once() {
    let server = Server::start(|_| Answer::refused("AccessDeniedException"));
    let mut followers = followers(&server, &Value::Null, three()).await;
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    let updates = until(&mut followers, |_| true).await;
    assert_eq!(texts(&updates), "cannot read the tasks: DescribeServices failed: not allowed");
    assert!(is_quiet(&mut followers).await);
    assert_eq!(server.count("DescribeServices"), 1);
}

#[tokio::test]
async fn only_services_that_exist_are_followed_and_only_while_they_change() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeServices" => service(&[deployment(2, "PRIMARY", "IN_PROGRESS", u32::from(call.before % 2 == 1))]),
        "ListTasks" => Answer::json(&json!({"taskArns": []})),
        _ => Answer::json(&json!({"tasks": []})),
    });
    let mut followers = followers(&server, &Value::Null, three()).await;
    followers.on_event(&event("Web", KIND, "", "CREATE_IN_PROGRESS"));
    followers.on_event(&event("Jobs", "AWS::SQS::Queue", "q", "CREATE_IN_PROGRESS"));
    followers.on_event(&event("Web", KIND, SERVICE, "DELETE_IN_PROGRESS"));
    assert!(is_quiet(&mut followers).await);
    assert_eq!(server.count("DescribeServices"), 0);
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    let _ = until(&mut followers, |update| update.text.contains("1 of 2")).await;
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_COMPLETE"));
    let _ = is_quiet(&mut followers).await;
    let looks = server.count("DescribeServices");
    assert!(is_quiet(&mut followers).await);
    assert_eq!(server.count("DescribeServices"), looks, "polling has stopped");
}

#[tokio::test]
async fn the_health_of_targets_is_explained() {
    let group = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/web/1";
    let server = Server::start(move |call| match call.action.as_str() {
        "DescribeServices" => {
            let balancers = json!([{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}]);
            service_with(&[deployment(2, "PRIMARY", "IN_PROGRESS", 2)], &json!([]), &balancers)
        }
        "ListTasks" => Answer::json(&json!({"taskArns": []})),
        "DescribeTargetHealth" => Answer::xml(
            "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>\
             <member><Target><Id>10.0.0.4</Id><Port>8080</Port></Target><TargetHealth><State>unhealthy</State>\
             <Reason>Target.ResponseCodeMismatch</Reason>\
             <Description>Health checks failed with these codes: [404]</Description></TargetHealth></member>\
             <member><Target><Id>10.0.0.5</Id><Port>8080</Port></Target><TargetHealth><State>healthy</State>\
             </TargetHealth></member></TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>",
        ),
        "DescribeTargetGroups" => Answer::xml(
            "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups><member>\
             <HealthCheckProtocol>HTTP</HealthCheckProtocol><HealthCheckPort>traffic-port</HealthCheckPort>\
             <HealthCheckPath>/health</HealthCheckPath><Matcher><HttpCode>200</HttpCode></Matcher>\
             </member></TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>",
        ),
        _ => Answer::json(&json!({"tasks": []})),
    });
    let mut followers = followers(&server, &Value::Null, three()).await;
    followers.on_event(&event("Web", KIND, SERVICE, "CREATE_IN_PROGRESS"));
    let updates = until(&mut followers, |_| true).await;
    assert_eq!(
        texts(&updates),
        "`web:2`: 2 of 2 tasks run\nthe health check `GET /health` (port 8080) returns 404, expected 200: correct \
         the path, or change the healthy codes"
    );
    assert!(is_quiet(&mut followers).await, "it is reported once");
    assert!(server.count("DescribeTargetHealth") > 1);
    assert_eq!(server.count("DescribeTargetGroups"), 1);
}

#[tokio::test]
async fn a_service_that_rolled_back_is_found_after_cloudformation_reports_success() {
    let server = Server::start(|call| match call.body["services"][0].as_str() {
        Some(SERVICE) => service(&[deployment(1, "PRIMARY", "COMPLETED", 2), deployment(2, "ACTIVE", "FAILED", 0)]),
        _ => Answer::refused("AccessDeniedException"),
    });
    let template = json!({"Resources": {
        "Web": {"Type": KIND, "Properties": {"TaskDefinition": {"Ref": "Task"}}},
        "Hidden": {"Type": KIND, "Properties": {"TaskDefinition": {"Ref": "Task"}}},
        "Task": {"Type": "AWS::ECS::TaskDefinition"},
    }});
    let task = "arn:aws:ecs:eu-west-1:000000000000:task-definition/web:2";
    let resources = [("Web", SERVICE), ("Task", task), ("Hidden", "arn:aws:ecs:eu-west-1:000000000000:service/shop/x")];
    let resources = resources.map(|(id, physical)| StackResource {
        logical_id: id.into(),
        physical_id: Some(physical.into()),
        ..StackResource::default()
    });
    let session = session(&server).await;
    let reported = [
        event("Web", KIND, SERVICE, "UPDATE_COMPLETE"),
        event("Hidden", KIND, SERVICE, "CREATE_COMPLETE"),
        event("Other", KIND, SERVICE, "UPDATE_IN_PROGRESS"),
        event("Jobs", "AWS::SQS::Queue", "q", "UPDATE_COMPLETE"),
    ];
    let touched = services_in(&reported, STACK);
    assert_eq!(touched.iter().map(String::as_str).collect::<Vec<_>>(), ["Hidden", "Web"]);
    assert!(verify(&session, &template, &resources, &BTreeSet::new()).await.is_empty());
    let found = verify(&session, &template, &resources, &touched).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].logical_id.as_str(), found[0].physical_id.as_str()), ("Web", SERVICE));
    assert_eq!(
        found[0].problem,
        "CloudFormation reports success, but service `web` runs `web:1` instead of `web:2` because ECS deployment circuit \
         breaker: tasks failed to start"
    );
}
