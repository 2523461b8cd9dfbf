//! Reads the assembly of a command, and selects its stacks.

use std::env;
use std::path::{Path, PathBuf};

use purlin_assembly::{Assembly, AssemblyError, Stack, WRITTEN_VARIABLE};

use crate::args::Selection;
use crate::failure::{Failure, Kind};

/// The default folders of assemblies.
const DEFAULTS: [&str; 2] = ["purlin.out", "cdk.out"];

/// Reads the assembly in the given folder, or in one of the default ones.
pub(crate) fn read(app: Option<&Path>) -> Result<Assembly, Failure> {
    let folder = match app {
        Some(folder) => folder.to_owned(),
        None => usual().ok_or_else(|| {
            Failure::usage("there is no cloud assembly here: neither `purlin.out` nor `cdk.out`")
                .hint("run `cargo run -- synth` in the app first, or name the folder with `--app`")
        })?,
    };
    let assembly = Assembly::read(&folder)?;
    if let Some(written) = env::var(WRITTEN_VARIABLE).ok().filter(|_| app.is_some())
        && assembly.digest()? != written
    {
        return Err(AssemblyError::Changed { path: folder }.into());
    }
    Ok(assembly)
}

fn usual() -> Option<PathBuf> {
    DEFAULTS.iter().map(PathBuf::from).find(|folder| folder.join(purlin_assembly::MANIFEST_FILE).is_file())
}

/// Refuses an assembly of the CDK that is incomplete: the CDK has to run look-ups, and then the app again.
pub(crate) fn check_complete(assembly: &Assembly) -> Result<(), Failure> {
    let missing: Vec<String> = assembly.manifest().missing.iter().map(|it| format!("`{}`", it.key)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message =
        format!("the app needs the results of look-ups, so its stacks are not complete: {}", missing.join(", "));
    Err(Failure::new(Kind::Problems, message).hint("run `cdk synth`, which makes the look-ups, then run this again"))
}

/// The selected stacks, in deployment order.
pub(crate) fn chosen<'a>(assembly: &'a Assembly, selection: &Selection) -> Result<Vec<&'a Stack>, Failure> {
    if selection.all {
        let all: Vec<&Stack> = assembly.stacks().iter().collect();
        return if all.is_empty() { Ok(assembly.select::<&str>(&[])?) } else { Ok(all) };
    }
    Ok(assembly.select(&selection.stacks)?)
}
