//! A machine's way: its client's id and secret from Secrets Manager, a token for them, the API with the token.

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

/// What a machine signs in with.
struct Login {
    id: String,
    secret: String,
}

#[test]
fn machines_get_tokens_and_are_greeted() {
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
fn whoever_is_not_permitted_is_turned_away() {
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
        ("another's signature", Some(format!("{head}.{altered}.{signature}"))),
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
fn the_token_endpoint_gives_nothing_away() {
    let world = World::with(STACK);
    let outputs = world.aws.outputs(STACK);
    let billing = login(world.aws, &outputs, "Billing");
    let import = login(world.aws, &outputs, "OrderImport");
    let mixed = Login { id: billing.id.clone(), secret: import.secret };
    let nobody = Login { id: "nobody".into(), secret: "x".into() };
    let cases = [
        ("another's secret", &mixed, SCOPE, "invalid_client"),
        ("an unknown client", &nobody, SCOPE, "invalid_client"),
        ("a scope nobody defined", &billing, "mydomain.com/ADMIN", "invalid_scope"),
        ("a scope of users", &billing, "openid", "invalid_scope"),
    ];
    for (what, login, scope, expect) in cases {
        let answer = ask_for_token(world.aws, &outputs, login, scope);
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["error"], expect, "{what}");
        assert!(body.get("access_token").is_none(), "{what}");
    }
}

#[test]
fn a_machine_taken_out_of_the_settings_gets_no_more_tokens() {
    let world = World::with(STACK);
    let before = world.aws.outputs(STACK);
    let import = login(world.aws, &before, "OrderImport");
    let settings = world.settings_of("m2m-api", &[("  - order-import\n", "")]);
    let outcome = world.deploy_stack(STACK, &["--settings", &settings]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);

    let after = world.aws.outputs(STACK);
    assert!(!after.contains_key("OrderImportClientId") && !after.contains_key("OrderImportSecretArn"), "{after:?}");
    let refused = ask_for_token(world.aws, &after, &import, SCOPE);
    assert!(refused.status == 400 && refused.body.contains("invalid_client"), "{}", refused.body);
    let billing = login(world.aws, &after, "Billing");
    assert_eq!(billing.id, before["BillingClientId"]);
    assert_eq!(call(world.aws, &after, Some(&token(world.aws, &after, &billing, SCOPE))).status, 200);
}

/// Nothing of it stays but the function's log, and nobody gets a token any more.
#[test]
fn the_stack_goes_as_a_whole() {
    let world = World::with(STACK);
    let outputs = world.aws.outputs(STACK);
    let billing = login(world.aws, &outputs, "Billing");
    let gone = world.destroy_stack(STACK);
    assert_eq!(gone.code, Some(0), "{}", gone.said);
    let retained: Vec<&str> = gone.said.lines().filter(|line| line.contains("retained:")).collect();
    assert!(matches!(retained[..], [log] if log.contains("AWS::Logs::LogGroup")), "{}", gone.said);
    assert_eq!(ask_for_token(world.aws, &outputs, &billing, SCOPE).status, 400);
    assert_eq!(world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }))["UserPools"], json!([]));
    assert_eq!(world.aws.secrets("ListSecrets", &json!({}))["SecretList"], json!([]));
}

/// Neither the assembly, nor what CloudFormation was given, nor what the toolkit says, nor outputs.
#[test]
fn the_secrets_are_nowhere_but_in_secrets_manager() {
    let world = World::new();
    let outcome = world.deploy_stack(STACK, &[]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
    let outputs = world.aws.outputs(STACK);
    let template = world.aws.cloudformation("GetTemplate", &[("StackName", STACK)]).to_string();
    let mut written = String::new();
    read_all(Path::new(&world.path("purlin.out")), &mut written);
    assert!(template.contains("ClientSecret") && written.contains("ClientSecret") && outcome.said.contains(STACK));
    for machine in ["Billing", "OrderImport"] {
        let secret = login(world.aws, &outputs, machine).secret;
        assert!(secret.len() >= 40, "a short secret would prove nothing");
        for (place, text) in [("template", &template), ("assembly", &written), ("log", &outcome.said)] {
            assert!(!text.contains(&secret), "the secret of `{machine}` is in the {place}");
        }
        assert!(outputs.values().all(|value| !value.contains(&secret)), "the secret of `{machine}` is an output");
    }
}

/// Every file below a folder, one after the other.
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

/// What the stack keeps for a machine.
fn login(aws: Aws, outputs: &BTreeMap<String, String>, machine: &str) -> Login {
    let arn = &outputs[&format!("{machine}SecretArn")];
    assert!(arn.starts_with("arn:aws:secretsmanager:"), "{arn}");
    let secret = aws.secrets("GetSecretValue", &json!({ "SecretId": arn }));
    let kept: Value = serde_json::from_str(text(&secret["SecretString"])).expect("the secret is JSON");
    Login { id: text(&kept["client_id"]).to_owned(), secret: text(&kept["client_secret"]).to_owned() }
}

/// A machine of the same pool that may do something else.
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
    let made = &aws.cognito("CreateUserPoolClient", &client)["UserPoolClient"];
    Login { id: text(&made["ClientId"]).to_owned(), secret: text(&made["ClientSecret"]).to_owned() }
}

fn ask_for_token(aws: Aws, outputs: &BTreeMap<String, String>, login: &Login, scope: &str) -> Answer {
    let endpoint = outputs["TokenEndpoint"].strip_prefix("https://").expect("tokens come over TLS");
    let (host, path) = endpoint.split_once('/').expect("the endpoint has a path");
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", login.id, login.secret)));
    let body = form([("grant_type", "client_credentials"), ("scope", scope)]);
    let kind = "application/x-www-form-urlencoded";
    let headers = [("Host", host), ("Authorization", basic.as_str()), ("Content-Type", kind)];
    send(aws.port, "POST", &format!("/{path}"), &headers, &body)
}

fn token(aws: Aws, outputs: &BTreeMap<String, String>, login: &Login, scope: &str) -> String {
    let answer = ask_for_token(aws, outputs, login, scope);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    text(&body["access_token"]).to_owned()
}

/// What a token says; nobody is asked whether it is true.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Calls the API at the address that the stack tells, which on this machine is a path of the emulator.
fn call(aws: Aws, outputs: &BTreeMap<String, String>, token: Option<&str>) -> Answer {
    let url = outputs["ApiUrl"].strip_prefix("https://").expect("the API is reached over TLS");
    let (host, path) = url.split_once('/').expect("the URL has a stage");
    let (api, stage) = (host.split('.').next().expect("the host names the API"), path.trim_end_matches('/'));
    let path = format!("/restapis/{api}/{stage}/_user_request_/");
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Host", "127.0.0.1")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    send(aws.port, "GET", &path, &headers, "")
}
