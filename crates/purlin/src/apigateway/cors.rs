//! Cross-origin requests: what browsers are told about who may call an API from a page.

use std::time::Duration;

use purlin_construct::{HasScope, IntoValue, Scope, Value, intrinsics, sub};

use super::gateway_response::{GatewayResponse, ResponseType};
use super::{HttpMethod, Integration, IntegrationResponse, Method, PassthroughBehavior, Resource, RestApi};

/// What a signed or authorized call needs, and browsers do not send unasked.
const HEADERS: [&str; 6] =
    ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amz-User-Agent"];

/// Every method that a page may use.
const METHODS: [HttpMethod; 7] = [
    HttpMethod::Options,
    HttpMethod::Get,
    HttpMethod::Put,
    HttpMethod::Post,
    HttpMethod::Delete,
    HttpMethod::Patch,
    HttpMethod::Head,
];

/// From which pages an API may be called, and how
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>).
///
/// API Gateway answers the browser's question, the preflight, and puts the header on its own errors: without it a page
/// cannot tell a 403 from a broken network. What a proxied function or URL answers has to carry the header
/// `Access-Control-Allow-Origin` itself.
#[derive(Debug, Clone)]
#[must_use = "it does nothing until it is given to an API or a resource"]
pub struct Cors {
    pub(crate) origins: Vec<Value<String>>,
    pub(crate) methods: Vec<HttpMethod>,
    pub(crate) headers: Vec<String>,
    pub(crate) exposed: Vec<String>,
    pub(crate) allows_credentials: bool,
    pub(crate) max_age: Option<i64>,
    status: u16,
}

impl Cors {
    /// From every page.
    pub fn any_origin() -> Self {
        Self::origins(["*"])
    }

    /// From pages of these origins, such as `https://app.example.com`: no path, no slash at the end.
    pub fn origins<T: IntoValue<String>>(origins: impl IntoIterator<Item = T>) -> Self {
        Self {
            origins: origins.into_iter().map(IntoValue::into_value).collect(),
            methods: METHODS.to_vec(),
            headers: HEADERS.map(str::to_owned).to_vec(),
            exposed: Vec::new(),
            allows_credentials: false,
            max_age: None,
            status: 204,
        }
    }

    /// The methods that pages may use; all unless given.
    pub fn methods(self, methods: impl IntoIterator<Item = HttpMethod>) -> Self {
        Self { methods: methods.into_iter().collect(), ..self }
    }

    /// The headers that pages may send; those of signed requests, tokens, API keys and JSON unless given.
    pub fn headers<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Self {
        Self { headers: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Headers of the answer that pages may read, beyond the few that browsers always show.
    pub fn expose_headers<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Self {
        Self { exposed: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Browsers send cookies and client certificates along. Tokens in the header `Authorization` need no such leave.
    pub fn allow_credentials(self) -> Self {
        Self { allows_credentials: true, ..self }
    }

    /// How long browsers remember the answer, in whole seconds; as long as they see fit (5 s) unless given.
    pub fn max_age(self, time: Duration) -> Self {
        Self { max_age: Some(crate::time::seconds(time)), ..self }
    }

    /// Browsers ask before every request.
    pub fn disable_cache(self) -> Self {
        Self { max_age: Some(-1), ..self }
    }

    /// The status of the answer to a preflight; 204 unless given.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    fn is_any_origin(&self) -> bool {
        self.origins.iter().any(|origin| origin.as_str() == Some("*"))
    }

    pub(crate) fn check(&self, scope: &Scope) {
        if self.origins.is_empty() {
            scope.error("no page may call the API", "name an origin, or say `Cors::any_origin()`");
        }
        if self.is_any_origin() && self.origins.len() > 1 {
            scope.error("the origins are `*` and others", "say `Cors::any_origin()`, or name the origins without `*`");
        }
        if self.is_any_origin() && self.allows_credentials {
            scope.error(
                "every page may call the API with the user's credentials, which browsers refuse",
                "name the origins: `Cors::origins([\"https://app.example.com\"])`",
            );
        }
        for origin in self.origins.iter().filter_map(Value::as_str).filter(|origin| *origin != "*") {
            let host = origin.split_once("://").map(|(_, host)| host);
            if !host.is_some_and(|host| !host.is_empty() && !host.contains('/')) {
                scope.error(
                    format!(
                        "`{origin}` is not an origin: it is a scheme and a host, such as `https://app.example.com`"
                    ),
                    "remove the path and the slash at its end, and write the scheme",
                );
            }
        }
    }

    /// The header on answers of API Gateway, which cannot choose between origins: it is the origin that asks, where
    /// credentials demand one, and every origin else.
    fn origin_of_errors(&self) -> Value<String> {
        match (&self.origins[..], self.allows_credentials) {
            ([only], _) => sub!("'{}'", only),
            (_, true) => "method.request.header.Origin".into_value(),
            (_, false) => "'*'".into_value(),
        }
    }
}

/// Adds the method that answers preflights.
#[track_caller]
pub(super) fn add_preflight(resource: &Resource, cors: &Cors) -> Method<super::NoAuthorization> {
    cors.check(resource.scope());
    let names = cors.methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(",");
    let first = cors.origins.first().cloned().unwrap_or_else(|| "*".into_value());
    let mut response = IntegrationResponse::new(cors.status)
        .header("Access-Control-Allow-Headers", format!("'{}'", cors.headers.join(",")))
        .header("Access-Control-Allow-Methods", format!("'{names}'"))
        .header("Access-Control-Allow-Origin", sub!("'{}'", first));
    if cors.allows_credentials {
        response = response.header("Access-Control-Allow-Credentials", "'true'");
    }
    if let Some(age) = cors.max_age {
        response = response.header("Access-Control-Max-Age", format!("'{age}'"));
    }
    if !cors.exposed.is_empty() {
        response = response.header("Access-Control-Expose-Headers", format!("'{}'", cors.exposed.join(",")));
    }
    if !cors.is_any_origin() {
        response = response.header("Vary", "'Origin'");
    }
    if let Some(template) = choice(&cors.origins) {
        response = response.template("application/json", template);
    }
    let mock = Integration::mock()
        .request_template("application/json", format!("{{\"statusCode\": {}}}", cors.status))
        .passthrough_behavior(PassthroughBehavior::WhenNoMatch)
        .response(response);
    resource.add_method(Method::props(HttpMethod::Options, mock))
}

/// The template that answers with the origin that asks, if it is one of several.
fn choice(origins: &[Value<String>]) -> Option<Value<String>> {
    let [_, others @ ..] = origins else { return None };
    if others.is_empty() {
        return None;
    }
    let tests: Vec<Value<String>> = others.iter().map(|origin| sub!("$origin == \"{}\"", origin)).collect();
    Some(sub!(
        "#set($headers = $input.params().header)\n#set($origin = $headers.get(\"origin\"))\n#if(!$origin || $origin == \"\")\n\
         #set($origin = $headers.get(\"Origin\"))\n#end\n#if({})\n\
         #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n#end\n",
        intrinsics::join(" || ", tests)
    ))
}

/// Puts the header on API Gateway's own errors, those that the API declares and all others.
pub(super) fn mark_errors(api: &RestApi, cors: &Cors) {
    for kind in [ResponseType::Default4xx, ResponseType::Default5xx] {
        if api.shared.gateway_response(kind.as_str()).is_none() && allows_mark(api, kind.as_str()) {
            let id = if kind == ResponseType::Default4xx { "CorsDefault4xx" } else { "CorsDefault5xx" };
            api.add_gateway_response(id, GatewayResponse::props(kind));
        }
    }
    for (kind, response) in api.shared.gateway_responses() {
        let headers = response.scope().property("ResponseParameters");
        let is_marked = headers.is_some_and(|headers| headers.get(&format!("{HEADER}Origin")).is_some());
        if is_marked || !allows_mark(api, &kind) {
            continue;
        }
        let set = |name: &str, value: Value<String>| {
            let path = format!("ResponseParameters.{}", format!("{HEADER}{name}").replace('.', "\\."));
            response.override_property(&path, value);
        };
        set("Origin", cors.origin_of_errors());
        if cors.allows_credentials {
            set("Credentials", "'true'".into_value());
        }
    }
}

const HEADER: &str = "gatewayresponse.header.Access-Control-Allow-";

/// Whether the patch is on.
fn allows_mark(api: &RestApi, kind: &str) -> bool {
    let what = format!("`Access-Control-Allow-Origin` in API Gateway's responses of the type `{kind}`");
    let why = "pages otherwise see a CORS error instead of the status";
    api.scope.patch("cors-on-gateway-errors", what, why)
}
