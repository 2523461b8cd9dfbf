//! A REST API with the logical ids of the CDK, which a migrated stack keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use purlin::apigateway::{
    AccessLogFormat, ApiKey, CognitoAuthorizer, Cors, EndpointType, GatewayResponse, HttpMethod, IdentitySource,
    Integration, LoggingLevel, Method, MethodSettings, Model, Quota, RequestAuthorizer, RequestValidator, ResponseType,
    RestApi, StageOptions, Throttle, TokenAuthorizer, UsagePlan,
};
use purlin::cognito::{OAuthScope, UserPool};
use purlin::iam::{PolicyDocument, PolicyStatement, Principal, Role};
use purlin::lambda::Function;
use purlin::logs::LogGroup;
use purlin::testing::Template;
use purlin::{RemovalPolicy, Stack};
use serde_json::json;

/// The stack of which aws-cdk-lib 2.276.0 made the ids in `apigateway_cdk.json`.
fn build(stack: &Stack) {
    let function = Function::from_name(stack, "F", "f");
    let users = stack.add("P", UserPool::props().removal_policy(RemovalPolicy::Retain));
    let logs = stack.add("L", LogGroup::props());
    let all = MethodSettings::new()
        .logging(LoggingLevel::Info)
        .metrics()
        .throttle(Throttle::per_second(10).burst(5))
        .cache(Duration::from_mins(5));
    let stage = StageOptions::new().access_log(&logs, AccessLogFormat::json()).tracing().all_methods(all).method(
        "/a",
        HttpMethod::Get,
        MethodSettings::new().throttle(Throttle::per_second(1)),
    );
    let cors = Cors::origins(["https://a.example", "https://b.example"]).allow_credentials();
    let invoke = PolicyStatement::allow().action("execute-api:Invoke").principal(Principal::any());
    let api = RestApi::props()
        .stage(stage)
        .default_cors_preflight(cors.methods([HttpMethod::Get, HttpMethod::Post]))
        .binary_media_types(["image/png"])
        .endpoint_type(EndpointType::Regional)
        .policy(PolicyDocument::new().statement(invoke.resource("execute-api:/*")));
    let api = stack.add("Api", api);
    let cognito = stack.add("Auth", CognitoAuthorizer::props(&users));
    let token = stack.add("Tok", TokenAuthorizer::props(&function));
    let request = RequestAuthorizer::props(&function).identity_source(IdentitySource::header("A"));
    let request = stack.add("Req", request);
    let a = Method::get(Integration::lambda_custom(&function)).authorizer(&cognito);
    api.root().add_resource("a").add_method(a.scopes([OAuthScope::of_external_server("x", "y")]));
    api.root().add_resource("t").add_method(Method::get(Integration::mock()).authorizer(&token));
    let r = Method::get(Integration::http_proxy("https://x.example")).authorizer(&request);
    api.root().add_resource("r").add_method(r);
    let model = api.add_model("M", Model::props(json!({"type": "object"})));
    let validator = api.add_request_validator("validator", RequestValidator::props().body());
    let i = Method::post(Integration::lambda(&function)).iam_authorization().api_key_required();
    let i = i.request_model("application/json", &model).request_validator(&validator);
    let i = api.root().add_resource("i").add_method(i);
    let role = stack.add("R", Role::props(Principal::any()));
    i.grant_execute(&role);
    let key = api.add_api_key("K", ApiKey::props());
    let limit = || Throttle::per_second(1).burst(2);
    let plan = UsagePlan::props().name("x").throttle(limit()).quota(Quota::per_day(3)).method_throttle(&i, limit());
    api.add_usage_plan("Plan", plan.api_key(&key));
    api.add_gateway_response("G", GatewayResponse::props(ResponseType::Default4xx).header("a", "'b'"));
    api.root().add_proxy(Integration::lambda(&function));
}

#[test]
fn an_api_has_the_cdks_logical_ids() {
    let cdk: BTreeMap<String, String> = serde_json::from_str(include_str!("apigateway_cdk.json")).unwrap();
    let template = Template::of(build);
    let resources = template.json()["Resources"].as_object().unwrap();
    let ours: BTreeMap<&str, &str> =
        resources.iter().map(|(id, resource)| (id.as_str(), resource["Type"].as_str().unwrap())).collect();
    // A deployment's id ends with a hash of what it deploys, which is not the CDK's.
    let is_deployment = |kind: &str| kind == "AWS::ApiGateway::Deployment";
    let missing: Vec<_> =
        cdk.iter().filter(|(id, kind)| !is_deployment(kind) && ours.get(id.as_str()) != Some(&kind.as_str())).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let added: Vec<_> = ours.iter().filter(|(id, kind)| !is_deployment(kind) && !cdk.contains_key(**id)).collect();
    assert_eq!(added, [(&"ApiCorsDefault5xx6C2A8ABF", &"AWS::ApiGateway::GatewayResponse")]);
}
