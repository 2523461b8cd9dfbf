//! What AWS's schemas have against a stack, as its author reads it: for L1, L2, overrides and untyped resources alike.

use purlin::cfn::ecs::{CfnService, ServiceLaunchType};
use purlin::cfn::logs::CfnLogGroup;
use purlin::lambda::{Code, Function, Runtime};
use purlin::logs::LogGroup;
use purlin::testing::{Template, problems};
use purlin::{
    App, CfnCondition, CfnOutput, CfnParameter, CfnResource, Expr, HasScope, Problem, SecretValue, Stack, Stage, Test,
    Value, intrinsics, sub,
};
use serde_json::{Value as Json, json};

/// A resource of any type with these properties.
fn raw(type_name: &str, properties: &Json) -> CfnResource {
    let entries = properties.as_object().expect("properties are a mapping");
    entries.iter().fold(CfnResource::new(type_name), |raw, (name, value)| raw.property(name, value.clone()))
}

/// A queue, untyped, with one property.
fn queue(property: &str, value: impl Into<Expr>) -> CfnResource {
    CfnResource::new("AWS::SQS::Queue").property(property, value)
}

/// Property and message of every problem of a stack.
fn wrong(build: impl FnOnce(&Stack)) -> Vec<String> {
    let line = |problem: &Problem| format!("{}: {}", problem.property.as_deref().unwrap_or("-"), problem.message);
    problems(build).iter().map(line).collect()
}

/// The hint of the only problem of a stack.
fn hint(build: impl FnOnce(&Stack)) -> String {
    let [problem] = &problems(build)[..] else { panic!("one problem was expected") };
    problem.hint.clone()
}

#[test]
fn every_kind_of_mistake_names_its_property_and_what_is_allowed() {
    const FUNCTION: &str = "AWS::Lambda::Function";
    const GROUP: &str = "AWS::EC2::SecurityGroup";
    let cases = [
        // Unknown, missing.
        (
            "AWS::ECS::Service",
            json!({"DesiredCont": 2}),
            "DesiredCont: `AWS::ECS::Service` has no property `DesiredCont`, did you mean `DesiredCount`?",
        ),
        (
            "AWS::ECS::Cluster",
            json!({"ServiceConnectDefaults": {"Name": "x"}}),
            "ServiceConnectDefaults.Name: `AWS::ECS::Cluster.ServiceConnectDefaults` has no property `Name`; it takes `Namespace`",
        ),
        (
            "AWS::ECS::TaskSet",
            json!({"Cluster": "c", "Service": "s"}),
            "-: `AWS::ECS::TaskSet` lacks `TaskDefinition`, which is required",
        ),
        (
            "AWS::ECR::Repository",
            json!({"EncryptionConfiguration": {"KmsKey": "k"}}),
            "EncryptionConfiguration: `AWS::ECR::Repository.EncryptionConfiguration` lacks `EncryptionType`, which is required",
        ),
        // Types.
        (
            "AWS::SQS::Queue",
            json!({"DelaySeconds": "soon"}),
            "DelaySeconds: `DelaySeconds` is `soon`; it takes a whole number",
        ),
        ("AWS::SQS::Queue", json!({"QueueName": ["a"]}), "QueueName: `QueueName` is a list; it takes text"),
        // Values.
        (
            "AWS::ECS::Service",
            json!({"LaunchType": "FARGAT"}),
            "LaunchType: `LaunchType` is `FARGAT`; it takes `EC2`, `FARGATE` or `EXTERNAL`",
        ),
        (
            "AWS::Logs::LogGroup",
            json!({"LogGroupName": "a b"}),
            "LogGroupName: `LogGroupName` is `a b`; it takes text that matches `^[.\\-_/#A-Za-z0-9]{1,512}$`",
        ),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            json!({"Port": 70000, "Protocol": "HTTP", "VpcId": "vpc-0123abcd"}),
            "Port: `Port` is 70000; it takes at most 65535",
        ),
        (
            "AWS::IAM::Role",
            json!({"AssumeRolePolicyDocument": {}, "RoleName": "x".repeat(65)}),
            "RoleName: `RoleName` has 65 characters; it takes at most 64",
        ),
        (
            FUNCTION,
            json!({"Architectures": ["arm64", "x86_64"], "Role": "arn:aws:iam::111122223333:role/r", "Code": {"ImageUri": "i"}}),
            "Architectures: `Architectures` has 2 items; it takes at most 1",
        ),
        (
            "AWS::Lambda::Function",
            json!({"Role": "arn:aws:iam::111122223333:role/r", "Code": {"ImageUri": "i"}, "Environment": {"Variables": {"A": "x"}}}),
            "Environment.Variables.A: `AWS::Lambda::Function.Environment.Variables` takes no name `A`; its names match `[a-zA-Z][a-zA-Z0-9_]+`",
        ),
        ("AWS::S3::AccessPoint", json!({"Bucket": "b"}), "Bucket: `Bucket` has 1 character; it takes at least 3"),
        // Properties together.
        (
            GROUP,
            json!({"GroupDescription": "d", "SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "10.0.0.0/8", "SourceSecurityGroupId": "sg-0123abcd"}]}),
            "SecurityGroupIngress.0: `CidrIp` and `SourceSecurityGroupId` exclude each other, and `AWS::EC2::SecurityGroup.SecurityGroupIngress` has both",
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({}),
            "-: `AWS::ElasticLoadBalancingV2::LoadBalancer` has none of `Subnets` and `SubnetMappings`; it takes one of them",
        ),
        (
            "AWS::RDS::DBCluster",
            json!({"Engine": "aurora-mysql", "MasterUserPassword": "secret-x"}),
            "-: `AWS::RDS::DBCluster` lacks `MasterUsername`, which `MasterUserPassword` requires",
        ),
    ];
    for (type_name, properties, expected) in cases {
        let found = wrong(|stack| drop(stack.add("It", raw(type_name, &properties))));
        assert_eq!(found, [expected], "{type_name} {properties}");
    }
}

#[test]
fn a_problem_shows_the_construct_the_line_the_property_and_the_ways_out() {
    let [problem] = &problems(|stack| {
        let logs = stack.add("Logs", LogGroup::props());
        logs.cfn().expect("it is no import").override_property("RetentionInDay", 30_i64);
    })[..] else {
        panic!("one problem was expected")
    };
    let line = line!() - 5;
    let expected = format!(
        "`AWS::Logs::LogGroup` has no property `RetentionInDay`, did you mean `RetentionInDays`?
  construct: Stack/Logs/Resource
  property:  RetentionInDay
  declared:  crates/purlin/tests/schema.rs:{line}:26
  hint:      write `RetentionInDays`; if AWS takes it since 2026-10-20, `.unchecked(\"RetentionInDay\")` lets it pass"
    );
    assert_eq!(problem.to_string(), expected);
}

#[test]
fn all_problems_come_at_once_and_none_twice() {
    let found = wrong(|stack| {
        stack.add("A", raw("AWS::SQS::Queue", &json!({"DelaySeconds": 901})));
        stack.error("something else is wrong", "");
        let own = stack.add("B", raw("AWS::SQS::Queue", &json!({"DelaySeconds": 902})));
        own.scope().error("a delay of 902 seconds is not allowed", "");
    });
    assert_eq!(
        found,
        [
            "-: something else is wrong",
            "-: a delay of 902 seconds is not allowed",
            "DelaySeconds: `DelaySeconds` is 901; it takes at most 900"
        ]
    );
}

#[test]
fn an_override_is_checked_as_all_else() {
    let service = |path: &'static str, value: Json| {
        wrong(move |stack| {
            stack.add("It", CfnService::new().desired_count(1)).override_property(path, value);
        })
    };
    assert_eq!(
        service("DesiredCount", json!("many")),
        ["DesiredCount: `DesiredCount` is `many`; it takes a whole number"]
    );
    assert_eq!(
        service("LoadBalancers", json!([{"ContainerPort": 80}, {"ContainerPort": "web"}])),
        ["LoadBalancers.1.ContainerPort: `ContainerPort` is `web`; it takes a whole number"]
    );
    assert_eq!(service("DesiredCount", json!(3)), [""; 0]);
}

#[test]
fn what_somebody_knows_better_is_let_pass_and_rendered_alike() {
    let unchecked = |paths: &'static [&'static str]| {
        wrong(move |stack| {
            let queue = stack.add("It", raw("AWS::SQS::Queue", &json!({"DelaySeconds": 901, "New": {"A": 1}})));
            for path in paths {
                queue.unchecked(path);
            }
        })
        .len()
    };
    for (paths, left) in [
        (&[][..], 2),
        (&["New"], 1),
        (&["DelaySeconds"], 1),
        (&["DelaySeconds", "New"], 0),
        (&["Delay"], 2),
        (&[""], 0),
    ] {
        assert_eq!(unchecked(paths), left, "{paths:?}");
    }
    let plain = Template::of(|stack| drop(stack.add("It", queue("DelaySeconds", 1))));
    let let_pass = Template::of(|stack| {
        stack.add("It", queue("DelaySeconds", 1)).unchecked_entirely();
    });
    assert_eq!(let_pass.json(), plain.json());
    // What the resource lacks is let pass by the name of what it lacks.
    let lacking = raw("AWS::ECS::TaskSet", &json!({"Cluster": "c", "Service": "s"}));
    let found = wrong(|stack| {
        stack.add("It", lacking).unchecked("TaskDefinition");
    });
    assert_eq!(found, [""; 0]);
    // Of one resource alone.
    let wrong_queue = || raw("AWS::SQS::Queue", &json!({"DelaySeconds": 901}));
    let found = wrong(|stack| {
        stack.add("It", wrong_queue()).unchecked("DelaySeconds");
        stack.add("Other", wrong_queue());
    });
    assert_eq!(found.len(), 1);
    let found = wrong(|stack| stack.scope().unchecked("DelaySeconds"));
    assert_eq!(found[0], "-: `Stack` is not a resource, so nothing of it can be left unchecked");
}

#[test]
fn a_custom_word_is_not_held_against_the_known_ones() {
    let service = || CfnService::new().launch_type(ServiceLaunchType::custom("MOON"));
    assert_eq!(wrong(|stack| drop(stack.add("It", service()))), [""; 0]);
    let found = wrong(|stack| {
        stack.add("It", service()).override_property("LaunchType", "MARS");
    });
    assert_eq!(found, ["LaunchType: `LaunchType` is `MARS`; it takes `EC2`, `FARGATE` or `EXTERNAL`"]);
    let found = wrong(|stack| {
        let stage = stack.add("Stage", CfnParameter::string());
        let live = stack.add("Live", CfnCondition::new(Test::equals(stage.value(), "live")));
        let one_of = intrinsics::if_(&live, ServiceLaunchType::custom("MOON"), Value::<String>::new("MARS".into()));
        stack.add("It", CfnService::new().launch_type(one_of));
    });
    assert_eq!(found, ["LaunchType.Fn::If.2: `LaunchType` is `MARS`; it takes `EC2`, `FARGATE` or `EXTERNAL`"]);
    let hint = hint(|stack| drop(stack.add("It", raw("AWS::ECS::Service", &json!({"LaunchType": "MOON"})))));
    assert!(hint.ends_with("`custom(\"..\")` of its enum or `.unchecked(\"LaunchType\")` lets it pass"), "{hint}");
}

#[test]
fn both_branches_of_a_condition_are_looked_at() {
    let found = wrong(|stack| {
        let stage = stack.add("Stage", CfnParameter::string());
        let live = stack.add("Live", CfnCondition::new(Test::equals(stage.value(), "live")));
        stack.add("It", queue("DelaySeconds", intrinsics::if_::<i64>(&live, 900, 901)));
        stack.add("Fine", queue("DelaySeconds", intrinsics::if_::<i64>(&live, 900, Value::no_value())));
    });
    assert_eq!(found, ["DelaySeconds.Fn::If.2: `DelaySeconds` is 901; it takes at most 900"]);
}

#[test]
fn what_only_the_deployment_knows_is_left_alone() {
    let found = wrong(|stack| {
        let size = stack.add("Size", CfnParameter::number());
        let other = stack.add("Other", CfnResource::new("AWS::SQS::Queue"));
        let text = [
            other.get_att("QueueName"),
            intrinsics::import_value("Shared"),
            sub!("{}-{}", other.id(), stack.region()),
            SecretValue::secrets_manager("name").dynamic_reference(),
            size.value().cast(),
        ];
        for (index, text) in text.into_iter().enumerate() {
            let whole = queue("QueueName", text.clone()).property("DelaySeconds", text);
            stack.add(format!("It{index}"), whole);
        }
    });
    assert_eq!(found, [""; 0]);
    // A default is known, and may be replaced.
    let template = Template::of(|stack| {
        let size = stack.add("Size", CfnParameter::number().default(Expr::Int(901)));
        stack.add("It", queue("DelaySeconds", size.value()));
    });
    assert_eq!(template.notices()[0].message, "`DelaySeconds` is 901; it takes at most 900");
}

#[test]
fn references_across_stacks_and_stages_are_fine_and_every_stack_is_looked_at() {
    let app = App::new();
    let stage = app.add("Prod", Stage::props());
    let (one, two) = (stage.add("One", Stack::props()), stage.add("Two", Stack::props()));
    let queue = one.add("Queue", CfnResource::new("AWS::SQS::Queue"));
    let name = queue.get_att("QueueName");
    two.add("Logs", CfnLogGroup::new().log_group_name(name));
    two.add("Wrong", raw("AWS::SQS::Queue", &json!({"DelaySeconds": 901})));
    let found = app.synth().expect_err("one stack has a problem");
    assert_eq!(found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["Prod/Two/Wrong"]);
}

#[test]
fn attributes_that_do_not_exist_are_found_where_they_are_asked_for() {
    let [problem] = &problems(|stack| {
        let queue = stack.add("Queue", CfnResource::new("AWS::SQS::Queue"));
        stack.add("Arn", CfnOutput::new(queue.get_att("QueueNam")));
    })[..] else {
        panic!("one problem was expected")
    };
    assert_eq!((problem.path.as_str(), &problem.property), ("Stack/Arn", &None));
    assert!(problem.message.contains("did you mean `QueueName`?"), "{problem}");
}

#[test]
fn types_that_are_not_awss_are_left_alone() {
    let anything =
        json!({"ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:f", "Anything": [1, {"A": null}]});
    for type_name in
        ["Custom::Seed", "AWS::CloudFormation::CustomResource", "Datadog::Monitors::Monitor", "My::Own::Bucket::MODULE"]
    {
        let found = wrong(|stack| drop(stack.add("It", raw(type_name, &anything))));
        assert_eq!(found, [""; 0], "{type_name}");
    }
    let found = wrong(|stack| drop(stack.add("It", raw("Custom::Seed", &json!({})))));
    assert_eq!(found, ["-: `Custom::Seed` lacks `ServiceToken`, which is required"]);
}

#[test]
fn a_mistyped_type_is_an_error_and_a_new_one_a_warning() {
    let found = wrong(|stack| drop(stack.add("It", CfnResource::new("AWS::SQS::Qeue"))));
    assert_eq!(found, ["Type: there is no resource type `AWS::SQS::Qeue`, did you mean `AWS::SQS::Queue`?"]);
    let template = Template::of(|stack| drop(stack.add("It", CfnResource::new("AWS::Moon::Lander"))));
    let [notice] = template.notices() else { panic!("one warning was expected") };
    assert_eq!(notice.message, "there is no resource type `AWS::Moon::Lander`");
    let known = Template::of(|stack| {
        stack.add("It", CfnResource::new("AWS::Moon::Lander")).unchecked_entirely();
    });
    assert_eq!(known.notices(), []);
}

#[test]
fn secrets_are_not_told() {
    let by_parameter = Template::of(|stack| {
        let password = stack.add("Password", CfnParameter::string().default("hunter two").no_echo());
        stack.add("Queue", queue("DelaySeconds", password.value()));
    });
    let properties = json!({"Engine": "aurora-mysql", "MasterUsername": "me", "MasterUserPassword": ["hunter two"]});
    let of_another_type = problems(|stack| drop(stack.add("Db", raw("AWS::RDS::DBCluster", &properties))));
    let properties = json!({"KmsEncryptionKey": "hunter two"});
    let misformed = problems(|stack| drop(stack.add("Db", raw("AWS::DSQL::Cluster", &properties))));
    for (found, shown) in [
        (by_parameter.notices(), "(not shown)"),
        (&misformed[..], "(not shown)"),
        (&of_another_type, "`MasterUserPassword` is a list; it takes text"),
    ] {
        let [problem] = found else { panic!("one problem was expected: {found:#?}") };
        let text = problem.to_string();
        assert!(text.contains(shown) && !text.contains("hunter"), "{text}");
    }
}

#[test]
fn the_assembly_says_what_is_left_unchecked() {
    let app = App::new();
    let stack = app.add("Web", Stack::props());
    stack.add("Old", queue("DelaySeconds", 901)).unchecked("DelaySeconds");
    stack.add("New", CfnService::new().launch_type(ServiceLaunchType::custom("MOON")));
    stack.add("Known", queue("DelaySeconds", 900));
    let synthesis = app.synth().expect("what is wrong is let pass");
    let metadata = &synthesis.assembly.manifest.artifacts["Web"].metadata;
    let unchecked = |path: &str| {
        let entries = metadata[path].iter().filter(|entry| entry.kind == "purlin:unchecked");
        entries.filter_map(|entry| entry.data.clone()).collect::<Vec<_>>()
    };
    assert_eq!(unchecked("/Web/Old"), ["DelaySeconds"]);
    assert_eq!(unchecked("/Web/New"), ["LaunchType"]);
    assert_eq!(unchecked("/Web/Known"), [""; 0]);
}

#[test]
fn a_construct_s_own_error_hides_only_findings_about_the_same_property() {
    let function = |name: &str, memory: u32| {
        let code = Code::from_inline(Runtime::NODEJS24_X, "index.handler", "exports.handler = 1");
        Function::props(code).name(name).memory_size(memory)
    };
    let of_function = |name: &str, memory: u32, path: &str, value: Expr| {
        wrong(|stack| {
            let function = stack.add("F", function(name, memory));
            function.cfn().expect("it is made here").scope().override_property(path, value);
        })
    };
    let unknown = "MemorySiz: `AWS::Lambda::Function` has no property `MemorySiz`, did you mean `MemorySize`?";
    let both = of_function("bad name!", 128, "MemorySiz", Expr::from(5));
    assert!(both.len() == 2 && both.contains(&unknown.to_owned()), "{both:#?}");
    // By name: `MemorySize`. By value: `FunctionName`.
    let two = of_function("bad name!", 64, "Description", Expr::from("fine"));
    assert!(two.len() == 2 && two.iter().all(|line| line.starts_with("-: ")), "{two:#?}");
    let two = of_function("orders", 64, "TracingConfig.Mode", Expr::from("Sometimes"));
    assert!(two.len() == 2 && two[1].starts_with("TracingConfig.Mode: "), "{two:#?}");
}
