//! CORS: which pages may call an API.

use std::time::Duration;

use purlin_construct::{HasScope, IntoValue, Scope, Value, intrinsics, sub};

use super::gateway_response::{GatewayResponse, ResponseType};
use super::{HttpMethod, Integration, IntegrationResponse, Method, PassthroughBehavior, Resource, RestApi};

/// Headers of signed or authorized calls, which browsers send only if they are allowed.
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

/// The pages that may call an API, and how
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>).
///
/// API Gateway responds to preflight requests, and adds the header to its own errors, so that a page can tell a 403 from a
/// network error. The response of a proxied function or URL has to have the header `Access-Control-Allow-Origin` itself.
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
    /// All pages.
    pub fn any_origin() -> Self {
        Self::origins(["*"])
    }

    /// Pages of these origins, such as `https://app.example.com`, without a path or a slash at the end.
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

    /// The response headers that pages may read besides those that browsers always show.
    pub fn expose_headers<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Self {
        Self { exposed: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Allows cookies and client certificates. Tokens in the header `Authorization` do not require it.
    pub fn allow_credentials(self) -> Self {
        Self { allows_credentials: true, ..self }
    }

    /// How long browsers cache the rules, in whole seconds; the browser's default (5 s) unless given.
    pub fn max_age(self, time: Duration) -> Self {
        Self { max_age: Some(crate::time::seconds(time)), ..self }
    }

    /// Disables the cache of browsers.
    pub fn disable_cache(self) -> Self {
        Self { max_age: Some(-1), ..self }
    }

    /// The status of preflight responses; 204 unless given.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    fn is_any_origin(&self) -> bool {
        self.origins.iter().any(|origin| origin.as_str() == Some("*"))
    }

    pub(crate) fn check(&self, scope: &Scope) {
        if self.origins.is_empty() {
            scope.error("the CORS rules have no origin", "add one, or use `Cors::any_origin()`");
        }
        if self.is_any_origin() && self.origins.len() > 1 {
            scope.error("the origins are `*` and others", "use `Cors::any_origin()`, or list the origins without `*`");
        }
        if self.is_any_origin() && self.allows_credentials {
            scope.error(
                "all pages may call the API with the user's credentials, which browsers refuse",
                "list the origins: `Cors::origins([\"https://app.example.com\"])`",
            );
        }
        for origin in self.origins.iter().filter_map(Value::as_str).filter(|origin| *origin != "*") {
            let host = origin.split_once("://").map(|(_, host)| host);
            if !host.is_some_and(|host| !host.is_empty() && !host.contains('/')) {
                scope.error(
                    format!(
                        "an origin is `{origin}`, but AWS takes a scheme and a host, such as `https://app.example.com`"
                    ),
                    "remove the path and the slash at its end, and add the scheme",
                );
            }
        }
    }

    /// The header on API Gateway's own responses, which cannot choose between origins: the origin of the request if there
    /// are credentials, else every origin.
    fn origin_of_errors(&self) -> Value<String> {
        match (&self.origins[..], self.allows_credentials) {
            ([only], _) => sub!("'{}'", only),
            (_, true) => "method.request.header.Origin".into_value(),
            (_, false) => "'*'".into_value(),
        }
    }
}

/// Adds the method for preflight requests.
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

/// The template that responds with the origin of the request, if it is allowed.
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

/// Adds the header to gateway responses, those that the API declares and all others.
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

/// Whether the patch is enabled.
fn allows_mark(api: &RestApi, kind: &str) -> bool {
    let what = format!("`Access-Control-Allow-Origin` in API Gateway's responses of the type `{kind}`");
    let why = "pages otherwise see a CORS error instead of the status";
    api.scope.patch("cors-on-gateway-errors", what, why)
}
