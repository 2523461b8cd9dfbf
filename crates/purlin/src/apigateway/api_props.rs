//! The recipe of a REST API.

use purlin_construct::{IntoValue, Value};

use super::{Cors, StageOptions};
use crate::iam::PolicyDocument;

/// The endpoint of an API
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html>).
#[derive(Debug, Clone, PartialEq)]
pub enum EndpointType {
    /// Public, through CloudFront's edge locations.
    Edge,
    /// Public, in its region.
    Regional,
    /// Only from VPCs, through these VPC endpoints, or all that the resource policy allows if none are given.
    Private(Vec<Value<String>>),
}

/// The source of API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeySource {
    /// The header `X-API-Key`.
    Header,
    /// `usageIdentifierKey` in the response of a Lambda authorizer.
    Authorizer,
}

/// The recipe of a [`RestApi`](super::RestApi).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct RestApiProps {
    pub(super) name: Option<Value<String>>,
    pub(super) description: Option<Value<String>>,
    pub(super) endpoint: Option<EndpointType>,
    pub(super) binary_media_types: Vec<String>,
    pub(super) min_compression_size: Option<u32>,
    pub(super) key_source: Option<ApiKeySource>,
    pub(super) policy: PolicyDocument,
    pub(super) is_default_endpoint_disabled: bool,
    pub(super) stage: StageOptions,
    pub(super) retains_deployments: bool,
    pub(super) cors: Option<Cors>,
}

impl RestApiProps {
    pub(super) fn new() -> Self {
        Self {
            name: None,
            description: None,
            endpoint: None,
            binary_media_types: Vec::new(),
            min_compression_size: None,
            key_source: None,
            policy: PolicyDocument::new(),
            is_default_endpoint_disabled: false,
            stage: StageOptions::new(),
            retains_deployments: false,
            cors: None,
        }
    }

    /// The API's name; its construct id unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the API is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The endpoint; [`EndpointType::Edge`] unless given.
    pub fn endpoint_type(self, endpoint: EndpointType) -> Self {
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Media types whose bodies are bytes, such as `image/png` or `*/*`; all bodies are text unless given.
    pub fn binary_media_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.binary_media_types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Compresses responses of at least this size in bytes, up to 10 MiB, for callers that accept it; none unless given.
    pub fn min_compression_size(self, bytes: u32) -> Self {
        Self { min_compression_size: Some(bytes), ..self }
    }

    /// The source of API keys; the header `X-API-Key` unless given.
    pub fn api_key_source(self, source: ApiKeySource) -> Self {
        Self { key_source: Some(source), ..self }
    }

    /// The resource policy, which applies in addition to the authorization of methods; all callers are allowed unless
    /// given. Write `execute-api:/*` for its resources.
    pub fn policy(self, policy: PolicyDocument) -> Self {
        Self { policy, ..self }
    }

    /// Serves the API only at custom domains.
    pub fn disable_execute_api_endpoint(self) -> Self {
        Self { is_default_endpoint_disabled: true, ..self }
    }

    /// The stage of the API; `prod` without options unless given.
    pub fn stage(self, options: StageOptions) -> Self {
        Self { stage: options, ..self }
    }

    /// Allows pages of other origins to call every resource: each gets the method `OPTIONS`, and gateway responses get the
    /// header that lets pages read them. By default browsers block pages of other origins.
    pub fn default_cors_preflight(self, cors: Cors) -> Self {
        Self { cors: Some(cors), ..self }
    }

    /// Keeps earlier deployments, for manual rollbacks; they are deleted by default.
    pub fn retain_deployments(self) -> Self {
        Self { retains_deployments: true, ..self }
    }
}
