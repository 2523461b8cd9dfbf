//! The recipe of a REST API.

use purlin_construct::{IntoValue, Value};

use super::{Cors, StageOptions};
use crate::iam::PolicyDocument;

/// Where an API can be reached
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html>).
#[derive(Debug, Clone, PartialEq)]
pub enum EndpointType {
    /// From everywhere, through CloudFront's points of presence.
    Edge,
    /// From everywhere, in its region.
    Regional,
    /// From VPCs only, through these VPC endpoints or, where none are given, any that the resource policy admits.
    Private(Vec<Value<String>>),
}

/// Where a method that requires an API key finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeySource {
    /// In the header `X-API-Key`.
    Header,
    /// In the answer of a Lambda authorizer, as `usageIdentifierKey`.
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

    /// Where the API can be reached; [`EndpointType::Edge`] unless given.
    pub fn endpoint_type(self, endpoint: EndpointType) -> Self {
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Media types whose bodies pass through as bytes, such as `image/png` or `*/*`; without, every body is text.
    pub fn binary_media_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.binary_media_types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Compresses answers from this size on, in bytes, up to 10 MiB, where the caller takes it; without, none.
    pub fn min_compression_size(self, bytes: u32) -> Self {
        Self { min_compression_size: Some(bytes), ..self }
    }

    /// Where methods that require an API key find it; in the header `X-API-Key` unless given.
    pub fn api_key_source(self, source: ApiKeySource) -> Self {
        Self { key_source: Some(source), ..self }
    }

    /// The resource policy: who may call the API at all, on top of what its methods ask. Without, everyone. Write
    /// `execute-api:/*` for its resources.
    pub fn policy(self, policy: PolicyDocument) -> Self {
        Self { policy, ..self }
    }

    /// The API answers under custom domains only.
    pub fn disable_execute_api_endpoint(self) -> Self {
        Self { is_default_endpoint_disabled: true, ..self }
    }

    /// The stage that the API is deployed to; `prod`, with nothing switched on, unless given.
    pub fn stage(self, options: StageOptions) -> Self {
        Self { stage: options, ..self }
    }

    /// Lets pages of other origins call every resource: each gets the method `OPTIONS`, and what API Gateway answers
    /// itself the header that lets pages read it. Without, browsers keep pages of other origins out.
    pub fn default_cors_preflight(self, cors: Cors) -> Self {
        Self { cors: Some(cors), ..self }
    }

    /// Earlier deployments stay, to go back to by hand; they are deleted unless given.
    pub fn retain_deployments(self) -> Self {
        Self { retains_deployments: true, ..self }
    }
}
