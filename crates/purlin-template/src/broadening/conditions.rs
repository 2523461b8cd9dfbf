//! Decides conditions whose parameters are known: a resource that is not made permits nothing, and a limit that is switched
//! off is gone.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::values::{Values, known_parameters};

/// The template without what known conditions leave out. Where a condition is not known, both sides stay.
pub(super) fn settled(mut template: Value) -> Value {
    let Some(names) = template["Conditions"].as_object() else { return template };
    let values = with_defaults(&template);
    let truths: Truths = names.keys().filter_map(|name| Some((name.clone(), values.condition(name)?))).collect();
    if truths.is_empty() {
        return template;
    }
    if let Some(resources) = template.get_mut("Resources").and_then(Value::as_object_mut) {
        let is_left_out =
            |resource: &Value| resource["Condition"].as_str().is_some_and(|name| truths.get(name) == Some(&false));
        let all = std::mem::take(resources).into_iter().filter(|(_, resource)| !is_left_out(resource));
        *resources = all.filter_map(|(id, resource)| Some((id, chosen(resource, &truths)?))).collect();
    }
    template
}

/// The values of parameters stand in the template as defaults.
fn with_defaults(template: &Value) -> Values<'_> {
    let none = BTreeMap::new();
    Values::new(template, known_parameters(template, &none, &none, &Value::Null))
}

type Truths = BTreeMap<String, bool>;

/// The value with the branches of known conditions; nothing where that is `AWS::NoValue`.
fn chosen(value: Value, truths: &Truths) -> Option<Value> {
    match value {
        Value::Object(mut map) if map.len() == 1 && map.contains_key("Fn::If") => {
            let is_true = map["Fn::If"][0].as_str().and_then(|name| truths.get(name)).copied();
            match (is_true, map.get_mut("Fn::If").and_then(Value::as_array_mut)) {
                (Some(is_true), Some(parts)) if parts.len() == 3 => {
                    chosen(parts.swap_remove(if is_true { 1 } else { 2 }), truths)
                }
                _ => Some(Value::Object(in_object(map, truths))),
            }
        }
        Value::Object(map) if map.len() == 1 && map.get("Ref").is_some_and(|it| it == "AWS::NoValue") => None,
        Value::Object(map) => Some(Value::Object(in_object(map, truths))),
        Value::Array(items) => Some(items.into_iter().filter_map(|item| chosen(item, truths)).collect()),
        other => Some(other),
    }
}

fn in_object(map: Map<String, Value>, truths: &Truths) -> Map<String, Value> {
    let keep = |(key, value): (String, Value)| match value {
        // The name and both sides, one of which may be nothing.
        Value::Array(parts) if key == "Fn::If" => {
            let side = |part: Value| chosen(part, truths).unwrap_or_else(|| serde_json::json!({"Ref": "AWS::NoValue"}));
            Some((key, parts.into_iter().map(side).collect()))
        }
        value => Some((key, chosen(value, truths)?)),
    };
    map.into_iter().filter_map(keep).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::broadening;
    use super::*;

    #[test]
    fn conditions_are_known_by_their_parameters() {
        let equals = |name: &str| json!({"Fn::Equals": [{"Ref": name}, "yes"]});
        let template = |conditions: Value| {
            json!({
                "Parameters": {
                    "On": {"Type": "String", "Default": "yes"}, "Off": {"Type": "String", "Default": "no"},
                    "Free": {"Type": "String"}, "Secret": {"Type": "String", "NoEcho": true, "Default": "yes"},
                    "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "yes"},
                },
                "Mappings": {"M": {"a": {"b": "yes"}}},
                "Conditions": conditions,
            })
        };
        let cases = [
            (equals("On"), Some(true)),
            (equals("Off"), Some(false)),
            (equals("Free"), None),
            (equals("Secret"), None),
            (equals("Stored"), None),
            (equals("AWS::Region"), None),
            (json!({"Fn::Equals": [{"Ref": "Free"}, {"Ref": "Free"}]}), Some(true)),
            (json!({"Fn::Equals": [{"Fn::FindInMap": ["M", "a", "b"]}, "yes"]}), Some(true)),
            (json!({"Fn::Equals": [{"Fn::FindInMap": ["M", "a", {"Ref": "Free"}]}, "yes"]}), None),
            (json!({"Fn::Not": [equals("On")]}), Some(false)),
            (json!({"Fn::And": [equals("Off"), equals("Free")]}), Some(false)),
            (json!({"Fn::And": [equals("On"), equals("Free")]}), None),
            (json!({"Fn::Or": [equals("On"), equals("Free")]}), Some(true)),
            (json!({"Fn::Or": [equals("Off"), equals("Off")]}), Some(false)),
            (json!({"Condition": "C"}), None),
            (json!({"Fn::Equals": ["1", 1]}), Some(true)),
            (json!("yes"), None),
        ];
        for (condition, expected) in cases {
            let template = template(json!({"C": condition}));
            assert_eq!(with_defaults(&template).condition("C"), expected, "{condition}");
        }
    }

    #[test]
    fn what_a_condition_switches_is_a_difference() {
        let allow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        let deny = json!({"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"});
        let policy = |statement: Value| {
            let document = json!({"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, statement]});
            json!({"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document, "Roles": ["r"]}}})
        };
        let either = |yes: &Value, no: &Value| json!({"Fn::If": ["C", yes, no]});
        let nothing = json!({"Ref": "AWS::NoValue"});
        let block = json!({"BlockPublicAcls": true, "BlockPublicPolicy": true});
        let bucket = |block: Value| json!({"B": {"Type": "AWS::S3::Bucket", "Properties": {"PublicAccessBlockConfiguration": block}}});
        let mut conditional = policy(allow.clone());
        conditional["P"]["Condition"] = "C".into();
        // Resources, and whether it is asked when the condition turns on, and off.
        let cases = [
            ("a denial", policy(either(&deny, &nothing)), false, true),
            ("a block", bucket(either(&block, &nothing)), false, true),
            ("an allowance", policy(either(&allow, &nothing)), true, false),
            ("a resource", conditional, true, false),
            (
                "neither",
                policy(either(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}), &nothing)),
                false,
                false,
            ),
        ];
        for (what, resources, on, off) in cases {
            let with = |value: &str| {
                json!({
                    "Parameters": {"P": {"Type": "String", "Default": value}},
                    "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "yes"]}},
                    "Resources": resources,
                })
            };
            let asks = |before: &str, after: &str| !broadening(Some(&with(before)), &with(after)).is_empty();
            assert_eq!((asks("no", "yes"), asks("yes", "no")), (on, off), "{what}");
            assert!(!asks("yes", "yes") && !asks("no", "no"), "{what}");
        }
    }
}
