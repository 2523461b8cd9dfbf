//! Hosted zones and records: full names, targets, routing, and mistakes that DNS or AWS would refuse.

use std::time::Duration;

use purlin::ec2::Vpc;
use purlin::route53::{
    ARecord, AaaaRecord, AliasTarget, CaaRecord, CaaTag, CnameRecord, Continent, Failover, GeoLocation, HostedZone,
    MxRecord, NsRecord, RecordSet, RecordTarget, Routing, TxtRecord,
};
use purlin::testing::{Template, problems};
use purlin::{CfnParameter, Stack, sub};

use super::check;

fn zone(stack: &Stack) -> HostedZone {
    HostedZone::from_attributes(stack, "Zone", "/hostedzone/Z123", "example.com.")
}

fn address() -> RecordTarget {
    RecordTarget::ip_addresses(["192.0.2.1"])
}

#[test]
fn records_of_every_type() {
    check("route53_records", |stack| {
        let zone = zone(stack);
        let two = RecordTarget::ip_addresses(["192.0.2.1", "192.0.2.2"]);
        stack.add("A", ARecord::props(&zone, two).record_name("app"));
        let alias = AliasTarget::new("dualstack.lb.example.net", "Z35SXDOTRQ7X7K");
        stack.add("Alias", ARecord::props(&zone, alias).record_name("alias.example.com.").comment("the balancer"));
        let checked = AliasTarget::new("lb.example.net", "Z35SXDOTRQ7X7K").evaluate_target_health();
        stack.add("Checked", AaaaRecord::props(&zone, checked).record_name("alias.example.com"));
        stack.add("Apex", ARecord::props(&zone, AliasTarget::cloudfront("d1.cloudfront.net")));
        stack.add("Www", CnameRecord::props(&zone, "example.org").record_name("www").ttl(Duration::from_mins(1)));
        stack.add("Six", AaaaRecord::props(&zone, RecordTarget::ip_addresses(["2001:db8::1"])).record_name("six"));
        let texts = ["a b".to_owned(), "c".repeat(300)];
        stack.add("Text", TxtRecord::props(&zone, texts).record_name("_t"));
        stack.add("Mail", MxRecord::props(&zone, [(10, "m.example.com")]));
        stack.add("Sub", NsRecord::props(&zone, ["ns1.example.net."]).record_name("sub"));
        stack.add("Issuers", CaaRecord::props(&zone, [(CaaTag::Issue, "amazon.com")]));
        stack.add("Srv", RecordSet::props(&zone, "SRV", ["1 2 3 h.example.com"]).record_name("_s._tcp"));
    });
}

#[test]
fn routing_policies() {
    check("route53_routing", |stack| {
        let zone = zone(stack);
        let cases = [
            ("W", Routing::Weighted(5)),
            ("L", Routing::Latency("us-east-1".to_owned())),
            ("G", Routing::Geo(GeoLocation::Default)),
            ("G2", Routing::Geo(GeoLocation::Continent(Continent::Europe))),
            ("G3", Routing::Geo(GeoLocation::Subdivision("US".to_owned(), "WA".to_owned()))),
            ("M", Routing::MultiValue),
            ("F", Routing::Failover(Failover::Secondary)),
        ];
        for (id, routing) in cases {
            stack.add(id, ARecord::props(&zone, address()).record_name(id.to_lowercase()).routing(routing));
        }
        let primary = ARecord::props(&zone, address()).record_name("f").routing(Routing::Failover(Failover::Primary));
        stack.add("P", primary.set_identifier("p").health_check_id("abcdef11-2222-3333-4444-555555fedcba"));
    });
}

#[test]
fn zones() {
    check("route53_zones", |stack| {
        let public = stack.add("Public", HostedZone::props("example.org").comment("hi"));
        assert!(public.name_servers().is_some() && !public.is_private());
        stack.add("Record", ARecord::props(&public, address()).record_name("www"));
        let vpc = stack.add("Vpc", Vpc::props().nat_gateways(0).max_azs(1));
        let private = stack.add("Private", HostedZone::props("internal.example.org.").private_in(&vpc));
        assert!(private.name_servers().is_none() && private.is_private());
        assert_eq!(private.name().as_str(), Some("internal.example.org"));
    });
}

#[test]
fn names_known_at_deployment_are_inside_the_zone_unless_they_end_with_a_dot() {
    let template = Template::of(|stack| {
        let zone = zone(stack);
        let name = stack.add("Name", CfnParameter::string());
        stack.add("Inside", ARecord::props(&zone, address()).record_name(name.value()));
        stack.add("Full", ARecord::props(&zone, address()).record_name(sub!("{}.", name.value())));
    });
    let name = |id: &str| template.resource(id)["Properties"]["Name"]["Fn::Join"][1][1].clone();
    assert_eq!((name("InsideBA67C832"), name("FullC8C81DE8")), (".example.com.".into(), ".".into()));
}

#[test]
fn names_are_compared_as_dns_compares_them() {
    let template = Template::of(|stack| {
        let zone = HostedZone::from_attributes(stack, "Zone", "Z123", "Example.Com.");
        for (id, name) in [("A", "App"), ("B", "B.Example.COM"), ("C", "C.EXAMPLE.com."), ("D", "*.D.Example.com")] {
            stack.add(id, ARecord::props(&zone, address()).record_name(name));
        }
    });
    let name = |(_, record): (&str, &serde_json::Value)| record["Properties"]["Name"].as_str().unwrap().to_owned();
    let names: Vec<_> = template.resources_of("AWS::Route53::RecordSet").into_iter().map(name).collect();
    assert_eq!(names, ["app.example.com.", "b.example.com.", "c.example.com.", "*.d.example.com."]);
}

#[test]
fn settings_that_dns_or_aws_would_refuse_are_problems() {
    type Case = (&'static str, fn(&Stack, &HostedZone));
    let cases: [Case; 19] = [
        ("`app.example.org` is not in", |stack, zone| {
            stack.add("R", ARecord::props(zone, address()).record_name("app.example.org."));
        }),
        ("`app.exampel.com` is not in", |stack, zone| {
            stack.add("R", ARecord::props(zone, address()).record_name("app.exampel.com"));
        }),
        ("other than ASCII", |stack, zone| drop(stack.add("R", ARecord::props(zone, address()).record_name("bücher")))),
        ("another A record for `app.example.com.`", |stack, zone| {
            stack.add("R", ARecord::props(zone, address()).record_name("app"));
            stack.add("R2", ARecord::props(zone, address()).record_name("App.Example.com"));
        }),
        ("the part `-a`", |stack, zone| drop(stack.add("R", ARecord::props(zone, address()).record_name("-a")))),
        ("`example.org`, which is not an IPv4 address", |stack, zone| {
            stack.add("R", ARecord::props(zone, RecordTarget::values(["example.org"])));
        }),
        ("`192.0.2.1`, which is not an IPv6 address", |stack, zone| {
            drop(stack.add("R", AaaaRecord::props(zone, address())));
        }),
        ("has no value", |stack, zone| drop(stack.add("R", ARecord::props(zone, RecordTarget::values::<&str>([]))))),
        ("the CNAME record has the zone's own name", |stack, zone| {
            stack.add("R", CnameRecord::props(zone, "example.org"));
        }),
        ("Route 53 creates that record", |stack, zone| drop(stack.add("R", NsRecord::props(zone, ["ns.example.net"])))),
        ("the alias record has a TTL", |stack, zone| {
            stack.add("R", ARecord::props(zone, AliasTarget::new("x.example.net", "Z1")).ttl(Duration::from_secs(1)));
        }),
        ("the TTL is `1.5s`, but AWS takes", |stack, zone| {
            stack.add("R", ARecord::props(zone, address()).ttl(Duration::from_millis(1500)));
        }),
        ("no routing", |stack, zone| drop(stack.add("R", ARecord::props(zone, address()).set_identifier("x")))),
        ("never fails over", |stack, zone| {
            stack.add("R", ARecord::props(zone, address()).routing(Routing::Failover(Failover::Primary)));
        }),
        ("multi-value", |stack, zone| {
            stack.add("R", ARecord::props(zone, AliasTarget::new("x.example.net", "Z1")).routing(Routing::MultiValue));
        }),
        ("another A record for `example.com.`", |stack, zone| {
            stack.add("R", ARecord::props(zone, address()));
            stack.add("R2", ARecord::props(zone, address()));
        }),
        ("`https://example.org`, which is not a domain name", |stack, zone| {
            stack.add("R", CnameRecord::props(zone, "https://example.org").record_name("a"));
        }),
        ("has a CNAME record and a TXT record", |stack, zone| {
            stack.add("R", CnameRecord::props(zone, "example.org").record_name("a"));
            stack.add("R2", TxtRecord::props(zone, ["t"]).record_name("a"));
        }),
        ("the id of the hosted zone is `example.com`", |stack, _| {
            let zone = HostedZone::from_attributes(stack, "Other", "example.com", "example.com");
            stack.add("R", ARecord::props(&zone, address()));
        }),
    ];
    for (expect, build) in cases {
        let found = problems(|stack| build(stack, &zone(stack)));
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{expect}: {found:?}");
        assert_eq!(found.len(), 1, "{expect}: {found:?}");
    }
}
