//! The state of the services after `deploy --local`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::aws::{Aws, REGION, list, only, text};
use super::world::World;
use super::{HOST, PREFIX, ZONE};

#[test]
fn the_services_have_the_stacks_resources() {
    let world = World::deployed();
    let aws = world.aws;
    let pool = pool_of_the_domain(aws);
    let client = client(aws, &pool);
    let balancer = balancer(aws);
    login_comes_before_the_app(aws, &balancer, &pool, &client);
    no_rule_bypasses_the_login(aws, &balancer);
    the_balancer_reaches_the_user_pool(aws, &balancer);
    the_client_allows_the_balancers_callback(&client);
    the_service_is_in_the_target_group_with_a_short_delay(aws);
    the_name_points_to_the_balancer(aws, &balancer);
    the_pool_is_protected(aws, &pool);
}

/// Action 1 authenticates, action 2 forwards, for the app's host only, at priority 1000.
fn login_comes_before_the_app(aws: Aws, balancer: &Value, pool: &str, client: &Value) {
    let rules = rules(aws, balancer, "443");
    let rule = rules.iter().find(|rule| rule["Priority"] == "1000").expect("a rule has priority 1000");
    let condition = only(&rule["Conditions"]);
    assert_eq!(condition["Field"], "host-header");
    assert_eq!(only(&condition["HostHeaderConfig"]["Values"]), HOST);
    let [login, forward] = list(&rule["Actions"]) else { panic!("not two actions: {rule:#}") };
    assert_eq!((text(&login["Order"]), text(&login["Type"])), ("1", "authenticate-cognito"));
    let config = &login["AuthenticateCognitoConfig"];
    assert!(text(&config["UserPoolArn"]).ends_with(&format!(":userpool/{pool}")), "{config:#}");
    assert_eq!(config["UserPoolClientId"], client["ClientId"]);
    assert_eq!(config["UserPoolDomain"], PREFIX);
    assert_eq!((text(&forward["Order"]), text(&forward["Type"])), ("2", "forward"));
    assert_eq!(forward["TargetGroupArn"], target_group(aws)["TargetGroupArn"]);
}

/// Other hosts, such as the balancer's own name, do not reach the app. Plain HTTP is redirected to TLS.
fn no_rule_bypasses_the_login(aws: Aws, balancer: &Value) {
    for rule in rules(aws, balancer, "443").iter().filter(|rule| rule["IsDefault"] == "true") {
        assert_ne!(only(&rule["Actions"])["Type"], "forward", "{rule:#}");
    }
    let plain = rules(aws, balancer, "80");
    let action = only(&plain[0]["Actions"]);
    assert_eq!((text(&action["Type"]), text(&action["RedirectConfig"]["Protocol"])), ("redirect", "HTTPS"));
}

fn the_balancer_reaches_the_user_pool(aws: Aws, balancer: &Value) {
    let group = only(&balancer["SecurityGroups"]);
    let groups = aws.ec2("DescribeSecurityGroups", &[("GroupId.1", text(group))]);
    let egress = list(&only(&groups["securityGroupInfo"])["ipPermissionsEgress"]);
    let to_pool: Vec<_> = egress
        .iter()
        .filter(|rule| rule["ipProtocol"] == "tcp" && rule["fromPort"] == "443" && rule["toPort"] == "443")
        .flat_map(|rule| list(&rule["ipRanges"]))
        .collect();
    let [range] = to_pool[..] else { panic!("not one egress rule at 443: {egress:#?}") };
    assert_eq!(range["cidrIp"], "0.0.0.0/0");
    assert!(!text(&range["description"]).is_empty(), "the rule has a description");
    assert!(!egress.iter().any(|rule| rule["ipProtocol"] == "-1"), "other egress is not allowed: {egress:#?}");
}

fn the_client_allows_the_balancers_callback(client: &Value) {
    assert!(!text(&client["ClientSecret"]).is_empty());
    assert_eq!(client["AllowedOAuthFlows"], json!(["code"]));
    assert_eq!(client["AllowedOAuthFlowsUserPoolClient"], true);
    assert!(list(&client["AllowedOAuthScopes"]).contains(&json!("openid")), "{client:#}");
    let callback = format!("https://{HOST}/oauth2/idpresponse");
    assert!(list(&client["CallbackURLs"]).contains(&json!(callback)), "{client:#}");
    assert!(
        list(&client["LogoutURLs"]).iter().all(|url| text(url).starts_with(&format!("https://{HOST}"))),
        "{client:#}"
    );
    assert!(!list(&client["LogoutURLs"]).is_empty(), "{client:#}");
    assert_eq!(client["SupportedIdentityProviders"], json!(["COGNITO"]));
}

fn the_service_is_in_the_target_group_with_a_short_delay(aws: Aws) {
    let group = target_group(aws);
    let attributes = aws.elbv2("DescribeTargetGroupAttributes", &[("TargetGroupArn", text(&group["TargetGroupArn"]))]);
    let delay = list(&attributes["Attributes"]).iter().find(|it| it["Key"] == "deregistration_delay.timeout_seconds");
    assert_eq!(delay.expect("the group has a delay")["Value"], "10");
    assert_eq!((text(&group["TargetType"]), text(&group["Protocol"])), ("ip", "HTTP"));

    let service = service(aws);
    assert_eq!(service["launchType"], "FARGATE");
    assert_eq!(
        service["deploymentConfiguration"]["deploymentCircuitBreaker"],
        json!({ "enable": true, "rollback": true })
    );
    let joined = only(&service["loadBalancers"]);
    assert_eq!(joined["targetGroupArn"], group["TargetGroupArn"]);
    let container = container(aws);
    assert_eq!((&joined["containerName"], &joined["containerPort"]), (&container["name"], &json!(8080)));
    let logout = &environment(&container)["LOGOUT_URL"];
    let start = format!("https://{PREFIX}.auth.{REGION}.amazoncognito.com/logout?client_id=");
    assert!(logout.starts_with(&start), "{logout}");
    assert!(logout.contains("&redirect_uri=https%3A%2F%2F") && logout.contains("&response_type=code"), "{logout}");
}

fn the_name_points_to_the_balancer(aws: Aws, balancer: &Value) {
    let records = aws.records(ZONE);
    let ours = |it: &&Value| it["Name"] == format!("{HOST}.") && it["Type"] == "A";
    let record = list(&records).iter().find(ours).expect("the app has an address");
    let target = text(&record["AliasTarget"]["DNSName"]).trim_end_matches('.');
    assert_eq!(target.trim_start_matches("dualstack."), text(&balancer["DNSName"]));
    assert_eq!(record["AliasTarget"]["HostedZoneId"], balancer["CanonicalHostedZoneId"]);
    let certificates = aws.acm("ListCertificates", &json!({}));
    assert_eq!(only(&certificates["CertificateSummaryList"])["DomainName"], HOST);
}

fn the_pool_is_protected(aws: Aws, pool: &str) {
    let pool = aws.cognito("DescribeUserPool", &json!({ "UserPoolId": pool }));
    assert_eq!(pool["UserPool"]["DeletionProtection"], "ACTIVE");
}

/// The pool whose login pages have the stack's prefix.
pub fn pool_of_the_domain(aws: Aws) -> String {
    let domain = aws.cognito("DescribeUserPoolDomain", &json!({ "Domain": PREFIX }));
    text(&domain["DomainDescription"]["UserPoolId"]).to_owned()
}

/// The pool's only client.
fn client(aws: Aws, pool: &str) -> Value {
    let clients = aws.cognito("ListUserPoolClients", &json!({ "UserPoolId": pool, "MaxResults": 10 }));
    let id = &only(&clients["UserPoolClients"])["ClientId"];
    let client = aws.cognito("DescribeUserPoolClient", &json!({ "UserPoolId": pool, "ClientId": id }));
    client["UserPoolClient"].clone()
}

/// The only load balancer.
pub fn balancer(aws: Aws) -> Value {
    only(&aws.elbv2("DescribeLoadBalancers", &[])["LoadBalancers"]).clone()
}

/// The rules of the listener at a port.
fn rules(aws: Aws, balancer: &Value, port: &str) -> Vec<Value> {
    let listeners = aws.elbv2("DescribeListeners", &[("LoadBalancerArn", text(&balancer["LoadBalancerArn"]))]);
    let listener =
        list(&listeners["Listeners"]).iter().find(|it| it["Port"] == port).expect("there is a listener at the port");
    let rules = aws.elbv2("DescribeRules", &[("ListenerArn", text(&listener["ListenerArn"]))]);
    list(&rules["Rules"]).to_vec()
}

/// The only target group.
pub fn target_group(aws: Aws) -> Value {
    only(&aws.elbv2("DescribeTargetGroups", &[])["TargetGroups"]).clone()
}

/// The only service.
pub fn service(aws: Aws) -> Value {
    let clusters = aws.ecs("ListClusters", &json!({}));
    let cluster = only(&clusters["clusterArns"]);
    let services = aws.ecs("ListServices", &json!({ "cluster": cluster }));
    let described = aws.ecs("DescribeServices", &json!({ "cluster": cluster, "services": services["serviceArns"] }));
    only(&described["services"]).clone()
}

/// The only container of the service's current task definition.
pub fn container(aws: Aws) -> Value {
    only(&Value::from(containers(aws))).clone()
}

/// The containers of the only service's task.
pub fn containers(aws: Aws) -> Vec<Value> {
    let task = service(aws)["taskDefinition"].clone();
    let task = aws.ecs("DescribeTaskDefinition", &json!({ "taskDefinition": task }));
    list(&task["taskDefinition"]["containerDefinitions"]).to_vec()
}

/// A container's environment.
pub fn environment(container: &Value) -> BTreeMap<String, String> {
    let variable = |it: &Value| (text(&it["name"]).to_owned(), text(&it["value"]).to_owned());
    list(&container["environment"]).iter().map(variable).collect()
}
