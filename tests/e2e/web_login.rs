//! The stack `WebLogin` with its app: sign-in at the hosted pages, sessions, one record for each person, sign-out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::aws::text;
use super::browser::{Browser, Page};
use super::http::{Answer, send};
use super::login::{PASSWORD, USER, add_user};
use super::world::{App, World, free_port};

/// The deployed stack, and the app with the stack's outputs.
#[derive(Debug)]
pub struct Site {
    /// The emulator.
    pub world: World,
    /// The app.
    pub app: App,
    outputs: BTreeMap<String, String>,
    secret: String,
    output: String,
}

impl Site {
    /// Deploys the stack for an app on a free port, and starts the app with the stack's outputs.
    pub fn open() -> Self {
        let (world, port) = (World::new(), free_port());
        let changed = format!("app_url: http://localhost:{port}");
        let settings = world.settings_of("web-login", &[("app_url: http://localhost:8080", &changed)]);
        let outcome = world.deploy_stack("WebLogin", &["--settings", &settings]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.output);
        let outputs = world.aws.outputs("WebLogin");
        let value = world.aws.secrets("GetSecretValue", &json!({ "SecretId": outputs["ClientSecretArn"] }));
        let secret = text(&value["SecretString"]).to_owned();
        let mut environment: BTreeMap<String, String> = outputs["Environment"]
            .split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        environment.insert("CLIENT_SECRET".to_owned(), secret.clone());
        // These addresses differ from AWS: the pool's domain and its keys.
        for name in ["DOMAIN_URL", "COGNITO_ENDPOINT"] {
            environment.insert(name.to_owned(), format!("http://127.0.0.1:{}", world.aws.port));
        }
        let app = App::of("web-login", port, &environment);
        let site = Self { world, app, outputs, secret, output: outcome.output };
        add_user(site.world.aws, site.pool());
        site
    }

    /// The user pool.
    pub fn pool(&self) -> &str {
        &self.outputs["UserPoolId"]
    }

    /// An address of the app.
    pub fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.app.port)
    }

    /// Sends one request to the app, with these cookies.
    fn ask(&self, address: &str, cookies: &str) -> Answer {
        let host = format!("localhost:{}", self.app.port);
        let path = address.strip_prefix(&self.at("")).expect("the address is the app's");
        send(self.app.port, "GET", path, &[("Host", &host), ("Cookie", cookies)], "")
    }
}

#[test]
fn a_user_signs_in_has_a_session_and_signs_out() {
    let site = Site::open();
    let mut browser = Browser::new(site.world.aws.port);
    let welcome = browser.visit(&site.at("/"));
    assert!(welcome.source.contains("Sign in") && browser.cookies("localhost").is_empty(), "{}", welcome.source);

    let login = browser.visit(&site.at("/login"));
    for part in ["state=", "nonce=", "code_challenge_method=S256", "response_type=code"] {
        assert!(login.address.contains(part), "{part} in {}", login.address);
    }
    let wrong = browser.submit(&login, &[("username", USER), ("password", "wrong")]);
    assert!(!wrong.address.starts_with(&site.at("")), "{}", wrong.address);
    let profile = browser.submit(&login, &[("username", USER), ("password", PASSWORD)]);
    assert_eq!((profile.address.as_str(), profile.status), (site.at("/").as_str(), 200), "{}", profile.source);
    assert_shown(&profile, &[USER, "(verified)", "number <span id=\"record\">1<", "<td>Cognito</td>"]);
    assert_eq!(browser.cookies("localhost"), ["login", "session"]);

    let session = format!("session={}", browser.cookie("localhost", "session").expect("there is a session"));
    assert!(site.ask(&site.at("/"), &session).body.contains(USER));
    let foreign = browser.submit_from("http://evil.example.com/", &site.at("/logout"));
    assert_problem(&foreign, 403, "foreign-sign-out");
    let goodbye = browser.submit(&profile, &[]);
    assert_eq!(goodbye.address, site.at("/signed-out"));
    assert!(browser.trail.iter().any(|it| it.ends_with("/logout") && it.contains("127.0.0.1")), "{:#?}", browser.trail);
    assert_eq!(browser.cookies("localhost"), ["login"]);
    assert!(!site.ask(&site.at("/"), &session).body.contains(USER), "a copied cookie is useless");
    // The app logs a refresh token that cannot be revoked.
    assert_eq!(site.app.log(), "sign-in: a page of another site asked to sign the user out\n");
}

#[test]
fn a_sign_in_is_finished_once_by_its_browser() {
    let site = Site::open();
    let mut browser = Browser::new(site.world.aws.port);
    let login = browser.visit(&site.at("/login"));
    let callback = browser.submit_without_redirect(&login, &[("username", USER), ("password", PASSWORD)]);
    assert!(callback.starts_with(&site.at("/callback?code=")), "{callback}");

    let without_cookies = Browser::new(site.world.aws.port).visit(&callback);
    assert_problem(&without_cookies, 400, "no-cookie");
    let mut other = Browser::new(site.world.aws.port);
    other.visit(&site.at("/login"));
    assert_problem(&other.visit(&callback), 400, "unknown-state");
    let tampered = browser.visit(&format!("{callback}x"));
    assert_problem(&tampered, 400, "unknown-state");
    assert_problem(&browser.visit(&site.at("/callback?code=1")), 400, "not-an-answer");
    assert!(browser.cookie("localhost", "session").is_none());

    assert_shown(&browser.visit(&callback), &[USER]);
    let first = browser.cookie("localhost", "session").map(str::to_owned);
    assert_problem(&browser.visit(&callback), 400, "unknown-state");

    // Cognito refuses the used code in an otherwise valid answer.
    let code = callback.split(['?', '&']).find_map(|part| part.strip_prefix("code=")).expect("it has a code");
    let replayed = |browser: &mut Browser, answer: &str| {
        let state = state_of(&browser.visit(&site.at("/login")));
        browser.visit(&site.at(&format!("/callback?{answer}&state={state}")))
    };
    assert_problem(&replayed(&mut browser, &format!("code={code}")), 400, "code-refused");
    assert_problem(&replayed(&mut browser, "error=access_denied"), 400, "access-denied");
    let refused = replayed(&mut browser, "error=invalid_request&error_description=%3Cscript%3E");
    assert_problem(&refused, 400, "refused");
    assert!(refused.source.contains("&lt;script&gt;") && !refused.source.contains("<script>"), "{}", refused.source);

    let login = browser.visit(&site.at("/login"));
    browser.submit(&login, &[("username", USER), ("password", PASSWORD)]);
    let second = browser.cookie("localhost", "session").map(str::to_owned);
    assert!(second.is_some() && second != first, "each sign-in has a new session");
    let old = site.ask(&site.at("/"), &format!("session={}", first.expect("there was one")));
    assert!(!old.body.contains(USER), "the previous session has ended");
}

#[test]
fn a_person_has_one_record_for_all_ways_to_sign_in() {
    let site = Site::open();
    replace_provider(&site);
    let mut browser = Browser::new(site.world.aws.port);
    let login = browser.visit(&site.at("/login"));
    browser.submit(&login, &[("username", USER), ("password", PASSWORD)]);

    let mut elsewhere = Browser::new(site.world.aws.port);
    assert!(elsewhere.visit(&site.at("/")).source.contains("Continue with Okta"));
    let provider = elsewhere.visit(&site.at("/login?provider=Okta"));
    let profile = elsewhere.submit(&provider, &[("username", USER), ("password", PASSWORD)]);
    assert!(elsewhere.trail.iter().any(|it| it.ends_with("/oauth2/idpresponse")), "{:#?}", elsewhere.trail);
    assert_shown(
        &profile,
        &["number <span id=\"record\">1<", "<dd id=\"sign-ins\">2<", "<td>Cognito</td>", "<td>Okta</td>"],
    );
    assert_problem(&elsewhere.visit(&site.at("/login?provider=Unknown")), 404, "provider");
}

#[test]
fn the_client_secrets_are_only_in_cognito_and_secrets_manager() {
    let site = Site::open();
    let aws = site.world.aws;
    let client = json!({ "UserPoolId": site.pool(), "ClientId": site.outputs["ClientId"] });
    let client = &aws.cognito("DescribeUserPoolClient", &client)["UserPoolClient"];
    assert_eq!(client["ClientSecret"], site.secret);
    assert_eq!(client["SupportedIdentityProviders"], json!(["COGNITO", "Google", "Okta"]));
    assert_eq!(client["AllowedOAuthFlows"], json!(["code"]));
    let template = aws.cloudformation("GetTemplate", &[("StackName", "WebLogin")]).to_string();
    let shown = format!("{template}{:?}{}{}", site.outputs, site.output, site.app.log());
    let google = json!({ "UserPoolId": site.pool(), "ProviderName": "Google" });
    let google = aws.cognito("DescribeIdentityProvider", &google)["IdentityProvider"]["ProviderDetails"].clone();
    for secret in [&site.secret, text(&google["client_secret"])] {
        assert!(secret.len() > 8 && !shown.contains(secret), "a secret is shown");
    }
}

#[track_caller]
fn assert_shown(page: &Page, parts: &[&str]) {
    for part in parts {
        assert!(page.source.contains(part), "`{part}` is not on {}: {}", page.address, page.source);
    }
}

#[track_caller]
fn assert_problem(page: &Page, status: u16, code: &str) {
    let expect = format!("data-problem=\"{code}\"");
    assert!(page.source.contains(&expect), "`{code}` is not on {}: {}", page.address, page.source);
    assert_eq!(page.status, status, "{}", page.source);
}

fn state_of(login: &Page) -> String {
    let state = login.address.split(['?', '&']).find_map(|part| part.strip_prefix("state="));
    state.expect("the app sent a state").to_owned()
}

/// Replaces the OpenID Connect provider, which this machine cannot reach, by another user pool.
pub fn replace_provider(site: &Site) {
    let aws = site.world.aws;
    let pool = &aws.cognito("CreateUserPool", &json!({ "PoolName": "provider" }))["UserPool"]["Id"];
    let pool = text(pool).to_owned();
    add_user(aws, &pool);
    let back = "https://purlin-example-web-login.auth.eu-west-1.amazoncognito.com/oauth2/idpresponse";
    let client = json!({
        "UserPoolId": pool, "ClientName": "pool", "GenerateSecret": true, "CallbackURLs": [back],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile"], "SupportedIdentityProviders": ["COGNITO"],
    });
    let client = aws.cognito("CreateUserPoolClient", &client)["UserPoolClient"].clone();
    let okta = json!({ "UserPoolId": site.pool(), "ProviderName": "Okta" });
    let mut details = aws.cognito("DescribeIdentityProvider", &okta)["IdentityProvider"]["ProviderDetails"].clone();
    let gateway = format!("http://127.0.0.1:{}", aws.port);
    let here: [(&str, Value); 4] = [
        ("client_id", client["ClientId"].clone()),
        ("client_secret", client["ClientSecret"].clone()),
        ("authorize_url", json!(format!("{gateway}/oauth2/authorize"))),
        ("token_url", json!(format!("{gateway}/oauth2/token"))),
    ];
    for (name, value) in here {
        details[name] = value;
    }
    let update = json!({ "UserPoolId": site.pool(), "ProviderName": "Okta", "ProviderDetails": details });
    aws.cognito("UpdateIdentityProvider", &update);
}
