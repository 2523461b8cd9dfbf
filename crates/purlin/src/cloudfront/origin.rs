//! Where a distribution gets its answers: a private bucket, or a web server.

use std::time::Duration;

use purlin_cfn::cloudfront::{
    CfnOriginAccessControl, DistributionCustomOriginConfig, DistributionOrigin, DistributionOriginCustomHeader,
    DistributionS3OriginConfig, OriginAccessControlOriginAccessControlConfig,
};
use purlin_construct::{HasScope, IntoValue, Scope, Value, intrinsics, sub};

use crate::iam::{PolicyStatement, Principal};
use crate::s3::Bucket;
use crate::time::seconds;

/// The longest name of an origin, and of an origin access control.
const LONGEST_ORIGIN_ID: usize = 128;
const LONGEST_ACCESS_CONTROL_NAME: usize = 64;

/// How CloudFront speaks to a web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginProtocol {
    /// Over TLS.
    HttpsOnly,
    /// In the clear.
    HttpOnly,
    /// As the browser spoke to CloudFront.
    MatchViewer,
}

/// Where answers come from.
#[derive(Debug, Clone)]
#[must_use = "an origin does nothing until a behaviour leads to it"]
pub struct Origin {
    source: Source,
    path: Option<String>,
    headers: Vec<(String, Value<String>)>,
    attempts: Option<u8>,
    connection_timeout: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Source {
    Bucket(Bucket),
    Http {
        domain: Value<String>,
        protocol: OriginProtocol,
        ports: [Option<u16>; 2],
        read_timeout: Option<Duration>,
        keepalive_timeout: Option<Duration>,
    },
}

impl Origin {
    /// A private bucket. CloudFront signs its requests (origin access control), and the bucket's policy lets this one
    /// distribution read objects and nobody else
    /// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>).
    ///
    /// The policy of an imported bucket is not this app's: it has to let the distribution in already.
    pub fn bucket(bucket: &Bucket) -> Self {
        Self::new(Source::Bucket(bucket.clone()))
    }

    /// A web server by its host name, spoken to over TLS 1.2 unless said otherwise.
    pub fn http(domain_name: impl IntoValue<String>) -> Self {
        Self::new(Source::Http {
            domain: domain_name.into_value(),
            protocol: OriginProtocol::HttpsOnly,
            ports: [None, None],
            read_timeout: None,
            keepalive_timeout: None,
        })
    }

    fn new(source: Source) -> Self {
        Self { source, path: None, headers: Vec::new(), attempts: None, connection_timeout: None }
    }

    /// What CloudFront puts before the path of each request: `/prod`. Nothing by default.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// A header that CloudFront adds to each request. It is in the template: no place for secrets.
    pub fn custom_header(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.headers.push((name.into(), value.into_value()));
        self
    }

    /// How often CloudFront tries to connect: 1 to 3 times, 3 by default.
    pub fn connection_attempts(self, attempts: u8) -> Self {
        Self { attempts: Some(attempts), ..self }
    }

    /// How long each try takes at most: 1 to 10 seconds, 10 by default.
    pub fn connection_timeout(self, timeout: Duration) -> Self {
        Self { connection_timeout: Some(timeout), ..self }
    }

    /// How CloudFront speaks to the web server. Of no effect for a bucket.
    pub fn protocol(mut self, wanted: OriginProtocol) -> Self {
        if let Source::Http { protocol, .. } = &mut self.source {
            *protocol = wanted;
        }
        self
    }

    /// The ports of the web server for HTTP and HTTPS: 80 and 443 by default. Of no effect for a bucket.
    pub fn ports(mut self, http: u16, https: u16) -> Self {
        if let Source::Http { ports, .. } = &mut self.source {
            *ports = [Some(http), Some(https)];
        }
        self
    }

    /// How long CloudFront waits for the web server's answer: 1 to 120 seconds, 30 by default. Of no effect for a bucket.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        if let Source::Http { read_timeout, .. } = &mut self.source {
            *read_timeout = Some(timeout);
        }
        self
    }

    /// How long CloudFront keeps an idle connection: 1 to 120 seconds, 5 by default. Of no effect for a bucket.
    pub fn keepalive_timeout(mut self, timeout: Duration) -> Self {
        if let Source::Http { keepalive_timeout, .. } = &mut self.source {
            *keepalive_timeout = Some(timeout);
        }
        self
    }

    /// Whether it is the same place, reached in the same way.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same = match (&self.source, &other.source) {
            (Source::Bucket(one), Source::Bucket(two)) => one.scope() == two.scope(),
            (Source::Http { domain: one, .. }, Source::Http { domain: two, .. }) => one == two,
            _ => false,
        };
        same && self.path == other.path && self.headers == other.headers
    }

    pub(super) fn check(&self, scope: &Scope) {
        if let Some(path) = &self.path
            && (!path.starts_with('/') || path.ends_with('/'))
        {
            scope.error(
                format!("the origin path `{path}` has to begin with `/` and may not end with it"),
                "write it like `/prod`, or leave it out",
            );
        }
        if let Some(attempts) = self.attempts
            && !(1..=3).contains(&attempts)
        {
            scope
                .error(format!("CloudFront tries to connect `{attempts}` times, it can 1 to 3 times"), "choose 1 to 3");
        }
        within(scope, "connects to the origin within", self.connection_timeout, 10);
        let Source::Http { domain, read_timeout, keepalive_timeout, .. } = &self.source else { return };
        within(scope, "waits for the origin's answer", *read_timeout, 120);
        within(scope, "keeps idle connections to the origin", *keepalive_timeout, 120);
        if let Some(domain) = domain.as_str()
            && (domain.contains("://") || domain.contains('/') || domain.is_empty())
        {
            scope.error(
                format!("the origin `{domain}` is not a host name"),
                "write the host name alone, like `api.example.com`; a path before each request is given by `.path(..)`",
            );
        }
    }

    /// The origin's id, which behaviours name.
    pub(super) fn id(scope: &Scope) -> String {
        scope.stack().unique_name_of(scope, "", LONGEST_ORIGIN_ID)
    }

    pub(super) fn render(self, scope: &Scope) -> DistributionOrigin {
        let origin = DistributionOrigin::new(self.domain(), Self::id(scope));
        let mut origin = match &self.source {
            Source::Bucket(_) => origin
                .s3_origin_config(DistributionS3OriginConfig::new().origin_access_identity(""))
                .origin_access_control_id(access_control(scope)),
            Source::Http { protocol, ports, read_timeout, keepalive_timeout, .. } => {
                origin.custom_origin_config(web_server(*protocol, *ports, *read_timeout, *keepalive_timeout))
            }
        };
        if let Some(path) = self.path {
            origin = origin.origin_path(path);
        }
        if !self.headers.is_empty() {
            let headers = self.headers.into_iter();
            let headers = headers.map(|(name, value)| DistributionOriginCustomHeader::new(name, value));
            origin = origin.origin_custom_headers(headers.collect::<Vec<_>>());
        }
        if let Some(attempts) = self.attempts {
            origin = origin.connection_attempts(attempts);
        }
        if let Some(timeout) = self.connection_timeout {
            origin = origin.connection_timeout(seconds(timeout));
        }
        origin
    }

    fn domain(&self) -> Value<String> {
        match &self.source {
            Source::Bucket(bucket) => bucket.regional_domain_name(),
            Source::Http { domain, .. } => domain.clone(),
        }
    }

    /// Lets the distribution read the bucket.
    pub(super) fn admit(&self, distribution_arn: &Value<String>) {
        let Source::Bucket(bucket) = &self.source else { return };
        let statement = PolicyStatement::allow()
            .action("s3:GetObject")
            .resource(bucket.arn_for_objects("*"))
            .principal(Principal::service("cloudfront.amazonaws.com"))
            .condition("StringEquals", "AWS:SourceArn", distribution_arn.clone());
        if !bucket.add_to_resource_policy(statement) {
            bucket.scope().warning(
                "the policy of an imported bucket is not changed, so it has to let the distribution read objects already",
                "see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
            );
        }
        if bucket.encryption_key().is_some() {
            bucket.scope().warning(
                "the bucket is encrypted with a key of its own, whose policy has to let CloudFront decrypt",
                "permit `kms:Decrypt` to `cloudfront.amazonaws.com` for this distribution in the key's policy",
            );
        }
    }
}

fn within(scope: &Scope, what: &str, given: Option<Duration>, most: u64) {
    if let Some(given) = given
        && (!(1..=most).contains(&given.as_secs()) || given.subsec_nanos() != 0)
    {
        scope.error(
            format!("CloudFront {what} {given:?}, it takes whole seconds from 1 to {most}"),
            format!("choose `Duration::from_secs(1)` to `Duration::from_secs({most})`"),
        );
    }
}

fn access_control(scope: &Scope) -> Value<String> {
    let control = scope.child("S3OriginAccessControl");
    let name = scope.stack().unique_name_of(&control, "", LONGEST_ACCESS_CONTROL_NAME);
    let config = OriginAccessControlOriginAccessControlConfig::new(name, "s3", "always", "sigv4");
    control.add("Resource", CfnOriginAccessControl::new(config)).att(CfnOriginAccessControl::ATTR_ID)
}

fn web_server(
    protocol: OriginProtocol,
    [http, https]: [Option<u16>; 2],
    read_timeout: Option<Duration>,
    keepalive_timeout: Option<Duration>,
) -> DistributionCustomOriginConfig {
    let mut config = DistributionCustomOriginConfig::new(match protocol {
        OriginProtocol::HttpsOnly => "https-only",
        OriginProtocol::HttpOnly => "http-only",
        OriginProtocol::MatchViewer => "match-viewer",
    })
    .origin_ssl_protocols(["TLSv1.2"]);
    if let Some(port) = http {
        config = config.http_port(port);
    }
    if let Some(port) = https {
        config = config.https_port(port);
    }
    if let Some(timeout) = read_timeout {
        config = config.origin_read_timeout(seconds(timeout));
    }
    if let Some(timeout) = keepalive_timeout {
        config = config.origin_keepalive_timeout(seconds(timeout));
    }
    config
}

/// The ARN of a distribution of the stack's account.
pub(super) fn distribution_arn(scope: &Scope, id: &Value<String>) -> Value<String> {
    sub!("arn:{}:cloudfront::{}:distribution/{}", intrinsics::partition(), scope.stack().account(), id)
}
