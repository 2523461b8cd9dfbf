//! What several tests read of the workspace: its folders, its sources, its cargo metadata.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is in the workspace's folder")
}

/// A Rust file of the project.
pub struct Source {
    /// The path from the workspace's folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Numbered lines of code: no comments, and nothing behind the first `#[cfg(test)]`.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every Rust file of the workspace, in the order of paths.
pub fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in ["crates", "fuzz", "stacks", "tests", "xtask"] {
        walk(&root().join(folder), "rs", &mut paths);
    }
    paths.sort();
    let read = |path: PathBuf| Source {
        text: fs::read_to_string(&path).expect("the file was just listed"),
        path: relative(&path),
    };
    paths.into_iter().map(read).collect()
}

/// Every file below `folder` with that extension. Build output is left out.
pub fn walk(folder: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let skipped = path.file_name().is_some_and(|name| name == "target" || name == "node_modules");
        if path.is_dir() && !skipped {
            walk(&path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
}

/// `cargo metadata` for this machine's platform: what is built is what is judged.
pub fn metadata() -> Value {
    let version = Command::new("rustc").arg("-vV").output().expect("cargo test runs where rustc is");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc -vV names the host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON")
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("sources are in the workspace");
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
