//! Resources of any type by their names, and the ways to change any resource after it was declared.

use purlin_construct::{
    App, CfnCondition, CfnResource, CfnTag, Expr, HasScope, Ref, RemovalPolicy, Stack, TagShape, Test,
};
use serde_json::{Value, json};

/// What `change` makes of a custom resource, and of the function it is made by.
fn rendered(change: impl FnOnce(&Stack, &Ref<CfnResource>)) -> Value {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let function = stack.add("Function", CfnResource::new("AWS::Lambda::Function"));
    let seed = CfnResource::new("Custom::Seed").property("ServiceToken", function.get_att("Arn")).property("Rows", 100);
    let seed = stack.add("Seed", seed);
    change(&stack, &seed);
    let mut template = app.synth().expect("the stack has no problems").stacks[0].template.clone();
    let mut resource = template["Resources"]["Seed"].take();
    resource.as_object_mut().expect("a resource is an object").remove("Metadata");
    resource
}

#[test]
fn a_custom_resource_has_properties_and_attributes() {
    let plain = rendered(|stack, seed| {
        let copy = CfnResource::new("AWS::SSM::Parameter").property("Value", seed.get_att("FirstKey"));
        stack.add("Copy", copy.property("Name", seed.id()));
    });
    let properties = json!({"Rows": 100, "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}});
    assert_eq!(plain, json!({"Type": "Custom::Seed", "Properties": properties}));
}

#[test]
fn values_of_every_kind_fit() {
    let resource = rendered(|_, seed| {
        seed.update(|seed| {
            seed.property("Text", "a")
                .property("Flag", true)
                .property("Share", 0.5)
                .property("Count", 7_u32)
                .property("List", ["a", "b"])
                .property("Nested", [CfnTag::new("k", "v")])
                .property("Json", json!({"a": [1]}))
                .property("Rows", Expr::Null)
        });
    });
    let properties = &resource["Properties"];
    assert_eq!(properties["Nested"], json!([{"Key": "k", "Value": "v"}]));
    assert_eq!(properties["List"], json!(["a", "b"]));
    assert_eq!(
        (&properties["Text"], &properties["Flag"], &properties["Share"], &properties["Count"], &properties["Json"]),
        (&json!("a"), &json!(true), &json!(0.5), &json!(7), &json!({"a": [1]}))
    );
}

#[test]
fn what_can_be_changed_after_declaration() {
    type Change = for<'a> fn(&Stack, &'a Ref<CfnResource>) -> &'a Ref<CfnResource>;
    let table: [(Change, &str, Value); 11] = [
        (|_, seed| seed.update(|seed| seed.property("Rows", 7)), "/Properties/Rows", json!(7)),
        (|_, seed| seed.override_property("Rows", 8), "/Properties/Rows", json!(8)),
        (|_, seed| seed.override_property("Deep.Down", "x"), "/Properties/Deep/Down", json!("x")),
        (|_, seed| seed.override_property("Deep", CfnTag::new("a", "b")), "/Properties/Deep/Key", json!("a")),
        (|_, seed| seed.delete_property("Rows"), "/Properties/Rows", Value::Null),
        (|_, seed| seed.override_at("Version", "1.0"), "/Version", json!("1.0")),
        (|_, seed| seed.delete_at("Properties"), "/Properties", Value::Null),
        (|_, seed| seed.removal_policy(RemovalPolicy::Retain), "/DeletionPolicy", json!("Retain")),
        (
            |_, seed| seed.update_policy(json!({"EnableVersionUpgrade": true})),
            "/UpdatePolicy/EnableVersionUpgrade",
            json!(true),
        ),
        (
            |stack, seed| {
                let never = stack.add("Never", CfnCondition::new(Test::equals("a", "b")));
                seed.condition(&never)
            },
            "/Condition",
            json!("Never"),
        ),
        (
            |stack, seed| seed.depends_on(&stack.scope().try_child("Function").expect("it was added")),
            "/DependsOn",
            json!(["Function"]),
        ),
    ];
    for (change, at, expected) in table {
        let resource = rendered(|stack, seed| {
            change(stack, seed);
        });
        assert_eq!(resource.pointer(at).unwrap_or(&Value::Null), &expected, "{at} of {resource}");
    }
}

#[test]
fn tags_reach_only_what_says_how_it_takes_them() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    stack.scope().tag("team", "shop");
    stack.add("Silent", CfnResource::new("Third::Party::Type"));
    stack.add("List", CfnResource::new("Third::Party::Type").taggable(TagShape::List("Tags")));
    let map = stack.add("Map", CfnResource::new("Third::Party::Type"));
    map.update(|map| map.taggable(TagShape::Map("Labels")));
    let synthesis = app.synth().expect("the stack has no problems");
    let resources = &synthesis.stacks[0].template["Resources"];
    assert_eq!(resources["Silent"].get("Properties"), None);
    assert_eq!(resources["List"]["Properties"], json!({"Tags": [{"Key": "team", "Value": "shop"}]}));
    assert_eq!(resources["Map"]["Properties"], json!({"Labels": {"team": "shop"}}));
}

#[test]
fn what_is_inside_a_module_is_reached_through_its_attributes() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let logs = stack.add("Logs", CfnResource::new("Shop::S3::Bucket::MODULE"));
    stack.add("Copy", CfnResource::new("AWS::SSM::Parameter").property("Value", logs.get_att("Bucket.Arn")));
    let template = app.synth().expect("the stack has no problems").stacks[0].template.clone();
    assert_eq!(template["Resources"]["Logs"]["Type"], "Shop::S3::Bucket::MODULE");
    assert_eq!(template["Resources"]["Copy"]["Properties"]["Value"], json!({"Fn::GetAtt": ["Logs", "Bucket.Arn"]}));
}
