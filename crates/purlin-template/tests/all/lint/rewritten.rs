//! Templates that something rewrites before they are deployed: macros, loops, modules, serverless resources.

use super::check_template;

#[test]
fn macros() {
    const QUEUE: &str = "Resources: {R: {Type: 'AWS::SQS::Queue', Properties: {Colour: red}}}";
    for (transform, expected) in [
        ("Transform: AWS::LanguageExtensions", &["Colour is unknown"][..]),
        ("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", &["Colour is unknown"]),
        // The result of a custom macro, or of an included file, is unknown.
        ("Transform: Painter", &[]),
        ("Transform: [AWS::LanguageExtensions, Painter]", &[]),
        ("Transform: {Name: AWS::Include, Parameters: {Location: 's3://a/b'}}", &[]),
    ] {
        check_template(&format!("{transform}\n{QUEUE}"), expected);
    }
}

#[test]
fn what_macros_and_loops_fill_in() {
    const INCLUDED: &str = "'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://a/b'}}";
    for (resource, expected) in [
        (format!("{{Type: 'AWS::ECS::TaskSet', Properties: {{{INCLUDED}}}}}"), &[][..]),
        (format!("{{Type: 'AWS::ECS::TaskSet', Properties: {{{INCLUDED}, Scale: 1}}}}"), &["Scale takes a mapping"]),
        (format!("{{Type: 'AWS::ECS::TaskSet', {INCLUDED}}}"), &[]),
        (format!("{{Type: 'AWS::IAM::InstanceProfile', Properties: {{Roles: [a, {{{INCLUDED}}}]}}}}"), &[]),
        ("{Type: 'AWS::SQS::Queue', Properties: {Tags: ['Fn::ForEach::T': [N, [a], {Key: x}]]}}".to_owned(), &[]),
        (
            "{Type: 'AWS::ECS::TaskSet', Properties: {'Fn::ForEach::T': [N, [a], {'${N}': x}], Cluster: [a]}}"
                .to_owned(),
            &["Cluster takes text"],
        ),
        ("{Type: 'AWS::SQS::Queue', DeletionPolicy: !Ref Keep}".to_owned(), &[]),
        ("{Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: {'Fn::Length': [a, b]}}}".to_owned(), &[]),
    ] {
        let parameters = "Transform: AWS::LanguageExtensions\nParameters: {Keep: {Type: String}}";
        check_template(&format!("{parameters}\nResources:\n  R: {resource}\n"), expected);
    }
    let looped = "Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Queues: [N, [a, b], {'Queue${N}': {Type: 'AWS::SQS::Queue', Properties: {Colour: red}}}]
  R: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: 901}}
";
    check_template(looped, &["DelaySeconds takes at most 900"]);
}

#[test]
fn serverless_resources() {
    const WHOLE: &str = "Handler: a.b, Runtime: python3.13, CodeUri: src";
    for (globals, resource, expected) in [
        ("", format!("AWS::Serverless::Function', Properties: {{{WHOLE}}}"), &[][..]),
        (
            "",
            format!("AWS::Serverless::Function', Properties: {{{WHOLE}, MemorySize: 'much'}}"),
            &["MemorySize takes a whole number"],
        ),
        (
            "",
            format!("AWS::Serverless::Function', Properties: {{{WHOLE}, MemorySise: 128}}"),
            &["MemorySise is unknown, MemorySize is not"],
        ),
        // The transform drops attributes it does not know, and takes events its documentation does not.
        ("", format!("AWS::Serverless::Function', Colour: red, Properties: {{{WHOLE}}}"), &["?Colour is no attribute"]),
        (
            "",
            format!(
                "AWS::Serverless::Function', Properties: {{{WHOLE}, Events: {{A: {{Type: CloudWatchEvent, Properties: {{Pattern: {{a: [b]}}, RetryPolicy: {{MaximumRetryAttempts: 1}}}}}}}}}}"
            ),
            &["?Events/A/Properties/RetryPolicy is unknown"],
        ),
        (
            "",
            "AWS::SQS::Queue', Connectors: {A: {Properties: {Destination: {Id: R}, Permissions: [Read]}}}".to_owned(),
            &[],
        ),
        // What a function lacks may be in the globals.
        (
            "Globals: {Function: {Runtime: python3.13, CodeUri: src}}",
            "AWS::Serverless::Function', Properties: {Handler: a.b}".to_owned(),
            &[],
        ),
        (
            "Globals: {Function: {Runtime: python3.13}}",
            "AWS::SNS::Subscription', Properties: {Protocol: sqs}".to_owned(),
            &["lacks TopicArn"],
        ),
    ] {
        let template =
            format!("Transform: AWS::Serverless-2016-10-31\n{globals}\nResources:\n  R: {{Type: '{resource}}}\n");
        let found: Vec<&str> = expected.to_vec();
        check_template(&template, &found);
    }
}

#[test]
fn files_that_are_uploaded_before() {
    for (resource, expected) in [
        ("AWS::Lambda::Function', Properties: {Role: !Ref R, Handler: a.b, Runtime: python3.13, Code: ./src", &[][..]),
        ("AWS::Lambda::LayerVersion', Properties: {Content: ./layer", &[]),
        ("AWS::StepFunctions::StateMachine', Properties: {RoleArn: !Ref R, DefinitionS3Location: ./machine.json", &[]),
        (
            "AWS::Lambda::LayerVersion', Properties: {CompatibleRuntimes: ./runtimes, Content: ./layer",
            &["CompatibleRuntimes takes a list"],
        ),
    ] {
        check_template(&format!("Resources:\n  R: {{Type: '{resource}}}}}\n"), expected);
    }
}
