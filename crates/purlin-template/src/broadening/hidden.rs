//! What a template does not show: macros and included files, and policies whose text only a deployment knows.

use serde_json::Value;

use super::attachment::{Attachment, Ends, opens};
use super::policies::Here;
use crate::transforms;

/// The macros that run over the whole template, and the parts of it outside resources.
pub(super) fn of_template(template: &Value) -> Vec<Attachment> {
    let named = match &template["Transform"] {
        Value::Array(names) => names.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let mut all = Vec::new();
    for one in named {
        match one.as_str() {
            Some(name) if transforms::is_known(name) => {}
            Some(name) => all.push(runs(name, &Value::Null)),
            None => all.extend(transform(one, one)),
        }
    }
    for (section, value) in template.as_object().into_iter().flatten() {
        match value.as_object() {
            Some(resources) if section == "Resources" => {
                all.extend(resources.get("Fn::Transform").and_then(|it| transform(it, value)));
            }
            _ if section == "Transform" => {}
            _ => in_value(value, &mut all),
        }
    }
    all.extend(template.get("Fn::Transform").and_then(|it| transform(it, &Value::Null)));
    all
}

/// The macros that run inside a resource.
pub(super) fn of_resource(resource: &Value) -> Vec<Attachment> {
    let mut all = Vec::new();
    in_value(resource, &mut all);
    all
}

fn in_value(value: &Value, all: &mut Vec<Attachment>) {
    match value {
        Value::Object(map) => {
            all.extend(map.get("Fn::Transform").and_then(|it| transform(it, value)));
            map.values().for_each(|value| in_value(value, all));
        }
        Value::Array(items) => items.iter().for_each(|item| in_value(item, all)),
        _ => {}
    }
}

/// A macro with its parameters; what stands beside it is its input.
fn transform(call: &Value, beside: &Value) -> Option<Attachment> {
    let name = call["Name"].as_str().unwrap_or("unknown");
    if transforms::is_known(name) {
        return None;
    }
    if name == "AWS::Include" {
        let location = &call["Parameters"]["Location"];
        let location = location.as_str().map_or_else(|| location.to_string(), str::to_owned);
        return opens([format!("includes `{location}`, which this template does not show")]).pop();
    }
    Some(runs(name, beside))
}

fn runs(name: &str, input: &Value) -> Attachment {
    let what = format!("lets macro `{name}` add what this template does not show");
    Attachment { what, same: input.clone(), ends: Ends::Opens }
}

/// Properties that hold a policy.
const POLICIES: [&str; 7] = [
    "PolicyDocument",
    "ResourcePolicy",
    "AccessPolicy",
    "AccessPolicies",
    "PolicyText",
    "RepositoryPolicy",
    "KeyPolicy",
];

/// Policies that are no documents of IAM: values that only a deployment knows, and Cedar.
pub(super) fn policies(here: &Here<'_>) -> Vec<Attachment> {
    let mut all = Vec::new();
    unread(here, here.properties, &mut all);
    all
}

fn unread(here: &Here<'_>, value: &Value, all: &mut Vec<Attachment>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let is_policy = name == "Policy" || POLICIES.iter().any(|policy| name.ends_with(policy));
                let known = here.reader.known(value);
                let is_one = value.as_object().is_some_and(|map| map.len() == 1);
                let unknown = known.iter().filter(|it| it.starts_with("${") && it.ends_with('}'));
                if is_policy && is_one {
                    all.extend(opens(unknown.map(|text| format!("permits what `{text}` says on `{}`", here.itself()))));
                }
                unread(here, value, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| unread(here, item, all)),
        Value::String(text) if text.contains("permit") || text.contains("forbid") => all.extend(cedar(here, text)),
        _ => {}
    }
}

/// The policies of a text in Cedar: a new `permit` permits, and so does the end of a `forbid`.
fn cedar(here: &Here<'_>, text: &str) -> Vec<Attachment> {
    const SHOWN: usize = 100;
    let is_call =
        |policy: &str, word: &str| policy.split_once(word).is_some_and(|(_, rest)| rest.trim_start().starts_with('('));
    let policies = text.split(';').map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    let line = |policy: String| {
        let short: String = policy.chars().take(SHOWN).collect();
        let itself = here.itself();
        let (what, ends) = match (is_call(&policy, "permit"), is_call(&policy, "forbid")) {
            (true, _) => (format!("permits by `{itself}`: {short}"), Ends::Opens),
            (false, true) => (format!("no longer forbids by `{itself}`: {short}"), Ends::Shields),
            (false, false) => return None,
        };
        Some(Attachment { what, same: policy.into(), ends })
    };
    policies.filter_map(line).collect()
}
