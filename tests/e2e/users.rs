//! The users of a stack's pool, managed with the toolkit.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::aws::{Aws, REGION, text};
use super::readback::pool_of_the_domain;
use super::world::{Outcome, World};

const PASSWORD: &str = "Correct-horse-1-battery";
const STACK: &str = "CognitoAlbFargate";

#[test]
fn users_are_added_listed_grouped_and_disabled() {
    let world = World::deployed();
    let pool = pool_of_the_domain(world.aws);
    world.aws.cognito("CreateGroup", &json!({ "UserPoolId": pool, "GroupName": "admin" }));

    let added = user(&world, &["add", STACK, "ada@example.com", "--password-env", "PW", "--group", "admin"]);
    assert_eq!(added.code, Some(0), "{}", added.output);
    let by_pool =
        with_stdin(&world, &["add", "--user-pool", &pool, "bob@example.com", "--password-stdin", "--temporary"]);
    assert_eq!(by_pool.code, Some(0), "{}", by_pool.output);
    assert!(!format!("{}{}", added.output, by_pool.output).contains(PASSWORD));

    let ada = found(world.aws, &pool, "ada@example.com");
    assert_eq!(ada["UserStatus"], "CONFIRMED");
    assert_eq!(attribute(&ada, "email_verified"), "true");
    assert_eq!(found(world.aws, &pool, "bob@example.com")["UserStatus"], "FORCE_CHANGE_PASSWORD");

    let listed = user(&world, &["list", STACK, "--json"]);
    let lines: Vec<Value> =
        listed.output.lines().filter(|it| it.starts_with('{')).map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{}", listed.output);
    assert!(user(&world, &["list", STACK, "--group", "admin"]).output.contains("ada@example.com"));
    assert!(!user(&world, &["list", STACK, "--limit", "1"]).output.contains("bob@example.com"));

    let groups = user(&world, &["groups", STACK, "bob@example.com", "--add", "admin"]);
    assert!(groups.output.contains("admin"), "{}", groups.output);
    let groups = user(&world, &["groups", STACK, "bob@example.com", "--remove", "admin", "--json"]);
    assert!(groups.output.contains("[]"), "{}", groups.output);

    assert_eq!(user(&world, &["disable", STACK, "ada@example.com"]).code, Some(0));
    assert_eq!(found(world.aws, &pool, "ada@example.com")["Enabled"], false);
    assert_eq!(user(&world, &["enable", STACK, "ada@example.com"]).code, Some(0));
    assert_eq!(found(world.aws, &pool, "ada@example.com")["Enabled"], true);
    let changed = user(&world, &["password", STACK, "bob@example.com", "--password-env", "PW"]);
    assert_eq!(changed.code, Some(0), "{}", changed.output);
    assert_eq!(found(world.aws, &pool, "bob@example.com")["UserStatus"], "CONFIRMED");

    refusals_are_explained(&world, &pool);
}

/// Each refusal is AWS's, with its code, and changes nothing.
fn refusals_are_explained(world: &World, pool: &str) {
    let cases: [(&[&str], &[&str]); 5] = [
        (
            &["add", STACK, "eve@example.com", "--password-env", "WEAK"],
            &["the password of `eve@example.com` is refused", "8 characters at least"],
        ),
        (
            &["add", STACK, "ada@example.com", "--password-env", "PW"],
            &["there is a user `ada@example.com`", "purlin user password"],
        ),
        (
            &["password", STACK, "unknown@example.com", "--password-env", "PW"],
            &["there is no user `unknown@example.com`"],
        ),
        (&["groups", STACK, "ada@example.com", "--add", "admins"], &["there is no such group", "it has `admin`"]),
        (&["list", "--user-pool", "eu-west-1_Nowhere1"], &["there is no user pool `eu-west-1_Nowhere1`", REGION]),
    ];
    for (arguments, texts) in cases {
        let refused = user(world, arguments);
        assert!(matches!(refused.code, Some(2 | 4)), "{arguments:?}: {}", refused.output);
        for text in texts {
            assert!(refused.output.contains(text), "{arguments:?} does not contain `{text}`:\n{}", refused.output);
        }
    }
    let eve = json!({ "UserPoolId": pool, "Filter": "email = \"eve@example.com\"" });
    assert_eq!(world.aws.cognito("ListUsers", &eve)["Users"], json!([]));
}

fn user(world: &World, arguments: &[&str]) -> Outcome {
    world.purlin_with(&[("PW", PASSWORD), ("WEAK", "short")], &[&["user"], arguments].concat())
}

fn with_stdin(world: &World, arguments: &[&str]) -> Outcome {
    let mut command: Command = world.toolkit();
    command.args(["user"]).args(arguments).args(["--local"]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(process.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    let output = process.wait_with_output().unwrap();
    let (code, streams) = (output.status.code(), [output.stdout, output.stderr]);
    Outcome { code, output: streams.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat() }
}

fn found(aws: Aws, pool: &str, email: &str) -> Value {
    let filter = json!({ "UserPoolId": pool, "Filter": format!("email = \"{email}\"") });
    aws.cognito("ListUsers", &filter)["Users"][0].clone()
}

fn attribute<'a>(user: &'a Value, name: &str) -> &'a str {
    let attributes = user["Attributes"].as_array().unwrap();
    text(&attributes.iter().find(|it| it["Name"] == name).unwrap()["Value"])
}
