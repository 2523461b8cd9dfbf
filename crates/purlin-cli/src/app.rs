//! Finds the assembly that a command is about, and the stacks in it.

use std::path::{Path, PathBuf};

use purlin_assembly::{Assembly, Stack};

use crate::args::Selection;
use crate::failure::{Failure, Kind};

/// Where an assembly is when nobody says.
const DEFAULTS: [&str; 2] = ["purlin.out", "cdk.out"];

/// Reads the assembly in the named folder, or in one of the usual ones.
pub(crate) fn read(app: Option<&Path>) -> Result<Assembly, Failure> {
    let folder = match app {
        Some(folder) => folder.to_owned(),
        None => usual().ok_or_else(|| {
            Failure::usage("there is no cloud assembly here: neither `purlin.out` nor `cdk.out`")
                .hint("run `cargo run -- synth` in the app first, or name the folder with `--app`")
        })?,
    };
    Ok(Assembly::read(folder)?)
}

fn usual() -> Option<PathBuf> {
    DEFAULTS.iter().map(PathBuf::from).find(|folder| folder.join(purlin_assembly::MANIFEST_FILE).is_file())
}

/// An app of the CDK may be unfinished: it asks for look-ups and wants to be run again with the answers.
pub(crate) fn check_complete(assembly: &Assembly) -> Result<(), Failure> {
    let missing: Vec<String> = assembly.manifest().missing.iter().map(|it| format!("`{}`", it.key)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("the app lacks look-ups, so its stacks are not final: {}", missing.join(", "));
    Err(Failure::new(Kind::Problems, message).hint("let the CDK make them with `cdk synth`, then run this again"))
}

/// The stacks a command names, in the order they deploy.
pub(crate) fn chosen<'a>(assembly: &'a Assembly, selection: &Selection) -> Result<Vec<&'a Stack>, Failure> {
    if selection.all {
        let all: Vec<&Stack> = assembly.stacks().iter().collect();
        return if all.is_empty() { Ok(assembly.select::<&str>(&[])?) } else { Ok(all) };
    }
    Ok(assembly.select(&selection.stacks)?)
}
