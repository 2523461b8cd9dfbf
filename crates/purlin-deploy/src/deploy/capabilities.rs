//! The capabilities that CloudFormation requires, derived from the template.

use serde_json::Value;

/// Which acknowledgements a template needs, in the words of the API.
///
/// Nested stacks, modules and macros bring resources that the template does not show, so they need all. AWS's own macros
/// need what the resources that they define need.
pub fn capabilities(template: &Value) -> Vec<&'static str> {
    let mut resources = Vec::new();
    collect(&template["Resources"], &mut resources);
    let mut macros = Vec::new();
    macros_in(template, &mut macros);
    let is_hidden = |it: &&Value| it["Type"].as_str().is_some_and(brings_others);
    let has_hidden = resources.iter().any(is_hidden) || macros.iter().any(|name| !is_plain(name));
    let has_iam = resources.iter().any(|it| is_iam(it) || makes_roles(it));
    let has_named_iam = resources.iter().any(|it| is_iam(it) && is_named(it));
    let mut needed = Vec::new();
    if has_iam || has_hidden {
        needed.push("CAPABILITY_IAM");
    }
    if has_named_iam || has_hidden {
        needed.push("CAPABILITY_NAMED_IAM");
    }
    if has_hidden || !macros.is_empty() {
        needed.push("CAPABILITY_AUTO_EXPAND");
    }
    needed
}

/// Every resource, those in the loops of `AWS::LanguageExtensions` too.
fn collect<'a>(value: &'a Value, resources: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) if map.get("Type").is_some_and(|kind| kind.as_str().is_some_and(|it| it.contains("::"))) => {
            resources.push(value);
        }
        Value::Object(map) => map.values().for_each(|value| collect(value, resources)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, resources)),
        _ => {}
    }
}

/// Whether resources of the type bring others.
fn brings_others(kind: &str) -> bool {
    kind.ends_with("::MODULE") || ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"].contains(&kind)
}

/// AWS's macros that bring no role but for the resources that they define.
fn is_plain(name: &str) -> bool {
    ["AWS::CodeDeployBlueGreen", "AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", "AWS::ServiceCatalog"]
        .contains(&name)
}

/// Whether AWS SAM makes roles or permissions for it.
fn makes_roles(resource: &Value) -> bool {
    let has_none = |kind: &str| kind.ends_with("::SimpleTable") || kind.ends_with("::LayerVersion");
    resource["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::Serverless::") && !has_none(kind))
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

/// The names of the macros that run; empty for one without a name.
fn macros_in<'a>(template: &'a Value, macros: &mut Vec<&'a str>) {
    let name = |call: &'a Value| call.as_str().or_else(|| call["Name"].as_str()).unwrap_or_default();
    match &template["Transform"] {
        Value::Null => {}
        Value::Array(names) => macros.extend(names.iter().map(name)),
        one => macros.push(name(one)),
    }
    calls_in(template, macros);
}

fn calls_in<'a>(value: &'a Value, macros: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            macros.extend(map.get("Fn::Transform").map(|call| call["Name"].as_str().unwrap_or_default()));
            map.values().for_each(|value| calls_in(value, macros));
        }
        Value::Array(items) => items.iter().for_each(|item| calls_in(item, macros)),
        _ => {}
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
        let expand = &ALL[2..];
        let iam_and_expand = &[ALL[0], ALL[2]][..];
        let by = |transform: Value, kind: &str| json!({"Transform": transform, "Resources": {"A": {"Type": kind}}});
        let in_loop = json!({"Transform": "AWS::LanguageExtensions", "Resources": {
            "Fn::ForEach::Roles": ["X", ["a"], {"Role${X}": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Ref": "X"}}}}],
        }});
        let cases = [
            ("a queue", with("AWS::SQS::Queue", json!({"QueueName": "q"})), &[][..]),
            ("no resources", json!({}), &[]),
            ("a role", with("AWS::IAM::Role", json!({})), &ALL[..1]),
            ("a named role", with("AWS::IAM::Role", json!({"RoleName": "r"})), &ALL[..2]),
            ("an inline policy", with("AWS::IAM::Policy", json!({"PolicyName": "p"})), &ALL[..1]),
            ("a nested stack", with("AWS::CloudFormation::Stack", json!({})), ALL),
            ("a module", with("Acme::Net::Vpc::MODULE", json!({})), ALL),
            ("a set of stacks has its own", with("AWS::CloudFormation::StackSet", json!({})), &[]),
            ("AWS SAM", by(json!("AWS::Serverless-2016-10-31"), "AWS::Serverless::Function"), iam_and_expand),
            ("an application of SAM", by(json!("AWS::Serverless-2016-10-31"), "AWS::Serverless::Application"), ALL),
            ("AWS SAM without its types", by(json!(["AWS::Serverless-2016-10-31"]), "AWS::SQS::Queue"), expand),
            ("functions of templates", by(json!("AWS::LanguageExtensions"), "AWS::SQS::Queue"), expand),
            ("a role in a loop", in_loop, ALL),
            ("a macro of others", by(json!(["AWS::LanguageExtensions", "Company"]), "AWS::SQS::Queue"), ALL),
            ("an include", by(json!({"Name": "AWS::Include"}), "AWS::SQS::Queue"), ALL),
            ("a rotation function", by(json!("AWS::SecretsManager-2020-07-23"), "AWS::SQS::Queue"), ALL),
            ("a macro inside", with("AWS::S3::Bucket", json!({"Fn::Transform": {"Name": "M"}})), ALL),
            ("a macro without a name", with("AWS::S3::Bucket", json!({"Fn::Transform": "M"})), ALL),
        ];
        for (what, template, expected) in cases {
            assert_eq!(capabilities(&template), expected, "{what}");
        }
    }
}
