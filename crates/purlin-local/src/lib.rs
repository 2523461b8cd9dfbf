//! Stands in for an AWS account on this machine: sets up, starts, finds and stops the local emulator.
//!
//! The emulator is `ministack`, pinned, in a virtual environment of its own, with an overlay of ours
//! (`overlay/`) that teaches it what our stacks need. It keeps running between commands, so what was
//! deployed stays deployed until [`Emulator::stop`].

mod error;
mod home;
mod http;
mod launch;
mod overlay;
mod python;
mod record;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use error::LocalError;
use home::Home;
use record::Record;

/// How long a stop may take before the user is told to look themselves.
const STOP_DEADLINE: Duration = Duration::from_secs(20);

/// A running emulator of this user.
#[derive(Debug, Clone)]
pub struct Emulator {
    record: Record,
    endpoint: String,
    log: PathBuf,
}

impl Emulator {
    /// The running emulator, started (and set up, the first time) if there is none.
    ///
    /// `progress` hears one line for each step that takes time, nothing when the emulator runs already.
    pub fn ensure_started(progress: &mut dyn FnMut(&str)) -> Result<Self, LocalError> {
        let home = Home::from_env()?;
        let _lock = home.lock_emulator(progress)?;
        if let Some(running) = Self::find(&home)? {
            if running.record.overlay != overlay::fingerprint() {
                progress(
                    "the running emulator was started by another version of purlin; `purlin local stop` ends it and all it holds",
                );
            }
            return Ok(running);
        }
        let (python, overlay) = set_up(&home, progress)?;
        progress("starting the local emulator");
        let record = launch::launch(&home, &python, &overlay)?;
        record.write(&home)?;
        let emulator = Self::new(&home, record);
        progress(&format!("the local emulator runs at {} (process {})", emulator.endpoint, emulator.pid()));
        Ok(emulator)
    }

    /// The running emulator, if there is one.
    pub fn status() -> Result<Option<Self>, LocalError> {
        Self::find(&Home::from_env()?)
    }

    /// Ends the emulator and forgets all it holds. `false` when none was running.
    pub fn stop() -> Result<bool, LocalError> {
        let home = Home::from_env()?;
        let _lock = home.lock_emulator(&mut |_| ())?;
        let Some(running) = Self::find(&home)? else { return Ok(false) };
        let record = &running.record;
        http::post(record.port, "/_purlin/stop", Some(&record.instance), http::PATIENT)
            .map_err(|source| record.unanswered(&home, source))?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while http::listens(record.port) {
            if Instant::now() > deadline {
                return Err(LocalError::StillRunning { pid: record.pid, port: record.port });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Record::forget(&home)?;
        Ok(true)
    }

    /// Empties the running emulator: every account, every service. `false` when none is running.
    pub fn reset() -> Result<bool, LocalError> {
        let home = Home::from_env()?;
        let Some(running) = Self::find(&home)? else { return Ok(false) };
        let answer = http::post(running.record.port, "/_ministack/reset", None, http::PATIENT)
            .map_err(|source| running.record.unanswered(&home, source))?;
        if answer.status != 200 {
            return Err(LocalError::Refused { what: "reset", status: answer.status, log: running.log });
        }
        Ok(true)
    }

    /// Where the emulator answers, such as `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The emulator's process id.
    pub fn pid(&self) -> u32 {
        self.record.pid
    }

    /// What the emulator writes while it runs.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn new(home: &Home, record: Record) -> Self {
        Self { endpoint: format!("http://127.0.0.1:{}", record.port), log: home.log(), record }
    }

    /// The recorded emulator, if whoever listens there proves to be it; a stale record is forgotten.
    fn find(home: &Home) -> Result<Option<Self>, LocalError> {
        let Some(record) = Record::read(home)? else { return Ok(None) };
        if record.is_alive(home)? {
            return Ok(Some(Self::new(home, record)));
        }
        Record::forget(home)?;
        Ok(None)
    }
}

/// What an emulator is started from: its Python, and the folder of the overlay.
fn set_up(home: &Home, progress: &mut dyn FnMut(&str)) -> Result<(PathBuf, PathBuf), LocalError> {
    let _lock = home.lock_setup(progress)?;
    Ok((python::ensure_environment(home, &python::system(), progress)?, overlay::ensure_written(home)?))
}

#[cfg(test)]
mod tests;
