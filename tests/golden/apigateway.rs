//! REST APIs: the CDK's ids, deployments that change with their content, and mistakes.

use std::time::Duration;

use purlin::apigateway::{
    CognitoAuthorizer, Custom, EndpointType, Integration, IntegrationResponse, Method, MethodResponse,
    PassthroughBehavior, Proxy, RestApi, RestApiProps, StageOptions,
};
use purlin::cfn::apigateway::{CfnUsagePlan, UsagePlanApiStage};
use purlin::cognito::{UserPool, UserPoolResourceServer};
use purlin::lambda::Function;
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, Stack};

use super::check;

fn function(stack: &Stack) -> Function {
    Function::from_arn(stack, "Function", "arn:aws:lambda:eu-west-1:111122223333:function:hello")
}

#[test]
fn a_minimal_api() {
    check("apigateway_minimal", |stack| {
        let function = function(stack);
        let api = stack.add("Api", RestApi::props());
        api.root().add_method(Method::get(Integration::lambda(&function)));
        stack.add("Arn", CfnOutput::new(api.arn_for_execute_api("GET", "/a/{id}", "prod")));
    });
}

#[test]
fn a_protected_api() {
    check("apigateway_cognito", |stack| {
        let function = function(stack);
        let users = stack.add("Users", UserPool::props());
        let server = UserPoolResourceServer::props("orders").scope("read", "Look at orders");
        let server = users.add_resource_server("Server", server);
        let api = stack.add("Api", RestApi::props().name("orders").description("Orders"));
        let authorizer = stack.add("Authorizer", CognitoAuthorizer::props(&users));
        let read = Method::get(Integration::lambda(&function)).authorizer(&authorizer).scopes([server.scope("read")]);
        api.root().resource_for_path("orders/{id}").add_method(read);
        let mock = Integration::mock()
            .passthrough_behavior(PassthroughBehavior::Never)
            .response(IntegrationResponse::new(204).header("Cache-Control", "'no-store'"));
        let me = Method::post(mock).authorizer(&authorizer).id_tokens().response(MethodResponse::new(400).header("X"));
        api.root().resource_for_path("orders").add_method(me);
        api.root().add_proxy(Integration::http_proxy("https://example.org/{proxy}"));
    });
}

/// The logical id of the deployment of an API.
fn deployment(build: impl FnOnce(&Stack, &RestApi)) -> String {
    let template = Template::of(|stack| {
        let api = stack.add("Api", RestApi::props());
        api.root().add_method(Method::get(Integration::mock()));
        build(stack, &api);
    });
    let found = template.resources_of("AWS::ApiGateway::Deployment");
    assert_eq!(found.len(), 1);
    found[0].0.to_owned()
}

#[test]
fn a_deployment_changes_with_its_content() {
    let plain = deployment(|_, _| ());
    assert!(plain.starts_with("ApiDeploymentB17BE62D"), "{plain}");
    let changed = [
        deployment(|_, api| drop(api.root().add_method(Method::post(Integration::mock())))),
        deployment(|_, api| drop(api.root().add_method(Method::put(Integration::mock())))),
        deployment(|_, api| drop(api.root().add_resource("a"))),
        deployment(|_, api| {
            api.cfn().unwrap().override_property("Description", "x");
        }),
    ];
    for (at, id) in changed.iter().enumerate() {
        assert!(*id != plain && !changed[..at].contains(id), "{at}");
    }
}

#[test]
fn apis_that_cannot_work_are_problems() {
    let found = |build: &dyn Fn(&Stack, &RestApi)| {
        let found = problems(|stack: &Stack| {
            let api = stack.add("Api", RestApi::props());
            build(stack, &api);
        });
        found.into_iter().map(|problem| problem.message + "; ").collect::<String>()
    };
    let get = || Method::get(Integration::mock());
    let add = |path: &'static str| found(&|_, api| drop(api.root().add_resource(path).add_method(get())));
    let at = |a: &'static str, b: &'static str| {
        found(&|_, api| {
            api.root().resource_for_path(a).add_method(get());
            api.root().resource_for_path(b).add_method(get());
        })
    };
    let by = |integration: Integration<Proxy>| {
        found(&|_, api| drop(api.root().add_method(Method::get(integration.clone()))))
    };
    let custom = |integration: Integration<Custom>| {
        found(&|_, api| drop(api.root().add_method(Method::get(integration.clone()))))
    };
    let users = |stack: &Stack| stack.add("Users", UserPool::props());
    let cases = [
        (found(&|_, _| ()), "the API has no method"),
        (add("a/b"), "`a/b` is not a part of a path"),
        (add("{a"), "`{a` is not a part of a path"),
        (add("{}"), "`{}` is not a part of a path"),
        (add("a b"), "`a b` is not a part of a path"),
        (at("{rest+}", "{rest+}/x"), "`x` cannot be below `/{rest+}`"),
        (at("a/{id}", "a/{name}"), "`/a/{name}` and `/a/{id}` are both variables"),
        (at("a", "a"), "the id `GET` is used twice"),
        (
            by(Integration::http_proxy("example.org")),
            "the integration's URL is `example.org`, but AWS takes `https://` and `http://` URLs",
        ),
        (by(Integration::http_proxy("https://a/{id}")), "has the variable `{id}`, but the path `/` does not"),
        (
            by(Integration::http_proxy("http://a").timeout(Duration::from_millis(1))),
            "`TimeoutInMillis` is 1; it takes at least 50",
        ),
        (
            custom(Integration::mock().response(IntegrationResponse::new(20))),
            "the status of a response is `20`, but AWS takes 100 to 599",
        ),
        (
            custom(Integration::mock().response(IntegrationResponse::new(200)).response(IntegrationResponse::new(201))),
            "2 responses without a pattern",
        ),
        (
            found(&|_, api| drop(api.root().add_method(get().request_parameter("user")))),
            "`user` is not a parameter of a request",
        ),
        (found(&|stack, _| drop(stack.add("A", CognitoAuthorizer::props(&users(stack))))), "not used by any method"),
        (
            found(&|stack, api| {
                let authorizer = stack.add("A", CognitoAuthorizer::props(&users(stack)));
                let other = stack.add("Other", RestApi::props());
                for api in [api, &other] {
                    api.root().add_method(get().authorizer(&authorizer).id_tokens());
                }
            }),
            "methods of two APIs, `Stack/Api` and `Stack/Other`",
        ),
        (
            found(&|stack, api| {
                let authorizer = CognitoAuthorizer::props(&users(stack)).result_ttl(Duration::from_secs(3601));
                let authorizer = stack.add("A", authorizer);
                api.root().add_method(get().authorizer(&authorizer).id_tokens());
            }),
            "the lifetime of the authorizer's results is `3601s`, but AWS takes 0 to 3600 whole seconds",
        ),
        (
            found(&|stack, api| {
                let users = users(stack);
                let server = users.add_resource_server("S", UserPoolResourceServer::props("s").scope("read", "Read"));
                let authorizer = stack.add("A", CognitoAuthorizer::props(&users));
                let method = get().authorizer(&authorizer).scopes([server.scope("read")]).id_tokens();
                api.root().add_method(method);
            }),
            "has scopes and accepts id tokens, which have none",
        ),
        (found(&|_, api| drop(api.url_for_path("a"))), "`a` does not start with `/`"),
        (of(RestApi::props().min_compression_size(10_485_761)), "from `10485761` bytes on"),
        (of(RestApi::props().endpoint_type(EndpointType::Private(vec![]))), "private and has no resource policy"),
        (
            of(RestApi::props().stage(StageOptions::new().name("a b"))),
            "the stage's name is `a b`, but AWS takes 1 to 128 letters, digits and `-_`",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

/// The problems of an API of this recipe with a method.
fn of(recipe: RestApiProps) -> String {
    let found = problems(|stack: &Stack| {
        stack.add("Api", recipe).root().add_method(Method::get(Integration::mock()));
    });
    found.into_iter().map(|problem| problem.message + "; ").collect()
}

/// The warnings of an API.
fn warnings(build: impl FnOnce(&Stack, &RestApi)) -> Vec<String> {
    let template = Template::of(|stack| {
        let api = stack.add("Api", RestApi::props());
        build(stack, &api);
    });
    template.notices().iter().map(|notice| notice.message.clone()).collect()
}

#[test]
fn cdk_28_a_cognito_authorizer_without_scopes_takes_id_tokens_only() {
    let found = |id_tokens: bool| {
        warnings(|stack, api| {
            let users = stack.add("Users", UserPool::props());
            let authorizer = stack.add("Authorizer", CognitoAuthorizer::props(&users));
            let method = Method::get(Integration::mock()).authorizer(&authorizer);
            api.root().add_method(if id_tokens { method.id_tokens() } else { method });
        })
    };
    assert!(found(false)[0].contains("rejects access tokens"));
    assert!(found(true).is_empty());
}

#[test]
fn cdk_30_a_required_key_that_no_plan_knows_is_a_warning() {
    let found = |with_plan: bool| {
        warnings(|stack, api| {
            api.root().add_method(Method::get(Integration::mock()).api_key_required());
            if with_plan {
                let stage = UsagePlanApiStage::new().api_id(api.id()).stage("prod");
                stack.add("Plan", CfnUsagePlan::new().api_stages([stage]));
            }
        })
    };
    assert!(found(false)[0].contains("no usage plan has the API"));
    assert!(found(true).is_empty());
}

#[test]
fn many_methods_can_share_a_permission() {
    let permissions = |integration: fn(&Function) -> Integration<Proxy>| {
        let template = Template::of(|stack| {
            let (function, api) = (function(stack), stack.add("Api", RestApi::props()));
            api.root().add_method(Method::get(integration(&function)));
            api.root().add_method(Method::post(integration(&function)));
        });
        template.resources_of("AWS::Lambda::Permission").len()
    };
    let many = |integration: fn(&Function) -> Integration<Proxy>| {
        let warned = warnings(|stack, api| {
            let function = function(stack);
            for at in 0..23 {
                api.root().add_resource(&format!("r{at}")).add_method(Method::get(integration(&function)));
            }
        });
        warned.concat()
    };
    assert!(many(Integration::lambda).contains("has 46 permissions"));
    assert_eq!(many(|function| Integration::lambda(function).without_test_invoke()), "");
    assert_eq!(permissions(Integration::lambda), 4);
    assert_eq!(permissions(|function| Integration::lambda(function).without_test_invoke()), 2);
    assert_eq!(permissions(|function| Integration::lambda(function).permit_whole_api()), 1);
}
