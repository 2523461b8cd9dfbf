//! Policies of security headers that CloudFront adds to responses.

use std::time::Duration;

use purlin_cfn::cloudfront::{
    CfnResponseHeadersPolicy, ResponseHeadersPolicyContentSecurityPolicy, ResponseHeadersPolicyContentTypeOptions,
    ResponseHeadersPolicyCustomHeader, ResponseHeadersPolicyCustomHeadersConfig, ResponseHeadersPolicyFrameOptions,
    ResponseHeadersPolicyReferrerPolicy, ResponseHeadersPolicyResponseHeadersPolicyConfig,
    ResponseHeadersPolicySecurityHeadersConfig, ResponseHeadersPolicyStrictTransportSecurity,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use crate::check::Checks;
use crate::time::seconds;

const LONGEST_NAME: usize = 128;
const YEAR: Duration = Duration::from_hours(365 * 24);

/// A policy of response headers
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-response-headers.html>).
#[derive(Debug, Clone)]
pub struct ResponseHeadersPolicy {
    id: Value<String>,
    cfn: Option<Ref<CfnResponseHeadersPolicy>>,
}

/// The recipe of a [`ResponseHeadersPolicy`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ResponseHeadersPolicyProps {
    name: Option<String>,
    csp: Option<Value<String>>,
    hsts: Option<Duration>,
    frames: Option<&'static str>,
    referrer: &'static str,
    custom: Vec<(String, Value<String>)>,
}

impl ResponseHeadersPolicy {
    /// Disables content sniffing and frames, requires HTTPS for a year, and sends only the origin as the referrer to other
    /// sites. Restrict what a page may load with
    /// [`content_security_policy`](ResponseHeadersPolicyProps::content_security_policy).
    pub fn props() -> ResponseHeadersPolicyProps {
        ResponseHeadersPolicyProps {
            name: None,
            csp: None,
            hsts: Some(YEAR),
            frames: Some("DENY"),
            referrer: "strict-origin-when-cross-origin",
            custom: Vec::new(),
        }
    }

    /// AWS's managed policy of security headers, without a content security policy
    /// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html>).
    pub fn security_headers() -> Self {
        Self::from_id("67f7725c-6f97-4210-82d7-5512b31e9d03")
    }

    /// A policy of the account, by its id.
    pub fn from_id(id: impl IntoValue<String>) -> Self {
        Self { id: id.into_value(), cfn: None }
    }

    /// The policy's id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The raw resource; none for an imported policy.
    pub fn cfn(&self) -> Option<&Ref<CfnResponseHeadersPolicy>> {
        self.cfn.as_ref()
    }
}

impl ResponseHeadersPolicyProps {
    /// The policy's name, unique in the account; made of the construct's path unless given.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The resources that a page may load, and the servers that it may connect to
    /// (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy>).
    pub fn content_security_policy(self, policy: impl IntoValue<String>) -> Self {
        Self { csp: Some(policy.into_value()), ..self }
    }

    /// How long browsers use only HTTPS for the host and its subdomains, in whole seconds.
    pub fn strict_transport_security(self, age: Duration) -> Self {
        Self { hsts: Some(age), ..self }
    }

    /// Omits `Strict-Transport-Security`.
    pub fn without_strict_transport_security(self) -> Self {
        Self { hsts: None, ..self }
    }

    /// Allows frames in pages of the same origin.
    pub fn frames_of_the_same_origin(self) -> Self {
        Self { frames: Some("SAMEORIGIN"), ..self }
    }

    /// Allows frames in all pages that the content security policy allows.
    pub fn frames_anywhere(self) -> Self {
        Self { frames: None, ..self }
    }

    /// Sends no referrer to other sites.
    pub fn no_referrer(self) -> Self {
        Self { referrer: "no-referrer", ..self }
    }

    /// Adds a header.
    pub fn custom_header(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.custom.push((name.into(), value.into_value()));
        self
    }

    fn check(&self, scope: &Scope) {
        if let Some(csp) = self.csp.as_ref().and_then(Value::as_str)
            && (csp.contains('\n') || csp.is_empty())
        {
            scope.error(
                "the content security policy is empty or has a line break, but a header is one line",
                "write it like `default-src 'self'; connect-src ..`",
            );
        }
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        for (name, _) in &self.custom {
            let check = scope.check("the name of a header").hint("write it like `Permissions-Policy`");
            check.characters(name, 1.., token, "letters, digits and `!#$%&'*+-.^_`|~`");
        }
        scope.check("the age of `Strict-Transport-Security`").whole_seconds(self.hsts, ..);
    }

    fn security(&self) -> ResponseHeadersPolicySecurityHeadersConfig {
        let mut headers = ResponseHeadersPolicySecurityHeadersConfig::new()
            .content_type_options(ResponseHeadersPolicyContentTypeOptions::new(true))
            .referrer_policy(ResponseHeadersPolicyReferrerPolicy::new(true, self.referrer));
        if let Some(csp) = &self.csp {
            headers = headers.content_security_policy(ResponseHeadersPolicyContentSecurityPolicy::new(csp, true));
        }
        if let Some(age) = self.hsts {
            let hsts = ResponseHeadersPolicyStrictTransportSecurity::new(seconds(age), true).include_subdomains(true);
            headers = headers.strict_transport_security(hsts);
        }
        if let Some(frames) = self.frames {
            headers = headers.frame_options(ResponseHeadersPolicyFrameOptions::new(frames, true));
        }
        headers
    }
}

impl Construct for ResponseHeadersPolicyProps {
    type Handle = ResponseHeadersPolicy;
    fn build(self, scope: Scope) -> ResponseHeadersPolicy {
        self.check(&scope);
        let security = self.security();
        let name = self.name.unwrap_or_else(|| scope.stack().unique_name_of(&scope, "", LONGEST_NAME));
        let mut config = ResponseHeadersPolicyResponseHeadersPolicyConfig::new(name).security_headers_config(security);
        if !self.custom.is_empty() {
            let custom = self.custom.into_iter();
            let custom = custom.map(|(name, value)| ResponseHeadersPolicyCustomHeader::new(name, true, value));
            let custom = ResponseHeadersPolicyCustomHeadersConfig::new(custom.collect::<Vec<_>>());
            config = config.custom_headers_config(custom);
        }
        let cfn = scope.scope().add("Resource", CfnResponseHeadersPolicy::new(config));
        ResponseHeadersPolicy { id: cfn.id(), cfn: Some(cfn) }
    }
}
