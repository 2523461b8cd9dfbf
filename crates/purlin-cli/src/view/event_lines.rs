//! The lines printed for each event: all of them without a live tree, only the important ones above a tree.

use purlin_assembly::Patch;
use purlin_deploy::{AssetStep, Event, Finding, Operation, Severity};
use purlin_diagnosis::{Action, Change, Replacement, StackEvent, Status};

use super::model::{Model, Phase, StackModel};
use super::tree::{at_work, eta, in_work, name};
use super::words::{size, span};
use crate::terminal::{Paint, Tone};
use crate::text::harmless;

/// Formats events as lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventPrinter {
    pub(crate) paint: Paint,
    /// A tree below shows the work in progress.
    pub(crate) has_tree: bool,
    /// Several stacks print lines, so each line begins with its stack.
    pub(crate) has_several: bool,
}

impl EventPrinter {
    /// The lines of an event that the model has processed.
    pub(crate) fn lines(self, model: &Model, stack: &str, event: &Event) -> Vec<String> {
        let Some(of) = model.stack(stack) else {
            return Vec::new();
        };
        let lines = match event {
            Event::Started { account, region } => vec![self.started(of, account, region)],
            Event::Note { text } => vec![format!("{}: {}", self.paint.paint(Tone::Odd, "note"), harmless(text))],
            Event::Found { finding } => self.found(finding),
            Event::Asset { name, step } => asset(name, step).into_iter().collect(),
            Event::Planned { is_new, changes } => self.planned(of, *is_new, changes),
            Event::Begun { operation, .. } => self.begun(*operation).into_iter().collect(),
            Event::Progress { event, done, total } => self.progress(of, event, (*done, *total)),
            Event::Followed { logical_id, news, .. } if !self.has_tree => self.followed(logical_id, news),
            _ => Vec::new(),
        };
        let is_title = matches!(event, Event::Started { .. });
        lines.into_iter().map(|line| self.of_stack(of, is_title, &line)).collect()
    }

    /// The work in progress, when nothing else was printed for some time.
    pub(crate) fn heartbeat(self, model: &Model, now: i64) -> Vec<String> {
        let at_work_on = |of: &StackModel| {
            let resources: Vec<String> = in_work(of)
                .iter()
                .map(|(key, it)| format!("{} {}", name(of, key), at_work(model, of, it, now)))
                .collect();
            let eta = eta(&of.path.left(of.aws_time(now))).filter(|_| model.knows_times);
            let what = match &of.phase {
                Phase::Preparing(what) => what.clone(),
                _ if resources.is_empty() => "waiting for CloudFormation".to_owned(),
                _ => resources.join("; "),
            };
            let eta = eta.map(|eta| format!("; {eta}")).unwrap_or_default();
            format!("still in progress after {}: {what}{eta}", span(of.elapsed(now)))
        };
        let under_way = model.stacks.iter().filter(|it| it.is_under_way());
        under_way.map(|of| self.of_stack(of, false, &at_work_on(of))).collect()
    }

    fn of_stack(self, of: &StackModel, is_title: bool, line: &str) -> String {
        match (is_title, self.has_several) {
            (true, _) => line.to_owned(),
            (false, true) => format!("{} {line}", self.paint.paint(Tone::Faint, &format!("{}:", of.title))),
            (false, false) => format!("  {line}"),
        }
    }

    fn started(self, of: &StackModel, account: &str, region: &str) -> String {
        let place = format!("{account}/{region}");
        format!("{}  {}", self.paint.paint(Tone::Strong, &of.title), self.paint.paint(Tone::Faint, &place))
    }

    fn found(self, finding: &Finding) -> Vec<String> {
        let (word, tone) = match finding.severity {
            Severity::Error => ("error", Tone::Bad),
            Severity::Warning => ("warning", Tone::Odd),
            // Notes are in the JSON output only.
            Severity::Note => return Vec::new(),
        };
        let subject = finding.logical_id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
        let mut lines = vec![format!("{}: {subject}{}", self.paint.paint(tone, word), harmless(&finding.reason))];
        lines.extend(finding.declared_at.as_ref().map(|place| format!("  declared at: {place}")));
        lines.extend(finding.fix.as_ref().map(|fix| format!("  {}: {fix}", self.paint.paint(Tone::Good, "hint"))));
        lines
    }

    fn planned(self, of: &StackModel, is_new: bool, changes: &[Change]) -> Vec<String> {
        let mut lines = vec![format!("{}{}", if is_new { "new stack: " } else { "" }, counts(changes))];
        // In a new stack every resource is new, and each has its events.
        lines.extend(changes.iter().filter(|_| !is_new).map(|change| self.change(change)));
        let patches: Vec<&Patch> =
            of.patches.iter().filter(|it| it.is_new(is_new, changes)).map(|it| &it.patch).collect();
        lines.extend(Patch::lines(&patches, false, |it| self.paint.paint(Tone::Strong, it)));
        lines
    }

    fn change(self, change: &Change) -> String {
        let (sign, tone) = match (&change.action, change.replacement) {
            (Action::Add | Action::Import, _) => ("+", Tone::Good),
            (Action::Remove, _) => ("-", Tone::Bad),
            (_, Replacement::Yes) => ("!", Tone::Bad),
            _ => ("~", Tone::Odd),
        };
        let note = match change.replacement {
            Replacement::Yes => "  replaced",
            Replacement::Maybe => "  perhaps replaced",
            Replacement::No => "",
        };
        format!("{} {}  {}{note}", self.paint.paint(tone, sign), change.logical_id, change.resource_type)
    }

    fn begun(self, operation: Operation) -> Option<String> {
        (operation == Operation::RollBack).then(|| self.paint.paint(Tone::Bad, "rolling back"))
    }

    fn progress(self, of: &StackModel, event: &StackEvent, (done, total): (usize, usize)) -> Vec<String> {
        let is_beginning = event.status.is_busy();
        let tone = tone(&event.status);
        let matters = tone == Tone::Bad || has_information(event);
        // CloudFormation reports a resource in progress twice.
        let repeats = is_beginning && event.reason.as_deref() == Some("Resource creation Initiated");
        if repeats || (self.has_tree && !matters) {
            return Vec::new();
        }
        let width = total.to_string().len();
        let counter = if total == 0 { String::new() } else { format!("[{done:>width$}/{total}] ") };
        let status = self.paint.paint(tone, &format!("{:<20}", event.status));
        let mut line = format!("{counter}{status} ");
        if !event.is_about_its_stack() && event.stack_name() != of.name {
            line.push_str(event.stack_name());
            line.push('/');
        }
        line.push_str(&event.logical_id);
        if !event.is_about_its_stack() {
            line.push_str("  ");
            line.push_str(&self.paint.paint(Tone::Faint, &event.resource_type));
        }
        let mut lines = vec![line];
        let reason = event.plain_reason().filter(|_| matters);
        lines.extend(reason.iter().flat_map(|it| it.lines()).map(|reason| format!("    {}", harmless(reason))));
        lines
    }

    fn followed(self, logical_id: &str, news: &str) -> Vec<String> {
        let lines = news.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| format!("{}: {}", self.paint.paint(Tone::Faint, logical_id), harmless(line))).collect()
    }
}

/// How many resources are created, changed, replaced, deleted.
fn counts(changes: &[Change]) -> String {
    let count = |wanted: fn(&Change) -> bool| changes.iter().filter(|change| wanted(change)).count();
    let replaced = |change: &Change| change.action == Action::Modify && change.replacement == Replacement::Yes;
    let counts = [
        (count(|change| change.action == Action::Add), "to create"),
        (count(|change| change.action == Action::Import), "to import"),
        (count(|change| change.action == Action::Modify) - count(replaced), "to change"),
        (count(replaced), "to replace"),
        (count(|change| change.action == Action::Remove), "to delete"),
    ];
    let words: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if words.is_empty() { "only outputs or settings change".to_owned() } else { words.join(", ") }
}

fn asset(name: &str, step: &AssetStep) -> Option<String> {
    let what = match step {
        AssetStep::Present => return None,
        AssetStep::Building => "building".to_owned(),
        AssetStep::Uploading { bytes: None } => "pushing".to_owned(),
        AssetStep::Uploading { bytes: Some(bytes) } => format!("uploading {}", size(*bytes)),
        AssetStep::Published => "published".to_owned(),
    };
    Some(format!("asset {name}: {what}"))
}

/// The colour of a status.
pub(crate) fn tone(status: &Status) -> Tone {
    match status {
        status if status.went_wrong() => Tone::Bad,
        status if status.is_complete() => Tone::Good,
        _ => Tone::Faint,
    }
}

/// Whether the reason has information: a certificate in progress names the DNS record that it waits for.
fn has_information(event: &StackEvent) -> bool {
    const CUSTOMARY: [&str; 4] =
        ["initiated", "requested update requires", "requested update required", "transformation succeeded"];
    let reason = event.reason.as_deref().unwrap_or_default().to_ascii_lowercase();
    event.status.is_busy()
        && !event.is_about_its_stack()
        && !reason.is_empty()
        && !CUSTOMARY.iter().any(|customary| reason.contains(customary))
}

#[cfg(test)]
mod tests;
