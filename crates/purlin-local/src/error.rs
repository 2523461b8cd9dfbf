//! The errors of the local emulator, each with a remedy.

use std::io;
use std::path::PathBuf;

/// Why the local emulator cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// No environment variable names a cache folder.
    #[error(
        "no folder for the emulator's files: `PURLIN_CACHE`, `XDG_CACHE_HOME` and `HOME` are all unset; set `PURLIN_CACHE` to a folder you can write to"
    )]
    NoCacheFolder,
    /// There is no Python to run the emulator with.
    #[error(
        "the local emulator needs Python 3.10 or later, and `{python}` does not start ({source}); install it with `apt-get install python3 python3-venv`, or set `PURLIN_PYTHON` to another Python"
    )]
    PythonMissing {
        /// The program that was tried.
        python: String,
        /// The system's error.
        source: io::Error,
    },
    /// Python is too old.
    #[error(
        "the local emulator needs Python 3.10 or later, and `{python}` is {found}; install a later one, or set `PURLIN_PYTHON` to another Python"
    )]
    PythonTooOld {
        /// The program that was tried.
        python: String,
        /// The version it reported.
        found: String,
    },
    /// Python lacks a module for virtual environments: Debian and Ubuntu package it separately.
    #[error(
        "`{python}` cannot create virtual environments: its module `{module}` is missing; install it with `apt-get install python3-venv` and try again"
    )]
    VenvMissing {
        /// The program that was tried.
        python: String,
        /// The missing module.
        module: String,
    },
    /// A step of the set-up failed.
    #[error(
        "{what} failed ({status}); {advice} and repeat the command, which starts the set-up again; the end of the output:\n{tail}"
    )]
    SetupFailed {
        /// The step, such as `installing the emulator's packages with pip`.
        what: &'static str,
        /// The program's exit status.
        status: String,
        /// What to do, by what the output says.
        advice: &'static str,
        /// The end of its output.
        tail: String,
    },
    /// The emulator's process ended while starting.
    #[error(
        "the local emulator ended while starting ({status}); fix the error in its log `{log}` and try again; the end of the log:\n{tail}"
    )]
    StartFailed {
        /// The process's exit status.
        status: String,
        /// The log file.
        log: PathBuf,
        /// The end of the log.
        tail: String,
    },
    /// The emulator's process runs and does not answer.
    #[error(
        "the local emulator did not answer on port {port} within {seconds} s and was stopped; try again if the machine is busy, or see its log `{log}`; the end of the log:\n{tail}"
    )]
    StartTimeout {
        /// The port it was started on.
        port: u16,
        /// The time limit in seconds.
        seconds: u64,
        /// The log file.
        log: PathBuf,
        /// The end of the log.
        tail: String,
    },
    /// The recorded emulator accepts connections and does not answer.
    #[error(
        "the local emulator on port {port} (process {pid}) accepts connections and does not answer ({source}); see its log `{log}`; end process {pid}, delete `{record}` and try again"
    )]
    Unresponsive {
        /// Its port.
        port: u16,
        /// Its process.
        pid: u32,
        /// The connection's error.
        source: io::Error,
        /// The log file.
        log: PathBuf,
        /// The emulator's record file.
        record: PathBuf,
    },
    /// The emulator still runs after a stop request.
    #[error(
        "the local emulator (process {pid}) still listens on port {port} after a stop request; wait a moment and repeat `purlin local stop`, or end process {pid} yourself"
    )]
    StillRunning {
        /// Its process.
        pid: u32,
        /// Its port.
        port: u16,
    },
    /// The running emulator has no access key, because an earlier version started it.
    #[error(
        "the running emulator (process {pid}) was started by an earlier version of purlin, which gave it no access key; replace it: `purlin local stop`, which deletes everything in it, and repeat the command"
    )]
    WithoutKey {
        /// Its process.
        pid: u32,
    },
    /// A time limit that cannot be read.
    #[error(
        "cannot stop the emulator after `{given}` without requests; give a number with a unit from `1s` to `365d`, such as `90m` or `2h`, or `never`"
    )]
    StopAfter {
        /// The text.
        given: String,
    },
    /// Another user can change the emulator's files, which run as this user.
    #[error("`{path}` {problem}, and its programs run as you; {remedy}, or set `PURLIN_CACHE` to a folder of your own")]
    OpenFolder {
        /// The folder.
        path: PathBuf,
        /// Who can change it.
        problem: String,
        /// What closes it.
        remedy: String,
    },
    /// The emulator refused a command.
    #[error(
        "the local emulator refused to {what} (status {status}, expected {expected}); see its log `{log}`, or restart it with `purlin local stop` and `purlin local start`"
    )]
    Refused {
        /// The command.
        what: &'static str,
        /// The HTTP status.
        status: u16,
        /// The expected one.
        expected: u16,
        /// The log file.
        log: PathBuf,
    },
    /// A file of the cache could not be used.
    #[error(
        "cannot {what} `{path}` ({source}); the emulator's files need a folder you can write to: set `PURLIN_CACHE` to another folder"
    )]
    File {
        /// The operation, such as `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl LocalError {
    /// Converts an [`io::Error`] of an operation on a file.
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
