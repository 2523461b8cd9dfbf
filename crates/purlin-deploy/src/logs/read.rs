//! Reads several logs at once and tells their lines in the order of time.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use tokio::time::sleep;

use super::sources::Source;
use super::{LogLine, LogUpdate};
use crate::aws::Named;
use crate::clock::Backoff;
use crate::error::DeployError;
use crate::session::Session;

/// Lines may come so many milliseconds late: that far back is asked again.
const LATENESS: i64 = 30_000;

/// The logs that are read.
pub(super) struct Readers {
    readers: Vec<Reader>,
    backoff: Backoff,
}

/// One of them.
struct Reader {
    source: Source,
    client: Client,
    filter: Option<String>,
    /// Milliseconds since 1970: older lines are not wanted.
    since: i64,
    /// The lines of the last pages, the oldest first.
    waiting: VecDeque<LogLine>,
    next: Next,
    /// The newest line told.
    newest: i64,
    /// Lines told that a later answer may hold again, and when they were written.
    told: BTreeMap<String, i64>,
    was_missing: bool,
}

enum Next {
    /// There are more pages, from this token on.
    Page(Option<String>),
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
            next: Next::Page(None),
            newest: since,
            told: BTreeMap::new(),
            was_missing: false,
        };
        Self { readers: sources.into_iter().map(reader).collect(), backoff: session.clock().events() }
    }

    /// Tells all lines there are by now.
    pub(super) async fn tell_what_there_is(&mut self, hear: &(dyn Fn(LogUpdate) + Sync)) -> Result<bool, DeployError> {
        let mut is_quiet = true;
        loop {
            for reader in &mut self.readers {
                reader.fill(hear).await?;
            }
            // None is empty unless it has come to its end, so the oldest of all is among the first.
            let first = |reader: &&mut Reader| reader.waiting.front().map_or(i64::MAX, |line| line.at);
            let Some(oldest) = self.readers.iter_mut().min_by_key(first) else { return Ok(is_quiet) };
            let Some(line) = oldest.waiting.pop_front() else { return Ok(is_quiet) };
            oldest.newest = oldest.newest.max(line.at);
            is_quiet = false;
            hear(LogUpdate::Line(line));
        }
    }

    /// Waits, then tells what was written meanwhile. What passes does not end it.
    pub(super) async fn tell_what_is_new(&mut self, hear: &(dyn Fn(LogUpdate) + Sync)) -> Result<(), DeployError> {
        sleep(self.backoff.wait()).await;
        for reader in &mut self.readers {
            reader.start_over();
        }
        match self.tell_what_there_is(hear).await {
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
    /// Sees to it that a line is waiting, unless there is none.
    async fn fill(&mut self, hear: &(dyn Fn(LogUpdate) + Sync)) -> Result<(), DeployError> {
        while self.waiting.is_empty() {
            let Next::Page(token) = &self.next else { return Ok(()) };
            let call = self
                .client
                .filter_log_events()
                .log_group_name(&self.source.group)
                .set_log_stream_name_prefix(self.source.prefix.clone())
                .set_filter_pattern(self.filter.clone())
                .start_time(self.since)
                .set_next_token(token.clone());
            let answer = match call.send().await.named("FilterLogEvents") {
                Err(error) if error.code() == Some("ResourceNotFoundException") => {
                    self.next = Next::End;
                    self.tell_that_it_is_missing(hear);
                    return Ok(());
                }
                answer => answer?,
            };
            // A page may be empty although there are more.
            self.next = answer.next_token().map_or(Next::End, |token| Next::Page(Some(token.to_owned())));
            for event in answer.events() {
                self.take(event);
            }
        }
        Ok(())
    }

    fn take(&mut self, event: &FilteredLogEvent) {
        let at = event.timestamp().unwrap_or_default();
        let id = event.event_id().unwrap_or_default();
        if self.told.insert(id.to_owned(), at).is_some() {
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

    /// From a while before the newest line on, as some come late.
    fn start_over(&mut self) {
        self.since = self.since.max(self.newest - LATENESS);
        let since = self.since;
        self.told.retain(|_, at| *at >= since);
        if matches!(self.next, Next::End) {
            self.next = Next::Page(None);
        }
    }

    fn tell_that_it_is_missing(&mut self, hear: &(dyn Fn(LogUpdate) + Sync)) {
        if !std::mem::replace(&mut self.was_missing, true) {
            let Source { name, group, .. } = &self.source;
            hear(LogUpdate::Note(format!("`{name}` has written nothing yet: there is no log group `{group}`")));
        }
    }
}
