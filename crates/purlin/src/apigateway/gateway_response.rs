//! Gateway responses, which API Gateway sends if a call does not reach a method.

use purlin_cfn::apigateway::CfnGatewayResponse;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope};

use super::integration_build;
use super::of_api::OfApi;
use crate::entries::Entries;

/// The reason of a gateway response
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ResponseType {
    AccessDenied,
    ApiConfigurationError,
    AuthorizerConfigurationError,
    AuthorizerFailure,
    BadRequestBody,
    BadRequestParameters,
    /// Every 4xx without its own response.
    Default4xx,
    /// Every 5xx without its own response.
    Default5xx,
    ExpiredToken,
    IntegrationFailure,
    IntegrationTimeout,
    InvalidApiKey,
    InvalidSignature,
    MissingAuthenticationToken,
    QuotaExceeded,
    RequestTooLarge,
    ResourceNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
    WafFiltered,
    /// A type that is not in this list.
    Other(String),
}

impl ResponseType {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::AccessDenied => "ACCESS_DENIED",
            Self::ApiConfigurationError => "API_CONFIGURATION_ERROR",
            Self::AuthorizerConfigurationError => "AUTHORIZER_CONFIGURATION_ERROR",
            Self::AuthorizerFailure => "AUTHORIZER_FAILURE",
            Self::BadRequestBody => "BAD_REQUEST_BODY",
            Self::BadRequestParameters => "BAD_REQUEST_PARAMETERS",
            Self::Default4xx => "DEFAULT_4XX",
            Self::Default5xx => "DEFAULT_5XX",
            Self::ExpiredToken => "EXPIRED_TOKEN",
            Self::IntegrationFailure => "INTEGRATION_FAILURE",
            Self::IntegrationTimeout => "INTEGRATION_TIMEOUT",
            Self::InvalidApiKey => "INVALID_API_KEY",
            Self::InvalidSignature => "INVALID_SIGNATURE",
            Self::MissingAuthenticationToken => "MISSING_AUTHENTICATION_TOKEN",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::Throttled => "THROTTLED",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::WafFiltered => "WAF_FILTERED",
            Self::Other(name) => name,
        }
    }
}

/// A response that replaces API Gateway's own for one type.
#[derive(Debug, Clone)]
pub struct GatewayResponse {
    scope: Scope,
    cfn: Ref<CfnGatewayResponse>,
}

/// The recipe of a [`GatewayResponse`], for [`RestApi::add_gateway_response`](super::RestApi::add_gateway_response).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to an API"]
pub struct GatewayResponseProps {
    kind: ResponseType,
    status: Option<u16>,
    headers: Entries,
    templates: Entries,
}

impl GatewayResponse {
    /// The response of this type: API Gateway's own until it is changed.
    pub fn props(kind: ResponseType) -> GatewayResponseProps {
        GatewayResponseProps { kind, status: None, headers: Entries::new(), templates: Entries::new() }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnGatewayResponse> {
        &self.cfn
    }
}

impl GatewayResponseProps {
    /// Another status.
    pub fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// A header: a text in single quotes, such as `'no-store'`, or a parameter of the request, such as
    /// `method.request.header.Origin`.
    pub fn header(mut self, name: impl Into<String>, from: impl IntoValue<String>) -> Self {
        self.headers.insert(name.into(), from.into_value());
        self
    }

    /// The body of this content type: text with variables, such as `{"message": $context.error.messageString}`.
    pub fn template(mut self, content_type: impl Into<String>, template: impl IntoValue<String>) -> Self {
        self.templates.insert(content_type.into(), template.into_value());
        self
    }
}

impl Construct for OfApi<GatewayResponseProps> {
    type Handle = GatewayResponse;

    fn build(self, scope: Scope) -> GatewayResponse {
        let response = self.recipe;
        response.headers.check(&scope, "header of the gateway response");
        response.templates.check(&scope, "template of the gateway response");
        let mut cfn = CfnGatewayResponse::new(response.kind.as_str(), self.api.id());
        if let Some(status) = response.status {
            integration_build::check_status(&scope, status);
            cfn = cfn.status_code(status.to_string());
        }
        if !response.headers.is_empty() {
            let headers = response.headers.iter();
            let headers: Vec<_> =
                headers.map(|(name, from)| (format!("gatewayresponse.header.{name}"), from.clone())).collect();
            cfn = cfn.response_parameters(headers);
        }
        if !response.templates.is_empty() {
            cfn = cfn.response_templates((*response.templates).clone());
        }
        let cfn = scope.add("Resource", cfn);
        if self.api.shared.add_gateway_response(response.kind.as_str(), &cfn).is_some() {
            scope.error(
                format!("the API has two responses of the type `{}`, but AWS takes one", response.kind.as_str()),
                "merge them",
            );
        }
        GatewayResponse { scope, cfn }
    }
}

impl HasScope for GatewayResponse {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
