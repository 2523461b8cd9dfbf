//! Remembers the running emulator between commands, and makes sure that it is still the one that answers.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use crate::error::LocalError;
use crate::home::{self, Home};
use crate::http;

/// What is known about a started emulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Its process.
    pub pid: u32,
    /// Its port on loopback.
    pub port: u16,
    /// A name nobody else answers to: process ids and ports are reused, this is not.
    pub instance: String,
    /// The overlay it runs.
    pub overlay: String,
}

/// What the emulator says of itself.
#[derive(Deserialize)]
struct Identity {
    instance: String,
}

impl Record {
    /// The record, if there is a readable one: what cannot be understood was written by no emulator of ours.
    pub fn read(home: &Home) -> Result<Option<Self>, LocalError> {
        match fs::read(home.record()) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LocalError::file("read", home.record())(error)),
        }
    }

    /// Remembers this emulator.
    pub fn write(&self, home: &Home) -> Result<(), LocalError> {
        let bytes = serde_json::to_vec_pretty(self).expect("a record is plain data");
        home::write_whole(&home.record(), &bytes)
    }

    /// Forgets the emulator.
    pub fn forget(home: &Home) -> Result<(), LocalError> {
        match fs::remove_file(home.record()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(LocalError::file("delete", home.record())(error)),
            _ => Ok(()),
        }
    }

    /// Whether the recorded port is answered by the recorded emulator. Someone else there, or nobody, is a no.
    pub fn is_alive(&self, home: &Home) -> Result<bool, LocalError> {
        match http::get(self.port, "/_purlin/emulator", http::PATIENT) {
            Ok(answer) => {
                let identity: Option<Identity> = serde_json::from_str(&answer.body).ok();
                Ok(answer.status == 200 && identity.is_some_and(|i| i.instance == self.instance))
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                Err(self.unanswered(home, error))
            }
            Err(_) => Ok(false),
        }
    }

    /// The error for an emulator that is there and silent.
    pub fn unanswered(&self, home: &Home, source: std::io::Error) -> LocalError {
        LocalError::Unresponsive { port: self.port, pid: self.pid, source, log: home.log(), record: home.record() }
    }
}
