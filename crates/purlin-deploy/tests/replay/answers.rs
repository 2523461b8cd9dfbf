//! Answers in the shape of the API reference.

use crate::server::Answer;

/// The stack of all tests.
pub const STACK: &str = "arn:aws:cloudformation:eu-west-1:000000000000:stack/Web/1111";

pub fn ok(action: &str, body: &str) -> Answer {
    let body = format!(
        "<{action}Response><{action}Result>{body}</{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    );
    Answer { status: 200, body }
}

pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    );
    Answer { status, body }
}

pub fn throttled() -> Answer {
    error(400, "Throttling", "Rate exceeded")
}

pub fn identity() -> Answer {
    ok("GetCallerIdentity", "<Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn>")
}

pub fn no_stack() -> Answer {
    error(400, "ValidationError", "Stack with id Web does not exist")
}

pub fn stack(status: &str) -> Answer {
    stack_with(status, "")
}

/// A stack with further elements.
pub fn stack_with(status: &str, more: &str) -> Answer {
    ok(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackId>{STACK}</StackId><StackName>Web</StackName>\
             <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>{more}</member></Stacks>"
        ),
    )
}

pub fn created() -> Answer {
    ok("CreateChangeSet", &format!("<Id>arn:aws:cloudformation:::changeSet/purlin-1/2</Id><StackId>{STACK}</StackId>"))
}

/// A page of a finished change set: `+Id`, `~Id` and `-Id`, with the token of the next page.
pub fn change_set(changes: &[&str], next: Option<&str>) -> Answer {
    let change = |text: &&str| {
        let action = match &text[..1] {
            "+" => "Add",
            "-" => "Remove",
            _ => "Modify",
        };
        format!(
            "<member><Type>Resource</Type><ResourceChange><Action>{action}</Action>\
             <LogicalResourceId>{}</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
             </ResourceChange></member>",
            &text[1..]
        )
    };
    let changes: String = changes.iter().map(change).collect();
    let next = next.map(|token| format!("<NextToken>{token}</NextToken>")).unwrap_or_default();
    ok("DescribeChangeSet", &format!("<Status>CREATE_COMPLETE</Status><Changes>{changes}</Changes>{next}"))
}

pub fn failed_change_set(reason: &str) -> Answer {
    ok("DescribeChangeSet", &format!("<Status>FAILED</Status><StatusReason>{reason}</StatusReason>"))
}

/// Stands for the name of the change set that the test's own deployment creates.
pub const OURS: &str = "OURS";

pub fn change_sets(names: &[&str]) -> Answer {
    let member = |name: &&str| format!("<member><ChangeSetName>{name}</ChangeSetName></member>");
    let members: Vec<String> = names.iter().map(member).collect();
    ok("ListChangeSets", &format!("<Summaries>{}</Summaries>", members.concat()))
}

/// An event: number, logical id, status, reason. The id `Web` is the stack itself.
pub type Event = (u32, &'static str, &'static str, &'static str);

/// Events of an operation with a token.
pub fn events_with_token(told: &[Event], token: &str) -> Answer {
    let answer = events(told, None);
    let token = format!("<ClientRequestToken>{token}</ClientRequestToken></member>");
    Answer { body: answer.body.replace("</member>", &token), ..answer }
}

/// A page of events, given oldest first and answered newest first, as AWS does. All share a second.
pub fn events(events: &[Event], next: Option<&str>) -> Answer {
    let event = |(number, id, status, reason): &Event| {
        let (kind, physical) =
            if *id == "Web" { ("AWS::CloudFormation::Stack", STACK) } else { ("AWS::SQS::Queue", "q") };
        format!(
            "<member><EventId>{number}</EventId><StackId>{STACK}</StackId><StackName>Web</StackName>\
             <LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
             <ResourceType>{kind}</ResourceType><Timestamp>2026-01-01T00:00:00Z</Timestamp>\
             <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
        )
    };
    let members: String = events.iter().rev().map(event).collect();
    let next = next.map(|token| format!("<NextToken>{token}</NextToken>")).unwrap_or_default();
    ok("DescribeStackEvents", &format!("<StackEvents>{members}</StackEvents>{next}"))
}

/// A call that answers nothing.
pub fn done(action: &str) -> Answer {
    ok(action, "")
}
