//! `purlin smoke`: a working stack passes, and each fault is reported.

use serde_json::{Value, json};

use super::HOST;
use super::aws::{Aws, list, text};
use super::readback::{balancer, pool_of_the_domain};
use super::world::World;

#[test]
fn an_api_for_machines_passes_until_its_scope_is_gone() {
    let world = World::with("M2mApi");
    let checks = smoke(&world, "M2mApi", 0);
    for what in [
        "its keys can be read",
        "gets a token for itself, which is genuine",
        "it rejects calls without credentials",
        "it accepts calls with a token",
    ] {
        assert!(checks.iter().any(|it| it["check"] == what && it["outcome"] == "passed"), "{what}: {checks:#?}");
    }
    let pool = text(&world.aws.cognito("ListUserPools", &json!({ "MaxResults": 10 }))["UserPools"][0]["Id"]).to_owned();
    for client in list(
        &world.aws.cognito("ListUserPoolClients", &json!({ "UserPoolId": pool, "MaxResults": 10 }))["UserPoolClients"],
    ) {
        let change = json!({ "UserPoolId": pool, "ClientId": client["ClientId"], "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["mydomain.com/GONE"] });
        world.aws.cognito("UpdateUserPoolClient", &change);
    }
    let failed = failures(&smoke(&world, "M2mApi", 4));
    assert!(failed.iter().any(|it| it["found"].to_string().contains("invalid_scope")), "{failed:#?}");
}

#[test]
fn a_login_passes_until_its_callback_url_is_gone() {
    let world = World::deployed();
    let stack = "CognitoAlbFargate";
    let checks = smoke(&world, stack, 0);
    let passed = |what: &str| checks.iter().any(|it| it["check"] == what && it["outcome"] == "passed");
    for what in [
        "its client suits a balancer",
        "its callback URL is the client's",
        "users who are not signed in are sent to the sign-in page",
        "the sign-in page opens for it",
        "the balancer reaches Cognito: it refuses a made-up code",
        "the token endpoint accepts it",
    ] {
        assert!(passed(what), "{what}: {checks:#?}");
    }

    let callback = format!("https://{HOST}/oauth2/idpresponse");
    let secret = client(world.aws)["ClientSecret"].clone();
    assert!(!json!(checks).to_string().contains(text(&secret)), "the client's secret is in the output");
    change(world.aws, &json!({ "CallbackURLs": ["https://elsewhere.example.com/oauth2/idpresponse"] }));
    let failed = failures(&smoke(&world, stack, 4));
    let mismatch = failed.iter().find(|it| it["about"] == HOST).unwrap_or_else(|| panic!("{failed:#?}"));
    assert!(text(&mismatch["wrong"]).contains("redirect_mismatch"), "{mismatch}");
    assert!(text(&mismatch["expected"]).contains(&callback), "{mismatch}");

    change(world.aws, &json!({ "CallbackURLs": [callback], "AllowedOAuthScopes": ["email"] }));
    let failed = failures(&smoke(&world, stack, 4));
    assert!(failed.iter().any(|it| text(&it["wrong"]).contains("scope `openid`")), "{failed:#?}");

    let listeners =
        world.aws.elbv2("DescribeListeners", &[("LoadBalancerArn", text(&balancer(world.aws)["LoadBalancerArn"]))]);
    assert!(!list(&listeners["Listeners"]).is_empty());
    let nothing = world.purlin(&["smoke", "Nowhere"]);
    assert_eq!(nothing.code, Some(2), "{}", nothing.output);
}

#[test]
fn an_api_with_keys_and_signatures_accepts_both() {
    let stack = "SpaIdentityPool";
    let world = World::with(stack);
    let checks = smoke(&world, stack, 0);
    for (about, what) in [
        ("GET /no-auth", "it rejects calls without credentials"),
        ("GET /no-auth", "it accepts calls with an API key"),
        ("GET /require-auth", "it rejects calls without credentials"),
        ("GET /require-auth", "it accepts calls with an API key and a signature"),
    ] {
        let passed = checks.iter().any(|it| it["about"] == about && it["check"] == what && it["outcome"] == "passed");
        assert!(passed, "{about} {what}: {checks:#?}");
    }
    let outputs = world.aws.outputs(stack);
    let url = format!("{}require-auth", outputs["ApiUrl"]);
    let key = ["--api-key-id", &outputs["ApiKeyId"]];
    for (options, code, expected) in [
        (vec![], 4, "there is no such path or method, or it requires a signature"),
        (key.to_vec(), 4, "sign by `--sign`"),
        (vec!["--sign"], 4, "it requires an API key, and none was sent"),
        ([&key[..], &["--sign"]].concat(), 0, "200 OK"),
    ] {
        let called = world.purlin(&[&["call", &url, "--local", "--region", super::aws::REGION], &options[..]].concat());
        assert_eq!(called.code, Some(code), "{options:?}: {}", called.output);
        assert!(called.output.contains(expected), "{options:?}: {}", called.output);
    }
}

/// The checks of a stack. Also checks the output for users: failures have four parts.
fn smoke(world: &World, stack: &str, code: i32) -> Vec<Value> {
    let outcome = world.purlin(&["smoke", stack]);
    assert_eq!(outcome.code, Some(code), "{}", outcome.output);
    assert_eq!(outcome.output.contains("FAIL"), code != 0, "{}", outcome.output);
    if code != 0 {
        for part in ["wrong:", "found:", "expected:", "do:"] {
            assert!(outcome.output.contains(part), "{}", outcome.output);
        }
    }
    let printed =
        world.toolkit().args(["smoke", stack, "--local", "--json", "--region", super::aws::REGION]).output().unwrap();
    assert_eq!(printed.status.code(), Some(code));
    let all: Value = serde_json::from_slice(&printed.stdout).unwrap();
    all["checks"].as_array().unwrap().clone()
}

fn failures(checks: &[Value]) -> Vec<Value> {
    checks.iter().filter(|it| it["outcome"] == "failed").cloned().collect()
}

/// The client that the balancer signs users in with.
fn client(aws: Aws) -> Value {
    let pool = pool_of_the_domain(aws);
    let clients = aws.cognito("ListUserPoolClients", &json!({ "UserPoolId": pool, "MaxResults": 10 }));
    let id = clients["UserPoolClients"][0]["ClientId"].clone();
    aws.cognito("DescribeUserPoolClient", &json!({ "UserPoolId": pool, "ClientId": id }))["UserPoolClient"].clone()
}

/// Changes the client outside of the stack.
fn change(aws: Aws, settings: &Value) {
    let current = client(aws);
    let names = [
        "UserPoolId",
        "ClientId",
        "AllowedOAuthFlows",
        "AllowedOAuthFlowsUserPoolClient",
        "AllowedOAuthScopes",
        "CallbackURLs",
    ];
    let mut changed: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), current[*name].clone())).collect();
    changed.extend(settings.as_object().unwrap().clone());
    aws.cognito("UpdateUserPoolClient", &Value::Object(changed));
}
