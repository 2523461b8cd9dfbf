//! Second opinions from programs we did not write: cfn-lint on every template, the real CDK on the assembly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use purlin_template::{Template, load, to_yaml};
use serde_json::Value;

use crate::house::{root, walk};
use crate::programs::{assembly, command, succeed};
use crate::tools::{cfn_lint, node_home};

#[test]
fn cfn_lint_finds_no_error_in_the_stacks() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for template in templates(assembly()) {
        let json: Value = serde_json::from_str(&fs::read_to_string(&template).unwrap()).unwrap();
        let yaml = folder.path().join(template.file_name().unwrap()).with_extension("yaml");
        fs::write(&yaml, to_yaml(&json)).unwrap();
        files.extend([template, yaml]);
    }
    lint(&files);
}

#[test]
fn cfn_lint_finds_no_error_in_the_golden_templates() {
    let folder = tempfile::tempdir().unwrap();
    let mut snapshots = Vec::new();
    for place in ["crates", "tests", "stacks"] {
        walk(&root().join(place), "snap", &mut snapshots);
    }
    let mut files = Vec::new();
    for (index, snapshot) in snapshots.iter().enumerate() {
        let text = fs::read_to_string(snapshot).unwrap();
        let Some(template) = content(&text).and_then(|content| load(content).ok()) else { continue };
        if Template::from_document(template.clone()).is_ok_and(|template| !template.resources().is_empty()) {
            let name = snapshot.file_stem().unwrap().to_string_lossy().into_owned();
            let file = folder.path().join(format!("{index:03}-{name}.yaml"));
            fs::write(&file, to_yaml(&template.to_json())).unwrap();
            files.push(file);
        }
    }
    assert!(!files.is_empty(), "no golden snapshot holds a template");
    lint(&files);
}

#[test]
fn the_schema_of_the_cdk_knows_everything_in_the_assembly() {
    let script = root().join("tests/oracle/strict_manifest.mjs");
    succeed(Command::new("node").arg(script).arg(node_home()).arg(assembly()));
}

#[test]
fn the_cdk_lists_the_stacks() {
    let listed = cdk(&["ls"]);
    let listed: Vec<&str> = listed.lines().collect();
    let written: Vec<String> = templates(assembly())
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().replace(".template.json", ""))
        .collect();
    assert_eq!(listed, written);
}

#[test]
fn the_cdk_synthesizes_the_same_template() {
    for path in templates(assembly()) {
        let name = path.file_name().unwrap().to_string_lossy().replace(".template.json", "");
        let theirs = load(&cdk(&["synth", &name])).unwrap_or_else(|error| panic!("{name}: {error}"));
        let ours: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(theirs.to_json(), ours, "{name}");
    }
}

/// Runs the CDK on the assembly, without an account and without calling home.
fn cdk(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(&node_home().join("node_modules/.bin/cdk"), home.path());
    command.arg("--app").arg(assembly()).args(["--no-notices", "--no-version-reporting"]).args(arguments);
    command
        .env("CDK_DISABLE_VERSION_CHECK", "1")
        .env("CDK_DISABLE_CLI_TELEMETRY", "1")
        .env("AWS_REGION", "eu-central-1");
    let output: Output = succeed(command.current_dir(home.path()));
    String::from_utf8(output.stdout).expect("the CDK writes text")
}

/// Fails if cfn-lint reports an error; warnings are printed for whoever reads the test's output.
fn lint(files: &[PathBuf]) {
    let output = Command::new(cfn_lint())
        .args(["--non-zero-exit-code", "error", "--format", "parseable"])
        .args(files)
        .output()
        .expect("cfn-lint was just installed");
    let report = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cfn-lint finds errors (E....):\n{report}");
    println!("cfn-lint on {} templates:\n{report}", files.len());
}

/// The templates of an assembly, in the order of their names.
fn templates(assembly: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(assembly, "json", &mut files);
    files.retain(|path| path.to_string_lossy().ends_with(".template.json"));
    files.sort();
    assert!(!files.is_empty(), "`{}` holds no templates", assembly.display());
    files
}

/// What a snapshot holds below its header.
fn content(snapshot: &str) -> Option<&str> {
    snapshot.strip_prefix("---\n")?.split_once("\n---\n").map(|(_, content)| content)
}
