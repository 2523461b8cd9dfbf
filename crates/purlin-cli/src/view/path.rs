//! The remaining work on a stack along its critical path, by the dependencies of its resources. Times are milliseconds since 1970 by AWS's clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use purlin_diagnosis::{Action, Change, Replacement};
use purlin_template::Graph;

use super::durations::{Durations, Usual, Work};

/// The work on a stack.
#[derive(Debug, Default)]
pub(crate) struct Path {
    tasks: Vec<Task>,
    by_id: BTreeMap<(String, Phase), usize>,
}

/// Old resources are deleted after all other work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Main,
    Cleanup,
}

#[derive(Debug)]
struct Task {
    logical_id: String,
    resource_type: String,
    usual: Usual,
    state: State,
    /// The tasks that come before it.
    after: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Since(i64),
    Done,
}

/// The remaining time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) quick: Duration,
    pub(crate) middle: Duration,
    pub(crate) slow: Duration,
    /// The resource in progress on the critical path, and its type.
    pub(crate) waiting_on: Option<(String, String)>,
}

impl Path {
    /// The work of a change set.
    pub(crate) fn of_changes(changes: &[Change], graph: &Graph, durations: &Durations) -> Self {
        let mut path = Self::default();
        for change in changes {
            let work = match change.action {
                Action::Add | Action::Import => Work::Create,
                Action::Remove => continue,
                _ if change.replacement == Replacement::Yes => Work::Create,
                _ => Work::Update,
            };
            path.add(
                &change.logical_id,
                &change.resource_type,
                Phase::Main,
                durations.usual(&change.resource_type, work),
            );
        }
        for change in changes {
            let goes = change.action == Action::Remove || change.replacement == Replacement::Yes;
            if goes && !change.keeps_old {
                let usual = durations.usual(&change.resource_type, Work::Delete);
                path.add(&change.logical_id, &change.resource_type, Phase::Cleanup, usual);
            }
        }
        path.connect(|id| graph.dependencies(id));
        path
    }

    /// The work of rolling back the changes that were begun.
    pub(crate) fn of_rollback(&self, is_creation: bool, graph: &Graph, durations: &Durations) -> Self {
        let touched = self.tasks.iter().filter(|task| task.state != State::Waiting);
        let touched = touched.map(|task| (task.logical_id.as_str(), task.resource_type.as_str()));
        if is_creation {
            return Self::of_deletion(touched, graph, durations);
        }
        let mut path = Self::default();
        for (logical_id, resource_type) in touched {
            path.add(logical_id, resource_type, Phase::Main, durations.usual(resource_type, Work::Update));
        }
        path.connect(|id| graph.dependencies(id));
        path
    }

    /// The work of deleting a stack, in the reverse order.
    pub(crate) fn of_deletion<'a>(
        resources: impl IntoIterator<Item = (&'a str, &'a str)>,
        graph: &Graph,
        durations: &Durations,
    ) -> Self {
        let mut path = Self::default();
        for (logical_id, resource_type) in resources {
            path.add(logical_id, resource_type, Phase::Main, durations.usual(resource_type, Work::Delete));
        }
        path.connect(|id| graph.dependents(id));
        path
    }

    /// Begins the work on a resource. A resource outside the plan is added.
    pub(crate) fn begin(&mut self, logical_id: &str, resource_type: &str, usual: Usual, is_cleanup: bool, at: i64) {
        let index = self.find(logical_id, is_cleanup).unwrap_or_else(|| {
            let phase = if is_cleanup { Phase::Cleanup } else { Phase::Main };
            self.add(logical_id, resource_type, phase, usual)
        });
        let task = &mut self.tasks[index];
        if task.state == State::Waiting {
            task.state = State::Since(at);
        }
    }

    /// Ends the work on a resource.
    pub(crate) fn end(&mut self, logical_id: &str, is_cleanup: bool) {
        if let Some(index) = self.find(logical_id, is_cleanup) {
            self.tasks[index].state = State::Done;
        }
    }

    /// The number of resources that are done, and of all.
    pub(crate) fn count(&self) -> (usize, usize) {
        (self.tasks.iter().filter(|task| task.state == State::Done).count(), self.tasks.len())
    }

    /// The remaining time along the critical path.
    pub(crate) fn left(&self, now: i64) -> Left {
        let (quick, _) = self.longest(|task| task.left(now, task.usual.quick));
        let (slow, _) = self.longest(|task| task.left(now, task.usual.slow));
        let (middle, last) = self.longest(|task| task.left(now, task.usual.middle));
        let waiting_on = last.and_then(|last| self.first_in_work(last, now));
        let waiting_on = waiting_on.map(|task| (task.logical_id.clone(), task.resource_type.clone()));
        Left { quick: quick.min(middle), middle, slow: slow.max(middle), waiting_on }
    }

    fn add(&mut self, logical_id: &str, resource_type: &str, phase: Phase, usual: Usual) -> usize {
        let index = self.tasks.len();
        self.tasks.push(Task {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            usual,
            state: State::Waiting,
            after: Vec::new(),
        });
        self.by_id.insert((logical_id.to_owned(), phase), index);
        index
    }

    fn find(&self, logical_id: &str, is_cleanup: bool) -> Option<usize> {
        let phase = if is_cleanup { Phase::Cleanup } else { Phase::Main };
        self.by_id.get(&(logical_id.to_owned(), phase)).copied()
    }

    /// Sets the predecessors of each task. Dependencies are followed through resources that do not change.
    fn connect<'a>(&mut self, before: impl Fn(&str) -> Vec<&'a str>) {
        let main: Vec<usize> =
            self.by_id.iter().filter(|((_, phase), _)| *phase == Phase::Main).map(|(_, it)| *it).collect();
        for index in 0..self.tasks.len() {
            let is_main = main.contains(&index);
            self.tasks[index].after =
                if is_main { self.before(&self.tasks[index].logical_id, &before) } else { main.clone() };
        }
    }

    fn before<'a>(&self, logical_id: &str, before: &impl Fn(&str) -> Vec<&'a str>) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut open = before(logical_id);
        while let Some(id) = open.pop() {
            if id == logical_id || !seen.insert(id) {
                continue;
            }
            match self.find(id, false) {
                Some(index) => found.push(index),
                None => open.extend(before(id)),
            }
        }
        found
    }

    /// The length of the critical path, and its last task.
    fn longest(&self, weight: impl Fn(&Task) -> Duration) -> (Duration, Option<usize>) {
        let mut ends: Vec<Option<Duration>> = vec![None; self.tasks.len()];
        for index in 0..self.tasks.len() {
            self.end_of(index, &weight, &mut ends);
        }
        let all = ends.iter().enumerate().filter(|(index, _)| self.tasks[*index].state != State::Done);
        let last = all.max_by_key(|(_, end)| **end);
        last.map_or((Duration::ZERO, None), |(index, end)| (end.unwrap_or_default(), Some(index)))
    }

    /// The time when a task ends. A cycle, which AWS refuses, is cut at an arbitrary task.
    fn end_of(&self, index: usize, weight: &impl Fn(&Task) -> Duration, ends: &mut [Option<Duration>]) -> Duration {
        if let Some(end) = ends[index] {
            return end;
        }
        ends[index] = Some(Duration::ZERO);
        let task = &self.tasks[index];
        let start = task.after.iter().map(|before| self.end_of(*before, weight, ends)).max().unwrap_or_default();
        let end = if task.state == State::Done { Duration::ZERO } else { start + weight(task) };
        ends[index] = Some(end);
        end
    }

    /// The first task in progress on the critical path to a task.
    fn first_in_work(&self, last: usize, now: i64) -> Option<&Task> {
        let mut ends: Vec<Option<Duration>> = vec![None; self.tasks.len()];
        let weight = |task: &Task| task.left(now, task.usual.middle);
        let mut task = &self.tasks[last];
        for _ in 0..self.tasks.len() {
            if let State::Since(_) = task.state {
                return Some(task);
            }
            let open = task.after.iter().filter(|before| self.tasks[**before].state != State::Done);
            task = &self.tasks[*open.max_by_key(|before| self.end_of(**before, &weight, &mut ends))?];
        }
        None
    }
}

impl Task {
    /// The remaining time. A task that takes longer than usual is estimated to need a tenth of its time again.
    fn left(&self, now: i64, usual: Duration) -> Duration {
        match self.state {
            State::Waiting => usual,
            State::Since(at) => {
                let elapsed = Duration::from_millis(u64::try_from(now - at).unwrap_or_default());
                usual.checked_sub(elapsed).unwrap_or_default().max(elapsed / 10)
            }
            State::Done => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use purlin_template::Template;

    /// `Service` (119 s) waits for `Listener` (5 s), which waits for `Balancer` (116 s); `Table` stands alone (15 s).
    fn template() -> Template {
        Template::parse(
            "
Resources:
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  Listener: {Type: AWS::ElasticLoadBalancingV2::Listener, Properties: {LoadBalancerArn: !Ref Balancer}}
  Service: {Type: AWS::ECS::Service, DependsOn: Listener}
  Table: {Type: AWS::DynamoDB::Table}
",
        )
        .unwrap()
    }

    fn change(logical_id: &str, action: Action, replacement: Replacement) -> Change {
        let resource_type = template().resources()[logical_id].kind.clone();
        Change { logical_id: logical_id.into(), resource_type, action, replacement, ..Change::default() }
    }

    fn path(changes: &[Change]) -> Path {
        Path::of_changes(changes, template().graph(), &Durations::published())
    }

    fn add(logical_id: &str) -> Change {
        change(logical_id, Action::Add, Replacement::No)
    }

    #[test]
    fn the_remaining_time_follows_the_critical_path() {
        let modify = |id: &str| change(id, Action::Modify, Replacement::No);
        let replace = |id: &str| change(id, Action::Modify, Replacement::Yes);
        let remove = |id: &str| change(id, Action::Remove, Replacement::No);
        let cases: [(&[Change], u64); 6] = [
            (&[add("Balancer"), add("Listener"), add("Service"), add("Table")], 116 + 5 + 119),
            (&[modify("Balancer"), modify("Service")], 2 + 71),
            (&[modify("Table"), modify("Service")], 71),
            (&[replace("Table")], 15 + 7),
            (&[remove("Balancer"), add("Table")], 15 + 58),
            (&[], 0),
        ];
        for (changes, expected) in cases {
            let left = path(changes).left(0);
            assert_eq!(left.middle.as_secs(), expected, "{changes:?}");
            assert!(left.quick <= left.middle && left.middle <= left.slow);
        }
    }

    #[test]
    fn the_resource_on_the_critical_path_is_named() {
        let mut path = path(&[add("Balancer"), add("Listener"), add("Service"), add("Table")]);
        let usual = Usual::default();
        assert_eq!(path.left(0).waiting_on, None, "nothing began");
        path.begin("Balancer", "", usual, false, 0);
        path.begin("Table", "", usual, false, 0);
        let left = path.left(100_000);
        assert_eq!(left.waiting_on.unwrap().0, "Balancer");
        assert_eq!(left.middle.as_secs(), 16 + 5 + 119);
        path.end("Balancer", false);
        path.end("Table", false);
        path.begin("Listener", "", usual, false, 110_000);
        assert_eq!(path.left(110_000).waiting_on.unwrap().0, "Listener");
        assert_eq!(path.count(), (2, 4));
        path.end("Listener", false);
        path.begin("Service", "", usual, false, 120_000);
        assert_eq!(path.left(720_000).middle.as_secs(), 60, "a task that takes longer than usual needs more time");
    }

    #[test]
    fn a_deletion_has_the_reverse_order() {
        let template = template();
        let resources = template.resources().iter().map(|(id, it)| (id.as_str(), it.kind.as_str()));
        let mut path = Path::of_deletion(resources, template.graph(), &Durations::published());
        assert_eq!(path.left(0).middle.as_secs(), 59 + 2 + 58);
        path.begin("Service", "", Usual::default(), false, 0);
        assert_eq!(path.left(1_000).waiting_on.unwrap().0, "Service");
    }

    #[test]
    fn a_resource_outside_the_plan_is_added() {
        let mut path = Path::default();
        let usual =
            Usual { quick: Duration::from_secs(1), middle: Duration::from_secs(2), slow: Duration::from_secs(3) };
        path.begin("New", "AWS::SNS::Topic", usual, false, 0);
        assert_eq!((path.left(0).middle, path.count()), (Duration::from_secs(2), (0, 1)));
        path.end("New", false);
        assert_eq!((path.left(0).middle, path.count()), (Duration::ZERO, (1, 1)));
    }
}
