//! Certificates that wait for their validation, each with another problem.

use serde_json::{Value, json};

use super::*;
use crate::followers::dns::Dns;

const CERTIFICATE: &str = "arn:aws:acm:eu-west-1:000000000000:certificate/1";
const KIND: &str = "AWS::CertificateManager::Certificate";
const ZONE: &str = "/2013-04-01/hostedzone/Z1";

fn pending(record: &Value) -> Answer {
    Answer::json(&json!({"Certificate": {
        "CertificateArn": CERTIFICATE, "DomainName": "app.example.com", "Status": "PENDING_VALIDATION",
        "DomainValidationOptions": [
            {"DomainName": "app.example.com", "ValidationStatus": "PENDING_VALIDATION", "ValidationMethod": "DNS",
             "ResourceRecord": record},
            {"DomainName": "done.example.com", "ValidationStatus": "SUCCESS", "ValidationMethod": "DNS"},
        ],
    }}))
}

fn cname() -> Value {
    json!({"Name": "_a.app.example.com.", "Type": "CNAME", "Value": "_b.acm-validations.aws."})
}

fn zone() -> Answer {
    Answer::xml(
        "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name>\
         <CallerReference>1</CallerReference><Config><PrivateZone>false</PrivateZone></Config></HostedZone>\
         <DelegationSet><NameServers><NameServer>ns-1.awsdns-01.com</NameServer>\
         <NameServer>ns-2.awsdns-02.net</NameServer></NameServers></DelegationSet></GetHostedZoneResponse>",
    )
}

fn zones() -> Answer {
    Answer::xml(
        "<ListHostedZonesByNameResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name>\
         <CallerReference>1</CallerReference></HostedZone></HostedZones><IsTruncated>false</IsTruncated>\
         <MaxItems>10</MaxItems></ListHostedZonesByNameResponse>",
    )
}

/// A template with a certificate and its zone.
fn template() -> Value {
    json!({"Resources": {"Cert": {"Type": KIND, "Properties": {
        "DomainName": "app.example.com",
        "DomainValidationOptions": [{"DomainName": "app.example.com", "HostedZoneId": {"Ref": "Zone"}}],
    }}}})
}

async fn reported(server: &Server, template: &Value, records: &[(&str, &str, &str)], last: &str) -> String {
    let dns = Dns::at(names::serve(records)).expect("a client for the server");
    let mut followers = followers(server, template, FailFast::default()).await.with_dns(dns);
    followers.on_event(&event("Zone", "AWS::Route53::HostedZone", "Z1", "CREATE_COMPLETE"));
    followers.on_event(&event("Cert", KIND, CERTIFICATE, "CREATE_IN_PROGRESS"));
    let updates = until(&mut followers, |update| update.text.contains(last)).await;
    assert_eq!(
        followers.facts("Cert").last().map(String::as_str),
        updates.last().and_then(|update| update.text.lines().last())
    );
    texts(&updates)
}

#[tokio::test]
async fn a_zone_without_delegation_is_reported() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeCertificate" if call.before == 0 => pending(&Value::Null),
        "DescribeCertificate" => pending(&cname()),
        action if action.contains(ZONE) => zone(),
        _ => Answer::refused("UnknownOperationException"),
    });
    let records = [("example.com", "NS", "ns1.registrar.net"), ("example.com", "CAA", "amazon.com")];
    let reported = reported(&server, &template(), &records, "registrar").await;
    assert_eq!(
        reported,
        "`app.example.com` is validated by the record `_a.app.example.com` CNAME `_b.acm-validations.aws`, which public \
         DNS does not have\nthe hosted zone `example.com` (Z1) has the name servers `ns-1.awsdns-01.com`, \
         `ns-2.awsdns-02.net`, but public DNS has `ns1.registrar.net`: set those of the zone at the domain's \
         registrar, or as its NS record in the parent zone"
    );
}

#[tokio::test]
async fn a_zone_that_nobody_names_is_found_by_its_name() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeCertificate" => pending(&cname()),
        action if action.contains("hostedzonesbyname") => zones(),
        action if action.contains(ZONE) => zone(),
        _ => Answer::refused("UnknownOperationException"),
    });
    let reported =
        reported(&server, &Value::Null, &[("_a.app.example.com", "CNAME", "elsewhere.net")], "no name servers").await;
    assert!(reported.contains("but public DNS has `elsewhere.net`"), "{reported}");
    assert!(reported.contains("public DNS has no name servers of `example.com`"), "{reported}");
}

#[tokio::test]
async fn caa_records_that_forbid_the_certificate_are_reported() {
    let server = Server::start(|call| match call.action.as_str() {
        "DescribeCertificate" => pending(&cname()),
        _ => Answer::refused("AccessDeniedException"),
    });
    let records =
        [("_a.app.example.com", "CNAME", "_b.acm-validations.aws"), ("example.com", "CAA", "letsencrypt.org")];
    let reported = reported(&server, &Value::Null, &records, "CAA").await;
    assert!(reported.contains("which is in public DNS: AWS reads it within minutes"), "{reported}");
    assert!(
        reported.contains("the CAA records of `example.com` allow only `letsencrypt.org` to issue certificates"),
        "{reported}"
    );
    assert_eq!(server.count("GET /2013-04-01/hostedzone/Z1"), 0, "the zone is not read");
}

#[tokio::test]
async fn validation_by_mail_and_its_failure_are_reported() {
    let server = Server::start(|call| match (call.action.as_str(), call.before) {
        ("DescribeCertificate", 0) => Answer::json(&json!({"Certificate": {
            "Status": "PENDING_VALIDATION", "DomainValidationOptions": [{
                "DomainName": "example.com", "ValidationStatus": "PENDING_VALIDATION", "ValidationMethod": "EMAIL",
                "ValidationEmails": ["admin@example.com", "postmaster@example.com"]}]}})),
        ("DescribeCertificate", _) => Answer::json(&json!({"Certificate": {
            "Status": "FAILED", "FailureReason": "DOMAIN_VALIDATION_DENIED",
            "DomainValidationOptions": [{"DomainName": "example.com", "ValidationStatus": "FAILED"}]}})),
        _ => Answer::refused("UnknownOperationException"),
    });
    let reported = reported(&server, &Value::Null, &[], "DENIED").await;
    assert_eq!(
        reported,
        "`example.com` is validated by mail: follow the link that AWS sent to `admin@example.com`, \
         `postmaster@example.com`; validation by DNS needs no action\nAWS does not issue the certificate for `example.com` \
         (`DOMAIN_VALIDATION_DENIED`): a recipient of the mail denied it"
    );
}
