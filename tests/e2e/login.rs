//! A browser's login and logout: to the balancer, to the login page, and back to the app.

use std::collections::BTreeMap;

use serde_json::json;

use super::HOST;
use super::aws::{Aws, list, text};
use super::browser::Browser;
use super::readback::{balancer, container, environment, pool_of_the_domain, target_group};
use super::world::{App, World};

/// The user.
pub const USER: &str = "ada@example.com";
/// The user's password.
pub const PASSWORD: &str = "Correct-horse-1-battery";

#[test]
fn a_user_logs_in_uses_the_app_and_logs_out() {
    let world = World::deployed();
    let aws = world.aws;
    let _app = start_app(aws);
    add_user(aws, &pool_of_the_domain(aws));

    let mut browser = Browser::new(aws.port);
    let login = browser.visit(&format!("http://{HOST}/"));
    assert!(
        browser.trail[1].starts_with(&format!("https://{HOST}")),
        "the first redirect is to TLS: {:#?}",
        browser.trail
    );
    assert!(login.address.contains("/oauth2/authorize") || login.address.contains("/login"), "{}", login.address);

    let wrong = browser.submit(&login, &[("username", USER), ("password", "wrong")]);
    assert!(!browser.trail.iter().any(|it| it.ends_with("/oauth2/idpresponse")), "{}", wrong.source);

    let page = browser.submit(&login, &[("username", USER), ("password", PASSWORD)]);
    assert!(browser.trail.contains(&format!("https://{HOST}/oauth2/idpresponse")), "{:#?}", browser.trail);
    assert_eq!(page.status, 200, "{}", page.source);
    assert!(page.source.contains("The claims are <strong>valid</strong>"), "{}", page.source);
    assert!(page.source.contains(&format!("<tr><th>email</th><td>{USER}</td></tr>")), "{}", page.source);
    assert_eq!(browser.cookies(HOST), ["AWSELBAuthSessionCookie-0"]);

    let asked = browser.visit(&format!("https://{HOST}/logout"));
    assert!(asked.status == 200 && asked.source.contains("Sign out?"), "a link signs no one out: {}", asked.source);
    let foreign = browser.submit_from("https://evil.example.com/", &format!("https://{HOST}/logout"));
    assert!(foreign.status == 403 && foreign.source.contains("You are not signed out"), "{}", foreign.source);
    assert_eq!(browser.cookies(HOST), ["AWSELBAuthSessionCookie-0"]);

    let login = browser.submit(&page, &[]);
    assert!(browser.cookies(HOST).is_empty(), "{}", login.source);
    assert!(browser.trail.iter().any(|it| it.ends_with(".amazoncognito.com/logout")), "{:#?}", browser.trail);
    assert!(login.source.contains("<form"), "{}", login.source);
    let again = browser.visit(&format!("https://{HOST}/"));
    assert!(again.source.contains("<form") && !again.source.contains(USER), "{}", again.source);
}

#[test]
fn no_address_bypasses_the_login() {
    let world = World::deployed();
    let app = App::start(&BTreeMap::new());
    run_in_the_target_group(world.aws, app.port);
    let own_name = text(&balancer(world.aws)["DNSName"]).to_owned();
    for address in [format!("https://{own_name}/"), format!("http://{own_name}/")] {
        let page = Browser::new(world.aws.port).visit(&address);
        assert!(!page.source.contains("no claims"), "{address} reached the app: {}", page.source);
    }
}

/// Runs the app with the environment in its task definition, as a target of the balancer.
pub fn start_app(aws: Aws) -> App {
    let mut environment = environment(&container(aws));
    assert_eq!(environment["EXPECTED_SIGNER"], text(&balancer(aws)["LoadBalancerArn"]));
    // The only address that differs from AWS.
    environment.insert("PUBLIC_KEY_URL".into(), format!("http://127.0.0.1:{}/_purlin/elb-public-keys", aws.port));
    let app = App::start(&environment);
    run_in_the_target_group(aws, app.port);
    app
}

/// Registers a port of this machine in place of the service's tasks.
fn run_in_the_target_group(aws: Aws, port: u16) {
    let group = target_group(aws);
    let group = ("TargetGroupArn", text(&group["TargetGroupArn"]));
    let health = aws.elbv2("DescribeTargetHealth", &[group]);
    for old in list(&health["TargetHealthDescriptions"]) {
        let (id, port) = (text(&old["Target"]["Id"]), text(&old["Target"]["Port"]));
        aws.elbv2("DeregisterTargets", &[group, ("Targets.member.1.Id", id), ("Targets.member.1.Port", port)]);
    }
    let port = port.to_string();
    aws.elbv2("RegisterTargets", &[group, ("Targets.member.1.Id", "127.0.0.1"), ("Targets.member.1.Port", &port)]);
}

/// Adds the user, with a permanent password, to a pool.
pub fn add_user(aws: Aws, pool: &str) {
    let attributes = json!([{ "Name": "email", "Value": USER }, { "Name": "email_verified", "Value": "true" }]);
    let user =
        json!({ "UserPoolId": pool, "Username": USER, "UserAttributes": attributes, "MessageAction": "SUPPRESS" });
    aws.cognito("AdminCreateUser", &user);
    let password = json!({ "UserPoolId": pool, "Username": USER, "Password": PASSWORD, "Permanent": true });
    aws.cognito("AdminSetUserPassword", &password);
}
