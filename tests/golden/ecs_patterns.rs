//! Whole services: behind a balancer, behind a login, and changes to their parts.

use std::time::Duration;

use purlin::certificatemanager::Certificate;
use purlin::cognito::{DomainProps, UserPool};
use purlin::ec2::Vpc;
use purlin::ecs::{Cluster, ContainerImage};
use purlin::ecs_patterns::{
    ApplicationLoadBalancedFargateService, ApplicationLoadBalancedFargateServiceProps, CognitoAuthenticatedService,
    RecordType, SignIn, TaskImage,
};
use purlin::elbv2::{ApplicationLoadBalancer, ApplicationTargetGroupProps, HealthCheck, SslPolicy};
use purlin::route53::HostedZone;
use purlin::testing::{Template, problems};
use purlin::{Expr, HasScope, Stack};
use serde_json::{Value, json};

use super::check;

fn image() -> TaskImage {
    TaskImage::new(ContainerImage::from_registry("docker.io/traefik/whoami:v1.11.0")).container_port(8080)
}

fn zone(stack: &Stack) -> HostedZone {
    HostedZone::from_attributes(stack, "Zone", "Z0123456789EXAMPLE", "example.com")
}

fn members(stack: &Stack) -> CognitoAuthenticatedService {
    let site = ("app.example.com", &zone(stack));
    stack.add("Service", CognitoAuthenticatedService::props(image(), site, SignIn::with_prefix("members-login")))
}

fn attribute(group: &Value, key: &str) -> Option<Value> {
    let attributes = group["Properties"]["TargetGroupAttributes"].as_array().unwrap();
    attributes.iter().find(|it| it["Key"] == key).map(|it| it["Value"].clone())
}

fn environment(template: &Template, name: &str) -> Option<Value> {
    let task = template.only("AWS::ECS::TaskDefinition");
    let variables = task["Properties"]["ContainerDefinitions"][0]["Environment"].as_array()?;
    variables.iter().find(|it| it["Name"] == name).map(|it| it["Value"].clone())
}

#[test]
fn a_service_behind_a_balancer() {
    check("ecs_patterns_balanced_http", |stack| {
        stack.add("Service", ApplicationLoadBalancedFargateService::props(image()));
    });
}

#[test]
fn a_service_behind_a_login() {
    check("ecs_patterns_authenticated", |stack| drop(members(stack)));
}

/// The logical ids of the CDK's pattern with the id `FargateService`, which a stack moved from it keeps.
#[test]
fn logical_ids_are_those_of_the_cdks_pattern() {
    let template = Template::of(|stack| {
        let vpc = stack.add("Vpc", Vpc::props().max_azs(2));
        let cluster = stack.add("Cluster", Cluster::props(&vpc));
        let site = ("app.example.com", &zone(stack));
        let service = CognitoAuthenticatedService::props(image(), site, SignIn::with_prefix("members-login"));
        stack.add("FargateService", service.cluster(&cluster));
    });
    for id in [
        "FargateServiceLBB353E155",
        "FargateServiceLBSecurityGroup5F444C78",
        "FargateServiceLBPublicListener4B4929CA",
        "FargateServiceLBPublicListenerECSGroupBE57E081",
        "FargateServiceLBPublicRedirectListenerB514B794",
        "FargateServiceCertificateF15CBDA5",
        "FargateServiceDNS764E1362",
        "FargateServiceTaskDef940E3A80",
        "FargateServiceTaskDefTaskRole8CDCF85E",
        "FargateServiceTaskDefExecutionRole9194820E",
        "FargateServiceTaskDefExecutionRoleDefaultPolicy827E7CA2",
        "FargateServiceTaskDefwebLogGroup71FAF541",
        "FargateServiceECC8084D",
        "FargateServiceSecurityGroup262B61DD",
        "ClusterEB0386A7",
    ] {
        template.resource(id);
    }
}

/// Rows 3, 19 and 20 of `docs/cdk-differences.md`: other hosts, deregistration delay, port 80.
#[test]
fn there_is_no_way_around_the_login_and_deployments_are_quick() {
    let template = Template::of(|stack| drop(members(stack)));
    let listeners = template.resources_of("AWS::ElasticLoadBalancingV2::Listener");
    let defaults: Vec<&Value> =
        listeners.iter().map(|(_, it)| &it["Properties"]["DefaultActions"][0]["Type"]).collect();
    assert_eq!(defaults, ["fixed-response", "redirect"]);
    let group = template.only("AWS::ElasticLoadBalancingV2::TargetGroup");
    assert_eq!(attribute(group, "deregistration_delay.timeout_seconds"), Some(json!("10")));
    let rule = &template.only("AWS::ElasticLoadBalancingV2::ListenerRule")["Properties"];
    assert_eq!(rule["Priority"], 1000);
    let steps: Vec<&Value> = rule["Actions"].as_array().unwrap().iter().map(|it| &it["Type"]).collect();
    assert_eq!(steps, ["authenticate-cognito", "forward"]);
}

/// Row 17: the app has the URL of the sign-out page, and Cognito its return URL.
#[test]
fn the_sign_out_page_is_in_the_environment_and_registered() {
    let template = Template::of(|stack| drop(members(stack)));
    let url = environment(&template, "LOGOUT_URL").unwrap();
    let parts = url["Fn::Join"][1].as_array().unwrap();
    assert_eq!(
        parts.last().unwrap(),
        "&redirect_uri=https%3A%2F%2Fapp.example.com&response_type=code&state=STATE&scope=openid"
    );
    let client = &template.only("AWS::Cognito::UserPoolClient")["Properties"];
    assert_eq!(
        client["CallbackURLs"],
        json!(["https://app.example.com/oauth2/idpresponse", "https://app.example.com"])
    );
    assert_eq!(client["LogoutURLs"], json!(["https://app.example.com"]));
    assert_eq!((&client["GenerateSecret"], &client["AllowedOAuthFlows"]), (&json!(true), &json!(["code"])));
}

#[test]
fn variables_of_the_user_are_not_replaced() {
    let template = Template::of(|stack| {
        let image = image().environment("LOGOUT_URL", "https://example.com/bye").environment("EXPECTED_SIGNER", "");
        let site = ("app.example.com", &zone(stack));
        stack.add("Service", CognitoAuthenticatedService::props(image, site, SignIn::with_prefix("members-login")));
    });
    assert_eq!(environment(&template, "LOGOUT_URL"), Some(json!("https://example.com/bye")));
    assert_eq!(environment(&template, "EXPECTED_SIGNER"), Some(json!("")));
    assert!(!template.patches().iter().any(|patch| ["logout-url", "expected-signer"].contains(&patch.name)));
}

#[test]
fn every_patch_can_be_turned_off_by_its_name() {
    let names = |template: &Template| -> Vec<&'static str> { template.patches().iter().map(|it| it.name).collect() };
    let all = Template::of(|stack| drop(members(stack)));
    let none = Template::of(|stack| {
        for name in names(&all) {
            stack.without_patch(name);
        }
        let site = ("app.example.com", &zone(stack));
        let members = CognitoAuthenticatedService::props(image(), site, SignIn::with_prefix("members-login"));
        stack.add("Service", members.client(|client| client.callback_url("https://app.example.com/signed-in")));
    });
    assert!(names(&all).len() >= 7, "{:?}", names(&all));
    assert_eq!(names(&none), Vec::<&str>::new());
    let group = none.only("AWS::ElasticLoadBalancingV2::TargetGroup");
    assert_eq!(attribute(group, "deregistration_delay.timeout_seconds"), None);
    assert_eq!(environment(&none, "LOGOUT_URL"), None);
    let open = |(_, rule): &(&str, &Value)| rule["Properties"]["CidrIp"] == "0.0.0.0/0";
    assert!(!none.resources_of("AWS::EC2::SecurityGroupEgress").iter().any(open));
}

#[test]
fn every_part_can_be_changed() {
    let template = Template::of(|stack| {
        let site = ("app.example.com", &zone(stack));
        let members = CognitoAuthenticatedService::props(image(), site, SignIn::with_prefix("members-login"))
            .priority(7)
            .client(|client| client.access_token_validity(Duration::from_mins(10)))
            .authentication(|login| login.session_timeout(Duration::from_hours(1)))
            .balanced(|balanced| {
                balanced
                    .deregistration_delay(Duration::from_mins(1))
                    .task(|task| task.cpu(512).memory_mib(1024))
                    .service(|service| service.desired_count(3))
                    .load_balancer(purlin::elbv2::ApplicationLoadBalancerProps::deletion_protection)
                    .target_group(|group| group.health_check(HealthCheck::path("/health")))
                    .record_type(RecordType::None)
                    .without_redirect()
            });
        stack.add("Service", members);
    });
    let group = template.only("AWS::ElasticLoadBalancingV2::TargetGroup");
    assert_eq!(attribute(group, "deregistration_delay.timeout_seconds"), Some(json!("60")));
    assert_eq!(group["Properties"]["HealthCheckPath"], "/health");
    assert!(!template.patches().iter().any(|patch| patch.name == "deregistration-delay"));
    assert_eq!(template.only("AWS::ECS::TaskDefinition")["Properties"]["Cpu"], "512");
    assert_eq!(template.only("AWS::ECS::Service")["Properties"]["DesiredCount"], 3);
    assert_eq!(template.only("AWS::ElasticLoadBalancingV2::ListenerRule")["Properties"]["Priority"], 7);
    assert!(template.resources_of("AWS::Route53::RecordSet").is_empty());
    assert_eq!(template.resources_of("AWS::ElasticLoadBalancingV2::Listener").len(), 1);
}

/// 10 seconds by default; no patch is listed where the stack sets another value.
#[test]
fn cdk_19_the_deregistration_delay_is_short_unless_set() {
    type Change = fn(ApplicationTargetGroupProps) -> ApplicationTargetGroupProps;
    let delay = |change: Change| {
        let template = Template::of(|stack| {
            let service = ApplicationLoadBalancedFargateService::props(image());
            stack.add("Service", service.target_group(change));
        });
        let is_patched = template.patches().iter().any(|patch| patch.name == "deregistration-delay");
        let group = template.only("AWS::ElasticLoadBalancingV2::TargetGroup");
        (attribute(group, "deregistration_delay.timeout_seconds").unwrap(), is_patched)
    };
    assert_eq!(delay(|group| group), (json!("10"), true));
    assert_eq!(delay(|group| group.deregistration_delay(Duration::from_mins(1))), (json!("60"), false));
    let raw = delay(|group| group.attribute("deregistration_delay.timeout_seconds", "61"));
    assert_eq!(raw, (json!("61"), false));
}

/// Also rows 18 and 25: the CDK adds functions that read a secret, empty a group, validate a certificate.
#[test]
fn cdk_32_all_resources_are_of_cloudformation_types() {
    let template = Template::of(|stack| drop(members(stack)));
    let certificate = &template.only("AWS::CertificateManager::Certificate")["Properties"];
    assert_eq!(certificate["ValidationMethod"], "DNS");
    assert_eq!(certificate["DomainValidationOptions"][0]["HostedZoneId"], "Z0123456789EXAMPLE");
    for (id, resource) in template.json()["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        let is_function = kind.starts_with("AWS::Lambda::") || kind.starts_with("AWS::CloudFormation::Custom");
        assert!(!is_function && !kind.starts_with("Custom::"), "{id}: {kind}");
    }
}

#[test]
fn raw_resources_can_be_overridden() {
    let template = Template::of(|stack| {
        let members = members(stack);
        members.client().cfn().override_property("ClientName", "members");
        members.balanced().service().scope().aspect(|scope| {
            if scope.resource_type().as_deref() == Some("AWS::ECS::Service") {
                scope.override_property("EnableExecuteCommand", Expr::Bool(true));
            }
        });
    });
    assert_eq!(template.only("AWS::Cognito::UserPoolClient")["Properties"]["ClientName"], "members");
    assert_eq!(template.only("AWS::ECS::Service")["Properties"]["EnableExecuteCommand"], true);
}

#[test]
fn an_existing_certificate_and_pool_are_used() {
    let template = Template::of(|stack| {
        let users = stack.add("Users", UserPool::props());
        let domain = users.add_domain("Domain", DomainProps::prefix("members-login"));
        let certificate = Certificate::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/1");
        let site = ("app.example.com", &zone(stack));
        let members = CognitoAuthenticatedService::props(image(), site, SignIn::with(&users, &domain));
        stack.add("Service", members.balanced(|balanced| balanced.certificate(&certificate)));
    });
    assert!(template.resources_of("AWS::CertificateManager::Certificate").is_empty());
    assert_eq!(template.resources_of("AWS::Cognito::UserPool").len(), 1);
}

#[test]
fn the_url_has_the_port_unless_it_is_the_default() {
    let url = |port: u16| {
        let template = Template::of(|stack| {
            let site = ("app.example.com", &zone(stack));
            let service = ApplicationLoadBalancedFargateService::props(image()).site(site).listener_port(port);
            stack.add("Service", service);
        });
        let outputs = template.json()["Outputs"].as_object().unwrap().clone();
        outputs.into_iter().find(|(id, _)| id.starts_with("ServiceServiceURL")).unwrap().1["Value"].clone()
    };
    assert_eq!((url(443), url(8443)), (json!("https://app.example.com"), json!("https://app.example.com:8443")));
}

#[test]
fn a_host_that_does_not_work_is_one_problem() {
    let cases = [
        (
            "App.Example.com",
            "example.com",
            "the host of the site is `App.Example.com`, but browsers send `app.example.com`",
        ),
        (
            "app.example.com.",
            "example.com",
            "the host of the site is `app.example.com.`, but browsers send `app.example.com`",
        ),
        ("APP.example.com", "Example.com.", "the host of the site is `APP.example.com`"),
        ("bücher.example.com", "example.com", "`bücher.example.com` has characters other than ASCII"),
        ("https://app.example.com/", "example.com", "is a URL, not a domain name"),
    ];
    for (host, zone, expect) in cases {
        let found = problems(|stack| {
            let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789EXAMPLE", zone);
            let sign_in = SignIn::with_prefix("members-login");
            stack.add("Service", CognitoAuthenticatedService::props(image(), (host, &zone), sign_in));
        });
        assert_eq!(found.len(), 1, "{host}: {found:#?}");
        assert!(found[0].message.contains(expect), "{host}: {found:#?}");
    }
}

#[test]
fn an_upper_case_zone_and_a_wildcard_host_are_no_problem() {
    let template = Template::of(|stack| {
        let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789EXAMPLE", "Example.com");
        let service = ApplicationLoadBalancedFargateService::props(image()).site(("*.example.com", &zone));
        stack.add("Service", service);
    });
    assert_eq!(template.only("AWS::Route53::RecordSet")["Properties"]["Name"], "*.example.com.");
}

#[test]
fn settings_without_effect_are_problems() {
    type Change = fn(ApplicationLoadBalancedFargateServiceProps, &Stack) -> ApplicationLoadBalancedFargateServiceProps;
    fn existing(
        service: ApplicationLoadBalancedFargateServiceProps,
        stack: &Stack,
    ) -> ApplicationLoadBalancedFargateServiceProps {
        let vpc = stack.add("Vpc", Vpc::props());
        let alb = stack.add("LB", ApplicationLoadBalancer::props(&vpc));
        service.vpc(&vpc).load_balancer_of(&alb)
    }
    let cases: [(Change, &str); 5] = [
        (|service, _| service.record_type(RecordType::Cname), "a record type, which has no effect: it has no site"),
        (|service, _| service.ssl_policy(SslPolicy::TLS13_1_3), "a TLS policy"),
        (|service, _| service.without_redirect(), "no redirect to HTTPS"),
        (|service, stack| existing(service, stack).internal(), "an internal load balancer"),
        (|service, stack| existing(service, stack).load_balancer(|alb| alb), "a change to the load balancer"),
    ];
    for (change, expect) in cases {
        let found = problems(|stack| {
            stack.add("Service", change(ApplicationLoadBalancedFargateService::props(image()), stack));
        });
        assert_eq!(found.len(), 1, "{expect}: {found:#?}");
        assert!(found[0].message.contains(expect), "{expect}: {found:#?}");
    }
}
