//! Tests with a CloudWatch Logs server on loopback, page by page.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{LogLine, LogQuery, LogUpdate};
use crate::error::DeployError;
use crate::followers::tests::server::{Answer, Call, Server};
use crate::followers::tests::session;

const STACK: &str = "arn:aws:cloudformation:eu-west-1:000000000000:stack/Web/1";
const SERVICE: &str = "arn:aws:ecs:eu-west-1:000000000000:service/shop/web";

fn xml(action: &str, body: &str) -> Answer {
    Answer::xml(&format!("<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"))
}

/// A stack with a service, a function and a log group.
fn stack(call: &Call) -> Answer {
    let member = |(id, kind, physical): &(&str, &str, &str)| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId><ResourceType>{kind}</ResourceType>\
             <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>"
        )
    };
    match call.action.as_str() {
        "DescribeStacks" => xml(
            "DescribeStacks",
            &format!(
                "<Stacks><member><StackId>{STACK}</StackId><StackName>Web</StackName>\
                 <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
                 </member></Stacks>"
            ),
        ),
        "ListStackResources" => {
            let resources = [
                ("Api", "AWS::ECS::Service", SERVICE),
                ("Mail", "AWS::Lambda::Function", "web-mail"),
                ("Late", "AWS::Lambda::Function", "web-late"),
                ("Audit", "AWS::Logs::LogGroup", "/app/audit"),
            ];
            let members: String = resources.iter().map(member).collect();
            xml("ListStackResources", &format!("<StackResourceSummaries>{members}</StackResourceSummaries>"))
        }
        "GetTemplate" => xml("GetTemplate", "<TemplateBody>{}</TemplateBody>"),
        "DescribeServices" => Answer::json(&json!({"services": [{"serviceArn": SERVICE, "serviceName": "web",
            "deployments": [{"id": "1", "status": "PRIMARY", "taskDefinition": "web:1", "rolloutState": "COMPLETED"}]}]})),
        "DescribeTaskDefinition" => Answer::json(&json!({"taskDefinition": {"containerDefinitions": [
            {"name": "app", "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}}},
            {"name": "proxy", "logConfiguration": {"logDriver": "awsfirelens"}}]}})),
        _ => Answer::refused("UnknownOperationException"),
    }
}

fn page(events: &[(i64, &str)], next: Option<&str>) -> Answer {
    let events: Vec<Value> = events
        .iter()
        .map(|(at, text)| json!({"eventId": text, "timestamp": at, "message": format!("{text}\n"), "logStreamName": "s"}))
        .collect();
    Answer::json(&json!({"events": events, "nextToken": next}))
}

async fn read(server: &Server, query: LogQuery) -> (Result<(), DeployError>, Vec<LogUpdate>) {
    let updates = Mutex::new(Vec::new());
    let on_update = |update: LogUpdate| updates.lock().expect("one test, one thread").push(update);
    let session = session(server).await;
    let reading = Box::pin(session.logs("Web", &query, &on_update));
    let result = timeout(Duration::from_secs(3), reading).await.unwrap_or(Ok(()));
    (result, updates.into_inner().expect("one test, one thread"))
}

fn lines(updates: &[LogUpdate]) -> Vec<String> {
    let line = |update: &LogUpdate| match update {
        LogUpdate::Line(LogLine { at, source, message, .. }) => format!("{at} {source}: {message}"),
        LogUpdate::Note(text) => text.clone(),
    };
    updates.iter().map(line).collect()
}

fn since() -> LogQuery {
    LogQuery { since: Duration::from_mins(10), ..LogQuery::default() }
}

#[tokio::test]
async fn lines_of_several_logs_come_in_the_order_of_time() {
    let server = Server::start(|call| match (call.action.as_str(), call.body["logGroupName"].as_str()) {
        ("FilterLogEvents", Some("/ecs/web")) => match call.body["nextToken"].as_str() {
            None => {
                assert_eq!(call.body["logStreamNamePrefix"], "web/app/");
                assert_eq!(call.body["filterPattern"], "ERROR");
                page(&[(10, "a"), (40, "d")], Some("two"))
            }
            // A page may be empty even if there are more.
            Some("two") => page(&[], Some("three")),
            Some(_) => page(&[(50, "e"), (70, "g")], None),
        },
        ("FilterLogEvents", Some("/aws/lambda/web-mail")) => page(&[(20, "b"), (30, "c"), (60, "f")], None),
        ("FilterLogEvents", _) => Answer::refused("ResourceNotFoundException"),
        _ => stack(call),
    });
    let (result, updates) = read(&server, LogQuery { filter: Some("ERROR".into()), ..since() }).await;
    result.unwrap();
    assert_eq!(
        lines(&updates),
        [
            "`Late` has no log lines yet: there is no log group `/aws/lambda/web-late`",
            "10 Api/app: a",
            "20 Mail: b",
            "30 Mail: c",
            "40 Api/app: d",
            "50 Api/app: e",
            "60 Mail: f",
            "70 Api/app: g",
        ]
    );
}

#[tokio::test]
async fn following_reports_each_line_once_even_if_late() {
    let server = Server::start(|call| match (call.action.as_str(), call.before) {
        ("FilterLogEvents", 0) => page(&[(100_000, "a"), (110_000, "b")], None),
        ("FilterLogEvents", 1) => {
            assert_eq!(call.body["startTime"], 80_000);
            Answer::refused("ThrottlingException")
        }
        ("FilterLogEvents", 2) => page(&[(110_000, "b"), (120_000, "d")], None),
        ("FilterLogEvents", _) => page(&[(110_000, "b"), (115_000, "c"), (120_000, "d")], None),
        _ => stack(call),
    });
    // From 1970 on.
    let since = Duration::from_hours(1_000_000);
    let query = LogQuery { resource: Some("/app/audit".into()), is_followed: true, since, ..LogQuery::default() };
    let (result, updates) = read(&server, query).await;
    result.unwrap();
    let reported = lines(&updates);
    assert_eq!(reported, ["100000 Audit: a", "110000 Audit: b", "120000 Audit: d", "115000 Audit: c"]);
    assert!(server.count("FilterLogEvents") > 4, "it continued");
}

#[tokio::test]
async fn an_unknown_name_is_reported_with_the_known_ones() {
    let server = Server::start(stack);
    let (result, _) = read(&server, LogQuery { resource: Some("Jobs".into()), ..since() }).await;
    let refused = result.unwrap_err().to_string();
    assert_eq!(refused, "stack `Web` has no `Jobs` that writes logs; those that do are `Api`, `Audit`, `Late`, `Mail`");
    // An error of AWS ends the query.
    let (result, _) = read(&server, LogQuery { resource: Some("Audit".into()), ..since() }).await;
    assert!(matches!(result, Err(DeployError::Aws { operation: "FilterLogEvents", .. })), "{result:?}");
}
