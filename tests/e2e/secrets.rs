//! Secrets do not leak: every secret that AWS generates for the stacks is searched for in all output and files of
//! deployments, in the arguments of every process on this machine during them, and in the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::aws::{Aws, list, text};
use super::world::{Outcome, World};
use crate::house::root;
use crate::programs::succeed;

/// Shorter values are common words.
const MIN_LENGTH: usize = 16;

#[test]
fn a_secret_is_in_no_output_no_file_no_argument_and_not_in_the_repository() {
    let world = World::new();
    let evidence = world.path("evidence");
    let is_over = AtomicBool::new(false);
    let (outcomes, arguments) = thread::scope(|scope| {
        let watch = scope.spawn(|| watch(&is_over));
        let outcomes = deploy(&world, &evidence);
        is_over.store(true, Ordering::Relaxed);
        (outcomes, watch.join().expect("the thread does not panic"))
    });
    for (outcome, expected) in outcomes.iter().zip([0, 0, 4]) {
        assert_eq!(outcome.code, Some(expected), "{}", outcome.output);
    }
    let output = outcomes.map(|outcome| outcome.output).concat();

    let secrets = secrets(world.aws);
    assert!(secrets.len() >= 3, "each machine and the balancer have a secret: {}", secrets.len());
    let find = |text: &str| secrets.iter().position(|secret| text.contains(secret.as_str()));
    assert_eq!(find(&output), None, "a secret is in a command's output");
    // The search finds text that is present.
    assert!(output.contains("arn:aws:secretsmanager:") && arguments.iter().any(|it| it.contains("--evidence")));
    assert_eq!(arguments.iter().find_map(|line| find(line)), None, "a secret is in a process list");

    let mut files = written(&world);
    assert!(files.iter().any(|file| file.starts_with(&evidence)), "the failure wrote evidence: {files:?}");
    files.extend(committed());
    for file in files {
        let bytes = fs::read(&file).unwrap_or_default();
        assert_eq!(find(&String::from_utf8_lossy(&bytes)), None, "a secret is in `{}`", file.display());
    }
}

/// Deploys every stack, shows the outputs of one, and deploys it once more with a change that fails.
fn deploy(world: &World, evidence: &str) -> [Outcome; 3] {
    let options = ["--evidence", evidence, "--json"];
    let deployed = world.deploy_stack("--all", &options);
    let outputs = world.purlin(&["outputs", "M2mApi", "--json"]);

    let other = world.aws.cognito("CreateUserPool", &json!({ "PoolName": "other" }));
    let taken = json!({ "UserPoolId": other["UserPool"]["Id"], "Domain": "purlin-taken-m2m" });
    world.aws.cognito("CreateUserPoolDomain", &taken);
    let settings = world.settings_of("m2m-api", &[("purlin-example-m2m", "purlin-taken-m2m")]);
    let failed = world.deploy_stack("M2mApi", &[&["--settings", settings.as_str()], &options[..]].concat());
    [deployed, outputs, failed]
}

/// Collects the arguments of every process until `is_over`.
fn watch(is_over: &AtomicBool) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while !is_over.load(Ordering::Relaxed) {
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let arguments = fs::read(process.path().join("cmdline")).unwrap_or_default();
            seen.insert(String::from_utf8_lossy(&arguments).replace('\0', " "));
        }
        thread::sleep(Duration::from_millis(5));
    }
    seen
}

/// The secrets of app clients, those of Secrets Manager, and the keys of APIs.
fn secrets(aws: Aws) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for pool in list(&aws.cognito("ListUserPools", &json!({ "MaxResults": 60 }))["UserPools"]) {
        let of_pool = json!({ "UserPoolId": pool["Id"], "MaxResults": 60 });
        for client in list(&aws.cognito("ListUserPoolClients", &of_pool)["UserPoolClients"]) {
            let which = json!({ "UserPoolId": pool["Id"], "ClientId": client["ClientId"] });
            let client = aws.cognito("DescribeUserPoolClient", &which);
            found.extend(client["UserPoolClient"]["ClientSecret"].as_str().map(str::to_owned));
        }
    }
    for secret in list(&aws.secrets("ListSecrets", &json!({}))["SecretList"]) {
        let value = aws.secrets("GetSecretValue", &json!({ "SecretId": secret["ARN"] }));
        let value = text(&value["SecretString"]).to_owned();
        match serde_json::from_str::<Value>(&value) {
            Ok(Value::Object(fields)) => {
                let secret =
                    fields.into_iter().filter(|(name, _)| name.contains("secret") || name.contains("password"));
                found.extend(secret.filter_map(|(_, value)| value.as_str().map(str::to_owned)));
            }
            _ => drop(found.insert(value)),
        }
    }
    for key in list(&aws.api_keys()) {
        found.insert(text(&key["value"]).to_owned());
    }
    found.retain(|secret| secret.len() >= MIN_LENGTH);
    found
}

/// The user's files, without those of the emulator, which replaces AWS.
fn written(world: &World) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(world.path(""))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path == Path::new(&world.path("emulator")) => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files
}

/// The files of the repository, including those not committed yet.
fn committed() -> Vec<PathBuf> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = succeed(Command::new("git").args(arguments).current_dir(root()));
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    listed.split_terminator('\0').map(|name| root().join(name)).collect()
}
