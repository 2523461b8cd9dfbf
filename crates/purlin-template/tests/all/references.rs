//! Names that references use: a row per kind of reference, right and wrong, and per place where a name is unknown.
//!
//! Each row expects what CloudFormation would refuse: the place, and words of the message. A leading `?` marks what a
//! transform may make right.

use purlin_template::Template;

/// What the rows may refer to.
const AROUND: &str = "
Parameters:
  Stage: {Type: String, Default: test}
  Names: {Type: CommaDelimitedList}
  Stored: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /names}
Mappings:
  Sizes: {test: {cpu: 256, zones: [a, b]}, prod: {cpu: 512, zones: [c], memory: 1}}
  Accounts: {'111122223333': {Stage: test}}
  Included: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://b/k}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Db: {Type: AWS::ElastiCache::ServerlessCache, Properties: {Engine: valkey, ServerlessCacheName: c}}
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://b.s3.amazonaws.com/k'}}
  Custom: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt Queue.Arn}}
  Foreign: {Type: Acme::Orders::Queue}
  Module: {Type: Acme::Logs::Bucket::MODULE}
  Zone: {Type: AWS::Route53::HostedZone, Properties: {Name: example.com}}
";

/// The problems of references and attributes, each as place and message.
fn problems(text: &str) -> Vec<String> {
    let template = Template::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let doubt = |is_doubtful: bool| if is_doubtful { "?" } else { "" };
    let own = template.problems();
    let own = own.iter().map(|it| format!("{}{}: {it} {}", doubt(it.is_doubtful()), it.place.path, it.hint()));
    let schema = template.schema_problems();
    let schema = schema.iter().map(|it| format!("{}{}: {it} {}", doubt(it.is_doubtful()), it.path, it.hint()));
    own.chain(schema).collect()
}

/// Expects one problem for each of the `expected`, which are words in order, separated by `..`.
#[track_caller]
fn expect(text: &str, expected: &[&str]) {
    let found = problems(text);
    assert_eq!(found.len(), expected.len(), "{found:#?}\n{text}");
    for (problem, words) in found.iter().zip(expected) {
        assert_eq!(problem.starts_with('?'), words.starts_with('?'), "{problem}\n{text}");
        let mut rest = problem.as_str();
        for word in words.trim_start_matches('?').split("..") {
            let Some((_, after)) = rest.split_once(word) else { panic!("no `{word}` in {problem}\n{text}") };
            rest = after;
        }
    }
}

/// A value of a property: what it is, and what is wrong with it; nothing if it is right.
const VALUES: [(&str, &str); 71] = [
    // Ref
    ("!Ref Stage", ""),
    ("!Ref Queue", ""),
    ("!Ref AWS::StackName", ""),
    ("!Ref AWS::NoValue", ""),
    ("!Ref Missing", "DisplayName..`Ref` names `Missing`..no parameter or resource"),
    ("!Ref Queu", "did you mean `Queue`?..write `Queue`"),
    ("!Ref AWS::Regin", "did you mean `AWS::Region`?"),
    ("!Ref IsProd", "`Ref` names `IsProd`"),
    ("!Ref Module.Bucket", ""),
    ("!Ref ModuleBucket", ""),
    ("!Join ['', [a, !Ref Missing]]", "DisplayName/Fn::Join/1/1..`Missing`"),
    // Fn::GetAtt
    ("!GetAtt Queue.Arn", ""),
    ("!GetAtt Db.Endpoint.Address", ""),
    ("{'Fn::GetAtt': [Db, Endpoint.Port]}", ""),
    ("!GetAtt Inner.Outputs.Anything", ""),
    ("!GetAtt Custom.Anything", ""),
    ("!GetAtt Custom.Any.Thing", ""),
    ("!GetAtt Foreign.Anything", ""),
    ("!GetAtt Module.Bucket.Arn", ""),
    ("{'Fn::GetAtt': [Module.Bucket, Arn]}", ""),
    ("{'Fn::GetAtt': [Queue, !Ref Stage]}", ""),
    ("!GetAtt Missing.Arn", "`Fn::GetAtt` names `Missing`..no resource"),
    ("!GetAtt Stage.Arn", "`Fn::GetAtt` names `Stage`..no resource"),
    ("!GetAtt Queue.Nope", "`Queue` has no `Nope` that `Fn::GetAtt` returns"),
    ("!GetAtt Queue.Ar", "did you mean `Arn`?"),
    ("!GetAtt Inner.Url", "`Inner` has no `Url`"),
    ("!GetAtt Db.Endpoint.Adress", "`Endpoint.Adress`"),
    ("{'Fn::GetAtt': [Queue, !Ref Missing]}", "`Ref` names `Missing`"),
    // A property that the type may well return.
    ("!GetAtt Zone.HostedZoneConfig", "?`Zone` has no `HostedZoneConfig`"),
    // Fn::Sub
    ("!Sub '${Stage} ${Queue} ${Queue.Arn} ${AWS::Region}'", ""),
    ("!Sub 'echo ${!HOME} $HOME ${'", ""),
    ("!Sub ['${Own} ${Stage}', {Own: !Ref Queue}]", ""),
    ("!Sub ['${Own.Part}', {Own.Part: x}]", ""),
    ("!Sub 'echo ${HOME}'", "`${HOME}` of `Fn::Sub` names `HOME`..declare `HOME`, or write `${!HOME}`"),
    ("!Sub '${NoSuch.Arn}'", "`${NoSuch.Arn}` of `Fn::Sub` names `NoSuch`..no resource"),
    ("!Sub '${Queue.Nope}'", "`Queue` has no `Nope`"),
    ("!Sub '${aws:InstanceId}'", "`${aws:InstanceId}`"),
    ("!Sub '${HOME:-/root}'", "`${HOME:-/root}` of `Fn::Sub` is not a name..write `${!HOME:-/root}`"),
    ("!Sub '${items[@]}'", "`${items[@]}` of `Fn::Sub` is not a name"),
    ("!Sub ['${Own}', {Own: !Ref Missing}]", "Fn::Sub/1/Own..`Missing`"),
    ("!Sub ['${Own}${Other}', {Own: x}]", "`${Other}`"),
    // Text that looks like a reference.
    ("'${HOME}'", ""),
    ("'{\"Ref\": \"Missing\"}'", ""),
    // Fn::If
    ("!If [IsProd, a, b]", ""),
    ("!If [IsTest, a, b]", "`Fn::If` names `IsTest`..no condition"),
    ("!If [Stage, a, b]", "`Fn::If` names `Stage`..a condition of that name"),
    ("!If [IsProd, !Ref Missing, b]", "DisplayName/Fn::If/1..`Missing`"),
    // Fn::FindInMap
    ("!FindInMap [Sizes, test, cpu]", ""),
    ("!FindInMap [Sizes, !Ref Stage, memory]", ""),
    ("!FindInMap [Accounts, !Ref AWS::AccountId, Stage]", ""),
    ("!FindInMap [Accounts, 111122223333, Stage]", ""),
    ("!FindInMap [Included, any, thing]", ""),
    ("!FindInMap [Size, test, cpu]", "no mapping of that name, did you mean `Sizes`?"),
    ("!FindInMap [Sizes, dev, cpu]", "looks for the key `dev`, and `Sizes` has no such key..`test`, `prod`"),
    ("!FindInMap [Sizes, test, memory]", "the key `memory`, and `Sizes.test` has no such key"),
    ("!FindInMap [Sizes, !Ref Stage, disk]", "the key `disk`, and `Sizes`"),
    ("!FindInMap [Sizes, !Ref Missing, cpu]", "`Ref` names `Missing`"),
    ("!FindInMap [Sizes, dev, cpu, {DefaultValue: 1}]", ""),
    ("!FindInMap [Sizes, dev, cpu, {DefaultValue: !Ref Missing}]", "`Missing`"),
    // Fn::ImportValue sees no resources.
    ("{'Fn::ImportValue': !Sub '${Stage}-topic'}", ""),
    (
        "{'Fn::ImportValue': !Sub '${Queue}-topic'}",
        "names the resource `Queue`, and `Fn::ImportValue` takes only parameters",
    ),
    // Arguments.
    ("{Ref: [Queue]}", "`Ref` is given something else than it takes: the name of a parameter or a resource"),
    ("{'Fn::GetAtt': [Queue]}", "`Fn::GetAtt` is given something else..the name of a resource and an attribute"),
    ("!Sub ['${Stage}']", "`Fn::Sub` is given"),
    ("!If [IsProd, a]", "`Fn::If` is given..the name of a condition and two values"),
    ("!If [!Equals [a, b], a, b]", "`Fn::If` is given"),
    ("!FindInMap [Sizes, test]", "`Fn::FindInMap` is given"),
    ("{'Fn::GetStackOutput': {StackName: other}}", "`Fn::GetStackOutput` is given..`OutputName`"),
    ("{'Fn::Sub': {'Fn::Transform': {Name: AWS::Include}}}", ""),
    // Other stacks are looked at by the caller.
    ("{'Fn::GetStackOutput': {StackName: other, OutputName: Anything}}", ""),
    ("{'Fn::GetStackOutput': {StackName: !Ref Missing, OutputName: Url}}", "`Missing`"),
];

#[test]
fn values_name_what_exists() {
    for (value, expected) in VALUES {
        let topic = format!("{AROUND}  Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {value}}}}}\n");
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        expect(&topic, expected);
    }
}

/// What is added to the template, and the problems.
#[test]
fn every_section_names_what_exists() {
    let rows: [(&str, &[&str]); 42] = [
        ("  T: {Type: AWS::SNS::Topic, DependsOn: Queue}", &[]),
        ("  T: {Type: AWS::SNS::Topic, DependsOn: [Queue, Gone]}", &["T/DependsOn: `DependsOn` names `Gone`"]),
        ("  T: {Type: AWS::SNS::Topic, DependsOn: Stage}", &["`DependsOn` names `Stage`..no resource"]),
        ("  T: {Type: AWS::SNS::Topic, DependsOn: ModuleBucket}", &[]),
        ("  T: {Type: AWS::SNS::Topic, DependsOn: [!Ref Queue]}", &["`DependsOn` is given..names of resources"]),
        ("  T: {Type: AWS::SNS::Topic, Condition: IsProd}", &[]),
        ("  T: {Type: AWS::SNS::Topic, Condition: IsPrd}", &["`Condition` names `IsPrd`..did you mean `IsProd`?"]),
        ("  T: {Type: AWS::SNS::Topic, Metadata: {a: !Ref Gone}}", &["Metadata/a: `Ref` names `Gone`"]),
        ("  T: {Type: AWS::SNS::Topic, UpdatePolicy: {a: !Ref Gone}}", &["UpdatePolicy/a"]),
        ("  Stage: {Type: AWS::SNS::Topic}", &["`Stage` is the name of a parameter and of a resource"]),
        // A policy's `Condition` is none of the template's.
        (
            "  T: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', \
             Resource: '*', Condition: {StringEquals: {a: b}}}]}}}",
            &[],
        ),
        ("Outputs: {O: {Value: !Ref Gone}}", &["Outputs/O/Value: `Ref` names `Gone`"]),
        ("Outputs: {O: {Value: !GetAtt Queue.Nope}}", &["`Queue` has no `Nope`"]),
        ("Outputs: {O: {Condition: Gone, Value: x}}", &["Outputs/O/Condition"]),
        ("Outputs: {O: {Value: x, Export: {Name: !Sub '${AWS::StackName}-${Stage}'}}}", &[]),
        ("Outputs: {O: {Value: x, Export: {Name: !Ref Gone}}}", &["Export/Name: `Ref` names `Gone`..no parameter"]),
        (
            "Outputs: {O: {Value: x, Export: {Name: !Sub '${Queue}-x'}}}",
            &["names the resource `Queue`, and the name of an export takes only parameters"],
        ),
        (
            "Outputs: {O: {Value: x, Export: {Name: a}}, P: {Value: y, Export: {Name: a}}}",
            &["P..same name as the output `O`"],
        ),
        ("Outputs: {O: {Value: x, Condition: IsProd, Export: {Name: a}}, P: {Value: y, Export: {Name: a}}}", &[]),
        // Outputs are text.
        ("Outputs: {O: {Value: [1, 2]}}", &["the value of the output is a list"]),
        ("Outputs: {O: {Value: {a: b}}}", &["the value of the output is a mapping"]),
        ("Outputs: {O: {Value: !Split [',', x]}}", &["a list made by `Fn::Split`..`Fn::Join`"]),
        ("Outputs: {O: {Value: !Ref Names}}", &["a list made by `Ref Names`"]),
        ("Outputs: {O: {Value: !Ref Stored}}", &["a list made by `Ref Stored`"]),
        ("Outputs: {O: {Value: !Ref AWS::NotificationARNs}}", &["a list made by"]),
        ("Outputs: {O: {Value: !GetAtt Zone.NameServers}}", &["a list made by `Fn::GetAtt"]),
        ("Outputs: {O: {Value: !If [IsProd, !GetAZs '', x]}}", &["?a list made by `Fn::GetAZs"]),
        ("Outputs: {O: {Value: !FindInMap [Sizes, test, zones]}}", &["a list made by `Fn::FindInMap`"]),
        ("Outputs: {O: {Value: !Join [',', !GetAtt Zone.NameServers]}}", &[]),
        ("Outputs: {O: {Value: !Select [0, !Ref Names]}}", &[]),
        ("Outputs: {O: {Value: x, Export: {Name: !Ref Names}}}", &["the name of the export is a list"]),
        // Rules see parameters.
        ("Rules: {R: {Assertions: [{Assert: !Contains [[a], !Ref Stage]}]}}", &[]),
        (
            "Rules: {R: {Assertions: [{Assert: !Contains [[a], !Ref Gone]}]}}",
            &["Rules/R/Assertions/0/Assert..`Gone`..no parameter"],
        ),
        (
            "Rules: {R: {Assertions: [{Assert: !Equals [a, !Ref Queue]}]}}",
            &["names the resource `Queue`, and a rule takes only"],
        ),
        ("Rules: {R: {RuleCondition: !Equals [a, !Ref Gone], Assertions: []}}", &["RuleCondition"]),
        ("Rules: {R: {Assertions: [{Assert: !Equals [a, !ValueOf [Gone, VpcId]]}]}}", &["`Fn::ValueOf` names `Gone`"]),
        // Loops.
        ("  'Fn::ForEach::T': [N, [a], {'T${N}': {Type: AWS::SNS::Topic}}]", &["a loop needs the transform"]),
        // What a file includes may be named anywhere.
        (
            "  'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://b/k}}\nOutputs: {O: {Value: !Ref Any}}",
            &["?`Any`"],
        ),
        ("  T: {'Fn::Transform': {Name: AWS::Include}, DependsOn: Queue}", &[]),
        ("Transform: Custom\nOutputs: {O: {Value: !Ref Any, Condition: Any}}", &["?Condition..`Any`", "?Value..`Any`"]),
        ("Transform: AWS::LanguageExtensions\nOutputs: {O: {Value: !Ref Any}}", &["`Any`"]),
        ("Transform: AWS::Serverless-2016-10-31\nOutputs: {O: {Value: !Ref Any}}", &["`Any`"]),
    ];
    for (added, expected) in rows {
        expect(&format!("{AROUND}{added}\n"), expected);
    }
}

#[test]
fn conditions_mappings_and_parameters_refer_to_no_resources() {
    let rows: [(&str, &[&str]); 16] = [
        ("Conditions: {A: !Equals [!Ref P, AWS::Region]}", &[]),
        ("Conditions: {A: !Equals [!Ref Gone, x]}", &["Conditions/A/Fn::Equals/0..`Gone`..no parameter of that name"]),
        ("Conditions: {A: !Equals [!Ref Queue, x]}", &["names the resource `Queue`, and a condition takes only"]),
        ("Conditions: {A: !Equals [!GetAtt Queue.Arn, x]}", &["`Fn::GetAtt` names the resource `Queue`"]),
        ("Conditions: {A: !Equals [!Sub '${Queue}', x]}", &["`${Queue}` of `Fn::Sub` names the resource"]),
        ("Conditions: {A: !Not [!Condition B], B: !Equals [a, b]}", &[]),
        ("Conditions: {A: !Not [!Condition Gone]}", &["`Condition` names `Gone`..no condition"]),
        ("Conditions: {A: !Equals [!FindInMap [Gone, a, b], x]}", &["no mapping of that name"]),
        ("Conditions: {A: !Equals [!Ref P]}", &["`Fn::Equals` is given..two values"]),
        ("Conditions: {A: !And [!Equals [a, b]]}", &["`Fn::And` is given..two to ten"]),
        ("Conditions: {A: !Not [!Equals [a, b], !Equals [a, b]]}", &["`Fn::Not` is given"]),
        ("Mappings: {M: {a: {Ref: text}}}", &[]),
        ("Mappings: {M: {a: {b: !Ref P}}}", &["Mappings/M/a/b: `Ref` is a function, and a mapping takes plain values"]),
        ("Mappings: {M: {a: {b: [!Sub '${P}']}}}", &["Mappings/M/a/b/0: `Fn::Sub`"]),
        ("Mappings: {M: {a: {'Fn::Transform': {Name: AWS::Include}}}}", &[]),
        (
            "Parameters: {P: {Type: String}, Q: {Type: String, Default: !Ref P}}",
            &["Parameters/Q/Default: `Ref` is a function"],
        ),
    ];
    for (section, expected) in rows {
        let parameters = if section.starts_with("Parameters") { "" } else { "Parameters: {P: {Type: String}}\n" };
        expect(&format!("{parameters}Resources: {{Queue: {{Type: AWS::SQS::Queue}}}}\n{section}\n"), expected);
    }
}

#[test]
fn names_that_transforms_make_are_known() {
    let rows: [(&str, &[&str]); 14] = [
        // Loops: their variables, and the ids they make.
        (
            "  'Fn::ForEach::T': [N, !Ref Names, {'T${N}': {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref N}}}]",
            &[],
        ),
        (
            "  'Fn::ForEach::T': [N, !Ref Gone, {'T${N}': {Type: AWS::SNS::Topic}}]",
            &["Fn::ForEach::T/1: `Ref` names `Gone`"],
        ),
        ("  'Fn::ForEach::T': [N, [a], {'T${N}': {Type: AWS::SNS::Topic, DependsOn: Gone}}]", &["`Gone`"]),
        (
            "  'Fn::ForEach::T': [N, [a], {'T${N}': {Type: AWS::SNS::Topic, DependsOn: 'T${N}'}}]\nOutputs: {O: {Value: !Ref Ta}}",
            &[],
        ),
        ("  'Fn::ForEach::T': [N, [a], {'T${N}': {Type: AWS::SNS::Topic}}]\nOutputs: {O: {Value: !Ref Xa}}", &["`Xa`"]),
        (
            "  'Fn::ForEach::T': [N, [a], {'Fn::ForEach::U': [M, [b], {'T${N}${M}': {Type: AWS::SNS::Topic, Properties: \
             {DisplayName: !Sub '${N}${M}${AWS::Region}'}}}]}]",
            &[],
        ),
        (
            "  T: {Type: AWS::SNS::Topic, Properties: {Tags: [{'Fn::ForEach::T': [N, [a], {Key: !Ref N, Value: !Sub '${N}'}]}]}}",
            &[],
        ),
        (
            "  'Fn::ForEach::T': [N, [a], {'T${N}': {Type: AWS::SNS::Topic}}]\nOutputs: {'Fn::ForEach::O': [N, [a], \
             {'O${N}': {Value: !GetAtt 'T${N}.TopicName'}}]}",
            &[],
        ),
        // Serverless: ids begin with that of the resource, or are those of the API that functions share.
        (
            "  Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: a.b, Runtime: python3.13}}\n\
          Outputs: {A: {Value: !GetAtt FnRole.Arn}, B: {Value: !Ref Fn.Version}, C: {Value: !Ref ServerlessRestApi}, \
          D: {Value: !Sub '${ServerlessRestApi.Stage}'}, E: {Value: !Ref FnAliaslive}}",
            &[],
        ),
        (
            "  Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: a.b, Runtime: python3.13}}\n\
          Outputs: {A: {Value: !Ref Gone}}",
            &["`Gone`"],
        ),
        (
            "  Q: {Type: AWS::SQS::Queue, Connectors: {C: {Properties: {Destination: {Id: Fn}, Permissions: [Write]}}}}\n\
          Outputs: {A: {Value: !Ref QCPolicy}}",
            &[],
        ),
        (
            "  Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: a.b, Runtime: python3.13, Events: \
             {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}, DeadLetterConfig: {Type: SQS, QueueLogicalId: Dlq}}}}}}\n\
             Outputs: {A: {Value: !GetAtt Dlq.Arn}}",
            &[],
        ),
        ("Globals: {Function: {Environment: {Variables: {A: !Ref Names}}}}", &[]),
        ("Globals: {Function: {Environment: {Variables: {A: !Ref Gone}}}}", &["Globals/Function..`Gone`"]),
    ];
    for (added, expected) in rows {
        let start = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\nParameters: {Names: {Type: CommaDelimitedList}}\n";
        expect(&format!("{start}Resources:\n  Other: {{Type: AWS::SQS::Queue}}\n{added}\n"), expected);
    }
}

#[test]
fn defaults_are_what_their_parameter_takes() {
    for (parameter, expected) in [
        ("Type: String, Default: ''", ""),
        ("Type: String, Default: 5, AllowedValues: ['5']", ""),
        ("Type: String, Default: dev, AllowedValues: [dev, prod]", ""),
        (
            "Type: String, Default: staging, AllowedValues: [dev, prod]",
            "is `staging`; the parameter takes `dev`, `prod`",
        ),
        ("Type: String, Default: '', AllowedValues: [dev, prod]", "is empty; the parameter takes `dev`"),
        ("Type: Number, Default: 9, MinValue: 1, MaxValue: 8", "is `9`; the parameter takes at most 8"),
        ("Type: Number, Default: 0, MinValue: 1", "takes at least 1"),
        ("Type: Number, Default: 1.0, AllowedValues: [1, 2]", ""),
        ("Type: Number, Default: many", "is `many`; the parameter takes numbers"),
        ("Type: String, Default: abc, MinLength: 4", "at least 4 characters"),
        ("Type: String, Default: abc, MaxLength: 2", "at most 2 characters"),
        ("Type: String, Default: Größe, MaxLength: 5", ""),
        ("Type: String, Default: a b, AllowedPattern: '[a-z]*'", "text that matches `[a-z]*`"),
        ("Type: String, Default: ab, AllowedPattern: '[a-z]*'", ""),
        // Java alone reads these.
        ("Type: String, Default: ab, AllowedPattern: '[a-z&&[^b]]+'", ""),
        ("Type: String, Default: [a]", "is `list`; the parameter takes text"),
        ("Type: CommaDelimitedList, Default: 'a, b', AllowedValues: [a, b]", ""),
        ("Type: CommaDelimitedList, Default: 'a,c', AllowedValues: [a, b]", "is `c`; the parameter takes `a`, `b`"),
        ("Type: CommaDelimitedList, Default: 'a,b', AllowedValues: ['a,b']", ""),
        ("Type: List<Number>, Default: '1, x'", "is `x`"),
        ("Type: AWS::EC2::KeyPair::KeyName, Default: ''", ""),
        ("Type: AWS::SSM::Parameter::Value<String>, Default: /a/b, AllowedValues: [x]", ""),
        ("Type: String, NoEcho: true, Default: secret, MaxLength: 2", "(not shown)"),
    ] {
        let text = format!("Parameters: {{P: {{{parameter}}}}}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}");
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        expect(&text, expected);
        assert!(!problems(&text).iter().any(|it| it.contains("secret")), "{text}");
    }
}

#[test]
fn nested_stacks_and_other_stacks_have_what_is_read_of_them() {
    let outer = |properties: &str, read: &str| {
        let text = format!(
            "Resources:\n  In: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: x, {properties}}}}}\n  T: {{Type: \
             AWS::SNS::Topic, Properties: {{DisplayName: {read}}}}}\n"
        );
        Template::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    };
    let inner = "Parameters: {Needed: {Type: String}, Free: {Type: String, Default: x}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n\
                 Outputs: {Url: {Value: !Ref Q}}";
    let looped = "Transform: Custom\nResources: {Q: {Type: AWS::SQS::Queue}}";
    for (nested, properties, read, expected) in [
        (inner, "Parameters: {Needed: a}", "!GetAtt In.Outputs.Url", ""),
        (
            inner,
            "Parameters: {Needed: a}",
            "!Sub '${In.Outputs.Uri}'",
            "the stack `In` has no output `Uri`; its template has `Url`",
        ),
        (inner, "Parameters: {Needed: a, Other: b}", "x", "has no parameter `Other`; it has `Needed`, `Free`"),
        (inner, "Tags: []", "x", "lacks the parameter `Needed`"),
        (inner, "Parameters: !If [A, {}, {}]", "x", ""),
        (looped, "Parameters: {Any: a}", "!GetAtt In.Outputs.Any", ""),
    ] {
        let nested = Template::parse(nested).unwrap();
        let found: Vec<String> =
            outer(properties, read).nested_problems("In", &nested).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), usize::from(!expected.is_empty()), "{found:?}");
        assert!(found.iter().all(|it| it.contains(expected)), "{found:?} {expected}");
    }
    for (read, expected) in [("Url", 0), ("Uri", 1)] {
        let reader = outer("Tags: []", &format!("{{'Fn::GetStackOutput': {{StackName: other, OutputName: {read}}}}}"));
        let [output] = reader.stack_outputs() else { panic!("one output is read") };
        let found = reader.stack_output_problem(output, &Template::parse(inner).unwrap());
        assert_eq!(found.iter().count(), expected, "{found:?}");
    }
}

#[test]
fn circles_through_conditions_are_doubtful() {
    for (value, expected) in [("!Ref B", "circle"), ("!If [Is, !Ref B, x]", "?circle")] {
        let text = format!(
            "Conditions: {{Is: !Equals [!Ref 'AWS::Region', x]}}\nResources:\n  A: {{Type: AWS::SNS::Topic, Properties: \
             {{DisplayName: {value}}}}}\n  B: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Ref A}}}}\n"
        );
        expect(&text, &[expected]);
    }
}

#[test]
fn what_a_condition_may_leave_out_is_told() {
    let rows: [(&str, &[&str]); 8] = [
        (
            "Outputs: {O: {Value: !Ref Maybe}}",
            &["?Outputs/O/Value: `Ref` names `Maybe`, which does not exist when `IsProd` is false"],
        ),
        ("Outputs: {O: {Value: !GetAtt Maybe.Arn, Condition: IsProd}}", &[]),
        ("Outputs: {O: {Value: !GetAtt Maybe.Arn, Condition: IsLargeProd}}", &[]),
        ("Outputs: {O: {Value: !GetAtt Maybe.Arn, Condition: IsTest}}", &["?`Fn::GetAtt` names `Maybe`"]),
        ("Outputs: {O: {Value: !If [IsProd, !Ref Maybe, none]}}", &[]),
        ("  T: {Type: AWS::SNS::Topic, DependsOn: Maybe}", &[]),
        ("  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub '${Maybe}'}}", &["?T/Properties/DisplayName"]),
        ("  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Always}}", &[]),
    ];
    for (added, expected) in rows {
        let start = "Parameters: {Stage: {Type: String}, Size: {Type: String}}\nConditions:\n  IsProd: !Equals [!Ref Stage, prod]\n  \
                     IsTest: !Not [!Condition IsProd]\n  IsLargeProd: !And [!Condition IsProd, !Equals [!Ref Size, large]]\n  \
                     IsTrue: !Equals [a, a]\nResources:\n  Maybe: {Type: AWS::SQS::Queue, Condition: IsProd}\n  \
                     Always: {Type: AWS::SQS::Queue, Condition: IsTrue}\n";
        expect(&format!("{start}{added}\n"), expected);
    }
}
