//! Every step of the driver on a page of its own, and what it says of a page that lacks what was asked for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;

use super::Chromium;

/// A form that greets, and complains when it is asked to.
const PAGE: &str = "data:text/html,<!doctype html><html lang=en><title>Greeter</title><main>\
    <label>Name <input id=name></label>\
    <label>Way <select id=way><option>Hello<option>Goodbye</select></label>\
    <p id=away hidden>Hidden text</p><p id=said></p>\
    <button onclick=\"said.textContent=way.value+' '+name_()\">Greet</button>\
    <button onclick=\"console.error('of no use')\">Complain</button>\
    <button hidden>Hidden</button>\
    <script>function name_(){return document.getElementById('name').value}</script>";

#[test]
fn a_person_does_what_the_steps_say() {
    let mut browser = Chromium::start("steps", 9);
    browser.goto("data:text/html,<title>Before</title>");
    browser.goto(PAGE);
    browser.fill("Name", "Ada");
    browser.choose("Way", "Goodbye");
    // From the name over the way to the button.
    browser.press("Tab");
    browser.press("Tab");
    assert_eq!(browser.evaluate("document.activeElement.textContent"), json!("Greet"));
    browser.press("Enter");
    browser.expect("Goodbye Ada");
    browser.fill_css("#name", "Bob");
    browser.click("Greet");
    browser.expect("Goodbye Bob");
    browser.gone("Hidden text");
    assert_eq!(browser.read("#said"), "Goodbye Bob");
    assert!(browser.look().text.contains("Goodbye Bob"));
    browser.click_css("button:nth-of-type(2)");
    assert_eq!(browser.noise(), ["of no use"]);
    assert!(browser.noise().is_empty());
    browser.resize(320, 400);
    assert_eq!(browser.evaluate("innerWidth"), json!(320));
    let picture = std::fs::read(browser.screenshot("small")).unwrap();
    assert_eq!(&picture[..4], b"\x89PNG");
    browser.back();
    assert_eq!(browser.look().title, "Before");
    assert!(browser.cookies("localhost").is_empty());
    browser.done();
}

#[test]
fn what_cannot_be_done_fails_with_the_page() {
    let mut browser = Chromium::start("steps", 9);
    browser.patience(2000);
    browser.goto(PAGE);
    let failure = catch_unwind(AssertUnwindSafe(|| browser.click("Hidden"))).unwrap_err();
    let failure = failure.downcast_ref::<String>().unwrap();
    assert!(failure.contains("`click` {\"name\":\"Hidden\"}: "), "{failure}");
    assert!(failure.contains("Timeout 2000ms") && failure.contains("Complain"), "{failure}");
    let failure = catch_unwind(AssertUnwindSafe(|| browser.fill("Password", "Very-secret-1"))).unwrap_err();
    let failure = failure.downcast_ref::<String>().unwrap();
    assert!(failure.contains("getByLabel('Password')") && !failure.contains("Very-secret-1"), "{failure}");
    let refused = browser.goto("https://app.example.com/");
    assert_eq!(refused, Some(502), "no process listens on the port");
    browser.done();
}
