//! Custom domains of HTTP APIs.

use purlin_cfn::apigatewayv2::{CfnApiMapping, CfnDomainName, DomainNameDomainNameConfiguration};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::HttpStage;
use crate::apigateway::check_certificate;
use crate::certificatemanager::Certificate;
use crate::route53::AliasTarget;

/// A custom domain in the stack's region, whose paths lead to HTTP APIs
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html>).
#[derive(Debug, Clone)]
pub struct DomainName {
    scope: Scope,
    cfn: Ref<CfnDomainName>,
}

/// The recipe of a [`DomainName`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct DomainNameProps {
    name: Value<String>,
    certificate: Certificate,
}

/// A path of a custom domain that leads to a stage.
#[derive(Debug, Clone)]
pub struct ApiMapping {
    cfn: Ref<CfnApiMapping>,
}

/// The recipe of an [`ApiMapping`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ApiMappingProps {
    domain: DomainName,
    stage: HttpStage,
    path: Option<String>,
}

impl DomainName {
    /// A domain with TLS 1.2 and newer. It requires a record and a mapping:
    ///
    /// ```
    /// use purlin::apigatewayv2::{ApiMapping, DomainName, HttpApi, HttpIntegration, HttpRoute, HttpStage};
    /// use purlin::certificatemanager::Certificate;
    /// use purlin::route53::{ARecord, HostedZone, RecordTarget};
    ///
    /// # let app = purlin::App::new();
    /// # let stack = app.add("Orders", purlin::Stack::props());
    /// let zone = HostedZone::from_attributes(&stack, "Zone", "Z0123456789", "example.com");
    /// let certificate = stack.add("Certificate", Certificate::props("api.example.com").validation_from_dns(&zone));
    /// let api = stack.add("Api", HttpApi::props().without_default_stage());
    /// api.add_route(HttpRoute::default(HttpIntegration::url("Web", "https://example.org")));
    /// let live = api.add_stage("Live", HttpStage::props("live"));
    /// let domain = stack.add("Domain", DomainName::props("api.example.com", &certificate));
    /// stack.add("Mapping", ApiMapping::props(&domain, &live));
    /// stack.add("Record", ARecord::props(&zone, RecordTarget::alias(domain.alias_target())).record_name("api"));
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(name: impl IntoValue<String>, certificate: &Certificate) -> DomainNameProps {
        DomainNameProps { name: name.into_value(), certificate: certificate.clone() }
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
        let zone = self.cfn.att(CfnDomainName::ATTR_REGIONAL_HOSTED_ZONE_ID);
        AliasTarget::new(self.cfn.att(CfnDomainName::ATTR_REGIONAL_DOMAIN_NAME), zone)
    }
}

impl Construct for DomainNameProps {
    type Handle = DomainName;

    fn build(self, scope: Scope) -> DomainName {
        check_certificate(&scope, &self.name, &self.certificate);
        let configuration = DomainNameDomainNameConfiguration::new()
            .certificate_arn(self.certificate.arn())
            .endpoint_type("REGIONAL")
            .security_policy("TLS_1_2");
        let domain = CfnDomainName::new(self.name).domain_name_configurations([configuration]);
        DomainName { cfn: scope.add("Resource", domain), scope }
    }
}

impl HasScope for DomainName {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl ApiMapping {
    /// Maps all paths of the domain without another mapping to the stage.
    pub fn props(domain: &DomainName, stage: &HttpStage) -> ApiMappingProps {
        ApiMappingProps { domain: domain.clone(), stage: stage.clone(), path: None }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnApiMapping> {
        &self.cfn
    }
}

impl ApiMappingProps {
    /// Maps only paths below this one, such as `orders/v1`.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }
}

impl Construct for ApiMappingProps {
    type Handle = ApiMapping;

    fn build(self, scope: Scope) -> ApiMapping {
        let mut mapping = CfnApiMapping::new(self.stage.api_id(), self.domain.name(), self.stage.name());
        if let Some(path) = self.path {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()/".contains(c);
            if path.is_empty() || !path.chars().all(allowed) || path.starts_with('/') || path.ends_with('/') {
                scope.error(
                    format!("the path of a mapping is `{path}`, but AWS takes letters, digits and `$-_.+!*'()/`, without a slash at its ends"),
                    "write `orders/v1`, or no path for all",
                );
            }
            mapping = mapping.api_mapping_key(path);
        }
        ApiMapping { cfn: scope.add("Resource", mapping) }
    }
}
