//! How requests of some paths are answered: from which origin, by which methods, cached how.

use purlin_cfn::cloudfront::{DistributionCacheBehavior, DistributionDefaultCacheBehavior};
use purlin_construct::Value;

use super::{CachePolicy, Origin, OriginRequestPolicy, ResponseHeadersPolicy};

/// Whether browsers may speak to CloudFront in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewerProtocol {
    /// HTTP is answered with a redirect to HTTPS.
    RedirectToHttps,
    /// HTTP is refused.
    HttpsOnly,
    /// HTTP is answered like HTTPS.
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

/// Which methods are passed on to the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowedMethods {
    /// `GET` and `HEAD`.
    GetHead,
    /// These and `OPTIONS`.
    GetHeadOptions,
    /// All that change something, too.
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

/// How requests are answered.
///
/// Unless said otherwise HTTP is redirected to HTTPS, `GET` and `HEAD` are passed on, answers are compressed, and cached
/// by [`CachePolicy::caching_optimized`].
#[derive(Debug, Clone)]
#[must_use = "a behaviour does nothing until it is given to a distribution"]
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
    /// Answers from this origin.
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

    /// Whether browsers may speak to CloudFront in the clear.
    pub fn viewer_protocol(self, protocol: ViewerProtocol) -> Self {
        Self { protocol, ..self }
    }

    /// Which methods are passed on.
    pub fn allowed_methods(self, methods: AllowedMethods) -> Self {
        Self { methods: Some(methods), ..self }
    }

    /// What is cached.
    pub fn cache_policy(self, policy: CachePolicy) -> Self {
        Self { cache: policy, ..self }
    }

    /// What of a request is handed on to the origin. Only what is cached by, unless said.
    pub fn origin_request_policy(self, policy: OriginRequestPolicy) -> Self {
        Self { request: Some(policy), ..self }
    }

    /// Headers that are added to answers. None are unless given.
    pub fn response_headers_policy(self, policy: &ResponseHeadersPolicy) -> Self {
        Self { headers: Some(policy.id()), ..self }
    }

    /// Passes answers on as they are, not compressed.
    pub fn without_compression(self) -> Self {
        Self { compress: false, ..self }
    }

    pub(super) fn render_default(&self, origin: &str) -> DistributionDefaultCacheBehavior {
        let protocol: Value<String> = purlin_construct::IntoValue::into_value(self.protocol.name());
        let mut behavior = DistributionDefaultCacheBehavior::new(origin, protocol)
            .cache_policy_id(self.cache.id())
            .compress(self.compress);
        if let Some(methods) = self.methods {
            behavior = behavior.allowed_methods(methods.names());
        }
        if let Some(policy) = &self.request {
            behavior = behavior.origin_request_policy_id(policy.id());
        }
        if let Some(policy) = &self.headers {
            behavior = behavior.response_headers_policy_id(policy);
        }
        behavior
    }

    pub(super) fn render(&self, path: &str, origin: &str) -> DistributionCacheBehavior {
        let mut behavior = DistributionCacheBehavior::new(path, origin, self.protocol.name())
            .cache_policy_id(self.cache.id())
            .compress(self.compress);
        if let Some(methods) = self.methods {
            behavior = behavior.allowed_methods(methods.names());
        }
        if let Some(policy) = &self.request {
            behavior = behavior.origin_request_policy_id(policy.id());
        }
        if let Some(policy) = &self.headers {
            behavior = behavior.response_headers_policy_id(policy);
        }
        behavior
    }
}

impl From<Origin> for Behavior {
    fn from(origin: Origin) -> Self {
        Self::to(origin)
    }
}
