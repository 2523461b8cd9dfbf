//! Makes the snapshots from what AWS publishes: a module for each source.

pub mod cfn_lint;
pub mod service_spec;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs `work` in an empty folder that is gone afterwards.
fn in_scratch<T>(work: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let folder = std::env::temp_dir().join(format!("purlin-codegen-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let made = work(&folder);
    fs::remove_dir_all(&folder)?;
    made
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let out = command.output().with_context(|| format!("running {command:?}"))?;
    if !out.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(out.stdout)
}
