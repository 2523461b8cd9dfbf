//! Sequences of events, and the state of the model after them. Other tests of the view use them too.

use purlin_diagnosis::Action;

use super::*;

/// A stack with a balancer, a listener behind it, a service behind that, and a table.
pub(crate) const TEMPLATE: &str = "
Resources:
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  Listener: {Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: !Ref Balancer}}
  Service: {Type: AWS::ECS::Service, DependsOn: Listener}
  Table: {Type: AWS::DynamoDB::Table}
";

pub(crate) fn model(names: &[&str]) -> Model {
    let expected = |name: &&str| Expected {
        name: (*name).to_owned(),
        title: (*name).to_owned(),
        template: Some(Template::parse(TEMPLATE).unwrap()),
        patches: Vec::new(),
    };
    Model::new(names.iter().map(expected).collect(), Durations::published(), true)
}

/// An event of `stack`, `seconds` after its beginning.
pub(crate) fn stack_event(stack: &str, logical_id: &str, status: &str, seconds: i64) -> StackEvent {
    let stack_id = format!("arn:aws:cloudformation:eu-west-1:1:stack/{stack}/x");
    let is_stack = logical_id == stack;
    let kind = Template::parse(TEMPLATE).unwrap().resources().get(logical_id).map(|it| it.kind.clone());
    StackEvent {
        physical_id: is_stack.then(|| stack_id.clone()),
        stack_id,
        logical_id: logical_id.to_owned(),
        resource_type: kind.unwrap_or_else(|| "AWS::CloudFormation::Stack".to_owned()),
        status: status.into(),
        at: seconds * 1_000,
        ..StackEvent::default()
    }
}

/// The same, as an event of the engine.
pub(crate) fn progress(stack: &str, logical_id: &str, status: &str, seconds: i64) -> Event {
    Event::Progress { event: stack_event(stack, logical_id, status, seconds), done: 0, total: 4 }
}

pub(crate) fn planned(action: Action) -> Event {
    let template = Template::parse(TEMPLATE).unwrap();
    let change = |(id, resource): (&String, &purlin_template::Resource)| Change {
        logical_id: id.clone(),
        resource_type: resource.kind.clone(),
        action: action.clone(),
        ..Change::default()
    };
    Event::Planned { is_new: action == Action::Add, changes: template.resources().iter().map(change).collect() }
}

/// Applies events at these seconds.
pub(crate) fn apply(model: &mut Model, stack: &str, events: &[(&str, &str, i64)]) {
    for (logical_id, status, seconds) in events {
        model.on_event(stack, &progress(stack, logical_id, status, *seconds), seconds * 1_000);
        model.tick(seconds * 1_000);
    }
}

#[test]
fn progress_decreases_only_when_a_rollback_begins() {
    let mut model = model(&["Web"]);
    model.on_event("Web", &planned(Action::Add), 0);
    apply(&mut model, "Web", &[("Web", "CREATE_IN_PROGRESS", 0), ("Balancer", "CREATE_IN_PROGRESS", 1)]);
    let mut last = 0.0;
    for second in 2..900 {
        model.tick(second * 1_000);
        let share = model.stacks[0].share;
        assert!((last..1.0).contains(&share), "{last} then {share} at {second} s");
        last = share;
    }
    assert!(last > 0.7, "far beyond the usual time: {last}");
    apply(&mut model, "Web", &[("Balancer", "CREATE_FAILED", 900), ("Web", "ROLLBACK_IN_PROGRESS", 901)]);
    assert_eq!(model.stacks[0].phase, Phase::Working(Operation::RollBack));
    assert!(model.stacks[0].share < 0.1, "a new bar");
    apply(&mut model, "Web", &[("Balancer", "DELETE_IN_PROGRESS", 902)]);
    assert_eq!(model.stacks[0].busy.len(), 1);
    apply(&mut model, "Web", &[("Balancer", "DELETE_COMPLETE", 930), ("Web", "ROLLBACK_COMPLETE", 931)]);
    assert_eq!((&model.stacks[0].phase, model.stacks[0].busy.len()), (&Phase::Finishing, 0));
}

#[test]
fn every_operation_is_recognized_by_the_events_of_cloudformation() {
    let cases = [
        ("CREATE_IN_PROGRESS", Operation::Create),
        ("REVIEW_IN_PROGRESS", Operation::Create),
        ("UPDATE_IN_PROGRESS", Operation::Update),
        ("IMPORT_IN_PROGRESS", Operation::Import),
        ("DELETE_IN_PROGRESS", Operation::Delete),
        ("ROLLBACK_IN_PROGRESS", Operation::RollBack),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Operation::RollBack),
        ("IMPORT_ROLLBACK_IN_PROGRESS", Operation::RollBack),
    ];
    for (status, expected) in cases {
        let mut model = model(&["Web"]);
        apply(&mut model, "Web", &[("Web", status, 0)]);
        assert_eq!(model.stacks[0].phase, Phase::Working(expected), "{status}");
        apply(&mut model, "Web", &[("Web", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 1)]);
        assert_eq!(model.stacks[0].phase, Phase::Working(expected), "cleaning up belongs to it");
    }
}

#[test]
fn resources_of_nested_stacks_are_in_work_under_their_stack() {
    let mut model = model(&["Web"]);
    apply(&mut model, "Web", &[("Web", "UPDATE_IN_PROGRESS", 0)]);
    model.on_event("Web", &progress("Web-Inner-1", "Table", "CREATE_IN_PROGRESS", 1), 1_000);
    model.on_event("Web", &progress("Web-Inner-1", "Web-Inner-1", "CREATE_COMPLETE", 2), 2_000);
    assert_eq!(model.stacks[0].phase, Phase::Working(Operation::Update), "only the nested stack is done");
    assert_eq!(model.stacks[0].busy.keys().next().unwrap().0, "Web-Inner-1");
}

#[test]
fn what_followers_say_moves_no_cursor_and_ends_with_the_resource() {
    let mut model = model(&["Web"]);
    apply(&mut model, "Web", &[("Service", "CREATE_IN_PROGRESS", 0)]);
    let news = |text: &str| Event::Followed {
        logical_id: "Service".into(),
        resource_type: "AWS::ECS::Service".into(),
        news: text.into(),
    };
    model.on_event("Web", &news("1 of 2 tasks run\n\x1b[2Jtask stopped\n\n"), 1_000);
    assert_eq!(model.stacks[0].busy.values().next().unwrap().news, ["1 of 2 tasks run", "task stopped"]);
    apply(&mut model, "Web", &[("Service", "CREATE_COMPLETE", 2)]);
    model.on_event("Web", &news("too late"), 3_000);
    assert!(model.stacks[0].busy.is_empty());
}
