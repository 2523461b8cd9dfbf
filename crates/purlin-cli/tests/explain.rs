//! `purlin explain` on the evidence of a failed deployment: offline, with the same explanation.

use std::path::Path;
use std::process::{Command, Output};

use purlin_diagnosis::{Evidence, StackEvent, Status, Summary, Templates, diagnose_with};
use serde_json::json;

/// A failure with all its fields.
fn evidence() -> Evidence {
    let stack = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web/1";
    let inner = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web-Login/2";
    let event = |at: i64, stack: &str, id: &str, kind: &str, physical: &str, status: &str, reason: &str| StackEvent {
        id: at.to_string(),
        at,
        stack_id: stack.into(),
        logical_id: id.into(),
        resource_type: kind.into(),
        physical_id: Some(physical.into()),
        status: status.into(),
        reason: (!reason.is_empty()).then(|| reason.into()),
        ..StackEvent::default()
    };
    let stacks = "AWS::CloudFormation::Stack";
    let taken = "Domain already associated with another user pool. (Service: Cognito; Status Code: 400; Error Code: X)";
    let events = vec![
        event(1, stack, "Web", stacks, stack, "UPDATE_IN_PROGRESS", "User Initiated"),
        event(2, stack, "Login", stacks, inner, "UPDATE_IN_PROGRESS", ""),
        event(3, inner, "Domain", "AWS::Cognito::UserPoolDomain", "d", "CREATE_FAILED", taken),
        event(4, inner, "Client", "AWS::Cognito::UserPoolClient", "c", "CREATE_FAILED", "Resource creation cancelled"),
        event(5, stack, "Login", stacks, inner, "UPDATE_FAILED", "Embedded stack was not successfully updated"),
        event(
            6,
            stack,
            "Web",
            stacks,
            stack,
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed: [Login]",
        ),
        event(7, stack, "Jobs", "AWS::SQS::Queue", "q", "UPDATE_FAILED", "Rate exceeded"),
        event(8, stack, "Web", stacks, stack, "UPDATE_ROLLBACK_FAILED", ""),
    ];
    let mut templates = Templates::of(&json!({"Resources": {"Login": {"Type": stacks}}}));
    let domain =
        json!({"Type": "AWS::Cognito::UserPoolDomain", "Metadata": {"aws:cdk:path": "Web/Login/Domain/Resource"}});
    templates.add(&["Login"], json!({"Resources": {"Domain": domain}}));
    let mut summary = Summary::of("Web", &Status::UpdateRollbackFailed, "111122223333", "eu-west-1");
    summary.diagnosis = diagnose_with(&events, &templates);
    let cause = summary.diagnosis.cause.as_mut().expect("a cause");
    cause.declared_at = Some("src/main.rs:12:9".into());
    cause.facts = vec!["the prefix `shop` answers with another pool's pages".into(), "its pool:\n  shop-old".into()];
    Evidence { summary, events, templates, ..Evidence::default() }
}

/// Runs `purlin` without credentials and network.
fn purlin(folder: &Path, line: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_purlin"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("PURLIN_")) {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", folder).current_dir(folder);
    command.args(line).stdin(std::process::Stdio::null()).output().expect("cargo built it")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints text")
}

#[test]
fn a_folder_explains_the_failure_without_aws() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    evidence().write(&folder.path().join("kept"), &[]).expect("a free folder");
    let output = purlin(folder.path(), &["explain", "kept"]);
    let expected = "\
Web: `UPDATE_ROLLBACK_FAILED` in account 111122223333, region eu-west-1
  Domain (AWS::Cognito::UserPoolDomain) in Login: CREATE_FAILED
    Domain already associated with another user pool.
    construct: Web/Login/Domain/Resource
    declared at: src/main.rs:12:9
    seen:
      the prefix `shop` answers with another pool's pages
      its pool:
      shop-old
    usually: domain prefixes are unique in a region across all accounts, and this one is taken, perhaps by an older \
         stack of yours
  1 other resource was cancelled because of it
  during the rollback:
  Jobs (AWS::SQS::Queue): UPDATE_FAILED
    Rate exceeded
    usually: too many requests to AWS, perhaps from concurrent deployments
    hint: deploy again in a minute
hint: choose another prefix, for example with the account's name in it
";
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn machines_read_the_summary_and_may_keep_it_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    evidence().write(&folder.path().join("kept"), &[]).expect("a free folder");
    let output = purlin(folder.path(), &["explain", "kept", "--json", "--save", "copy"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON alone is on stdout");
    assert_eq!(summary["version"], 1);
    assert_eq!(summary["diagnosis"]["cause"]["logical_id"], "Domain");
    assert_eq!(summary["diagnosis"]["cause"]["via"][0], "Login");
    assert_eq!(summary["diagnosis"]["cancelled"], 1);
    let again = purlin(folder.path(), &["explain", "copy", "--json"]);
    assert_eq!(again.stdout, output.stdout);
}

#[test]
fn a_failure_without_explanation_has_a_reason() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for (subject, code, expected) in [("empty", 2, "summary.json"), ("Web", 4, "there are no AWS credentials")] {
        let output = purlin(folder.path(), &["explain", subject]);
        let said = text(&output.stderr);
        assert!(said.contains(expected), "{subject}: {said}");
        assert_eq!(output.status.code(), Some(code), "{subject}: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn what_aws_or_a_container_wrote_commands_neither_the_terminal_nor_ci() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut evidence = evidence();
    let cause = evidence.summary.diagnosis.cause.as_mut().expect("a cause");
    cause.reason = "a\x1b]0;title\x07b\x1b[2Jc\u{9b}31md\u{202e}".into();
    cause.declared_at = Some("src/\x1b[1;1Hmain.rs:1:1".into());
    cause.facts = vec!["::stop-commands::x".into(), "  ##[error]y\r\n::add-mask::z".into()];
    evidence.write(&folder.path().join("kept"), &[]).expect("a free folder");
    let output = purlin(folder.path(), &["explain", "kept"]);
    let text = text(&output.stdout) + &text(&output.stderr);
    assert!(text.contains("abcd") && text.contains("src/main.rs:1:1") && text.contains("# #[error]y"), "{text}");
    let is_control = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
    assert!(!text.contains(is_control), "{text:?}");
    let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!text.lines().any(is_command), "{text}");
}

/// The resources of an emulator have the names of those in the account.
#[test]
fn commands_in_evidence_of_the_emulator_are_for_it() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (account, expected) in [
        ("111122223333", "`aws secretsmanager delete-secret"),
        ("000000000000", "`aws --endpoint-url \"$AWS_ENDPOINT_URL\" secretsmanager delete-secret"),
    ] {
        let stack = format!("arn:aws:cloudformation:eu-west-1:{account}:stack/Web/1");
        let event = StackEvent {
            stack_id: stack.clone(),
            logical_id: "Secret".into(),
            resource_type: "AWS::SecretsManager::Secret".into(),
            status: "CREATE_FAILED".into(),
            reason: Some(
                "You can't create this secret because a secret with this name is already scheduled for deletion."
                    .into(),
            ),
            ..StackEvent::default()
        };
        let mut summary = Summary::of("Web", &Status::RollbackComplete, account, "eu-west-1");
        summary.diagnosis = diagnose_with(&[event], &Templates::default());
        let path = folder.path().join(account);
        Evidence { summary, ..Evidence::default() }.write(&path, &[]).expect("a free folder");
        let said = text(&purlin(folder.path(), &["explain", account]).stdout);
        assert!(said.contains(expected), "{said}");
        assert_eq!(said.contains("local env)\"`"), account == "000000000000", "{said}");
    }
}
