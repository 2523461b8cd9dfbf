//! Balancers that sign users in: what is added, and mistakes that the CDK does not report (`cdk_N_..`: `docs/cdk-differences.md`).

use std::rc::Rc;
use std::time::Duration;

use purlin::certificatemanager::Certificate;
use purlin::cfn::cognito::{CfnUserPoolClient, UserPoolClientAllowedOAuthFlows};
use purlin::cfn::ec2::{CfnSecurityGroup, SecurityGroupEgress};
use purlin::cfn::elasticloadbalancingv2::{
    CfnListener, CfnListenerRule, CfnLoadBalancer, ListenerAction, ListenerActionType, ListenerCertificate,
    ListenerFixedResponseConfig, ListenerProtocol, ListenerRuleAction, ListenerRuleActionType,
    ListenerRuleAuthenticateCognitoConfig, ListenerRuleHostHeaderConfig, ListenerRuleRuleCondition,
};
use purlin::cognito::{CodeGrant, Confidential, DomainProps, OAuthScope, UserPool, UserPoolClient, UserPoolDomain};
use purlin::ec2::{Connectable, Peer, Port, SecurityGroup, SubnetConfiguration, SubnetSelection, SubnetType, Vpc};
use purlin::elbv2::{
    Action, ApplicationLoadBalancer, ApplicationLoadBalancerAttributes, ApplicationTargetGroup, Authenticate,
    FixedResponse, HttpsAction, HttpsListener, IpAddressType, ListenerCondition, Redirect,
};
use purlin::testing::{Template, problems};
use purlin::{App, HasScope, IntoValue, Ref, Stack, Value};
use serde_json::json;

use super::{check, problem};

const EGRESS: &str = "AWS::EC2::SecurityGroupEgress";

fn certificate() -> Certificate {
    Certificate::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/a")
}

fn not_found() -> Action {
    Action::fixed_response(FixedResponse::status(404))
}

fn hosts<const N: usize>(hosts: [&str; N]) -> [ListenerCondition; 1] {
    [ListenerCondition::host_headers(hosts)]
}

/// A user pool with a client that can sign users in at a balancer.
struct Users {
    pool: UserPool,
    client: UserPoolClient<Confidential, CodeGrant>,
    domain: UserPoolDomain,
}

impl Users {
    fn of(stack: &Stack) -> Self {
        let pool = stack.add("Users", UserPool::props());
        let domain = pool.add_domain("Domain", DomainProps::prefix("acme"));
        let client = UserPoolClient::props().generate_secret().authorization_code_grant([OAuthScope::OPENID]);
        Self { client: pool.add_client("Client", client), domain, pool }
    }

    fn login(&self, then: Action) -> HttpsAction {
        Authenticate::cognito(&self.pool, &self.client, &self.domain).then(then)
    }

    /// The same, raw.
    fn raw_login(&self) -> ListenerRuleAction {
        let config = ListenerRuleAuthenticateCognitoConfig::new(self.pool.arn(), self.client.id(), self.domain.name());
        ListenerRuleAction::new(ListenerRuleActionType::AUTHENTICATE_COGNITO)
            .order(1_u8)
            .authenticate_cognito_config(config)
    }
}

struct Web {
    vpc: Vpc,
    alb: ApplicationLoadBalancer,
    app: ApplicationTargetGroup,
    users: Users,
}

fn network(stack: &Stack) -> (Vpc, ApplicationLoadBalancer, ApplicationTargetGroup) {
    let vpc = stack.add("Vpc", Vpc::props());
    let alb = stack.add("LB", ApplicationLoadBalancer::props(&vpc).internet_facing());
    let app = stack.add("App", ApplicationTargetGroup::props(&vpc));
    (vpc, alb, app)
}

fn web(stack: &Stack) -> Web {
    let (vpc, alb, app) = network(stack);
    Web { alb, app, users: Users::of(stack), vpc }
}

fn raw_rule(arn: Value<String>, priority: i64, host: &str, actions: Vec<ListenerRuleAction>) -> CfnListenerRule {
    let host = ListenerRuleHostHeaderConfig::new().values([host]);
    let condition = ListenerRuleRuleCondition::new().field("host-header").host_header_config(host);
    CfnListenerRule::new(actions, [condition], priority).listener_arn(arn)
}

fn forward(app: &ApplicationTargetGroup) -> ListenerRuleAction {
    ListenerRuleAction::new(ListenerRuleActionType::FORWARD).order(2_u8).target_group_arn(app.arn())
}

/// The number of egress rules tcp/443 to 0.0.0.0/0.
fn https_out(template: &Template) -> usize {
    let to_anywhere = |rule: &serde_json::Value| {
        rule["Properties"]["CidrIp"] == "0.0.0.0/0"
            && rule["Properties"]["FromPort"] == 443
            && rule["Properties"]["ToPort"] == 443
            && rule["Properties"]["IpProtocol"] == "tcp"
    };
    template.resources_of(EGRESS).into_iter().filter(|(_, rule)| to_anywhere(rule)).count()
}

fn patches(template: &Template) -> Vec<&'static str> {
    template
        .patches()
        .iter()
        .map(|patch| patch.name)
        .filter(|name| name.contains("idp") || name.contains("callback"))
        .collect()
}

#[track_caller]
fn warns(template: &Template, expect: &str) {
    assert!(template.notices().iter().any(|notice| notice.message.contains(expect)), "{:#?}", template.notices());
}

#[track_caller]
fn warns_not(template: &Template) {
    let about_logins = |text: &str| text.contains("sign") || text.contains("login");
    let found: Vec<_> = template.notices().iter().filter(|notice| about_logins(&notice.message)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_rule_signs_users_in_with_egress_and_callback_urls() {
    check("elbv2_login", |stack| {
        let Web { alb, app, users, .. } = web(stack);
        let https = alb.add_https_listener("Public", &certificate(), not_found());
        let login = Authenticate::cognito(&users.pool, &users.client, &users.domain)
            .session_timeout(Duration::from_hours(1))
            .then(Action::forward(&app));
        https.add_rule("Login", 1000, hosts(["app.example.com"]), login);
        alb.add_redirect();
    });
}

#[test]
fn cdk_1_a_raw_rule_opens_egress_to_the_identity_provider_too() {
    let template = Template::of(|stack| {
        let Web { alb, app, users, .. } = web(stack);
        let https = alb.add_https_listener("Public", &certificate(), not_found());
        users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
        stack.add("Login", raw_rule(https.arn(), 1, "app.example.com", vec![users.raw_login(), forward(&app)]));
    });
    assert_eq!(https_out(&template), 1);
    assert_eq!(patches(&template), ["alb-idp-egress"]);
    assert_eq!(template.patches()[0].path, "Stack/LB");
    warns_not(&template);
}

#[test]
fn cdk_1_the_pass_covers_raw_balancers_and_groups() {
    let raw = |egress: Option<SecurityGroupEgress>| {
        Template::of(move |stack| {
            let vpc = stack.add("Vpc", Vpc::props());
            let (app, users) = (stack.add("App", ApplicationTargetGroup::props(&vpc)), Users::of(stack));
            users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
            let group = CfnSecurityGroup::new("raw").vpc_id(vpc.id());
            let group = stack.add("Group", egress.map_or(group.clone(), |rule| group.security_group_egress([rule])));
            let subnets: Vec<_> = vpc.public_subnets().iter().map(purlin::ec2::Subnet::id).collect();
            let groups = [group.att(CfnSecurityGroup::ATTR_GROUP_ID)];
            let alb = stack.add("Raw", CfnLoadBalancer::new().security_groups(groups).subnets(subnets));
            let nothing = ListenerAction::new(ListenerActionType::FIXED_RESPONSE)
                .fixed_response_config(ListenerFixedResponseConfig::new("404"));
            let listener: Ref<CfnListener> = stack
                .add("Listener", CfnListener::new([nothing], alb.id()).protocol(ListenerProtocol::HTTPS).port(443_u16));
            let certificate = ListenerCertificate::new().certificate_arn(certificate().arn());
            listener.update(|it| it.certificates([certificate]));
            stack.add("Login", raw_rule(listener.id(), 1, "app.example.com", vec![users.raw_login(), forward(&app)]));
            stack.finally(|scope| purlin::elbv2::authentication_egress_pass(&scope.root()));
        })
    };
    let narrow = SecurityGroupEgress::new("tcp").cidr_ip("10.0.0.0/8").from_port(8080_u16).to_port(8080_u16);
    let template = raw(Some(narrow));
    assert_eq!((https_out(&template), patches(&template)), (1, vec!["alb-idp-egress"]));
    assert!(template.patches()[0].path.ends_with("Raw"), "{:?}", template.patches());
    let everything = SecurityGroupEgress::new("-1").cidr_ip("0.0.0.0/0");
    for open in [None, Some(everything)] {
        let template = raw(open);
        assert_eq!((https_out(&template), patches(&template)), (0, vec![]));
    }
}

#[test]
fn cdk_2_egress_is_opened_once_and_can_be_turned_off() {
    let with = |prepare: fn(&ApplicationLoadBalancer, &Vpc)| {
        Template::of(move |stack| {
            let Web { vpc, alb, app, users } = web(stack);
            prepare(&alb, &vpc);
            let https = alb.add_https_listener("Public", &certificate(), not_found());
            for (index, host) in ["a.example.com", "b.example.com"].into_iter().enumerate() {
                let priority = i64::try_from(index).unwrap() + 1;
                https.add_rule(host, priority, hosts([host]), users.login(Action::forward(&app)));
            }
        })
    };
    let template = with(|_, _| ());
    assert_eq!(https_out(&template), 1);
    assert_eq!(patches(&template).iter().filter(|name| **name == "alb-idp-egress").count(), 1);
    let patch = template.patches().iter().find(|patch| patch.name == "alb-idp-egress").unwrap();
    assert!(patch.why.contains("`Stack/LB/Public/a.example.comRule`"), "{patch:?}");
    let off = with(|alb, _| alb.scope().without_patch("alb-idp-egress"));
    assert_eq!(https_out(&off), 0);
    let by_hand = with(|alb, _| alb.security_groups()[0].add_egress_rule(Peer::any_ipv4(), Port::HTTPS, "by hand"));
    assert_eq!((https_out(&by_hand), patches(&by_hand).contains(&"alb-idp-egress")), (1, false));
    let not_needed = with(|alb, vpc| {
        let group = alb.scope().stack().add("Everything", SecurityGroup::props(vpc));
        alb.add_security_group(&group);
    });
    assert_eq!(https_out(&not_needed), 1);
}

#[test]
fn extensions_of_the_user_do_not_turn_the_egress_patch_off() {
    let template = Template::of(|stack| {
        let Web { alb, app, users, .. } = web(stack);
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/shop/0123/4567";
        let https = HttpsListener::from_arn(stack, "Https", arn, &alb);
        https.scope().set_extension(Rc::new(1_i32));
        alb.cfn().unwrap().scope().set_extension(Rc::new("mine".to_owned()));
        https.add_rule("Login", 1, hosts(["app.example.com"]), users.login(Action::forward(&app)));
        assert_eq!(https.scope().extension::<i32>().as_deref(), Some(&1));
    });
    assert_eq!((https_out(&template), patches(&template)), (1, vec!["cognito-callback-urls", "alb-idp-egress"]));
    warns_not(&template);
}

#[test]
fn an_imported_balancer_is_a_warning() {
    let template = Template::of(|stack| {
        let Web { app, users, .. } = web(stack);
        let group = SecurityGroup::from_id(stack, "Group", "sg-1");
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/0123";
        let attributes = ApplicationLoadBalancerAttributes::new(arn, &group);
        let alb = ApplicationLoadBalancer::from_attributes(stack, "Imported", attributes);
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/shop/0123/4567";
        let https = HttpsListener::from_arn(stack, "Https", arn, &alb);
        https.add_rule("Login", 1, hosts(["app.example.com"]), users.login(Action::forward(&app)));
    });
    assert_eq!(https_out(&template), 0);
    warns(&template, "the load balancer that signs users in here is imported");
    let elsewhere = Template::of(|stack| {
        let Web { app, users, .. } = web(stack);
        users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/shop/0123/4567".into_value();
        stack.add("Login", raw_rule(arn, 1, "app.example.com", vec![users.raw_login(), forward(&app)]));
    });
    warns(&elsewhere, "is not part of this app");
}

#[test]
fn a_rule_in_the_stack_of_its_service_opens_the_balancer_of_another() {
    let app = App::new();
    let (shared, members) = (app.add("Shared", Stack::props()), app.add("Members", Stack::props()));
    let (vpc, alb, _) = network(&shared);
    let https = alb.add_https_listener("Public", &certificate(), not_found());
    let (group, users) = (members.add("App", ApplicationTargetGroup::props(&vpc)), Users::of(&members));
    let tasks = members.add("Tasks", SecurityGroup::props(&vpc).restrict_outbound());
    group.register_target(&tasks.connections(), Port::tcp(8080), tasks.scope());
    let login = https.rule(1, users.login(Action::forward(&group)));
    members.add("Login", login.conditions(hosts(["members.example.com"])));
    let synthesis = app.synth().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let [shared, members] = &synthesis.stacks[..] else { panic!("two stacks were expected") };
    let of_type = |stack: &purlin::StackSynthesis, type_name: &str| {
        let resources = stack.template["Resources"].as_object().unwrap();
        resources.values().filter(|resource| resource["Type"] == type_name).count()
    };
    assert_eq!(of_type(shared, EGRESS), 1, "to the identity provider");
    assert_eq!(of_type(members, EGRESS), 1, "to the tasks");
    assert_eq!(of_type(members, "AWS::ElasticLoadBalancingV2::ListenerRule"), 1);
    assert_eq!(synthesis.patches.iter().filter(|patch| patch.name == "alb-idp-egress").count(), 1);
}

#[test]
fn cdk_3_a_way_around_the_login_is_a_warning_that_can_be_turned_off() {
    let template = |default: fn(&ApplicationTargetGroup) -> Action, change: fn(&HttpsListener)| {
        Template::of(move |stack| {
            let Web { alb, app, users, .. } = web(stack);
            let https = alb.add_https_listener("Public", &certificate(), default(&app));
            https.add_rule("Login", 1, hosts(["app.example.com"]), users.login(Action::forward(&app)));
            change(&https);
        })
    };
    let warning = "without a login, but `Stack/LB/Public/LoginRule` requires one";
    warns(&template(|app| Action::forward(app), |_| ()), warning);
    warns_not(&template(|_| not_found(), |_| ()));
    warns_not(&template(|_| Action::redirect(Redirect::to_host("app.example.com")), |_| ()));
    warns_not(&template(|app| Action::forward(app), |https| drop(https.allow_unauthenticated_default().clone())));
    let by_rule = |allow: bool| {
        Template::of(move |stack| {
            let Web { alb, app, users, .. } = web(stack);
            let https = alb.add_https_listener("Public", &certificate(), not_found());
            https.add_rule("Login", 2, hosts(["app.example.com"]), users.login(Action::forward(&app)));
            let open = [ListenerCondition::path_patterns(["/health"])];
            let rule = https.add_rule("Health", 1, open, Action::forward(&app));
            if allow {
                rule.allow_unauthenticated();
            }
        })
    };
    warns(&by_rule(false), "the requests of this rule reach the target group `Stack/App` without a login");
    warns_not(&by_rule(true));
}

#[test]
fn cdk_4_rules_have_a_priority_and_the_listener_returns_free_ones() {
    let template = Template::of(|stack| {
        let (_, alb, app) = network(stack);
        let https = alb.add_https_listener("Public", &certificate(), not_found());
        for path in ["/a", "/b"] {
            let condition = [ListenerCondition::path_patterns([path])];
            https.add_rule(path, https.next_priority(), condition, Action::forward(&app));
        }
    });
    let rules = template.resources_of("AWS::ElasticLoadBalancingV2::ListenerRule");
    let priorities: Vec<_> = rules.into_iter().map(|(_, rule)| rule["Properties"]["Priority"].clone()).collect();
    assert_eq!(priorities, [json!(10), json!(20)]);
    let listener = template.only("AWS::ElasticLoadBalancingV2::Listener");
    assert_eq!(listener["Properties"]["DefaultActions"][0]["Type"], "fixed-response");
}

#[test]
fn cdk_5_a_priority_taken_twice_is_a_problem() {
    let message = problem(|stack| {
        let (_, alb, app) = network(stack);
        let https = alb.add_https_listener("Public", &certificate(), not_found());
        https.add_rule("A", 7, hosts(["a.example.com"]), Action::forward(&app));
        stack.add("Raw", raw_rule(https.arn(), 7, "b.example.com", vec![forward(&app)]));
    });
    assert!(message.contains("priority `7`, this one and `Stack/LB/Public/ARule`"), "{message}");
}

#[test]
fn cdk_6_a_raw_login_over_http_is_a_problem() {
    let message = problem(|stack| {
        let Web { alb, app, users, .. } = web(stack);
        let http = alb.add_http_listener("Public", not_found());
        users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
        stack.add("Login", raw_rule(http.arn(), 1, "app.example.com", vec![users.raw_login(), forward(&app)]));
    });
    assert!(message.contains("on an HTTP listener"), "{message}");
}

#[test]
fn cdk_7_a_raw_login_with_a_client_without_secret_or_code_flow_is_a_problem() {
    let with = |client: fn(CfnUserPoolClient) -> CfnUserPoolClient| {
        problem(move |stack| {
            let Web { alb, app, users, .. } = web(stack);
            let https = alb.add_https_listener("Public", &certificate(), not_found());
            let urls = ["https://app.example.com/oauth2/idpresponse"];
            users.client.add_callback_url(urls[0]);
            let raw = CfnUserPoolClient::new(users.pool.id()).callback_urls(urls);
            let raw = stack.add("Raw", client(raw.allowed_oauth_flows_user_pool_client(true)));
            let config = ListenerRuleAuthenticateCognitoConfig::new(users.pool.arn(), raw.id(), users.domain.name());
            let login = ListenerRuleAction::new(ListenerRuleActionType::AUTHENTICATE_COGNITO)
                .authenticate_cognito_config(config);
            stack.add("Login", raw_rule(https.arn(), 1, "app.example.com", vec![login, forward(&app)]));
        })
    };
    let message = with(|client| client.allowed_oauth_flows([UserPoolClientAllowedOAuthFlows::CODE]));
    assert!(message.contains("`Stack/Raw`, which has no secret"), "{message}");
    let message =
        with(|client| client.generate_secret(true).allowed_oauth_flows([UserPoolClientAllowedOAuthFlows::IMPLICIT]));
    assert!(message.contains("not allowed the code flow"), "{message}");
}

#[test]
fn cdk_9_callback_urls_contain_the_hosts() {
    let callbacks = |host: &'static str, off: bool| {
        Template::of(move |stack| {
            let Web { alb, app, users, .. } = web(stack);
            if off {
                stack.without_patch("cognito-callback-urls");
                users.client.add_callback_url("https://elsewhere.example.com/oauth2/idpresponse");
            }
            users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
            let https = alb.add_https_listener("Public", &certificate(), not_found());
            https.add_rule("Login", 1, hosts([host]), users.login(Action::forward(&app)));
        })
    };
    let urls =
        |template: &Template| template.only("AWS::Cognito::UserPoolClient")["Properties"]["CallbackURLs"].clone();
    let app = "https://app.example.com/oauth2/idpresponse";
    assert_eq!(urls(&callbacks("app.example.com", false)), json!([app]));
    assert_eq!(urls(&callbacks("b.example.com", false)), json!([app, "https://b.example.com/oauth2/idpresponse"]));
    assert_eq!(
        urls(&callbacks("b.example.com", true)),
        json!(["https://elsewhere.example.com/oauth2/idpresponse", app])
    );
    let wildcard = callbacks("*.example.com", false);
    assert_eq!(urls(&wildcard), json!([app]));
    warns(&wildcard, "`*.example.com`, so their callback URLs cannot be registered");
    warns_not(&callbacks("*.example.com", true));
    let raw = Template::of(|stack| {
        let Web { alb, app, users, .. } = web(stack);
        users.client.add_callback_url("https://other.example.com/oauth2/idpresponse");
        let https = alb.add_https_listener("Public", &certificate(), not_found());
        stack.add("Login", raw_rule(https.arn(), 1, "app.example.com", vec![users.raw_login(), forward(&app)]));
    });
    warns(&raw, "lacks the callback URL `https://app.example.com/oauth2/idpresponse`");
}

#[test]
fn a_login_on_any_host_warns_and_a_host_that_browsers_do_not_send_is_a_problem() {
    let any_host = Template::of(|stack| {
        let Web { alb, app, users, .. } = web(stack);
        users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
        alb.add_https_listener("Public", &certificate(), users.login(Action::forward(&app)));
    });
    warns(&any_host, "users are signed in on any host");
    for host in ["App.example.com", "app.example.com.", "APP.EXAMPLE.COM."] {
        let message = problem(|stack| {
            let Web { alb, app, users, .. } = web(stack);
            users.client.add_callback_url("https://app.example.com/oauth2/idpresponse");
            let https = alb.add_https_listener("Public", &certificate(), not_found());
            https.add_rule("Login", 1, hosts([host]), users.login(Action::forward(&app)));
        });
        assert!(message.contains(&format!("on the host `{host}`, but browsers send `app.example.com`")), "{message}");
    }
}

#[test]
fn a_balancer_that_cannot_reach_the_identity_provider_is_a_problem() {
    type Change = fn(purlin::elbv2::ApplicationLoadBalancerProps) -> purlin::elbv2::ApplicationLoadBalancerProps;
    let found = |change: Change| {
        problems(move |stack| {
            let groups = [
                SubnetConfiguration::public("Public"),
                SubnetConfiguration::private_with_egress("Private"),
                SubnetConfiguration::isolated("Isolated"),
            ];
            let vpc = stack.add("Vpc", Vpc::props().subnet_configuration(groups));
            let alb = stack.add("LB", change(ApplicationLoadBalancer::props(&vpc)));
            let (app, users) = (stack.add("App", ApplicationTargetGroup::props(&vpc)), Users::of(stack));
            let https = alb.add_https_listener("Public", &certificate(), not_found());
            https.add_rule("Login", 1, hosts(["app.example.com"]), users.login(Action::forward(&app)));
        })
    };
    assert_eq!(found(|alb| alb), []);
    assert_eq!(found(purlin::elbv2::ApplicationLoadBalancerProps::internet_facing), []);
    let cases: [(Change, &str); 4] = [
        (
            |alb| alb.subnets(SubnetSelection::of_type(SubnetType::PrivateIsolated)),
            "the internal load balancer signs users in, but cannot reach the identity provider over IPv4: its subnet `Stack/Vpc/IsolatedSubnet1/Subnet` has no route",
        ),
        (|alb| alb.subnets(SubnetSelection::of_type(SubnetType::Public)), "to an internet gateway only"),
        (
            |alb| alb.internet_facing().subnets(SubnetSelection::of_type(SubnetType::PrivateIsolated)),
            "the load balancer signs users in, but cannot reach",
        ),
        (
            |alb| alb.internet_facing().ip_address_type(IpAddressType::DualStackWithoutPublicIpv4),
            "the load balancer without public IPv4 addresses signs users in",
        ),
    ];
    for (change, expect) in cases {
        let found = found(change);
        assert!(found.iter().any(|problem| problem.message.contains(expect)), "{expect}: {found:#?}");
    }
}
