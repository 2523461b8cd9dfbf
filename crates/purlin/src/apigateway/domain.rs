//! Custom domains of REST APIs.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::apigateway::{
    CfnBasePathMapping, CfnDomainName, DomainNameEndpointConfiguration, DomainNameMutualTlsAuthentication,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, logical_id};

use super::RestApi;
use crate::certificatemanager::Certificate;
use crate::route53::AliasTarget;

/// The region of certificates for domains at CloudFront's edge locations.
const EDGE_REGION: &str = "us-east-1";

/// A custom domain, whose paths lead to APIs
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>).
#[derive(Debug, Clone)]
pub struct DomainName {
    scope: Scope,
    cfn: Ref<CfnDomainName>,
    is_edge: bool,
    paths: Rc<RefCell<Vec<String>>>,
}

/// The recipe of a [`DomainName`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct DomainNameProps {
    name: Value<String>,
    certificate: Certificate,
    is_edge: bool,
    truststore: Option<Value<String>>,
}

/// A path of a custom domain that leads to an API.
#[derive(Debug, Clone)]
pub struct BasePathMapping {
    cfn: Ref<CfnBasePathMapping>,
}

impl DomainName {
    /// A domain in the stack's region with TLS 1.2 and newer. It requires a record:
    ///
    /// ```
    /// use purlin::apigateway::{DomainName, Integration, Method, RestApi};
    /// use purlin::certificatemanager::Certificate;
    /// use purlin::route53::{ARecord, HostedZone, RecordTarget};
    ///
    /// # let app = purlin::App::new();
    /// # let stack = app.add("Orders", purlin::Stack::props());
    /// let zone = HostedZone::from_attributes(&stack, "Zone", "Z0123456789", "example.com");
    /// let certificate = stack.add("Certificate", Certificate::props("api.example.com").validation_from_dns(&zone));
    /// let api = stack.add("Api", RestApi::props());
    /// api.root().add_method(Method::get(Integration::mock()));
    /// let domain = api.add_domain_name("Domain", DomainName::props("api.example.com", &certificate));
    /// stack.add("Record", ARecord::props(&zone, RecordTarget::alias(domain.alias_target())).record_name("api"));
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(name: impl IntoValue<String>, certificate: &Certificate) -> DomainNameProps {
        let (name, certificate) = (name.into_value(), certificate.clone());
        DomainNameProps { name, certificate, is_edge: false, truststore: None }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnDomainName> {
        &self.cfn
    }

    /// The domain's name, as a reference: what uses it is created after the domain.
    pub fn name(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The target of an alias record for the domain.
    pub fn alias_target(&self) -> AliasTarget {
        let (name, zone) = if self.is_edge {
            (CfnDomainName::ATTR_DISTRIBUTION_DOMAIN_NAME, CfnDomainName::ATTR_DISTRIBUTION_HOSTED_ZONE_ID)
        } else {
            (CfnDomainName::ATTR_REGIONAL_DOMAIN_NAME, CfnDomainName::ATTR_REGIONAL_HOSTED_ZONE_ID)
        };
        AliasTarget::new(self.cfn.att(name), self.cfn.att(zone))
    }

    /// Maps paths below this one, such as `v1`, to the stage of the API. The empty path is for all paths without another
    /// mapping.
    #[track_caller]
    pub fn add_base_path_mapping(&self, api: &RestApi, path: &str) -> BasePathMapping {
        let api_path = api.scope().path();
        let target = logical_id(&api_path.split('/').collect::<Vec<_>>()).unwrap_or_default();
        let id = format!("Map:{}=>{target}", if path.is_empty() { "/" } else { path });
        let scope = self.scope.child(id);
        self.check_path(&scope, path);
        let mut mapping = CfnBasePathMapping::new(self.name()).rest_api_id(api.id());
        if !path.is_empty() {
            mapping = mapping.base_path(path);
        }
        match api.deployment_stage() {
            Some(stage) => mapping = mapping.stage(stage.name()),
            None => scope.error(
                "the domain cannot be mapped to an imported API, whose stage is unknown",
                "add the mapping where the API is made, or as a `CfnBasePathMapping`",
            ),
        }
        BasePathMapping { cfn: scope.add("Resource", mapping) }
    }

    fn check_path(&self, scope: &Scope, path: &str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()/".contains(c);
        if !path.chars().all(allowed) || path.starts_with('/') || path.ends_with('/') {
            scope.error(
                format!(
                    "the base path is `{path}`, but AWS takes letters, digits and `$-_.+!*'()`, without a slash at its ends"
                ),
                "write `v1`, or an empty text for all paths",
            );
        }
        if path.contains('/') {
            scope.error(
                format!("the base path `{path}` has several parts, but AWS takes one"),
                "use one part, such as `v1`",
            );
        }
        let mut paths = self.paths.borrow_mut();
        if paths.iter().any(|known| known == path) {
            scope.error(
                format!("the base path `{path}` of the domain leads to two APIs"),
                "give one of them another path",
            );
        }
        paths.push(path.to_owned());
    }
}

impl DomainNameProps {
    /// Serves the domain at CloudFront's edge locations. Its certificate has to be in `us-east-1`.
    pub fn edge(self) -> Self {
        Self { is_edge: true, ..self }
    }

    /// Requires a client certificate, signed by an authority in this file of Amazon S3: `s3://bucket/truststore.pem`.
    ///
    /// The API's own URL does not require it; turn that off with
    /// [`disable_execute_api_endpoint`](super::RestApiProps::disable_execute_api_endpoint).
    pub fn mutual_tls(self, truststore: impl IntoValue<String>) -> Self {
        Self { truststore: Some(truststore.into_value()), ..self }
    }

    fn check(&self, scope: &Scope) {
        if let (true, Some(region)) = (self.is_edge, self.certificate.region())
            && region != EDGE_REGION
        {
            scope.error(
                format!(
                    "the certificate of the domain is in `{region}`, but AWS takes those of `{EDGE_REGION}` for edge domains"
                ),
                "make the certificate there, or remove `.edge()` for a regional domain",
            );
        }
        if self.is_edge {
            check_covers(scope, &self.name, &self.certificate);
        } else {
            check_certificate(scope, &self.name, &self.certificate);
        }
        if self.is_edge && self.truststore.is_some() {
            scope.error("an edge domain cannot require client certificates", "remove `.edge()` for a regional domain");
        }
        if let Some(uri) = self.truststore.as_ref().and_then(Value::as_str)
            && !uri.starts_with("s3://")
        {
            scope.error(
                format!("the truststore is `{uri}`, but AWS takes a file of Amazon S3"),
                "write `s3://bucket/truststore.pem`",
            );
        }
    }
}

/// Reports a certificate of another region.
pub(crate) fn check_certificate(scope: &Scope, name: &Value<String>, certificate: &Certificate) {
    if let (Some(region), Some(stack)) = (certificate.region(), scope.stack().environment().region)
        && region != stack
    {
        scope.error(
            format!("the certificate of the domain is in `{region}`, but the domain is in `{stack}`"),
            "make the certificate in the stack's region",
        );
    }
    check_covers(scope, name, certificate);
}

fn check_covers(scope: &Scope, name: &Value<String>, certificate: &Certificate) {
    if let Some(name) = name.as_str()
        && certificate.covers(name) == Some(false)
    {
        scope.error(
            format!("the certificate does not cover the domain `{name}`"),
            "use one for it, or for the domain above it with `*.`",
        );
    }
}

impl Construct for DomainNameProps {
    type Handle = DomainName;

    fn build(self, scope: Scope) -> DomainName {
        self.check(&scope);
        let kind = if self.is_edge { "EDGE" } else { "REGIONAL" };
        let endpoint = DomainNameEndpointConfiguration::new().types([kind]);
        let mut domain = CfnDomainName::new().domain_name(self.name).endpoint_configuration(endpoint);
        domain = domain.security_policy("TLS_1_2");
        domain = if self.is_edge {
            domain.certificate_arn(self.certificate.arn())
        } else {
            domain.regional_certificate_arn(self.certificate.arn())
        };
        if let Some(uri) = self.truststore {
            domain = domain.mutual_tls_authentication(DomainNameMutualTlsAuthentication::new().truststore_uri(uri));
        }
        let cfn = scope.add("Resource", domain);
        DomainName { scope, cfn, is_edge: self.is_edge, paths: Rc::default() }
    }
}

impl HasScope for DomainName {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl BasePathMapping {
    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnBasePathMapping> {
        &self.cfn
    }
}
