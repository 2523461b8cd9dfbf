//! Values that may be secrets are not told, whatever is wrong with them.

use purlin_template::Template;
use serde_json::{Value, json};

/// The messages of the problems of a template, which all are about `hunter two`.
fn messages(parameters: &Value, resource: &Value) -> Vec<String> {
    let template = json!({"Parameters": parameters, "Resources": {"It": resource}});
    let problems = Template::from_json(&template).expect("it is a template").schema_problems();
    problems.iter().map(|problem| format!("{problem} {} {problem:?}", problem.hint())).collect()
}

#[test]
fn what_aws_never_gives_back_is_not_told() {
    let database = |password: Value| {
        let properties = json!({"Engine": "mysql", "MasterUsername": "me", "MasterUserPassword": password});
        json!({"Type": "AWS::RDS::DBCluster", "Properties": properties})
    };
    let choice = json!({"Fn::If": ["Is", ["hunter two"], ["hunter two", 1]]});
    let code = json!({"ZipFile": "x", "S3Bucket": "hunter two"});
    let function = json!({"Role": "arn:aws:iam::111122223333:role/r", "Runtime": "python3.13", "Code": code});
    let cases = [
        database(json!(["hunter two"])),
        database(choice),
        json!({"Type": "AWS::Lambda::Function", "Properties": function}),
    ];
    for resource in cases {
        for message in messages(&json!({}), &resource) {
            assert!(!message.contains("hunter"), "{message}");
        }
    }
    assert!(!messages(&json!({}), &database(json!(["hunter two"]))).is_empty());
}

#[test]
fn the_default_of_a_parameter_without_echo_is_not_told() {
    let queue = json!({"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}});
    for (no_echo, is_told) in [(json!(true), false), (json!("true"), false), (json!(false), true)] {
        let parameter = json!({"Delay": {"Type": "String", "Default": "hunter two", "NoEcho": no_echo}});
        let [message] = &messages(&parameter, &queue)[..] else { panic!("one problem was expected") };
        assert_eq!(message.contains("hunter"), is_told, "{message}");
    }
}

#[test]
fn account_ids_and_arns_are_told_though_aws_never_gives_them_back() {
    let policy = json!({"StatementId": "s", "Action": "events:PutEvents", "Principal": "12345678"});
    let [message] = &messages(&json!({}), &json!({"Type": "AWS::Events::EventBusPolicy", "Properties": policy}))[..]
    else {
        panic!("one problem was expected")
    };
    assert!(message.starts_with("`Principal` is `12345678`; it takes text that matches"), "{message}");
    // Digits alone may be a password.
    let login = json!({"AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": 12_345_678}}});
    let login = json!({"AuthorizationType": "NONE", "AuthParameters": login["AuthParameters"]});
    for message in messages(&json!({}), &json!({"Type": "AWS::Events::Connection", "Properties": login})) {
        assert!(!message.contains("12345678"), "{message}");
    }
}
