//! The balancer's login in a real browser: TLS, redirects and cookies as Chromium takes them.

use crate::e2e::HOST;
use crate::e2e::login::{PASSWORD, USER, add_user, start_app};
use crate::e2e::readback::pool_of_the_domain;
use crate::e2e::world::World;

use super::Chromium;

#[test]
fn a_person_logs_in_at_the_balancer_and_out_again() {
    let world = World::deployed();
    let _app = start_app(world.aws);
    add_user(world.aws, &pool_of_the_domain(world.aws));

    let mut browser = Chromium::start("cognito-alb-fargate", world.aws.port);
    browser.goto(&format!("http://{HOST}/"));
    browser.expect_address("/oauth2/authorize");
    browser.screenshot("login");

    browser.fill_css("input[name=username]", USER);
    browser.fill_css("input[name=password]", PASSWORD);
    browser.click_css("[type=submit]");
    browser.expect("The claims are valid");
    assert_eq!(browser.look().address, format!("https://{HOST}/"));
    assert_eq!(browser.cookies(HOST), ["AWSELBAuthSessionCookie-0"]);
    browser.screenshot("app");
    assert_eq!(browser.evaluate("document.cookie"), "", "the session is out of the page's reach");

    browser.goto(&format!("https://{HOST}/logout"));
    browser.expect("Sign out?");
    browser.click("Sign out");
    browser.expect_address("/oauth2/authorize");
    assert!(browser.cookies(HOST).is_empty());
    browser.goto(&format!("https://{HOST}/"));
    browser.expect_address("/oauth2/authorize");
    browser.done();
}
