//! Reports the progress of a service's deployment, and decides whether it is unrecoverable.

use std::collections::BTreeSet;

use purlin_diagnosis::hints::{TaskSubject, of_task};

use super::health::Target;
use super::look::{Client, Deployment, Service};
use super::stops::{Group, Stops, normal, short};
use crate::error::DeployError;
use crate::followers::Unrecoverable;
use crate::options::FailFast;

/// Maximum number of the scheduler's events in the facts.
const REMARKS: usize = 5;

/// Words in the scheduler's events about a problem.
const BAD_WORDS: &[&str] = &["unable", "fail", "unhealthy", "rolling back", "error", "alarm", "throttl", "missing"];

/// What is new.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) facts: Vec<String>,
    pub(super) verdict: Option<Unrecoverable>,
}

/// The state of a service's deployment.
#[derive(Default)]
pub(super) struct Progress {
    limits: FailFast,
    /// The id of the deployment.
    deployment: String,
    status: String,
    is_under_way: bool,
    has_failed: bool,
    is_judged: bool,
    stops: Stops,
    remarks: Vec<String>,
    remarked: BTreeSet<String>,
    targets: Vec<Target>,
    problems: BTreeSet<String>,
    /// Target groups that may not be read; reported once each.
    denied: BTreeSet<String>,
}

impl Progress {
    pub(super) fn new(limits: FailFast) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Reads the service, and returns what is new.
    pub(super) async fn look(&mut self, client: &mut Client, is_late: bool) -> Result<Option<Seen>, DeployError> {
        let Some(service) = client.service().await? else { return Ok(None) };
        let Some(now) = subject(&service.deployments) else { return Ok(None) };
        // After a failed deployment comes ECS's rollback, which is not followed.
        if self.has_failed && self.deployment != now.id {
            return Ok(None);
        }
        if self.deployment != now.id {
            *self = Self { deployment: now.id.clone(), ..Self::new(self.limits) };
        }
        if now.rollout != "IN_PROGRESS" && now.rollout != "FAILED" && !self.is_under_way {
            return Ok(None);
        }
        self.is_under_way = true;
        self.has_failed |= now.rollout == "FAILED";
        let mut text = self.report_status(&service, now);
        text.extend(self.report_remarks(&service, now));
        text.extend(self.report_stops(client).await?);
        text.extend(self.report_targets(client, &service, now).await);
        let verdict = self.judge(client, now, is_late).await;
        if text.is_empty() && verdict.is_none() {
            return Ok(None);
        }
        Ok(Some(Seen { text: text.join("\n"), facts: self.facts(), verdict }))
    }

    fn report_status(&mut self, service: &Service, now: &Deployment) -> Vec<String> {
        let mut parts =
            vec![format!("`{}`: {} of {} tasks run", revision(&now.task_definition), now.running, now.desired)];
        if now.pending > 0 {
            parts.push(format!("{} starting", now.pending));
        }
        if now.failed > 0 {
            parts.push(format!("{} failed", now.failed));
        }
        let mut status = parts.join(", ");
        if now.rollout == "FAILED" {
            let reason = now.rollout_reason.as_deref().unwrap_or("AWS gives no reason").trim_end_matches('.');
            status = format!("{status}; the ECS deployment failed: {reason}");
            if let Some(other) = service.deployments.iter().find(|it| it.is_primary && it.id != now.id) {
                status = format!("{status}; the service rolls back to `{}`", revision(&other.task_definition));
            }
        }
        if status == self.status {
            return Vec::new();
        }
        self.status.clone_from(&status);
        vec![status]
    }

    /// Reports the scheduler's events about problems, each kind once.
    fn report_remarks(&mut self, service: &Service, now: &Deployment) -> Vec<String> {
        let mut fresh = Vec::new();
        // The newest event is the first.
        for remark in service.events.iter().rev().filter(|it| it.at >= now.created_at) {
            let start = format!("(service {}) ", service.name);
            let message = remark.text.strip_prefix(&start).unwrap_or(&remark.text);
            let lower = message.to_ascii_lowercase();
            if !BAD_WORDS.iter().any(|bad| lower.contains(bad)) || !self.remarked.insert(normal(message)) {
                continue;
            }
            let text = match of_task(message) {
                Some(known) => format!("the service {}\n  {}", short(message), known.means),
                None => format!("the service {}", short(message)),
            };
            fresh.push(text.clone());
            self.remarks.push(text);
        }
        let surplus = self.remarks.len().saturating_sub(REMARKS);
        self.remarks.drain(..surplus);
        fresh
    }

    async fn report_stops(&mut self, client: &mut Client) -> Result<Vec<String>, DeployError> {
        let unseen = self.stops.unseen(client.tasks(true).await?);
        for task in client.describe(&unseen).await? {
            self.stops.add(task, &self.deployment);
        }
        let mut lines = Vec::new();
        for group in self.stops.grown() {
            if group.log.is_some() {
                lines.push(group.headline());
                continue;
            }
            group.log = Some(last_lines(client, group).await);
            lines.extend(group.lines());
        }
        Ok(lines)
    }

    /// Reports problems of targets. Without permission for the load balancer, it reports this once.
    async fn report_targets(&mut self, client: &mut Client, service: &Service, now: &Deployment) -> Vec<String> {
        self.targets.clear();
        let mut problems = BTreeSet::new();
        let groups: &[String] = if now.rollout == "IN_PROGRESS" { &service.target_groups } else { &[] };
        for group in groups {
            match targets(client, group).await {
                Ok((targets, found)) => {
                    self.targets.extend(targets);
                    problems.extend(found);
                }
                Err(error) if error.is_denied() && self.denied.insert(group.clone()) => {
                    return vec![format!("cannot read the health of the targets: {error}")];
                }
                Err(_) => {}
            }
        }
        let fresh = problems.iter().filter(|it| !self.problems.contains(*it)).cloned().collect();
        // A task that fails its checks is replaced by a new one: earlier problems are kept.
        self.problems.extend(problems);
        fresh
    }

    /// Decides whether the deployment is unrecoverable.
    async fn judge(&mut self, client: &Client, now: &Deployment, is_late: bool) -> Option<Unrecoverable> {
        if self.is_judged || now.rollout != "IN_PROGRESS" {
            return None;
        }
        let what = revision(&now.task_definition);
        let limit = self.limits.same_reasons.filter(|limit| *limit > 0);
        let worst = self.stops.groups().into_iter().find(|group| group.is_repeatable);
        let reason = match (limit, worst) {
            (Some(limit), Some(group)) if group.count >= limit && !self.has_a_healthy_one(client, now, group).await => {
                let why = group.headline();
                let why = why.split_once(": ").map_or(why.as_str(), |(_, why)| why);
                format!("{} tasks of `{what}` stopped for the same reason and none is healthy: {why}", group.count)
            }
            _ if is_late => {
                let why = worst.map(|group| format!("; {}", group.headline())).unwrap_or_default();
                format!("`{what}` was not stable in time: {} of {} tasks run{why}", now.running, now.desired)
            }
            _ => return None,
        };
        self.is_judged = true;
        Some(Unrecoverable { reason })
    }

    /// Whether a task of the deployment is healthy; true in doubt.
    async fn has_a_healthy_one(&self, client: &Client, now: &Deployment, group: &Group) -> bool {
        let running = match client.tasks(false).await {
            Ok(arns) => client.describe(&arns).await,
            Err(error) => Err(error),
        };
        let Ok(running) = running else {
            return now.running > 0;
        };
        let of_deployment = running.iter().filter(|task| task.started_by == now.id && task.last_status == "RUNNING");
        of_deployment.into_iter().any(|task| {
            let target = self.targets.iter().find(|target| Some(&target.address) == task.address.as_ref());
            match (task.health.as_str(), target) {
                ("UNHEALTHY", _) => false,
                (_, Some(target)) => target.is_healthy(),
                ("HEALTHY", None) => true,
                // Without health checks, a task is healthy if it runs longer than all stopped ones did.
                _ => match (task.started_at, group.task.stopped_at) {
                    (Some(started), Some(stopped)) => stopped - started > group.longest_life,
                    _ => true,
                },
            }
        })
    }

    fn facts(&self) -> Vec<String> {
        let mut facts = vec![self.status.clone()];
        facts.extend(self.stops.groups().iter().map(|group| group.lines().join("\n")));
        facts.extend(self.problems.iter().cloned());
        facts.extend(self.remarks.iter().cloned());
        facts
    }
}

/// The deployment to report: the newest, or the failed one that ECS rolls back from.
fn subject(deployments: &[Deployment]) -> Option<&Deployment> {
    let primary = deployments.iter().find(|it| it.is_primary)?;
    let failed_before = deployments.iter().filter(|it| it.rollout == "FAILED" && it.created_at < primary.created_at);
    match failed_before.max_by_key(|it| it.created_at) {
        Some(failed) if primary.rollout == "IN_PROGRESS" => Some(failed),
        _ => Some(primary),
    }
}

/// Such as `web:42`.
pub(crate) fn revision(definition: &str) -> &str {
    definition.rsplit('/').next().unwrap_or(definition)
}

async fn targets(client: &mut Client, group: &str) -> Result<(Vec<Target>, BTreeSet<String>), DeployError> {
    let targets = client.targets(group).await?;
    let check = client.check(group).await.unwrap_or_default();
    let problems = targets.iter().filter_map(|target| target.problem(&check)).collect();
    Ok((targets, problems))
}

/// The last log lines of a group's container; none if the container never ran.
async fn last_lines(client: &mut Client, group: &Group) -> Vec<String> {
    let Some(container) = group.container.as_deref().filter(|_| group.subject == TaskSubject::Program) else {
        return Vec::new();
    };
    match client.last_lines(&group.task, container).await {
        Ok(lines) => lines,
        Err(error) => vec![format!("(the log cannot be read: {error})")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failed_deployment_is_reported_not_its_rollback() {
        let deployment = |id: &str, is_primary: bool, rollout: &str, created_at: i64| Deployment {
            id: id.into(),
            is_primary,
            rollout: rollout.into(),
            created_at,
            ..Deployment::default()
        };
        let cases = [
            (vec![deployment("new", true, "IN_PROGRESS", 2), deployment("old", false, "COMPLETED", 1)], Some("new")),
            (vec![deployment("back", true, "IN_PROGRESS", 3), deployment("new", false, "FAILED", 2)], Some("new")),
            (vec![deployment("back", true, "COMPLETED", 3), deployment("new", false, "FAILED", 2)], Some("back")),
            (vec![deployment("new", true, "FAILED", 2), deployment("old", false, "COMPLETED", 1)], Some("new")),
            (vec![deployment("next", true, "IN_PROGRESS", 1), deployment("odd", false, "FAILED", 2)], Some("next")),
            (vec![], None),
        ];
        for (deployments, expected) in cases {
            assert_eq!(subject(&deployments).map(|it| it.id.as_str()), expected, "{deployments:?}");
        }
    }
}
