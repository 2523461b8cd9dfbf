//! Follows a certificate: the validation record that AWS waits for, what the DNS has instead, and why.

mod look;
mod proof;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use self::look::Client;
use super::Reporter;
use super::dns::Dns;
use crate::clock::Backoff;
use crate::session::Session;

/// The resource type that is followed here.
pub(super) const TYPE: &str = "AWS::CertificateManager::Certificate";

/// Follows a certificate, by its ARN, until the last look. `zones` are the hosted zones of its domains in the template.
pub(super) async fn follow(
    session: Session,
    arn: String,
    zones: BTreeMap<String, String>,
    dns: Option<Dns>,
    mut reporter: Reporter,
) {
    let clock = session.clock();
    let mut backoff = Backoff::new(clock.span(Duration::from_secs(15)), clock.span(Duration::from_mins(1)));
    let mut client = Client::on(&session, arn, zones, dns);
    let mut previous = Vec::new();
    let mut continues = true;
    loop {
        let wait = match client.look().await {
            Ok(facts) => {
                if facts != previous {
                    let fresh: Vec<&str> =
                        facts.iter().filter(|it| !previous.contains(*it)).map(String::as_str).collect();
                    reporter.report(fresh.join("\n"), facts.clone(), None);
                    previous = facts;
                }
                backoff.wait()
            }
            Err(error) if error.is_denied() => {
                reporter.report(format!("cannot read the certificate: {error}"), Vec::new(), None);
                return;
            }
            Err(_) => backoff.slow_down(),
        };
        if !continues {
            return;
        }
        continues = reporter.pause(wait).await;
    }
}

/// The hosted zones of a certificate's domains in the template. `created` are the zones of the same template, by logical
/// id.
pub(super) fn zones_in(
    template: &Value,
    logical_id: &str,
    created: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let options = &template["Resources"][logical_id]["Properties"]["DomainValidationOptions"];
    let zone = |option: &Value| match &option["HostedZoneId"] {
        Value::String(id) => Some(id.clone()),
        reference => created.get(reference["Ref"].as_str()?).cloned(),
    };
    let pair = |option: &Value| Some((option["DomainName"].as_str()?.to_owned(), zone(option)?));
    options.as_array().into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn zones_are_read_from_the_template() {
        let template = json!({"Resources": {"Cert": {"Properties": {"DomainValidationOptions": [
            {"DomainName": "a.example.com", "HostedZoneId": "Z1"},
            {"DomainName": "b.example.com", "HostedZoneId": {"Ref": "Zone"}},
            {"DomainName": "c.example.com", "HostedZoneId": {"Ref": "Elsewhere"}},
            {"DomainName": {"Ref": "Name"}, "HostedZoneId": "Z1"},
            {"DomainName": "d.example.com", "ValidationDomain": "example.com"},
        ]}}}});
        let created = BTreeMap::from([("Zone".to_owned(), "Z2".to_owned())]);
        let found = zones_in(&template, "Cert", &created);
        let expected = [("a.example.com", "Z1"), ("b.example.com", "Z2")];
        assert!(found.iter().map(|(domain, zone)| (domain.as_str(), zone.as_str())).eq(expected), "{found:?}");
        assert!(zones_in(&template, "Other", &created).is_empty());
    }
}
