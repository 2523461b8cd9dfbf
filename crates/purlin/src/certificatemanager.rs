//! AWS Certificate Manager: certificates, validated by DNS or imported.

use purlin_cfn::certificatemanager::{
    CertificateCertificateExport, CertificateCertificateTransparencyLoggingPreference,
    CertificateDomainValidationOption, CfnCertificate,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use crate::name_tag;
use crate::route53::HostedZone;
use crate::route53::domain_name::{self, Allowed};

/// The longest first name of a certificate
/// (<https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>).
const MAX_COMMON_NAME: usize = 64;

/// How many names a certificate has at most, unless the quota was raised
/// (<https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html>).
const NAMES_QUOTA: usize = 10;

/// The algorithm of a certificate's key
/// (<https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA with 2048 bits: supported by all clients.
    Rsa2048,
    /// The elliptic curve P-256: smaller and faster.
    EcPrime256v1,
    /// The elliptic curve P-384.
    EcSecp384r1,
}

/// A TLS certificate.
///
/// ```
/// # use purlin::{App, Stack};
/// use purlin::certificatemanager::Certificate;
/// use purlin::route53::HostedZone;
///
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// let zone = HostedZone::from_attributes(&stack, "Zone", "Z0123456789ABC", "example.com");
/// let certificate = stack.add("Certificate", Certificate::props("app.example.com").validation_from_dns(&zone));
/// let imported = Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c");
/// assert_eq!(imported.region().as_deref(), Some("us-east-1"));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct Certificate {
    arn: Value<String>,
    region: Option<String>,
    names: Vec<Value<String>>,
    cfn: Option<Ref<CfnCertificate>>,
}

/// The recipe of a [`Certificate`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CertificateProps {
    domain_name: Value<String>,
    alternatives: Vec<Value<String>>,
    validation: Validation,
    name: Option<String>,
    algorithm: Option<KeyAlgorithm>,
    transparency: bool,
    exportable: bool,
}

#[derive(Debug, Clone)]
enum Validation {
    Unset,
    Zones(Vec<HostedZone>),
    DnsElsewhere,
    Email,
}

impl Certificate {
    /// A certificate for this name, or for all names one level below: `*.example.com`.
    ///
    /// Choose how AWS validates that you own the domain: [`validation_from_dns`](CertificateProps::validation_from_dns)
    /// needs no other step. The deployment waits for the validation.
    pub fn props(domain_name: impl IntoValue<String>) -> CertificateProps {
        CertificateProps {
            domain_name: domain_name.into_value(),
            alternatives: Vec::new(),
            validation: Validation::Unset,
            name: None,
            algorithm: None,
            transparency: true,
            exportable: false,
        }
    }

    /// Imports a certificate by its ARN.
    pub fn from_arn(arn: impl IntoValue<String>) -> Self {
        let arn = arn.into_value();
        let region = arn.as_str().and_then(|arn| arn.split(':').nth(3)).filter(|region| !region.is_empty());
        Self { region: region.map(str::to_owned), arn, names: Vec::new(), cfn: None }
    }

    /// The certificate's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The region; none if it is known only at deployment.
    pub fn region(&self) -> Option<String> {
        self.region.clone()
    }

    /// The domain names, the first one first; none for an imported certificate.
    pub fn domain_names(&self) -> &[Value<String>] {
        &self.names
    }

    /// Whether the certificate covers this host name; `None` if that is known only at deployment. Case does not matter.
    pub fn covers(&self, host: &str) -> Option<bool> {
        let names: Option<Vec<&str>> = self.names.iter().map(Value::as_str).collect();
        let names = names.filter(|names| !names.is_empty())?;
        let host = domain_name::normal(host);
        let wildcard = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
        Some(names.iter().any(|name| *name == host || wildcard.as_deref() == Some(name)))
    }

    /// The raw resource; none for an imported certificate.
    pub fn cfn(&self) -> Option<&Ref<CfnCertificate>> {
        self.cfn.as_ref()
    }
}

impl CertificateProps {
    /// Another domain name; call it again for more. AWS takes ten names unless the quota was raised.
    pub fn subject_alternative_name(mut self, name: impl IntoValue<String>) -> Self {
        self.alternatives.push(name.into_value());
        self
    }

    /// Validates by records that AWS writes into this public zone, and uses to renew the certificate. Call it again for
    /// names in other zones: each name uses the closest zone.
    pub fn validation_from_dns(mut self, zone: &HostedZone) -> Self {
        if let Validation::Zones(zones) = &mut self.validation {
            zones.push(zone.clone());
        } else {
            self.validation = Validation::Zones(vec![zone.clone()]);
        }
        self
    }

    /// Validates by DNS records that you write by hand while the deployment waits.
    pub fn validation_from_dns_elsewhere(self) -> Self {
        Self { validation: Validation::DnsElsewhere, ..self }
    }

    /// Validates by a link in a mail to the domain's administrators, who follow it while the deployment waits, and again
    /// each year.
    pub fn validation_from_email(self) -> Self {
        Self { validation: Validation::Email, ..self }
    }

    /// The `Name` tag; the path unless given.
    pub fn certificate_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The algorithm of the key; RSA with 2048 bits unless given. Changing it replaces the certificate.
    pub fn key_algorithm(self, algorithm: KeyAlgorithm) -> Self {
        Self { algorithm: Some(algorithm), ..self }
    }

    /// Keeps the certificate out of public logs; browsers then refuse it.
    pub fn without_transparency_logging(self) -> Self {
        Self { transparency: false, ..self }
    }

    /// The certificate can be exported with its key, at a price (<https://aws.amazon.com/certificate-manager/pricing/>).
    pub fn exportable(self) -> Self {
        Self { exportable: true, ..self }
    }

    /// The names in their normal form, each once.
    fn names(&self, scope: &Scope) -> Vec<Value<String>> {
        let mut names = Vec::new();
        for name in [&self.domain_name].into_iter().chain(&self.alternatives) {
            let name = domain_name::checked(scope, name, Allowed::Wildcard);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl Construct for CertificateProps {
    type Handle = Certificate;

    fn build(self, scope: Scope) -> Certificate {
        scope.tag("Name", self.name.clone().unwrap_or_else(|| name_tag::of(&scope)));
        let names = self.names(&scope);
        check(&scope, &names);
        let mut certificate = CfnCertificate::new(&names[0]);
        if names.len() > 1 {
            certificate = certificate.subject_alternative_names(names[1..].to_vec());
        }
        certificate =
            certificate.validation_method(if matches!(self.validation, Validation::Email) { "EMAIL" } else { "DNS" });
        match &self.validation {
            Validation::Zones(zones) => {
                certificate = certificate.domain_validation_options(validation_options(&scope, &names, zones));
            }
            Validation::Unset => scope.warning(
                "the certificate has no validation, so the deployment will wait for DNS records written by hand",
                "call `validation_from_dns(&zone)`, or `validation_from_dns_elsewhere()` if you write the records by hand",
            ),
            Validation::DnsElsewhere | Validation::Email => (),
        }
        if let Some(algorithm) = self.algorithm {
            certificate = certificate.key_algorithm(match algorithm {
                KeyAlgorithm::Rsa2048 => "RSA_2048",
                KeyAlgorithm::EcPrime256v1 => "EC_prime256v1",
                KeyAlgorithm::EcSecp384r1 => "EC_secp384r1",
            });
        }
        if !self.transparency {
            let disabled = CertificateCertificateTransparencyLoggingPreference::DISABLED;
            certificate = certificate.certificate_transparency_logging_preference(disabled);
        }
        if self.exportable {
            certificate = certificate.certificate_export(CertificateCertificateExport::ENABLED);
        }
        let region = scope.stack().environment().region;
        let cfn = scope.add("Resource", certificate);
        Certificate { arn: cfn.id(), region, names, cfn: Some(cfn) }
    }
}

fn check(scope: &Scope, names: &[Value<String>]) {
    if let Some(first) = names[0].as_str().filter(|first| first.len() > MAX_COMMON_NAME) {
        scope.error(
            format!(
                "the certificate's first name `{first}` has {} characters, but AWS takes {MAX_COMMON_NAME}",
                first.len()
            ),
            "give a shorter name first, and this one with `subject_alternative_name`",
        );
    }
    if names.len() > NAMES_QUOTA {
        scope.warning(
            format!(
                "the certificate has {} names, but AWS takes {NAMES_QUOTA} unless the quota was raised",
                names.len()
            ),
            "use a wildcard such as `*.example.com`, or several certificates",
        );
    }
}

/// The zone that validates each name. A wildcard is validated by its parent name.
fn validation_options(
    scope: &Scope,
    names: &[Value<String>],
    zones: &[HostedZone],
) -> Vec<CertificateDomainValidationOption> {
    for zone in zones.iter().filter(|zone| zone.is_private()) {
        scope.error(
            format!(
                "the private hosted zone `{}` validates the certificate, but AWS takes public zones only",
                zone.scope().path()
            ),
            "give the public zone of the domain",
        );
    }
    let mut options = Vec::new();
    for name in names {
        let base = name.as_str().and_then(|name| name.strip_prefix("*."));
        let base_is_named = base.is_some_and(|base| names.iter().any(|other| other.as_str() == Some(base)));
        if base_is_named {
            continue;
        }
        if let Some(zone) = zone_for(scope, name, zones) {
            options.push(CertificateDomainValidationOption::new().domain_name(name).hosted_zone_id(zone.id()));
        }
    }
    options
}

/// The zone closest to a name. A name in none of the zones is a problem.
fn zone_for<'a>(scope: &Scope, name: &Value<String>, zones: &'a [HostedZone]) -> Option<&'a HostedZone> {
    let Some(text) = name.as_str() else {
        if zones.len() > 1 {
            scope.error(
                "the certificate has several hosted zones, and a name that is known only at deployment",
                "give one zone, or a literal name",
            );
        }
        return zones.first();
    };
    let host = text.strip_prefix("*.").unwrap_or(text);
    let within = |zone: &&HostedZone| zone.name().as_str().is_none_or(|zone| domain_name::is_within(host, zone));
    let closest = zones.iter().filter(within).max_by_key(|zone| zone.name().as_str().map_or(0, str::len));
    if closest.is_none() {
        let zones: Vec<String> = zones.iter().filter_map(|zone| Some(format!("`{}`", zone.name().as_str()?))).collect();
        scope.error(
            format!("the certificate's name `{text}` is not in the hosted zone {}", zones.join(" or ")),
            "give a name inside the zone, or the zone that the name is in: a certificate of several names takes several",
        );
    }
    closest
}
