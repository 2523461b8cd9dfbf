//! What a construct adds to a property stays beside what was set in the raw resource, and is added once.

use purlin::cognito::{OAuthScope, UserPool, UserPoolClient};
use purlin::ec2::{SecurityGroup, Vpc};
use purlin::ecs::{Cluster, ContainerDefinition, ContainerImage, FargateService, FargateTaskDefinition, Volume};
use purlin::elbv2::{Action, ApplicationLoadBalancer, ApplicationTargetGroup, TargetType};
use purlin::iam::{ManagedPolicy, Principal, Role};
use purlin::lambda::{Code, Function, Runtime};
use purlin::testing::{Template, problems};
use purlin::{App, CfnResource, HasScope, Stack};
use serde_json::{Value, json};

fn function(stack: &Stack, id: &str) -> Function {
    stack.add(id, Function::props(Code::from_inline(Runtime::NODEJS22_X, "index.handler", "exports.handler = 1")))
}

fn task(stack: &Stack) -> FargateTaskDefinition {
    let task = stack.add("Task", FargateTaskDefinition::props());
    task.add_container("web", ContainerDefinition::props(ContainerImage::from_registry("nginx")).port(80));
    task
}

#[test]
fn what_was_set_in_the_raw_resource_stays() {
    type Build = fn(&Stack);
    let table: [(&str, &str, Value, Build); 6] = [
        ("AWS::Lambda::Function", "/Environment/Variables", json!({"OWN": "1", "MORE": "2"}), |stack| {
            let function = function(stack, "F");
            let own = purlin::cfn::lambda::FunctionEnvironment::new().variables([("OWN".to_owned(), "1")]);
            function.cfn().unwrap().update(|function| function.environment(own));
            function.add_environment("MORE", "2");
        }),
        (
            "AWS::IAM::Role",
            "/ManagedPolicyArns",
            json!(["arn:aws:iam::aws:policy/Own", "arn:aws:iam::aws:policy/More"]),
            |stack| {
                let role = stack.add("R", Role::props(Principal::service("sqs.amazonaws.com")));
                role.cfn().unwrap().update(|role| role.managed_policy_arns(["arn:aws:iam::aws:policy/Own"]));
                role.add_managed_policy(ManagedPolicy::from_arn("arn:aws:iam::aws:policy/More"));
            },
        ),
        ("AWS::ECS::TaskDefinition", "/Volumes", json!([{"Name": "own"}, {"Name": "more"}]), |stack| {
            let task = task(stack);
            task.cfn().update(|task| task.volumes([purlin::cfn::ecs::TaskDefinitionVolume::new().name("own")]));
            task.add_volume(Volume::ephemeral("more"));
        }),
        (
            "AWS::Cognito::UserPoolClient",
            "/CallbackURLs",
            json!(["https://own.example", "https://more.example"]),
            |stack| {
                let pool = stack.add("P", UserPool::props());
                let client = pool.add_client(
                    "C",
                    UserPoolClient::props()
                        .authorization_code_grant([OAuthScope::OPENID])
                        .callback_url("https://first.example"),
                );
                client.cfn().update(|client| client.callback_urls(["https://own.example"]));
                client.add_callback_url("https://more.example");
                client.add_callback_url("https://more.example");
            },
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "/SecurityGroups",
            json!(["sg-0a1b2c3d", {"Fn::GetAtt": ["GCEB75847", "GroupId"]}]),
            |stack| {
                let vpc = stack.add("Vpc", Vpc::props());
                let group = stack.add("G", SecurityGroup::props(&vpc));
                let balancer = stack.add("B", ApplicationLoadBalancer::props(&vpc));
                balancer.cfn().unwrap().update(|balancer| balancer.security_groups(["sg-0a1b2c3d"]));
                balancer.add_security_group(&group);
                balancer.add_security_group(&group);
            },
        ),
        (
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "/Targets",
            json!([{"Id": "192.0.2.1"}, {"Id": "192.0.2.1", "Port": 81}]),
            |stack| {
                let vpc = stack.add("Vpc", Vpc::props());
                let group = ApplicationTargetGroup::props(&vpc).target_type(TargetType::Ip);
                let group = group.target("192.0.2.1").target("192.0.2.1").target_on_port("192.0.2.1", 81);
                stack.add("G", group);
            },
        ),
    ];
    for (kind, at, expect, build) in table {
        let template = Template::of(build);
        let properties = &template.only(kind)["Properties"];
        assert_eq!(properties.pointer(at), Some(&expect), "{kind}: {properties}");
    }
}

#[test]
fn groups_are_attached_once() {
    let template = Template::of(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let (group, cluster) = (stack.add("G", SecurityGroup::props(&vpc)), stack.add("C", Cluster::props(&vpc)));
        let service = FargateService::props(&cluster, &task(stack)).security_group(&group).security_group(&group);
        let service = stack.add("S", service);
        let targets = stack.add("T", ApplicationTargetGroup::props(&vpc).target_type(TargetType::Ip));
        stack.add("B", ApplicationLoadBalancer::props(&vpc)).add_http_listener("L", Action::forward(&targets));
        service.attach_to_target_group(&targets);
        service.attach_to_target_group(&targets);
    });
    let service = &template.only("AWS::ECS::Service")["Properties"];
    assert_eq!(service["LoadBalancers"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        service["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn containers_that_would_be_lost_are_a_problem() {
    let found = problems(|stack| {
        let task = task(stack);
        let own = purlin::cfn::ecs::TaskDefinitionContainerDefinition::new("nginx", "own");
        task.cfn().update(|task| task.container_definitions([own]));
        task.add_container("more", ContainerDefinition::props(ContainerImage::from_registry("nginx")));
        assert!(task.scope().path().ends_with("Task"));
    });
    assert!(found[0].message.contains("containers were replaced in the raw resource"), "{found:?}");
}

#[test]
fn tags_that_do_not_reach_a_raw_resource_are_told() {
    let table = [
        ("AWS::SQS::Queue", Some("TagShape::List(\"Tags\")")),
        ("AWS::SSM::Parameter", Some("TagShape::Map(\"Tags\")")),
        ("AWS::Cognito::UserPool", Some("TagShape::Map(\"UserPoolTags\")")),
        ("AWS::Glue::Job", Some("TagShape::Map(\"Tags\")")),
        ("AWS::CloudFront::AnycastIpList", Some("TagShape::Items(\"Tags\")")),
        ("AWS::AutoScaling::AutoScalingGroup", Some("TagShape::AutoScaling(\"Tags\")")),
        ("AWS::IAM::Policy", None),
        ("Custom::Seed", None),
        ("Third::Party::Type", None),
    ];
    for (kind, shape) in table {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.tag("owner", "team-a");
        stack.add("Raw", CfnResource::new(kind)).unchecked_entirely();
        let notices = app.synth().expect("a raw resource without properties is let pass").notices;
        let hints: Vec<&str> = notices.iter().map(|notice| notice.hint.as_str()).collect();
        assert_eq!(hints.len(), usize::from(shape.is_some()), "{kind}: {notices:?}");
        assert!(shape.is_none_or(|shape| hints[0].contains(shape)), "{kind}: {hints:?}");
        assert!(notices.iter().all(|notice| notice.message.contains("`owner`")), "{notices:?}");
    }
}
