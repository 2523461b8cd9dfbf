//! Finds outputs with secrets, which are never printed.

use std::collections::BTreeSet;

use purlin_template::is_hidden;
use serde_json::Value;

/// Attributes whose value is a secret.
const SECRET_ATTRIBUTES: &[(&str, &str)] =
    &[("AWS::Cognito::UserPoolClient", "ClientSecret"), ("AWS::IAM::AccessKey", "SecretAccessKey")];

/// The outputs of a template whose value is a secret, or made from one.
pub fn secret_outputs(template: &Value) -> BTreeSet<String> {
    let outputs = template["Outputs"].as_object().into_iter().flatten();
    outputs.filter(|(_, output)| is_secret(template, &output["Value"])).map(|(name, _)| name.clone()).collect()
}

fn is_secret(template: &Value, value: &Value) -> bool {
    match value {
        Value::String(text) => names_a_secret(template, text),
        Value::Array(items) => items.iter().any(|item| is_secret(template, item)),
        Value::Object(map) => map.iter().any(|(key, inner)| match (key.as_str(), inner) {
            ("Ref", Value::String(name)) => is_hidden_parameter(template, name),
            ("Fn::GetAtt", Value::Array(parts)) => {
                let part = |index: usize| parts.get(index).and_then(Value::as_str).unwrap_or_default();
                is_secret_attribute(template, part(0), part(1))
            }
            ("Fn::GetAtt", Value::String(text)) => {
                text.split_once('.').is_some_and(|(id, name)| is_secret_attribute(template, id, name))
            }
            _ => is_secret(template, inner),
        }),
        _ => false,
    }
}

/// A dynamic reference to a secret, or a `${..}` of `Fn::Sub` that names one.
fn names_a_secret(template: &Value, text: &str) -> bool {
    if text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:") {
        return true;
    }
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).any(|(name, _)| match name.split_once('.') {
        Some((id, attribute)) => is_secret_attribute(template, id, attribute),
        None => is_hidden_parameter(template, name),
    })
}

/// Whether a parameter has `NoEcho`.
pub fn is_hidden_parameter(template: &Value, name: &str) -> bool {
    is_hidden(&template["Parameters"][name])
}

fn is_secret_attribute(template: &Value, id: &str, attribute: &str) -> bool {
    let kind = template["Resources"][id]["Type"].as_str().unwrap_or_default();
    SECRET_ATTRIBUTES.contains(&(kind, attribute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_found_however_they_are_written() {
        let template = json!({
            "Parameters": {"Password": {"Type": "String", "NoEcho": true}, "Plain": {"Type": "String"}},
            "Resources": {"Client": {"Type": "AWS::Cognito::UserPoolClient"}, "Key": {"Type": "AWS::IAM::AccessKey"}},
            "Outputs": {
                "Att": {"Value": {"Fn::GetAtt": ["Client", "ClientSecret"]}},
                "Joined": {"Value": {"Fn::Join": ["", ["x", {"Fn::GetAtt": "Key.SecretAccessKey"}]]}},
                "Sub": {"Value": {"Fn::Sub": "a ${Client.ClientSecret}"}},
                "Hidden": {"Value": {"Ref": "Password"}},
                "Dynamic": {"Value": "{{resolve:secretsmanager:db:SecretString:password}}"},
                "Id": {"Value": {"Ref": "Client"}}, "Plain": {"Value": {"Fn::Sub": "${Plain}-${AWS::Region}"}},
            },
        });
        let expected = ["Att", "Dynamic", "Hidden", "Joined", "Sub"];
        assert_eq!(secret_outputs(&template).into_iter().collect::<Vec<_>>(), expected);
    }
}
