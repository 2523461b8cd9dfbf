//! A document as a template: sections, graph, and problems that need no AWS to be seen.

use purlin_template::{Spanned, Target, Template, TemplateError, Via};
use serde_json::json;

const TEMPLATE: &str = "
Parameters:
  Size: {Type: Number, Default: 2, NoEcho: 'true'}
Mappings:
  Sizes: {small: {cpu: 256}}
Conditions:
  Prod: !Equals [!Ref Size, 3]
  Big: !And [!Condition Prod, !Not [!Condition Prod]]
Resources:
  Service:
    Type: AWS::ECS::Service
    DependsOn: Rule
    Condition: Prod
    DeletionPolicy: Retain
    Properties:
      Cluster: !Ref Cluster
      Role: !If [Prod, !GetAtt Role.Arn, !Ref AWS::NoValue]
      Name: !Sub ['${AWS::StackName}-${Topic.TopicName}-${x}', {x: !FindInMap [Sizes, small, cpu]}]
  Cluster: {Type: AWS::ECS::Cluster}
  Role: {Type: AWS::IAM::Role}
  Topic: {Type: AWS::SNS::Topic}
  Rule: {Type: AWS::ElasticLoadBalancingV2::ListenerRule, DependsOn: [Cluster, Role]}
Outputs:
  Url: {Description: Where it is, Condition: Prod, Value: !GetAtt Service.Name, Export: {Name: !Sub '${AWS::StackName}:Url'}}
";

fn parse(text: &str) -> Template {
    Template::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn problems(text: &str, expected: &[&str]) {
    let problems: Vec<String> = parse(text).problems().iter().map(|it| format!("{}: {it}", it.place)).collect();
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "{problem}");
    }
}

#[test]
fn sections_are_read() {
    let template = parse(TEMPLATE);
    assert_eq!(template.problems(), []);
    let size = &template.parameters()["Size"];
    assert_eq!((size.kind.as_str(), size.default.clone(), size.no_echo), ("Number", Some(json!(2)), true));
    let service = &template.resources()["Service"];
    assert_eq!(service.kind, "AWS::ECS::Service");
    assert_eq!(service.condition.as_deref(), Some("Prod"));
    assert_eq!(service.deletion_policy.as_deref(), Some("Retain"));
    assert_eq!(service.at.line, 10);
    let url = &template.outputs()["Url"];
    assert_eq!(url.value, json!({"Fn::GetAtt": ["Service", "Name"]}));
    assert_eq!(url.export, Some(json!({"Fn::Sub": "${AWS::StackName}:Url"})));
    assert_eq!(
        template.properties("Service").and_then(|p| p.get("Cluster")).map(Spanned::to_json),
        Some(json!({"Ref": "Cluster"}))
    );
}

#[test]
fn the_graph_has_every_kind_of_edge() {
    let template = parse(TEMPLATE);
    assert_eq!(template.dependencies("Service"), ["Rule", "Cluster", "Role", "Topic"]);
    assert_eq!(template.dependencies("Rule"), ["Cluster", "Role"]);
    assert_eq!(template.graph().dependents("Role"), ["Service", "Rule"]);
    assert_eq!(template.creation_order().unwrap(), ["Cluster", "Role", "Topic", "Rule", "Service"]);
    let via: Vec<_> =
        template.references().iter().filter(|r| r.target == Target::Resource("Topic".into())).map(|r| &r.via).collect();
    assert_eq!(via, [&Via::GetAtt { attribute: "TopicName".into() }]);
}

#[test]
fn undefined_names_are_reported_with_what_was_meant() {
    problems(
        "
Conditions: {A: !Equals [!Ref Topic, 1]}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Condition: B
    DependsOn: [Size]
    Properties:
      Name: !Sub '${Topik}-${AWS::Regin}'
      Size: !FindInMap [None, a, b]
      Arn: !GetAtt Size.Arn
Parameters: {Size: {Type: String}}
",
        &[
            "`Conditions/A/Fn::Equals/0` at `2:26`: `Ref` names the resource `Topic`, and a condition takes only parameters",
            "`Condition` names `B`, and the template has no condition of that name, did you mean `A`?",
            "`Resources/Topic/DependsOn` at `7:17`: `DependsOn` names `Size`, and the template has no resource of that name",
            "`${Topik}` of `Fn::Sub` names `Topik`, and the template has no parameter or resource of that name, did you mean `Topic`?",
            "did you mean `AWS::Region`?",
            "has no mapping of that name",
            "`Fn::GetAtt` names `Size`, and the template has no resource of that name",
        ],
    );
}

#[test]
fn circles_nulls_and_missing_types_are_reported() {
    problems(
        "
Resources:
  A: {Type: 'AWS::EC2::SecurityGroup', Properties: {X: !GetAtt B.GroupId}}
  B: {Type: 'AWS::EC2::SecurityGroup', Properties: {X: !Ref A, Y: ~}}
  C: {Properties: {}}
",
        &[
            "`Resources/C` at `5:3`: the resource has no `Type`",
            "`Resources/B/Properties/Y` at `4:67`: the value is null",
            "in a circle: `A` → `B` → `A`",
        ],
    );
}

#[test]
fn what_is_out_of_place_is_reported_and_the_rest_still_read() {
    for (text, expected) in [
        ("Resources: {A: 1}", "`Resources/A` at `1:16` is a number"),
        ("Resources: {A: {Type: [x]}}", "`Resources/A/Type` at `1:23` is a list, but text belongs there"),
        ("Resources: {A: {Type: T, Condition: yes}}", "`Resources/A/Condition` at `1:37` is a boolean"),
        ("Resources: {}\nOutputs: {A: {}}", "`Outputs/A/Value` at `2:14` is missing"),
        ("Resources: {a-b: {Type: T}}", "`Resources/a-b` at `1:13`: the logical id `a-b` is not allowed"),
        ("Resources: {}\nParameters: {P: ~}", "`Parameters/P` at `2:17` is null, but a mapping belongs there"),
    ] {
        problems(text, &[expected]);
    }
}

#[test]
fn what_becomes_several_resources_has_parts_that_nobody_declares() {
    problems(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: 'AWS::Serverless::Function', Properties: {Alarms: [!Ref Alarm]}}
  Alarm: {Type: 'AWS::CloudWatch::Alarm', Properties: {Name: !Ref Api, Version: !Ref ApiAliaslive}}
",
        &[],
    );
    let module = "Resources: {Logs: {Type: 'My::S3::Bucket::MODULE'}}\nOutputs: ";
    problems(&format!("{module}{{A: {{Value: !GetAtt LogsBucket.Arn}}, B: {{Value: !Ref Logs.Bucket}}}}"), &[]);
    problems(&format!("{module}{{A: {{Value: !GetAtt Bucket.Arn}}}}"), &["names `Bucket`"]);
}

#[test]
fn loops_need_their_transform() {
    let looped = "Resources: {'Fn::ForEach::T': [N, [a], {'Topic${N}': {Type: 'AWS::SNS::Topic'}}]}";
    problems(looped, &["`Resources/Fn::ForEach::T` at `1:13`: a loop needs"]);
    problems(&format!("Transform: [AWS::LanguageExtensions]\n{looped}"), &[]);
}

#[test]
fn a_rewritten_template_may_name_what_is_not_there_yet() {
    problems(
        "Transform: AWS::Serverless-2016-10-31\nResources: {Function: {Type: 'AWS::Serverless::Function', Properties: {C: !Ref FunctionRole}}}",
        &[],
    );
    let looped = parse(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::T: [N, [a], {'Topic${N}': {Type: AWS::SNS::Topic}}]\n  A: {Type: B, DependsOn: Topica}\n",
    );
    assert_eq!(looped.resources().len(), 1);
    assert_eq!(looped.problems(), []);
}

#[test]
fn a_document_that_is_no_template_is_refused() {
    for (text, expected) in [
        ("", "`the template` at `unknown position` is null"),
        ("a: 1", "`Resources` at `1:1` is missing, but a mapping of logical ids to resources belongs there"),
        ("Resources: []", "`Resources` at `1:12` is a list, but a mapping belongs there"),
    ] {
        let error: TemplateError = Template::parse(text).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn json_values_are_templates_without_positions() {
    let template =
        Template::from_json(&json!({"Resources": {"A": {"Type": "T", "Properties": {"X": {"Ref": "B"}}}}})).unwrap();
    let problem = template.problems().remove(0);
    assert_eq!(problem.place.to_string(), "`Resources/A/Properties/X`");
    assert_eq!((problem.element(), problem.property()), (("Resources", "A"), "X".to_owned()));
}
