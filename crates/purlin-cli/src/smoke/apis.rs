//! Checks of REST and HTTP APIs from outside: protected methods reject calls without credentials, and accept those with
//! the credentials of the stack's own clients and keys. Methods that may change something are not called.

use std::collections::BTreeMap;

use http::Request;
use purlin_auth::{ExposeSecret, SecretString, Signer};
use purlin_deploy::{AppClient, Part, Session};
use serde_json::Value;

use super::check::{Check, Trouble};
use super::context::Context;
use super::page::unreachable;
use super::pools;
use crate::call::refusals::{Given, Sent, explain};
use crate::token::client::MACHINE;
use crate::token::secret;

/// A method of an API, as in the template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Method {
    verb: String,
    url: String,
    path: String,
    /// `NONE`, `COGNITO_USER_POOLS`, `JWT`, `AWS_IAM`, `CUSTOM`.
    guard: String,
    scopes: Vec<String>,
    wants_key: bool,
}

/// The credentials of a call.
#[derive(Default)]
struct Pass {
    token: Option<SecretString>,
    key: Option<SecretString>,
    is_signed: bool,
}

pub(super) async fn check(context: &Context) -> Vec<Check> {
    let mut checks = Vec::new();
    let key = key(context).await;
    let base = |api: &str| base(&context.session, api);
    for method in methods(&context.parts, base).into_iter().chain(routes(&context.parts, base)) {
        let about = format!("{} {}", method.verb, method.path);
        let is_guarded = method.guard != "NONE" || method.wants_key;
        if !["GET", "HEAD"].contains(&method.verb.as_str()) {
            checks.push(Check::skipped(&about, "it is called", "it may change something"));
            continue;
        }
        if is_guarded {
            let answer = call(context, &method, &Pass::default()).await;
            checks.push(Check::of(
                &about,
                "it rejects calls without credentials",
                answer.and_then(|it| turned_away(it.status)),
            ));
        }
        checks.push(let_in(context, &method, &about, key.as_ref()).await);
    }
    checks
}

/// Whether a method accepts calls with the credentials that it requires.
async fn let_in(context: &Context, method: &Method, about: &str, key: Option<&SecretString>) -> Check {
    let (pass, brings) = match pass(context, method, about, key).await {
        Ok(found) => found,
        Err(check) => return check,
    };
    let what = if brings.is_empty() {
        "it answers".to_owned()
    } else {
        format!("it accepts calls with {}", brings.join(" and "))
    };
    let answer = call(context, method, &pass).await;
    let result = answer.and_then(|answer| {
        if answer.status < 400 || (answer.status == 404 && brings.is_empty()) { Ok(()) } else { Err(answer.trouble) }
    });
    Check::of(about, what, result)
}

/// The credentials that a method requires, and their names; or why they are not available.
async fn pass(
    context: &Context,
    method: &Method,
    about: &str,
    key: Option<&SecretString>,
) -> Result<(Pass, Vec<&'static str>), Check> {
    let mut pass = Pass { is_signed: method.guard == "AWS_IAM", ..Pass::default() };
    let mut brings = Vec::new();
    match method.guard.as_str() {
        "CUSTOM" => {
            let why = "a function authorizes, with rules of its own";
            return Err(Check::skipped(about, "it accepts authorized calls", why));
        }
        "COGNITO_USER_POOLS" | "JWT" => {
            pass.token = Some(token(context, method, about).await?);
            brings.push("a token");
        }
        _ => {}
    }
    if method.wants_key {
        let why = "the stack has no API key that can be read";
        let none = || Check::skipped(about, "it accepts calls with an API key", why);
        pass.key = Some(key.cloned().ok_or_else(none)?);
        brings.push("an API key");
    }
    if pass.is_signed {
        brings.push("a signature");
    }
    Ok((pass, brings))
}

/// A token that a method accepts, of a client of the stack for itself.
async fn token(context: &Context, method: &Method, about: &str) -> Result<SecretString, Check> {
    let what = "it accepts calls with a token";
    let why = if method.scopes.is_empty() && method.guard != "JWT" {
        "it takes ID tokens, which only users have: `purlin token STACK --kind id` and `purlin call URL --token-stdin`"
    } else {
        "no client of the stack gets a token with its scopes for itself: `purlin token STACK --login` signs a user in"
    };
    let machine = machine(context, method).unwrap_or_else(|| Err(why.to_owned()));
    let (domain, client) = machine.map_err(|why| Check::skipped(about, what, why))?;
    pools::token(&context.http, domain, client).await.map_err(|trouble| Check::of(about, what, Err(trouble)))
}

/// A status, and its meaning if it is not expected.
struct Answer {
    status: u16,
    trouble: Trouble,
}

async fn call(context: &Context, method: &Method, pass: &Pass) -> Result<Answer, Trouble> {
    let odd = |why: String| Trouble::new("the method cannot be called", why, "an address", "call it by `purlin call`");
    let mut request = Request::builder().method(method.verb.as_str()).uri(&method.url);
    if let Some(token) = &pass.token {
        request = request.header("authorization", format!("Bearer {}", token.expose_secret()));
    }
    if let Some(key) = &pass.key {
        request = request.header("x-api-key", key.expose_secret());
    }
    let mut request = request.body(Vec::new()).map_err(|error| odd(error.to_string()))?;
    if pass.is_signed {
        let keys = secret::keys(&context.session).await.map_err(|failure| odd(failure.message))?;
        let signer = Signer::api(&context.session.target().region);
        request = signer.sign(request, &keys).map_err(|error| odd(error.to_string()))?;
    }
    let (verb, address) = (request.method().clone(), request.uri().clone());
    let answer = context.http.send(request).await.map_err(|error| unreachable("the API", &error))?;
    let given =
        Given { token: Sent::of(pass.token.as_ref()), has_api_key: pass.key.is_some(), is_signed: pass.is_signed };
    let failure = explain(&verb, &address, &answer, &given);
    let wrong = failure.message.rsplit_once(": ").map_or(failure.message.as_str(), |(_, what)| what);
    let found = std::iter::once(format!("status {}", answer.status().as_u16()))
        .chain(failure.details.iter().map(|it| it.trim().to_owned()));
    let trouble = Trouble::new(
        wrong,
        found.collect::<Vec<_>>().join("; "),
        "an answer of what stands behind the API",
        failure.hints.concat(),
    );
    Ok(Answer { status: answer.status().as_u16(), trouble })
}

fn turned_away(status: u16) -> Result<(), Trouble> {
    match status {
        401 | 403 => Ok(()),
        200..=399 => Err(Trouble::new(
            "it accepts calls without credentials",
            format!("status {status}"),
            "401, or 403 without an API key or a signature",
            "the stage shows an older deployment of the API: deploy the stack again, and see whether its deployment is new",
        )),
        other => Err(Trouble::new(
            "it neither lets in nor turns away",
            format!("status {other}"),
            "401, or 403 without an API key or a signature",
            "429 is too many requests; 5xx an authorizer that does not work (`purlin logs STACK`)",
        )),
    }
}

/// A client that gets tokens with one of the scopes for itself, and its pool.
fn machine<'a>(
    context: &'a Context,
    method: &Method,
) -> Option<Result<(&'a purlin_deploy::LoginDomain, &'a AppClient), String>> {
    // An HTTP API without scopes takes any token of its issuer and clients.
    let suffices = |client: &AppClient| {
        let by_scope = client.scopes.iter().any(|scope| method.scopes.contains(scope));
        by_scope || (method.guard == "JWT" && method.scopes.is_empty())
    };
    let has = |client: &&AppClient| client.may(MACHINE) && suffices(client);
    let (pool, client) = context.pools.iter().find_map(|pool| Some((pool, pool.clients.iter().find(has)?)))?;
    Some(pool.pool.login.as_ref().map(|login| (login, client)).ok_or_else(|| "its pool has no domain".to_owned()))
}

/// The value of an API key of the stack.
async fn key(context: &Context) -> Option<SecretString> {
    let id = &context.of_type("AWS::ApiGateway::ApiKey").next()?.physical_id;
    crate::call::api_key(&context.http, &context.session, id).await.ok()
}

/// The address of an API.
fn base(session: &Session, api: &str) -> String {
    match session.emulator_endpoint() {
        Some(here) => format!("{here}/_aws/execute-api/{api}"),
        None => format!("https://{api}.execute-api.{}.{}", session.target().region, session.target().dns_suffix()),
    }
}

/// The methods of the stack's REST APIs, at their first stage.
fn methods(parts: &[Part], base: impl Fn(&str) -> String) -> Vec<Method> {
    let of = |kind: &'static str| parts.iter().filter(move |part| part.resource_type == kind);
    let paths = paths(parts);
    let mut found = Vec::new();
    for part in of("AWS::ApiGateway::Method") {
        let Some(api) = part.properties["RestApiId"].as_str() else { continue };
        let Some(stage) = of("AWS::ApiGateway::Stage").find(|it| it.properties["RestApiId"] == api) else { continue };
        let path = part.properties["ResourceId"].as_str().and_then(|id| paths.get(id).cloned());
        let path = path.unwrap_or_else(|| "/".to_owned());
        found.extend(method(part, &base(api), &stage.physical_id, &path));
    }
    found
}

/// The routes of the stack's HTTP APIs, at their first stage.
fn routes(parts: &[Part], base: impl Fn(&str) -> String) -> Vec<Method> {
    let of = |kind: &'static str| parts.iter().filter(move |part| part.resource_type == kind);
    let mut found = Vec::new();
    for part in of("AWS::ApiGatewayV2::Route") {
        let text = |name: &str| part.properties[name].as_str().unwrap_or_default();
        let stage = of("AWS::ApiGatewayV2::Stage").find(|it| it.properties["ApiId"] == text("ApiId"));
        let name = stage.and_then(|stage| stage.properties["StageName"].as_str());
        let (Some(stage), Some((verb, path))) = (name, text("RouteKey").split_once(' ')) else { continue };
        let stage = if stage == "$default" { String::new() } else { format!("/{stage}") };
        let scopes = part.properties["AuthorizationScopes"].as_array().into_iter().flatten();
        let guard = text("AuthorizationType");
        found.push(Method {
            verb: if verb == "ANY" { "GET".to_owned() } else { verb.to_owned() },
            url: format!("{}{stage}{}", base(text("ApiId")), filled(path)),
            path: path.to_owned(),
            guard: if guard.is_empty() { "NONE".to_owned() } else { guard.to_owned() },
            scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
            wants_key: false,
        });
    }
    found
}

fn method(part: &Part, base: &str, stage: &str, path: &str) -> Option<Method> {
    let text = |name: &str| part.properties[name].as_str().map(str::to_owned);
    let verb = text("HttpMethod")?;
    // `OPTIONS` responses for pages of other origins need no protection.
    if verb == "OPTIONS" {
        return None;
    }
    let verb = if verb == "ANY" { "GET".to_owned() } else { verb };
    let scopes = part.properties["AuthorizationScopes"].as_array().into_iter().flatten();
    let is_key = &part.properties["ApiKeyRequired"];
    Some(Method {
        url: format!("{base}/{stage}{}", filled(path)),
        path: path.to_owned(),
        guard: text("AuthorizationType").unwrap_or_else(|| "NONE".to_owned()),
        scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
        wants_key: *is_key == true || *is_key == "true",
        verb,
    })
}

/// A path with values for its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "smoke" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The paths of resources, by their ids. The root's is not among them.
fn paths(parts: &[Part]) -> BTreeMap<String, String> {
    let all = parts.iter().filter(|part| part.resource_type == "AWS::ApiGateway::Resource");
    let all: BTreeMap<&str, &Part> = all.map(|it| (it.physical_id.as_str(), it)).collect();
    let path = |id: &str| {
        let mut path = String::new();
        let mut next = Some(id);
        // No path is deeper than there are resources.
        for _ in 0..=all.len() {
            let Some(part) = next.and_then(|id| all.get(id)) else { break };
            path = format!("/{}{path}", part.properties["PathPart"].as_str().unwrap_or_default());
            next = part.properties["ParentId"].as_str();
        }
        path
    };
    all.keys().map(|id| ((*id).to_owned(), path(id))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(kind: &str, id: &str, properties: Value) -> Part {
        Part {
            resource_type: format!("AWS::ApiGateway::{kind}"),
            physical_id: id.into(),
            properties,
            ..Part::default()
        }
    }

    #[test]
    fn methods_are_found_with_their_paths_and_what_they_want() {
        let parts = [
            part("RestApi", "api1", json!({})),
            part("Stage", "prod", json!({"RestApiId": "api1"})),
            part("Resource", "r1", json!({"PathPart": "orders", "ParentId": null})),
            part("Resource", "r2", json!({"PathPart": "{id}", "ParentId": "r1"})),
            part(
                "Method",
                "m1",
                json!({"RestApiId": "api1", "ResourceId": null, "HttpMethod": "GET",
                "AuthorizationType": "COGNITO_USER_POOLS", "AuthorizationScopes": ["a/b"]}),
            ),
            part(
                "Method",
                "m2",
                json!({"RestApiId": "api1", "ResourceId": "r2", "HttpMethod": "ANY",
                "AuthorizationType": "AWS_IAM", "ApiKeyRequired": true}),
            ),
            part("Method", "m3", json!({"RestApiId": "api1", "ResourceId": "r1", "HttpMethod": "OPTIONS"})),
            part("Method", "m4", json!({"RestApiId": "other", "ResourceId": null, "HttpMethod": "GET"})),
        ];
        let method = |verb: &str, url: &str, path: &str, guard: &str, scopes: &[&str], wants_key| Method {
            verb: verb.into(),
            url: url.into(),
            path: path.into(),
            guard: guard.into(),
            scopes: scopes.iter().map(|it| (*it).to_owned()).collect(),
            wants_key,
        };
        let found = methods(&parts, |api| format!("https://{api}"));
        let expected = [
            method("GET", "https://api1/prod/", "/", "COGNITO_USER_POOLS", &["a/b"], false),
            method("GET", "https://api1/prod/orders/smoke", "/orders/{id}", "AWS_IAM", &[], true),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn routes_are_found_at_their_stage() {
        let part = |kind: &str, properties: Value| Part {
            resource_type: format!("AWS::ApiGatewayV2::{kind}"),
            properties,
            ..Part::default()
        };
        let parts = [
            part("Stage", json!({"ApiId": "api2", "StageName": "$default"})),
            part(
                "Route",
                json!({"ApiId": "api2", "RouteKey": "GET /orders/{id}", "AuthorizationType": "JWT", "AuthorizationScopes": ["a/b"]}),
            ),
            part("Route", json!({"ApiId": "api2", "RouteKey": "$default"})),
            part("Stage", json!({"ApiId": "api3", "StageName": "prod"})),
            part("Route", json!({"ApiId": "api3", "RouteKey": "ANY /"})),
        ];
        let found = routes(&parts, |api| format!("https://{api}"));
        let seen: Vec<_> =
            found.iter().map(|it| (it.verb.as_str(), it.url.as_str(), it.guard.as_str(), it.scopes.len())).collect();
        assert_eq!(seen, [("GET", "https://api2/orders/smoke", "JWT", 1), ("GET", "https://api3/prod/", "NONE", 0)]);
    }

    #[test]
    fn calls_without_credentials_are_rejected() {
        for (status, expected) in [
            (401, None),
            (403, None),
            (200, Some("without credentials")),
            (302, Some("without credentials")),
            (500, Some("neither")),
        ] {
            let found = turned_away(status).map_err(|trouble| trouble.wrong);
            match expected {
                None => assert_eq!(found, Ok(())),
                Some(text) => assert!(found.as_ref().is_err_and(|it| it.contains(text)), "{found:?}"),
            }
        }
    }
}
