//! The page of the stack SpaIdentityPool in a real browser: a guest is refused, who signs in is accepted, and both need
//! the API key.

use crate::e2e::aws::text;
use crate::e2e::login::{PASSWORD, USER, add_user};
use crate::e2e::world::World;

use super::Chromium;

const STACK: &str = "SpaIdentityPool";

/// The stack, a user and the key.
struct Deployed {
    world: World,
    site: String,
    api: String,
    key: String,
}

impl Deployed {
    fn new() -> Self {
        let world = World::with(STACK);
        let outputs = world.aws.outputs(STACK);
        add_user(world.aws, &outputs["UserPoolId"]);
        let key = world.aws.api_key(&outputs["ApiKeyId"]);
        Self { world, site: outputs["SiteUrl"].clone(), api: outputs["ApiUrl"].clone(), key }
    }
}

#[test]
fn a_guest_is_refused_and_a_user_accepted_where_it_takes_a_user() {
    let stack = Deployed::new();
    let mut browser = Chromium::start("spa-identity-pool", stack.world.aws.port);
    assert_eq!(browser.goto(&stack.site), Some(200));
    browser.expect("You are a guest.");
    browser.expect_accessible();

    browser.click("Call /no-auth");
    browser.expect("/no-auth answered 403");
    browser.screenshot("without-key");
    browser.fill("API key", "not-the-key-not-the-key");
    browser.click("Call /no-auth");
    browser.expect("/no-auth answered 403");
    browser.fill("API key", &stack.key);
    browser.click("Call /no-auth");
    browser.expect("/no-auth answered 200");
    browser.expect("Hello World!");
    browser.click("Call /require-auth");
    browser.expect("/require-auth answered 403");
    browser.screenshot("guest");
    expect_refusals(&mut browser, 3);

    sign_in(&mut browser, &stack);
    browser.fill("API key", &stack.key);
    browser.click("Call /require-auth");
    browser.expect("/require-auth answered 200");
    let answer: serde_json::Value = serde_json::from_str(&browser.read("#body")).unwrap();
    assert_eq!((text(&answer["message"]), text(&answer["path"])), ("Hello World!", "/require-auth"));
    assert!(text(&answer["identity"]).starts_with("eu-west-1:"), "{answer}");
    browser.screenshot("signed-in");
    browser.fill("API key", "");
    browser.click("Call /require-auth");
    browser.expect("/require-auth answered 403");

    expect_refusals(&mut browser, 1);
    assert_eq!(browser.evaluate("Object.keys({...localStorage, ...sessionStorage}).length"), 0, "no token is stored");

    browser.click("Sign out");
    browser.expect("You are a guest.");
    assert_eq!(browser.look().address, stack.site);
    browser.back();
    browser.expect("You are a guest.");
    browser.done();
}

#[test]
fn answers_to_logins_of_others_are_refused_and_missing_pages_reported() {
    let stack = Deployed::new();
    let mut browser = Chromium::start("spa-identity-pool", stack.world.aws.port);
    browser.goto(&format!("{}?code=0f1e2d3c&state=forged", stack.site));
    browser.expect("This answer belongs to no login of this tab");
    browser.expect("You are a guest.");
    assert_eq!(browser.look().address, stack.site, "the code is not left in the address");

    browser.click("Sign in");
    browser.expect_address("/oauth2/authorize");
    browser.back();
    browser.expect("You are a guest.");
    let denied = "error=access_denied&error_description=Ada+does+not+want+to";
    browser.goto(&format!("{}?{denied}&state=forged", stack.site));
    browser.expect("This answer belongs to no login of this tab");

    assert_eq!(browser.goto(&format!("{}no/such/page", stack.site)), Some(404));
    browser.expect("Nothing here");
    browser.expect_accessible();
    browser.click("Go to the page with the calls");
    browser.expect("You are a guest.");
    browser.resize(320, 640);
    assert_eq!(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
    browser.screenshot("phone");

    // A published vector of AWS's signature test suite: `get-vanilla`.
    let signed = browser.evaluate(
        "import('/aws.js').then((aws) => aws.sign(
            { accessKeyId: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
            { url: 'https://example.amazonaws.com/', region: 'us-east-1', service: 'service',
              now: new Date('2015-08-30T12:36:00Z') },
        ))",
    );
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    assert!(text(&signed["authorization"]).ends_with(&format!("Signature={signature}")), "{signed}");
    browser.done();
}

/// Goes by the user pool's pages and comes back.
fn sign_in(browser: &mut Chromium, stack: &Deployed) {
    browser.click("Sign in");
    browser.expect_address("/oauth2/authorize");
    browser.screenshot("login");
    browser.fill_css("input[name=username]", USER);
    browser.fill_css("input[name=password]", PASSWORD);
    browser.click_css("[type=submit]");
    browser.expect(&format!("You are signed in as {USER}."));
    assert_eq!(browser.look().address, stack.site, "the code is not left in the address");
    // The pages of the pool are not ours.
    browser.noise();
    let reached = browser.evaluate("performance.getEntriesByType('resource').map((it) => new URL(it.name).host)");
    assert!(!reached.to_string().contains(&stack.api), "nothing is called before it is asked for: {reached}");
}

/// Holds that so many calls were refused, and that there was no error and nothing that the page's policy forbids.
fn expect_refusals(browser: &mut Chromium, count: usize) {
    let noise = browser.noise();
    let refusals = noise.iter().filter(|line| line.contains("status of 403")).count();
    assert_eq!((refusals, noise.len()), (count, count), "{noise:#?}");
}
