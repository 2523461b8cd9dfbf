//! The lines of each event, with a tree and without.

use purlin_deploy::Operation;

use super::super::model::tests::{apply, model, planned, progress, stack_event};
use super::*;
use crate::patches::StackPatch;

const PLAIN: EventPrinter = EventPrinter { paint: Paint::Plain, has_tree: false, has_several: false };
const TREE: EventPrinter = EventPrinter { has_tree: true, ..PLAIN };

fn reason(event: StackEvent, reason: &str) -> Event {
    Event::Progress { event: StackEvent { reason: Some(reason.into()), ..event }, done: 1, total: 4 }
}

#[test]
fn each_event_has_its_lines() {
    let queue = || stack_event("Web", "Table", "CREATE_IN_PROGRESS", 1);
    let cases: [(Event, &[&str], &[&str]); 9] = [
        (
            Event::Started { account: "1".into(), region: "eu-west-1".into() },
            &["Web  1/eu-west-1"],
            &["Web  1/eu-west-1"],
        ),
        (planned(Action::Add), &["  new stack: 4 to create"], &["  new stack: 4 to create"]),
        (
            progress("Web", "Table", "CREATE_IN_PROGRESS", 1),
            &["  [0/4] CREATE_IN_PROGRESS   Table  AWS::DynamoDB::Table"],
            &[],
        ),
        (reason(queue(), "Resource creation Initiated"), &[], &[]),
        (
            reason(queue(), "Content of DNS Record is: {Name: _x.example.com.}"),
            &[
                "  [1/4] CREATE_IN_PROGRESS   Table  AWS::DynamoDB::Table",
                "      Content of DNS Record is: {Name: _x.example.com.}",
            ],
            &[
                "  [1/4] CREATE_IN_PROGRESS   Table  AWS::DynamoDB::Table",
                "      Content of DNS Record is: {Name: _x.example.com.}",
            ],
        ),
        (
            reason(stack_event("Web", "Table", "CREATE_FAILED", 1), "no\x1b[2J luck"),
            &["  [1/4] CREATE_FAILED        Table  AWS::DynamoDB::Table", "      no luck"],
            &["  [1/4] CREATE_FAILED        Table  AWS::DynamoDB::Table", "      no luck"],
        ),
        (progress("Web", "Web", "CREATE_COMPLETE", 1), &["  [0/4] CREATE_COMPLETE      Web"], &[]),
        (
            Event::Begun { stack_id: "arn".into(), operation: Operation::RollBack },
            &["  rolling back"],
            &["  rolling back"],
        ),
        (Event::Begun { stack_id: "arn".into(), operation: Operation::Update }, &[], &[]),
    ];
    for (event, plain, above_a_tree) in cases {
        let mut model = model(&["Web"]);
        model.on_event("Web", &event, 1_000);
        assert_eq!(PLAIN.lines(&model, "Web", &event), plain, "{event:?}");
        assert_eq!(TREE.lines(&model, "Web", &event), above_a_tree, "{event:?}");
    }
}

#[test]
fn several_stacks_say_whose_line_it_is() {
    let mut model = model(&["Web", "Db"]);
    let event = progress("Web-Inner-1", "Table", "CREATE_COMPLETE", 1);
    model.on_event("Web", &event, 1_000);
    let several = EventPrinter { has_several: true, ..PLAIN };
    assert_eq!(
        several.lines(&model, "Web", &event),
        ["Web: [0/4] CREATE_COMPLETE      Web-Inner-1/Table  AWS::DynamoDB::Table"]
    );
}

#[test]
fn a_silence_is_filled_with_what_is_in_work() {
    let mut model = model(&["Web", "Db"]);
    apply(&mut model, "Web", &[("Web", "CREATE_IN_PROGRESS", 0), ("Table", "CREATE_IN_PROGRESS", 1)]);
    let several = EventPrinter { has_several: true, ..PLAIN };
    assert_eq!(
        several.heartbeat(&model, 40_000),
        ["Web: still in progress after 40s: Table creating 39s, usually 20 s; ETA 10 s, waiting on Table (DynamoDB)"]
    );
}

#[test]
fn changes_are_counted_and_listed() {
    let change = |id: &str, action: Action, replacement: Replacement| Change {
        logical_id: id.into(),
        resource_type: "T".into(),
        action,
        replacement,
        ..Change::default()
    };
    let changes = vec![
        change("New", Action::Add, Replacement::No),
        change("Changed", Action::Modify, Replacement::Maybe),
        change("Replaced", Action::Modify, Replacement::Yes),
        change("Gone", Action::Remove, Replacement::No),
    ];
    assert_eq!(
        PLAIN.planned(&model(&["Web"]).stacks[0], false, &changes),
        [
            "1 to create, 1 to change, 1 to replace, 1 to delete",
            "+ New  T",
            "~ Changed  T  perhaps replaced",
            "! Replaced  T  replaced",
            "- Gone  T",
        ]
    );
    assert_eq!(PLAIN.planned(&model(&["Web"]).stacks[0], false, &[]), ["only outputs or settings change"]);
}

#[test]
fn a_plan_lists_the_patches_that_it_brings() {
    let patch = |path: &str, id: &str| StackPatch {
        patch: Patch {
            name: "login-egress".into(),
            path: path.into(),
            what: "egress tcp/443".into(),
            why: "logins need it".into(),
        },
        logical_ids: [id.to_owned()].into(),
    };
    let mut model = model(&["Web"]);
    model.stacks[0].patches = vec![patch("Web/Lb", "Balancer"), patch("Web/Other", "Other")];
    let title = "patched automatically (`without_patch(\"NAME\")` on a scope turns one off; `synth --verbose` shows the reasons):";
    let first = "  login-egress  Web/Lb     egress tcp/443";
    let lines = PLAIN.planned(&model.stacks[0], true, &[]);
    assert_eq!(lines[1..], [title, first, "  login-egress  Web/Other  egress tcp/443"]);
    let changes = [Change { logical_id: "Balancer".into(), action: Action::Modify, ..Change::default() }];
    let lines = PLAIN.planned(&model.stacks[0], false, &changes);
    assert_eq!(lines[2..], [title, "  login-egress  Web/Lb  egress tcp/443"]);
    assert_eq!(PLAIN.planned(&model.stacks[0], false, &[]).len(), 1);
}
