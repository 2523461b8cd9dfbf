//! Runs `xtask/validate`, the program that holds samples against schemas with a JSON Schema library.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The errors of every schema's instances; nothing for a schema with a pattern that the library does not support.
pub fn validate(root: &Path, schemas: &[(&Value, Vec<&Value>)]) -> Result<Vec<Option<Vec<String>>>> {
    let target = super::program::target(root).join("validate");
    fs::create_dir_all(&target)?;
    let lines: Vec<String> = schemas.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let input = target.join("input.jsonl");
    fs::write(&input, lines.join("\n"))?;
    let mut cargo = super::program::cargo(&root.join("xtask/validate"), &target);
    let out = cargo.arg("--locked").stdin(File::open(&input)?).output().context("running cargo")?;
    ensure!(out.status.success(), "the validation failed: {}", String::from_utf8_lossy(&out.stderr));
    let lines = out.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let found: Vec<_> = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
    ensure!(found.len() == schemas.len(), "{} answers for {} schemas", found.len(), schemas.len());
    Ok(found)
}
