//! Recognises resources that only changed their logical id, so that moved code is not reported.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The template before, with the logical ids that its resources have after.
pub(super) fn with_names_of(before: &Value, after: &Value) -> Value {
    let mut named = before.clone();
    // What refers to a renamed resource is equal only once that has its new name.
    loop {
        let renames = renames(&named, after);
        if renames.is_empty() {
            return named;
        }
        named = renamed(&named, &renames);
    }
}

/// Old and new ids of resources that are equal, where only one old and one new are.
fn renames(before: &Value, after: &Value) -> BTreeMap<String, String> {
    let gone = only_in(before, after);
    let new = only_in(after, before);
    let mut pairs = BTreeMap::new();
    for (body, ids) in &gone {
        if let ([old], Some([new])) = (ids.as_slice(), new.get(body).map(Vec::as_slice)) {
            pairs.insert((*old).to_owned(), (*new).to_owned());
        }
    }
    pairs
}

/// The ids of the resources that one template has and the other has not, by what the resources are.
fn only_in<'a>(template: &'a Value, other: &Value) -> BTreeMap<String, Vec<&'a str>> {
    let mut by_body: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
        if other["Resources"].get(id).is_none() {
            let body = format!("{} {}", resource["Type"], resource["Properties"]);
            by_body.entry(body).or_default().push(id);
        }
    }
    by_body
}

fn renamed(value: &Value, renames: &BTreeMap<String, String>) -> Value {
    let mut named = value.clone();
    let resources = value["Resources"].as_object().into_iter().flatten();
    let resources = resources.map(|(id, resource)| {
        let mut resource = resource.clone();
        rename_in(&mut resource, renames);
        (renames.get(id).unwrap_or(id).clone(), resource)
    });
    named["Resources"] = Value::Object(resources.collect());
    named
}

fn rename_in(value: &mut Value, renames: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match (key.as_str(), value) {
                    ("Ref", Value::String(id)) => rename(id, renames),
                    ("Fn::GetAtt", Value::Array(path)) => {
                        if let Some(Value::String(id)) = path.first_mut() {
                            rename(id, renames);
                        }
                    }
                    ("Fn::GetAtt", Value::String(path)) => {
                        if let Some((id, attribute)) = path.split_once('.')
                            && let Some(new) = renames.get(id)
                        {
                            *path = format!("{new}.{attribute}");
                        }
                    }
                    ("Fn::Sub", Value::String(text)) => rename_holes(text, renames),
                    ("Fn::Sub", Value::Array(arguments)) => {
                        if let Some(Value::String(text)) = arguments.first_mut() {
                            rename_holes(text, renames);
                        }
                        arguments.iter_mut().skip(1).for_each(|it| rename_in(it, renames));
                    }
                    (_, value) => rename_in(value, renames),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_in(item, renames)),
        _ => {}
    }
}

fn rename(id: &mut String, renames: &BTreeMap<String, String>) {
    if let Some(new) = renames.get(id) {
        id.clone_from(new);
    }
}

/// `${Id}` and `${Id.Attribute}` in a text.
fn rename_holes(text: &mut String, renames: &BTreeMap<String, String>) {
    let ids: BTreeSet<_> = renames.iter().collect();
    for (old, new) in ids {
        *text = text.replace(&format!("${{{old}}}"), &format!("${{{new}}}"));
        *text = text.replace(&format!("${{{old}."), &format!("${{{new}."));
    }
}
