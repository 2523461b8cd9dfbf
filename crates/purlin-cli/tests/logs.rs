//! `purlin logs` from the outside, against a server on loopback in place of AWS.

#[path = "../../purlin-deploy/tests/http/mod.rs"]
mod http;
#[path = "../../purlin-deploy/tests/http/server.rs"]
mod http_server;
#[path = "../../purlin-deploy/src/followers/tests/server.rs"]
#[expect(dead_code, reason = "the followers' tests read the calls too")]
mod server;

use std::process::{Command, Output};

use serde_json::{Value, json};

use self::server::{Answer, Call, Server};

fn xml(action: &str, body: &str) -> Answer {
    Answer::xml(&format!("<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"))
}

/// A stack `Web` with one function, which wrote two lines.
fn aws(call: &Call) -> Answer {
    match call.action.as_str() {
        "DescribeStacks" => xml(
            "DescribeStacks",
            "<Stacks><member><StackId>arn:aws:cloudformation:eu-west-1:000000000000:stack/Web/1</StackId>\
             <StackName>Web</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
             <StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>",
        ),
        "ListStackResources" => xml(
            "ListStackResources",
            "<StackResourceSummaries><member><LogicalResourceId>Mail</LogicalResourceId>\
             <ResourceType>AWS::Lambda::Function</ResourceType><PhysicalResourceId>web-mail</PhysicalResourceId>\
             <ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member></StackResourceSummaries>",
        ),
        "GetTemplate" => xml("GetTemplate", "<TemplateBody>{}</TemplateBody>"),
        "FilterLogEvents" => Answer::json(&json!({"events": [
            {"eventId": "1", "timestamp": 1_764_000_000_123_i64, "logStreamName": "s", "message": "sent\n"},
            {"eventId": "2", "timestamp": 1_764_000_001_000_i64, "logStreamName": "s", "message": "Error: full\n at 1\n"},
        ]})),
        _ => Answer::refused("UnknownOperationException"),
    }
}

fn purlin(server: &Server, line: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut command = Command::new(env!("CARGO_BIN_EXE_purlin"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("PURLIN_")) {
        command.env_remove(name);
    }
    command.envs([("AWS_ENDPOINT_URL", server.url().as_str()), ("AWS_REGION", "eu-west-1")]);
    command.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
    command.env("HOME", folder.path()).current_dir(folder.path());
    command.args(line.split_whitespace()).stdin(std::process::Stdio::null()).output().expect("cargo built it")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints text")
}

#[test]
fn lines_go_to_stdout_for_people_and_for_machines() {
    let server = Server::start(aws);
    let output = purlin(&server, "logs Web --since 2h");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "2025-11-24T16:00:00.123Z  Mail  sent\n2025-11-24T16:00:01.000Z  Mail  Error: full\n     at 1\n"
    );
    let output = purlin(&server, "logs Web Mail --json");
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[1]["message"], &lines[1]["group"]),
        (&json!("Error: full\n at 1"), &json!("/aws/lambda/web-mail"))
    );
    assert_eq!(server.count("FilterLogEvents"), 2);
}

#[test]
fn what_cannot_be_read_is_a_usage_error() {
    let server = Server::start(aws);
    for (line, expected) in [
        ("logs Web Jobs", "stack `Web` has no `Jobs` that writes logs; those that do are `Mail`"),
        ("logs Web --since 10", "it is a number with a unit"),
    ] {
        let output = purlin(&server, line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(text(&output.stderr).contains(expected), "{line}: {}", text(&output.stderr));
    }
}
