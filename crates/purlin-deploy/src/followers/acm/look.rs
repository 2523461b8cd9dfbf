//! Reads a certificate, the hosted zones of its domains, and their DNS records.

use std::collections::BTreeMap;

use aws_sdk_acm::types as sdk;
use aws_sdk_route53::types::{HostedZone, HostedZoneConfig};

use super::proof::{Certificate, Domain, Record, Zone, authority, delegation, failure, mail, record};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::{Dns, plain_name, with_parents};
use crate::session::Session;

/// A client for one certificate.
pub(super) struct Client {
    acm: aws_sdk_acm::Client,
    route53: aws_sdk_route53::Client,
    arn: String,
    /// The zones of the domains in the template.
    wanted: BTreeMap<String, String>,
    /// The zones read so far; `None` for one that does not exist or cannot be read.
    zones: BTreeMap<String, Option<Zone>>,
    dns: Option<Dns>,
}

impl Client {
    pub(super) fn on(session: &Session, arn: String, wanted: BTreeMap<String, String>, dns: Option<Dns>) -> Self {
        let (acm, route53) = (session.acm(), session.route53());
        Self { acm, route53, arn, wanted, zones: BTreeMap::new(), dns }
    }

    /// The problems of the certificate, one per line; empty if there are none.
    pub(super) async fn look(&mut self) -> Result<Vec<String>, DeployError> {
        let response = self.acm.describe_certificate().certificate_arn(&self.arn).send().await;
        let response = response.named("DescribeCertificate")?;
        let Some(certificate) = response.certificate().map(certificate) else { return Ok(Vec::new()) };
        if certificate.status != "PENDING_VALIDATION" {
            return Ok(failure(&certificate));
        }
        let mut facts: Vec<String> = Vec::new();
        for domain in certificate.domains.iter().filter(|domain| !domain.is_validated) {
            for fact in self.look_at(domain).await {
                // A name and its wildcard have the same validation record.
                if !facts.contains(&fact) {
                    facts.push(fact);
                }
            }
        }
        Ok(facts)
    }

    async fn look_at(&mut self, domain: &Domain) -> Vec<String> {
        let mut facts: Vec<String> = mail(domain).into_iter().collect();
        let Some(wanted) = &domain.record else { return facts };
        let Some(dns) = self.dns.clone() else {
            facts.push(record(wanted, None, domain));
            return facts;
        };
        let found = dns.aliases(&wanted.name).await;
        let exists = found.as_ref().is_ok_and(|found| found.contains(&wanted.value));
        facts.push(record(wanted, Some(found), domain));
        let name = domain.name.trim_start_matches("*.").to_owned();
        if !exists && let Some(zone) = self.zone(&name).await {
            let servers = dns.name_servers(&zone.name).await;
            facts.extend(servers.ok().and_then(|servers| delegation(&zone, &servers)));
        }
        if let Ok(Some((holder, found))) = dns.authorizations(&name).await {
            facts.extend(authority(&domain.name, &holder, &found));
        }
        facts
    }

    /// The hosted zone of a domain; `None` without permission to read it.
    async fn zone(&mut self, domain: &str) -> Option<Zone> {
        if let Some(known) = self.zones.get(domain) {
            return known.clone();
        }
        let found = match self.wanted.get(domain).or_else(|| self.wanted.get(&format!("*.{domain}"))).cloned() {
            Some(id) => self.zone_of_id(&id, false).await,
            None => self.zone_of_name(domain).await,
        };
        let found = found.ok().flatten();
        self.zones.insert(domain.to_owned(), found.clone());
        found
    }

    async fn zone_of_id(&self, id: &str, has_duplicate: bool) -> Result<Option<Zone>, DeployError> {
        let response = self.route53.get_hosted_zone().id(id).send().await.named("GetHostedZone")?;
        Ok(response.hosted_zone().map(|zone| Zone {
            id: id.trim_start_matches("/hostedzone/").to_owned(),
            name: plain_name(zone.name()),
            is_private: zone.config().is_some_and(HostedZoneConfig::private_zone),
            has_duplicate,
            servers: response
                .delegation_set()
                .map(|set| set.name_servers().iter().map(|server| plain_name(server)).collect())
                .unwrap_or_default(),
        }))
    }

    /// The public zone with the longest name that contains the domain.
    async fn zone_of_name(&self, domain: &str) -> Result<Option<Zone>, DeployError> {
        for name in with_parents(domain) {
            let response = self.route53.list_hosted_zones_by_name().dns_name(name).max_items(10).send().await;
            let response = response.named("ListHostedZonesByName")?;
            let is_public_zone = |zone: &&HostedZone| {
                plain_name(zone.name()) == name && !zone.config().is_some_and(HostedZoneConfig::private_zone)
            };
            let found: Vec<&str> = response.hosted_zones().iter().filter(is_public_zone).map(HostedZone::id).collect();
            if let Some(first) = found.first() {
                return self.zone_of_id(first, found.len() > 1).await;
            }
        }
        Ok(None)
    }
}

fn certificate(detail: &sdk::CertificateDetail) -> Certificate {
    Certificate {
        status: detail.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        failure: detail.failure_reason().map(|reason| reason.as_str().to_owned()),
        domains: detail.domain_validation_options().iter().map(domain).collect(),
    }
}

fn domain(validation: &sdk::DomainValidation) -> Domain {
    Domain {
        name: validation.domain_name().to_owned(),
        is_validated: validation.validation_status() == Some(&sdk::DomainStatus::Success),
        emails: validation.validation_emails().to_vec(),
        record: validation.resource_record().map(|record| Record {
            name: plain_name(record.name()),
            kind: record.r#type().as_str().to_owned(),
            value: plain_name(record.value()),
        }),
    }
}
