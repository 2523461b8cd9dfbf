//! Functions in every place: seen through where that is certain, left alone where it is not.

use super::{check, check_all, check_template};

/// A queue's name takes text, its delay a number from 0 to 900, a group's policies a list of texts, a cluster's
/// configuration a mapping.
#[test]
fn functions_by_what_they_make() {
    const TEXT: [&str; 4] = ["QueueName takes text", "DelaySeconds takes a whole number", "", ""];
    const LIST: [&str; 4] = ["", "", "ManagedPolicyArns takes a list", "Configuration takes a mapping"];
    for (value, refused) in [
        // Text, or what text can stand for.
        ("!Sub '${Text}'", LIST),
        ("!Sub ['${A}', {A: !Ref Text}]", LIST),
        ("!Join ['', [a, !Ref Text]]", LIST),
        ("!Base64 a", LIST),
        ("{'Fn::ToJsonString': {a: b}}", LIST),
        ("!Ref Text", LIST),
        ("!Ref Amount", LIST),
        ("!Ref Vpc", LIST),
        ("!Ref Stored", LIST),
        ("!Ref StoredName", LIST),
        ("!Ref Empty", LIST),
        ("!Ref AWS::Region", LIST),
        // Lists.
        ("!Split [',', !Ref Text]", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!GetAZs ''", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!Cidr [10.0.0.0/16, 2, 8]", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!Ref Texts", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!Ref Amounts", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!Ref Subnets", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!Ref StoredTexts", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        ("!Ref AWS::NotificationARNs", [TEXT[0], TEXT[1], "", "Configuration takes a mapping"]),
        // Whatever fits, and nothing at all.
        ("!GetAtt Other.Arn", [""; 4]),
        ("!Ref Other", [""; 4]),
        ("!Select [0, !Split [',', !Ref Text]]", [""; 4]),
        ("!FindInMap [Sizes, prod, delay]", [""; 4]),
        ("!FindInMap [Sizes, !Ref Stage, names]", [""; 4]),
        ("{'Fn::ImportValue': !Sub '${Text}-queue'}", [""; 4]),
        ("{'Fn::Transform': {Name: Anything, Parameters: {a: b}}}", [""; 4]),
        ("'{{resolve:ssm:/orders/size}}'", [""; 4]),
        ("'{{ resolve:ssm:/orders/size:3 }}'", [""; 4]),
        ("'a-{{resolve:secretsmanager:orders:SecretString:size}}'", [""; 4]),
        ("!Ref AWS::NoValue", [""; 4]),
    ] {
        let places = [
            "AWS::SQS::Queue {QueueName: ",
            "AWS::SQS::Queue {DelaySeconds: ",
            "AWS::IAM::Group {ManagedPolicyArns: ",
            "AWS::ECS::Cluster {Configuration: ",
        ];
        for (place, refused) in places.iter().zip(refused) {
            let expected: Vec<&str> = Some(refused).filter(|it| !it.is_empty()).into_iter().collect();
            check(&format!("{place}{value}}}"), &expected);
        }
    }
}

#[test]
fn functions_deep_inside() {
    check_all(&[
        ("AWS::IAM::Group {ManagedPolicyArns: [!Ref Text, !GetAtt Other.Arn, !Sub '${Text}']}", &[]),
        ("AWS::IAM::Group {ManagedPolicyArns: [!Ref Texts]}", &["ManagedPolicyArns/0 takes text"]),
        ("AWS::IAM::Group {ManagedPolicyArns: [!Split [',', !Ref Text]]}", &["ManagedPolicyArns/0 takes text"]),
        ("AWS::SQS::Queue {Tags: [!Ref Text]}", &["Tags/0 takes a mapping"]),
        ("AWS::SQS::Queue {Tags: [{Key: !Ref Text, Value: !GetAZs ''}]}", &["Tags/0/Value takes text"]),
        ("AWS::SQS::Queue {Tags: [{Key: a, Value: !Ref Amount}, !Ref AWS::NoValue]}", &[]),
        ("AWS::SQS::Queue {Tags: [{Key: a, Value: !Ref AWS::NoValue}]}", &["Tags/0 lacks Value"]),
        ("AWS::IAM::InstanceProfile {Roles: [!Ref Text, !Ref AWS::NoValue]}", &[]),
        ("AWS::IAM::InstanceProfile {Roles: [!Ref Text, !Ref Stage]}", &["Roles takes at most 1 items"]),
        // Text without holes is that text.
        ("AWS::SQS::Queue {DelaySeconds: !Sub '5'}", &[]),
        ("AWS::SQS::Queue {DelaySeconds: !Sub '901'}", &["DelaySeconds takes at most 900"]),
        ("AWS::SQS::Queue {DelaySeconds: !Sub '${!Text}'}", &[]),
        // A mapping with one key is a function only by that key.
        ("AWS::SSM::Parameter {Type: String, Value: x, Tags: {Ref: Text}}", &["Tags takes a mapping"]),
        ("AWS::SSM::Parameter {Type: String, Value: x, Tags: {Reference: Text}}", &[]),
        ("AWS::ECS::Cluster {Configuration: {'Fn::Bogus': a}}", &[]),
        (
            "AWS::ECS::Cluster {Configuration: {'Fn::GetAtt': [Other, Arn], Ref: Text}}",
            &["Configuration/Fn::GetAtt is unknown", "?Configuration/Ref is unknown"],
        ),
    ]);
}

#[test]
fn what_parameters_are_unless_somebody_says_otherwise() {
    check_all(&[
        ("AWS::SQS::Queue {DelaySeconds: !Ref Small}", &["?DelaySeconds/Ref takes at least 0"]),
        ("AWS::SQS::Queue {QueueName: !Ref Small}", &[]),
        ("AWS::ECR::Repository {ImageTagMutability: !Ref Wrong}", &["?ImageTagMutability/Ref is not allowed"]),
        ("AWS::ECR::Repository {ImageTagMutability: !Ref Text}", &[]),
        ("AWS::ECR::Repository {ImageTagMutability: !Ref Empty}", &[]),
        // Behind a condition the value may never come up.
        ("AWS::SQS::Queue {DelaySeconds: !If [Prod, !Ref Small, 5]}", &[]),
        ("AWS::SQS::Queue\nCondition: Prod\nProperties: {DelaySeconds: !Ref Small}", &[]),
    ]);
}

#[test]
fn json_is_judged_as_yaml_is() {
    let template = |properties: &str| {
        format!(r#"{{"Resources": {{"R": {{"Type": "AWS::SQS::Queue", "Properties": {properties}}}}}}}"#)
    };
    for (properties, expected) in [
        (r#"{"DelaySeconds": "5", "FifoQueue": "true", "QueueName": "a.fifo"}"#, &[][..]),
        (r#"{"DelaySeconds": 5.0}"#, &[]),
        (r#"{"DelaySeconds": 5e2}"#, &[]),
        (r#"{"DelaySeconds": "five"}"#, &["DelaySeconds takes a whole number"]),
        (r#"{"QueueName": {"Fn::Join": ["", ["a", {"Ref": "AWS::StackName"}]]}}"#, &[]),
        (r#"{"Tags": [{"Key": "a"}]}"#, &["Tags/0 lacks Value"]),
    ] {
        check_template(&template(properties), expected);
    }
}
