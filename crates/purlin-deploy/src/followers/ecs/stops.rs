//! Groups stopped tasks by the reason for their stop.

use std::collections::{BTreeMap, BTreeSet};

use purlin_diagnosis::hints::{TaskSubject, of_task};

use super::look::Task;
use super::reasons::{culprit, is_wanted_stop, of_exit};

/// Maximum number of characters of AWS's reason.
const MAX_LENGTH: usize = 400;

/// Stopped tasks of one deployment.
#[derive(Debug, Default)]
pub(super) struct Stops {
    seen: BTreeSet<String>,
    groups: BTreeMap<String, Group>,
}

/// Tasks that stopped for the same reason.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) count: u32,
    /// The newest.
    pub(super) task: Task,
    /// AWS's reason.
    pub(super) reason: String,
    /// The container that caused the stop.
    pub(super) container: Option<String>,
    pub(super) means: Option<&'static str>,
    pub(super) subject: TaskSubject,
    /// The last lines of its log; `None` before the first read.
    pub(super) log: Option<Vec<String>>,
    /// Whether the next task will probably stop for the same reason.
    pub(super) is_repeatable: bool,
    /// Longest run time of a task in milliseconds.
    pub(super) longest_life: i64,
    has_grown: bool,
}

impl Stops {
    /// The tasks that are not counted yet.
    pub(super) fn unseen(&self, tasks: Vec<String>) -> Vec<String> {
        tasks.into_iter().filter(|task| !self.seen.contains(task)).collect()
    }

    /// Counts a task. A task that is still stopping is left for later, because its exit codes are missing.
    pub(super) fn add(&mut self, task: Task, deployment: &str) {
        if task.last_status != "STOPPED" {
            return;
        }
        self.seen.insert(task.arn.clone());
        if task.started_by != deployment || is_wanted_stop(task.stopped_reason.as_deref().unwrap_or_default()) {
            return;
        }
        let group = Group::of(task);
        let key = format!("{:?} {} {}", group.container, group.exit_code(), normal(&group.reason));
        match self.groups.get_mut(&key) {
            Some(known) => {
                known.count += 1;
                known.longest_life = known.longest_life.max(group.longest_life);
                known.task = group.task;
                known.has_grown = true;
            }
            None => {
                self.groups.insert(key, group);
            }
        }
    }

    /// The groups, the most frequent first.
    pub(super) fn groups(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }

    /// The groups that grew since the last call.
    pub(super) fn grown(&mut self) -> impl Iterator<Item = &mut Group> {
        self.groups.values_mut().filter_map(|group| std::mem::take(&mut group.has_grown).then_some(group))
    }
}

impl Group {
    fn of(task: Task) -> Self {
        let stopped = task.stopped_reason.clone().unwrap_or_default();
        let container = culprit(&task.containers);
        // A general reason only states that a container failed.
        let is_general = stopped.is_empty()
            || stopped.starts_with("Essential container in task exited")
            || stopped.starts_with("Task failed to start");
        let reason = match container.and_then(|it| it.reason.clone()) {
            Some(reason) if is_general => reason,
            _ => stopped,
        };
        let exit_code = container.filter(|_| is_general).and_then(|it| it.exit_code);
        let known = of_task(&reason);
        Self {
            count: 1,
            means: known.map(|it| &*it.means).or_else(|| exit_code.map(of_exit)),
            subject: known
                .map_or(if exit_code.is_some() { TaskSubject::Program } else { TaskSubject::Start }, |it| it.subject),
            reason: short(&reason),
            container: container.map(|it| it.name.clone()),
            log: None,
            is_repeatable: !matches!(
                task.stop_code.as_deref(),
                Some("SpotInterruption" | "TerminationNotice" | "UserInitiated")
            ),
            longest_life: task.stopped_at.zip(task.started_at).map_or(0, |(stopped, started)| stopped - started),
            task,
            has_grown: true,
        }
    }

    /// The exit code of the container that caused the stop.
    fn exit_code(&self) -> String {
        let container = self.task.containers.iter().find(|it| Some(&it.name) == self.container.as_ref());
        container.and_then(|it| it.exit_code).map(|code| code.to_string()).unwrap_or_default()
    }

    /// Such as `3 tasks stopped: container `app` ended with code 1`.
    pub(super) fn headline(&self) -> String {
        let tasks = if self.count == 1 { "1 task stopped".to_owned() } else { format!("{} tasks stopped", self.count) };
        match (&self.container, self.exit_code()) {
            (Some(name), code) if !code.is_empty() && self.reason.starts_with("Essential container") => {
                format!("{tasks}: container `{name}` ended with code {code}")
            }
            (Some(name), _) if self.subject != TaskSubject::Place && !self.reason.is_empty() => {
                format!("{tasks}: container `{name}`: {}", self.reason)
            }
            _ if self.reason.is_empty() => format!("{tasks}: AWS gives no reason"),
            _ => format!("{tasks}: {}", self.reason),
        }
    }

    /// The headline, its meaning, and the end of the log.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.headline()];
        lines.extend(self.means.map(|means| format!("  {means}")));
        if let Some((log, container)) = self.log.as_ref().filter(|log| !log.is_empty()).zip(self.container.as_ref()) {
            lines.push(format!("  the last lines of `{container}`:"));
            lines.extend(log.iter().map(|line| format!("    {line}")));
        }
        lines
    }
}

/// A reason without the parts that differ from task to task: numbers, addresses, ids.
pub(super) fn normal(reason: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric();
    let mut out = String::new();
    let mut word = String::new();
    for letter in reason.chars().chain([' ']) {
        if is_part(letter) {
            word.push(letter);
            continue;
        }
        let has_digit = word.contains(|it: char| it.is_ascii_digit());
        out.push_str(if has_digit { "#" } else { &word });
        word.clear();
        out.push(letter);
    }
    out
}

/// The text, cut to the maximum length.
pub(super) fn short(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::Container;
    use super::*;

    fn task(number: u32, reason: &str, exit_code: Option<i32>, why: Option<&str>) -> Task {
        Task {
            arn: format!("task/{number}"),
            started_by: "ecs-svc/2".into(),
            last_status: "STOPPED".into(),
            stopped_reason: Some(reason.into()),
            containers: vec![Container { name: "app".into(), exit_code, reason: why.map(str::to_owned) }],
            ..Task::default()
        }
    }

    #[test]
    fn tasks_are_grouped_by_reason_without_numbers() {
        let pull = |ip: &str, times: u32| {
            format!("CannotPullContainerError: retried {times} time(s): dial tcp {ip}:443: i/o timeout")
        };
        let cases: [(Vec<Task>, &[&str]); 5] = [
            (
                vec![
                    task(1, &pull("10.0.3.17", 5), None, None),
                    task(2, &pull("10.0.4.2", 1), None, None),
                    task(3, "Essential container in task exited", Some(1), None),
                ],
                &["2 tasks stopped: CannotPull", "1 task stopped: container `app` ended with code 1"],
            ),
            (
                vec![
                    task(1, "Essential container in task exited", Some(1), None),
                    task(2, "Essential container in task exited", Some(2), None),
                    task(3, "Essential container in task exited", Some(1), None),
                ],
                &[
                    "2 tasks stopped: container `app` ended with code 1",
                    "1 task stopped: container `app` ended with code 2",
                ],
            ),
            (
                vec![task(
                    1,
                    "Essential container in task exited",
                    Some(137),
                    Some("OutOfMemoryError: Container killed"),
                )],
                &["1 task stopped: container `app`: OutOfMemoryError: Container killed"],
            ),
            (
                vec![
                    task(1, "Scaling activity initiated by (deployment ecs-svc/2)", Some(143), None),
                    Task { started_by: "ecs-svc/1".into(), ..task(2, "Task failed to start", None, None) },
                    Task { last_status: "DEPROVISIONING".into(), ..task(3, "Task failed to start", None, None) },
                ],
                &[],
            ),
            (vec![task(1, "", None, None)], &["1 task stopped: AWS gives no reason"]),
        ];
        for (tasks, expected) in cases {
            let mut stops = Stops::default();
            for task in tasks {
                stops.add(task, "ecs-svc/2");
            }
            let headline: Vec<String> = stops.groups().iter().map(|group| group.headline()).collect();
            assert_eq!(headline.len(), expected.len(), "{headline:?}");
            for (headline, expected) in headline.iter().zip(expected) {
                let headline = headline.replace("container `app`: CannotPull", "CannotPull");
                assert!(headline.starts_with(expected), "{headline}");
            }
        }
    }

    #[test]
    fn a_task_is_read_again_until_it_is_stopped() {
        let mut stops = Stops::default();
        let stopping =
            Task { last_status: "STOPPING".into(), ..task(1, "Essential container in task exited", None, None) };
        stops.add(stopping, "ecs-svc/2");
        assert_eq!(stops.unseen(vec!["task/1".into()]), ["task/1"]);
        stops.add(task(1, "Essential container in task exited", Some(3), None), "ecs-svc/2");
        assert!(stops.unseen(vec!["task/1".into()]).is_empty());
        assert_eq!(stops.grown().count(), 1);
        assert_eq!(stops.grown().count(), 0);
    }
}
