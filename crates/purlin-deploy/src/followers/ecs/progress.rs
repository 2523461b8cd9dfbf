//! What changes from look to look at a service, and when there is no more hope.

use std::collections::BTreeSet;

use super::health::Target;
use super::look::{Client, Deployment, Service};
use super::reasons::{Kind, meaning};
use super::stops::{Group, Stops, normal, short};
use crate::error::DeployError;
use crate::followers::Unrecoverable;
use crate::options::FailFast;

/// How many remarks of the scheduler are kept.
const REMARKS: usize = 5;

/// Parts of what the scheduler says when something is wrong.
const BAD_WORDS: &[&str] = &["unable", "fail", "unhealthy", "rolling back", "error", "alarm", "throttl", "missing"];

/// What is new.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) facts: Vec<String>,
    pub(super) verdict: Option<Unrecoverable>,
}

/// What is known of the deployment that a service is in.
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
    troubles: BTreeSet<String>,
    /// What may not be looked at, said once each.
    denied: BTreeSet<String>,
}

impl Progress {
    pub(super) fn new(limits: FailFast) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Looks, and tells what is new.
    pub(super) async fn look(&mut self, client: &mut Client, is_late: bool) -> Result<Option<Seen>, DeployError> {
        let Some(service) = client.service().await? else { return Ok(None) };
        let Some(now) = subject(&service.deployments) else { return Ok(None) };
        // The end of a deployment that failed is known; what comes after it is the way back.
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
        let mut text = self.tell_status(&service, now);
        text.extend(self.tell_remarks(&service, now));
        text.extend(self.tell_stops(client).await?);
        text.extend(self.tell_targets(client, &service, now).await);
        let verdict = self.judge(client, now, is_late).await;
        if text.is_empty() && verdict.is_none() {
            return Ok(None);
        }
        Ok(Some(Seen { text: text.join("\n"), facts: self.facts(), verdict }))
    }

    fn tell_status(&mut self, service: &Service, now: &Deployment) -> Vec<String> {
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
            status = format!("{status}; ECS gave the deployment up: {reason}");
            if let Some(other) = service.deployments.iter().find(|it| it.is_primary && it.id != now.id) {
                status = format!("{status}; the service goes back to `{}`", revision(&other.task_definition));
            }
        }
        if status == self.status {
            return Vec::new();
        }
        self.status.clone_from(&status);
        vec![status]
    }

    /// What the scheduler says when something is wrong, each kind of remark once.
    fn tell_remarks(&mut self, service: &Service, now: &Deployment) -> Vec<String> {
        let mut fresh = Vec::new();
        // The newest comes first.
        for remark in service.events.iter().rev().filter(|it| it.at >= now.created_at) {
            let start = format!("(service {}) ", service.name);
            let said = remark.text.strip_prefix(&start).unwrap_or(&remark.text);
            let lower = said.to_ascii_lowercase();
            if !BAD_WORDS.iter().any(|bad| lower.contains(bad)) || !self.remarked.insert(normal(said)) {
                continue;
            }
            let told = match meaning(said) {
                Some(known) => format!("the service {}\n  {}", short(said), known.means),
                None => format!("the service {}", short(said)),
            };
            fresh.push(told.clone());
            self.remarks.push(told);
        }
        let surplus = self.remarks.len().saturating_sub(REMARKS);
        self.remarks.drain(..surplus);
        fresh
    }

    async fn tell_stops(&mut self, client: &mut Client) -> Result<Vec<String>, DeployError> {
        let unseen = self.stops.unseen(client.tasks(true).await?);
        for task in client.describe(&unseen).await? {
            self.stops.take(task, &self.deployment);
        }
        let mut told = Vec::new();
        for group in self.stops.grown() {
            if group.log.is_some() {
                told.push(group.headline());
                continue;
            }
            group.log = Some(last_lines(client, group).await);
            told.extend(group.lines());
        }
        Ok(told)
    }

    /// Who may not see the load balancer still sees the tasks.
    async fn tell_targets(&mut self, client: &mut Client, service: &Service, now: &Deployment) -> Vec<String> {
        self.targets.clear();
        let mut troubles = BTreeSet::new();
        let groups: &[String] = if now.rollout == "IN_PROGRESS" { &service.target_groups } else { &[] };
        for group in groups {
            match targets(client, group).await {
                Ok((targets, found)) => {
                    self.targets.extend(targets);
                    troubles.extend(found);
                }
                Err(error) if error.is_denied() && self.denied.insert(group.clone()) => {
                    return vec![format!("cannot look at the health of the targets: {error}")];
                }
                Err(_) => {}
            }
        }
        let fresh = troubles.iter().filter(|it| !self.troubles.contains(*it)).cloned().collect();
        // A task that fails its checks is replaced by one that has not yet: what was seen stays.
        self.troubles.extend(troubles);
        fresh
    }

    /// Whether waiting still makes sense.
    async fn judge(&mut self, client: &Client, now: &Deployment, is_late: bool) -> Option<Unrecoverable> {
        if self.is_judged || now.rollout != "IN_PROGRESS" {
            return None;
        }
        let what = revision(&now.task_definition);
        let limit = self.limits.same_reasons.filter(|limit| *limit > 0);
        let worst = self.stops.groups().into_iter().find(|group| group.is_telling);
        let reason = match (limit, worst) {
            (Some(limit), Some(group)) if group.count >= limit && !self.has_a_healthy_one(client, now, group).await => {
                let why = group.headline();
                let why = why.split_once(": ").map_or(why.as_str(), |(_, why)| why);
                format!("{} tasks of `{what}` stopped for the same reason and none is healthy: {why}", group.count)
            }
            _ if is_late => {
                let why = worst.map(|group| format!("; {}", group.headline())).unwrap_or_default();
                format!("`{what}` did not settle in time: {} of {} tasks run{why}", now.running, now.desired)
            }
            _ => return None,
        };
        self.is_judged = true;
        Some(Unrecoverable { reason })
    }

    /// Whether a task of the deployment is well, as far as can be seen. In doubt one is.
    async fn has_a_healthy_one(&self, client: &Client, now: &Deployment, group: &Group) -> bool {
        let running = match client.tasks(false).await {
            Ok(arns) => client.describe(&arns).await,
            Err(error) => Err(error),
        };
        let Ok(running) = running else {
            return now.running > 0;
        };
        let mine = running.iter().filter(|task| task.started_by == now.id && task.last_status == "RUNNING");
        mine.into_iter().any(|task| {
            let target = self.targets.iter().find(|target| Some(&target.address) == task.address.as_ref());
            match (task.health.as_str(), target) {
                ("UNHEALTHY", _) => false,
                (_, Some(target)) => target.is_healthy(),
                ("HEALTHY", None) => true,
                // Without checks, one that runs for longer than the others ever did.
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
        facts.extend(self.troubles.iter().cloned());
        facts.extend(self.remarks.iter().cloned());
        facts
    }
}

/// The deployment that matters: the newest, or the one that ECS gave up and is going back from.
fn subject(deployments: &[Deployment]) -> Option<&Deployment> {
    let primary = deployments.iter().find(|it| it.is_primary)?;
    let given_up = deployments.iter().filter(|it| it.rollout == "FAILED" && it.created_at < primary.created_at);
    match given_up.max_by_key(|it| it.created_at) {
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
    let troubles = targets.iter().filter_map(|target| target.trouble(&check)).collect();
    Ok((targets, troubles))
}

/// A container that never ran wrote nothing.
async fn last_lines(client: &mut Client, group: &Group) -> Vec<String> {
    let Some(container) = group.container.as_deref().filter(|_| group.kind == Kind::Program) else {
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
    fn a_deployment_that_was_given_up_matters_more_than_the_way_back() {
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
