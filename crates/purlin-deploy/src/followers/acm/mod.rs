//! Follows a certificate: which proof AWS waits for, what the DNS says instead, and why.

mod look;
mod proof;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use self::look::Client;
use super::Post;
use super::dns::Dns;
use crate::clock::Backoff;
use crate::session::Session;

/// The type of what is followed here.
pub(super) const TYPE: &str = "AWS::CertificateManager::Certificate";

/// Follows the certificate of an ARN until it is told to look once more. `zones` are the hosted
/// zones its domains are said to be in.
pub(super) async fn follow(
    session: Session,
    arn: String,
    zones: BTreeMap<String, String>,
    dns: Option<Dns>,
    mut post: Post,
) {
    let clock = session.clock();
    let mut backoff = Backoff::new(clock.span(Duration::from_secs(15)), clock.span(Duration::from_mins(1)));
    let mut client = Client::on(&session, arn, zones, dns);
    let mut told = Vec::new();
    let mut goes_on = true;
    loop {
        let wait = match client.look().await {
            Ok(facts) => {
                if facts != told {
                    let fresh: Vec<&str> = facts.iter().filter(|it| !told.contains(*it)).map(String::as_str).collect();
                    post.say(fresh.join("\n"), facts.clone(), None);
                    told = facts;
                }
                backoff.wait()
            }
            Err(error) if error.is_denied() => {
                post.say(format!("cannot look at the certificate: {error}"), Vec::new(), None);
                return;
            }
            Err(_) => backoff.slow_down(),
        };
        if !goes_on {
            return;
        }
        goes_on = post.pause(wait).await;
    }
}

/// The hosted zones that a certificate of a template names for its domains. `made` are the zones of
/// the same template, by logical id.
pub(super) fn zones_in(
    template: &Value,
    logical_id: &str,
    made: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let options = &template["Resources"][logical_id]["Properties"]["DomainValidationOptions"];
    let zone = |option: &Value| match &option["HostedZoneId"] {
        Value::String(id) => Some(id.clone()),
        reference => made.get(reference["Ref"].as_str()?).cloned(),
    };
    let pair = |option: &Value| Some((option["DomainName"].as_str()?.to_owned(), zone(option)?));
    options.as_array().into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn zones_are_found_where_the_template_names_them() {
        let template = json!({"Resources": {"Cert": {"Properties": {"DomainValidationOptions": [
            {"DomainName": "a.example.com", "HostedZoneId": "Z1"},
            {"DomainName": "b.example.com", "HostedZoneId": {"Ref": "Zone"}},
            {"DomainName": "c.example.com", "HostedZoneId": {"Ref": "Elsewhere"}},
            {"DomainName": {"Ref": "Name"}, "HostedZoneId": "Z1"},
            {"DomainName": "d.example.com", "ValidationDomain": "example.com"},
        ]}}}});
        let made = BTreeMap::from([("Zone".to_owned(), "Z2".to_owned())]);
        let found = zones_in(&template, "Cert", &made);
        let expected = [("a.example.com", "Z1"), ("b.example.com", "Z2")];
        assert!(found.iter().map(|(domain, zone)| (domain.as_str(), zone.as_str())).eq(expected), "{found:?}");
        assert!(zones_in(&template, "Other", &made).is_empty());
    }
}
