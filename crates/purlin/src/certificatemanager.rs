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
    /// RSA with 2048 bits: understood everywhere.
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
    NotSaid,
    Zones(Vec<HostedZone>),
    DnsElsewhere,
    Email,
}

impl Certificate {
    /// A certificate for this name, or for all names one level below: `*.example.com`.
    ///
    /// Say how AWS is shown that the domain is yours: [`validation_from_dns`](CertificateProps::validation_from_dns)
    /// needs nothing else. The deployment waits until AWS has seen it.
    pub fn props(domain_name: impl IntoValue<String>) -> CertificateProps {
        CertificateProps {
            domain_name: domain_name.into_value(),
            alternatives: Vec::new(),
            validation: Validation::NotSaid,
            name: None,
            algorithm: None,
            transparency: true,
            exportable: false,
        }
    }

    /// A certificate that exists already.
    pub fn from_arn(arn: impl IntoValue<String>) -> Self {
        let arn = arn.into_value();
        let region = arn.as_str().and_then(|arn| arn.split(':').nth(3)).filter(|region| !region.is_empty());
        Self { region: region.map(str::to_owned), arn, names: Vec::new(), cfn: None }
    }

    /// The certificate's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The region it is in; none where that is known only at deployment.
    pub fn region(&self) -> Option<String> {
        self.region.clone()
    }

    /// The names it is for, the first one first; none for an imported certificate.
    pub fn domain_names(&self) -> &[Value<String>] {
        &self.names
    }

    /// Whether it is for this host name, as far as is known before deployment; `None` where it is not.
    pub fn covers(&self, host: &str) -> Option<bool> {
        let names: Option<Vec<&str>> = self.names.iter().map(Value::as_str).collect();
        let names = names.filter(|names| !names.is_empty())?;
        let parent = host.split_once('.').map(|(_, parent)| parent);
        Some(
            names
                .iter()
                .any(|name| *name == host || (name.strip_prefix("*.").is_some() && name.strip_prefix("*.") == parent)),
        )
    }

    /// The raw resource; none for an imported certificate.
    pub fn cfn(&self) -> Option<&Ref<CfnCertificate>> {
        self.cfn.as_ref()
    }
}

impl CertificateProps {
    /// Another name it is for, again for more. AWS allows ten names unless the quota was raised.
    pub fn subject_alternative_name(mut self, name: impl IntoValue<String>) -> Self {
        self.alternatives.push(name.into_value());
        self
    }

    /// AWS writes the records that show the domain is yours into this public zone, and renews by them. Again for names in
    /// other zones: each name uses the zone that is closest to it.
    pub fn validation_from_dns(mut self, zone: &HostedZone) -> Self {
        if let Validation::Zones(zones) = &mut self.validation {
            zones.push(zone.clone());
        } else {
            self.validation = Validation::Zones(vec![zone.clone()]);
        }
        self
    }

    /// Someone writes the records that AWS asks for into DNS while the deployment waits.
    pub fn validation_from_dns_elsewhere(self) -> Self {
        Self { validation: Validation::DnsElsewhere, ..self }
    }

    /// Someone follows the link in a mail to the domain's administrators while the deployment waits, and again each year.
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

    /// The certificate is in no public log; browsers then refuse it.
    pub fn without_transparency_logging(self) -> Self {
        Self { transparency: false, ..self }
    }

    /// The certificate can be exported with its key, at a price (<https://aws.amazon.com/certificate-manager/pricing/>).
    pub fn exportable(self) -> Self {
        Self { exportable: true, ..self }
    }

    fn names(&self) -> Vec<Value<String>> {
        let mut names = vec![self.domain_name.clone()];
        for name in &self.alternatives {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

impl Construct for CertificateProps {
    type Handle = Certificate;

    fn build(self, scope: Scope) -> Certificate {
        scope.tag("Name", self.name.clone().unwrap_or_else(|| name_tag::of(&scope)));
        let names = self.names();
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
            Validation::NotSaid => scope.warning(
                "nothing says how AWS is shown that the certificate's domain is yours, so the deployment will wait for it",
                "give `validation_from_dns(&zone)`; if the records are written by hand, `validation_from_dns_elsewhere()`",
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
    for text in names.iter().filter_map(Value::as_str) {
        if let Some((message, hint)) = domain_name::mistake(text, Allowed::Wildcard) {
            scope.error(message, hint);
        }
    }
    if let Some(first) = names[0].as_str().filter(|first| first.len() > MAX_COMMON_NAME) {
        scope.error(
            format!(
                "a certificate's first name has at most {MAX_COMMON_NAME} characters; `{first}` has {}",
                first.len()
            ),
            "give a shorter name first, and this one with `subject_alternative_name`",
        );
    }
    if names.len() > NAMES_QUOTA {
        scope.warning(
            format!("the certificate has {} names; AWS allows {NAMES_QUOTA} unless the quota was raised", names.len()),
            "use a wildcard such as `*.example.com`, or several certificates",
        );
    }
}

/// Which zone shows for which name that the domain is the user's. A wildcard is shown by the name it stands under.
fn validation_options(
    scope: &Scope,
    names: &[Value<String>],
    zones: &[HostedZone],
) -> Vec<CertificateDomainValidationOption> {
    for zone in zones.iter().filter(|zone| zone.is_private()) {
        scope.error(
            format!(
                "the private hosted zone `{}` cannot validate a certificate: AWS asks public DNS",
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
                "a name that is known only at deployment cannot be matched with one of several hosted zones",
                "give one zone, or a name that is known",
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
