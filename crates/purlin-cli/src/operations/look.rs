//! `purlin status`, `events` and `outputs`: the state of a deployed stack, on standard output.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use purlin_deploy::StackReport;
use purlin_diagnosis::{StackEvent, Status};
use serde_json::json;

use crate::args::{Events, Look};
use crate::failure::Failure;
use crate::subject::subject;
use crate::terminal::{Terminal, Tone};
use crate::text::harmless;
use crate::view::json::rfc_3339;
use crate::view::{plain_outputs, print_outputs, tone};

pub(crate) async fn status(app: Option<&Path>, args: &Look, terminal: &Terminal) -> Result<(), Failure> {
    let subject = subject(app, &args.stack, terminal).await?;
    let report = Box::pin(subject.session.status(&subject.stack)).await?;
    if args.json {
        terminal.print_document(&format!("{:#}", json!(report)));
    } else {
        for line in lines(&report, terminal) {
            terminal.print(&line);
        }
    }
    Ok(())
}

pub(crate) async fn events(app: Option<&Path>, args: &Events, terminal: &Terminal) -> Result<(), Failure> {
    let subject = subject(app, &args.look.stack, terminal).await?;
    let events = Box::pin(subject.session.events(&subject.stack, args.all)).await?;
    if args.look.json {
        terminal.print_document(&format!("{:#}", json!(events)));
    } else {
        for event in &events {
            terminal.print(&line(event, terminal));
        }
    }
    Ok(())
}

pub(crate) async fn outputs(app: Option<&Path>, args: &Look, terminal: &Terminal) -> Result<(), Failure> {
    let subject = subject(app, &args.stack, terminal).await?;
    let outputs = Box::pin(subject.session.outputs(&subject.stack)).await?;
    if args.json {
        terminal.print_document(&format!("{:#}", plain_outputs(&outputs)));
    } else {
        print_outputs(terminal, "", &outputs);
    }
    Ok(())
}

fn lines(report: &StackReport, terminal: &Terminal) -> Vec<String> {
    let state = &report.state;
    let status = |status: &Status| terminal.paint(tone(status), status.as_str());
    let mut lines = vec![format!("{}  {}", status(&state.status), state.id)];
    lines.extend(state.reason.as_deref().map(|reason| format!("  {}", harmless(reason))));
    let since = report.busy_since.as_deref().map(|since| format!("since {since}"));
    let who = report.busy_with.as_deref().map(|who| format!("begun by {who}"));
    let busy: Vec<String> = who.into_iter().chain(since).collect();
    if !busy.is_empty() {
        lines.push(format!("  {}", busy.join(", ")));
    }
    lines.push(format!("  last changed {}", time(state.updated_at.unwrap_or(state.created_at))));
    if state.termination_protection {
        lines.push("  protected against deletion".to_owned());
    }
    for it in &report.resources {
        let id = it.physical_id.as_deref().unwrap_or("(none yet)");
        let kind = terminal.paint(Tone::Faint, &it.resource_type);
        lines.push(format!("  {}  {}  {kind}  {}", status(&it.status), it.logical_id, harmless(id)));
        lines.extend(it.reason.as_deref().map(|reason| format!("      {}", harmless(reason))));
    }
    lines
}

fn line(event: &StackEvent, terminal: &Terminal) -> String {
    let status = terminal.paint(tone(&event.status), &format!("{:<20}", event.status));
    let kind = terminal.paint(Tone::Faint, &event.resource_type);
    let reason = event.reason.as_deref().map(|reason| format!("  {}", harmless(reason))).unwrap_or_default();
    format!("{}  {status}  {}  {kind}{reason}", time(event.at), event.logical_id)
}

/// A time of AWS, in UTC.
fn time(millis: i64) -> String {
    rfc_3339(UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
}
