//! Distributions: private buckets by origin access control, web servers, own names; and what is refused.

use core::time::Duration;

use purlin::certificatemanager::Certificate;
use purlin::cloudfront::{
    AllowedMethods, Behavior, CachePolicy, Distribution, DistributionProps, ErrorResponse, Origin, OriginProtocol,
    OriginRequestPolicy, PriceClass, ResponseHeadersPolicy, ViewerProtocol,
};
use purlin::route53::{ARecord, AaaaRecord, HostedZone};
use purlin::s3::Bucket;
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, Environment, Stack};

use super::check;

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

#[test]
fn a_site_in_a_private_bucket() {
    check("cloudfront_site", |stack| {
        let site = stack.add("Site", Bucket::props());
        let distribution =
            stack.add("Distribution", Distribution::props(Origin::bucket(&site)).single_page_app("index.html"));
        stack.add("Url", CfnOutput::new(distribution.url()));
    });
}

#[test]
fn a_distribution_with_everything() {
    check("cloudfront_full", |stack| {
        let site = stack.add("Site", Bucket::props());
        let headers = ResponseHeadersPolicy::props()
            .content_security_policy("default-src 'self'")
            .strict_transport_security(Duration::from_hours(24))
            .frames_of_the_same_origin()
            .no_referrer()
            .custom_header("Permissions-Policy", "camera=()");
        let headers = stack.add("Headers", headers);
        let api = Origin::http("api.example.com")
            .path("/prod")
            .custom_header("X-From", "cloudfront")
            .protocol(OriginProtocol::HttpOnly)
            .ports(8080, 8443)
            .connection_attempts(2)
            .connection_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_mins(1))
            .keepalive_timeout(Duration::from_secs(30));
        let calls = Behavior::to(api.clone())
            .allowed_methods(AllowedMethods::All)
            .cache_policy(CachePolicy::caching_disabled())
            .origin_request_policy(OriginRequestPolicy::all_viewer_except_host_header())
            .viewer_protocol(ViewerProtocol::HttpsOnly)
            .response_headers_policy(&ResponseHeadersPolicy::security_headers())
            .without_compression();
        let props = Distribution::props(Behavior::to(Origin::bucket(&site)).response_headers_policy(&headers))
            .behavior("api/*", calls)
            .behavior("rpc/*", api)
            .default_root_object("index.html")
            .error_response(ErrorResponse::of(404).page(404, "/missing.html").caching(Duration::from_mins(1)))
            .domain_names(["app.example.com", "www.example.com"], &Certificate::from_arn(CERTIFICATE))
            .price_class(PriceClass::Class100)
            .web_acl("arn:aws:wafv2:us-east-1:111122223333:global/webacl/Shop/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")
            .comment("The shop")
            .disabled();
        let distribution = stack.add("Distribution", props);
        let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789ABC", "example.com");
        stack.add("Alias", ARecord::props(&zone, distribution.alias_target()).record_name("app"));
        stack.add("AliasV6", AaaaRecord::props(&zone, distribution.alias_target()).record_name("app"));
        assert_eq!(distribution.url().as_str(), Some("https://app.example.com"));
    });
}

#[test]
fn only_its_distribution_may_read_the_bucket() {
    let template = Template::of(|stack| {
        let site = stack.add("Site", Bucket::props());
        stack.add("Distribution", Distribution::props(Origin::bucket(&site)));
    });
    let policy = &template.only("AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]["Statement"];
    let reader = &policy[1];
    assert_eq!(reader["Principal"]["Service"], "cloudfront.amazonaws.com");
    let source = reader["Condition"]["StringEquals"]["AWS:SourceArn"].to_string();
    assert!(source.contains(":distribution/") && source.contains("{\"Ref\":\"Distribution"), "{source}");
    assert_eq!(policy[0]["Effect"], "Deny");
}

#[test]
fn distributions_that_cloudfront_refuses_are_problems() {
    let refused = |change: fn(DistributionProps) -> DistributionProps| {
        let found = problems(|stack: &Stack| {
            stack.add("Distribution", change(Distribution::props(Origin::http("api.example.com"))));
        });
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let elsewhere = "arn:aws:acm:eu-west-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    let regional = problems(|stack: &Stack| {
        let props = Distribution::props(Origin::http("api.example.com"));
        stack.add("Distribution", props.domain_names(["a.example.com"], &Certificate::from_arn(elsewhere)));
    });
    assert!(regional[0].message.contains("is in `eu-west-1`, but AWS takes certificates of `us-east-1` only"));
    let cases = [
        (refused(|it| it.default_root_object("/index.html")), "default root object `/index.html` begins with `/`"),
        (refused(|it| it.error_response(ErrorResponse::of(418))), "error response is `418`, but AWS takes [400, 403"),
        (
            refused(|it| it.error_response(ErrorResponse::of(404).page(200, "x"))),
            "the page `x` of an error does not begin with `/`",
        ),
        (refused(|it| it.behavior("a", Origin::http("x")).behavior("a", Origin::http("x"))), "for the path `a`"),
        (refused(|it| it.behavior("a", Origin::http("https://x.example.com"))), "is not a host name"),
        (
            refused(|it| it.behavior("a", Origin::http("x").path("p/"))),
            "the origin path is `p/`, but AWS takes paths that begin",
        ),
        (
            refused(|it| it.behavior("a", Origin::http("x").connection_attempts(4))),
            "connection attempts is `4`, but AWS takes 1 to 3",
        ),
        (
            refused(|it| it.behavior("a", Origin::http("x").read_timeout(Duration::from_millis(1500)))),
            "the read timeout is `1.5s`, but AWS takes 1 to 120 whole seconds",
        ),
        (refused(|it| it.comment("x".repeat(129))), "has 129 characters, but AWS takes at most 128"),
        (
            refused(|it| it.domain_names([""; 0], &Certificate::from_arn(CERTIFICATE))),
            "the distribution has a certificate and no domain name",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn certificates_of_the_app_are_checked_against_names_and_region() {
    let found = problems(|stack: &Stack| {
        let there = stack.add("There", Stack::props().env(Environment::of("111122223333", "eu-west-1")));
        let zone = HostedZone::from_attributes(&there, "Zone", "Z0123456789ABC", "example.com");
        let certificate = Certificate::props("app.example.com").validation_from_dns(&zone);
        let certificate = there.add("Certificate", certificate);
        let props = Distribution::props(Origin::http("api.example.com"));
        there.add("Distribution", props.domain_names(["www.example.com"], &certificate));
    });
    let found: String = found.into_iter().map(|problem| problem.message).collect();
    assert!(found.contains("the certificate is not for `www.example.com`"), "{found}");
    assert!(found.contains("the certificate is in `eu-west-1`"), "{found}");
}
