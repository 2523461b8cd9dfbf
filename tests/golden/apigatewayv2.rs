//! HTTP APIs: the CDK's ids, tokens, stages, and mistakes.

use std::time::Duration;

use purlin::apigatewayv2::{
    AccessLogFormat, ApiMapping, Cors, DomainName, HttpApi, HttpApiProps, HttpIntegration, HttpMethod, HttpRoute,
    HttpRouteProps, HttpStage, JwtAuthorizer, NoAuthorization, Throttle,
};
use purlin::certificatemanager::Certificate;
use purlin::cognito::{UserPool, UserPoolClient, UserPoolResourceServer};
use purlin::iam::{Principal, Role};
use purlin::lambda::Function;
use purlin::logs::LogGroup;
use purlin::route53::{ARecord, HostedZone, RecordTarget};
use purlin::testing::{Template, problems};
use purlin::{App, CfnOutput, Environment, Stack};

use super::check;

const CERTIFICATE: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

#[test]
fn a_minimal_http_api() {
    check("apigatewayv2_minimal", |stack| {
        let function = Function::from_name(stack, "Function", "hello");
        let api = stack.add("Api", HttpApi::props());
        api.add_route(HttpRoute::default(HttpIntegration::lambda("Hello", &function)));
        stack.add("Url", CfnOutput::new(api.url()));
    });
}

#[test]
fn an_http_api_with_everything() {
    check("apigatewayv2_full", |stack| {
        let function = Function::from_name(stack, "Function", "hello");
        let users = stack.add("Users", UserPool::props());
        let server = UserPoolResourceServer::props("orders").scope("read", "Look at orders");
        let server = users.add_resource_server("Server", server);
        let web = users.add_client("Web", UserPoolClient::props());
        let machine = UserPoolClient::props().generate_secret().client_credentials([server.scope("read")]);
        let machine = users.add_client("Machine", machine);
        let cors = Cors::origins(["https://app.example.com"])
            .methods([HttpMethod::Get])
            .headers(["Authorization"])
            .expose_headers(["ETag"])
            .max_age(Duration::from_mins(1))
            .allow_credentials();
        let logs = stack.add("Logs", LogGroup::props());
        let stage = HttpStage::props("$default").throttle(Throttle::per_second(10).burst(20)).access_log(&logs);
        let recipe = HttpApi::props().name("orders").description("Orders").cors_preflight(cors).default_stage(stage);
        let api = stack.add("Api", recipe);
        let jwt = api.add_authorizer("Auth", JwtAuthorizer::props(&users, &web).client(&machine));
        let other = JwtAuthorizer::of_issuer("https://login.example.com", "orders").audience("web").name("other");
        let other = api.add_authorizer("Other", other.header("X-Token"));
        let read = |verb| {
            let integration = HttpIntegration::lambda("LI", &function).timeout(Duration::from_secs(5));
            HttpRoute::props(verb, "/a/{id}", integration.description("orders"))
        };
        api.add_route(read(HttpMethod::Get).authorizer(&jwt).scopes([server.scope("read")]));
        api.add_route(read(HttpMethod::Post).authorizer(&other));
        let url = HttpIntegration::url("UI", "https://example.org/{rest}").method(HttpMethod::Get);
        api.add_route(HttpRoute::any("/b/{rest+}", url));
        let signed = HttpRoute::put("/c/{id}", HttpIntegration::lambda("Old", &function).payload_format_1());
        let signed = api.add_route(signed.iam_authorization());
        let role = stack.add("Role", Role::props(Principal::account("111122223333")));
        signed.grant_invoke(&role);
        let beta = HttpStage::props("beta").description("Beta").detailed_metrics().variable("colour", "blue");
        let beta = api.add_stage("Beta", beta.access_log_as(&logs, AccessLogFormat::custom("$context.requestId")));
        stack.add("Url", CfnOutput::new(beta.url()));
    });
}

#[test]
fn an_http_api_with_a_custom_domain() {
    check("apigatewayv2_domain", |stack| {
        let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789", "example.com");
        let api = stack.add("Api", HttpApi::props());
        api.add_route(HttpRoute::default(HttpIntegration::url("Web", "https://example.org")));
        let certificate = Certificate::from_arn(CERTIFICATE);
        let domain = stack.add("DN", DomainName::props("h.example.com", &certificate));
        stack.add("M", ApiMapping::props(&domain, api.default_stage().unwrap()));
        let beta = api.add_stage("Beta", HttpStage::props("beta"));
        stack.add("MB", ApiMapping::props(&domain, &beta).path("beta/v1"));
        stack.add("Record", ARecord::props(&zone, RecordTarget::alias(domain.alias_target())).record_name("h"));
    });
}

#[test]
fn http_apis_that_cannot_work_are_problems() {
    let messages = |recipe: HttpApiProps, build: &dyn Fn(&Stack, &HttpApi)| {
        let found = problems(|stack: &Stack| {
            let api = stack.add("Api", recipe);
            build(stack, &api);
        });
        found.into_iter().map(|problem| problem.message + "; ").collect::<String>()
    };
    let url = |url: &str| HttpIntegration::url("Url", url);
    let route = |route: HttpRouteProps<NoAuthorization>| {
        messages(HttpApi::props(), &|_, api| drop(api.add_route(route.clone())))
    };
    let path = |path: &str| route(HttpRoute::get(path, url("https://a")));
    let stage = |name: &str| messages(HttpApi::props(), &|_, api| drop(api.add_stage("S", HttpStage::props(name))));
    let elsewhere = |name: &str, path: &str| {
        let app = App::new();
        let stack = app.add("Stack", Stack::props().env(Environment::of("111122223333", "eu-central-1")));
        let certificate = stack.add("C", Certificate::props("api.example.com").validation_from_dns_elsewhere());
        stack.add("Covered", DomainName::props(name, &certificate));
        let domain = stack.add("Domain", DomainName::props("api.example.com", &Certificate::from_arn(CERTIFICATE)));
        let stage = stack.add("Api", HttpApi::props()).add_stage("S", HttpStage::props("s"));
        stack.add("Mapping", ApiMapping::props(&domain, &stage).path(path));
        app.synth().unwrap_err().into_iter().map(|problem| problem.message + "; ").collect::<String>()
    };
    let slow = HttpStage::props("$default").throttle(Throttle::per_second(0));
    let cases = [
        (elsewhere("api.example.com", "v1"), "is in `eu-west-1`, but the domain is in `eu-central-1`"),
        (elsewhere("www.example.com", "v1"), "does not cover the domain `www.example.com`"),
        (elsewhere("api.example.com", "/v1"), "the path of a mapping is `/v1`, but AWS takes"),
        (path("a"), "the path `a` does not start with `/`"),
        (path("/a/"), "the path `/a/` ends with `/`"),
        (path("/a{id}"), "`a{id}` of the path `/a{id}` is neither a name nor a variable"),
        (path("/{rest+}/a"), "continues after a variable for the rest of the path"),
        (
            route(HttpRoute::get("/", url("a"))),
            "the integration's URL is `a`, but AWS takes `https://` and `http://` URLs",
        ),
        (
            route(HttpRoute::get("/", url("https://a").timeout(Duration::from_secs(31)))),
            "timeout is `31s`, but AWS takes 50 ms to 30 s",
        ),
        (stage("a b"), "the stage's name is `a b`, but AWS takes"),
        (messages(HttpApi::props().default_stage(slow), &|_, _| ()), "allows no call"),
        (messages(HttpApi::props().without_default_stage(), &|_, api| drop(api.url())), "has no stage `$default`"),
        (
            messages(HttpApi::props().cors_preflight(Cors::any_origin().allow_credentials()), &|_, _| ()),
            "with the user's credentials, which browsers refuse",
        ),
        (
            messages(HttpApi::props(), &|_, api| {
                api.add_authorizer("Auth", JwtAuthorizer::of_issuer("login.example.com", "a"));
            }),
            "the issuer `login.example.com` does not start with `https://`",
        ),
        (
            messages(HttpApi::props(), &|stack, api| {
                let other = stack.add("Other", HttpApi::props());
                let jwt = other.add_authorizer("Auth", JwtAuthorizer::of_issuer("https://a.example", "a"));
                api.add_route(HttpRoute::get("/", url("https://a")).authorizer(&jwt));
            }),
            "the route is of `Stack/Api`, but its authorizer is of `Stack/Other`",
        ),
        (
            messages(HttpApi::props(), &|_, api| {
                api.add_route(HttpRoute::get("/", url("https://a")));
                api.add_route(HttpRoute::get("/", url("https://b")));
            }),
            "the id `GET--` is used twice",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn a_route_of_every_method_with_an_authorization_rejects_preflights() {
    let warned = |cors: bool, any: bool, preflight: Option<&str>| {
        let template = Template::of(|stack| {
            let recipe = HttpApi::props();
            let api = stack.add("Api", if cors { recipe.cors_preflight(Cors::any_origin()) } else { recipe });
            let jwt = api.add_authorizer("Auth", JwtAuthorizer::of_issuer("https://login.example.com", "web"));
            let web = || HttpIntegration::url("Web", "https://example.org");
            let guarded = if any { HttpRoute::any("/a", web()) } else { HttpRoute::default(web()) };
            api.add_route(guarded.authorizer(&jwt));
            api.add_route(HttpRoute::get("/b", web()).authorizer(&jwt));
            if let Some(path) = preflight {
                api.add_route(HttpRoute::props(HttpMethod::Options, path, web()));
            }
        });
        template.notices().iter().filter(|notice| notice.message.contains("refuses it: they send no token")).count()
    };
    for (cors, any, preflight, expect) in [
        (true, false, None, 1),
        (true, false, Some("/{proxy+}"), 0),
        (true, true, None, 1),
        (true, true, Some("/{proxy+}"), 1),
        (true, true, Some("/a"), 0),
        (false, true, None, 0),
    ] {
        assert_eq!(warned(cors, any, preflight), expect, "{cors} {any} {preflight:?}");
    }
}

#[test]
fn an_http_api_without_a_route_is_a_warning() {
    let template = Template::of(|stack| drop(stack.add("Api", HttpApi::props())));
    assert!(template.notices()[0].message.contains("gets status 404"));
}
