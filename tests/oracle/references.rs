//! References between stacks beside the CDK's, whose templates `references/app.js` recorded.

use std::collections::BTreeMap;

use purlin::cfn::route53::{CfnHostedZone, CfnRecordSet};
use purlin::{
    App, CfnParameter, CfnResource, Environment, HasScope, ReferenceStrength, Stack, StackProps, TagShape, Value,
    intrinsics,
};
use serde_json::{Value as Json, json};

const EAST: [&str; 2] = ["111122223333", "us-east-1"];
const WEST: [&str; 2] = ["111122223333", "eu-west-1"];
const OTHER: [&str; 2] = ["444455556666", "eu-west-1"];

fn stack(at: Option<[&str; 2]>) -> StackProps {
    at.map_or_else(Stack::props, |[account, region]| Stack::props().env(Environment::of(account, region)))
}

fn pair(
    app: &App,
    at: Option<([&str; 2], [&str; 2])>,
    consume: Option<ReferenceStrength>,
    produce: Option<ReferenceStrength>,
    qualifier: Option<&str>,
) {
    let one = app.add("Prod", stack(at.map(|at| at.0)));
    let mut consuming = stack(at.map(|at| at.1));
    if let Some(qualifier) = qualifier {
        consuming = consuming.qualifier(qualifier);
    }
    let two = app.add("Cons", consuming);
    let queue = one.child("B").add("Resource", CfnResource::new("AWS::SQS::Queue"));
    let zone = one.add("Zone", CfnHostedZone::new().name("example.com"));
    let list = one.add("List", CfnParameter::comma_delimited_list().default("a,b"));
    let number = one.add("Num", CfnParameter::number().default(5));
    if let Some(strength) = consume {
        two.consume_references(strength);
    }
    if let Some(strength) = produce {
        queue.scope().produce_references(strength);
    }
    let copy = CfnResource::new("AWS::SQS::Queue").taggable(TagShape::List("Tags"));
    let copy = copy.property("QueueName", queue.get_att("Arn")).property("DelaySeconds", number.value());
    two.add("Copy", copy).scope().tag("url", queue.id());
    let record = |id: &str, kind: &str, values: Value<Vec<String>>| {
        two.add(id, CfnRecordSet::new("x.example.com", kind).hosted_zone_name("example.com.").resource_records(values));
    };
    let servers = zone.att(CfnHostedZone::ATTR_NAME_SERVERS);
    record("Ns", "NS", servers.clone());
    record("Txt", "TXT", list.value());
    let one = [intrinsics::select(0, servers), intrinsics::join("-", list.value())];
    record("One", "TXT", purlin::IntoValue::into_value(one));
}

fn exported(app: &App) {
    let stack = app.add("Prod", Stack::props());
    stack.export_value(&stack.add("Queue", CfnResource::new("AWS::SQS::Queue")).get_att("Arn"));
    let zone = stack.add("Zone", CfnHostedZone::new().name("example.com"));
    stack.export_value(&zone.att(CfnHostedZone::ATTR_NAME_SERVERS));
}

#[test]
fn references_between_stacks_are_the_cdks() {
    use ReferenceStrength::{Both, Weak};
    let recorded: BTreeMap<String, BTreeMap<String, Json>> =
        serde_json::from_str(include_str!("references/templates.json")).unwrap();
    assert_eq!(recorded.len(), 8);
    for (name, expected) in recorded {
        let app = App::new();
        match name.as_str() {
            "strong" => pair(&app, None, None, None, None),
            "weak" => pair(&app, None, Some(Weak), None, None),
            "both" => pair(&app, None, Some(Both), None, None),
            "produced" => pair(&app, None, None, Some(Weak), None),
            // References that leave the region or account are weak unasked.
            "region" => pair(&app, Some((EAST, WEST)), None, None, None),
            "account" => pair(&app, Some((EAST, OTHER)), None, None, None),
            "qualified" => pair(&app, Some((EAST, OTHER)), None, None, Some("myqual")),
            _ => exported(&app),
        }
        for mut stack in app.synth().unwrap_or_else(|problems| panic!("{name}: {problems:#?}")).stacks {
            for resource in stack.template["Resources"].as_object_mut().unwrap().values_mut() {
                resource.as_object_mut().unwrap().remove("Metadata");
            }
            let found = json!({"Resources": stack.template["Resources"], "Outputs": stack.template["Outputs"]});
            let mut expected = expected[&stack.name].clone();
            if expected.get("Outputs").is_none() {
                expected["Outputs"] = Json::Null;
            }
            assert_eq!(found, expected, "{name}: {}", stack.name);
        }
    }
}
