//! Behaviors: origin, methods and caching of requests to some paths.

use purlin_cfn::cloudfront::{DistributionCacheBehavior, DistributionDefaultCacheBehavior};
use purlin_construct::{IntoValue, Value};

use super::{CachePolicy, Origin, OriginRequestPolicy, ResponseHeadersPolicy};

/// Whether browsers may connect to CloudFront without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewerProtocol {
    /// Redirects HTTP to HTTPS.
    RedirectToHttps,
    /// Rejects HTTP.
    HttpsOnly,
    /// Serves HTTP like HTTPS.
    AllowAll,
}

impl ViewerProtocol {
    fn name(self) -> &'static str {
        match self {
            Self::RedirectToHttps => "redirect-to-https",
            Self::HttpsOnly => "https-only",
            Self::AllowAll => "allow-all",
        }
    }
}

/// The methods that CloudFront forwards to the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowedMethods {
    /// `GET` and `HEAD`.
    GetHead,
    /// `GET`, `HEAD` and `OPTIONS`.
    GetHeadOptions,
    /// All methods.
    All,
}

impl AllowedMethods {
    fn names(self) -> Vec<&'static str> {
        match self {
            Self::GetHead => vec!["GET", "HEAD"],
            Self::GetHeadOptions => vec!["GET", "HEAD", "OPTIONS"],
            Self::All => vec!["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        }
    }
}

/// Sets the optional properties, which AWS's two types of behaviors have in common.
macro_rules! with_options {
    ($given:expr, $behavior:expr) => {{
        let mut behavior = $behavior.cache_policy_id($given.cache.id()).compress($given.compress);
        if let Some(methods) = $given.methods {
            behavior = behavior.allowed_methods(methods.names());
        }
        if let Some(policy) = &$given.request {
            behavior = behavior.origin_request_policy_id(policy.id());
        }
        if let Some(policy) = &$given.headers {
            behavior = behavior.response_headers_policy_id(policy);
        }
        behavior
    }};
}

/// The behavior of a distribution for some requests.
///
/// By default HTTP is redirected to HTTPS, `GET` and `HEAD` are forwarded, and responses are compressed and cached with
/// [`CachePolicy::caching_optimized`].
#[derive(Debug, Clone)]
#[must_use = "a behavior does nothing until it is given to a distribution"]
pub struct Behavior {
    pub(super) origin: Origin,
    protocol: ViewerProtocol,
    methods: Option<AllowedMethods>,
    cache: CachePolicy,
    request: Option<OriginRequestPolicy>,
    headers: Option<Value<String>>,
    compress: bool,
}

impl Behavior {
    /// Serves requests from this origin.
    pub fn to(origin: Origin) -> Self {
        Self {
            origin,
            protocol: ViewerProtocol::RedirectToHttps,
            methods: None,
            cache: CachePolicy::caching_optimized(),
            request: None,
            headers: None,
            compress: true,
        }
    }

    /// Whether browsers may connect to CloudFront without TLS.
    pub fn viewer_protocol(self, protocol: ViewerProtocol) -> Self {
        Self { protocol, ..self }
    }

    /// The methods that are forwarded to the origin.
    pub fn allowed_methods(self, methods: AllowedMethods) -> Self {
        Self { methods: Some(methods), ..self }
    }

    /// What is cached, for how long and by which key.
    pub fn cache_policy(self, policy: CachePolicy) -> Self {
        Self { cache: policy, ..self }
    }

    /// Which parts of a request are forwarded to the origin; only those of the cache key unless given.
    pub fn origin_request_policy(self, policy: OriginRequestPolicy) -> Self {
        Self { request: Some(policy), ..self }
    }

    /// Headers that are added to responses; none unless given.
    pub fn response_headers_policy(self, policy: &ResponseHeadersPolicy) -> Self {
        Self { headers: Some(policy.id()), ..self }
    }

    /// Does not compress responses.
    pub fn without_compression(self) -> Self {
        Self { compress: false, ..self }
    }

    pub(super) fn render_default(&self, origin: &str) -> DistributionDefaultCacheBehavior {
        let protocol: Value<String> = self.protocol.name().into_value();
        with_options!(self, DistributionDefaultCacheBehavior::new(origin, protocol))
    }

    pub(super) fn render(&self, path: &str, origin: &str) -> DistributionCacheBehavior {
        with_options!(self, DistributionCacheBehavior::new(path, origin, self.protocol.name()))
    }
}

impl From<Origin> for Behavior {
    fn from(origin: Origin) -> Self {
        Self::to(origin)
    }
}
