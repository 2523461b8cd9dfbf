//! Mistakes between resources that AWS refuses or never serves: each is a problem with the construct and what to do.

use purlin::apigateway::{Integration, Method, RestApi};
use purlin::apigatewayv2::{HttpApi, HttpStage};
use purlin::certificatemanager::Certificate;
use purlin::ec2::Vpc;
use purlin::ecs::{
    Cluster, ContainerDefinition, ContainerDefinitionProps, ContainerImage, FargateService, FargateTaskDefinition,
    LogDriver, MountPoint, Secret, Volume,
};
use purlin::ecs_patterns::TaskImage;
use purlin::elbv2::{
    Action, ApplicationLoadBalancer, ApplicationTargetGroup, FixedResponse, Forward, HttpListener, ProtocolVersion,
    TargetType,
};
use purlin::lambda::{Code, Function, Runtime};
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, CfnResource, Expr, SecretValue, Stack, Word, secretsmanager, sub};
use serde_json::json;

/// Path and message of every problem of a stack.
fn wrong(build: impl FnOnce(&Stack)) -> Vec<String> {
    problems(build).iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect()
}

fn web() -> ContainerDefinitionProps {
    ContainerDefinition::props(ContainerImage::from_registry("example/web:1")).port(80)
}

/// A service with a container.
fn service(stack: &Stack, vpc: &Vpc, container: ContainerDefinitionProps) -> FargateService {
    let task =
        stack.add("Task", FargateTaskDefinition::props().volume(Volume::ephemeral("v")).volume(Volume::ephemeral("w")));
    task.add_container("web", container);
    stack.add("Service", FargateService::props(&stack.add("Cluster", Cluster::props(vpc)), &task))
}

/// A service on a target group, and more.
fn attached(more: impl FnOnce(&Stack, &Vpc, &ApplicationTargetGroup)) -> Vec<String> {
    wrong(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let group = stack.add("Group", ApplicationTargetGroup::props(&vpc).port(80));
        service(stack, &vpc, web()).attach_to_target_group(&group);
        more(stack, &vpc, &group);
    })
}

fn balancer(stack: &Stack, id: &str, vpc: &Vpc) -> ApplicationLoadBalancer {
    stack.add(id, ApplicationLoadBalancer::props(vpc).internet_facing())
}

#[test]
fn a_service_needs_a_listener_for_its_target_group() {
    let alone = "Stack/Service: the service is attached to the target group `Stack/Group`, which no listener forwards \
                 to: AWS refuses to create it";
    assert_eq!(attached(|_, _, _| ()), [alone]);
    let other = attached(|stack, vpc, _| {
        let other = stack.add("Other", ApplicationTargetGroup::props(vpc));
        balancer(stack, "LB", vpc).add_http_listener("L", Action::forward(&other));
    });
    assert_eq!(other, [alone]);
    let raw = wrong(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let group = stack.add("Group", ApplicationTargetGroup::props(&vpc));
        let service = CfnResource::new("AWS::ECS::Service");
        let load_balancers = json!([{"ContainerName": "web", "ContainerPort": 80}]);
        let service = stack.add("Raw", service.property("LoadBalancers", load_balancers));
        service.override_property("LoadBalancers.0.TargetGroupArn", group.arn());
    });
    assert_eq!(raw, [alone.replace("Stack/Service", "Stack/Raw")]);
    let fine: [fn(&Stack, &Vpc, &ApplicationTargetGroup); 6] = [
        |stack, vpc, group| drop(balancer(stack, "LB", vpc).add_http_listener("L", Action::forward(group))),
        |stack, vpc, group| {
            let other = stack.add("Other", ApplicationTargetGroup::props(vpc));
            let shares = Forward::weighted([(&other, 1), (group, 0)]);
            balancer(stack, "LB", vpc).add_http_listener("L", shares);
        },
        |stack, vpc, group| {
            let listener =
                balancer(stack, "LB", vpc).add_http_listener("L", Action::fixed_response(FixedResponse::status(404)));
            let listener = HttpListener::from_arn(stack, "Imported", listener.arn(), listener.load_balancer());
            let path = purlin::elbv2::ListenerCondition::path_patterns(["/a"]);
            listener.add_rule("Rule", 1, [path], Action::forward(group));
        },
        |stack, _, group| {
            // A raw listener, by an override.
            let listener = CfnResource::new("AWS::ElasticLoadBalancingV2::Listener");
            let listener = stack.add("L", listener.property("LoadBalancerArn", "arn:x"));
            let to = purlin::Expr::map([("Type", "forward".into()), ("TargetGroupArn", group.arn().into_expr())]);
            listener.override_property("DefaultActions", purlin::Expr::List(vec![to]));
        },
        // A listener of another app may forward to it.
        |stack, _, group| drop(stack.add("Arn", CfnOutput::new(group.arn()).export_name("group"))),
        |stack, _, group| {
            let parameter = CfnResource::new("AWS::SSM::Parameter").property("Type", "String");
            stack.add("Parameter", parameter.property("Value", group.arn()));
        },
    ];
    for (index, more) in fine.into_iter().enumerate() {
        let found = attached(more);
        assert!(!found.iter().any(|found| found.contains("which no listener")), "{index}: {found:#?}");
    }
}

#[test]
fn tasks_with_network_interfaces_need_a_target_group_of_addresses() {
    for kind in [TargetType::Instance, TargetType::Ip] {
        let found = wrong(|stack| {
            let vpc = stack.add("Vpc", Vpc::props());
            let group = stack.add("Group", ApplicationTargetGroup::props(&vpc).target_type(kind));
            service(stack, &vpc, web()).attach_to_target_group(&group);
            balancer(stack, "LB", &vpc).add_http_listener("L", Action::forward(&group));
        });
        let expect = "Stack/Service: the service is attached to the target group `Stack/Group` of the target type \
                      `instance`, but its tasks have network interfaces of their own, for which AWS takes `ip`";
        assert_eq!(found, if kind == TargetType::Ip { vec![] } else { vec![expect] });
    }
}

#[test]
fn a_target_group_has_one_balancer_and_a_listener_of_its_protocol() {
    let two = wrong(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let group = stack.add("Group", ApplicationTargetGroup::props(&vpc));
        for id in ["One", "Two"] {
            balancer(stack, id, &vpc).add_http_listener("L", Action::forward(&group));
        }
    });
    let expect = "Stack/Two/L: the target group `Stack/Group` receives requests here and from `Stack/One/L`, a listener of \
                  another load balancer, but AWS takes one load balancer for each target group";
    assert_eq!(two, [expect]);
    for (version, is_refused) in
        [(ProtocolVersion::Grpc, true), (ProtocolVersion::Http2, true), (ProtocolVersion::Http1, false)]
    {
        let on = |https: bool| {
            wrong(|stack| {
                let vpc = stack.add("Vpc", Vpc::props());
                let group = stack.add("Group", ApplicationTargetGroup::props(&vpc).protocol_version(version));
                let balancer = balancer(stack, "LB", &vpc);
                if https {
                    let certificate = Certificate::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/a");
                    balancer.add_https_listener("L", &certificate, Action::forward(&group));
                } else {
                    balancer.add_http_listener("L", Action::forward(&group));
                }
            })
        };
        assert_eq!(on(true), [""; 0]);
        assert_eq!(on(false).len(), usize::from(is_refused), "{version:?}");
    }
}

#[test]
fn a_name_has_one_value() {
    let code = || Code::from_inline(Runtime::PYTHON3_13, "index.handler", "def handler(event, context): pass");
    let secret = |stack: &Stack, id: &str| {
        let secret = stack.add(id, secretsmanager::Secret::props(secretsmanager::GeneratedString::plain()));
        Secret::from_secrets_manager(&secret)
    };
    let run = |stack: &Stack, container| drop(service(stack, &stack.add("Vpc", Vpc::props()), container));
    let variable = "the environment variable `AB` is set twice, to `1` and to `2`, but takes one value";
    let cases: Vec<(Vec<String>, String)> = vec![
        (
            wrong(|stack| drop(stack.add("Fn", Function::props(code()).environment("AB", "1").environment("AB", "2")))),
            format!("Stack/Fn: {variable}"),
        ),
        (
            wrong(|stack| {
                let function = Function::props(code()).environments([("AB", "1"), ("CD", "1")]);
                stack.add("Fn", function).add_environment("AB", "2");
            }),
            format!("Stack/Fn: {variable}"),
        ),
        (
            wrong(|stack| run(stack, web().environment("AB", "1").environment("AB", "2"))),
            format!("Stack/Task/web: {variable}"),
        ),
        (
            wrong(|stack| {
                let vpc = stack.add("Vpc", Vpc::props());
                let service = service(stack, &vpc, web().environment("AB", "1"));
                service.task_definition().containers()[0].add_environment("AB", "2");
            }),
            format!("Stack/Task/web: {variable}"),
        ),
        (
            wrong(|stack| run(stack, web().environment("AB", "1").secret("AB", secret(stack, "Sec")))),
            "Stack/Task/web: the environment variable `AB` is given twice, as text and as a secret".to_owned(),
        ),
        (
            wrong(|stack| run(stack, web().secret("AB", secret(stack, "One")).secret("AB", secret(stack, "Two")))),
            "Stack/Task/web: the secret environment variable `AB` is set twice, but takes one value".to_owned(),
        ),
        (
            wrong(|stack| run(stack, web().docker_label("AB", "1").docker_label("AB", "2"))),
            "Stack/Task/web: the Docker label `AB` is set twice, to `1` and to `2`, but takes one value".to_owned(),
        ),
        (
            wrong(|stack| {
                let driver = LogDriver::custom("splunk").option("splunk-url", "1").option("splunk-url", "2");
                run(stack, web().logging(driver));
            }),
            "Stack/Task/web: the option of the log driver `splunk-url` is set twice, to `1` and to `2`, but takes one \
             value"
                .to_owned(),
        ),
        (
            wrong(|stack| {
                let point = |volume: &str| MountPoint::read_write(volume, "/data");
                run(stack, web().mount_point(point("v")).mount_point(point("w")));
            }),
            "Stack/Task/web: the container mounts two volumes at `/data`, but AWS takes one for each path".to_owned(),
        ),
        (
            wrong(|stack| {
                let stage = HttpStage::props("$default").variable("AB", "1").variable("AB", "2");
                stack.add("Api", HttpApi::props().default_stage(stage));
            }),
            "Stack/Api/DefaultStage: the stage variable `AB` is set twice, to `1` and to `2`, but takes one value"
                .to_owned(),
        ),
        (
            wrong(|stack| {
                let integration = Integration::mock().request_template("a/b", "1").request_template("a/b", "2");
                stack.add("Api", RestApi::props()).root().add_method(Method::get(integration));
            }),
            "Stack/Api/Default/GET: the request template of the integration `a/b` is set twice, to `1` and to `2`, but takes one \
             value"
                .to_owned(),
        ),
        (
            wrong(|stack| {
                let secret = secretsmanager::SecretObject::new().field("AB", "1").field("AB", "2");
                let value = SecretValue::secrets_manager("other");
                stack.add("Sec", secretsmanager::Secret::props(secret.secret("CD", value)));
            }),
            "Stack/Sec: the field of the secret `AB` is set twice, to `1` and to `2`, but takes one value".to_owned(),
        ),
        (
            wrong(|stack| {
                let image = TaskImage::new(ContainerImage::from_registry("example/web:1"));
                let image = image.environment("AB", "1").environment("AB", "2");
                let service = purlin::ecs_patterns::ApplicationLoadBalancedFargateService::props(image);
                stack.add("Web", service.vpc(&stack.add("Vpc", Vpc::props())));
            }),
            format!("Stack/Web/TaskDef/web: {variable}"),
        ),
    ];
    for (found, expect) in cases {
        assert_eq!(found, [expect]);
    }
}

#[test]
fn the_same_value_again_is_one_value() {
    let code = Code::from_inline(Runtime::PYTHON3_13, "index.handler", "def handler(event, context): pass");
    let same = Function::props(code).environment("AB", "1").environment("AB", "1");
    assert_eq!(wrong(|stack| drop(stack.add("Fn", same))), [""; 0]);
    let same = web().environment("AB", "1").environment("AB", "1");
    let template = Template::of(|stack| drop(service(stack, &stack.add("Vpc", Vpc::props()), same)));
    let containers = &template.only("AWS::ECS::TaskDefinition")["Properties"]["ContainerDefinitions"];
    assert_eq!(containers[0]["Environment"], json!([{"Name": "AB", "Value": "1"}]));
}

#[test]
fn a_handler_can_exist() {
    // Runtime, handler, and whether AWS finds it in a folder, in the template, and in the template with a layer.
    let cases = [
        ("nodejs22.x", "index.handler", [true, true, true]),
        ("nodejs22.x", "./index.handler", [true, true, true]),
        ("nodejs22.x", "index.routes.get", [true, true, true]),
        ("nodejs22.x", "src/app.handler", [true, false, true]),
        ("nodejs22.x", "/opt/nodejs/wrapper.handler", [true, false, true]),
        ("nodejs22.x", "handler", [false, false, false]),
        ("nodejs22.x", ".handler", [false, false, false]),
        ("nodejs22.x", "index.", [false, false, false]),
        ("nodejs22.x", "Shop::Web.Function::Get", [false, false, false]),
        ("python3.13", "index.handler", [true, true, true]),
        ("python3.13", "app.handler", [true, false, true]),
        ("python3.13", "index.inner.handler", [true, false, true]),
        ("python3.13", "handler", [false, false, false]),
        ("ruby3.4", "app.Shop::Orders.get", [true, false, false]),
        ("ruby3.4", "app", [false, false, false]),
        ("java21", "shop.Orders::get", [true, false, false]),
        ("java21", "shop.Orders", [true, false, false]),
        ("java21", "shop::Orders::get", [false, false, false]),
        ("dotnet8", "Shop::Web.Orders::Get", [true, false, false]),
        ("dotnet8", "Shop", [true, false, false]),
        ("dotnet8", "Shop::Web.Orders", [false, false, false]),
        ("provided.al2023", "bootstrap", [true, false, false]),
    ];
    for (runtime, handler, expect) in cases {
        let function = |code: Code, layers: &[&str]| {
            wrong(|stack| {
                let function = layers.iter().fold(Function::props(code), |function, layer| function.layer(*layer));
                stack.add("Fn", function);
            })
        };
        let runtime = || Word::<Runtime>::custom(runtime.to_owned());
        let folder = || Code::from_bucket(runtime(), handler, "code", "key");
        let inline = || Code::from_inline(runtime(), handler, "x");
        let layer = "arn:aws:lambda:eu-west-1:111122223333:layer:wrapper:1";
        let found = [function(folder(), &[]), function(inline(), &[]), function(inline(), &[layer])];
        assert_eq!(found.each_ref().map(Vec::is_empty), expect, "{handler} {found:#?}");
    }
    let inline = Code::from_inline(Runtime::PYTHON3_13, "app.main", "def main(event, context): pass");
    let expect = "Stack/Fn: the handler is `app.main`, but code in the template is in a file named `index`, so AWS takes \
                  `index.` and the name of a function";
    assert_eq!(wrong(|stack| drop(stack.add("Fn", Function::props(inline)))), [expect]);
}

/// A function as the CDK once made it: its log group has its name, and it does not name the group.
#[test]
fn a_deleted_property_makes_no_circle() {
    let function = |keeps_group: bool| {
        wrong(|stack| {
            let code = Code::from_inline(Runtime::NODEJS22_X, "index.handler", "x");
            let function = stack.add("Fn", Function::props(code));
            if !keeps_group {
                function.cfn().expect("it is made").delete_property("LoggingConfig");
            }
            let group = function.log_group().and_then(|group| group.cfn()).expect("it is made");
            group.override_property("LogGroupName", Expr::from(sub!("/aws/lambda/{}", function.name())));
        })
    };
    assert_eq!(function(false), [""; 0]);
    let circle = function(true);
    assert!(circle.len() == 1 && circle[0].contains("wait for each other in a circle"), "{circle:?}");
}
