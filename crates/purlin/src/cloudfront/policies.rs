//! AWS's managed policies: cache keys, and the parts of requests that are forwarded to origins.

use purlin_construct::{IntoValue, Value};

/// What CloudFront caches, for how long, and by which key
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>).
#[derive(Debug, Clone, PartialEq)]
pub struct CachePolicy(Value<String>);

impl CachePolicy {
    /// Caches by path, for a day unless the origin sets another time, and compresses for browsers that support it. For
    /// static files; the default.
    pub fn caching_optimized() -> Self {
        Self::from_id("658327ea-f89d-4fab-a63d-7e88639e58f6")
    }

    /// The same, without compression.
    pub fn caching_optimized_for_uncompressed_objects() -> Self {
        Self::from_id("b2884449-e4de-46a7-ac36-70bc7f1ddd6d")
    }

    /// Caches nothing. For APIs and responses for one user.
    pub fn caching_disabled() -> Self {
        Self::from_id("4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
    }

    /// Caches only what the origin's `Cache-Control` allows, by path, host, cookies and some headers.
    pub fn use_origin_cache_control_headers() -> Self {
        Self::from_id("83da9c7e-98b4-4e11-a168-04f0df8e2c65")
    }

    /// The same, and by the query string.
    pub fn use_origin_cache_control_headers_and_query_strings() -> Self {
        Self::from_id("4cc15a8a-d715-48a4-82b8-cc0b614638fe")
    }

    /// For apps hosted by AWS Amplify.
    pub fn amplify() -> Self {
        Self::from_id("2e54312d-136d-493c-8eb9-b001f22f67d2")
    }

    /// A policy of the account, by its id.
    pub fn from_id(id: impl IntoValue<String>) -> Self {
        Self(id.into_value())
    }

    /// The policy's id.
    pub fn id(&self) -> Value<String> {
        self.0.clone()
    }
}

/// The parts of a request that CloudFront forwards to the origin, besides the cache key
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>).
#[derive(Debug, Clone, PartialEq)]
pub struct OriginRequestPolicy(Value<String>);

impl OriginRequestPolicy {
    /// All that the browser sends.
    pub fn all_viewer() -> Self {
        Self::from_id("216adef6-5c7f-47e4-b989-5492eafa07d3")
    }

    /// All except `Host`, which API Gateway and function URLs require to be their own.
    pub fn all_viewer_except_host_header() -> Self {
        Self::from_id("b689b0a8-53d0-40ab-baf2-68738e2966ac")
    }

    /// The headers of cross-origin requests, for a bucket with CORS.
    pub fn cors_s3_origin() -> Self {
        Self::from_id("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf")
    }

    /// `Origin`, for a web server with CORS.
    pub fn cors_custom_origin() -> Self {
        Self::from_id("59781a5b-3903-41f3-afcb-af62929ccde1")
    }

    /// `User-Agent` and `Referer`.
    pub fn user_agent_referer_headers() -> Self {
        Self::from_id("acba4595-bd28-49b8-b9fe-13317c0390fa")
    }

    /// A policy of the account, by its id.
    pub fn from_id(id: impl IntoValue<String>) -> Self {
        Self(id.into_value())
    }

    /// The policy's id.
    pub fn id(&self) -> Value<String> {
        self.0.clone()
    }
}
