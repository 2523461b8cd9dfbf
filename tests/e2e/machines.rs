//! A machine's steps: its client's id and secret from Secrets Manager, a token, and the API with the token.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::aws::{Aws, text};
use super::http::{Answer, form, send};
use super::world::World;

const STACK: &str = "M2mApi";
const SCOPE: &str = "mydomain.com/API_ACCESS";

/// The credentials of a machine.
struct Login {
    id: String,
    secret: String,
}

#[test]
fn machines_get_tokens_and_call_the_api() {
    let world = World::with(STACK);
    let outputs = world.aws.outputs(STACK);
    assert_eq!(outputs["Scope"], SCOPE);
    for machine in ["Billing", "OrderImport"] {
        let login = login(world.aws, &outputs, machine);
        assert_eq!(login.id, outputs[&format!("{machine}ClientId")]);
        let token = token(world.aws, &outputs, &login, SCOPE);
        assert_eq!(claims(&token)["scope"], SCOPE);
        let greeting = call(world.aws, &outputs, Some(&token));
        assert_eq!((greeting.status, greeting.body.as_str()), (200, "Hello World!"), "{machine}");
        assert_eq!(greeting.header("content-type"), Some("text/plain"));
    }
}

#[test]
fn calls_without_a_valid_token_are_refused() {
    let world = World::with(STACK);
    let aws = world.aws;
    let outputs = aws.outputs(STACK);
    let billing = login(aws, &outputs, "Billing");
    let good = token(aws, &outputs, &billing, SCOPE);
    assert_eq!(call(aws, &outputs, Some(&good)).status, 200);

    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (head, payload) = signed.split_once('.').unwrap();
    let altered = claims(&good);
    let altered = json!({ "exp": 4_102_444_800_u32, "iss": altered["iss"], "scope": SCOPE, "token_use": "access" });
    let altered = URL_SAFE_NO_PAD.encode(altered.to_string());
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
    let bad = [
        ("no token", None),
        ("no JWT", Some("x".to_owned())),
        ("no signature", Some(format!("{signed}."))),
        ("another token's signature", Some(format!("{head}.{altered}.{signature}"))),
        ("no algorithm", Some(format!("{none}.{payload}."))),
    ];
    for (what, token) in bad {
        assert_eq!(call(aws, &outputs, token.as_deref()).status, 401, "{what}");
    }

    let other = token(aws, &outputs, &other_machine(aws, &good), "other.example.com/READ");
    let refused = call(aws, &outputs, Some(&other));
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(!refused.body.contains("Hello"));
}

#[test]
fn the_token_endpoint_refuses_wrong_clients_and_scopes() {
    let world = World::with(STACK);
    let outputs = world.aws.outputs(STACK);
    let billing = login(world.aws, &outputs, "Billing");
    let import = login(world.aws, &outputs, "OrderImport");
    let mixed = Login { id: billing.id.clone(), secret: import.secret };
    let unknown = Login { id: "unknown".into(), secret: "x".into() };
    let cases = [
        ("another client's secret", &mixed, SCOPE, "invalid_client"),
        ("an unknown client", &unknown, SCOPE, "invalid_client"),
        ("an undefined scope", &billing, "mydomain.com/ADMIN", "invalid_scope"),
        ("a scope of users", &billing, "openid", "invalid_scope"),
    ];
    for (what, login, scope, expect) in cases {
        let answer = request_token(world.aws, &outputs, login, scope);
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["error"], expect, "{what}");
        assert!(body.get("access_token").is_none(), "{what}");
    }
}

#[test]
fn a_machine_removed_from_the_settings_gets_no_more_tokens() {
    let world = World::with(STACK);
    let before = world.aws.outputs(STACK);
    let import = login(world.aws, &before, "OrderImport");
    let settings = world.settings_of("m2m-api", &[("  - order-import\n", "")]);
    let outcome = world.deploy_stack(STACK, &["--settings", &settings]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);

    let after = world.aws.outputs(STACK);
    assert!(!after.contains_key("OrderImportClientId") && !after.contains_key("OrderImportSecretArn"), "{after:?}");
    let refused = request_token(world.aws, &after, &import, SCOPE);
    assert!(refused.status == 400 && refused.body.contains("invalid_client"), "{}", refused.body);
    let billing = login(world.aws, &after, "Billing");
    assert_eq!(billing.id, before["BillingClientId"]);
    assert_eq!(call(world.aws, &after, Some(&token(world.aws, &after, &billing, SCOPE))).status, 200);
}

/// Only the function's log remains, and no client gets a token.
#[test]
fn destroying_the_stack_removes_clients_and_secrets() {
    let world = World::with(STACK);
    let outputs = world.aws.outputs(STACK);
    let billing = login(world.aws, &outputs, "Billing");
    let destroyed = world.destroy_stack(STACK);
    assert_eq!(destroyed.code, Some(0), "{}", destroyed.output);
    let retained: Vec<&str> = destroyed.output.lines().filter(|line| line.contains("retained:")).collect();
    assert!(matches!(retained[..], [log] if log.contains("AWS::Logs::LogGroup")), "{}", destroyed.output);
    assert_eq!(request_token(world.aws, &outputs, &billing, SCOPE).status, 400);
    assert_eq!(world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }))["UserPools"], json!([]));
    assert_eq!(world.aws.secrets("ListSecrets", &json!({}))["SecretList"], json!([]));
}

/// Neither assembly, nor template, nor the toolkit's output, nor the stack's outputs contain a secret.
#[test]
fn the_secrets_are_only_in_secrets_manager() {
    let world = World::new();
    let outcome = world.deploy_stack(STACK, &[]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.output);
    let outputs = world.aws.outputs(STACK);
    let template = world.aws.cloudformation("GetTemplate", &[("StackName", STACK)]).to_string();
    let mut written = String::new();
    read_all(Path::new(&world.path("purlin.out")), &mut written);
    assert!(template.contains("ClientSecret") && written.contains("ClientSecret") && outcome.output.contains(STACK));
    for machine in ["Billing", "OrderImport"] {
        let secret = login(world.aws, &outputs, machine).secret;
        assert!(secret.len() >= 40, "a short secret could occur by chance");
        for (place, text) in [("template", &template), ("assembly", &written), ("log", &outcome.output)] {
            assert!(!text.contains(&secret), "the secret of `{machine}` is in the {place}");
        }
        assert!(outputs.values().all(|value| !value.contains(&secret)), "the secret of `{machine}` is an output");
    }
}

/// Appends the content of every file below a folder.
fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else {
            text.push_str(&String::from_utf8_lossy(&fs::read(path).unwrap()));
        }
    }
}

/// The credentials in a machine's secret.
fn login(aws: Aws, outputs: &BTreeMap<String, String>, machine: &str) -> Login {
    let arn = &outputs[&format!("{machine}SecretArn")];
    assert!(arn.starts_with("arn:aws:secretsmanager:"), "{arn}");
    let secret = aws.secrets("GetSecretValue", &json!({ "SecretId": arn }));
    let content: Value = serde_json::from_str(text(&secret["SecretString"])).expect("the secret is JSON");
    Login { id: text(&content["client_id"]).to_owned(), secret: text(&content["client_secret"]).to_owned() }
}

/// A machine of the same pool with another scope.
fn other_machine(aws: Aws, token: &str) -> Login {
    let issuer = text(&claims(token)["iss"]).to_owned();
    let pool = issuer.rsplit('/').next().expect("an issuer ends with the pool");
    let scopes = json!([{ "ScopeName": "READ", "ScopeDescription": "Read" }]);
    let server = json!({ "UserPoolId": pool, "Identifier": "other.example.com", "Name": "other", "Scopes": scopes });
    aws.cognito("CreateResourceServer", &server);
    let client = json!({
        "UserPoolId": pool, "ClientName": "other", "GenerateSecret": true, "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["other.example.com/READ"],
    });
    let client = &aws.cognito("CreateUserPoolClient", &client)["UserPoolClient"];
    Login { id: text(&client["ClientId"]).to_owned(), secret: text(&client["ClientSecret"]).to_owned() }
}

fn request_token(aws: Aws, outputs: &BTreeMap<String, String>, login: &Login, scope: &str) -> Answer {
    let endpoint = outputs["TokenEndpoint"].strip_prefix("https://").expect("the token endpoint has TLS");
    let (host, path) = endpoint.split_once('/').expect("the endpoint has a path");
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", login.id, login.secret)));
    let body = form([("grant_type", "client_credentials"), ("scope", scope)]);
    let kind = "application/x-www-form-urlencoded";
    let headers = [("Host", host), ("Authorization", basic.as_str()), ("Content-Type", kind)];
    send(aws.port, "POST", &format!("/{path}"), &headers, &body)
}

fn token(aws: Aws, outputs: &BTreeMap<String, String>, login: &Login, scope: &str) -> String {
    let answer = request_token(aws, outputs, login, scope);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    text(&body["access_token"]).to_owned()
}

/// A token's claims, without verification.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Calls the API at the address in the stack's output, which the emulator has under a path.
fn call(aws: Aws, outputs: &BTreeMap<String, String>, token: Option<&str>) -> Answer {
    let url = outputs["ApiUrl"].strip_prefix("https://").expect("the API has TLS");
    let (host, path) = url.split_once('/').expect("the URL has a stage");
    let (api, stage) = (host.split('.').next().expect("the host begins with the API's id"), path.trim_end_matches('/'));
    let path = format!("/restapis/{api}/{stage}/_user_request_/");
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Host", "127.0.0.1")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    send(aws.port, "GET", &path, &headers, "")
}
