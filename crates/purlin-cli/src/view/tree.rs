//! The live tree, as lines: stacks, the resources in progress, reports about them. A pure function of the model and
//! the size of the terminal, which its lines never exceed.

use std::fmt::Write as _;
use std::time::Duration;

use purlin_deploy::Operation;

use super::durations::Work;
use super::model::{Busy, Model, Phase, StackModel};
use super::path::Left;
use super::words::{about, band, service, short_type, span};
use crate::terminal::{Paint, Tone};
use crate::text::{columns, fit};

/// The length of a bar, and that of one in a narrow window.
const BAR: (usize, usize) = (20, 10);

/// Windows with fewer columns are narrow.
const NARROW: usize = 100;

/// The levels of detail, from the fullest to the shortest: report lines of each resource, resources of each stack.
const DETAILS: [(usize, usize); 8] = [(5, 500), (1, 500), (0, 500), (0, 8), (0, 4), (0, 2), (0, 1), (0, 0)];

/// The size of the terminal, and its colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) paint: Paint,
}

/// The lines of the tree.
pub(crate) fn lines(model: &Model, now: i64, area: Area) -> Vec<String> {
    let under_way: Vec<&StackModel> = model.stacks.iter().filter(|it| it.is_under_way()).collect();
    let summary = summary(model, &under_way, now, area.paint);
    // The cursor needs a line too.
    let height = area.height.saturating_sub(1 + usize::from(summary.is_some())).max(1);
    let tree = |(news, resources): (usize, usize)| -> Vec<String> {
        let bar = if area.width < NARROW { BAR.1 } else { BAR.0 };
        let tree = Tree { model, now, paint: area.paint, bar, news, resources };
        under_way.iter().flat_map(|stack| tree.stack(stack)).collect()
    };
    let mut lines = DETAILS.into_iter().map(tree).find(|lines| lines.len() <= height).unwrap_or_else(|| {
        let mut stacks = tree((0, 0));
        let hidden = stacks.len() + 1 - height;
        stacks.truncate(height - 1);
        stacks.push(area.paint.paint(Tone::Faint, &format!("… {hidden} more stacks")));
        stacks
    });
    lines.extend(summary);
    lines.iter().map(|line| fit(line, area.width.saturating_sub(1))).collect()
}

/// The estimated time until the last resource is done, if there is an estimate.
pub(crate) fn eta(left: &Left) -> Option<String> {
    let waiting_on = left.waiting_on.as_ref().map(|(id, kind)| format!(", waiting on {id} ({})", service(kind)));
    (left.slow > Duration::ZERO)
        .then(|| format!("ETA {}{}", band(left.quick, left.slow), waiting_on.unwrap_or_default()))
}

/// The operation on a resource, and how long it has taken.
pub(crate) fn at_work(model: &Model, stack: &StackModel, busy: &Busy, now: i64) -> String {
    let doing = match (busy.work, &stack.phase) {
        (Work::Delete, _) => "deleting",
        (_, Phase::Working(Operation::RollBack)) => "rolling back",
        (_, Phase::Working(Operation::Import)) => "importing",
        (Work::Create, _) => "creating",
        (Work::Update, _) => "updating",
    };
    let elapsed = stack.busy_for(busy, now);
    let usual = if model.knows_times { format!(", usually {}", about(busy.usual.middle)) } else { String::new() };
    format!("{doing} {}{usual}", span(elapsed))
}

/// The resources in progress, the oldest first.
pub(crate) fn in_work(stack: &StackModel) -> Vec<(&(String, String), &Busy)> {
    let mut busy: Vec<_> = stack.busy.iter().collect();
    busy.sort_by_key(|(key, it)| (it.since, (*key).clone()));
    busy
}

/// The name of a resource, with its stack if that is nested.
pub(crate) fn name(stack: &StackModel, (owner, logical_id): &(String, String)) -> String {
    if *owner == stack.name { logical_id.clone() } else { format!("{owner}/{logical_id}") }
}

/// One line about all stacks, where there are several.
fn summary(model: &Model, under_way: &[&StackModel], now: i64, paint: Paint) -> Option<String> {
    let total = model.stacks.len();
    if total < 2 {
        return None;
    }
    let done = model.stacks.iter().filter(|it| it.phase == Phase::Over).count();
    let waiting: Vec<&str> =
        model.stacks.iter().filter(|it| it.phase == Phase::Waiting).map(|it| it.title.as_str()).collect();
    let mut line = format!("{done} of {total} stacks done");
    let since = model.stacks.iter().filter(|it| it.phase != Phase::Waiting).map(|it| it.since).min();
    if let Some(first) = model.stacks.iter().find(|it| Some(it.since) == since) {
        let _ = write!(line, "  {}", span(first.elapsed(now)));
    }
    if waiting.is_empty() {
        let all_at_work = under_way.iter().all(|it| matches!(it.phase, Phase::Working(_) | Phase::Finishing));
        let lefts = under_way.iter().map(|it| it.path.left(it.aws_time(now)));
        let last = lefts.max_by_key(|left| left.middle).filter(|_| all_at_work && model.knows_times);
        if let Some(eta) = last.as_ref().and_then(eta) {
            let _ = write!(line, "  {eta}");
        }
    } else {
        let _ = write!(line, "  waiting: {}", waiting.join(", "));
    }
    Some(paint.paint(Tone::Faint, &line))
}

struct Tree<'a> {
    model: &'a Model,
    now: i64,
    paint: Paint,
    bar: usize,
    news: usize,
    resources: usize,
}

impl Tree<'_> {
    fn stack(&self, stack: &StackModel) -> Vec<String> {
        let mut lines = vec![self.head(stack)];
        let busy = in_work(stack);
        let shown = busy.len().min(self.resources);
        let names = busy[..shown].iter().map(|(key, _)| columns(&name(stack, key))).max().unwrap_or_default();
        for (key, it) in &busy[..shown] {
            lines.extend(self.resource(stack, &name(stack, key), names, it));
        }
        if (1..busy.len()).contains(&shown) {
            lines.push(self.paint.paint(Tone::Faint, &format!("  … {} more in work", busy.len() - shown)));
        }
        lines
    }

    fn head(&self, stack: &StackModel) -> String {
        let title = self.paint.paint(Tone::Strong, &stack.title);
        let elapsed = span(stack.elapsed(self.now));
        match &stack.phase {
            Phase::Preparing(what) => format!("{title}  {what}  {elapsed}"),
            Phase::Finishing => format!("{title}  finishing  {elapsed}"),
            Phase::Working(operation) => {
                let (doing, tone) = match operation {
                    Operation::Create => ("creating", Tone::Good),
                    Operation::Update => ("updating", Tone::Good),
                    Operation::Import => ("importing", Tone::Good),
                    Operation::RollBack => ("rolling back", Tone::Bad),
                    Operation::Delete => ("deleting", Tone::Odd),
                };
                let doing = self.paint.paint(tone, doing);
                format!("{title}  {doing}  {}  {elapsed}{}", self.bar(stack, tone), self.eta(stack))
            }
            Phase::Waiting | Phase::Over => title,
        }
    }

    /// The bar, the percentage, and the number of resources.
    fn bar(&self, stack: &StackModel, tone: Tone) -> String {
        let (done, total) = if stack.count.1 > 0 { stack.count } else { stack.path.count() };
        let count = if total > 0 { format!("  {done}/{total}") } else { String::new() };
        if !self.model.knows_times {
            return count.trim_start().to_owned();
        }
        let percent = whole(stack.share * 100.0);
        let full = (percent * self.bar / 100).min(self.bar);
        let bar = format!("{}{}", self.paint.paint(tone, &"━".repeat(full)), "╌".repeat(self.bar - full));
        format!("{bar} {percent:>2}%{count}")
    }

    fn eta(&self, stack: &StackModel) -> String {
        let left = stack.path.left(stack.aws_time(self.now));
        let eta = eta(&left).filter(|_| self.model.knows_times);
        eta.map(|eta| format!("  {eta}")).unwrap_or_default()
    }

    fn resource(&self, stack: &StackModel, name: &str, names: usize, busy: &Busy) -> Vec<String> {
        let is_late = self.model.knows_times && stack.busy_for(busy, self.now) > busy.usual.slow;
        let work = at_work(self.model, stack, busy, self.now);
        let work = if is_late { self.paint.paint(Tone::Odd, &work) } else { work };
        let kind = self.paint.paint(Tone::Faint, short_type(&busy.resource_type));
        let gap = " ".repeat(names.saturating_sub(columns(name)));
        let mut lines = vec![format!("  {name}{gap}  {work}  {kind}")];
        lines.extend(busy.news.iter().take(self.news).map(|news| format!("    {news}")));
        lines
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage is between 0 and 100")]
fn whole(percent: f64) -> usize {
    percent as usize
}

#[cfg(test)]
mod tests;
