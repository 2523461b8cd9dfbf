//! Reads the logs of a stack's services and functions, merged in the order of time.

mod read;
mod sources;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use purlin_diagnosis::stack_name;
use serde::Serialize;

use self::read::Readers;
use self::sources::Source;
use crate::error::DeployError;
use crate::session::Session;

/// A query for log lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Only one resource, by logical id, construct path or name; all containers and functions by default.
    pub resource: Option<String>,
    /// The age of the oldest lines.
    pub since: Duration,
    /// A filter pattern of CloudWatch Logs.
    pub filter: Option<String>,
    /// Whether to continue with new lines, without end.
    pub is_followed: bool,
}

/// An update of a log query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogUpdate {
    /// A line.
    Line(LogLine),
    /// A note for the user.
    Note(String),
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Time in milliseconds since 1970.
    pub at: i64,
    /// The source: the construct or resource, and the container.
    pub source: String,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
    /// The line.
    pub message: String,
}

impl Session {
    /// Reads the logs of a stack, by its name or ARN, and of its nested stacks. `on_update` receives each line and note.
    pub async fn logs(
        &self,
        stack: &str,
        query: &LogQuery,
        on_update: &(dyn Fn(LogUpdate) + Sync),
    ) -> Result<(), DeployError> {
        let all = sources::find(self, stack).await?;
        let chosen = chosen(stack_name(stack), all, query.resource.as_deref())?;
        let since = i64::try_from(now().saturating_sub(query.since).as_millis()).unwrap_or(i64::MAX);
        let mut readers = Readers::of(self, chosen, query.filter.clone(), since);
        readers.read_existing(on_update).await?;
        if !query.is_followed {
            return Ok(());
        }
        loop {
            readers.read_new(on_update).await?;
        }
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The sources with a name; without a name, all containers and functions.
fn chosen(stack: &str, all: Vec<Source>, resource: Option<&str>) -> Result<Vec<Source>, DeployError> {
    let mut known: Vec<String> = all.iter().map(|source| source.logical_id.clone()).collect();
    let chosen: Vec<Source> = match resource {
        Some(name) => all.into_iter().filter(|source| source.has_name(name)).collect(),
        None => all.into_iter().filter(|source| !source.is_group).collect(),
    };
    known.sort();
    known.dedup();
    match resource {
        _ if !chosen.is_empty() => Ok(chosen),
        resource => Err(DeployError::NoLogs { stack: stack.to_owned(), resource: resource.map(str::to_owned), known }),
    }
}
