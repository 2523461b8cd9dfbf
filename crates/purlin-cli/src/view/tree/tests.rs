//! The live tree, line by line, at moments of a deployment.

use purlin_deploy::Event;
use purlin_diagnosis::Action;

use super::super::model::tests::{apply, model, planned};
use super::*;

const AREA: Area = Area { width: 120, height: 24, paint: Paint::Plain };

fn working() -> Model {
    let mut model = model(&["Web"]);
    model.on_event("Web", &planned(Action::Add), 0);
    apply(
        &mut model,
        "Web",
        &[("Web", "CREATE_IN_PROGRESS", 1), ("Balancer", "CREATE_IN_PROGRESS", 2), ("Table", "CREATE_IN_PROGRESS", 3)],
    );
    model
}

fn drawn(model: &mut Model, second: i64, area: Area) -> Vec<String> {
    model.tick(second * 1_000);
    lines(model, second * 1_000, area)
}

#[test]
fn the_tree_shows_what_is_in_work_and_when_it_ends() {
    let mut model = working();
    assert_eq!(
        drawn(&mut model, 62, AREA),
        [
            "Web  creating  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 25%  0/4  1m02s  ETA 2-5 min, waiting on Balancer (ElasticLoadBalancingV2)",
            "  Balancer  creating 1m00s, usually 2 min  ElasticLoadBalancingV2::LoadBalancer",
            "  Table     creating 59s, usually 20 s  DynamoDB::Table",
        ]
    );
    let news = "1 of 2 tasks run\ntask stopped: no such image";
    apply(&mut model, "Web", &[("Balancer", "CREATE_COMPLETE", 110), ("Table", "CREATE_COMPLETE", 110)]);
    apply(&mut model, "Web", &[("Listener", "CREATE_COMPLETE", 112), ("Service", "CREATE_IN_PROGRESS", 113)]);
    let followed =
        Event::Followed { logical_id: "Service".into(), resource_type: "AWS::ECS::Service".into(), news: news.into() };
    model.on_event("Web", &followed, 114_000);
    assert_eq!(
        drawn(&mut model, 120, AREA)[1..],
        [
            "  Service  creating 7s, usually 2 min  ECS::Service",
            "    1 of 2 tasks run",
            "    task stopped: no such image",
        ]
    );
    apply(&mut model, "Web", &[("Service", "CREATE_FAILED", 200), ("Web", "ROLLBACK_IN_PROGRESS", 201)]);
    let head = &drawn(&mut model, 202, AREA)[0];
    assert!(head.starts_with("Web  rolling back  ╌╌╌╌"), "{head}");
}

#[test]
fn a_stack_shows_its_step_before_cloudformation_begins() {
    let mut model = model(&["Web"]);
    assert!(drawn(&mut model, 0, AREA).is_empty());
    model.on_event("Web", &Event::Started { account: "1".into(), region: "r".into() }, 1_000);
    assert_eq!(drawn(&mut model, 3, AREA), ["Web  reading the stack  2s"]);
    let building = Event::Asset { name: "image".into(), step: purlin_deploy::AssetStep::Building };
    model.on_event("Web", &building, 3_000);
    assert_eq!(drawn(&mut model, 4, AREA), ["Web  publishing image  3s"]);
}

#[test]
fn an_emulator_has_no_times() {
    let mut model = working();
    model.knows_times = false;
    assert_eq!(
        drawn(&mut model, 5, AREA),
        [
            "Web  creating  0/4  5s",
            "  Balancer  creating 3s  ElasticLoadBalancingV2::LoadBalancer",
            "  Table     creating 2s  DynamoDB::Table",
        ]
    );
}

#[test]
fn several_stacks_have_a_summary() {
    let mut model = model(&["Net", "Web", "Db", "Late"]);
    apply(&mut model, "Net", &[("Net", "CREATE_IN_PROGRESS", 0), ("Net", "CREATE_COMPLETE", 10)]);
    model.end("Net");
    apply(&mut model, "Web", &[("Web", "CREATE_IN_PROGRESS", 11), ("Table", "CREATE_IN_PROGRESS", 12)]);
    apply(&mut model, "Db", &[("Db", "UPDATE_IN_PROGRESS", 11)]);
    let lines = drawn(&mut model, 20, AREA);
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert_eq!(lines[3], "1 of 4 stacks done  20s  waiting: Late");
}

#[test]
fn there_are_never_more_lines_than_the_terminal_has() {
    let names: Vec<String> = (0..30).map(|number| format!("Stack{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut model = model(&names);
    for name in &names {
        let events = [
            (*name, "CREATE_IN_PROGRESS", 0),
            ("Balancer", "CREATE_IN_PROGRESS", 1),
            ("Table", "CREATE_IN_PROGRESS", 1),
        ];
        apply(&mut model, name, &events);
    }
    for height in 3..130 {
        for width in [1, 20, 80] {
            let lines = drawn(&mut model, 9, Area { width, height, ..AREA });
            assert!(lines.len() < height, "{} lines in {height}", lines.len());
            assert!(lines.iter().all(|line| columns(line) < width.max(2)), "{width}: {lines:#?}");
        }
    }
    let few = drawn(&mut model, 9, Area { height: 8, ..AREA });
    assert_eq!(few[5], "… 25 more stacks");
    assert!(few[6].starts_with("0 of 30 stacks done"), "{few:#?}");
}

#[test]
fn colours_are_there_only_where_they_are_wanted() {
    let mut model = working();
    assert!(!drawn(&mut model, 5, AREA).concat().contains('\x1b'));
    assert!(drawn(&mut model, 5, Area { paint: Paint::Coloured, ..AREA }).concat().contains("\x1b[32mcreating\x1b[0m"));
}
