//! The capabilities that CloudFormation requires, derived from the template.

use serde_json::Value;

/// Which acknowledgements a template needs, in the words of the API.
///
/// Nested stacks and macros bring resources that the template does not show, so they need all.
pub fn capabilities(template: &Value) -> Vec<&'static str> {
    let resources = || template["Resources"].as_object().into_iter().flat_map(|all| all.values());
    let is_a = |resource: &Value, kind: &str| resource["Type"] == kind;
    let has_transform = template.get("Transform").is_some() || mentions_transform(template);
    let has_nested = resources().any(|it| is_a(it, "AWS::CloudFormation::Stack"));
    let has_hidden = has_nested || has_transform;
    let has_iam = resources().any(is_iam);
    let has_named_iam = resources().any(|it| is_iam(it) && is_named(it));
    let mut needed = Vec::new();
    if has_iam || has_hidden {
        needed.push("CAPABILITY_IAM");
    }
    if has_named_iam || has_hidden {
        needed.push("CAPABILITY_NAMED_IAM");
    }
    if has_hidden {
        needed.push("CAPABILITY_AUTO_EXPAND");
    }
    needed
}

fn is_iam(resource: &Value) -> bool {
    resource["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::IAM::"))
}

/// Whether the template gives the resource itself a name. A `PolicyName` is inside its role and
/// the names in `AWS::IAM::UserToGroupAddition` are those of others: acknowledging more than
/// needed is harmless, so they are not distinguished.
fn is_named(resource: &Value) -> bool {
    let names = ["RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"];
    names.iter().any(|name| resource["Properties"].get(name).is_some())
}

fn mentions_transform(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.contains_key("Fn::Transform") || map.values().any(mentions_transform),
        Value::Array(items) => items.iter().any(mentions_transform),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_required_capabilities_are_acknowledged() {
        const ALL: &[&str] = &["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
        let with =
            |kind: &str, properties: Value| json!({"Resources": {"A": {"Type": kind, "Properties": properties}}});
        let cases: [(&str, Value, &[&str]); 8] = [
            ("a queue", with("AWS::SQS::Queue", json!({"QueueName": "q"})), &[]),
            ("no resources", json!({}), &[]),
            ("a role", with("AWS::IAM::Role", json!({})), &ALL[..1]),
            ("a named role", with("AWS::IAM::Role", json!({"RoleName": "r"})), &ALL[..2]),
            ("an inline policy", with("AWS::IAM::Policy", json!({"PolicyName": "p"})), &ALL[..1]),
            ("a nested stack", with("AWS::CloudFormation::Stack", json!({})), ALL),
            ("a macro", json!({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}}), ALL),
            ("a macro inside", with("AWS::S3::Bucket", json!({"Fn::Transform": {"Name": "M"}})), ALL),
        ];
        for (what, template, expected) in cases {
            assert_eq!(capabilities(&template), expected, "{what}");
        }
    }
}
