//! Whether a template includes files that CloudFormation reads from S3 when it creates a change set (`AWS::Include`,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>).

use serde_json::Value;

/// The name of the transform, anywhere in the template: as `Transform` of the whole or in an `Fn::Transform`.
pub(super) fn has_includes(value: &Value) -> bool {
    match value {
        Value::String(text) => text == "AWS::Include",
        Value::Array(items) => items.iter().any(has_includes),
        Value::Object(fields) => fields.values().any(has_includes),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn includes_are_found_in_all_their_places() {
        for (template, expected) in [
            (json!({"Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}}), true),
            (json!({"Transform": ["AWS::Serverless-2016-10-31", {"Name": "AWS::Include"}]}), true),
            (
                json!({"Resources": {"Api": {"Properties": {"Body": {"Fn::Transform": {"Name": "AWS::Include"}}}}}}),
                true,
            ),
            (json!({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}), false),
            (json!({"Resources": {"Api": {"Properties": {"Body": {"Fn::Transform": {"Name": "Own"}}}}}}), false),
        ] {
            assert_eq!(has_includes(&template), expected, "{template}");
        }
    }
}
