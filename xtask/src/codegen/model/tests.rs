//! Names that collide, in small and over all schemas; what a resource becomes.

use super::*;

fn snapshot(json: serde_json::Value) -> Snapshot {
    serde_json::from_value(json).expect("the test's snapshot is well-formed")
}

fn service_resource() -> Snapshot {
    snapshot(serde_json::json!({
        "source": {"package": "p", "version": "1", "licence": "l", "integrity": "i"},
        "resources": {"AWS::ECS::Service": {
            "doc": "A service. More.",
            "tags": {"property": "Tags", "shape": "list"},
            "properties": {
                "LaunchType": {"type": {"type": "string", "allowedValues": ["EC2", "FARGATE"]}, "replacement": "yes"},
                "Role": {"type": {"type": "string"}, "required": true},
                "Cluster": {"type": {"type": "string"}, "required": true},
                "LoadBalancers": {"type": {"type": "array", "element": {"type": "ref", "name": "LoadBalancer"}}},
                "Tags": {"type": {"type": "array", "element": {"type": "ref", "name": "Tag"}}}
            },
            "attributes": {"Vpc.Id": {"type": {"type": "string"}}},
            "types": {
                "LoadBalancer": {"properties": {"Inner": {"type": {"type": "ref", "name": "LoadBalancer"}}}},
                "Unused": {"properties": {}},
                "Tag": {"properties": {"Key": {"type": {"type": "string"}}, "Value": {"type": {"type": "string"}}}}
            }
        }}
    }))
}

#[test]
fn a_resource_with_its_nested_types_and_words() {
    let ecs = service("AWS::ECS", &service_resource()).expect("the schema is sound");
    assert_eq!(ecs.module, "ecs");
    let r = &ecs.resources[0];
    assert_eq!(r.table.name, "CfnService");
    assert_eq!(r.tags.as_deref(), Some(r#"TagShape::List("Tags")"#));
    assert_eq!(r.attributes[0].constant, "ATTR_VPC_ID");
    let nested: Vec<&str> = r.nested.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(nested, ["ServiceLoadBalancer"], "unused types and tags are left out");
    let types: Vec<&str> = r.table.setters.iter().map(|s| s.of.as_str()).collect();
    assert_eq!(types, ["String", "ServiceLaunchType", "Vec<ServiceLoadBalancer>", "String", "Vec<CfnTag>"]);
    assert_eq!(r.enums[0].name, "ServiceLaunchType");
}

#[test]
fn required_properties_are_arguments_in_alphabetical_order() {
    let ecs = service("AWS::ECS", &service_resource()).expect("the schema is sound");
    let required: Vec<&str> = ecs.resources[0].table.required.iter().map(|s| s.method.as_str()).collect();
    assert_eq!(required, ["cluster", "role"]);
}

/// A snapshot of these resource types of `AWS::Odd`.
fn odd(resources: &[(&str, serde_json::Value)]) -> Service {
    let named = resources.iter().map(|(name, resource)| (format!("AWS::Odd::{name}"), resource.clone()));
    let source = serde_json::json!({"package": "p", "version": "1", "licence": "l", "integrity": "i"});
    let resources: serde_json::Value = named.collect::<serde_json::Map<_, _>>().into();
    let snapshot = snapshot(serde_json::json!({ "source": source, "resources": resources }));
    service("AWS::Odd", &snapshot).expect("every collision has a rule")
}

fn type_names(service: &Service) -> Vec<&str> {
    service.resources.iter().flat_map(type_names_of).collect()
}

fn type_names_of(r: &ResourceModel) -> Vec<&str> {
    let tables = [&r.table].into_iter().chain(&r.nested).map(|table| table.name.as_str());
    tables.chain(r.enums.iter().map(|words| words.name.as_str())).collect()
}

#[test]
fn types_of_one_name_are_told_apart() {
    let text = serde_json::json!({"type": "string", "allowedValues": ["a"]});
    let leads_to = |ty: &str| serde_json::json!({"type": {"type": "ref", "name": ty}});
    // `AWS::ODB::OdbNetwork` has an enum and a nested type of one name, `AWS::EC2::VPNConnection` an enum `..Value`.
    let enum_and_nested = odd(&[(
        "Network",
        serde_json::json!({
            "properties": {"Access": {"type": text}, "AccessValue": {"type": text}, "Other": leads_to("Access")},
            "types": {"Access": {"properties": {}}}
        }),
    )]);
    assert_eq!(
        type_names(&enum_and_nested),
        ["CfnNetwork", "NetworkAccess", "NetworkAccessValue", "NetworkAccessValueValue"]
    );
    // `VPN` + `ConnectionOptions` and `VPNConnection` + `Options`.
    let nested_twice = odd(&[
        (
            "VPN",
            serde_json::json!({
                "properties": {"A": leads_to("ConnectionOptions")},
                "types": {"ConnectionOptions": {"properties": {}}}
            }),
        ),
        (
            "VPNConnection",
            serde_json::json!({"properties": {"A": leads_to("Options")}, "types": {"Options": {"properties": {}}}}),
        ),
    ]);
    let expected = ["CfnVPN", "VPNConnectionOptions", "CfnVPNConnection", "VPNConnectionOptionsType"];
    assert_eq!(type_names(&nested_twice), expected);
    // Names that differ in their separators only, and names that generated code uses itself.
    let resources =
        odd(&[("A.B", serde_json::json!({"properties": {}})), ("A_B", serde_json::json!({"properties": {}}))]);
    assert_eq!(type_names(&resources), ["CfnAB", "CfnABResource"]);
    let imported = odd(&[("Tag", serde_json::json!({"properties": {"Shape": {"type": text}}}))]);
    assert_eq!(type_names(&imported), ["CfnTag", "TagShapeValue"]);
}

#[test]
fn properties_words_and_attributes_of_one_name_are_told_apart() {
    let words = serde_json::json!({"type": "string", "allowedValues": ["Glacier", "GLACIER", "Glacier"]});
    let plain = serde_json::json!({"type": {"type": "string"}});
    let service = odd(&[(
        "Bucket",
        serde_json::json!({
            "properties": {"Class": {"type": words}, "foo": plain, "Foo": plain, "Type": plain, "type": plain},
            "attributes": {"Vpc.Id": plain, "VpcId": plain}
        }),
    )]);
    let bucket = &service.resources[0];
    let setters: Vec<&str> = bucket.table.setters.iter().map(|setter| setter.method.as_str()).collect();
    assert_eq!(setters, ["class", "foo", "type_", "foo_2", "type__2"]);
    let attributes: Vec<&str> = bucket.attributes.iter().map(|a| a.constant.as_str()).collect();
    assert_eq!(attributes, ["ATTR_VPC_ID", "ATTR_VPC_ID_2"]);
    let words: Vec<&str> = bucket.enums[0].words.iter().map(|word| word.constant.as_str()).collect();
    assert_eq!(words, ["GLACIER", "GLACIER_2"]);
}

#[test]
fn deprecated_properties_warn_and_new_does_not() {
    let service = odd(&[(
        "Old",
        serde_json::json!({"properties": {
            "Gone": {"type": {"type": "string"}, "deprecated": true, "required": true},
            "Kept": {"type": {"type": "string"}}
        }}),
    )]);
    let table = &service.resources[0].table;
    assert!(table.requires_deprecated);
    let marks: Vec<(&str, bool)> =
        table.setters.iter().map(|setter| (setter.method.as_str(), setter.deprecated)).collect();
    assert_eq!(marks, [("gone", true), ("kept", false)]);
}

/// Everything of both sources, with its names: no two of one scope are equal, and all are names in Rust.
#[test]
fn every_name_of_the_schemas_is_told_apart() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let snapshot = Snapshot::read(&folder).expect("the repository has a snapshot");
    let registry = super::super::registry::Registry::read(&folder).expect("the repository has a registry");
    let snapshot = snapshot.merged(&registry);
    let mut modules = BTreeSet::new();
    let mut resources = 0;
    for namespace in namespaces(&snapshot) {
        let service = service(namespace, &snapshot).expect("every nested type is there");
        resources += service.resources.len();
        assert!(modules.insert(service.module.clone()), "two services would be one module: `{namespace}`");
        assert_unique(namespace, &service.module, type_names(&service));
        for r in &service.resources {
            assert_unique(&r.type_name, "attributes", r.attributes.iter().map(|a| a.constant.as_str()).collect());
            for table in r.nested.iter().chain([&r.table]) {
                assert_unique(&table.name, "setters", table.setters.iter().map(|s| s.method.as_str()).collect());
            }
            for words in &r.enums {
                assert_unique(&words.name, "words", words.words.iter().map(|w| w.constant.as_str()).collect());
            }
        }
    }
    assert_eq!(resources, snapshot.resources.len());
}

fn assert_unique(owner: &str, what: &str, names: Vec<&str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        let mut chars = name.chars();
        let begins = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
        assert!(begins && chars.all(|c| c.is_ascii_alphanumeric() || c == '_'), "`{name}` in {what} of `{owner}`");
        assert!(seen.insert(name), "`{name}` is twice in {what} of `{owner}`");
    }
}

#[test]
fn an_unknown_namespace_is_an_error() {
    let error = service("AWS::Nope", &service_resource()).err().expect("there is no such service");
    assert!(error.to_string().contains("`AWS::Nope::`"), "{error}");
}
