//! Integrations, the backends of methods.

use std::marker::PhantomData;
use std::time::Duration;

use purlin_cfn::apigateway::{MethodIntegration, MethodIntegrationConnectionType, MethodIntegrationContentHandling};
use purlin_construct::{IntoValue, Value, Word};

use super::HttpMethod;
use crate::entries::Entries;
use crate::iam::Role;
use crate::lambda::Function;

/// An integration that forwards requests and responses unchanged.
#[derive(Debug, Clone, Copy)]
pub enum Proxy {}

/// An integration whose requests and responses are made by templates.
#[derive(Debug, Clone, Copy)]
pub enum Custom {}

/// The backend of a method
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html>).
#[derive(Debug, Clone)]
#[must_use = "an integration does nothing until it is given to a method"]
pub struct Integration<K> {
    pub(super) plain: Plain,
    of: PhantomData<fn() -> K>,
}

/// The settings of an integration of any kind.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    pub backend: Backend,
    pub is_proxy: bool,
    pub settings: MethodIntegration,
    pub timeout: Option<Duration>,
    pub request_parameters: Entries,
    pub request_templates: Entries,
    pub responses: Vec<IntegrationResponse>,
    pub allows_test_invoke: bool,
    pub permits_whole_api: bool,
}

/// The backend.
#[derive(Debug, Clone)]
pub(super) enum Backend {
    Function(Function),
    Http { url: Value<String>, method: HttpMethod },
    Service { service: String, action: String, role: Role },
    Mock,
}

/// The handling of a request whose content type has no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassthroughBehavior {
    /// Forwards it unchanged.
    WhenNoMatch,
    /// Forwards it unchanged if there are no templates.
    WhenNoTemplates,
    /// Rejects it with status 415.
    Never,
}

impl Integration<Proxy> {
    /// A function, which receives the full request as an event and returns status, headers and body
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>).
    ///
    /// API Gateway is permitted to invoke it only for the method, and for tests of it in the console.
    pub fn lambda(function: &Function) -> Self {
        Self::of(Backend::Function(function.clone()), true)
    }

    /// A URL, which receives the request unchanged, with the same HTTP method.
    ///
    /// Its variables are those of the path: `https://example.org/{proxy}` below [`add_proxy`](super::Resource::add_proxy).
    pub fn http_proxy(url: impl IntoValue<String>) -> Self {
        Self::of(Backend::Http { url: url.into_value(), method: HttpMethod::Any }, true)
    }
}

impl Integration<Custom> {
    /// A function, which receives the result of a template as its event. Its result is the body, with status 200 unless
    /// [responses](Self::response) change it.
    pub fn lambda_custom(function: &Function) -> Self {
        Self::of(Backend::Function(function.clone()), false)
    }

    /// A URL that is called with this HTTP method and the result of a template. Its response is the body, with status 200
    /// unless [responses](Self::response) change it. Its variables are those of the path.
    pub fn http(method: HttpMethod, url: impl IntoValue<String>) -> Self {
        Self::of(Backend::Http { url: url.into_value(), method }, false)
    }

    /// API Gateway itself, which responds with status 200 and no body unless [responses](Self::response) change it.
    pub fn mock() -> Self {
        Self::of(Backend::Mock, false)
    }

    /// An action of an AWS service, such as `sqs` and `SendMessage`, with the permissions of the role.
    pub fn aws_service(service: impl Into<String>, action: impl Into<String>, role: &Role) -> Self {
        let (service, action) = (service.into(), action.into());
        Self::of(Backend::Service { service, action, role: role.clone() }, false)
    }

    /// The template, in Velocity, for requests of this content type.
    pub fn request_template(mut self, content_type: impl Into<String>, template: impl IntoValue<String>) -> Self {
        self.plain.request_templates.insert(content_type.into(), template.into_value());
        self
    }

    /// The handling of a request whose content type has no template; it is forwarded unless given.
    pub fn passthrough_behavior(mut self, behavior: PassthroughBehavior) -> Self {
        let word = match behavior {
            PassthroughBehavior::WhenNoMatch => "WHEN_NO_MATCH",
            PassthroughBehavior::WhenNoTemplates => "WHEN_NO_TEMPLATES",
            PassthroughBehavior::Never => "NEVER",
        };
        self.plain.settings = self.plain.settings.passthrough_behavior(Word::known(word));
        self
    }

    /// Adds a response. The method then declares its status and headers.
    pub fn response(mut self, response: IntegrationResponse) -> Self {
        self.plain.responses.push(response);
        self
    }

    /// Forwards bodies as bytes; text is decoded from Base64.
    pub fn convert_to_binary(self) -> Self {
        self.content_handling(MethodIntegrationContentHandling::CONVERT_TO_BINARY)
    }

    /// Forwards bodies as text; bytes are encoded in Base64.
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
            request_parameters: Entries::new(),
            request_templates: Entries::new(),
            responses: Vec::new(),
            allows_test_invoke: true,
            permits_whole_api: false,
        };
        Self { plain, of: PhantomData }
    }

    /// The timeout, at least 50 ms; 29 s unless given. A longer one requires a higher quota, which regional and private
    /// APIs can have.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.plain.timeout = Some(timeout);
        self
    }

    /// A parameter of the request, such as `integration.request.header.X-User`, and its source, such as
    /// `method.request.querystring.user`, or a text in single quotes.
    ///
    /// The method then declares the source.
    pub fn request_parameter(mut self, name: impl Into<String>, from: impl IntoValue<String>) -> Self {
        self.plain.request_parameters.insert(name.into(), from.into_value());
        self
    }

    /// The parameters in the cache key, such as `method.request.querystring.user`.
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

    /// Connects to the URL through a VPC link, by its id.
    pub fn vpc_link(mut self, id: impl IntoValue<String>) -> Self {
        let link = MethodIntegrationConnectionType::VPC_LINK;
        self.plain.settings = self.plain.settings.connection_type(link).connection_id(id);
        self
    }

    /// Omits the permission for tests of the method in the console.
    pub fn without_test_invoke(mut self) -> Self {
        self.plain.allows_test_invoke = false;
        self
    }

    /// Permits every method of the API to invoke the function, with one permission for all. A function's policy has space
    /// for about 50 permissions, so use this for APIs with many methods.
    pub fn permit_whole_api(mut self) -> Self {
        self.plain.permits_whole_api = true;
        self
    }
}

/// A response of an integration
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html>).
#[derive(Debug, Clone)]
#[must_use = "a response does nothing until it is given to an integration"]
pub struct IntegrationResponse {
    pub(super) status: u16,
    pub(super) pattern: Option<String>,
    pub(super) headers: Entries,
    pub(super) templates: Entries,
    pub(super) handling: Option<&'static str>,
}

impl IntegrationResponse {
    /// A response with this status. It is used if the [pattern](Self::selection_pattern) of no other one matches.
    pub const fn new(status: u16) -> Self {
        Self { status, pattern: None, headers: Entries::new(), templates: Entries::new(), handling: None }
    }

    /// A regular expression for the status of the backend, or for the error message of a function.
    pub fn selection_pattern(self, pattern: impl Into<String>) -> Self {
        Self { pattern: Some(pattern.into()), ..self }
    }

    /// A header: a text in single quotes, such as `'no-store'`, or its source, such as
    /// `integration.response.header.ETag`.
    pub fn header(mut self, name: impl Into<String>, from: impl IntoValue<String>) -> Self {
        self.headers.insert(name.into(), from.into_value());
        self
    }

    /// The template, in Velocity, for the body of this content type.
    pub fn template(mut self, content_type: impl Into<String>, template: impl IntoValue<String>) -> Self {
        self.templates.insert(content_type.into(), template.into_value());
        self
    }

    /// Forwards the body as bytes; text is decoded from Base64.
    pub fn convert_to_binary(self) -> Self {
        Self { handling: Some("CONVERT_TO_BINARY"), ..self }
    }

    /// Forwards the body as text; bytes are encoded in Base64.
    pub fn convert_to_text(self) -> Self {
        Self { handling: Some("CONVERT_TO_TEXT"), ..self }
    }
}
