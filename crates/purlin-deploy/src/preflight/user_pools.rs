//! What cannot be changed about a user pool that has users: AWS refuses some of it, and for the
//! rest it makes a new pool without them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finding, Scene};

const CHECK: &str = "user-pool";

/// The attributes every pool has, whether its schema names them or not.
const STANDARD: [&str; 19] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// How people sign in, which is settled when the pool is made.
const SETTLED: [&str; 3] = ["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"];

const FIX: &str = "undo the change: attributes can be added, never changed or removed; to begin anew, give the pool \
    another construct id, and the old pool and its users stay or go by its removal policy";

pub(super) fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(existing) = &scene.existing else { return Vec::new() };
    let pools = scene.resources(&["AWS::Cognito::UserPool"]);
    let pools = pools.into_iter().filter(|(id, _)| scene.keeps(id, "AWS::Cognito::UserPool"));
    let found = pools.flat_map(|(id, after)| {
        let before = &existing.template["Resources"][id]["Properties"];
        changes(before, after).into_iter().map(move |reason| Finding::error(CHECK, reason).about(id).fix(FIX))
    });
    found.collect()
}

/// What AWS is going to refuse.
fn changes(before: &Value, after: &Value) -> Vec<String> {
    let (old, new) = (attributes(before), attributes(after));
    let mut found = Vec::new();
    for (name, was) in &old {
        match new.get(name) {
            // An attribute that every pool has can be left out of the schema, unless it says something.
            None if !STANDARD.contains(name) => {
                found.push(format!(
                    "attribute `{name}` is removed from the user pool, but Cognito keeps attributes for good"
                ));
            }
            Some(is) if settings(was) != settings(is) => {
                found.push(format!(
                    "attribute `{name}` of the user pool is changed, but Cognito does not change attributes"
                ));
            }
            _ => {}
        }
    }
    for (name, is) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        if is["Required"] == true {
            found.push(format!(
                "attribute `{name}` is added as a required one, but a user pool that exists takes no further required attributes"
            ));
        }
    }
    for property in SETTLED {
        // Whether leaving it out counts as a change, nobody says.
        let is_left_out = property == "UsernameConfiguration" && after[property].is_null();
        if !is_left_out && sorted(&before[property]) != sorted(&after[property]) {
            found.push(format!("`{property}` of the user pool is changed, but it is settled when the pool is made"));
        }
    }
    found
}

fn attributes(properties: &Value) -> BTreeMap<&str, &Value> {
    let schema = properties["Schema"].as_array().into_iter().flatten();
    schema.filter_map(|it| Some((it["Name"].as_str()?, it))).collect()
}

/// What an attribute is, the defaults filled in.
fn settings(attribute: &Value) -> (String, bool, bool, &Value, &Value) {
    let is = |key: &str, default| attribute.get(key).map_or(default, |it| *it == true || *it == "true");
    let kind = attribute["AttributeDataType"].as_str().unwrap_or("String").to_owned();
    let is_mutable = is("Mutable", true);
    (
        kind,
        is_mutable,
        is("Required", false),
        &attribute["StringAttributeConstraints"],
        &attribute["NumberAttributeConstraints"],
    )
}

/// The order of a list does not matter here.
fn sorted(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(Value::to_string).collect();
            items.sort();
            items
        }
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_settled_stays() {
        let schema = |all: Value| json!({"Schema": all});
        let tenant = json!({"Name": "tenant", "AttributeDataType": "String", "Mutable": true});
        let cases: [(Value, Value, &[&str]); 12] = [
            (schema(json!([tenant])), schema(json!([tenant])), &[]),
            (schema(json!([tenant])), schema(json!([])), &["attribute `tenant` is removed"]),
            (schema(json!([])), schema(json!([tenant])), &[]),
            (schema(json!([tenant])), schema(json!([{"Name": "tenant"}])), &[]),
            (
                schema(json!([tenant])),
                schema(json!([{"Name": "tenant", "Mutable": false}])),
                &["attribute `tenant` of the user pool is changed"],
            ),
            (
                schema(json!([tenant])),
                schema(json!([{"Name": "tenant", "StringAttributeConstraints": {"MaxLength": "9"}}])),
                &["attribute `tenant` of the user pool is changed"],
            ),
            (
                schema(json!([])),
                schema(json!([{"Name": "email", "Required": true}])),
                &["attribute `email` is added as a required one"],
            ),
            (schema(json!([{"Name": "email"}])), schema(json!([])), &[]),
            (json!({}), json!({"UsernameConfiguration": {"CaseSensitive": false}}), &["`UsernameConfiguration`"]),
            (json!({"UsernameConfiguration": {"CaseSensitive": false}}), json!({}), &[]),
            (
                json!({"UsernameAttributes": ["email"]}),
                json!({"UsernameAttributes": ["email", "phone_number"]}),
                &["`UsernameAttributes`"],
            ),
            (
                json!({"AliasAttributes": ["email", "phone_number"]}),
                json!({"AliasAttributes": ["phone_number", "email"]}),
                &[],
            ),
        ];
        for (before, after, expected) in cases {
            let found = changes(&before, &after);
            assert_eq!(found.len(), expected.len(), "{before} {after}: {found:?}");
            assert!(found.iter().zip(expected).all(|(found, text)| found.contains(text)), "{found:?}");
        }
    }
}
