//! Load balancers: their templates, and mistakes that AWS would refuse.

use std::time::Duration;

use purlin::certificatemanager::Certificate;
use purlin::ec2::{Connectable, Port, SecurityGroup, SubnetSelection, SubnetType, Vpc};
use purlin::elbv2::{
    Action, ApplicationLoadBalancer, ApplicationLoadBalancerAttributes, ApplicationTargetGroup, Authenticate,
    DesyncMitigation, FixedResponse, Forward, HealthCheck, HttpListener, HttpsListener, IpAddressType,
    ListenerCondition, LoadBalancingAlgorithm, LogBucket, MutualAuthentication, OidcProvider, Protocol,
    ProtocolVersion, QueryString, Redirect, SslPolicy, TargetType, Unauthenticated, ValidateJwt, XffHeaderProcessing,
};
use purlin::route53::{ARecord, HostedZone, RecordTarget};
use purlin::testing::Template;
use purlin::{App, CfnOutput, Environment, HasScope, SecretValue, Stack};
use serde_json::json;

use super::{check, problem};

const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

fn certificate(name: &str) -> Certificate {
    Certificate::from_arn(format!("arn:aws:acm:eu-west-1:111122223333:certificate/{name}"))
}

fn balancer(stack: &Stack) -> (Vpc, ApplicationLoadBalancer) {
    let vpc = stack.add("Vpc", Vpc::props());
    let alb = stack.add("LB", ApplicationLoadBalancer::props(&vpc).internet_facing());
    (vpc, alb)
}

fn not_found() -> Action {
    Action::fixed_response(FixedResponse::status(404).text("nothing here"))
}

#[test]
fn an_internet_facing_balancer_forwards_and_redirects() {
    check("elbv2_public", |stack| {
        let (vpc, alb) = balancer(stack);
        let app = stack.add("App", ApplicationTargetGroup::props(&vpc).port(8080));
        alb.add_https_listener("Public", &certificate("a"), Action::forward(&app));
        alb.add_redirect();
    });
}

#[test]
fn every_setting_of_a_balancer_is_an_attribute_as_the_cdk_writes_it() {
    check("elbv2_balancer_settings", |stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let group = stack.add("Group", SecurityGroup::props(&vpc).restrict_outbound());
        let alb = ApplicationLoadBalancer::props(&vpc)
            .internet_facing()
            .subnets(SubnetSelection::of_type(SubnetType::Public))
            .security_group(&group)
            .name("shop")
            .ip_address_type(IpAddressType::DualStack)
            .deletion_protection()
            .idle_timeout(Duration::from_secs(30))
            .client_keep_alive(Duration::from_mins(10))
            .without_http2()
            .drop_invalid_header_fields()
            .desync_mitigation(DesyncMitigation::Strictest)
            .preserve_host_header()
            .preserve_xff_client_port()
            .xff_header_processing(XffHeaderProcessing::Remove)
            .tls_version_and_cipher_headers()
            .waf_fail_open()
            .deny_all_igw_traffic()
            .cross_zone()
            .minimum_capacity_units(100)
            .access_logs(LogBucket::named("logs").prefix("shop"))
            .connection_logs(LogBucket::named("logs"));
        let alb = stack.add("LB", alb);
        let listener = HttpsListener::props(&certificate("a"), not_found())
            .certificate(&certificate("b"))
            .port(8443)
            .ssl_policy(SslPolicy::TLS13_1_3)
            .mutual_authentication(
                MutualAuthentication::verify("arn:aws:elasticloadbalancing:eu-west-1:111122223333:truststore/t/1")
                    .ignore_client_certificate_expiry(),
            )
            .attribute("routing.http.response.server.enabled", "false")
            .closed();
        let https = alb.add_listener("Public", listener);
        https.add_certificates("More", [&certificate("c")]);
        let office = stack.add("Office", SecurityGroup::props(&vpc));
        https.connections().allow_default_port_from(&office, "Office");
    });
}

#[test]
fn rules_have_every_condition_and_action() {
    check("elbv2_rules", |stack| {
        let (vpc, alb) = balancer(stack);
        let blue = stack.add("Blue", ApplicationTargetGroup::props(&vpc));
        let green = stack.add("Green", ApplicationTargetGroup::props(&vpc));
        let https = alb.add_https_listener("Https", &certificate("a"), not_found());
        let shares = Forward::weighted([(&blue, 9), (&green, 1)]).stickiness(Duration::from_mins(1));
        let conditions = [
            ListenerCondition::host_headers(["shop.example.com"]),
            ListenerCondition::path_patterns(["/cart/*"]),
            ListenerCondition::http_header("X-Region", ["eu"]),
            ListenerCondition::http_request_methods(["GET"]),
            ListenerCondition::query_strings([QueryString::pair("beta", "1")]),
        ];
        https.add_rule("Shares", 10, conditions, shares);
        let by_office = [ListenerCondition::source_ips(["192.0.2.0/24"])];
        let provider =
            OidcProvider::new("https://id.test", "https://id.test/a", "https://id.test/t", "https://id.test/u");
        let login = Authenticate::oidc(provider, "client", SecretValue::secrets_manager("idp"))
            .scopes(["openid", "email"])
            .session_timeout(Duration::from_hours(1))
            .session_cookie_name("session")
            .on_unauthenticated_request(Unauthenticated::Deny)
            .extra_param("prompt", "login");
        https.add_rule("Office", https.next_priority(), by_office, login.then(Action::forward(&blue)));
        let moved = Redirect::to_host("new.example.com").path("/old/#{path}").query("from=#{host}").permanent();
        https.add_rule("Moved", 30, [ListenerCondition::path_patterns(["/old/*"])], moved);
        let tokens = ValidateJwt::new("https://id.test", "https://id.test/keys")
            .claim_is("aud", "shop")
            .claim_has_word("scope", ["shop/read"]);
        let tidy = https.rule(50, Action::forward(&green)).condition(ListenerCondition::path_regexes(["^/v[0-9]+/"]));
        let tidy = tidy.rewrite_url("^/v[0-9]+/(.*)$", "/$1").rewrite_host_header("^old\\.", "new.");
        https.scope().add("TidyRule", tidy);
        https.add_rule("Api", 40, [ListenerCondition::path_patterns(["/api/*"])], tokens.then(Action::forward(&green)));
    });
}

#[test]
fn the_session_timeout_of_a_listener_is_a_text() {
    // CloudFormation's schema has a text in listeners and a number in rules, and the CDK writes the same.
    let template = Template::of(|stack| {
        let (vpc, alb) = balancer(stack);
        let app = stack.add("App", ApplicationTargetGroup::props(&vpc));
        let provider =
            OidcProvider::new("https://id.test", "https://id.test/a", "https://id.test/t", "https://id.test/u");
        let login = Authenticate::oidc(provider, "client", SecretValue::secrets_manager("idp"));
        let login = login.session_timeout(Duration::from_mins(1)).then(Action::forward(&app));
        alb.add_https_listener("Https", &certificate("a"), login);
    });
    let actions = &template.only(LISTENER)["Properties"]["DefaultActions"];
    assert_eq!(actions[0]["AuthenticateOidcConfig"]["SessionTimeout"], "60");
    assert_eq!(actions[0]["AuthenticateOidcConfig"]["ClientSecret"], "{{resolve:secretsmanager:idp:SecretString:::}}");
    assert_eq!((&actions[0]["Order"], &actions[1]["Order"]), (&json!(1), &json!(2)));
}

#[test]
fn every_setting_of_a_target_group_is_written_as_the_cdk_does() {
    check("elbv2_target_groups", |stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let grpc = ApplicationTargetGroup::props(&vpc)
            .protocol_version(ProtocolVersion::Grpc)
            .name("grpc")
            .deregistration_delay(Duration::from_secs(10))
            .stickiness_by_app_cookie("shop", Duration::from_hours(1))
            .load_balancing_algorithm(LoadBalancingAlgorithm::WeightedRandom)
            .anomaly_mitigation()
            .health_check(HealthCheck::path("/health").healthy_grpc_codes("0").interval(Duration::from_secs(20)));
        stack.add("Grpc", grpc);
        let instances = ApplicationTargetGroup::props(&vpc)
            .target_type(TargetType::Instance)
            .protocol(Protocol::Https)
            .slow_start(Duration::from_mins(1))
            .stickiness(Duration::from_hours(1))
            .cross_zone()
            .target("i-0123456789abcdef0")
            .target_on_port("i-0123456789abcdef1", 8443)
            .health_check(
                HealthCheck::path("/")
                    .protocol(Protocol::Https)
                    .port(8081)
                    .timeout(Duration::from_secs(4))
                    .healthy_threshold(3)
                    .unhealthy_threshold(2)
                    .healthy_http_codes("200-299,301"),
            );
        stack.add("Instances", instances);
        stack.add("Plain", ApplicationTargetGroup::props(&vpc));
        stack
            .add("Function", ApplicationTargetGroup::props(&vpc).target_type(TargetType::Lambda).multi_value_headers());
    });
}

#[test]
fn cdk_19_the_deregistration_delay_is_the_default_of_aws_unless_set() {
    let delay = |set: Option<u64>| {
        let template = Template::of(|stack| {
            let vpc = stack.add("Vpc", Vpc::props());
            let group = ApplicationTargetGroup::props(&vpc);
            stack.add("Group", set.map_or(group.clone(), |set| group.deregistration_delay(Duration::from_secs(set))));
        });
        template.only(GROUP)["Properties"]["TargetGroupAttributes"].clone()
    };
    assert_eq!(delay(None), json!([{"Key": "stickiness.enabled", "Value": "false"}]));
    assert_eq!(delay(Some(10))[0], json!({"Key": "deregistration_delay.timeout_seconds", "Value": "10"}));
}

#[test]
fn cdk_20_http_is_redirected_to_https_by_one_call() {
    let template = Template::of(|stack| {
        let (_, alb) = balancer(stack);
        alb.add_https_listener("Public", &certificate("a"), not_found());
        alb.add_redirect();
    });
    let redirect = template.resource("LBRedirect80To443B713AAEC");
    assert_eq!(
        redirect["Properties"]["DefaultActions"],
        json!([{"Type": "redirect", "RedirectConfig": {"Port": "443", "Protocol": "HTTPS", "StatusCode": "HTTP_301"}}])
    );
}

#[test]
fn targets_open_their_port_to_every_balancer_in_either_order() {
    let build = |registered_first: bool| {
        Template::of(move |stack| {
            let (vpc, alb) = balancer(stack);
            let app = stack.add("App", ApplicationTargetGroup::props(&vpc).health_check(HealthCheck::new().port(9000)));
            let tasks = stack.add("Tasks", SecurityGroup::props(&vpc));
            let service = stack.child("Service");
            service.add("Resource", purlin::CfnResource::new("AWS::SQS::Queue"));
            let register = || app.register_target(&tasks.connections(), Port::tcp(8080), &service);
            if registered_first {
                register();
            }
            let http = alb.add_http_listener("Http", not_found());
            http.add_rule("App", 10, [ListenerCondition::path_patterns(["/app"])], Action::forward(&app));
            if !registered_first {
                register();
            }
            stack.add("Label", CfnOutput::new(app.request_count_label()));
        })
    };
    for template in [build(true), build(false)] {
        let ports: Vec<_> = template
            .resources_of("AWS::EC2::SecurityGroupIngress")
            .into_iter()
            .map(|(_, rule)| rule["Properties"]["FromPort"].as_i64().unwrap())
            .collect();
        assert_eq!(ports.iter().filter(|port| **port == 8080).count(), 1, "{ports:?}");
        assert_eq!(ports.iter().filter(|port| **port == 9000).count(), 1, "{ports:?}");
        let (rule, _) = template.resources_of(RULE)[0];
        assert_eq!(template.only("AWS::SQS::Queue")["DependsOn"], json!([rule]));
        // As the CDK writes it (measured with aws-cdk-lib 2.276.0).
        let part = |index| json!({"Fn::Select": [index, {"Fn::Split": ["/", {"Ref": "LBHttp4F52EE23"}]}]});
        let full_name = json!({"Fn::GetAtt": ["AppF1B96344", "TargetGroupFullName"]});
        let label = json!({"Fn::Join": ["", [part(1), "/", part(2), "/", part(3), "/", full_name]]});
        assert_eq!(template.json()["Outputs"]["Label"]["Value"], label);
    }
}

#[test]
fn an_imported_balancer_takes_listeners_and_rules() {
    let template = Template::of(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let group = SecurityGroup::from_id(stack, "Group", "sg-1");
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/0123";
        let attributes = ApplicationLoadBalancerAttributes::new(arn, &group).vpc(&vpc).dns("shop.example", "Z1");
        let alb = ApplicationLoadBalancer::from_attributes(stack, "LB", attributes);
        assert_eq!(alb.full_name().as_str(), Some("app/shop/0123"));
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/shop/0123/4567";
        let https = HttpsListener::from_arn(stack, "Https", arn, &alb);
        let app = stack.add("App", ApplicationTargetGroup::props(&vpc));
        https.add_rule("App", 10, [ListenerCondition::path_patterns(["/app"])], Action::forward(&app));
        alb.add_listener("Http", HttpListener::props(not_found()).port(8080));
    });
    assert_eq!(template.resources_of(LISTENER).len(), 1);
    assert!(template.only(RULE)["Properties"]["ListenerArn"].as_str().unwrap().ends_with("/4567"));
}

#[test]
fn settings_of_a_balancer_that_aws_refuses_are_problems() {
    type Change = fn(purlin::elbv2::ApplicationLoadBalancerProps) -> purlin::elbv2::ApplicationLoadBalancerProps;
    let cases: [(Change, &str); 6] = [
        (|alb| alb.idle_timeout(Duration::from_secs(4001)), "the idle timeout is `4001s`"),
        (|alb| alb.client_keep_alive(Duration::from_secs(59)), "the client keep-alive is `59s`"),
        (
            |alb| alb.name("internal-shop"),
            "the name of the load balancer is `internal-shop`, but AWS takes names without",
        ),
        (|alb| alb.name("shop_1"), "AWS takes 1 to 32 letters, digits and `-`"),
        (|alb| alb.deny_all_igw_traffic(), "no IPv6 addresses"),
        (|alb| alb.ip_address_type(IpAddressType::DualStackWithoutPublicIpv4), "is internal"),
    ];
    for (change, expect) in cases {
        let message = problem(|stack| {
            let vpc = stack.add("Vpc", Vpc::props());
            stack.add("LB", change(ApplicationLoadBalancer::props(&vpc)));
        });
        assert!(message.contains(expect), "{message}");
    }
    let one_zone = problem(|stack| {
        let vpc = stack.add("Vpc", Vpc::props().max_azs(1));
        stack.add("LB", ApplicationLoadBalancer::props(&vpc));
    });
    assert!(one_zone.contains("at least two availability zones"), "{one_zone}");
    let twice = problem(|stack| {
        let (_, alb) = balancer(stack);
        alb.add_http_listener("A", not_found());
        alb.add_http_listener("B", not_found());
    });
    assert!(twice.contains("two listeners of the load balancer have port `80`, this one and `Stack/LB/A`"), "{twice}");
}

#[test]
fn settings_of_a_target_group_that_aws_refuses_are_problems() {
    type Change = fn(purlin::elbv2::ApplicationTargetGroupProps) -> purlin::elbv2::ApplicationTargetGroupProps;
    let cases: [(Change, &str); 18] = [
        (|group| group.deregistration_delay(Duration::from_secs(3601)), "the deregistration delay is `3601s`"),
        (|group| group.deregistration_delay(Duration::from_millis(1500)), "whole seconds"),
        (|group| group.slow_start(Duration::from_secs(29)), "the slow start is `29s`"),
        (|group| group.stickiness(Duration::from_secs(700_000)), "the stickiness of the target group"),
        (|group| group.stickiness_by_app_cookie("AWSALBX", Duration::from_secs(9)), "`AWSALBX`"),
        (|group| group.anomaly_mitigation(), "the algorithm is not weighted random"),
        (|group| group.multi_value_headers(), "not a Lambda function"),
        (|group| group.health_check(HealthCheck::path("health")), "AWS takes paths that start with `/`"),
        (|group| group.health_check(HealthCheck::new().timeout(Duration::from_secs(30))), "AWS takes longer intervals"),
        (
            |group| group.health_check(HealthCheck::new().interval(Duration::from_millis(9500))),
            "AWS takes whole seconds",
        ),
        (|group| group.health_check(HealthCheck::new().interval(Duration::from_secs(301))), "it takes at most 300"),
        (|group| group.health_check(HealthCheck::new().healthy_threshold(11)), "it takes at most 10"),
        (
            |group| group.health_check(HealthCheck::new().healthy_grpc_codes("0")),
            "the protocol version of the target group is HTTP",
        ),
        (|group| group.health_check(HealthCheck::disabled()), "AWS always checks addresses"),
        (|group| group.target_type(TargetType::Lambda).port(8080), "has a port, but its target is a Lambda function"),
        (|group| group.target_type(TargetType::Lambda).protocol(Protocol::Http), "has a protocol, but"),
        (
            |group| group.target_type(TargetType::Lambda).protocol_version(ProtocolVersion::Http2),
            "has a protocol version, but",
        ),
        (
            |group| group.target_type(TargetType::Lambda).stickiness(Duration::from_secs(9)),
            "has stickiness, but its target is a Lambda function, which has none",
        ),
    ];
    for (change, expect) in cases {
        let message = problem(|stack| {
            let vpc = stack.add("Vpc", Vpc::props());
            stack.add("Group", change(ApplicationTargetGroup::props(&vpc)));
        });
        assert!(message.contains(expect), "{message}");
    }
    let unattached = problem(|stack| {
        let vpc = stack.add("Vpc", Vpc::props());
        let _ = stack.add("Group", ApplicationTargetGroup::props(&vpc)).request_count_label();
    });
    assert!(unattached.contains("a target group that has no balancer"), "{unattached}");
}

#[test]
fn settings_of_a_rule_that_aws_refuses_are_problems() {
    let hosts = |count: usize| ListenerCondition::host_headers((0..count).map(|n| format!("h{n}.example.com")));
    let path = || ListenerCondition::path_patterns(["/"]);
    let cases: [(i64, Vec<ListenerCondition>, Action, &str); 12] = [
        (0, vec![path()], not_found(), "`Priority` is 0; it takes at least 1"),
        (50_001, vec![path()], not_found(), "it takes at most 50000"),
        (1, vec![], not_found(), "has no condition"),
        (1, vec![hosts(6)], not_found(), "6 values in all, but AWS takes 5"),
        (1, vec![path(), path()], not_found(), "two `path-pattern` conditions"),
        (1, vec![ListenerCondition::http_request_methods(["get"])], not_found(), "the request method is `get`"),
        (1, vec![ListenerCondition::source_ips(["192.0.2.1"])], not_found(), "`192.0.2.1` is not a block"),
        (1, vec![ListenerCondition::http_header("Host", ["a"])], not_found(), "`Host` header"),
        (1, vec![path()], Action::redirect(Redirect::new()), "never ends"),
        (1, vec![path()], Action::redirect(Redirect::new().path("x")), "AWS takes paths that start with `/`"),
        (
            1,
            vec![path()],
            Action::fixed_response(FixedResponse::status(302)),
            "the status of the fixed response is `302`",
        ),
        (1, vec![path()], Action::forward(Forward::weighted([])), "the forward has 0 target groups"),
    ];
    for (priority, conditions, action, expect) in cases {
        let message = problem(|stack| {
            let (_, alb) = balancer(stack);
            alb.add_http_listener("Http", not_found()).add_rule("Rule", priority, conditions, action);
        });
        assert!(message.contains(expect), "{message}");
    }
}

#[test]
fn claims_that_aws_always_checks_or_cannot_check_are_problems() {
    let message = |change: fn(ValidateJwt) -> ValidateJwt| {
        problem(move |stack| {
            let (vpc, alb) = balancer(stack);
            let app = stack.add("App", ApplicationTargetGroup::props(&vpc));
            let tokens = change(ValidateJwt::new("https://id.test", "https://id.test/keys"));
            alb.add_https_listener("Https", &certificate("a"), tokens.then(Action::forward(&app)));
        })
    };
    assert!(message(|tokens| tokens.claim_is("exp", "1")).contains("AWS always checks `exp`"));
    assert!(message(|tokens| tokens.claim_has_word("scope", ["a b"])).contains("the word `a b` of the claim `scope`"));
    assert!(message(|tokens| tokens.claim_contains("groups", [""; 11])).contains("has 11 values"));
    let insecure = problem(|stack| {
        let (_, alb) = balancer(stack);
        let tokens = ValidateJwt::new("https://id.test", "http://id.test/keys");
        alb.add_https_listener("Https", &certificate("a"), tokens.then(not_found()));
    });
    assert!(insecure.contains("AWS takes `https://` URLs"), "{insecure}");
}

#[test]
fn certificates_are_in_the_region_and_cover_the_hosts_of_the_rules() {
    let app = App::new();
    let stack = app.add("Stack", Stack::props().env(Environment::of("111122223333", "us-east-1")));
    let (_, alb) = balancer(&stack);
    alb.add_https_listener("Https", &certificate("a"), not_found());
    let found = app.synth().unwrap_err();
    assert!(found[0].message.contains("in `us-east-1`, but its certificate in `eu-west-1`"), "{found:?}");
    let no_arn = problem(|stack| {
        let (_, alb) = balancer(stack);
        alb.add_https_listener("Https", &Certificate::from_arn("0f1e2d3c"), not_found());
    });
    assert!(no_arn.contains("`0f1e2d3c` is not the ARN of a certificate"), "{no_arn}");

    let warnings = |more: bool| {
        let template = Template::of(move |stack| {
            let (_, alb) = balancer(stack);
            let zone = HostedZone::from_attributes(stack, "Zone", "Z1", "example.com");
            let named = |id: &str, name: &str| stack.add(id, Certificate::props(name).validation_from_dns(&zone));
            let https = alb.add_https_listener("Https", &named("A", "a.example.com"), not_found());
            https.add_rule("B", 1, [ListenerCondition::host_headers(["b.example.com"])], not_found());
            if more {
                https.add_certificates("More", [&named("B", "*.example.com")]);
            }
        });
        template.notices().iter().filter(|notice| notice.message.contains("`b.example.com`")).count()
    };
    assert_eq!((warnings(false), warnings(true)), (1, 0));
}

#[test]
fn the_alias_of_a_balancer_has_both_ip_versions() {
    let template = Template::of(|stack| {
        let (_, alb) = balancer(stack);
        let zone = HostedZone::from_attributes(stack, "Zone", "Z1", "example.com");
        let target = RecordTarget::alias(alb.alias_target());
        stack.add("Record", ARecord::props(&zone, target).record_name("app"));
        assert!(alb.scope().path().ends_with("LB"));
    });
    let alias = &template.only("AWS::Route53::RecordSet")["Properties"]["AliasTarget"];
    assert_eq!(alias["DNSName"], json!({"Fn::Join": ["", ["dualstack.", {"Fn::GetAtt": ["LB8A12904C", "DNSName"]}]]}));
    assert_eq!(alias["HostedZoneId"], json!({"Fn::GetAtt": ["LB8A12904C", "CanonicalHostedZoneID"]}));
}
