//! The project's own programs as a user runs them: built as cargo builds them, in an environment without accounts.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::house::root;

/// The app of the reference stacks: what `cargo run` runs.
pub fn stacks() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("stacks", "stacks"))
}

/// The toolkit.
pub fn purlin() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("purlin-cli", "purlin"))
}

/// A command that sees no AWS account, no settings of ours and no home of the user.
pub fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    let foreign =
        |name: &str| ["AWS_", "PURLIN_", "CDK_"].iter().any(|start| name.starts_with(start)) || name == "PURLIN";
    for (name, _) in env::vars_os().filter(|(name, _)| foreign(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true").env("NO_COLOR", "1");
    command
}

/// The assembly of the reference stacks with their own settings, synthesized once for all tests.
pub fn assembly() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("the machine has a folder for temporary files");
        synthesize(folder.path());
        folder
    });
    FOLDER.get().expect("it was just made").path()
}

/// Synthesizes the reference stacks in a process of its own.
pub fn synthesize(into: &Path) {
    let mut command = command(stacks(), into);
    succeed(command.args(["synth", "--quiet", "--output"]).arg(into).current_dir(root()));
}

/// Runs a command that has to succeed, and says what it wrote when it does not.
#[track_caller]
pub fn succeed(command: &mut Command) -> Output {
    let shown = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| panic!("`{shown}` cannot start: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "`{shown}`: {}\n{}{}", output.status, text(&output.stdout), text(&output.stderr));
    output
}

/// Builds a program where cargo would, and asks cargo where that is.
fn build(package: &str, program: &str) -> PathBuf {
    let arguments =
        ["build", "--quiet", "--package", package, "--bin", program, "--message-format", "json-render-diagnostics"];
    let output = succeed(Command::new(env!("CARGO")).args(arguments).current_dir(root()));
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let executable = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let ours = message["target"]["name"] == program;
        message["executable"].as_str().filter(|_| ours).map(PathBuf::from)
    });
    executable.unwrap_or_else(|| panic!("cargo built no program `{program}`"))
}
