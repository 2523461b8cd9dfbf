//! The simulator keeps CloudFormation's own rules, or nothing that it shows would be worth anything.

use serde_json::json;

use crate::api;
use crate::begin::Wanted;
use crate::faults::Fault;
use crate::fixture::Fixture;
use crate::operation::{Phase, Verb};
use crate::server::Fields;
use crate::setup::queues;
use crate::stack::Stack;
use crate::world::World;
use crate::xml::Answer;

fn ask(world: &mut World, action: &str, fields: &[(&str, &str)]) -> Answer {
    let all = [("Action", action), ("StackName", "Web")].into_iter().chain(fields.iter().copied());
    let fields: Fields = all.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    world.advance();
    let answer = api::answer(world, &fields);
    world.record(&fields, Fault::None, &answer);
    answer
}

/// A change set of a name, made.
fn change_set(world: &mut World, name: &str, kind: &str, names: &[&str]) -> Answer {
    let template = queues(names).to_string();
    let fields = [("ChangeSetName", name), ("ChangeSetType", kind), ("TemplateBody", template.as_str())];
    let answer = ask(world, "CreateChangeSet", &fields);
    world.clock.shift(world.planning);
    answer
}

#[test]
fn calls_are_refused_in_aws_words() {
    // The status, the call with its fields, and the error.
    type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);
    let cases: [Row; 12] = [
        ("DELETE_COMPLETE", "DescribeStacks", &[], "Stack with id Web does not exist"),
        ("DELETE_COMPLETE", "ListChangeSets", &[], "Stack [Web] does not exist"),
        ("DELETE_COMPLETE", "DescribeStackEvents", &[], "Stack [Web] does not exist"),
        ("CREATE_COMPLETE", "DescribeChangeSet", &[("ChangeSetName", "x")], "ChangeSet [x] does not exist"),
        ("CREATE_COMPLETE", "CancelUpdateStack", &[], "CancelUpdateStack cannot be called from current stack status"),
        ("UPDATE_IN_PROGRESS", "DeleteStack", &[], "cannot be deleted while in status UPDATE_IN_PROGRESS"),
        (
            "CREATE_COMPLETE",
            "DeleteStack",
            &[("RetainResources.member.1", "A")],
            "only for stacks in the DELETE_FAILED",
        ),
        ("CREATE_COMPLETE", "RollbackStack", &[], "is in CREATE_COMPLETE state and can not be rolled back."),
        ("UPDATE_COMPLETE", "ContinueUpdateRollback", &[], "is in UPDATE_COMPLETE state and can not be rolled back."),
        (
            "UPDATE_ROLLBACK_FAILED",
            "ContinueUpdateRollback",
            &[("ResourcesToSkip.member.1", "B")],
            "Resource [B] is not in a state that can be skipped",
        ),
        ("ROLLBACK_COMPLETE", "CreateChangeSet", &[], "is in ROLLBACK_COMPLETE state and can not be updated."),
        ("DELETE_IN_PROGRESS", "CreateChangeSet", &[], "is in DELETE_IN_PROGRESS state and can not be updated."),
    ];
    for (status, action, fields, expected) in cases {
        let mut world = World::new();
        world.bring_into(status);
        let answer = match action {
            "CreateChangeSet" => change_set(&mut world, "new", "UPDATE", &["A"]),
            _ => ask(&mut world, action, fields),
        };
        assert!(answer.code.is_some() && answer.body.contains(expected), "{status} {action}: {}", answer.body);
        assert_eq!(world.count(action), 1, "{}", world.log());
    }
}

#[test]
fn an_execution_deletes_the_other_change_sets() {
    let mut world = World::new();
    assert_eq!(change_set(&mut world, "one", "CREATE", &["A"]).code, None);
    assert_eq!(change_set(&mut world, "one", "CREATE", &["A"]).code.as_deref(), Some("AlreadyExistsException"));
    assert_eq!(change_set(&mut world, "two", "CREATE", &["A"]).code, None);
    assert_eq!(world.leftovers(), ["shell of Web", "change set one", "change set two"]);
    let token = ("ClientRequestToken", "t");
    for _ in 0..2 {
        assert_eq!(ask(&mut world, "ExecuteChangeSet", &[("ChangeSetName", "one"), token]).code, None);
    }
    let again = ask(&mut world, "ExecuteChangeSet", &[("ChangeSetName", "one"), ("ClientRequestToken", "u")]);
    assert_eq!(again.code.as_deref(), Some("InvalidChangeSetStatus"));
    assert_eq!(ask(&mut world, "DescribeChangeSet", &[("ChangeSetName", "two")]).status, 404);
    assert_eq!((world.stacks[0].count("create"), world.leftovers()), (1, vec![]));
    let refused = change_set(&mut world, "three", "CREATE", &["A"]);
    assert!(
        refused.body.contains("Stack [Web] already exists and cannot be created again with the changeSet [three].")
    );
}

#[test]
fn a_nested_stack_fails_with_its_parent() {
    // What fails in the child, and where parent and child end.
    let cases = [(None, "CREATE_COMPLETE", "CREATE_COMPLETE"), (Some("In"), "ROLLBACK_COMPLETE", "DELETE_COMPLETE")];
    for (broken, parent, child) in cases {
        let mut world = World::new();
        world.objects.insert("https://child".into(), queues(&["In"]));
        if let Some(logical) = broken {
            world.fails(logical, Verb::Create, "it is broken");
        }
        let properties = json!({"TemplateURL": "https://child"});
        let template = json!({"Resources": {
            "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": properties},
            "After": {"Type": "AWS::SQS::Queue", "DependsOn": "Child"},
        }});
        world.stacks.push(Stack::new("arn:web".into(), "Web".into(), world.clock.now()));
        let now = world.clock.now();
        world.begin_forward(0, now, Wanted { keeps: false, ..Wanted::of(template, Phase::Create) });
        assert!(world.skip_to(0, parent), "{} instead of {parent}", world.stacks[0].status);
        assert_eq!(world.stacks[1].status, child);
        let told = world.stacks[0].events.iter().filter_map(|event| event.reason.as_deref());
        assert_eq!(told.filter(|reason| reason.contains("Embedded stack")).count(), usize::from(broken.is_some()));
    }
}

#[test]
fn faults_that_answer_have_aws_codes() {
    let cases = [
        (Fault::Throttled, 400, "Throttling"),
        (Fault::TooMany, 429, "TooManyRequestsException"),
        (Fault::Internal, 500, "InternalFailure"),
        (Fault::Unavailable, 503, "ServiceUnavailable"),
        (Fault::Expired, 403, "ExpiredToken"),
    ];
    for (fault, status, code) in cases {
        let answer = fault.refusal().expect("this fault answers");
        assert_eq!((answer.status, answer.code.as_deref()), (status, Some(code)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_real_client_makes_changes_and_deletes_a_stack() {
    let fixture = Fixture::fair();
    fixture.deploy(&queues(&["A", "B"])).await.unwrap();
    assert_eq!(fixture.left(), ("CREATE_COMPLETE".into(), vec![]));
    fixture.deploy(&queues(&["B", "C"])).await.unwrap();
    assert_eq!(fixture.left(), ("UPDATE_COMPLETE".into(), vec![]));
    fixture.served.world().fails("A", Verb::Create, "no more queues");
    fixture.deploy(&queues(&["A", "B", "C"])).await.unwrap_err();
    assert_eq!(fixture.left(), ("UPDATE_ROLLBACK_COMPLETE".into(), vec![]));
    fixture.destroy().await.unwrap();
    assert_eq!(fixture.left(), ("DELETE_COMPLETE".into(), vec![]));
    fixture.deploy(&queues(&["A", "B"])).await.unwrap_err();
    assert_eq!(fixture.left(), ("DELETE_COMPLETE".into(), vec![]));
}
