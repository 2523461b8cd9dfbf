//! Reads several logs and merges their lines in the order of time.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use tokio::time::sleep;

use super::sources::Source;
use super::{LogLine, LogUpdate};
use crate::aws::Named;
use crate::clock::Backoff;
use crate::error::DeployError;
use crate::network::Pages;
use crate::session::Session;

/// Lines may arrive this many milliseconds late: each query starts this long before the newest line.
const LATENESS: i64 = 30_000;

/// The readers of all logs.
pub(super) struct Readers {
    readers: Vec<Reader>,
    backoff: Backoff,
}

/// The reader of one log.
struct Reader {
    source: Source,
    client: Client,
    filter: Option<String>,
    /// Start time of the query in milliseconds since 1970.
    since: i64,
    /// Lines that are read but not reported yet, oldest first.
    waiting: VecDeque<LogLine>,
    next: Next,
    /// Time of the newest reported line.
    newest: i64,
    /// Ids and times of lines that a later response may contain again.
    seen: BTreeMap<String, i64>,
    was_missing: bool,
}

enum Next {
    /// There are more pages.
    Page(Pages),
    End,
}

impl Readers {
    pub(super) fn of(session: &Session, sources: Vec<Source>, filter: Option<String>, since: i64) -> Self {
        let reader = |source: Source| Reader {
            client: session.in_region(source.region.as_deref()).cloudwatch_logs(),
            source,
            filter: filter.clone(),
            since,
            waiting: VecDeque::new(),
            next: Next::Page(Pages::of("FilterLogEvents")),
            newest: since,
            seen: BTreeMap::new(),
            was_missing: false,
        };
        Self { readers: sources.into_iter().map(reader).collect(), backoff: session.clock().events() }
    }

    /// Reports all existing lines. Returns whether there were none.
    pub(super) async fn read_existing(&mut self, on_update: &(dyn Fn(LogUpdate) + Sync)) -> Result<bool, DeployError> {
        let mut is_quiet = true;
        loop {
            for reader in &mut self.readers {
                reader.fill(on_update).await?;
            }
            // Each reader has a line or is at its end, so the oldest line of all is the first line of a reader.
            let first = |reader: &&mut Reader| reader.waiting.front().map_or(i64::MAX, |line| line.at);
            let Some(oldest) = self.readers.iter_mut().min_by_key(first) else { return Ok(is_quiet) };
            let Some(line) = oldest.waiting.pop_front() else { return Ok(is_quiet) };
            oldest.newest = oldest.newest.max(line.at);
            is_quiet = false;
            on_update(LogUpdate::Line(line));
        }
    }

    /// Waits, then reports new lines. Temporary errors are retried.
    pub(super) async fn read_new(&mut self, on_update: &(dyn Fn(LogUpdate) + Sync)) -> Result<(), DeployError> {
        sleep(self.backoff.wait()).await;
        for reader in &mut self.readers {
            reader.start_over();
        }
        match self.read_existing(on_update).await {
            Ok(is_quiet) => {
                if !is_quiet {
                    self.backoff.reset();
                }
                Ok(())
            }
            Err(error) if error.is_passing() => {
                sleep(self.backoff.slow_down()).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Reader {
    /// Reads pages until there is a line, or no more pages.
    async fn fill(&mut self, on_update: &(dyn Fn(LogUpdate) + Sync)) -> Result<(), DeployError> {
        while self.waiting.is_empty() {
            let Next::Page(pages) = &mut self.next else { return Ok(()) };
            let call = self
                .client
                .filter_log_events()
                .log_group_name(&self.source.group)
                .set_log_stream_name_prefix(self.source.prefix.clone())
                .set_filter_pattern(self.filter.clone())
                .start_time(self.since)
                .set_next_token(pages.token());
            let response = match call.send().await.named("FilterLogEvents") {
                Err(error) if error.code() == Some("ResourceNotFoundException") => {
                    self.next = Next::End;
                    self.note_missing_group(on_update);
                    return Ok(());
                }
                response => response?,
            };
            // A page may be empty even if there are more.
            if !pages.turn(response.next_token())? {
                self.next = Next::End;
            }
            for event in response.events() {
                self.add(event);
            }
        }
        Ok(())
    }

    fn add(&mut self, event: &FilteredLogEvent) {
        let at = event.timestamp().unwrap_or_default();
        let id = event.event_id().unwrap_or_default();
        if self.seen.insert(id.to_owned(), at).is_some() {
            return;
        }
        self.waiting.push_back(LogLine {
            at,
            source: self.source.name.clone(),
            group: self.source.group.clone(),
            stream: event.log_stream_name().unwrap_or_default().to_owned(),
            message: event.message().unwrap_or_default().trim_end().to_owned(),
        });
    }

    /// Starts a new query shortly before the newest line, because lines may arrive late.
    fn start_over(&mut self) {
        self.since = self.since.max(self.newest - LATENESS);
        let since = self.since;
        self.seen.retain(|_, at| *at >= since);
        if matches!(self.next, Next::End) {
            self.next = Next::Page(Pages::of("FilterLogEvents"));
        }
    }

    fn note_missing_group(&mut self, on_update: &(dyn Fn(LogUpdate) + Sync)) {
        if !std::mem::replace(&mut self.was_missing, true) {
            let Source { name, group, .. } = &self.source;
            on_update(LogUpdate::Note(format!("`{name}` has no log lines yet: there is no log group `{group}`")));
        }
    }
}
