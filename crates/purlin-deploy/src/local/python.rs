//! Makes the virtual environment the emulator runs in: once, visibly, and whole or not at all.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::LocalError;
use super::home::{self, Home};
use super::overlay::{REQUIREMENTS, digest};

/// Prints the version, then fails by name for a missing module. Debian packages `venv` without `ensurepip`.
const PROBE: &str = "
import sys
print('%d.%d.%d' % sys.version_info[:3])
for module in ('venv', 'ensurepip'):
    try:
        __import__(module)
    except ImportError:
        print(module)
        break
";

/// The Python of the emulator's environment, made first if this version of the requirements has none yet.
pub(super) fn ensure_environment(home: &Home, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, LocalError> {
    let system = env::var("PURLIN_PYTHON").ok().filter(|p| !p.is_empty()).unwrap_or_else(|| "python3".to_owned());
    let folder = home.shared.join(format!("venv-{}", digest([REQUIREMENTS].into_iter())));
    let python = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.exists() && starts(&python) {
        return Ok(python);
    }
    probe(&system)?;
    progress("setting up the local emulator, once (about 110 MB)");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(LocalError::file("delete", &folder))?;
    }
    progress("making a Python environment");
    run("making a virtual environment", Command::new(&system).args(["-m", "venv"]).arg(&folder), &mut |_| ())?;
    install(&python, &folder, progress)?;
    home::write_whole(&complete, b"")?;
    Ok(python)
}

fn install(python: &Path, folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), LocalError> {
    let list = folder.join("requirements.txt");
    home::write_whole(&list, REQUIREMENTS.as_bytes())?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r"]);
    run("installing the emulator's packages with pip", pip.arg(&list), &mut |line| {
        if line.starts_with("Collecting ") || line.starts_with("Installing collected") {
            progress(line.split(" (from").next().unwrap_or(line));
        }
    })
}

/// A copied or half-upgraded environment has a Python that does not run: better to make it anew.
fn starts(python: &Path) -> bool {
    let mut check = Command::new(python);
    check.args(["-c", "import ministack"]).stdout(Stdio::null()).stderr(Stdio::null());
    check.status().is_ok_and(|status| status.success())
}

fn probe(python: &str) -> Result<(), LocalError> {
    let output = Command::new(python).args(["-c", PROBE]).output();
    let output = output.map_err(|source| LocalError::PythonMissing { python: python.to_owned(), source })?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines();
    let found = lines.next().unwrap_or("of an unknown version").to_owned();
    let mut numbers = found.split('.').map_while(|part| part.parse::<u32>().ok());
    if (numbers.next(), numbers.next()) < (Some(3), Some(10)) {
        return Err(LocalError::PythonTooOld { python: python.to_owned(), found });
    }
    match lines.next() {
        Some(module) => Err(LocalError::VenvMissing { python: python.to_owned(), module: module.to_owned() }),
        None => Ok(()),
    }
}

/// Runs a program of the set-up to its end, handing on what it says.
fn run(what: &'static str, command: &mut Command, heard: &mut dyn FnMut(&str)) -> Result<(), LocalError> {
    let failed = |status: String, said: &str| LocalError::SetupFailed { what, status, tail: home::tail(said) };
    let (status, said) = listen(command, heard).map_err(|error| failed(error.to_string(), ""))?;
    if status.success() { Ok(()) } else { Err(failed(status.to_string(), &said)) }
}

fn listen(command: &mut Command, heard: &mut dyn FnMut(&str)) -> std::io::Result<(ExitStatus, String)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let complaints = child.stderr.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
        })
    });
    let mut said = String::new();
    for line in child.stdout.take().into_iter().flat_map(|pipe| BufReader::new(pipe).split(b'\n')) {
        let line = String::from_utf8_lossy(&line?).trim_end().to_owned();
        heard(&line);
        said.push_str(&line);
        said.push('\n');
    }
    if let Some(Ok(Ok(complaints))) = complaints.map(std::thread::JoinHandle::join) {
        said.push_str(&complaints);
    }
    Ok((child.wait()?, said))
}
