//! Second opinions from programs we did not write: cfn-lint on every template, the real CDK on the assembly.

mod assembly;
mod bootstrap;
mod fixtures;
mod references;
mod templates;

use std::path::PathBuf;
use std::process::Command;

use crate::tools::cfn_lint;

/// Fails if cfn-lint reports something of that level (`error`, `warning`) or above; the rest is printed and shows up in
/// the test's output.
pub fn lint(files: &[PathBuf], level: &str) {
    let output = Command::new(cfn_lint())
        .args(["--non-zero-exit-code", level, "--format", "parseable"])
        .args(files)
        .output()
        .expect("cfn-lint was just installed");
    let report = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cfn-lint has {level}s or worse:\n{report}");
    println!("cfn-lint on {} templates:\n{report}", files.len());
}
