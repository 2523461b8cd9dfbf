//! Conditions: what can come up together is looked at together, and what cannot come up is not.

use std::fmt::Write as _;

use super::{AROUND, check, check_all, check_template};

#[test]
fn branches_at_every_level() {
    const VPC: &str = "VpcId: !Ref Vpc";
    check_all(&[
        ("AWS::SQS::Queue {DelaySeconds: !If [Prod, 5, 901]}".to_owned(), &["DelaySeconds/Fn::If/2 takes at most 900"]),
        ("AWS::SQS::Queue {DelaySeconds: !If [Prod, 5, !Ref Amount]}".to_owned(), &[]),
        (
            "AWS::SQS::Queue {DelaySeconds: !If [Prod, 5, !If [Fast, 6, seven]]}".to_owned(),
            &["DelaySeconds/Fn::If/2/Fn::If/2 takes a whole number"],
        ),
        (
            "AWS::SQS::Queue {Tags: !If [Prod, [{Key: a}], !Ref AWS::NoValue]}".to_owned(),
            &["Tags/Fn::If/1/0 lacks Value"],
        ),
        (
            "AWS::SQS::Queue {Tags: [{Key: a, Value: b}, !If [Prod, {Key: c}, !Ref AWS::NoValue]]}".to_owned(),
            &["Tags/1/Fn::If/1 lacks Value"],
        ),
        (
            "AWS::SQS::Queue\nProperties: !If [Prod, {DelaySeconds: 901}, {Colour: red}]".to_owned(),
            &["Fn::If/2/Colour is unknown", "Fn::If/1/DelaySeconds takes at most 900"],
        ),
        (
            format!("AWS::EC2::Subnet\nProperties: !If [Prod, {{{VPC}, CidrBlock: 10.0.0.0/24}}, {{{VPC}}}]"),
            &["Fn::If/2 needs CidrBlock or Ipv4IpamPoolId or Ipv6IpamPoolId or Ipv6CidrBlock"],
        ),
        (
            "AWS::SNS::Subscription {Protocol: sqs, TopicArn: !If [Prod, a, !Ref AWS::NoValue]}".to_owned(),
            &["lacks TopicArn when Prod is false"],
        ),
        (
            "AWS::SQS::Queue {Colour: !If [Prod, red, !Ref AWS::NoValue]}".to_owned(),
            &["Colour is unknown when Prod is true"],
        ),
        ("AWS::SQS::Queue {Colour: !If [Never, red, !Ref AWS::NoValue]}".to_owned(), &[]),
    ]);
}

/// A subnet takes its network from itself or from a pool, not from both, and from a pool with a size.
#[test]
fn what_conditions_bring_together() {
    const NEEDS: &str = "needs CidrBlock or Ipv4IpamPoolId or Ipv6IpamPoolId or Ipv6CidrBlock";
    const BOTH: &str = "has CidrBlock and Ipv4IpamPoolId together";
    for (network, pool, expected) in [
        // The same condition twice, and its opposite.
        ("Prod, 10.0.0.0/24, !Ref AWS::NoValue", "Prod, !Ref AWS::NoValue, a", vec![]),
        ("Prod, 10.0.0.0/24, !Ref AWS::NoValue", "NotProd, a, !Ref AWS::NoValue", vec![]),
        ("Prod, 10.0.0.0/24, !Ref AWS::NoValue", "Test, a, !Ref AWS::NoValue", vec![]),
        (
            "Prod, 10.0.0.0/24, !Ref AWS::NoValue",
            "Prod, a, !Ref AWS::NoValue",
            vec![format!("{NEEDS} when Prod is false"), format!("{BOTH} when Prod is true")],
        ),
        // Speed may be neither, and then nothing is left.
        (
            "Fast, 10.0.0.0/24, !Ref AWS::NoValue",
            "Slow, a, !Ref AWS::NoValue",
            vec![format!("{NEEDS} when Fast is false, Slow is false")],
        ),
        (
            "Fast, 10.0.0.0/24, !Ref AWS::NoValue",
            "Prod, a, !Ref AWS::NoValue",
            vec![
                format!("{NEEDS} when Fast is false, Prod is false"),
                format!("{BOTH} when Fast is true, Prod is true"),
            ],
        ),
        // One condition contains the other.
        (
            "FastProd, 10.0.0.0/24, !Ref AWS::NoValue",
            "NotProd, a, !Ref AWS::NoValue",
            vec![format!("{NEEDS} when FastProd is false, NotProd is false")],
        ),
        ("Either, 10.0.0.0/24, !Ref AWS::NoValue", "Both, a, !Ref AWS::NoValue", vec![]),
        ("Never, !Ref AWS::NoValue, 10.0.0.0/24", "Never, a, !Ref AWS::NoValue", vec![]),
        ("Same, 10.0.0.0/24, !Ref AWS::NoValue", "Same, !Ref AWS::NoValue, a", vec![]),
        // The condition is not declared, so it is undecidable.
        ("Gone, 10.0.0.0/24, !Ref AWS::NoValue", "Gone, !Ref AWS::NoValue, a", vec![]),
        ("Gone, 10.0.0.0/24, !Ref AWS::NoValue", "Prod, a, !Ref AWS::NoValue", vec![]),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let size = pool.replace(", a", ", 24");
        check(
            &format!(
                "AWS::EC2::Subnet {{VpcId: !Ref Vpc, CidrBlock: !If [{network}], Ipv4IpamPoolId: !If [{pool}], Ipv4NetmaskLength: !If [{size}]}}"
            ),
            &expected,
        );
    }
}

#[test]
fn resources_that_exist_on_a_condition() {
    for (condition, properties, expected) in [
        ("Prod", "{DelaySeconds: 901}", &["DelaySeconds takes at most 900"][..]),
        ("Prod", "{DelaySeconds: !If [Prod, 5, 901]}", &[]),
        ("Prod", "{DelaySeconds: !If [NotProd, 901, 5]}", &[]),
        ("Prod", "{DelaySeconds: !If [Fast, 901, 5]}", &["DelaySeconds/Fn::If/1 takes at most 900"]),
        ("FastProd", "{DelaySeconds: !If [Fast, 5, 901]}", &[]),
        ("Slow", "{DelaySeconds: !If [Fast, 901, 5]}", &[]),
        // What never exists may be anything, as a resource that only makes a template whole.
        ("Never", "{DelaySeconds: 901}", &[]),
        ("Both", "{Colour: red}", &[]),
        ("Gone", "{DelaySeconds: 901}", &["DelaySeconds takes at most 900"]),
    ] {
        check(&format!("AWS::SQS::Queue\nCondition: {condition}\nProperties: {properties}"), expected);
    }
}

/// More conditions than can be looked at together: each is open then, and what may be absent is no mistake.
#[test]
fn too_many_conditions() {
    let (mut conditions, mut tags) = (String::new(), String::new());
    for number in 0..12 {
        writeln!(conditions, "  C{number}: !Equals [!Ref Text, a{number}]\n  D{number}: !Equals [!Ref P{number}, 'x']")
            .unwrap();
        write!(tags, "!If [D{number}, {{Key: k{number}, Value: v}}, !Ref AWS::NoValue], ").unwrap();
    }
    let around = AROUND.replace("Mappings:", &format!("{conditions}Mappings:"));
    let resource = |properties: &str| {
        format!(
            "{around}  R:\n    Type: AWS::EC2::Subnet\n    Properties: {{VpcId: !Ref Vpc, Tags: [{tags}], {properties}}}\n"
        )
    };
    for (properties, expected) in [
        (
            "CidrBlock: !If [C1, 10.0.0.0/24, !Ref AWS::NoValue], Ipv4IpamPoolId: !If [C2, a, !Ref AWS::NoValue]",
            &[][..],
        ),
        ("CidrBlock: 10.0.0.0/24, Colour: !If [C1, red, !Ref AWS::NoValue]", &[]),
        ("CidrBlock: 10.0.0.0/24, Colour: !If [C1, red, blue]", &["Colour is unknown"]),
        ("CidrBlock: 10.0.0.0/24, EnableDns64: [a]", &["EnableDns64 takes `true` or `false`"]),
        ("MapPublicIpOnLaunch: true", &["needs CidrBlock or Ipv4IpamPoolId or Ipv6IpamPoolId or Ipv6CidrBlock"]),
    ] {
        check_template(&resource(properties), expected);
    }
}

/// What parameters may not be, and what rules forbid, never comes up.
#[test]
fn limits_of_parameters_and_rules() {
    const OPTIONAL: &str = "!If [None, !Ref AWS::NoValue, !Ref Topic]";
    const BOTH: &str = "!If [None, !If [Big, !Ref AWS::NoValue, a], !Ref Topic]";
    const RULES: &str = "Rules: {R: {Assertions: [{Assert: !Not [!Equals [!Ref Topic, '']]}]}}";
    let template = |limit: &str, rules: &str, topic: &str| {
        format!(
            "
Parameters: {{Topic: {{Type: String{limit}}}, Size: {{Type: Number}}}}
{rules}
Conditions: {{None: !Equals [!Ref Topic, ''], Big: !Equals [!Ref Size, 9]}}
Resources:
  R: {{Type: 'AWS::SNS::Subscription', Properties: {{Protocol: sqs, TopicArn: {topic}}}}}
"
        )
    };
    for (limit, rules, topic, expected) in [
        ("", "", OPTIONAL, &["lacks TopicArn when None is true"][..]),
        (", MinLength: 0", "", OPTIONAL, &["lacks TopicArn when None is true"]),
        (", MinLength: 1", "", OPTIONAL, &[]),
        (", AllowedPattern: 'arn:.*'", "", OPTIONAL, &[]),
        (", AllowedPattern: '(arn:.*)?'", "", OPTIONAL, &["lacks TopicArn when None is true"]),
        (", AllowedValues: [a, b]", "", OPTIONAL, &[]),
        ("", "", BOTH, &["lacks TopicArn when Big is true, None is true"]),
        ("", RULES, BOTH, &[]),
    ] {
        check_template(&template(limit, rules, topic), expected);
    }
}
