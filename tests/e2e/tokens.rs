//! Tokens from the command line: for a machine, for a user through the browser, decoded, and used to call an API.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::aws::{Aws, REGION, text};
use super::browser::Browser;
use super::world::World;

const STACK: &str = "M2mApi";
const SCOPE: &str = "mydomain.com/API_ACCESS";
const USER: &str = "ada";
const PASSWORD: &str = "Correct-horse-1-battery";

#[test]
fn a_machine_gets_a_valid_token_and_calls_the_api() {
    let world = World::with(STACK);
    let outputs = world.aws.outputs(STACK);
    let secrets: Vec<String> =
        ["Billing", "OrderImport"].map(|it| client_secret(world.aws, &outputs[&format!("{it}SecretArn")])).into();

    let got = run(&world, "", &["token", STACK]);
    assert!(got.status.success(), "{}", stderr(&got));
    let token = stdout(&got);
    assert_eq!(token.split('.').count(), 3, "{token}");
    assert!(stderr(&got).contains("taking client `billing`, the first of 2"), "{}", stderr(&got));
    assert!(stderr(&got).contains(SCOPE) && !stderr(&got).contains(&token), "{}", stderr(&got));

    let other = run(&world, "", &["token", STACK, "--client", "order-import", "--scope", SCOPE, "--json"]);
    let other: Value = serde_json::from_str(&stdout(&other)).unwrap();
    assert!(other["access_token"].is_string() && other["expires_at"].is_u64(), "{other}");
    let secret = format!("{}:client_secret", outputs["BillingSecretArn"]);
    let kept = run(&world, "", &["token", STACK, "--client", "BillingClient", "--secret-id", &secret]);
    assert!(kept.status.success(), "{}", stderr(&kept));

    decoding_verifies_the_token(&world, &token);
    calls_need_the_token(&world, &outputs["ApiUrl"], &token);
    for output in [&got, &kept] {
        let all = format!("{}{}", stdout(output), stderr(output));
        assert!(secrets.iter().all(|secret| !all.contains(secret)), "a client's secret is in the output");
    }
    refusals_are_explained(&world, &secrets[1]);
}

fn decoding_verifies_the_token(world: &World, token: &str) {
    let good = run(world, token, &["token", "decode", STACK, "--scope", SCOPE]);
    let claims: Value = serde_json::from_str(&stdout(&good)).unwrap_or_else(|_| panic!("{}", stderr(&good)));
    assert_eq!((&claims["scope"], &claims["token_use"]), (&json!(SCOPE), &json!("access")));
    assert!(stderr(&good).contains("a genuine access token"), "{}", stderr(&good));

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let changed = format!("{signed}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
    for (token, options, expected) in [
        (changed.as_str(), &[STACK][..], "signature does not fit"),
        (token, &[STACK, "--scope", "mydomain.com/ADMIN"], "has no scope `mydomain.com/ADMIN`"),
        (token, &[STACK, "--client", "unknown"], "another app client"),
        ("not.a", &[STACK], "the token is malformed"),
    ] {
        let bad = run(world, token, &[&["token", "decode"], options].concat());
        assert_eq!(bad.status.code(), Some(4), "{}", stderr(&bad));
        assert!(stderr(&bad).contains(expected) && stdout(&bad).is_empty(), "{expected}: {}", stderr(&bad));
    }
}

fn calls_need_the_token(world: &World, url: &str, token: &str) {
    let greeting = run(world, token, &["call", url, "--token-stdin"]);
    assert_eq!(
        (greeting.status.code(), stdout(&greeting).as_str()),
        (Some(0), "Hello World!"),
        "{}",
        stderr(&greeting)
    );
    let greeting = run(world, "", &["call", url, "--token-from", STACK, "--json"]);
    let greeting: Value = serde_json::from_str(&stdout(&greeting)).unwrap_or_else(|_| panic!("{}", stderr(&greeting)));
    assert_eq!((&greeting["status"], &greeting["body"]), (&json!(200), &json!("Hello World!")));

    for (input, options, status, expected) in [
        ("", &[][..], "401", "it requires a token, and none was sent"),
        ("nonsense", &["--token-stdin"], "401", "no token"),
        ("", &["--sign"], "401", "a signature was sent"),
    ] {
        let refused = run(world, input, &[&["call", url], options].concat());
        assert_eq!(refused.status.code(), Some(4), "{}", stderr(&refused));
        assert!(
            stderr(&refused).contains(status) && stderr(&refused).contains(expected),
            "{expected}: {}",
            stderr(&refused)
        );
    }
    let nowhere = run(world, "", &["call", &format!("{url}nowhere")]);
    assert!(stderr(&nowhere).contains("there is no such path or method"), "{}", stderr(&nowhere));
}

fn refusals_are_explained(world: &World, wrong_secret: &str) {
    let scope = run(world, "", &["token", STACK, "--scope", "mydomain.com/ADMIN"]);
    assert_eq!(scope.status.code(), Some(4), "{}", stderr(&scope));
    assert!(
        stderr(&scope).contains("`invalid_scope`")
            && stderr(&scope).contains("the client may have: `mydomain.com/API_ACCESS`")
    );
    let secret = run(world, wrong_secret, &["token", STACK, "--client", "billing", "--secret-stdin"]);
    assert_eq!(secret.status.code(), Some(4), "{}", stderr(&secret));
    assert!(
        stderr(&secret).contains("`invalid_client`") && !stderr(&secret).contains(wrong_secret),
        "{}",
        stderr(&secret)
    );
    let client = run(world, "", &["token", STACK, "--client", "unknown"]);
    assert_eq!(client.status.code(), Some(2), "{}", stderr(&client));
    assert!(
        stderr(&client).contains("has no client `unknown`") && stderr(&client).contains("billing"),
        "{}",
        stderr(&client)
    );
    let login = run(world, "", &["token", STACK, "--login"]);
    assert!(stderr(&login).contains("no client of user pool"), "{}", stderr(&login));
}

#[test]
fn a_user_signs_in_through_the_browser() {
    let world = World::with(STACK);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let pool = add_desk(&world, port);

    let mut command = purlin(&world);
    command.args(["token", STACK, "--client", "desk", "--no-browser", "--scope", "openid", "--kind", "id", "--local"]);
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "no address is printed");
        if line.starts_with("http") {
            break line.trim().to_owned();
        }
    };
    assert!(address.contains("code_challenge_method=S256") && address.contains("state="), "{address}");
    let mut browser = Browser::new(world.aws.port);
    let page = browser.visit(&address);
    let end = browser.submit(&page, &[("username", USER), ("password", PASSWORD)]);
    assert_eq!(end.status, 200, "{}", end.source);
    assert!(end.source.contains("Go back to the terminal"), "{}", end.source);

    let mut token = String::new();
    process.stdout.take().unwrap().read_to_string(&mut token).unwrap();
    assert!(process.wait().unwrap().success());
    let decoded = run(&world, &token, &["token", "decode", "--user-pool", &pool]);
    let claims: Value = serde_json::from_str(&stdout(&decoded)).unwrap_or_else(|_| panic!("{}", stderr(&decoded)));
    assert_eq!((&claims["token_use"], &claims["cognito:username"]), (&json!("id"), &json!(USER)));
}

/// A client that signs users in on this machine, and a user. Returns the pool.
fn add_desk(world: &World, port: u16) -> String {
    let added = Command::args(&mut purlin(world), ["user", "add", STACK, USER, "--password-env", "PW", "--local"])
        .output()
        .unwrap();
    assert!(added.status.success(), "{}", stderr(&added));
    let pools = world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }));
    let pool = text(&pools["UserPools"][0]["Id"]).to_owned();
    let client = json!({
        "UserPoolId": pool, "ClientName": "desk", "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"], "CallbackURLs": [format!("http://localhost:{port}/callback")],
        "SupportedIdentityProviders": ["COGNITO"],
    });
    world.aws.cognito("CreateUserPoolClient", &client);
    pool
}

fn client_secret(aws: Aws, secret: &str) -> String {
    let secret = aws.secrets("GetSecretValue", &json!({ "SecretId": secret }));
    let content: Value = serde_json::from_str(text(&secret["SecretString"])).unwrap();
    text(&content["client_secret"]).to_owned()
}

fn purlin(world: &World) -> Command {
    let mut command = world.toolkit();
    command.env("PW", PASSWORD).env("AWS_REGION", REGION).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the toolkit against the emulator with something on standard input.
fn run(world: &World, input: &str, arguments: &[&str]) -> Output {
    let mut process = purlin(world).args(arguments).arg("--local").spawn().unwrap();
    // A command may end without reading its input.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
