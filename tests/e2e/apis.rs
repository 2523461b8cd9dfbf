//! REST and HTTP APIs, deployed by the toolkit and called: their answers with and without credentials, and changes.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purlin::apigateway::{ApiKey, Cors, Integration, IntegrationResponse, Method, RestApi, TokenAuthorizer, UsagePlan};
use purlin::apigatewayv2::{HttpApi, HttpIntegration, HttpRoute, JwtAuthorizer};
use purlin::cognito::{DomainProps, UserPool, UserPoolClient, UserPoolResourceServer};
use purlin::lambda::{Code, Function, Runtime};
use purlin::{App, CfnOutput, RemovalPolicy, Stack};
use serde_json::{Value, json};

use super::aws::{Aws, REGION, text};
use super::http::{Answer, form, send};
use super::world::World;
use crate::programs::succeed;

const STACK: &str = "Apis";
const PAGE: &str = "https://app.example.com";

/// Answers with the name in the event.
const GREET: &str = "\
def handler(event, context):
    name = (event.get('pathParameters') or {}).get('name', 'world')
    return {'statusCode': 200, 'body': 'hello ' + name}
";

/// Allows requests with the right token.
const AUTHORIZE: &str = "\
def handler(event, context):
    effect = 'Allow' if event['authorizationToken'] == 'open sesame' else 'Deny'
    statement = {'Action': 'execute-api:Invoke', 'Effect': effect, 'Resource': event['methodArn']}
    return {'principalId': 'ali', 'policyDocument': {'Version': '2012-10-17', 'Statement': [statement]}}
";

#[test]
fn a_rest_api_checks_tokens_and_keys() {
    let world = World::new();
    deploy(&world, "first");
    let outputs = world.aws.outputs(STACK);
    let rest = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let path = format!("/restapis/{}/prod/_user_request_{path}", outputs["RestApi"]);
        let headers = [&[("Host", "127.0.0.1")], headers].concat();
        send(world.aws.port, method, &path, &headers, "")
    };

    let status = rest("GET", "/status", &[]);
    assert_eq!((status.status, status.body.as_str(), status.header("x-colour")), (200, "first", Some("blue")));
    let greeting = rest("GET", "/hello/ada", &[("Authorization", "open sesame")]);
    assert_eq!((greeting.status, greeting.body.as_str()), (200, "hello ada"));
    let refused = rest("GET", "/hello/ada", &[("Authorization", "please")]);
    assert!(refused.status == 403 && !refused.body.contains("hello"), "{}", refused.body);
    assert_eq!(rest("GET", "/hello/ada", &[]).status, 401);

    let key = world.aws.api_key(&outputs["ApiKey"]);
    assert_eq!(rest("GET", "/key", &[("X-Api-Key", &key)]).status, 200);
    for wrong in [&[][..], &[("X-Api-Key", "wrong-wrong-wrong-wrong")]] {
        assert_eq!(rest("GET", "/key", wrong).status, 403);
    }

    let headers = [("Origin", PAGE), ("Access-Control-Request-Method", "GET")];
    let preflight = rest("OPTIONS", "/status", &headers);
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, Some(PAGE)));

    // The stage serves a snapshot: a changed method must be deployed to it.
    deploy(&world, "second");
    assert_eq!(rest("GET", "/status", &[]).body, "second");
}

#[test]
fn an_http_api_accepts_tokens_of_its_clients() {
    let world = World::new();
    deploy(&world, "first");
    let outputs = world.aws.outputs(STACK);
    let call = |path: &str, token: Option<&str>| {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Host", "127.0.0.1")];
        headers.extend(bearer.iter().map(|bearer| ("Authorization", bearer.as_str())));
        let path = format!("/_aws/execute-api/{}/$default{path}", outputs["HttpApi"]);
        send(world.aws.port, "GET", &path, &headers, "")
    };
    let (reader, writer) =
        (token(world.aws, &outputs["Reader"], "read"), token(world.aws, &outputs["Writer"], "write"));
    let greeting = call("/hello/grace", Some(&reader));
    assert_eq!((greeting.status, greeting.body.as_str()), (200, "hello grace"));
    assert_eq!(call("/hello/grace", None).status, 401);
    assert_eq!(call("/hello/grace", Some("no.jwt.atall")).status, 401);
    // The writer's token is valid, but its client is not in the audience.
    assert_eq!(call("/hello/grace", Some(&writer)).status, 401);
    assert_eq!(call("/open", None).body, "hello world");
    assert_eq!(call("/elsewhere", Some(&reader)).status, 404);
}

fn deploy(world: &World, status: &str) {
    let app = App::new();
    let stack = app.add(STACK, Stack::props());
    let python = |code: &str| Function::props(Code::from_inline(Runtime::PYTHON3_13, "index.handler", code));
    let greet = stack.add("Greet", python(GREET));
    let authorize = stack.add("Authorize", python(AUTHORIZE));
    add_rest_api(&stack, &greet, &authorize, status);
    add_http_api(&stack, &greet);
    let out = PathBuf::from(world.path("apis.out"));
    app.synth().expect("the stack has no problems").assembly.write(&out).expect("a new folder is writable");
    succeed(world.toolkit().args(["deploy", "--local", "--yes", "--region", REGION, "--app"]).arg(&out));
}

fn add_rest_api(stack: &Stack, greet: &Function, authorize: &Function, status: &str) {
    let api = stack.add("Rest", RestApi::props().default_cors_preflight(Cors::origins([PAGE])));
    let answer = IntegrationResponse::new(200).header("X-Colour", "'blue'").template("application/json", status);
    api.root().add_resource("status").add_method(Method::get(Integration::mock().response(answer)));
    let sesame = stack.add("Sesame", TokenAuthorizer::props(authorize));
    let hello = Method::get(Integration::lambda(greet)).authorizer(&sesame);
    api.root().resource_for_path("hello/{name}").add_method(hello);
    api.root().add_resource("key").add_method(Method::get(Integration::mock()).api_key_required());
    let key = api.add_api_key("Key", ApiKey::props());
    api.add_usage_plan("Plan", UsagePlan::props().api_key(&key));
    stack.add("RestApi", CfnOutput::new(api.id()));
    stack.add("ApiKey", CfnOutput::new(key.id()));
}

fn add_http_api(stack: &Stack, greet: &Function) {
    let users = stack.add("Users", UserPool::props().removal_policy(RemovalPolicy::Destroy));
    users.add_domain("Domain", DomainProps::prefix("purlin-apis"));
    let server = UserPoolResourceServer::props("greetings").scope("read", "Read").scope("write", "Write");
    let server = users.add_resource_server("Server", server);
    let client = |scope| UserPoolClient::props().generate_secret().client_credentials([server.scope(scope)]);
    let (reader, writer) = (users.add_client("Reader", client("read")), users.add_client("Writer", client("write")));
    let api = stack.add("Http", HttpApi::props());
    let jwt = api.add_authorizer("Jwt", JwtAuthorizer::props(&users, &reader));
    let hello = HttpRoute::get("/hello/{name}", HttpIntegration::lambda("Greet", greet));
    api.add_route(hello.authorizer(&jwt).scopes([server.scope("read")]));
    api.add_route(HttpRoute::get("/open", HttpIntegration::lambda("Greet", greet)));
    stack.add("HttpApi", CfnOutput::new(api.id()));
    for (name, client) in [("Reader", &reader), ("Writer", &writer)] {
        stack.add(name, CfnOutput::new(purlin::sub!("{}/{}", users.id(), client.id())));
    }
}

/// A token with this scope for a client, given as `pool/client`.
fn token(aws: Aws, client: &str, scope: &str) -> String {
    let (pool, client) = client.split_once('/').expect("the output is `pool/client`");
    let request = json!({ "UserPoolId": pool, "ClientId": client });
    let secret = aws.cognito("DescribeUserPoolClient", &request)["UserPoolClient"]["ClientSecret"].clone();
    let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{}", text(&secret))));
    let host = format!("purlin-apis.auth.{REGION}.amazoncognito.com");
    let headers = [
        ("Host", host.as_str()),
        ("Authorization", basic.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let scope = format!("greetings/{scope}");
    let body = form([("grant_type", "client_credentials"), ("scope", scope.as_str())]);
    let answer: Answer = send(aws.port, "POST", "/oauth2/token", &headers, &body);
    let token: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}", answer.body));
    text(&token["access_token"]).to_owned()
}
