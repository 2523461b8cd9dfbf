//! Origins of a distribution: private buckets and web servers.

use std::time::Duration;

use purlin_cfn::cloudfront::{
    CfnOriginAccessControl, DistributionCustomOriginConfig, DistributionOrigin, DistributionOriginCustomHeader,
    DistributionS3OriginConfig, OriginAccessControlOriginAccessControlConfig,
};
use purlin_construct::{HasScope, IntoValue, Scope, Value, intrinsics, sub};

use crate::check::Checks;
use crate::iam::{PolicyStatement, Principal};
use crate::s3::Bucket;
use crate::time::seconds;

/// The longest name of an origin, and of an origin access control.
const LONGEST_ORIGIN_ID: usize = 128;
const LONGEST_ACCESS_CONTROL_NAME: usize = 64;

/// The protocol from CloudFront to a web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginProtocol {
    /// HTTPS.
    HttpsOnly,
    /// HTTP.
    HttpOnly,
    /// The protocol that the browser used.
    MatchViewer,
}

/// An origin of responses.
#[derive(Debug, Clone)]
#[must_use = "an origin does nothing until a behavior has it"]
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
    /// A private bucket. CloudFront signs its requests (origin access control), and the bucket's policy permits only this
    /// distribution to read objects
    /// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>).
    ///
    /// The app does not change the policy of an imported bucket, which has to permit the distribution already.
    pub fn bucket(bucket: &Bucket) -> Self {
        Self::new(Source::Bucket(bucket.clone()))
    }

    /// A web server by its host name, over TLS 1.2 by default.
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

    /// A prefix that CloudFront adds to the path of each request, such as `/prod`; none by default.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// A header that CloudFront adds to each request. It is plain text in the template: not for secrets.
    pub fn custom_header(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.headers.push((name.into(), value.into_value()));
        self
    }

    /// How often CloudFront tries to connect: 1 to 3 times, 3 by default.
    pub fn connection_attempts(self, attempts: u8) -> Self {
        Self { attempts: Some(attempts), ..self }
    }

    /// The timeout of each attempt: 1 to 10 whole seconds, 10 by default.
    pub fn connection_timeout(self, timeout: Duration) -> Self {
        Self { connection_timeout: Some(timeout), ..self }
    }

    /// The protocol to the web server. No effect for a bucket.
    pub fn protocol(mut self, wanted: OriginProtocol) -> Self {
        if let Source::Http { protocol, .. } = &mut self.source {
            *protocol = wanted;
        }
        self
    }

    /// The ports of the web server for HTTP and HTTPS: 80 and 443 by default. No effect for a bucket.
    pub fn ports(mut self, http: u16, https: u16) -> Self {
        if let Source::Http { ports, .. } = &mut self.source {
            *ports = [Some(http), Some(https)];
        }
        self
    }

    /// The timeout of the web server's response: 1 to 120 whole seconds, 30 by default. No effect for a bucket.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        if let Source::Http { read_timeout, .. } = &mut self.source {
            *read_timeout = Some(timeout);
        }
        self
    }

    /// How long CloudFront keeps an idle connection: 1 to 120 whole seconds, 5 by default. No effect for a bucket.
    pub fn keepalive_timeout(mut self, timeout: Duration) -> Self {
        if let Source::Http { keepalive_timeout, .. } = &mut self.source {
            *keepalive_timeout = Some(timeout);
        }
        self
    }

    /// Whether it is the same origin with the same settings of requests.
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
                format!("the origin path is `{path}`, but AWS takes paths that begin with `/` and do not end with it"),
                "write it like `/prod`, or leave it out",
            );
        }
        scope.check("the number of connection attempts").number(self.attempts, 1..=3);
        scope.check("the connection timeout").whole_seconds(self.connection_timeout, 1..=10);
        let Source::Http { domain, read_timeout, keepalive_timeout, .. } = &self.source else { return };
        scope.check("the read timeout").whole_seconds(*read_timeout, 1..=120);
        scope.check("the keep-alive timeout").whole_seconds(*keepalive_timeout, 1..=120);
        if let Some(domain) = domain.as_str()
            && (domain.contains("://") || domain.contains('/') || domain.is_empty())
        {
            scope.error(
                format!("the origin `{domain}` is not a host name"),
                "write only the host name, like `api.example.com`; set a path prefix with `.path(..)`",
            );
        }
    }

    /// The origin's id, which behaviors refer to.
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

    /// Permits the distribution to read the bucket.
    pub(super) fn admit(&self, distribution_arn: &Value<String>) {
        let Source::Bucket(bucket) = &self.source else { return };
        let statement = PolicyStatement::allow()
            .action("s3:GetObject")
            .resource(bucket.arn_for_objects("*"))
            .principal(Principal::service("cloudfront.amazonaws.com"))
            .condition("StringEquals", "AWS:SourceArn", distribution_arn.clone());
        if !bucket.add_to_resource_policy(statement) {
            bucket.scope().warning(
                "the policy of an imported bucket is not changed, so it has to permit the distribution to read objects already",
                "see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
            );
        }
        if bucket.encryption_key().is_some() {
            bucket.scope().warning(
                "the bucket is encrypted with its own key, whose policy has to permit CloudFront to decrypt",
                "permit `kms:Decrypt` to `cloudfront.amazonaws.com` for this distribution in the key's policy",
            );
        }
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

/// The ARN of a distribution in the stack's account.
pub(super) fn distribution_arn(scope: &Scope, id: &Value<String>) -> Value<String> {
    sub!("arn:{}:cloudfront::{}:distribution/{}", intrinsics::partition(), scope.stack().account(), id)
}
