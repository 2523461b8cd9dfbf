//! What can go wrong between "deploy it here" and a running emulator, each with the way out.

use std::io;
use std::path::PathBuf;

/// Why the local emulator cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// No variable says where caches live.
    #[error(
        "no folder for the emulator's files: `PURLIN_CACHE`, `XDG_CACHE_HOME` and `HOME` are all unset; set `PURLIN_CACHE` to a folder you can write to"
    )]
    NoCacheFolder,
    /// There is no Python to run the emulator with.
    #[error(
        "the local emulator needs Python 3.10 or later, and `{python}` does not start ({source}); install it with `apt-get install python3 python3-venv`, or name another one in `PURLIN_PYTHON`"
    )]
    PythonMissing {
        /// The program that was tried.
        python: String,
        /// What the system said.
        source: io::Error,
    },
    /// Python is there and too old.
    #[error(
        "the local emulator needs Python 3.10 or later, and `{python}` is {found}; install a later one, or name it in `PURLIN_PYTHON`"
    )]
    PythonTooOld {
        /// The program that was tried.
        python: String,
        /// The version it reported.
        found: String,
    },
    /// Debian and Ubuntu ship Python without the module that makes virtual environments.
    #[error(
        "`{python}` cannot make virtual environments: its module `{module}` is missing; install it with `apt-get install python3-venv` and try again"
    )]
    VenvMissing {
        /// The program that was tried.
        python: String,
        /// The module it could not import.
        module: String,
    },
    /// A step of the set-up failed.
    #[error(
        "{what} failed ({status}); the next start tries again from the beginning, so fix the cause (often the network or a proxy: pip takes `HTTPS_PROXY` and `PIP_INDEX_URL`) and repeat the command; its last words:\n{tail}"
    )]
    SetupFailed {
        /// The step, such as `installing the emulator's packages with pip`.
        what: &'static str,
        /// How the program ended.
        status: String,
        /// The end of its output.
        tail: String,
    },
    /// The emulator's process ended while starting.
    #[error(
        "the local emulator ended while starting ({status}); its log is `{log}`, fix what it names and try again; the end of it:\n{tail}"
    )]
    StartFailed {
        /// How the process ended.
        status: String,
        /// The log file.
        log: PathBuf,
        /// The end of the log.
        tail: String,
    },
    /// The emulator's process runs and does not answer.
    #[error(
        "the local emulator did not answer on port {port} within {seconds} s and was ended; its log is `{log}`, on a very busy machine just try again; the end of it:\n{tail}"
    )]
    StartTimeout {
        /// The port it was to listen on.
        port: u16,
        /// The time allowed.
        seconds: u64,
        /// The log file.
        log: PathBuf,
        /// The end of the log.
        tail: String,
    },
    /// A recorded emulator neither answers nor refuses.
    #[error(
        "the local emulator on port {port} (process {pid}) accepts connections and does not answer ({source}); see `{log}`, end that process if it hangs, then delete `{record}` and try again"
    )]
    Unresponsive {
        /// Its port.
        port: u16,
        /// Its process.
        pid: u32,
        /// What the connection said.
        source: io::Error,
        /// The log file.
        log: PathBuf,
        /// The file that remembers the emulator.
        record: PathBuf,
    },
    /// It was told to stop and goes on.
    #[error(
        "the local emulator (process {pid}) was told to stop and still listens on port {port}; wait a moment and repeat `purlin local stop`, or end process {pid} yourself"
    )]
    StillRunning {
        /// Its process.
        pid: u32,
        /// Its port.
        port: u16,
    },
    /// The emulator answered a command of ours with an error.
    #[error(
        "the local emulator refused to {what} (status {status}, expected 200); see `{log}`, or start afresh with `purlin local stop` and `purlin local start`"
    )]
    Refused {
        /// What it was asked.
        what: &'static str,
        /// The HTTP status.
        status: u16,
        /// The log file.
        log: PathBuf,
    },
    /// A file of the cache could not be used.
    #[error(
        "cannot {what} `{path}` ({source}); the emulator's files live in a folder you must be able to write to, `PURLIN_CACHE` names another"
    )]
    File {
        /// What was attempted, such as `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl LocalError {
    /// Gives an [`io::Error`] the file it is about.
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
