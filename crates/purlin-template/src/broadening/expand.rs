//! Writes out the loops of `AWS::LanguageExtensions`, so that each resource they make is compared.

use serde_json::{Map, Value};

/// The template with every `Fn::ForEach` among its resources written out.
pub(super) fn expanded(template: &Value) -> Value {
    let mut whole = template.clone();
    if let Some(resources) = template["Resources"].as_object().filter(|all| all.keys().any(|id| is_loop(id))) {
        let mut all = Map::new();
        add(template, resources, &mut all, 0);
        whole["Resources"] = Value::Object(all);
    }
    whole
}

/// CloudFormation takes five loops inside each other.
const DEEPEST: usize = 5;

fn is_loop(key: &str) -> bool {
    key.starts_with("Fn::ForEach::")
}

fn add(template: &Value, resources: &Map<String, Value>, all: &mut Map<String, Value>, depth: usize) {
    for (id, resource) in resources {
        let Some([variable, collection, Value::Object(body)]) =
            resource.as_array().map(Vec::as_slice).filter(|_| is_loop(id))
        else {
            all.insert(id.clone(), resource.clone());
            continue;
        };
        let Some(variable) = variable.as_str().filter(|_| depth < DEEPEST) else { continue };
        for item in items(template, collection) {
            let body = filled(&Value::Object(body.clone()), variable, &item);
            add(template, body.as_object().expect("a filled object is one"), all, depth + 1);
        }
    }
}

/// The items of a collection; where only a deployment knows them, one that stands for all.
fn items(template: &Value, collection: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Value::Array(items) = collection {
        return items.iter().map(text).collect();
    }
    let default = collection["Ref"].as_str().map(|name| &template["Parameters"][name]["Default"]);
    match default.filter(|it| !it.is_null()) {
        Some(list) => text(list).split(',').map(|item| item.trim().to_owned()).collect(),
        None => vec![text(collection)],
    }
}

/// A value with the loop's variable written out.
fn filled(value: &Value, variable: &str, item: &str) -> Value {
    let fill = |text: &str| {
        let alphanumeric: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(&format!("${{{variable}}}"), item).replace(&format!("&{{{variable}}}"), &alphanumeric)
    };
    match value {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(|it| filled(it, variable, item)).collect(),
        Value::Object(map) if map.len() == 1 && value["Ref"] == variable => Value::String(item.to_owned()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, it)| (fill(key), filled(it, variable, item))).collect())
        }
        other => other.clone(),
    }
}
