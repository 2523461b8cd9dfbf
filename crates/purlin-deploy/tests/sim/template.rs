//! Templates as far as the simulator reads them: resources, what they depend on, and what has changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub fn resources(template: &Value) -> BTreeMap<String, Value> {
    let all = template["Resources"].as_object().into_iter().flatten();
    all.map(|(id, definition)| (id.clone(), definition.clone())).collect()
}

pub fn kind(definition: &Value) -> &str {
    definition["Type"].as_str().unwrap_or_default()
}

pub fn is_retained(definition: &Value) -> bool {
    definition["DeletionPolicy"].as_str() == Some("Retain")
}

pub fn keeps_old(definition: &Value) -> bool {
    definition["UpdateReplacePolicy"].as_str() == Some("Retain")
}

/// The resources that a definition mentions, of those there are.
pub fn needs(definition: &Value, there: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |name: &str| {
        let name = name.split('.').next().unwrap_or(name);
        if there.contains(name) {
            found.insert(name.to_owned());
        }
    };
    match &definition["DependsOn"] {
        Value::String(name) => note(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).for_each(&mut note),
        _ => {}
    }
    mentions(&definition["Properties"], &mut note);
    found
}

fn mentions(value: &Value, note: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("Ref" | "Fn::GetAtt", Value::String(name)) => note(name),
                    ("Fn::GetAtt", Value::Array(parts)) => note(parts[0].as_str().unwrap_or_default()),
                    _ => mentions(inner, note),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| mentions(item, note)),
        _ => {}
    }
}

/// The properties that differ.
pub fn differing(old: &Value, new: &Value) -> BTreeSet<String> {
    let keys = |value: &Value| -> BTreeSet<String> {
        value["Properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
    };
    let all = keys(old).into_iter().chain(keys(new));
    all.filter(|key| old["Properties"].get(key) != new["Properties"].get(key)).collect()
}

/// Whether changing these properties makes a new resource: names cannot change.
pub fn replaces(changed: &BTreeSet<String>) -> bool {
    changed.iter().any(|property| property.ends_with("Name"))
}

/// A value with its references filled in.
pub fn resolved(value: &Value, names: &BTreeMap<String, String>) -> String {
    let known = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => match (map.get("Ref"), map.get("Fn::GetAtt")) {
            (Some(Value::String(name)), _) => known(name),
            (_, Some(Value::Array(parts))) => {
                let part = |index: usize| parts.get(index).and_then(Value::as_str).unwrap_or_default();
                format!("{}/{}", known(part(0)), part(1))
            }
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}
