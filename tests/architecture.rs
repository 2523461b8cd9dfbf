//! Keeps the invariants of the workspace: which crate may depend on which, use files or the terminal, or link what.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::house::{Source, metadata, root, sources};

/// The packages of the workspace and everything they link on this platform, by name.
struct Packages {
    /// Direct dependencies, without those of tests and build scripts.
    direct: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
    licences: BTreeMap<String, String>,
}

impl Packages {
    fn read() -> Self {
        let metadata = metadata();
        let names: BTreeMap<&str, &str> =
            list(&metadata["packages"]).map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let name = |id: &Value| names[text(id)].to_owned();
        let linked = |dependency: &&Value| list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null());
        let direct = list(&metadata["resolve"]["nodes"])
            .map(|node| {
                let dependencies = list(&node["deps"]).filter(linked).map(|dependency| name(&dependency["pkg"]));
                (name(&node["id"]), dependencies.collect())
            })
            .collect();
        let members: BTreeSet<String> = list(&metadata["workspace_members"]).map(name).collect();
        let licences = list(&metadata["packages"])
            .map(|package| {
                (text(&package["name"]).to_owned(), package["license"].as_str().unwrap_or("none").to_owned())
            })
            .collect();
        Self { direct, members, licences }
    }

    /// Everything the package links, itself left out.
    fn closure(&self, package: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = self.direct.get(package).into_iter().flatten().map(String::as_str).collect();
        found.extend(&open);
        while let Some(next) = open.pop() {
            let dependencies = self.direct.get(next).into_iter().flatten().map(String::as_str);
            open.extend(dependencies.filter(|dependency| found.insert(*dependency)));
        }
        found
    }
}

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let packages = Packages::read();
    let construction = ["purlin", "purlin-cfn", "purlin-construct", "stacks"];
    let toolkit = ["purlin-cli", "purlin-deploy", "purlin-diagnosis", "purlin-local"];
    for (package, strangers) in [
        ("purlin-assembly", packages.members.iter().map(String::as_str).collect::<Vec<_>>()),
        ("purlin-auth", packages.members.iter().map(String::as_str).collect::<Vec<_>>()),
        ("purlin-template", [&construction[..], &toolkit, &["purlin-assembly"]].concat()),
        ("purlin-deploy", [&construction[..], &["purlin-cli", "purlin-local"]].concat()),
        (
            "purlin-diagnosis",
            [&construction[..], &["purlin-auth", "purlin-cli", "purlin-deploy", "purlin-local"]].concat(),
        ),
        ("purlin-local", packages.members.iter().map(String::as_str).collect()),
        ("purlin-cli", construction.to_vec()),
        ("purlin-construct", [&toolkit[..], &["purlin", "purlin-cfn", "purlin-template"]].concat()),
        ("purlin-cfn", [&toolkit[..], &["purlin", "purlin-template"]].concat()),
        ("purlin", toolkit.to_vec()),
        ("stacks", toolkit.to_vec()),
    ] {
        assert!(packages.members.contains(package), "the workspace has no `{package}`");
        let known = packages.closure(package);
        let broken: Vec<&&str> = strangers.iter().filter(|stranger| known.contains(*stranger)).collect();
        assert!(broken.is_empty(), "`{package}` must not depend on {broken:?}: CONTRIBUTING.md says why");
    }
}

/// Whether a package is part of the SDK or of what async programs are built on.
fn is_heavy(name: &&str) -> bool {
    ["aws-", "tokio", "futures", "hyper", "rustls", "ring"].iter().any(|start| name.starts_with(start))
}

#[test]
fn an_app_does_not_link_the_sdk() {
    let packages = Packages::read();
    let linked: Vec<&str> = packages.closure("stacks").into_iter().filter(is_heavy).collect();
    assert!(
        linked.is_empty(),
        "`stacks` links {linked:?}, which belongs into `purlin-deploy`: an edit would relink it"
    );
}

#[test]
fn diagnosis_and_emulator_link_neither_sdk_nor_async() {
    let packages = Packages::read();
    for package in ["purlin-diagnosis", "purlin-local"] {
        let heavy: Vec<&str> = packages.closure(package).into_iter().filter(is_heavy).collect();
        assert!(heavy.is_empty(), "`{package}` links {heavy:?}, which belongs in `purlin-deploy`");
        let sources = format!("crates/{package}/");
        let broken =
            offences(|path| path.starts_with(&sources), |line| line.contains("async ") || line.contains(".await"));
        assert!(broken.is_empty(), "`{package}` is without async:\n{broken}");
    }
    let linked = packages.closure("purlin-diagnosis").len() + 1;
    assert!(linked < 60, "`purlin-diagnosis` links {linked} crates: a hint is tested in seconds");
}

#[test]
fn only_deploy_uses_the_sdk() {
    let packages = Packages::read();
    for package in packages.members.iter().filter(|name| !["purlin-deploy", "tests"].contains(&name.as_str())) {
        // The SDK's signer is no part of the SDK that any other would be linked with.
        let signer = |name: &str| package == "purlin-auth" && ["aws-sigv4", "aws-credential-types"].contains(&name);
        let is_sdk = |name: &&String| name.starts_with("aws-") && !signer(name);
        let sdk: Vec<&String> = packages.direct[package].iter().filter(is_sdk).collect();
        assert!(sdk.is_empty(), "`{package}` depends on {sdk:?}; only `purlin-deploy` may use the AWS SDK");
    }
    let in_public = |line: &str| line.trim_start().starts_with("pub ") && line.contains("aws_");
    let broken = offences(|path| path.starts_with("crates/purlin-deploy/src/"), in_public);
    assert!(broken.is_empty(), "types of the SDK in public signatures:\n{broken}");
}

#[test]
fn the_sdk_is_built_once() {
    let all = features(&["--workspace"]);
    let toolkit = features(&["--package", "purlin-cli", "--edges", "normal,build"]);
    assert!(toolkit.iter().any(|line| line.starts_with("aws-sdk-s3 v")), "`cargo tree` prints: {toolkit:#?}");
    let twice = toolkit.difference(&all).map(|line| {
        let package = &line[..=line.find(" [").expect("features are in brackets")];
        let other: Vec<&String> = all.iter().filter(|other| other.starts_with(package)).collect();
        format!("{line}, in the workspace {other:?}\n")
    });
    let twice: String = twice.collect();
    assert!(
        twice.is_empty(),
        "features differ between `cargo build -p purlin-cli` and `cargo test --workspace`, so that the AWS SDK is built \
         twice (15 CPU minutes):\n{twice}add the features in Cargo.toml of the workspace, or move the dependency that \
         enables them into a package outside the workspace, as `xtask/validate` is"
    );
}

/// A line per package and set of features: `name version [features]`.
fn features(selection: &[&str]) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--prefix", "none", "--format", "{p} [{f}]"]).args(selection);
    let out = tree.current_dir(root()).output().expect("cargo runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn nothing_banned_is_linked() {
    let packages = Packages::read();
    let rules = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is part of the project");
    let banned: Vec<&str> = rules.lines().filter_map(|line| quoted(line.trim().strip_prefix("{ crate = ")?)).collect();
    assert!(banned.contains(&"aws-lc-sys"), "deny.toml reads differently than this test expects: {banned:?}");
    let linked: Vec<_> = banned.iter().filter(|name| packages.licences.contains_key(**name)).collect();
    assert!(linked.is_empty(), "deny.toml bans {linked:?}, and the workspace builds them");
}

#[test]
fn every_licence_is_allowed() {
    let packages = Packages::read();
    let rules = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml is part of the project");
    let list = rules.lines().skip_while(|line| !line.starts_with("allow = [")).skip(1);
    let allowed: BTreeSet<&str> = list.take_while(|line| *line != "]").filter_map(|line| quoted(line.trim())).collect();
    let refused: Vec<_> = packages.licences.iter().filter(|(_, licence)| !is_allowed(licence, &allowed)).collect();
    assert!(refused.is_empty(), "deny.toml does not allow the licences of {refused:?}");
}

#[test]
fn only_the_toolkit_and_run_touch_the_terminal() {
    let owner = |path: &str| {
        ["crates/purlin-cli/", "crates/purlin/src/run", "stacks/", "xtask/", "tests/"]
            .iter()
            .any(|start| path.starts_with(start))
            || path.contains("/benches/")
            // Tests print figures, shown with `--nocapture`.
            || path.contains("/tests/")
    };
    let prints = |line: &str| {
        ["println!", "eprintln!", "print!(", "eprint!(", "std::io::stdout", "io::stderr"]
            .iter()
            .any(|call| line.contains(call))
    };
    let broken = offences(|path| !owner(path), prints);
    assert!(broken.is_empty(), "only `purlin-cli` and `purlin::run` print:\n{broken}");
    // What comes from outside passes its filter.
    let terminal = |path: &str| path.contains("/src/terminal");
    let broken = offences(|path| path.starts_with("crates/purlin-cli/src/") && !terminal(path), prints);
    assert!(broken.is_empty(), "in `purlin-cli` only the terminal prints:\n{broken}");
}

#[test]
fn only_owners_touch_files_environment_and_clock() {
    let owners = [
        "crates/purlin-assembly/",
        "crates/purlin-auth/",
        "crates/purlin-cli/",
        "crates/purlin-deploy/",
        "crates/purlin-diagnosis/",
        "crates/purlin-local/",
        // Staging of assets, and `purlin::run`.
        "crates/purlin/src/asset",
        "crates/purlin/src/ecr/asset",
        "crates/purlin/src/run",
        // Inputs in files, and a server on loopback.
        "fuzz/",
        "stacks/",
        "tests/",
        "xtask/",
    ];
    let owner = |path: &str| {
        owners.iter().any(|start| path.starts_with(start)) || path.contains("/tests/") || path.contains("/benches/")
    };
    let touches = |line: &str| {
        [
            "std::fs",
            "std::env",
            "env::var",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "std::process",
            "SystemTime",
            "Instant::now",
            "thread_rng",
        ]
        .iter()
        .any(|call| line.contains(call))
    };
    let broken = offences(|path| !owner(path), touches);
    assert!(broken.is_empty(), "files, environment and clock belong to their owners:\n{broken}");
}

#[test]
fn every_file_says_why_it_exists() {
    let silent = |source: &&Source| !source.text.starts_with("//! ");
    let silent: Vec<String> = sources().iter().filter(silent).map(|source| source.path.clone()).collect();
    assert!(silent.is_empty(), "line one of a file is `//! ` and why the file exists: {silent:#?}");
}

/// `path:line: text` of every line of code that `is_wrong` in the files that `concerned`.
fn offences(concerned: impl Fn(&str) -> bool, is_wrong: impl Fn(&str) -> bool) -> String {
    let sources = sources();
    let lines = sources.iter().filter(|source| concerned(&source.path)).flat_map(|source| {
        let wrong = source.code().filter(|(_, line)| is_wrong(line));
        wrong.map(|(number, line)| format!("{}:{number}: {}\n", source.path, line.trim())).collect::<Vec<_>>()
    });
    lines.collect()
}

/// Whether one side of every `OR`, and both of every `AND`, is on the list.
fn is_allowed(licence: &str, allowed: &BTreeSet<&str>) -> bool {
    let licence = licence.replace(['(', ')'], "").replace('/', " OR ");
    licence.split(" AND ").all(|side| side.split(" OR ").any(|name| allowed.contains(name.trim())))
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.split('"').next()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata gives text here")
}
