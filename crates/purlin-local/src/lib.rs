//! Sets up, starts, finds and stops the local emulator of AWS, the target of `--local`.
//!
//! The emulator is a pinned `ministack` in its own virtual environment, with Purlin's overlay (`overlay/`), which adds
//! what the stacks need and `ministack` lacks. It keeps running between commands: deployed stacks stay deployed until
//! [`Emulator::stop`].

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

/// Time limit of a stop; after it [`Emulator::stop`] returns [`LocalError::StillRunning`].
const STOP_DEADLINE: Duration = Duration::from_secs(20);

/// A running emulator of this user.
#[derive(Debug, Clone)]
pub struct Emulator {
    record: Record,
    endpoint: String,
    log: PathBuf,
}

impl Emulator {
    /// Returns the running emulator; starts one if there is none, and sets it up the first time.
    ///
    /// `progress` receives one line for each slow step, and none if the emulator already runs.
    pub fn ensure_started(progress: &mut dyn FnMut(&str)) -> Result<Self, LocalError> {
        let home = Home::from_env()?;
        let _lock = home.lock_emulator(progress)?;
        if let Some(running) = Self::find(&home)? {
            if running.record.overlay != overlay::fingerprint() {
                progress(
                    "the running emulator was started by another version of purlin; to replace it, run `purlin local stop`: this deletes everything in it",
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

    /// Stops the emulator and deletes everything in it. `false` if none was running.
    pub fn stop() -> Result<bool, LocalError> {
        let home = Home::from_env()?;
        let _lock = home.lock_emulator(&mut |_| ())?;
        let Some(running) = Self::find(&home)? else { return Ok(false) };
        let record = &running.record;
        http::post(record.port, "/_purlin/stop", Some(&record.instance), http::LONG_TIMEOUT)
            .map_err(|source| record.unanswered(&home, source))?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while http::is_listening(record.port) {
            if Instant::now() > deadline {
                return Err(LocalError::StillRunning { pid: record.pid, port: record.port });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Record::delete(&home)?;
        Ok(true)
    }

    /// Empties the running emulator: all accounts, all services. `false` if none is running.
    pub fn reset() -> Result<bool, LocalError> {
        let home = Home::from_env()?;
        let Some(running) = Self::find(&home)? else { return Ok(false) };
        let response = http::post(running.record.port, "/_ministack/reset", None, http::LONG_TIMEOUT)
            .map_err(|source| running.record.unanswered(&home, source))?;
        if response.status != 200 {
            return Err(LocalError::Refused { what: "reset", status: response.status, log: running.log });
        }
        Ok(true)
    }

    /// The emulator's endpoint URL, such as `http://127.0.0.1:40123`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The emulator's process id.
    pub fn pid(&self) -> u32 {
        self.record.pid
    }

    /// The emulator's log file.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn new(home: &Home, record: Record) -> Self {
        Self { endpoint: format!("http://127.0.0.1:{}", record.port), log: home.log(), record }
    }

    /// The recorded emulator, if the process on its port is that emulator. A stale record is deleted.
    fn find(home: &Home) -> Result<Option<Self>, LocalError> {
        let Some(record) = Record::read(home)? else { return Ok(None) };
        if record.is_alive(home)? {
            return Ok(Some(Self::new(home, record)));
        }
        Record::delete(home)?;
        Ok(None)
    }
}

/// Sets up the files of the emulator. Returns its Python and the overlay's folder.
fn set_up(home: &Home, progress: &mut dyn FnMut(&str)) -> Result<(PathBuf, PathBuf), LocalError> {
    let _lock = home.lock_setup(progress)?;
    Ok((python::ensure_environment(home, &python::system(), progress)?, overlay::ensure_written(home)?))
}

#[cfg(test)]
mod tests;
