//! Checks a template against CloudFormation's quotas. The numbers are from the user guide's page about quotas; the size is
//! from CloudFormation's error.

use serde_json::Value;

use super::{Context, Finding};

const CHECK: &str = "template";

/// Maximum size in bytes of a template in a bucket.
const SIZE: usize = 1_000_000;

/// Sections, the maximum number of their entries, and the remedy.
const SECTIONS: [(&str, usize, &str); 4] = [
    ("Resources", 500, "split the stack, or move parts into nested stacks"),
    ("Parameters", 200, "split the stack, or pass several values in one list"),
    ("Outputs", 200, "split the stack, or remove unused outputs"),
    ("Mappings", 200, "split the stack, or put several mappings into one"),
];

/// Maximum size in bytes of a parameter's value.
const PARAMETER_BYTES: usize = 4096;

/// Maximum number of references to secrets and parameters in one template.
const DYNAMIC_REFERENCES: usize = 60;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    in_template(context.template, context.size)
}

fn in_template(template: &Value, size: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    if size > SIZE {
        let reason = format!("the template has {size} bytes, but CloudFormation takes at most {SIZE}");
        found.push(Finding::error(CHECK, reason).fix("split the stack, or move parts into nested stacks"));
    }
    for (section, most, fix) in SECTIONS {
        let count = template[section].as_object().map_or(0, serde_json::Map::len);
        let what = section.to_ascii_lowercase();
        if count > most {
            let reason = format!("the template has {count} {what}, but CloudFormation takes at most {most}");
            found.push(Finding::error(CHECK, reason).fix(fix));
        } else if count * 20 > most * 19 {
            let reason = format!("the template has {count} {what} of the {most} that CloudFormation takes");
            found.push(Finding::warning(CHECK, reason).fix(fix));
        }
    }
    for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
        if parameter["Default"].as_str().is_some_and(|value| value.len() > PARAMETER_BYTES) {
            let reason = format!("the default of parameter `{name}` has more than the {PARAMETER_BYTES} bytes allowed");
            found.push(Finding::error(CHECK, reason).fix("put the value into a file or an SSM parameter"));
        }
    }
    let references = dynamic_references(template);
    if references > DYNAMIC_REFERENCES {
        let reason = format!(
            "the template has {references} dynamic references (`{{{{resolve:..}}}}`), but CloudFormation takes at most \
             {DYNAMIC_REFERENCES}"
        );
        found.push(Finding::error(CHECK, reason).fix("split the stack, or read the values where they are used"));
    }
    found
}

fn dynamic_references(value: &Value) -> usize {
    match value {
        Value::String(text) => text.matches("{{resolve:").count(),
        Value::Array(items) => items.iter().map(dynamic_references).sum(),
        Value::Object(map) => map.values().map(dynamic_references).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::preflight::Severity;

    #[test]
    fn every_count_has_a_limit() {
        let many = |count: usize, entry: Value| -> Value {
            Value::Object((0..count).map(|number| (format!("N{number}"), entry.clone())).collect::<Map<_, _>>())
        };
        let secret = json!("{{resolve:ssm:/a}} {{resolve:secretsmanager:b}}");
        let cases = [
            (
                json!({"Resources": many(500, json!({}))}),
                1_000_000,
                Some((Severity::Warning, "500 resources of the 500")),
            ),
            (json!({"Resources": many(475, json!({}))}), 0, None),
            (json!({"Resources": many(501, json!({}))}), 0, Some((Severity::Error, "501 resources, but"))),
            (json!({"Parameters": many(201, json!({}))}), 0, Some((Severity::Error, "201 parameters, but"))),
            (json!({"Outputs": many(201, json!({}))}), 0, Some((Severity::Error, "201 outputs, but"))),
            (json!({"Mappings": many(201, json!({}))}), 0, Some((Severity::Error, "201 mappings, but"))),
            (json!({}), 1_000_001, Some((Severity::Error, "1000001 bytes"))),
            (json!({"Parameters": {"A": {"Default": "x".repeat(4097)}}}), 0, Some((Severity::Error, "`A`"))),
            (json!({"Resources": many(31, secret.clone())}), 0, Some((Severity::Error, "62 dynamic references"))),
            (json!({"Resources": many(30, secret)}), 0, None),
        ];
        for (template, size, expected) in cases {
            let found = in_template(&template, size);
            match expected {
                None => assert_eq!(found, []),
                Some((severity, text)) => {
                    assert_eq!(found.len(), 1, "{found:?}");
                    assert!(found[0].severity == severity && found[0].reason.contains(text), "{text}: {found:?}");
                    assert!(found[0].fix.is_some());
                }
            }
        }
    }
}
