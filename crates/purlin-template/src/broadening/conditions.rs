//! Decides conditions whose parameters are known: a resource that is not made permits nothing, and a limit that is switched
//! off is gone.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// How deep conditions refer to each other; a circle is no condition.
const DEEPEST: usize = 32;

/// The template without what known conditions leave out. Where a condition is not known, both sides stay.
pub(super) fn settled(mut template: Value) -> Value {
    let Some(names) = template["Conditions"].as_object() else { return template };
    let truths: Truths =
        names.keys().filter_map(|name| Some((name.clone(), named(&template, name, 0)?))).collect::<BTreeMap<_, _>>();
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

fn named(template: &Value, name: &str, depth: usize) -> Option<bool> {
    if depth > DEEPEST { None } else { truth(template, template["Conditions"].get(name)?, depth + 1) }
}

fn truth(template: &Value, condition: &Value, depth: usize) -> Option<bool> {
    let (function, argument) = condition.as_object().filter(|map| map.len() == 1)?.iter().next()?;
    let of = |it: &Value| if depth > DEEPEST { None } else { truth(template, it, depth + 1) };
    match (function.as_str(), argument) {
        ("Condition", Value::String(name)) => named(template, name, depth),
        ("Fn::Not", Value::Array(one)) => of(one.first()?).map(|is_true| !is_true),
        ("Fn::Equals", Value::Array(two)) => match two.as_slice() {
            [left, right] if left == right => Some(true),
            [left, right] => Some(text(template, left)? == text(template, right)?),
            _ => None,
        },
        ("Fn::And", Value::Array(all)) => every(all.iter().map(of), true),
        ("Fn::Or", Value::Array(all)) => every(all.iter().map(of), false),
        _ => None,
    }
}

/// Whether all are `expected`: one that is not decides, whatever the others are.
fn every(all: impl Iterator<Item = Option<bool>>, expected: bool) -> Option<bool> {
    let all: Vec<Option<bool>> = all.collect();
    if all.contains(&Some(!expected)) {
        return Some(!expected);
    }
    all.iter().all(Option::is_some).then_some(expected)
}

/// A text that is known: written out, of a parameter with a value, or of a mapping.
fn text(template: &Value, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Object(map) if map.len() == 1 => match map.iter().next()? {
            (function, Value::String(name)) if function == "Ref" => {
                let parameter = &template["Parameters"][name];
                // The value of such a parameter is the name of another one.
                let is_elsewhere = parameter["Type"].as_str().is_some_and(|it| it.starts_with("AWS::SSM::"));
                let is_hidden = parameter["NoEcho"] == true || parameter["NoEcho"] == "true";
                text(template, parameter.get("Default")?).filter(|_| !is_elsewhere && !is_hidden)
            }
            (function, Value::Array(path)) if function == "Fn::FindInMap" && path.len() == 3 => {
                let keys: Option<Vec<String>> = path.iter().map(|key| text(template, key)).collect();
                let found = keys?.iter().try_fold(&template["Mappings"], |at, key| at.get(key));
                text(template, found?)
            }
            _ => None,
        },
        _ => None,
    }
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
            assert_eq!(named(&template, "C", 0), expected, "{condition}");
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
