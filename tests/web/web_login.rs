//! The pages of the app of `WebLogin` in a real browser: by keyboard and mouse, and under its own content policy.

use crate::e2e::login::{PASSWORD, USER};
use crate::e2e::web_login::{Site, replace_provider};

use super::Chromium;

#[test]
fn a_person_signs_in_twice_and_out() {
    let site = Site::open();
    replace_provider(&site);
    let mut browser = Chromium::start("web-login", site.world.aws.port);
    assert_eq!(browser.goto(&site.at("/")), Some(200));
    assert_eq!(browser.look().title, "Welcome");
    browser.screenshot("welcome");
    assert_eq!(browser.noise(), Vec::<String>::new());

    browser.press("Tab");
    assert_eq!(browser.evaluate("document.activeElement.textContent"), "Sign in");
    browser.press("Enter");
    log_in(&mut browser);
    browser.screenshot("login");
    browser.click_css("[type=submit]");
    browser.expect("Hello,");
    assert_eq!(browser.look().address, site.at("/"), "the code is not in the address any more");
    assert_eq!(browser.read("#email"), USER);
    assert_eq!(browser.evaluate("document.cookie"), "", "the session is out of the page's reach");
    browser.screenshot("profile");

    // The form's policy lets the browser go on to the pool and back. What the pool's own page said is not ours.
    browser.noise();
    browser.click("Sign out");
    browser.expect("You are signed out");
    assert_eq!(browser.look().address, site.at("/signed-out"));
    assert_eq!(browser.cookies("localhost"), ["login"]);
    browser.screenshot("signed-out");
    assert_eq!(browser.noise(), Vec::<String>::new());
    browser.goto(&site.at("/"));
    browser.expect("Welcome");

    browser.click("Continue with Okta");
    log_in(&mut browser);
    browser.click_css("[type=submit]");
    browser.expect("How you signed in so far");
    assert_eq!(browser.read("#record"), "1");
    assert_eq!(browser.read("#sign-ins"), "2");
    browser.resize(360, 740);
    assert_eq!(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, "it fits a phone");
    browser.screenshot("profile-of-two");
    browser.done();
}

#[test]
fn a_person_sees_why_a_sign_in_failed() {
    let site = Site::open();
    let mut browser = Chromium::start("web-login", site.world.aws.port);
    assert_eq!(browser.goto(&site.at("/callback?code=1&state=2")), Some(400));
    browser.expect("Your browser did not remember this sign-in");
    browser.goto(&site.at("/login"));
    assert_eq!(browser.goto(&site.at("/callback?code=1&state=forged")), Some(400));
    browser.expect("This sign-in is over");
    assert_eq!(browser.evaluate("document.querySelector('[role=alert]').dataset.problem"), "unknown-state");
    browser.screenshot("tampered");
    browser.click("Sign in again");
    log_in(&mut browser);
    browser.click_css("[type=submit]");
    browser.expect(USER);
    browser.done();
}

/// Fills in the emulator's login page.
fn log_in(browser: &mut Chromium) {
    browser.expect_address("/oauth2/authorize");
    browser.fill_css("input[name=username]", USER);
    browser.fill_css("input[name=password]", PASSWORD);
}
