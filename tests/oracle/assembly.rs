//! The assembly of the reference stacks before cfn-lint, the CDK's schema and the CDK itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use purlin_template::{load, to_yaml};
use serde_json::Value;

use super::lint;
use crate::house::{root, walk};
use crate::programs::{assembly, command, stacks, succeed};
use crate::tools::node_home;

#[test]
fn cfn_lint_finds_neither_error_nor_warning_in_the_stacks() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for template in templates(assembly()) {
        let json: Value = serde_json::from_str(&fs::read_to_string(&template).unwrap()).unwrap();
        let yaml = folder.path().join(template.file_name().unwrap()).with_extension("yaml");
        fs::write(&yaml, to_yaml(&json)).unwrap();
        files.extend([template, yaml]);
    }
    lint(&files, "warning");
}

#[test]
fn the_schema_of_the_cdk_allows_everything_in_the_assembly() {
    let with_asset = tempfile::tempdir().unwrap();
    let mut command = command(stacks(), with_asset.path());
    command.env("PURLIN_IMAGE", "build").args(["synth", "--quiet", "--output"]).arg(with_asset.path());
    succeed(&mut command);
    let assets = fs::read_to_string(with_asset.path().join("CognitoAlbFargate.assets.json")).unwrap();
    assert!(assets.contains("dockerImages"), "the image is built, so it is an asset: {assets}");
    let script = root().join("tests/oracle/strict_manifest.mjs");
    succeed(Command::new("node").arg(script).arg(node_home()).args([assembly(), with_asset.path()]));
}

#[test]
fn the_cdk_lists_the_stacks() {
    let listed = cdk(&assembly().to_string_lossy(), &["ls"]);
    let listed: Vec<&str> = listed.lines().collect();
    let written: Vec<String> = templates(assembly())
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().replace(".template.json", ""))
        .collect();
    assert_eq!(listed, written);
}

#[test]
fn the_cdk_runs_the_app() {
    let app = stacks().to_string_lossy().into_owned();
    assert_eq!(cdk(&app, &["ls"]), cdk(&assembly().to_string_lossy(), &["ls"]));
}

#[test]
fn the_cdk_synthesizes_the_same_template() {
    for path in templates(assembly()) {
        let name = path.file_name().unwrap().to_string_lossy().replace(".template.json", "");
        let theirs = load(&cdk(&assembly().to_string_lossy(), &["synth", &name]))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let ours: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(theirs.to_json(), ours, "{name}");
    }
}

/// Runs the CDK on an app or an assembly, without an account and without calling home.
fn cdk(app: &str, arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(&node_home().join("node_modules/.bin/cdk"), home.path());
    command.args(["--app", app]).args(["--no-notices", "--no-version-reporting"]).args(arguments);
    command
        .env("CDK_DISABLE_VERSION_CHECK", "1")
        .env("CDK_DISABLE_CLI_TELEMETRY", "1")
        .env("AWS_REGION", "eu-central-1");
    let output: Output = succeed(command.current_dir(home.path()));
    String::from_utf8(output.stdout).expect("the CDK writes text")
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
