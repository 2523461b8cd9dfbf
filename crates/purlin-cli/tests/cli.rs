//! The toolkit from the outside, without AWS: its output and its exit codes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use purlin_assembly::{Artifact, CloudAssembly, Environment, MetadataEntry, NestedAssemblyProperties, StackProperties};
use serde_json::json;
use tempfile::TempDir;

/// A folder with an assembly in `purlin.out`: `Web`, and `Prod/Db` in a stage.
fn app(entry: Option<MetadataEntry>) -> TempDir {
    let template =
        json!({"Parameters": {"Size": {"Type": "Number"}}, "Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}});
    let stack = |name: &str| Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("t.json")).named(name);
    let mut inner = CloudAssembly::new();
    inner.json("t.json", &template).artifact("ProdDb", stack("Prod/Db"));
    let mut out = CloudAssembly::new();
    let patch = MetadataEntry::patch("login-egress", "egress tcp/443", "logins need it");
    let web = entry.into_iter().fold(stack("Web").with_metadata("/Web/Lb", patch), |stack, entry| {
        stack.with_metadata("/Web/Jobs", entry.at("src/main.rs:3:5"))
    });
    out.json("t.json", &template).artifact("Web", web);
    let properties = NestedAssemblyProperties { directory_name: "assembly-Prod".into(), display_name: None };
    out.nest("assembly-Prod", &properties, inner);
    let folder = tempfile::tempdir().expect("a folder for the test");
    out.write(&folder.path().join("purlin.out")).expect("an empty folder");
    folder
}

/// Runs `purlin` without credentials and network.
fn purlin(folder: &Path, line: &str) -> Output {
    command(folder, line).output().expect("cargo built it")
}

fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_purlin"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("PURLIN_")) {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder).current_dir(folder);
    command.args(line.split_whitespace()).stdin(std::process::Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints text")
}

#[test]
fn data_goes_to_stdout_alone() {
    let folder = app(None);
    let cases = [
        ("ls", "Web\nProd/Db (ProdDb)\n"),
        ("list Prod/* --long", "Prod/Db (ProdDb)  aws://unknown-account/unknown-region\n"),
        ("synth Prod/Db", "Parameters:\n  Size:\n    Type: Number\nResources:\n  Jobs:\n    Type: AWS::SQS::Queue\n"),
    ];
    for (line, expected) in cases {
        let output = purlin(folder.path(), line);
        assert_eq!((text(&output.stdout).as_str(), output.status.code()), (expected, Some(0)), "{line}");
        assert!(output.stderr.is_empty(), "{line}: {}", text(&output.stderr));
    }
}

#[test]
fn synth_lists_patches_in_a_line_each_and_reasons_on_request() {
    let folder = app(None);
    let line = "  login-egress  Web/Lb  egress tcp/443\n";
    let brief = text(&purlin(folder.path(), "synth Web").stderr);
    assert!(brief.ends_with(line) && brief.contains("synth --verbose"), "{brief}");
    let full = text(&purlin(folder.path(), "synth Web --verbose").stderr);
    assert!(full.ends_with(&format!("{line}      logins need it\n")), "{full}");
    assert_eq!(text(&purlin(folder.path(), "synth Web --quiet").stderr), "");
    assert_eq!(purlin(folder.path(), "synth Web --quiet --verbose").status.code(), Some(2));
}

#[test]
fn an_unknown_stack_is_reported_alone_with_the_one_that_was_meant() {
    let folder = app(Some(MetadataEntry::new(MetadataEntry::WARNING, "no dead letter queue")));
    let expected = "error: no stack matches `Wbe`; the assembly has `Web`, `Prod/Db`\nhint: did you mean `Web`?\n";
    for command in ["ls", "synth", "deploy", "destroy", "preflight"] {
        let output = purlin(folder.path(), &format!("{command} Wbe"));
        assert_eq!((text(&output.stderr).as_str(), output.status.code()), (expected, Some(2)), "{command}");
    }
}

#[test]
fn every_failure_has_its_code_and_a_hint() {
    let folder = app(None);
    let cases = [
        ("deploy", 2, "name the ones you mean, or `'**'` for all: `Web`, `Prod/Db`"),
        ("deploy Wob", 2, "no stack matches `Wob`; the assembly has `Web`, `Prod/Db`"),
        ("deploy --frobnicate", 2, "--frobnicate"),
        ("deploy --all Web", 2, "cannot be used with"),
        ("deploy Web --app absent", 2, "there is no cloud assembly in `absent`"),
        ("deploy Web --parameters Siez=1", 2, "there is no parameter `Siez`; the stacks have `Size`"),
        ("deploy Web --parameters Api:Size=1", 2, "names a stack that is not deployed"),
        ("deploy Web --parameters Size", 2, "KEY=VALUE"),
        ("destroy Web", 2, "confirm it with `--yes`"),
        ("deploy Web", 4, "`--local` needs none"),
        ("destroy Web --yes --profile absent", 4, "profile `absent` does not exist"),
    ];
    for (line, code, expected) in cases {
        let output = purlin(folder.path(), line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(expected), "{line}: {said}");
        assert!(!said.contains('\x1b'), "{line} has control codes where there is no terminal: {said:?}");
        assert!(output.stdout.is_empty(), "{line}");
    }
    let nowhere = tempfile::tempdir().expect("a folder for the test");
    let output = purlin(nowhere.path(), "ls");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cargo run -- synth"));
}

#[test]
fn a_deployment_begins_with_the_warnings_of_the_app() {
    let folder = app(Some(MetadataEntry::new(MetadataEntry::WARNING, "no dead letter queue")));
    let said = text(&purlin(folder.path(), "deploy Web").stderr);
    for expected in ["warning: Web/Jobs: no dead letter queue", "declared at src/main.rs:3:5"] {
        assert!(said.contains(expected), "`{expected}` is not in: {said}");
    }
    assert!(!said.contains("login-egress"), "patches are listed with the change set: {said}");
    let quiet = text(&purlin(folder.path(), "deploy Web --quiet").stderr);
    assert!(quiet.starts_with("error: there are no AWS credentials"), "{quiet}");
}

#[test]
fn errors_of_the_app_stop_a_deployment() {
    let folder = app(Some(MetadataEntry::new(MetadataEntry::ERROR, "this cannot work")));
    for line in ["deploy Web", "deploy Web --quiet", "synth Web"] {
        let output = purlin(folder.path(), line);
        assert_eq!(output.status.code(), Some(3), "{line}");
        assert!(text(&output.stderr).contains("error: Web/Jobs: this cannot work"), "{line}");
    }
}

#[test]
fn a_cdk_assembly_is_found_too() {
    let folder = app(None);
    fs::rename(folder.path().join("purlin.out"), folder.path().join("cdk.out")).expect("the same folder");
    assert_eq!(text(&purlin(folder.path(), "ls Web").stdout), "Web\n");
}

#[test]
fn help_names_the_exit_codes() {
    let folder = app(None);
    let help = text(&purlin(folder.path(), "--help").stdout);
    for expected in ["deploy", "destroy", "local", "Exit codes", "4    AWS refused"] {
        assert!(help.contains(expected), "`{expected}` is not in: {help}");
    }
}

/// A server for `GetCallerIdentity`, without stacks.
fn account_without_stacks() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("a bound port"));
    let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>\
        <Arn>arn:aws:iam::111122223333:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let nothing = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
        <Message>Stack with id Web does not exist</Message></Error></ErrorResponse>";
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
            let headers = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let length =
                headers.filter_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.last().unwrap_or(0)];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let is_identity = String::from_utf8_lossy(&body).contains("GetCallerIdentity");
            let (status, body) = if is_identity { (200, identity) } else { (400, nothing) };
            let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\nconnection: close\r\n");
            let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
        }
    });
    url
}

#[test]
fn preflight_lists_what_would_fail_with_its_exit_code() {
    let queue = json!({"Type": "AWS::SQS::Queue"});
    let template = |count: u32| {
        let resources: serde_json::Map<_, _> = (0..count).map(|number| (format!("Q{number}"), queue.clone())).collect();
        json!({"Resources": resources})
    };
    let cases = [
        (1, "preflight", 0, "Web: no problems found\n"),
        (
            501,
            "preflight",
            4,
            "Web: 1 error\n  error: the template has 501 resources, but CloudFormation takes at most 500\n",
        ),
        (
            501,
            "preflight --json",
            4,
            "{\n  \"Web\": [\n    {\n      \"severity\": \"error\",\n      \"check\": \"template\"",
        ),
        (1, "preflight --json", 0, "{\n  \"Web\": []\n}\n"),
    ];
    let url = account_without_stacks();
    for (count, line, code, expected) in cases {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut out = CloudAssembly::new();
        let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("t.json"));
        out.json("t.json", &template(count)).artifact("Web", stack);
        out.write(&folder.path().join("purlin.out")).expect("an empty folder");
        let mut command = command(folder.path(), line);
        command.env("AWS_ENDPOINT_URL", &url).env("AWS_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        let output = command.output().expect("cargo built it");
        let printed = text(&output.stdout);
        assert!(printed.starts_with(expected), "{line}: {printed}{}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}");
    }
}
