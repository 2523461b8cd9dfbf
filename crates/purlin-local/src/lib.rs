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
mod processes;
mod python;
mod record;
mod silence;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use error::LocalError;
use home::Home;
pub use record::AccessKey;
use record::Record;

/// The emulator's account, which is none of AWS's.
pub const ACCOUNT: &str = "000000000000";

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
    /// It stops after the time without requests that `PURLIN_LOCAL_STOP_AFTER` says, else after an hour. `progress`
    /// receives one line for each slow step, and none if the emulator already runs.
    pub fn ensure_started(progress: &mut dyn FnMut(&str)) -> Result<Self, LocalError> {
        Self::start(None, progress)
    }

    /// The same with a time without requests, such as `90m` or `never`. A running emulator keeps its own.
    pub fn start(asked: Option<&str>, progress: &mut dyn FnMut(&str)) -> Result<Self, LocalError> {
        let stop_after = silence::limit(asked)?;
        let home = Home::from_env()?;
        let _lock = home.lock_emulator(progress)?;
        if let Some(running) = Self::find(&home)? {
            if running.record.key.is_none() {
                return Err(LocalError::WithoutKey { pid: running.pid() });
            }
            if asked.is_some() {
                progress("the emulator runs already, and keeps its time without requests; `purlin local stop` ends it");
            }
            if running.record.overlay != overlay::fingerprint() {
                progress(
                    "the running emulator was started by another version of purlin; to replace it, run `purlin local stop`: this deletes everything in it",
                );
            }
            return Ok(running);
        }
        let (python, overlay) = set_up(&home, progress)?;
        progress("starting the local emulator");
        let record = launch::launch(&home, &python, &overlay, stop_after)?;
        let emulator = Self::new(&home, record);
        progress(&format!("the local emulator runs at {} (process {})", emulator.endpoint, emulator.pid()));
        if let Some(limit) = stop_after {
            let limit = silence::words(limit);
            progress(&format!("it stops after {limit} without requests; `{}` is another limit", silence::VARIABLE));
        }
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
        running.ask("stop", "/_purlin/stop", 202, &home)?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while http::is_listening(record.port) || processes::has_living(record.pid) {
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
        running.ask("reset", "/_ministack/reset", 200, &home)?;
        Ok(true)
    }

    /// Sends a command of the owner's.
    fn ask(&self, what: &'static str, path: &str, expected: u16, home: &Home) -> Result<(), LocalError> {
        let record = &self.record;
        let response = http::request("POST", record.port, path, Some(record), http::LONG_TIMEOUT)
            .map_err(|source| record.unanswered(home, source))?;
        if response.status == expected {
            return Ok(());
        }
        Err(LocalError::Refused { what, status: response.status, expected, log: self.log.clone() })
    }

    /// The key that the emulator's APIs require.
    pub fn key(&self) -> Result<&AccessKey, LocalError> {
        self.record.key.as_ref().ok_or(LocalError::WithoutKey { pid: self.record.pid })
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
