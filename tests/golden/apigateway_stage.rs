//! Stages of a REST API and their logs, authorizers with functions, models, domains.

use std::time::Duration;

use purlin::apigateway::{
    AccessLogFormat, CacheSize, DomainName, DomainNameProps, HttpMethod, IdentitySource, Integration, LoggingLevel,
    Method, MethodResponse, MethodSettings, Model, RequestAuthorizer, RequestValidator, RestApi, StageOptions,
    Throttle, TokenAuthorizer,
};
use purlin::certificatemanager::Certificate;
use purlin::iam::{Principal, Role};
use purlin::lambda::Function;
use purlin::logs::LogGroup;
use purlin::route53::{ARecord, HostedZone, RecordTarget};
use purlin::testing::{Template, problems};
use purlin::{HasScope, Stack};
use serde_json::json;

use super::check;

const CERTIFICATE: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

fn with_method(stack: &Stack, stage: StageOptions) -> RestApi {
    let api = stack.add("Api", RestApi::props().stage(stage));
    api.root().add_method(Method::get(Integration::mock()));
    api
}

#[test]
fn a_stage_with_everything() {
    check("apigateway_stage", |stack| {
        let logs = stack.add("Logs", LogGroup::props());
        let all = MethodSettings::new()
            .logging(LoggingLevel::Info)
            .metrics()
            .throttle(Throttle::per_second(10).burst(5))
            .cache(Duration::from_mins(5))
            .encrypt_cache();
        let stage = StageOptions::new()
            .name("live")
            .description("Live")
            .variable("colour", "blue")
            .access_log(&logs, AccessLogFormat::json())
            .tracing()
            .all_methods(all)
            .method("/a/{id}", HttpMethod::Get, MethodSettings::new().throttle(Throttle::per_second(1)).without_cache())
            .cache_size(CacheSize::Gb1_6)
            .client_certificate("a1b2c3");
        with_method(stack, stage);
    });
}

#[test]
fn the_first_api_of_a_stack_with_logs_makes_the_role_of_the_account() {
    let roles = |off: bool| {
        let template = Template::of(|stack| {
            if off {
                stack.scope().without_patch("api-gateway-log-role");
            }
            let logs = stack.add("Logs", LogGroup::props());
            with_method(stack, StageOptions::new().access_log(&logs, AccessLogFormat::clf()));
            let stage = StageOptions::new().all_methods(MethodSettings::new().logging(LoggingLevel::Error));
            let other = stack.add("Other", RestApi::props().stage(stage));
            other.root().add_method(Method::get(Integration::mock()));
            let silent = stack.add("Silent", RestApi::props());
            silent.root().add_method(Method::get(Integration::mock()));
        });
        let waits = |stage: &str| template.resource(stage)["DependsOn"].clone();
        (template.resources_of("AWS::ApiGateway::Account").len(), waits("OtherDeploymentStageprod29ED9540"), template)
    };
    let (accounts, waits, template) = roles(false);
    assert_eq!((accounts, waits), (1, json!(["ApiAccountA18C9B29"])));
    assert_eq!(template.resource("ApiAccountA18C9B29")["DeletionPolicy"], "Retain");
    assert_eq!(template.patches().iter().filter(|patch| patch.name == "api-gateway-log-role").count(), 1);
    assert_eq!(roles(true).0, 0);
}

#[test]
fn authorizers_and_models() {
    check("apigateway_authorizers", |stack| {
        let function = Function::from_name(stack, "Function", "authorize");
        let api = stack.add("Api", RestApi::props());
        let token = TokenAuthorizer::props(&function).validation_expression("^Bearer ").result_ttl(Duration::ZERO);
        let token = stack.add("Token", token.header("X-Token"));
        let source = IdentitySource::header("Authorization");
        let request = RequestAuthorizer::props(&function).name("who").identity_source(source);
        let request = stack.add("Request", request.identity_source(IdentitySource::query_string("user")));
        let role = stack.add("Role", Role::props(Principal::service("apigateway.amazonaws.com")));
        let plain = stack.add("Plain", RequestAuthorizer::props(&function).credentials(&role));
        let model = Model::props(json!({"type": "object"})).name("Order").description("An order");
        let model = api.add_model("Order", model);
        let validator = RequestValidator::props().name("all").body().parameters();
        let validator = api.add_request_validator("Validator", validator);
        let add = Method::post(Integration::mock())
            .authorizer(&token)
            .operation_name("add")
            .required_request_parameter("method.request.querystring.user")
            .request_parameter("method.request.header.X-Trace")
            .request_model("application/json", &model)
            .request_validator(&validator)
            .response(MethodResponse::new(200).model("application/json", &Model::empty()))
            .response(MethodResponse::new(400).model("application/json", &Model::error()));
        api.root().add_method(add);
        api.root().add_method(Method::get(Integration::mock()).authorizer(&request));
        api.root().add_method(Method::put(Integration::mock()).authorizer(&request));
        api.root().add_method(Method::delete(Integration::mock()).authorizer(&plain));
    });
}

#[test]
fn custom_domains() {
    check("apigateway_domain", |stack| {
        let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789", "example.com");
        let api = with_method(stack, StageOptions::new());
        let certificate = Certificate::from_arn(CERTIFICATE);
        let domain = api.add_domain_name("Domain", DomainName::props("api.example.com", &certificate));
        let target = RecordTarget::alias(domain.alias_target());
        stack.add("Record", ARecord::props(&zone, target).record_name("api"));
        let edge = Certificate::from_arn(CERTIFICATE.replace("eu-west-1", "us-east-1"));
        let edge = stack.add("Edge", DomainName::props("edge.example.com", &edge).edge());
        edge.add_base_path_mapping(&api, "v1");
        let secured = DomainName::props("mtls.example.com", &certificate).mutual_tls("s3://trust/store.pem");
        stack.add("Secured", secured);
    });
}

#[test]
fn stages_authorizers_and_domains_that_cannot_work_are_problems() {
    let messages = |build: &dyn Fn(&Stack)| {
        problems(|stack: &Stack| build(stack)).into_iter().map(|problem| problem.message + "; ").collect::<String>()
    };
    let stage = |stage: StageOptions| messages(&|stack| drop(with_method(stack, stage.clone())));
    let settings = |settings: MethodSettings| stage(StageOptions::new().all_methods(settings));
    let format = |format: AccessLogFormat| {
        messages(&|stack| {
            let logs = stack.add("Logs", LogGroup::props());
            with_method(stack, StageOptions::new().access_log(&logs, format.clone()));
        })
    };
    let domain = |domain: DomainNameProps| messages(&|stack| drop(stack.add("Domain", domain.clone())));
    let path = |path: &str| {
        messages(&|stack| {
            let api = with_method(stack, StageOptions::new());
            let domain = DomainName::props("api.example.com", &Certificate::from_arn(CERTIFICATE));
            let domain = stack.add("Domain", domain);
            domain.add_base_path_mapping(&api, path);
            domain.add_base_path_mapping(&api, "same");
        })
    };
    let certificate = Certificate::from_arn(CERTIFICATE);
    let new = MethodSettings::new;
    let cases = [
        (stage(StageOptions::new().name("")), "the stage's name is ``, but AWS takes 1 to 128"),
        (stage(StageOptions::new().variable("a-b", "c")), "the name of a stage variable is `a-b`, but AWS takes"),
        (stage(StageOptions::new().method("a", HttpMethod::Get, new())), "the path `a` does not start with `/`"),
        (settings(new().throttle(Throttle::per_second(-1))), "a throttle of `-1` calls"),
        (
            settings(new().cache(Duration::from_secs(3601))),
            "cached responses is `3601s`, but AWS takes 0 to 3600 whole seconds",
        ),
        (settings(new().data_trace()), "but the log is off"),
        (format(AccessLogFormat::custom("$context.status")), "has no id of the request"),
        (format(AccessLogFormat::custom("$context.requestId\n")), "more than one line"),
        (
            messages(&|stack| {
                let function = Function::from_name(stack, "Function", "authorize");
                let authorizer = RequestAuthorizer::props(&function).result_ttl(Duration::from_secs(1));
                let authorizer = stack.add("Authorizer", authorizer);
                let api = stack.add("Api", RestApi::props());
                api.root().add_method(Method::get(Integration::mock()).authorizer(&authorizer));
            }),
            "are cached, but no part of the request is in the cache key",
        ),
        (
            messages(&|stack| {
                let api = with_method(stack, StageOptions::new());
                api.add_model("Model", Model::props(json!({})).name("a b"));
                api.add_request_validator("Validator", RequestValidator::props());
            }),
            "the model's name is `a b`, but AWS takes one or more letters and digits; the validator checks nothing",
        ),
        (
            domain(DomainName::props("a.example.com", &certificate).edge()),
            "is in `eu-west-1`, but AWS takes those of `us-east-1`",
        ),
        (
            domain(DomainName::props("a.example.com", &certificate).mutual_tls("a")),
            "the truststore is `a`, but AWS takes a file of Amazon S3",
        ),
        (
            domain(DomainName::props("a.example.com", &certificate).edge().mutual_tls("s3://a/b")),
            "an edge domain cannot require client certificates",
        ),
        (path("/v1"), "the base path is `/v1`, but AWS takes"),
        (path("a/b"), "the base path `a/b` has several parts"),
        (path("same"), "the base path `same` of the domain leads to two APIs"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn a_model_without_a_validator_is_a_warning() {
    let template = Template::of(|stack| {
        let api = stack.add("Api", RestApi::props());
        let model = api.add_model("Model", Model::props(json!({"type": "object"})));
        api.root().add_method(Method::post(Integration::mock()).request_model("application/json", &model));
    });
    assert!(template.notices()[0].message.contains("no validator checks them"));
}
