//! `purlin logs`: prints the logs of services and functions on standard output.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use purlin_deploy::{LogLine, LogQuery, LogUpdate};
use serde_json::json;

use crate::args::Logs;
use crate::failure::Failure;
use crate::subject::subject;
use crate::terminal::{Terminal, Tone};
use crate::text::harmless;
use crate::view::json::rfc_3339;

pub(crate) async fn logs(app: Option<&Path>, args: &Logs, terminal: &Terminal) -> Result<(), Failure> {
    let subject = subject(app, &args.stack, terminal).await?;
    let query = LogQuery {
        resource: args.resource.clone(),
        since: args.since,
        filter: args.filter.clone(),
        is_followed: args.follow,
    };
    let on_update = |update: LogUpdate| match update {
        LogUpdate::Note(text) => terminal.eprint(&text),
        LogUpdate::Line(line) if args.json => terminal.print_document(&as_json(&line)),
        LogUpdate::Line(line) => lines(&line, terminal).iter().for_each(|line| terminal.print(line)),
    };
    Ok(Box::pin(subject.session.logs(&subject.stack, &query, &on_update)).await?)
}

fn as_json(line: &LogLine) -> String {
    json!({
        "time": time(line),
        "source": line.source,
        "group": line.group,
        "stream": line.stream,
        "message": line.message,
    })
    .to_string()
}

/// A message may have several lines, such as a stack trace.
fn lines(line: &LogLine, terminal: &Terminal) -> Vec<String> {
    let time = terminal.paint(Tone::Faint, &time(line));
    let source = terminal.paint(Tone::Strong, &line.source);
    let mut rest = line.message.lines().map(harmless);
    let first = format!("{time}  {source}  {}", rest.next().unwrap_or_default());
    let rest = rest.map(|text| format!("    {text}"));
    std::iter::once(first).chain(rest).collect()
}

/// When it was written, in UTC.
fn time(line: &LogLine) -> String {
    rfc_3339(UNIX_EPOCH + Duration::from_millis(u64::try_from(line.at).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> LogLine {
        LogLine {
            at: 1_764_000_000_123,
            source: "Api/app".into(),
            group: "/ecs/api".into(),
            stream: "api/app/1".into(),
            message: message.into(),
        }
    }

    #[test]
    fn lines_for_people_and_lines_for_machines() {
        let json = as_json(&line("it \"works\"\nindeed"));
        assert_eq!(
            json,
            r#"{"time":"2025-11-24T16:00:00.123Z","source":"Api/app","group":"/ecs/api","stream":"api/app/1","message":"it \"works\"\nindeed"}"#
        );
    }
}
