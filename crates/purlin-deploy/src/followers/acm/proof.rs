//! Explains why the validation of a certificate's domain is missing.

use std::collections::BTreeSet;

use crate::followers::dns::Authorization;

/// The authorities that issue AWS's certificates: CAA records must allow one of them.
const AMAZON: &[&str] = &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/// A requested certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Certificate {
    /// Such as `PENDING_VALIDATION`.
    pub(super) status: String,
    /// Such as `CAA_ERROR`.
    pub(super) failure: Option<String>,
    pub(super) domains: Vec<Domain>,
}

/// A domain of a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) is_validated: bool,
    /// The addresses for the validation mail, if it is validated by mail.
    pub(super) emails: Vec<String>,
    /// The validation record, if it is validated by DNS.
    pub(super) record: Option<Record>,
}

/// A validation record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) value: String,
}

/// A hosted zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_private: bool,
    /// Whether the account has another zone with this name.
    pub(super) has_duplicate: bool,
    pub(super) servers: BTreeSet<String>,
}

/// The expected record and the DNS response; `None` without a query.
pub(super) fn record(wanted: &Record, found: Option<Result<Vec<String>, String>>, domain: &Domain) -> String {
    let Record { name, kind, value } = wanted;
    let wanted = format!("`{}` is validated by the record `{name}` {kind} `{value}`", domain.name);
    match found {
        None => wanted,
        Some(Ok(found)) if found.contains(value) => {
            format!("{wanted}, which is in public DNS: AWS reads it within minutes")
        }
        Some(Ok(found)) if found.is_empty() => format!("{wanted}, which public DNS does not have"),
        Some(Ok(found)) => format!("{wanted}, but public DNS has `{}`", found.join("`, `")),
        Some(Err(error)) => format!("{wanted}; the DNS does not answer from here: {error}"),
    }
}

/// Why public DNS does not have the records of a hosted zone.
pub(super) fn delegation(zone: &Zone, public: &[String]) -> Option<String> {
    let Zone { id, name, .. } = zone;
    if zone.is_private {
        return Some(format!(
            "the hosted zone `{name}` ({id}) is private, so the record is not visible from outside: use a public one"
        ));
    }
    let public: BTreeSet<String> = public.iter().cloned().collect();
    if public == zone.servers {
        return None;
    }
    let duplicate = if zone.has_duplicate {
        format!("; the account has more than one hosted zone `{name}`, and the record may be in another")
    } else {
        String::new()
    };
    let advice = "set those of the zone at the domain's registrar, or as its NS record in the parent zone";
    let own = listed(&zone.servers);
    Some(if public.is_empty() {
        format!(
            "public DNS has no name servers of `{name}`, but the hosted zone ({id}) has {own}: register the domain, and \
             {advice}{duplicate}"
        )
    } else {
        format!(
            "the hosted zone `{name}` ({id}) has the name servers {own}, but public DNS has {}: {advice}{duplicate}",
            listed(&public)
        )
    })
}

/// The CAA records that forbid Amazon's authorities to issue a certificate, if any.
pub(super) fn authority(domain: &str, holder: &str, found: &[Authorization]) -> Option<String> {
    let is_wild = domain.starts_with("*.");
    let about_wild = found.iter().any(|it| it.is_wild);
    let relevant: Vec<&Authorization> = found.iter().filter(|it| it.is_wild == (is_wild && about_wild)).collect();
    if relevant.is_empty() || relevant.iter().any(|it| AMAZON.contains(&it.issuer.as_str())) {
        return None;
    }
    let allowed: BTreeSet<String> = relevant.iter().map(|it| it.issuer.clone()).filter(|it| !it.is_empty()).collect();
    let allowed = if allowed.is_empty() { "no one".to_owned() } else { listed(&allowed) };
    let tag = if is_wild { "issuewild" } else { "issue" };
    Some(format!(
        "the CAA records of `{holder}` allow only {allowed} to issue certificates for `{domain}`: add `0 {tag} \"amazon.com\"`"
    ))
}

/// The action for a domain that is validated by mail.
pub(super) fn mail(domain: &Domain) -> Option<String> {
    let emails: BTreeSet<String> = domain.emails.iter().cloned().collect();
    (!emails.is_empty()).then(|| {
        format!(
            "`{}` is validated by mail: follow the link that AWS sent to {}; validation by DNS needs no action",
            domain.name,
            listed(&emails)
        )
    })
}

/// The reason why a certificate failed.
pub(super) fn failure(certificate: &Certificate) -> Vec<String> {
    let domains: BTreeSet<String> =
        certificate.domains.iter().filter(|it| !it.is_validated).map(|it| it.name.clone()).collect();
    let about = if domains.is_empty() { String::new() } else { format!(" for {}", listed(&domains)) };
    match certificate.status.as_str() {
        "FAILED" => {
            let reason = certificate.failure.as_deref().unwrap_or("OTHER");
            vec![format!("AWS does not issue the certificate{about} (`{reason}`): {}", means(reason))]
        }
        "VALIDATION_TIMED_OUT" => {
            vec![format!("the domains were not validated within 72 hours{about}: request a new certificate")]
        }
        _ => Vec::new(),
    }
}

/// Meaning and remedy of AWS's failure reasons.
fn means(reason: &str) -> &'static str {
    match reason {
        "CAA_ERROR" => "the domain's CAA records forbid it: allow `amazon.com`, then deploy again",
        "DOMAIN_NOT_ALLOWED" => {
            "the domain is listed as unsafe: request its removal (VirusTotal, Google Safe Browsing)"
        }
        "INVALID_PUBLIC_DOMAIN" => "the name has no public top-level domain: correct it",
        "ADDITIONAL_VERIFICATION_REQUIRED" => "AWS must review the domain: open a case with AWS Support",
        "NO_AVAILABLE_CONTACTS" => "there is no address for the mail: validate the domain by DNS",
        "DOMAIN_VALIDATION_DENIED" => "a recipient of the mail denied it",
        "SLR_NOT_FOUND" => "ACM's service-linked role is missing: create it in IAM",
        reason if reason.starts_with("PCA_") => "the private authority refused: check its state and limits",
        _ => "AWS gives no reason: deploy again, or open a case with AWS Support",
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn wrong_name_servers_are_reported() {
        let zone = Zone {
            id: "Z1".into(),
            name: "example.com".into(),
            servers: names(&["a.aws", "b.aws"]),
            ..Zone::default()
        };
        let duplicate = Zone { has_duplicate: true, ..zone.clone() };
        let private = Zone { is_private: true, ..zone.clone() };
        let cases: [(&Zone, &[&str], Option<&str>); 5] = [
            (&zone, &["b.aws", "a.aws"], None),
            (
                &zone,
                &["x.net", "y.net"],
                Some("has the name servers `a.aws`, `b.aws`, but public DNS has `x.net`, `y.net`: set"),
            ),
            (&zone, &[], Some("public DNS has no name servers of `example.com`")),
            (&duplicate, &["x.net"], Some("more than one hosted zone `example.com`")),
            (&private, &["a.aws", "b.aws"], Some("is private")),
        ];
        for (zone, public, expected) in cases {
            let public: Vec<String> = public.iter().map(|it| (*it).to_owned()).collect();
            let found = delegation(zone, &public);
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(found.clone().unwrap_or_default().contains(expected.unwrap_or_default()), "{found:?}");
        }
    }

    #[test]
    fn caa_records_are_evaluated_as_amazon_does() {
        let all = |issuer: &str| Authorization { is_wild: false, issuer: issuer.into() };
        let wild = |issuer: &str| Authorization { is_wild: true, issuer: issuer.into() };
        let cases = [
            ("a.example.com", vec![all("letsencrypt.org")], Some("allow only `letsencrypt.org`")),
            ("a.example.com", vec![all("letsencrypt.org"), all("amazontrust.com")], None),
            ("a.example.com", vec![all("")], Some("allow only no one")),
            ("a.example.com", vec![wild("letsencrypt.org")], None),
            (
                "*.example.com",
                vec![all("amazon.com"), wild("letsencrypt.org")],
                Some("add `0 issuewild \"amazon.com\"`"),
            ),
            ("*.example.com", vec![all("amazon.com")], None),
            ("*.example.com", vec![all("sectigo.com")], Some("sectigo.com")),
        ];
        for (domain, found, expected) in cases {
            let found = authority(domain, "example.com", &found);
            assert_eq!(found.is_some(), expected.is_some(), "{domain} {found:?}: {found:?}");
            assert!(found.clone().unwrap_or_default().contains(expected.unwrap_or_default()), "{found:?}");
        }
    }

    #[test]
    fn failures_have_a_remedy() {
        let domains = vec![Domain { name: "example.com".into(), ..Domain::default() }];
        let cases = [
            ("FAILED", Some("CAA_ERROR"), Some("allow `amazon.com`")),
            ("FAILED", Some("DOMAIN_NOT_ALLOWED"), Some("unsafe")),
            ("FAILED", None, Some("`OTHER`")),
            ("VALIDATION_TIMED_OUT", None, Some("72 hours for `example.com`")),
            ("ISSUED", None, None),
        ];
        for (status, reason, expected) in cases {
            let certificate =
                Certificate { status: status.into(), failure: reason.map(str::to_owned), domains: domains.clone() };
            let found = failure(&certificate);
            assert_eq!(found.len(), usize::from(expected.is_some()), "{status} {reason:?}");
            assert!(found.join("").contains(expected.unwrap_or_default()), "{found:?}");
        }
    }
}
