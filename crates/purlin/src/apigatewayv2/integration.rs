//! Integrations, the backends of routes.

use std::time::Duration;

use purlin_construct::{HasScope, IntoValue, Scope, Value};

use crate::apigateway::HttpMethod;
use crate::check::Checks;
use crate::lambda::Function;

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(30);

/// The backend of a route
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html>).
///
/// Routes whose integrations have the same id and backend share one.
#[derive(Debug, Clone)]
#[must_use = "an integration does nothing until it is given to a route"]
pub struct HttpIntegration {
    pub(super) id: String,
    pub(super) backend: Backend,
    pub(super) timeout: Option<Duration>,
    pub(super) description: Option<String>,
}

/// The backend.
#[derive(Debug, Clone)]
pub(super) enum Backend {
    Function { function: Function, payload: &'static str },
    Url { url: Value<String>, method: HttpMethod },
}

impl Backend {
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Function { function, payload }, Self::Function { function: other, payload: version }) => {
                function.scope() == other.scope() && payload == version
            }
            (Self::Url { url, method }, Self::Url { url: other, method: verb }) => url == other && method == verb,
            _ => false,
        }
    }
}

impl HttpIntegration {
    /// A function, which receives the request as an event of the format 2.0
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>), and
    /// returns status, headers and body. API Gateway is permitted to invoke it only for the route.
    pub fn lambda(id: impl Into<String>, function: &Function) -> Self {
        Self::of(id, Backend::Function { function: function.clone(), payload: "2.0" })
    }

    /// A URL, which receives the request unchanged.
    pub fn url(id: impl Into<String>, url: impl IntoValue<String>) -> Self {
        Self::of(id, Backend::Url { url: url.into_value(), method: HttpMethod::Any })
    }

    fn of(id: impl Into<String>, backend: Backend) -> Self {
        Self { id: id.into(), backend, timeout: None, description: None }
    }

    /// Sends events of the format 1.0 to the function, as REST APIs do.
    pub fn payload_format_1(mut self) -> Self {
        if let Backend::Function { payload, .. } = &mut self.backend {
            *payload = "1.0";
        }
        self
    }

    /// The HTTP method of calls to the URL; that of the request unless given.
    pub fn method(mut self, verb: HttpMethod) -> Self {
        if let Backend::Url { method, .. } = &mut self.backend {
            *method = verb;
        }
        self
    }

    /// The timeout, 50 ms to 30 s; 30 s unless given.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// What the integration is for.
    pub fn description(self, text: impl Into<String>) -> Self {
        Self { description: Some(text.into()), ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        if let Some(timeout) = self.timeout.filter(|timeout| !(SHORTEST..=LONGEST).contains(timeout)) {
            scope.error(
                format!("the integration's timeout is `{timeout:?}`, but AWS takes 50 ms to 30 s"),
                "use at most `Duration::from_secs(30)`, and do longer work asynchronously",
            );
        }
        if let Backend::Url { url, .. } = &self.backend {
            scope.check("the integration's URL").https_or_http(url);
        }
    }
}
