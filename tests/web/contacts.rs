//! The contacts as two people see them in a real browser: each what their group lets them do.

use crate::e2e::contacts::{ADA, BOB, Contacts, PASSWORD};

use super::Chromium;

#[test]
fn an_admin_and_a_user_share_contacts() {
    let contacts = Contacts::start();
    let mut browser = Chromium::start("groups-cerbos", contacts.world.aws.port);
    browser.goto(&contacts.address);
    browser.expect("Who may see, change and remove contacts depends on your groups.");
    browser.expect_accessible();
    browser.screenshot("stranger");

    sign_in(&mut browser, ADA, "admin");
    add(&mut browser, "Grace Hopper", "grace@example.com");
    browser.expect_accessible();
    browser.screenshot("admin");
    assert_eq!(browser.evaluate("document.cookie"), "", "the session is out of the page's reach");
    browser.click("Sign out");
    browser.expect("Who may see, change and remove contacts depends on your groups.");

    sign_in(&mut browser, BOB, "user");
    browser.expect("see only");
    add(&mut browser, "Alan Turing", "alan@example.com");
    browser.expect_accessible();
    browser.screenshot("user");
    browser.click("Edit Alan Turing");
    assert_eq!(browser.evaluate("document.activeElement.id"), "contact-name");
    browser.fill("Name", "Alan M. Turing");
    browser.press("Enter");
    browser.expect("Changed Alan M. Turing.");
    let buttons = browser.evaluate("[...document.querySelectorAll('td button')].map((it) => it.ariaLabel).join()");
    assert_eq!(buttons, "Edit Alan M. Turing,Delete Alan M. Turing");
    browser.click("Delete Alan M. Turing");
    browser.expect("Deleted Alan M. Turing.");
    assert_eq!(browser.evaluate("document.activeElement.id"), "contact-name", "the keyboard is not lost");

    a_request_around_the_page_is_denied(&mut browser);
    browser.resize(360, 640);
    assert_eq!(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    browser.expect_accessible();
    browser.screenshot("narrow");
    browser.done();
}

/// The page shows no button; the server decides all the same.
fn a_request_around_the_page_is_denied(browser: &mut Chromium) {
    let script = "(async () => {\
        const { contacts } = await (await fetch('/api/contacts')).json();\
        const answer = await fetch(`/api/contacts/${contacts[0].id}`, { method: 'DELETE' });\
        return `${answer.status} ${(await answer.json()).error}`;\
    })()";
    assert_eq!(browser.evaluate(script), "403 you may not delete this contact");
    let noise = browser.noise();
    assert!(matches!(&noise[..], [line] if line.contains("403")), "the browser says so of a refusal: {noise:?}");
}

fn sign_in(browser: &mut Chromium, user: &str, role: &str) {
    let noise = browser.noise();
    assert!(
        noise.iter().all(|line| line.contains("401")),
        "the guest is not signed in, nothing else is wrong: {noise:?}"
    );
    browser.click("Sign in");
    browser.expect_address("/oauth2/authorize");
    browser.fill_css("input[name=username]", user);
    browser.fill_css("input[name=password]", PASSWORD);
    browser.click_css("[type=submit]");
    browser.expect(&format!("{user} ({role})"));
    // What the sign-in pages lack is not ours.
    browser.noise();
}

fn add(browser: &mut Chromium, name: &str, email: &str) {
    browser.fill("Name", name);
    browser.fill("Email", email);
    browser.click("Add");
    browser.expect(&format!("Added {name}."));
}
