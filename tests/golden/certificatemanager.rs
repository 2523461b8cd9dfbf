//! Certificates: their validation, and mistakes that ACM would refuse.

use purlin::certificatemanager::{Certificate, KeyAlgorithm};
use purlin::ec2::Vpc;
use purlin::route53::HostedZone;
use purlin::testing::{Template, problems};
use purlin::{App, Environment, Stack};

use super::check;

fn zone(stack: &Stack) -> HostedZone {
    HostedZone::from_attributes(stack, "Zone", "Z123", "example.com.")
}

#[test]
fn certificates() {
    check("certificates", |stack| {
        let zone = zone(stack);
        let other = HostedZone::from_attributes(stack, "Other", "Z456", "b.example.com");
        stack.add("One", Certificate::props("app.example.com").validation_from_dns(&zone));
        let many = Certificate::props("example.com").subject_alternative_name("*.example.com");
        let many = many.subject_alternative_name("a.b.example.com").subject_alternative_name("example.com");
        stack.add("Many", many.validation_from_dns(&zone).validation_from_dns(&other));
        let wildcard = Certificate::props("*.example.com").validation_from_dns(&zone).certificate_name("wild");
        stack.add("Wildcard", wildcard.key_algorithm(KeyAlgorithm::EcPrime256v1).exportable());
        stack.add("Elsewhere", Certificate::props("a.example.net").validation_from_dns_elsewhere());
        stack.add("Mail", Certificate::props("b.example.net").validation_from_email().without_transparency_logging());
    });
}

#[test]
fn the_region_is_from_the_arn_or_the_stack() {
    let of = |arn: &str| Certificate::from_arn(arn).region();
    assert_eq!(of("arn:aws:acm:us-east-1:111122223333:certificate/x").as_deref(), Some("us-east-1"));
    assert_eq!(of("not-an-arn"), None);
    let app = App::new();
    let here = app.add("Here", Stack::props().env(Environment::of("111122223333", "eu-west-1")));
    let anywhere = app.add("Anywhere", Stack::props());
    let add = |stack: &Stack| stack.add("C", Certificate::props("a.example.com").validation_from_dns_elsewhere());
    assert_eq!((add(&here).region().as_deref(), add(&anywhere).region()), (Some("eu-west-1"), None));
}

#[test]
fn a_certificate_covers_its_names_in_any_case() {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    let recipe = Certificate::props("example.com").subject_alternative_name("*.example.com");
    let certificate = stack.add("C", recipe.validation_from_dns_elsewhere());
    let cases =
        [("example.com", true), ("App.Example.com.", true), ("a.app.example.com", false), ("example.org", false)];
    for (host, expect) in cases {
        assert_eq!(certificate.covers(host), Some(expect), "{host}");
    }
    assert_eq!(Certificate::from_arn("arn:aws:acm:us-east-1:1:certificate/x").covers("example.com"), None);
}

#[test]
fn a_certificate_without_validation_is_a_warning() {
    let template = Template::of(|stack| drop(stack.add("C", Certificate::props("app.example.com"))));
    assert!(template.notices()[0].message.contains("the deployment will wait"), "{:?}", template.notices());
    assert_eq!(template.only("AWS::CertificateManager::Certificate")["Properties"]["ValidationMethod"], "DNS");
}

#[test]
fn names_are_compared_as_dns_compares_them() {
    let template = Template::of(|stack| {
        let zone = HostedZone::from_attributes(stack, "Zone", "Z123", "Example.COM");
        let certificate = Certificate::props("App.Example.com.").subject_alternative_name("*.EXAMPLE.com");
        let certificate = certificate.subject_alternative_name("app.example.com");
        stack.add("C", certificate.validation_from_dns(&zone));
    });
    let properties = &template.only("AWS::CertificateManager::Certificate")["Properties"];
    assert_eq!(properties["DomainName"], "app.example.com");
    assert_eq!(properties["SubjectAlternativeNames"], serde_json::json!(["*.example.com"]));
    assert_eq!(properties["DomainValidationOptions"][0]["DomainName"], "app.example.com");
}

#[test]
fn settings_that_acm_would_refuse_are_problems() {
    type Case = (&'static str, fn(&Stack));
    let cases: [Case; 5] = [
        ("`bücher.example` has characters other than ASCII", |stack| {
            stack.add("C", Certificate::props("bücher.example").validation_from_dns_elsewhere());
        }),
        ("AWS takes 64", |stack| {
            let long = format!("{}.{}.example.com", "a".repeat(40), "b".repeat(40));
            stack.add("C", Certificate::props(long).validation_from_dns(&zone(stack)));
        }),
        ("`app.example.org` is not in the hosted zone `example.com`", |stack| {
            stack.add("C", Certificate::props("app.example.org").validation_from_dns(&zone(stack)));
        }),
        ("is a URL", |stack| {
            stack.add("C", Certificate::props("https://app.example.com").validation_from_dns_elsewhere());
        }),
        ("but AWS takes public zones only", |stack| {
            let vpc = stack.add("Vpc", Vpc::props().nat_gateways(0));
            let private = stack.add("Private", HostedZone::props("example.com").private_in(&vpc));
            stack.add("C", Certificate::props("app.example.com").validation_from_dns(&private));
        }),
    ];
    for (expect, build) in cases {
        let found = problems(build);
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{expect}: {found:?}");
        assert_eq!(found.len(), 1, "{expect}: {found:?}");
    }
}
