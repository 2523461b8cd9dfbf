//! The handle of a distribution, and grants on it.

use purlin_cfn::cloudfront::CfnDistribution;
use purlin_construct::{HasScope, Ref, Scope, Value, sub};

use super::{Behavior, DistributionProps};
use crate::iam::{Grant, Grantee};
use crate::route53::AliasTarget;

/// A distribution
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Introduction.html>).
///
/// ```
/// use purlin::cloudfront::{Behavior, Distribution, Origin, ResponseHeadersPolicy};
/// use purlin::s3::Bucket;
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let site = stack.add("Site", Bucket::props());
/// let headers = stack.add("Headers", ResponseHeadersPolicy::props().content_security_policy("default-src 'self'"));
/// let pages = Behavior::to(Origin::bucket(&site)).response_headers_policy(&headers);
/// let distribution = stack.add("Distribution", Distribution::props(pages).default_root_object("index.html"));
/// assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct Distribution {
    pub(super) scope: Scope,
    pub(super) cfn: Ref<CfnDistribution>,
    pub(super) arn: Value<String>,
    pub(super) aliases: Vec<Value<String>>,
}

impl Distribution {
    /// A distribution with this behavior for all requests, with HTTP/2, HTTP/3 and IPv6, at a host name of CloudFront.
    pub fn props(default: impl Into<Behavior>) -> DistributionProps {
        DistributionProps::new(default.into())
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnDistribution> {
        &self.cfn
    }

    /// The distribution's id.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The distribution's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The host name that CloudFront generates: `d111111abcdef8.cloudfront.net`.
    pub fn domain_name(&self) -> Value<String> {
        self.cfn.att(CfnDistribution::ATTR_DOMAIN_NAME)
    }

    /// The address: `https://` and the first of your domain names, else CloudFront's, without a `/` at the end.
    pub fn url(&self) -> Value<String> {
        sub!("https://{}", self.aliases.first().cloned().unwrap_or_else(|| self.domain_name()))
    }

    /// The target of alias records in Route 53.
    pub fn alias_target(&self) -> AliasTarget {
        AliasTarget::cloudfront(self.domain_name())
    }

    /// Permits invalidating cached files and reading the state of invalidations.
    pub fn grant_create_invalidation(&self, grantee: &impl Grantee) -> Grant {
        let actions = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"];
        Grant::add_to_principal(grantee, actions, [self.arn()])
    }
}

impl HasScope for Distribution {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
