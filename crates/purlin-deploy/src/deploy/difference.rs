//! Compares the template of a change set with the one that was read.

use serde_json::Value;

/// The first difference between a template and CloudFormation's text of it. CloudFormation returns question marks in place
/// of what is not ASCII (<https://github.com/aws/aws-cdk/issues/10523>).
pub(super) fn difference(template: &Value, text: &str) -> Option<String> {
    let Ok(found) = serde_json::from_str::<Value>(text) else {
        return Some("it is not the JSON that was sent".to_owned());
    };
    first(template, &found, &mut Vec::new())
}

fn first<'a>(ours: &'a Value, found: &'a Value, path: &mut Vec<&'a str>) -> Option<String> {
    match (ours, found) {
        (Value::Object(ours), Value::Object(found)) => {
            let keys: Vec<(String, &Value)> = found.iter().map(|(key, value)| (in_ascii(key), value)).collect();
            if keys.len() != ours.len() {
                let added = found.keys().find(|key| !ours.keys().any(|it| in_ascii(it) == in_ascii(key)));
                let missing = ours.keys().find(|key| !found.keys().any(|it| in_ascii(it) == in_ascii(key)));
                return Some(match (added, missing) {
                    (Some(key), _) => format!("it has `{}` at {}", in_ascii(key), place(path)),
                    (None, Some(key)) => format!("it has no `{key}` at {}", place(path)),
                    _ => format!("it has other keys at {}", place(path)),
                });
            }
            ours.iter().find_map(|(key, value)| {
                let Some((_, found)) = keys.iter().find(|(name, _)| *name == in_ascii(key)) else {
                    return Some(format!("it has no `{key}` at {}", place(path)));
                };
                path.push(key);
                let difference = first(value, found, path);
                path.pop();
                difference
            })
        }
        (Value::Array(ours), Value::Array(found)) if ours.len() == found.len() => {
            ours.iter().zip(found).find_map(|(ours, found)| first(ours, found, path))
        }
        (Value::String(ours), Value::String(found)) if in_ascii(ours) == in_ascii(found) => None,
        (ours, found) if ours == found => None,
        _ => Some(format!("it has another value at {}", place(path))),
    }
}

fn in_ascii(text: &str) -> String {
    text.chars().map(|it| if it.is_ascii() { it } else { '?' }).collect()
}

fn place(path: &[&str]) -> String {
    if path.is_empty() { "the top".to_owned() } else { format!("`{}`", path.join(".")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_cloudformation_changes_itself_is_equal() {
        let ours = json!({"Description": "Größe 1", "Resources": {"A": {"Type": "T", "Properties": {"N": [1, "é"]}}}});
        let cases: [(&str, Option<&str>); 9] = [
            (r#"{"Resources":{"A":{"Properties":{"N":[1,"é"]},"Type":"T"}},"Description":"Größe 1"}"#, None),
            (r#"{"Description":"Gr??e 1","Resources":{"A":{"Type":"T","Properties":{"N":[1,"?"]}}}}"#, None),
            (
                r#"{"Description":"Gr??e 2","Resources":{"A":{"Type":"T","Properties":{"N":[1,"?"]}}}}"#,
                Some("at `Description`"),
            ),
            (
                r#"{"Description":"Gr??e 1","Resources":{"A":{"Type":"T","Properties":{"N":[2,"?"]}}}}"#,
                Some("value at `Resources.A.Properties.N`"),
            ),
            (r#"{"Description":"Gr??e 1","Resources":{"A":{"Type":"T","Properties":{"N":[1]}}}}"#, Some("value at")),
            (
                r#"{"Description":"Gr??e 1","Resources":{"A":{"Type":"T"}}}"#,
                Some("it has no `Properties` at `Resources.A`"),
            ),
            (
                r#"{"Description":"Gr??e 1","Resources":{"B":{"Type":"T"},"A":{"Type":"T"}}}"#,
                Some("it has `B` at `Resources`"),
            ),
            (r#"{"Description":"Gr??e 1","Resources":{"B":{}}}"#, Some("it has no `A` at `Resources`")),
            ("Resources: {}", Some("not the JSON")),
        ];
        for (text, expected) in cases {
            let found = difference(&ours, text);
            assert_eq!(found.is_some(), expected.is_some(), "{text}: {found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{text}");
        }
    }
}
