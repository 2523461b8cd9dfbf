//! The recipe of a distribution and its checks.

use std::time::Duration;

use purlin_cfn::cloudfront::{
    CfnDistribution, DistributionCustomErrorResponse, DistributionDistributionConfig,
    DistributionDistributionConfigHttpVersion, DistributionDistributionConfigPriceClass, DistributionOrigin,
    DistributionViewerCertificate, DistributionViewerCertificateMinimumProtocolVersion,
    DistributionViewerCertificateSslSupportMethod,
};
use purlin_construct::{Construct, HasScope, IntoValue, Scope, Value, Word};

use super::origin::distribution_arn;
use super::{Behavior, Distribution, Origin};
use crate::certificatemanager::Certificate;
use crate::check::Checks;
use crate::time::seconds;

/// The region of certificates for CloudFront
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html>).
const CERTIFICATE_REGION: &str = "us-east-1";
/// The statuses of errors whose responses can be replaced
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/creating-custom-error-pages.html>).
const REPLACEABLE: [u16; 11] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/// The edge locations that CloudFront uses, which set the price
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceClass {
    /// North America, Europe and Israel.
    Class100,
    /// `Class100`, and most of Asia, the Middle East and Africa.
    Class200,
    /// All.
    ClassAll,
}

impl PriceClass {
    fn word(self) -> Word<DistributionDistributionConfigPriceClass> {
        match self {
            Self::Class100 => DistributionDistributionConfigPriceClass::PRICE_CLASS_100,
            Self::Class200 => DistributionDistributionConfigPriceClass::PRICE_CLASS_200,
            Self::ClassAll => DistributionDistributionConfigPriceClass::PRICE_CLASS_ALL,
        }
    }
}

/// A response that replaces an error of the origin.
#[derive(Debug, Clone)]
#[must_use = "a response does nothing until it is given to a distribution"]
pub struct ErrorResponse {
    error: u16,
    page: Option<(u16, String)>,
    caching: Option<Duration>,
}

impl ErrorResponse {
    /// Replaces responses of this status: 400 and others of 4xx and 5xx.
    pub fn of(status: u16) -> Self {
        Self { error: status, page: None, caching: None }
    }

    /// Responds with the page at this path, with this status.
    pub fn page(self, status: u16, path: impl Into<String>) -> Self {
        Self { page: Some((status, path.into())), ..self }
    }

    /// How long CloudFront caches the error, in whole seconds; 10 seconds by default.
    pub fn caching(self, time: Duration) -> Self {
        Self { caching: Some(time), ..self }
    }

    fn check(&self, scope: &Scope) {
        if !REPLACEABLE.contains(&self.error) {
            scope.error(
                format!("the status of an error response is `{}`, but AWS takes {REPLACEABLE:?}", self.error),
                "choose one of these, or remove the response",
            );
        }
        scope.check("the caching time of an error").whole_seconds(self.caching, ..);
        if let Some((_, path)) = self.page.as_ref().filter(|(_, path)| !path.starts_with('/')) {
            scope
                .error(format!("the page `{path}` of an error does not begin with `/`"), "write it like `/index.html`");
        }
    }

    fn render(self) -> DistributionCustomErrorResponse {
        let mut response = DistributionCustomErrorResponse::new(self.error);
        if let Some((status, path)) = self.page {
            response = response.response_code(status).response_page_path(path);
        }
        match self.caching {
            Some(time) => response.error_caching_min_ttl(f64::from(u32::try_from(seconds(time)).unwrap_or(u32::MAX))),
            None => response,
        }
    }
}

/// The recipe of a [`Distribution`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct DistributionProps {
    default: Behavior,
    behaviors: Vec<(String, Behavior)>,
    root: Option<String>,
    errors: Vec<ErrorResponse>,
    domain: Option<(Vec<Value<String>>, Certificate)>,
    price: Option<PriceClass>,
    comment: Option<String>,
    web_acl: Option<Value<String>>,
    disabled: bool,
}

impl DistributionProps {
    pub(super) fn new(default: Behavior) -> Self {
        Self {
            default,
            behaviors: Vec::new(),
            root: None,
            errors: Vec::new(),
            domain: None,
            price: None,
            comment: None,
            web_acl: None,
            disabled: false,
        }
    }

    /// Adds a behavior for requests whose path matches a pattern, such as `api/*`. The first that matches is used.
    pub fn behavior(mut self, path_pattern: impl Into<String>, behavior: impl Into<Behavior>) -> Self {
        self.behaviors.push((path_pattern.into(), behavior.into()));
        self
    }

    /// The object at `/`, for example `index.html`; not for folders below. None unless given.
    pub fn default_root_object(self, key: impl Into<String>) -> Self {
        Self { root: Some(key.into()), ..self }
    }

    /// Adds a response that replaces an error.
    pub fn error_response(mut self, response: ErrorResponse) -> Self {
        self.errors.push(response);
        self
    }

    /// Responds with this page and status 200 at `/` and for paths without a file: for apps that read the path
    /// themselves.
    ///
    /// A private bucket responds 403 if it has no object, so 403 and 404 are replaced, also those of other origins of the
    /// distribution. Use a separate distribution or host name for an API that responds with them.
    pub fn single_page_app(self, page: impl Into<String>) -> Self {
        let page = page.into();
        let show = |status| ErrorResponse::of(status).page(200, format!("/{page}"));
        self.default_root_object(page.clone()).error_response(show(403)).error_response(show(404))
    }

    /// Your domain names, with a certificate for them in `us-east-1`. Add a record from each to
    /// [`Distribution::alias_target`].
    pub fn domain_names<N: IntoValue<String>>(
        self,
        names: impl IntoIterator<Item = N>,
        certificate: &Certificate,
    ) -> Self {
        let names = names.into_iter().map(IntoValue::into_value).collect();
        Self { domain: Some((names, certificate.clone())), ..self }
    }

    /// The edge locations that CloudFront uses; all unless given.
    pub fn price_class(self, class: PriceClass) -> Self {
        Self { price: Some(class), ..self }
    }

    /// What the distribution is for, up to 128 characters.
    pub fn comment(self, text: impl Into<String>) -> Self {
        Self { comment: Some(text.into()), ..self }
    }

    /// A web ACL of AWS WAF that filters requests, by its ARN in `us-east-1`.
    pub fn web_acl(self, arn: impl IntoValue<String>) -> Self {
        Self { web_acl: Some(arn.into_value()), ..self }
    }

    /// Does not serve requests yet.
    pub fn disabled(self) -> Self {
        Self { disabled: true, ..self }
    }

    fn check(&self, scope: &Scope) {
        if let Some(root) = self.root.as_deref().filter(|root| root.starts_with('/') || root.is_empty()) {
            scope.error(
                format!("the default root object `{root}` begins with `/` or is empty"),
                "write the object's key, like `index.html`",
            );
        }
        self.errors.iter().for_each(|response| response.check(scope));
        self.default.origin.check(scope);
        for (index, (path, behavior)) in self.behaviors.iter().enumerate() {
            behavior.origin.check(scope);
            if self.behaviors[..index].iter().any(|(other, _)| other == path) {
                scope.error(
                    format!("two behaviors are for the path `{path}`, but AWS takes each path once"),
                    "remove one of them",
                );
            }
        }
        scope.check("the distribution's comment").length(&self.comment, ..=128);
        if let Some((names, certificate)) = &self.domain {
            check_domain(scope, names, certificate);
        }
    }
}

fn check_domain(scope: &Scope, names: &[Value<String>], certificate: &Certificate) {
    if names.is_empty() {
        scope.error("the distribution has a certificate and no domain name", "add at least one");
    }
    for name in names.iter().filter_map(Value::as_str) {
        if certificate.covers(name) == Some(false) {
            scope.error(
                format!("the certificate is not for `{name}`"),
                "add the name to it with `.subject_alternative_name(..)`, or remove it here",
            );
        }
    }
    if let Some(region) = certificate.region().filter(|region| region != CERTIFICATE_REGION) {
        scope.error(
            format!("the certificate is in `{region}`, but AWS takes certificates of `{CERTIFICATE_REGION}` only"),
            "make it in a stack of that region, or import one from there with `Certificate::from_arn`",
        );
    } else if certificate.region().is_none() && certificate.cfn().is_some() {
        scope.warning(
            format!(
                "the certificate is made in the region of the deployment, but AWS takes certificates of \
                 `{CERTIFICATE_REGION}` only"
            ),
            format!("set the region `{CERTIFICATE_REGION}` of its stack with `.env(..)`"),
        );
    }
}

impl Construct for DistributionProps {
    type Handle = Distribution;
    fn build(self, scope: Scope) -> Distribution {
        self.check(&scope);
        let mut origins = Origins { scope: &scope, known: Vec::new() };
        let default = self.default.render_default(&origins.id_of(&self.default.origin));
        let behaviors: Vec<_> =
            self.behaviors.iter().map(|(path, it)| it.render(path, &origins.id_of(&it.origin))).collect();
        let known = origins.known;
        let rendered: Vec<DistributionOrigin> =
            known.iter().map(|(origin, place)| origin.clone().render(place)).collect();
        let mut config = DistributionDistributionConfig::new(default, !self.disabled)
            .origins(rendered)
            .http_version(DistributionDistributionConfigHttpVersion::HTTP2AND3)
            .ipv6_enabled(true);
        if !behaviors.is_empty() {
            config = config.cache_behaviors(behaviors);
        }
        if let Some(root) = self.root {
            config = config.default_root_object(root);
        }
        if !self.errors.is_empty() {
            let errors: Vec<_> = self.errors.into_iter().map(ErrorResponse::render).collect();
            config = config.custom_error_responses(errors);
        }
        let mut aliases = Vec::new();
        if let Some((names, certificate)) = self.domain {
            config = config.aliases(names.clone()).viewer_certificate(viewer_certificate(&certificate));
            aliases = names;
        }
        if let Some(class) = self.price {
            config = config.price_class(class.word());
        }
        if let Some(comment) = self.comment {
            config = config.comment(comment);
        }
        if let Some(arn) = self.web_acl {
            config = config.web_acl_id(arn);
        }
        let cfn = scope.scope().add("Resource", CfnDistribution::new(config));
        let arn = distribution_arn(&scope, &cfn.id());
        for (origin, _) in &known {
            origin.admit(&arn);
        }
        Distribution { scope, cfn, arn, aliases }
    }
}

fn viewer_certificate(certificate: &Certificate) -> DistributionViewerCertificate {
    DistributionViewerCertificate::new()
        .acm_certificate_arn(certificate.arn())
        .minimum_protocol_version(DistributionViewerCertificateMinimumProtocolVersion::TL_SV1_2_2021)
        .ssl_support_method(DistributionViewerCertificateSslSupportMethod::SNI_ONLY)
}

/// The distinct origins of the behaviors, with the CDK's ids: `Origin1` and so on.
struct Origins<'a> {
    scope: &'a Scope,
    known: Vec<(Origin, Scope)>,
}

impl Origins<'_> {
    fn id_of(&mut self, origin: &Origin) -> String {
        let place = self.known.iter().find(|(known, _)| known.is(origin)).map(|(_, place)| place.clone());
        let place = place.unwrap_or_else(|| {
            let place = self.scope.child(format!("Origin{}", self.known.len() + 1));
            self.known.push((origin.clone(), place.clone()));
            place
        });
        Origin::id(&place)
    }
}
