//! Reads what the services and functions of a stack write, as one story in the order of time.

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

/// Which lines are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// One resource alone: its logical id, construct path or name; everything that writes, unless
    /// said otherwise.
    pub resource: Option<String>,
    /// How far back.
    pub since: Duration,
    /// A filter pattern of CloudWatch Logs.
    pub filter: Option<String>,
    /// Whether to go on with what is written from now on, for ever.
    pub is_followed: bool,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogUpdate {
    /// A line.
    Line(LogLine),
    /// Something the user should know.
    Note(String),
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Who wrote it: the construct or resource, and the container.
    pub source: String,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
    /// The line.
    pub message: String,
}

impl Session {
    /// Reads the logs of a stack, those nested in it too. The stack is named by its name or ARN.
    pub async fn logs(
        &self,
        stack: &str,
        query: &LogQuery,
        hear: &(dyn Fn(LogUpdate) + Sync),
    ) -> Result<(), DeployError> {
        let all = sources::find(self, stack).await?;
        let chosen = chosen(stack_name(stack), all, query.resource.as_deref())?;
        let since = i64::try_from(now().saturating_sub(query.since).as_millis()).unwrap_or(i64::MAX);
        let mut readers = Readers::of(self, chosen, query.filter.clone(), since);
        readers.tell_what_there_is(hear).await?;
        if !query.is_followed {
            return Ok(());
        }
        loop {
            readers.tell_what_is_new(hear).await?;
        }
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Those that a name means; without one, those that write by themselves.
fn chosen(stack: &str, all: Vec<Source>, resource: Option<&str>) -> Result<Vec<Source>, DeployError> {
    let mut known: Vec<String> = all.iter().map(|source| source.logical_id.clone()).collect();
    let chosen: Vec<Source> = match resource {
        Some(name) => all.into_iter().filter(|source| source.is_called(name)).collect(),
        None => all.into_iter().filter(|source| !source.is_group).collect(),
    };
    known.sort();
    known.dedup();
    match resource {
        _ if !chosen.is_empty() => Ok(chosen),
        resource => Err(DeployError::NoLogs { stack: stack.to_owned(), resource: resource.map(str::to_owned), known }),
    }
}
