//! The registry's resource types: what can be asked of them, and that every one of them can be asked.

use purlin_template::{Replacement, ResourceType, Template};
use serde_json::{Value, json};

fn find(name: &str) -> std::sync::Arc<ResourceType> {
    ResourceType::find(name).unwrap_or_else(|| panic!("the registry has `{name}`"))
}

#[test]
fn a_type_says_what_it_is() {
    let service = find("AWS::ECS::Service");
    assert!(service.attributes().any(|name| name == "ServiceArn"));
    assert!(service.primary_identifier().any(|name| name == "ServiceArn"));
    assert!(service.permissions("create").any(|action| action == "ecs:CreateService"));
    assert_eq!(service.permissions("dance").count(), 0);
    assert_eq!(service.tag_property(), Some("Tags"));
    let pool = find("AWS::Cognito::UserPool");
    assert_eq!((pool.tag_property(), pool.timeout_minutes("create") > 0), (Some("UserPoolTags"), true));
    assert!(find("AWS::RDS::DBInstance").write_only().any(|path| path == "MasterUserPassword"));
    assert!(find("AWS::RDS::DBInstance").timeout_minutes("create") > 120);
}

#[test]
fn properties_are_found_by_their_path() {
    let service = find("AWS::ECS::Service");
    for (path, expected) in [
        ("Cluster", Some(("Cluster", false))),
        ("LoadBalancers.ContainerPort", Some(("ContainerPort", false))),
        ("LoadBalancers/0/ContainerPort", Some(("ContainerPort", false))),
        ("NetworkConfiguration.AwsvpcConfiguration.Subnets", Some(("Subnets", false))),
        ("LoadBalancers.Nope", None),
        ("", None),
    ] {
        let found = service.property(path).map(|property| (property.name, property.is_required));
        assert_eq!(found, expected, "{path}");
    }
    assert!(find("AWS::EC2::Route").property("RouteTableId").is_some_and(|property| property.is_required));
}

#[test]
fn what_replaces_is_known() {
    for (name, path, expected) in [
        ("AWS::ECS::Service", "DesiredCount", Replacement::Never),
        ("AWS::ECS::Service", "LaunchType", Replacement::Always),
        ("AWS::SQS::Queue", "QueueName", Replacement::Always),
        ("AWS::EC2::Instance", "InstanceType", Replacement::Sometimes),
        ("AWS::Cognito::UserPoolClient", "GenerateSecret", Replacement::Always),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "Port", Replacement::Always),
    ] {
        assert_eq!(find(name).replacement(path), expected, "{name} {path}");
    }
}

#[test]
fn what_a_property_takes_is_said_in_words() {
    let words = |name: &str, path: &str| {
        let kind = find(name);
        let property = kind.property(path).unwrap_or_else(|| panic!("{name} has {path}"));
        let limits = kind.limits(&property).into_iter().filter(|limit| !limit.starts_with("matches"));
        (kind.kind_in_words(&property), limits.collect::<Vec<_>>().join("; "), kind.values(&property).join(" "))
    };
    for (name, path, kind, limits, values) in [
        ("AWS::SQS::Queue", "DelaySeconds", "whole number", "0 to 900", ""),
        ("AWS::SQS::Queue", "FifoQueue", "`true` or `false`", "", ""),
        ("AWS::SQS::Queue", "RedriveAllowPolicy", "JSON", "", ""),
        ("AWS::SNS::Topic", "TopicName", "text", "at most 256 characters", ""),
        ("AWS::ECS::Service", "LaunchType", "text", "", "EC2 FARGATE EXTERNAL"),
        ("AWS::ECS::Service", "Tags", "list of mappings", "at most 50 items", ""),
        ("AWS::Cognito::UserPool", "UserPoolTags", "map of names to text", "", ""),
        ("AWS::Cognito::UserPool", "UsernameAttributes", "list of text", "", "email phone_number"),
        ("AWS::Lambda::Function", "Architectures", "list of text", "exactly 1 item; no item twice", "x86_64 arm64"),
        (
            "AWS::ECS::Service",
            "NetworkConfiguration.AwsvpcConfiguration.Subnets",
            "list of text",
            "each the `Id` of an `AWS::EC2::Subnet`",
            "",
        ),
    ] {
        assert_eq!(words(name, path), (kind.to_owned(), limits.to_owned(), values.to_owned()), "{name} {path}");
    }
}

#[test]
fn what_properties_have_to_do_with_each_other_is_said_in_words() {
    for (name, expected) in [
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "exactly one of `Subnets` and `SubnetMappings`"),
        ("AWS::EC2::Instance", "`NetworkInterfaces` excludes `SubnetId`"),
        ("AWS::SQS::Queue", ""),
    ] {
        assert_eq!(find(name).rules(None).join("; "), expected, "{name}");
    }
}

#[test]
fn there_is_a_sentence_about_a_type_its_properties_and_attributes() {
    let service = find("AWS::ECS::Service");
    let sentences = service.sentences();
    assert!(sentences.of_type().is_some_and(|it| it.contains("Amazon Elastic Container Service")));
    let nested = service.property("NetworkConfiguration.AwsvpcConfiguration.Subnets").expect("it exists");
    assert!(sentences.of_property(&nested).is_some_and(|it| it.contains("subnets")));
    assert!(sentences.of_attribute("ServiceArn").is_some_and(|it| it.contains("identifies the service")));
    assert_eq!(sentences.of_attribute("Nope"), None);
    assert!(service.page().is_some_and(|page| page.ends_with("/aws-resource-ecs-service.html")));
    // Every type can be asked, and most say something.
    let told = ResourceType::names().filter(|name| find(name).sentences().of_type().is_some()).count();
    assert!(told * 10 > ResourceType::names().count() * 7, "{told} types say what they are");
}

#[test]
fn a_name_that_is_no_type_is_not_found() {
    for name in ["", "AWS::ECS", "AWS::ECS::Servic", "Custom::X", "AWS::ZZZ::Z"] {
        assert!(ResourceType::find(name).is_none(), "{name}");
    }
    assert_eq!(ResourceType::dated().len(), "2026-10-20".len());
}

/// Every type is unpacked, its references lead somewhere, and no value of any property, however odd, is more than a
/// problem.
#[test]
fn every_type_takes_every_value() {
    let odd = [
        Value::Null,
        json!(true),
        json!(-1.5),
        json!(""),
        json!("${x} {{resolve:ssm:x}} \u{1F980}"),
        json!([]),
        json!([[], {}, null, {"Ref": "P"}]),
        json!({}),
        json!({"Ref": ["x"]}),
        json!({"Fn::If": ["C", {"Ref": "AWS::NoValue"}, {"Fn::If": []}]}),
        json!({"Fn::Transform": {"Name": "AWS::Include"}, "A": {"Fn::GetAtt": "X"}}),
    ];
    let mut properties = 0;
    for name in ResourceType::names() {
        let kind = find(name);
        assert_eq!(kind.schema()["typeName"], *name);
        references(kind.schema(), kind.schema(), name);
        let all: Vec<String> = kind.properties().iter().map(|property| property.name.to_owned()).collect();
        properties += all.len();
        let given = |number: usize| -> Value {
            all.iter().enumerate().map(|(at, name)| (name.clone(), odd[(at + number) % odd.len()].clone())).collect()
        };
        let resources: Value = (0..odd.len())
            .map(|number| (format!("R{number}"), json!({"Type": name, "Properties": given(number)})))
            .collect();
        let template = json!({
            "Parameters": {"P": {"Type": "Number", "Default": "x"}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "1"]}},
            "Resources": resources,
        });
        for problem in Template::from_json(&template).unwrap().schema_problems() {
            assert!(!problem.to_string().is_empty() && !problem.hint().is_empty());
        }
    }
    assert!(ResourceType::names().count() >= 1_900 && properties > 12_000, "{properties}");
}

fn references(schema: &Value, root: &Value, name: &str) {
    match schema {
        Value::Object(entries) => {
            if let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
                assert!(root.pointer(pointer).is_some(), "`{name}` has nothing at `{pointer}`");
            }
            entries.values().for_each(|inner| references(inner, root, name));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, root, name)),
        _ => {}
    }
}
