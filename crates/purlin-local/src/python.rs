//! Creates the emulator's virtual environment, once, with progress; an incomplete one is created again.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::LocalError;
use crate::home::{self, Home};
use crate::overlay::{REQUIREMENTS, digest};

/// Prints the version, then the name of a missing module. Debian packages `venv` without `ensurepip`.
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

/// The system's Python: `$PURLIN_PYTHON`, else `python3`.
pub(crate) fn system() -> String {
    env::var("PURLIN_PYTHON").ok().filter(|python| !python.is_empty()).unwrap_or_else(|| "python3".to_owned())
}

/// The Python of the emulator's environment. Creates the environment if these requirements have none yet.
pub(crate) fn ensure_environment(
    home: &Home,
    system: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, LocalError> {
    let folder = home.shared.join(format!("venv-{}", digest([REQUIREMENTS].into_iter())));
    let python = folder.join("bin/python");
    let complete = folder.join("complete");
    if complete.exists() {
        home::own(&folder)?;
        if is_usable(&python) {
            return Ok(python);
        }
    }
    probe(system)?;
    progress("setting up the local emulator, once (about 110 MB)");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(LocalError::file("delete", &folder))?;
    }
    progress("creating a Python environment");
    home::own(&folder)?;
    run(home, "creating a virtual environment", Command::new(system).args(["-m", "venv"]).arg(&folder), &mut |_| ())?;
    install(home, &python, &folder, progress)?;
    home::write_atomically(&complete, b"")?;
    Ok(python)
}

fn install(home: &Home, python: &Path, folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), LocalError> {
    let list = folder.join("requirements.txt");
    home::write_atomically(&list, REQUIREMENTS.as_bytes())?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]);
    // No other files than those of the list, and no builds, whose tools would not be of the list.
    pip.args(["--require-hashes", "--only-binary", ":all:", "-r"]);
    run(home, "installing the emulator's packages with pip", pip.arg(&list), &mut |line| {
        if line.starts_with("Collecting ") || line.starts_with("Installing collected") {
            progress(line.split(" (from").next().unwrap_or(line));
        }
    })
}

/// Whether the environment's Python runs: that of a copied or partly upgraded environment may not.
fn is_usable(python: &Path) -> bool {
    let mut check = Command::new(python);
    check.args(["-c", "import ministack"]).stdout(Stdio::null()).stderr(Stdio::null());
    check.status().is_ok_and(|status| status.success())
}

fn probe(python: &str) -> Result<(), LocalError> {
    let output = Command::new(python).args(["-c", PROBE]).output();
    let output = output.map_err(|source| LocalError::PythonMissing { python: python.to_owned(), source })?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let mut lines = stdout.lines();
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

/// What to do about a failure of the set-up, by words of its output.
const ADVICE: &[(&[&str], &str)] = &[
    (
        &["No space left", "ENOSPC", "Errno 28", "quota exceeded", "Errno 122"],
        "the disk is full: free 300 MB where the cache and `TMPDIR` are, or set `PURLIN_CACHE` to a folder on another disk,",
    ),
    (
        &["DO NOT MATCH THE HASHES"],
        "a package is not the file that Purlin pins by its hash: ask who runs your package index or mirror,",
    ),
    (
        &["CERTIFICATE_VERIFY_FAILED", "SSLError"],
        "pip does not trust the certificate of the package index or proxy: name its authority in `PIP_CERT`",
    ),
    (
        &["Permission denied", "Errno 13", "Read-only file system", "Errno 30"],
        "a folder cannot be written: set `PURLIN_CACHE` and `TMPDIR` to folders you can write to",
    ),
    (
        &["No matching distribution", "Could not find a version"],
        "the package index has no file for this Python and system (Purlin pins those of Python 3.10 to 3.14 on Linux and macOS), or cannot be reached: set `PURLIN_PYTHON`, or `PIP_INDEX_URL` and `HTTPS_PROXY`,",
    ),
];
const OTHER_ADVICE: &str = "fix the cause (often the network or a proxy: pip reads `HTTPS_PROXY` and `PIP_INDEX_URL`)";

/// `venv` hides the output of the programs it runs, so whether the disk is full is tried too.
fn advice(home: &Home, output: &str) -> &'static str {
    let full = "No space left";
    let probe = home.shared.join("space");
    let tried = fs::write(&probe, vec![0; 1 << 20]).err().map(|error| error.kind());
    fs::remove_file(&probe).ok();
    let output = match tried {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => full,
        _ => output,
    };
    let found = ADVICE.iter().find(|(words, _)| words.iter().any(|word| output.contains(word)));
    found.map_or(OTHER_ADVICE, |(_, advice)| advice)
}

/// Runs a program of the set-up to its end; `on_line` receives each line of its stdout.
fn run(
    home: &Home,
    what: &'static str,
    command: &mut Command,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), LocalError> {
    let failed = |status: String, output: &str| {
        let advice = advice(home, &format!("{status}\n{output}"));
        LocalError::SetupFailed { what, status, advice, tail: home::tail(output) }
    };
    let (status, output) = capture(command, on_line).map_err(|error| failed(error.to_string(), ""))?;
    if status.success() { Ok(()) } else { Err(failed(status.to_string(), &output)) }
}

fn capture(command: &mut Command, on_line: &mut dyn FnMut(&str)) -> std::io::Result<(ExitStatus, String)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stderr = child.stderr.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
        })
    });
    let mut output = String::new();
    for line in child.stdout.take().into_iter().flat_map(|pipe| BufReader::new(pipe).split(b'\n')) {
        let line = String::from_utf8_lossy(&line?).trim_end().to_owned();
        on_line(&line);
        output.push_str(&line);
        output.push('\n');
    }
    if let Some(Ok(Ok(stderr))) = stderr.map(std::thread::JoinHandle::join) {
        output.push_str(&stderr);
    }
    Ok((child.wait()?, output))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::{Home, ensure_environment};

    /// A shell script in place of Python, with a version; it may lack a module, and its pip may fail.
    const FAKE: &str = r#"#!/bin/sh
case "$*" in
  *ensurepip*) echo "$VERSION"; [ -z "$LACKS" ] || echo "$LACKS" ;;
  "-m venv "*) mkdir -p "$3/bin" && sed "s/^LACKS=.*/LACKS=/" "$0" > "$3/bin/python" && chmod +x "$3/bin/python" ;;
  "-m pip "*) echo "Collecting ministack==1.5.33 (from -r x)"; echo "ERROR: $SAYS" >&2; exit "$PIP" ;;
esac
"#;

    struct Machine {
        dir: tempfile::TempDir,
    }

    impl Machine {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap() }
        }

        fn python(&self, version: &str, lacks: &str, pip: u8) -> String {
            self.python_that_says(version, lacks, pip, "no network")
        }

        fn python_that_says(&self, version: &str, lacks: &str, pip: u8, says: &str) -> String {
            let path = self.dir.path().join("python3");
            let facts = format!("#!/bin/sh\nVERSION={version}\nLACKS={lacks}\nPIP={pip}\nSAYS='{says}'\n");
            fs::write(&path, FAKE.replace("#!/bin/sh\n", &facts)).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path.to_string_lossy().into_owned()
        }

        fn set_up(&self, python: &str) -> (Result<PathBuf, String>, Vec<String>) {
            let home = Home { shared: self.dir.path().join("shared"), state: self.dir.path().join("state") };
            fs::create_dir_all(&home.shared).unwrap();
            let mut steps = Vec::new();
            let result = ensure_environment(&home, python, &mut |step| steps.push(step.to_owned()));
            (result.map_err(|error| error.to_string()), steps)
        }
    }

    #[test]
    fn an_unsuitable_python_is_reported_with_the_command_that_installs_one() {
        let machine = Machine::new();
        let (missing, _) = machine.set_up("/nowhere/python3");
        assert!(missing.unwrap_err().contains("install it with `apt-get install python3 python3-venv`"));
        let (old, _) = machine.set_up(&machine.python("3.9.18", "", 0));
        assert!(old.unwrap_err().contains("needs Python 3.10 or later"));
        let (bare, _) = machine.set_up(&machine.python("3.11.7", "ensurepip", 0));
        let bare = bare.unwrap_err();
        assert!(bare.contains("`ensurepip` is missing") && bare.contains("`apt-get install python3-venv`"), "{bare}");
    }

    #[test]
    fn a_failed_set_up_is_reported_with_its_output_and_repeated() {
        let machine = Machine::new();
        let (failed, _) = machine.set_up(&machine.python("3.11.7", "", 1));
        let failed = failed.unwrap_err();
        assert!(
            failed.contains("with pip failed (exit status: 1)") && failed.contains("  ERROR: no network"),
            "{failed}"
        );

        let (python, steps) = machine.set_up(&machine.python("3.11.7", "", 0));
        assert!(python.unwrap().ends_with("bin/python"));
        assert_eq!(steps.last().map(String::as_str), Some("Collecting ministack==1.5.33"));

        let (again, steps) = machine.set_up("/nowhere/python3");
        assert!(again.is_ok() && steps.is_empty(), "a complete environment is used as it is: {steps:?}");
    }

    #[test]
    fn the_advice_fits_the_output_of_the_set_up() {
        for (says, expected) in [
            ("[Errno 28] No space left on device", "the disk is full"),
            ("OSError: [Errno 122] Disk quota exceeded", "the disk is full"),
            ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "pins by its hash"),
            ("SSLError(SSLCertVerificationError(1, CERTIFICATE_VERIFY_FAILED))", "`PIP_CERT`"),
            ("[Errno 13] Permission denied: /opt/x", "cannot be written"),
            ("No matching distribution found for ministack", "no file for this Python"),
            ("Connection to pypi.org timed out", "often the network or a proxy"),
        ] {
            let machine = Machine::new();
            let (failed, _) = machine.set_up(&machine.python_that_says("3.11.7", "", 1, says));
            let failed = failed.unwrap_err();
            assert!(failed.contains(expected) && failed.contains(says), "{says}: {failed}");
        }
    }
}
