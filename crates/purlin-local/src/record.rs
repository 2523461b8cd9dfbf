//! The record of the running emulator, kept between commands, and the check that the same emulator still answers.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use crate::error::LocalError;
use crate::home::{self, Home};
use crate::http;

/// A started emulator, as stored in `emulator.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Its process id.
    pub pid: u32,
    /// Its port on loopback.
    pub port: u16,
    /// Random name of this instance: process ids and ports are reused, this is not.
    pub instance: String,
    /// Hash of the overlay it was started with.
    pub overlay: String,
    /// The key of its owner. Emulators of earlier versions have none.
    #[serde(default)]
    pub key: Option<AccessKey>,
}

/// An access key that only this emulator knows, of the user who started it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The access key id: random, so that it names one emulator.
    pub id: String,
    /// The secret access key.
    pub secret: String,
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The response of `/_purlin/emulator`.
#[derive(Deserialize)]
struct Identity {
    instance: String,
}

impl Record {
    /// The record, if there is one. An unreadable record counts as none.
    pub fn read(home: &Home) -> Result<Option<Self>, LocalError> {
        match fs::read(home.record()) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LocalError::file("read", home.record())(error)),
        }
    }

    /// Writes the record.
    pub fn write(&self, home: &Home) -> Result<(), LocalError> {
        let bytes = serde_json::to_vec_pretty(self).expect("a record is plain data");
        home::write_atomically(&home.record(), &bytes)
    }

    /// Deletes the record, if there is one.
    pub fn delete(home: &Home) -> Result<(), LocalError> {
        match fs::remove_file(home.record()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(LocalError::file("delete", home.record())(error)),
            _ => Ok(()),
        }
    }

    /// Whether the recorded emulator answers on the recorded port. `false` for another process, or none.
    pub fn is_alive(&self, home: &Home) -> Result<bool, LocalError> {
        match http::request("GET", self.port, "/_purlin/emulator", None, http::LONG_TIMEOUT) {
            Ok(response) => {
                let identity: Option<Identity> = serde_json::from_str(&response.body).ok();
                Ok(response.status == 200 && identity.is_some_and(|i| i.instance == self.instance))
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                Err(self.unanswered(home, error))
            }
            Err(_) => Ok(false),
        }
    }

    /// The error for an emulator that accepts connections and does not answer.
    pub fn unanswered(&self, home: &Home, source: std::io::Error) -> LocalError {
        LocalError::Unresponsive { port: self.port, pid: self.pid, source, log: home.log(), record: home.record() }
    }
}
