//! Checks changes of an existing user pool that AWS refuses, or that replace the pool and lose its users.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, Finding};

const CHECK: &str = "user-pool";

/// The attributes that every pool has, even if its schema does not list them.
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

/// Properties that cannot change after the pool is created.
const IMMUTABLE: [&str; 3] = ["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"];

const FIX: &str = "undo the change: attributes can be added, but not changed or removed; for a new pool, change the \
    construct id; the removal policy decides whether the old pool and its users are deleted";

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let Some(existing) = &context.existing else { return Vec::new() };
    let pools = context.resources(&["AWS::Cognito::UserPool"]);
    let pools = pools.into_iter().filter(|(id, _)| context.keeps(id, "AWS::Cognito::UserPool"));
    let found = pools.flat_map(|(id, after)| {
        let before = &existing.template["Resources"][id]["Properties"];
        changes(before, after).into_iter().map(move |reason| Finding::error(CHECK, reason).about(id).fix(FIX))
    });
    found.collect()
}

/// The changes that AWS refuses.
fn changes(before: &Value, after: &Value) -> Vec<String> {
    let (old, new) = (attributes(before), attributes(after));
    let mut found = Vec::new();
    for (name, was) in &old {
        match new.get(name) {
            // A standard attribute may be missing in the schema.
            None if !STANDARD.contains(name) => {
                found.push(format!(
                    "attribute `{name}` is removed from the user pool, but Cognito does not remove attributes"
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
                "attribute `{name}` is added as a required one, but an existing user pool takes no new required attributes"
            ));
        }
    }
    for property in IMMUTABLE {
        // AWS does not document whether its removal is a change.
        let is_left_out = property == "UsernameConfiguration" && after[property].is_null();
        if !is_left_out && sorted(&before[property]) != sorted(&after[property]) {
            found.push(format!(
                "`{property}` of the user pool is changed, but it cannot change after the pool is created"
            ));
        }
    }
    found
}

fn attributes(properties: &Value) -> BTreeMap<&str, &Value> {
    let schema = properties["Schema"].as_array().into_iter().flatten();
    schema.filter_map(|it| Some((it["Name"].as_str()?, it))).collect()
}

/// The settings of an attribute, with defaults filled in.
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

/// The items of a list in sorted order.
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
    fn immutable_settings_cannot_change() {
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
