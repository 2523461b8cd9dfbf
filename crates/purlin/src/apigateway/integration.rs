//! Integrations: what answers a method.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::time::Duration;

use purlin_cfn::apigateway::{MethodIntegration, MethodIntegrationConnectionType, MethodIntegrationContentHandling};
use purlin_construct::{IntoValue, Value, Word};

use super::HttpMethod;
use crate::iam::Role;
use crate::lambda::Function;

/// An integration that hands requests and answers over as they are.
#[derive(Debug, Clone, Copy)]
pub enum Proxy {}

/// An integration whose requests and answers are written by templates.
#[derive(Debug, Clone, Copy)]
pub enum Custom {}

/// What answers a method
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html>).
#[derive(Debug, Clone)]
#[must_use = "an integration does nothing until it is given to a method"]
pub struct Integration<K> {
    pub(super) plain: Plain,
    of: PhantomData<fn() -> K>,
}

/// What an integration says, whatever its kind.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    pub backend: Backend,
    pub is_proxy: bool,
    pub settings: MethodIntegration,
    pub timeout: Option<Duration>,
    pub request_parameters: BTreeMap<String, Value<String>>,
    pub request_templates: BTreeMap<String, Value<String>>,
    pub responses: Vec<IntegrationResponse>,
    pub allows_test_invoke: bool,
    pub permits_whole_api: bool,
}

/// Who answers.
#[derive(Debug, Clone)]
pub(super) enum Backend {
    Function(Function),
    Http { url: Value<String>, method: HttpMethod },
    Service { service: String, action: String, role: Role },
    Mock,
}

/// What happens to a request whose content type has no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassthroughBehavior {
    /// It is passed on as it is, unless a template fits.
    WhenNoMatch,
    /// It is passed on as it is only where there are no templates at all.
    WhenNoTemplates,
    /// It is refused with 415.
    Never,
}

impl Integration<Proxy> {
    /// A function, which gets the whole request as an event, and whose answer is status, headers and body
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>).
    ///
    /// API Gateway is let invoke it for exactly the method, and for tests of it in the console.
    pub fn lambda(function: &Function) -> Self {
        Self::of(Backend::Function(function.clone()), true)
    }

    /// A URL, which gets the request as it is, by the same HTTP method.
    ///
    /// Its variables are those of the path: `https://example.org/{proxy}` below [`add_proxy`](super::Resource::add_proxy).
    pub fn http_proxy(url: impl IntoValue<String>) -> Self {
        Self::of(Backend::Http { url: url.into_value(), method: HttpMethod::Any }, true)
    }
}

impl Integration<Custom> {
    /// A function, which gets what a template makes of the request, as its event. Its answer is the body, with status
    /// 200 unless [responses](Self::response) say otherwise.
    pub fn lambda_custom(function: &Function) -> Self {
        Self::of(Backend::Function(function.clone()), false)
    }

    /// A URL that is called by this HTTP method, with what a template makes of the request. Its answer is the body,
    /// with status 200 unless [responses](Self::response) say otherwise. Its variables are those of the path.
    pub fn http(method: HttpMethod, url: impl IntoValue<String>) -> Self {
        Self::of(Backend::Http { url: url.into_value(), method }, false)
    }

    /// API Gateway itself, which answers with an empty 200 unless [responses](Self::response) say otherwise.
    pub fn mock() -> Self {
        Self::of(Backend::Mock, false)
    }

    /// An action of an AWS service, such as `sqs` and `SendMessage`, as the role permits it.
    pub fn aws_service(service: impl Into<String>, action: impl Into<String>, role: &Role) -> Self {
        let (service, action) = (service.into(), action.into());
        Self::of(Backend::Service { service, action, role: role.clone() }, false)
    }

    /// The template, in Velocity, that makes the request from one of this content type.
    pub fn request_template(mut self, content_type: impl Into<String>, template: impl IntoValue<String>) -> Self {
        self.plain.request_templates.insert(content_type.into(), template.into_value());
        self
    }

    /// What happens to a request whose content type has no template; it is passed on unless given.
    pub fn passthrough_behavior(mut self, behavior: PassthroughBehavior) -> Self {
        let word = match behavior {
            PassthroughBehavior::WhenNoMatch => "WHEN_NO_MATCH",
            PassthroughBehavior::WhenNoTemplates => "WHEN_NO_TEMPLATES",
            PassthroughBehavior::Never => "NEVER",
        };
        self.plain.settings = self.plain.settings.passthrough_behavior(Word::known(word));
        self
    }

    /// What becomes of an answer. The method declares the status and the headers that it names.
    pub fn response(mut self, response: IntegrationResponse) -> Self {
        self.plain.responses.push(response);
        self
    }

    /// Bodies are passed on as bytes, decoded from Base64 where they are text.
    pub fn convert_to_binary(self) -> Self {
        self.content_handling(MethodIntegrationContentHandling::CONVERT_TO_BINARY)
    }

    /// Bodies are passed on as text, encoded in Base64 where they are bytes.
    pub fn convert_to_text(self) -> Self {
        self.content_handling(MethodIntegrationContentHandling::CONVERT_TO_TEXT)
    }

    fn content_handling(mut self, handling: Word<MethodIntegrationContentHandling>) -> Self {
        self.plain.settings = self.plain.settings.content_handling(handling);
        self
    }
}

impl<K> Integration<K> {
    fn of(backend: Backend, is_proxy: bool) -> Self {
        let plain = Plain {
            backend,
            is_proxy,
            settings: MethodIntegration::new(Value::<String>::no_value()),
            timeout: None,
            request_parameters: BTreeMap::new(),
            request_templates: BTreeMap::new(),
            responses: Vec::new(),
            allows_test_invoke: true,
            permits_whole_api: false,
        };
        Self { plain, of: PhantomData }
    }

    /// How long API Gateway waits for the answer, from 50 ms; 29 s unless given. More takes a higher quota, which
    /// regional and private APIs can have.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.plain.timeout = Some(timeout);
        self
    }

    /// A parameter of the request, such as `integration.request.header.X-User`, and where it comes from, such as
    /// `method.request.querystring.user`, or a text in single quotes.
    ///
    /// The method declares the parameters of its own request that are named here.
    pub fn request_parameter(mut self, name: impl Into<String>, from: impl IntoValue<String>) -> Self {
        self.plain.request_parameters.insert(name.into(), from.into_value());
        self
    }

    /// Parameters by which cached answers are told apart, such as `method.request.querystring.user`.
    pub fn cache_key_parameters<T: IntoValue<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<Value<String>> = names.into_iter().map(IntoValue::into_value).collect();
        self.plain.settings = self.plain.settings.cache_key_parameters(names);
        self
    }

    /// The role that API Gateway calls with, instead of its own permission.
    pub fn credentials(mut self, role: &Role) -> Self {
        self.plain.settings = self.plain.settings.credentials(role.arn());
        self
    }

    /// Reaches the URL through a VPC link, by its id.
    pub fn vpc_link(mut self, id: impl IntoValue<String>) -> Self {
        let link = MethodIntegrationConnectionType::VPC_LINK;
        self.plain.settings = self.plain.settings.connection_type(link).connection_id(id);
        self
    }

    /// The function may not be invoked by tests of the method in the console: one permission less in its policy.
    pub fn without_test_invoke(mut self) -> Self {
        self.plain.allows_test_invoke = false;
        self
    }

    /// The function may be invoked by every method of the API: one permission for all of them. A function's policy
    /// holds about 50 permissions, so this is for APIs with many methods.
    pub fn permit_whole_api(mut self) -> Self {
        self.plain.permits_whole_api = true;
        self
    }
}

/// What becomes of an answer of an integration
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html>).
#[derive(Debug, Clone)]
#[must_use = "a response does nothing until it is given to an integration"]
pub struct IntegrationResponse {
    pub(super) status: u16,
    pub(super) pattern: Option<String>,
    pub(super) headers: BTreeMap<String, Value<String>>,
    pub(super) templates: BTreeMap<String, Value<String>>,
    pub(super) handling: Option<&'static str>,
}

impl IntegrationResponse {
    /// An answer of this status. It is used where no other one has a [pattern](Self::selection_pattern) that fits.
    pub const fn new(status: u16) -> Self {
        Self { status, pattern: None, headers: BTreeMap::new(), templates: BTreeMap::new(), handling: None }
    }

    /// A regular expression on the status of the backend or, of a function, on its error message.
    pub fn selection_pattern(self, pattern: impl Into<String>) -> Self {
        Self { pattern: Some(pattern.into()), ..self }
    }

    /// A header: a text in single quotes, such as `'no-store'`, or where it comes from, such as
    /// `integration.response.header.ETag`.
    pub fn header(mut self, name: impl Into<String>, from: impl IntoValue<String>) -> Self {
        self.headers.insert(name.into(), from.into_value());
        self
    }

    /// The template, in Velocity, that makes the body of this content type.
    pub fn template(mut self, content_type: impl Into<String>, template: impl IntoValue<String>) -> Self {
        self.templates.insert(content_type.into(), template.into_value());
        self
    }

    /// The body is passed on as bytes, decoded from Base64 where it is text.
    pub fn convert_to_binary(self) -> Self {
        Self { handling: Some("CONVERT_TO_BINARY"), ..self }
    }

    /// The body is passed on as text, encoded in Base64 where it is bytes.
    pub fn convert_to_text(self) -> Self {
        Self { handling: Some("CONVERT_TO_TEXT"), ..self }
    }
}
