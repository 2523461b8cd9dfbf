//! Finds the toolkit and runs it in place of the app, so that an app never links the AWS SDK.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use purlin_assembly::{NamedStack, STACKS_VARIABLE, WRITTEN_VARIABLE};

const PROGRAM: &str = "purlin";

/// What the toolkit gets of the app.
pub(super) enum Handed {
    Nothing,
    /// For commands that look up a stack's name and region: no files are written.
    Stacks(Vec<NamedStack>),
    /// For commands that read the assembly: its folder, and the digest of what was written there.
    Assembly(PathBuf, String),
    /// For commands about what was deployed.
    Deployed(PathBuf),
}

/// The path of the toolkit. Builds it when cargo runs this app in a workspace with the toolkit's source.
pub(super) fn find() -> Result<PathBuf, String> {
    if let Some(given) = env::var_os("PURLIN") {
        return Ok(PathBuf::from(given));
    }
    let exe = env::current_exe().ok();
    let beside =
        exe.as_deref().and_then(Path::parent).map(|dir| dir.join(format!("{PROGRAM}{}", env::consts::EXE_SUFFIX)));
    if let Some(workspace) = workspace_with_toolkit() {
        build(&workspace, exe.as_deref())?;
    }
    if let Some(beside) = beside.filter(|path| path.is_file()) {
        return Ok(beside);
    }
    on_path().ok_or_else(|| {
        "the toolkit `purlin` was not found: not in `PURLIN`, not beside this program, not on the PATH; install it with `cargo install --git https://github.com/purlin-rs/purlin purlin-cli`".to_owned()
    })
}

/// The command that the user typed to run this app, for the hints of the toolkit.
fn invocation() -> String {
    match env::var_os("CARGO") {
        Some(_) => "cargo run --".to_owned(),
        None => env::args().next().unwrap_or_else(|| "purlin".to_owned()),
    }
}

fn on_path() -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(&name)).find(|path| path.is_file())
}

/// The workspace of the package that cargo runs, if `purlin-cli` is one of its crates.
fn workspace_with_toolkit() -> Option<PathBuf> {
    env::var_os("CARGO")?;
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    package.ancestors().find(|dir| dir.join("crates/purlin-cli/Cargo.toml").is_file()).map(Path::to_owned)
}

/// Builds the toolkit in the app's own profile and target folder. Cargo does nothing when it is up to date.
fn build(workspace: &Path, exe: Option<&Path>) -> Result<(), String> {
    let profile_dir = exe.and_then(Path::parent).ok_or("the path of this program is not known")?;
    let release = profile_dir.file_name().is_some_and(|name| name == "release");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--package", "purlin-cli", "--bin", PROGRAM]).current_dir(workspace);
    if release {
        cargo.arg("--release");
    }
    if let Some(target) = profile_dir.parent() {
        cargo.arg("--target-dir").arg(target);
    }
    if profile_dir.join(PROGRAM).is_file() {
        cargo.arg("--quiet");
    }
    let status = cargo.stdin(Stdio::null()).status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("the toolkit `purlin-cli` does not build; cargo's message is above".to_owned())
    }
}

/// Replaces this process by the toolkit; on Windows, waits for it.
pub(super) fn exec(program: &Path, handed: &Handed, rest: &[OsString]) -> Result<ExitCode, String> {
    let mut command = Command::new(program);
    command.env_remove(STACKS_VARIABLE).env_remove(WRITTEN_VARIABLE);
    match handed {
        Handed::Nothing => (),
        Handed::Stacks(stacks) => {
            // Those that the command can mean: a variable has at most 128 KB.
            let is_mentioned = |it: &&NamedStack| {
                let names = [&it.id, &it.path, &it.name];
                rest.iter().any(|word| names.iter().any(|name| word.to_string_lossy().contains(name.as_str())))
            };
            let stacks: Vec<&NamedStack> = stacks.iter().filter(is_mentioned).collect();
            command.env(STACKS_VARIABLE, serde_json::to_string(&stacks).expect("texts become JSON"));
        }
        Handed::Deployed(folder) => {
            command.arg("--app").arg(folder);
        }
        Handed::Assembly(folder, digest) => {
            command.arg("--app").arg(folder).env(WRITTEN_VARIABLE, digest);
        }
    }
    command.args(rest).env("PURLIN_INVOKED_AS", invocation());
    let failed = |error| format!("cannot start the toolkit `{}`: {error}; set `PURLIN` to its path", program.display());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(failed(command.exec()))
    }
    #[cfg(not(unix))]
    {
        let status = command.status().map_err(failed)?;
        Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
    }
}
