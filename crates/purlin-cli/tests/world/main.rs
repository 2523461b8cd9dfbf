//! The toolkit from the outside, against the simulator of CloudFormation that `purlin-deploy` has:
//! what it prints on a terminal, in CI and for machines, and what Ctrl-C does.
#![expect(dead_code, reason = "the simulator has more than these tests use")]

#[path = "../../../purlin-deploy/tests/sim/api/mod.rs"]
mod api;
#[path = "../../../purlin-deploy/tests/sim/begin.rs"]
mod begin;
#[path = "../../../purlin-deploy/tests/sim/faults.rs"]
mod faults;
#[path = "../../../purlin-deploy/tests/http/mod.rs"]
mod http;
#[path = "../../../purlin-deploy/tests/sim/nested.rs"]
mod nested;
#[path = "../../../purlin-deploy/tests/sim/operation.rs"]
mod operation;
#[path = "../../../purlin-deploy/tests/sim/server.rs"]
mod server;
#[path = "../../../purlin-deploy/tests/sim/stack.rs"]
mod stack;
#[path = "../../../purlin-deploy/tests/sim/template.rs"]
mod template;
#[path = "../../../purlin-deploy/tests/sim/world.rs"]
mod world;
#[path = "../../../purlin-deploy/tests/sim/xml.rs"]
mod xml;

mod approvals;
mod approved;
mod company;
mod foreign;
mod user;

use serde_json::{Value, json};

use self::operation::Verb;
use self::user::{Ended, User};

/// Milliseconds for a resource while a test presses a key.
const LONG: i64 = 2_000;

/// Two queues, the second after the first.
fn queues() -> Value {
    json!({"Resources": {
        "First": {"Type": "AWS::SQS::Queue"},
        "Second": {"Type": "AWS::SQS::Queue", "DependsOn": "First"},
    }})
}

fn lines_of_json(ended: &Ended) -> Vec<Value> {
    let lines = ended.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")));
    lines.collect()
}

#[test]
fn without_a_terminal_there_are_lines_and_no_control_codes() {
    let user = User::with(&[("Web", queues())]);
    let ended = user.runs("deploy Web");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for expected in ["new stack: 2 to create", "[1/2] CREATE_COMPLETE", "Second  AWS::SQS::Queue", "Web: created in "] {
        assert!(ended.err.contains(expected), "`{expected}` is not in {}", ended.err);
    }
    assert!(!ended.err.contains('\x1b') && ended.out.is_empty(), "{ended:#?}");
    assert!(user.runs("deploy Web").err.contains("Web: nothing to do"));
}

#[test]
fn json_has_a_line_for_every_event_and_nothing_else() {
    let user = User::with(&[("Web", queues())]);
    let ended = user.runs("deploy Web --json --quiet");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let lines = lines_of_json(&ended);
    assert!(lines.iter().all(|line| line["v"] == 1 && line["at"].is_string()), "{}", ended.out);
    let names: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(names[0], "started");
    assert_eq!(names[names.len() - 2..], ["result", "summary"]);
    for name in ["planned", "begun", "progress"] {
        assert!(names.contains(&name), "`{name}` is not in {names:?}");
    }
    let [.., result, summary] = &lines[..] else { panic!("{}", ended.out) };
    assert_eq!(
        (&result["outcome"], &result["stack"], &summary["exit_code"]),
        (&json!("created"), &json!("Web"), &json!(0))
    );
}

#[test]
fn a_failure_has_its_code_in_both() {
    let user = User::with(&[("Web", queues())]);
    user.world().fails("Second", Verb::Create, "Access denied by a policy");
    let ended = user.runs("deploy Web --json");
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    let lines = lines_of_json(&ended);
    let [.., result, summary] = &lines[..] else { panic!("{}", ended.out) };
    assert_eq!((&result["outcome"], &summary["exit_code"]), (&json!("failed"), &json!(4)));
    assert!(ended.err.contains("Access denied by a policy"), "{}", ended.err);
}

#[test]
fn lines_of_several_stacks_begin_with_their_stack_and_only_dependents_are_skipped() {
    let user = User::with_needs(&[("Net", queues(), &[]), ("Api", queues(), &["Net"]), ("Lone", queues(), &[])]);
    user.world().fails("Second", Verb::Create, "no");
    user.world().failing[0].times = 1;
    let ended = user.runs("deploy Net Api --concurrency 1");
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    for expected in ["Net: [", "1 of 2 stacks failed: `Net`", "not deployed because of it: `Api`"] {
        assert!(ended.err.contains(expected), "`{expected}` is not in {}", ended.err);
    }
    let ended = user.runs("deploy --all --json --quiet");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let results = lines_of_json(&ended).into_iter().filter(|line| line["event"] == "result").count();
    assert_eq!(results, 3);
}

#[test]
fn added_permissions_need_approval() {
    let statement =
        json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let role =
        json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [statement]}}});
    let user = User::with(&[("Web", json!({"Resources": {"Role": role}}))]);
    let ended = user.runs("deploy Web --unchecked");
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    for expected in
        ["more is permitted than before", "as this was not approved: ", "`--yes`", "`--require-approval never`"]
    {
        assert!(ended.err.contains(expected), "`{expected}` is not in {}", ended.err);
    }
    assert!(user.world().leftovers().is_empty(), "{:?}", user.world().leftovers());
    assert!(user.runs("deploy Web --unchecked --json --quiet").out.contains("\"refused\""));
    let mut terminal = user.on_a_terminal("deploy Web --unchecked");
    terminal.sees("continue with `Web`? [y/N]");
    terminal.types("n\n");
    assert_eq!(terminal.ends().code, Some(4));
    assert_eq!(user.runs("deploy Web --unchecked --require-approval never").code, Some(0));
    assert_eq!(user.runs("deploy Web --unchecked --require-approval any-change").code, Some(0), "nothing changes");
}

#[test]
fn a_terminal_shows_a_tree() {
    let user = User::with(&[("Web", queues())]);
    user.world().durations.insert("*".to_owned(), LONG);
    let mut terminal = user.on_a_terminal("deploy Web");
    terminal.sees("creating");
    terminal.sees("First  creating");
    terminal.sees("SQS::Queue");
    terminal.sees("\x1b[2A");
    terminal.sees("Web: ");
    let ended = terminal.ends();
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(ended.out.contains("\x1b[32mcreated\x1b[0m in "), "{}", ended.out);
}

#[test]
fn ctrl_c_asks_and_a_detached_user_can_attach_again() {
    let user = User::with(&[("Web", queues())]);
    user.world().durations.insert("*".to_owned(), LONG);
    let mut terminal = user.on_a_terminal("deploy Web");
    terminal.sees("First  creating");
    terminal.types("\x03");
    terminal.sees("what now?");
    terminal.types("\n");
    terminal.sees("First  creating");
    terminal.types("\x03");
    terminal.sees("what now?");
    terminal.types("d\n");
    let ended = terminal.ends();
    assert_eq!(ended.code, Some(130), "{}", ended.out);
    assert!(ended.out.contains("purlin attach Web"), "{}", ended.out);
    let attached = user.runs("attach Web");
    assert_eq!(attached.code, Some(0), "{attached:#?}");
    assert!(attached.err.contains("Web: CREATE_COMPLETE"), "{}", attached.err);
}

#[test]
fn a_terminal_without_colours_gets_none_and_a_dumb_one_no_tree() {
    for (variable, has_tree) in [(("NO_COLOR", "1"), true), (("TERM", "dumb"), false)] {
        let user = User::with(&[("Web", queues())]);
        user.world().durations.insert("*".to_owned(), LONG);
        let ended = user.on_a_terminal_with("deploy Web", variable).ends();
        assert_eq!(ended.code, Some(0), "{}", ended.out);
        assert!(ended.out.contains("Web: created in "), "{}", ended.out);
        assert!(!ended.out.contains("\x1b[32m") && !ended.out.contains("\x1b[1m"), "{}", ended.out);
        assert_eq!((ended.out.contains('\x1b'), ended.out.contains("[1/2]")), (has_tree, !has_tree), "{}", ended.out);
    }
}

#[test]
fn ctrl_c_before_anything_is_begun_leaves_nothing_behind() {
    let user = User::with(&[("Web", queues())]);
    user.world().planning = 10 * LONG;
    let mut terminal = user.on_a_terminal("deploy Web");
    user.waits_for("Web", "REVIEW_IN_PROGRESS");
    terminal.sees("Web");
    terminal.types("\x03");
    let ended = terminal.ends();
    assert_eq!(ended.code, Some(130), "{}", ended.out);
    assert!(user.world().leftovers().is_empty(), "{:?}: {}", user.world().leftovers(), ended.out);
}

#[test]
fn ctrl_c_twice_detaches() {
    let user = User::with(&[("Web", queues())]);
    user.world().durations.insert("*".to_owned(), LONG);
    let mut terminal = user.on_a_terminal("deploy Web");
    terminal.sees("First  creating");
    terminal.types("\x03");
    terminal.sees("what now?");
    terminal.types("\x03");
    assert_eq!(terminal.ends().code, Some(130));
    assert_eq!(user.status("Web"), "CREATE_IN_PROGRESS");
}

#[test]
fn ctrl_c_cancels_and_follows() {
    let user = User::with(&[("Web", queues())]);
    assert_eq!(user.runs("deploy Web").code, Some(0));
    user.changes("Web", "First");
    user.world().durations.insert("*".to_owned(), LONG);
    let mut terminal = user.on_a_terminal("deploy Web");
    terminal.sees("First  updating");
    terminal.types("\x03");
    terminal.sees("what now?");
    terminal.types("c\n");
    terminal.sees("rolling back");
    let ended = terminal.ends();
    assert_eq!(ended.code, Some(130), "{}", ended.out);
    assert_eq!(user.status("Web"), "UPDATE_ROLLBACK_COMPLETE", "{}", ended.out);
}

#[test]
fn after_a_sigterm_cloudformation_continues() {
    let user = User::with(&[("Web", queues())]);
    user.world().durations.insert("*".to_owned(), LONG);
    let running = user.begins("deploy Web");
    user.waits_for("Web", "CREATE_IN_PROGRESS");
    let ended = running.terminated();
    assert_eq!(ended.code, Some(143), "{ended:#?}");
    assert!(ended.err.contains("purlin attach Web"), "{}", ended.err);
}

#[test]
fn a_deletion_lists_what_is_lost_and_requires_the_name() {
    let template = json!({"Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table"},
        "Kept": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
    }});
    let user = User::with(&[("Web", template)]);
    assert_eq!(user.runs("deploy Web --unchecked").code, Some(0));
    for (answer, code, status) in [("yes\n", 4, "CREATE_COMPLETE"), ("Web\n", 0, "DELETE_COMPLETE")] {
        let mut terminal = user.on_a_terminal("destroy Web");
        terminal.sees("lost for good");
        terminal.sees("Table (AWS::DynamoDB::Table)");
        terminal.sees("retained");
        terminal.sees("type `Web` to delete it with its data:");
        terminal.types(answer);
        let ended = terminal.ends();
        assert_eq!((ended.code, user.status("Web").as_str()), (Some(code), status), "{}", ended.out);
    }
}

#[test]
fn a_stack_is_shown_without_its_assembly() {
    let user = User::with(&[("Web", queues())]);
    assert_eq!(user.runs("deploy Web --no-execute --change-set-name mine").code, Some(0));
    let executed = user.runs("execute Web mine");
    assert_eq!(executed.code, Some(0), "{executed:#?}");
    user.forgets_the_assembly();
    let status = user.runs("status Web");
    assert!(status.out.contains("CREATE_COMPLETE") && status.out.contains("Second"), "{status:#?}");
    let events = user.runs("events Web --json");
    assert!(serde_json::from_str::<Value>(&events.out).is_ok_and(|it| it.as_array().is_some_and(|it| it.len() > 3)));
    assert_eq!(user.runs("outputs Web").code, Some(0));
    assert_eq!(user.runs("attach Web").code, Some(0), "at rest");
    let absent = user.runs("status Absent");
    assert_eq!(absent.code, Some(2), "{absent:#?}");
}
