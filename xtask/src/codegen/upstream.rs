//! Makes the snapshots from what AWS publishes: a module for each source.

pub mod cfn_lint;
pub mod iam;
pub mod service_spec;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::schema::Source;

/// Runs `work` in an empty folder that is gone afterwards.
fn in_scratch<T>(work: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let folder = std::env::temp_dir().join(format!("purlin-codegen-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let made = work(&folder);
    fs::remove_dir_all(&folder)?;
    made
}

#[derive(Deserialize)]
struct Packed {
    filename: String,
    version: String,
    integrity: String,
}

/// Unpacks a version of a package of the npm registry into `package` below `work`; returns its source and manifest.
fn npm(package: &str, version: &str, work: &Path) -> Result<(Source, Value)> {
    let packed =
        output(Command::new("npm").args(["pack", "--json", &format!("{package}@{version}")]).current_dir(work))?;
    let packed: Vec<Packed> = serde_json::from_slice(&packed).context("reading what `npm pack --json` printed")?;
    let packed = packed.into_iter().next().context("`npm pack` packed nothing")?;
    output(Command::new("tar").args(["-xzf", &packed.filename]).current_dir(work))?;
    let manifest: Value = serde_json::from_slice(&fs::read(work.join("package/package.json"))?)?;
    let licence = manifest["license"].as_str().context("the package does not say its licence")?.to_owned();
    let source = Source { package: package.to_owned(), version: packed.version, licence, integrity: packed.integrity };
    Ok((source, manifest))
}

/// The wheel of a version of a package of PyPI.
fn wheel(package: &str, version: &str, work: &Path) -> Result<Vec<u8>> {
    let package = format!("{package}=={version}");
    output(
        Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", ".", &package])
            .current_dir(work),
    )?;
    let file = fs::read_dir(work)?.next().context("pip downloaded nothing")??;
    Ok(fs::read(file.path())?)
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let out = command.output().with_context(|| format!("running {command:?}"))?;
    if !out.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(out.stdout)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
