//! Verifies that services run the revision of their stack: ECS may roll a service back while CloudFormation reports
//! success (containers-roadmap#1369).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use purlin_diagnosis::{StackEvent, StackResource, Status};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::ecs::look::{Client, Service};
use super::ecs::revision;
use crate::clock::Backoff;
use crate::error::DeployError;
use crate::session::Session;

/// A service that does not run its stack's task definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The logical id.
    pub(crate) logical_id: String,
    /// The physical id.
    pub(crate) physical_id: String,
    /// The problem, for the user.
    pub(crate) problem: String,
}

/// A service of a stack and its task definition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    logical_id: String,
    /// The service's ARN.
    service: String,
    /// The task definition's ARN, if the template has it.
    task_definition: Option<String>,
}

/// Time limit for a service to be stable after CloudFormation reports success.
const LAG: Duration = Duration::from_mins(1);

/// The logical ids of the services that an operation created or updated. Only these are verified.
pub(crate) fn services_in(events: &[StackEvent], stack_id: &str) -> BTreeSet<String> {
    let is_done = |event: &&StackEvent| {
        event.resource_type == super::ecs::TYPE
            && event.stack_id == stack_id
            && matches!(event.status, Status::CreateComplete | Status::UpdateComplete)
    };
    events.iter().filter(is_done).map(|event| event.logical_id.clone()).collect()
}

/// The services that do not run their stack's task definition. Services that cannot be read are left out.
pub(crate) async fn verify(
    session: &Session,
    template: &Value,
    resources: &[StackResource],
    touched: &BTreeSet<String>,
) -> Vec<Mismatch> {
    let physical = |it: &StackResource| Some((it.logical_id.clone(), it.physical_id.clone()?));
    let resources = resources.iter().filter_map(physical).collect();
    let mut found = Vec::new();
    for expected in expected(template, &resources).into_iter().filter(|it| touched.contains(&it.logical_id)) {
        if let Ok(Some(problem)) = check(session, &expected).await {
            found.push(Mismatch { logical_id: expected.logical_id, physical_id: expected.service, problem });
        }
    }
    found
}

/// The existing services of a template, with the expected revisions.
fn expected(template: &Value, resources: &BTreeMap<String, String>) -> Vec<Expected> {
    let declared = template["Resources"].as_object().into_iter().flatten();
    let services = declared.filter(|(_, resource)| resource["Type"] == super::ecs::TYPE);
    services
        .filter_map(|(id, resource)| {
            let task_definition = match &resource["Properties"]["TaskDefinition"] {
                Value::String(text) => Some(text.clone()),
                reference => reference["Ref"].as_str().and_then(|id| resources.get(id)).cloned(),
            };
            Some(Expected { logical_id: id.clone(), service: resources.get(id)?.clone(), task_definition })
        })
        .collect()
}

/// Checks repeatedly until the service is stable, with a time limit.
async fn check(session: &Session, expected: &Expected) -> Result<Option<String>, DeployError> {
    let client = Client::on(session, &expected.service);
    let clock = session.clock();
    let mut backoff = Backoff::new(clock.span(Duration::from_secs(3)), clock.span(Duration::from_secs(10)));
    let deadline = Instant::now() + clock.span(LAG);
    loop {
        let Some(service) = client.service().await? else { return Ok(None) };
        let verdict = judge(&service, expected.task_definition.as_deref());
        match verdict {
            Verdict::Right => return Ok(None),
            // An emulator runs no tasks: services neither become stable nor roll back.
            Verdict::NotYet(_) if session.is_local() => return Ok(None),
            Verdict::Wrong(_) if session.is_local() && reason(&service).is_none() => return Ok(None),
            Verdict::Wrong(problem) => return Ok(Some(problem)),
            Verdict::NotYet(problem) if Instant::now() >= deadline => return Ok(Some(problem)),
            Verdict::NotYet(_) => sleep(backoff.wait()).await,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    NotYet(String),
    Wrong(String),
}

fn judge(service: &Service, expected: Option<&str>) -> Verdict {
    // Without a primary deployment, another deployment controller than ECS is used.
    let Some(now) = service.deployments.iter().find(|it| it.is_primary) else { return Verdict::Right };
    let runs = revision(&now.task_definition);
    let start = format!("CloudFormation reports success, but service `{}`", service.name);
    let why = reason(service).map(|why| format!(" because {why}")).unwrap_or_default();
    if let Some(expected) = expected.map(revision)
        && !is_same(runs, expected)
    {
        return Verdict::Wrong(format!("{start} runs `{runs}` instead of `{expected}`{why}"));
    }
    match now.rollout.as_str() {
        "FAILED" => Verdict::Wrong(format!("{start} failed to run `{runs}`{why}")),
        "IN_PROGRESS" => Verdict::NotYet(format!(
            "{start} is still deploying `{runs}`: {} of {} tasks run",
            now.running, now.desired
        )),
        _ => Verdict::Right,
    }
}

/// A family without a revision means its newest revision, which is unknown here.
fn is_same(runs: &str, expected: &str) -> bool {
    runs == expected || (!expected.contains(':') && runs.split(':').next() == Some(expected))
}

/// ECS's reason for a failed deployment.
fn reason(service: &Service) -> Option<String> {
    let failed = service.deployments.iter().find(|it| it.rollout == "FAILED");
    let rollout_reason = failed.and_then(|it| it.rollout_reason.clone());
    let start = format!("(service {}) ", service.name);
    let from_events = || {
        let words = ["deployment failed", "rolling back", "unable to"];
        let remark = service.events.iter().find(|it| words.iter().any(|word| it.text.contains(word)))?;
        Some(format!("the service {}", remark.text.strip_prefix(&start).unwrap_or(&remark.text)))
    };
    rollout_reason.or_else(from_events).map(|text| text.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ecs::look::{Deployment, Remark};
    use super::*;

    fn service(deployments: &[(bool, &str, &str, Option<&str>)], remark: &str) -> Service {
        let deployment = |(is_primary, definition, rollout, reason): &(bool, &str, &str, Option<&str>)| Deployment {
            is_primary: *is_primary,
            task_definition: format!("arn:aws:ecs:eu-west-1:1:task-definition/{definition}"),
            rollout: (*rollout).into(),
            rollout_reason: reason.map(str::to_owned),
            desired: 2,
            ..Deployment::default()
        };
        Service {
            name: "web".into(),
            deployments: deployments.iter().map(deployment).collect(),
            events: vec![Remark { text: remark.into(), ..Remark::default() }],
            ..Service::default()
        }
    }

    #[test]
    fn the_running_revision_is_compared_with_the_expected_one() {
        let new = "arn:aws:ecs:eu-west-1:1:task-definition/web:42";
        let breaker = "ECS deployment circuit breaker: tasks failed to start.";
        let failed = "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.";
        let cases = [
            (service(&[(true, "web:42", "COMPLETED", None)], ""), Some(new), "Right"),
            (service(&[(true, "web:42", "", None)], ""), Some(new), "Right"),
            (service(&[(true, "web:42", "COMPLETED", None)], ""), Some("web"), "Right"),
            (service(&[(true, "web:42", "COMPLETED", None)], ""), None, "Right"),
            (service(&[], ""), Some(new), "Right"),
            (
                service(&[(true, "web:42", "IN_PROGRESS", None)], ""),
                Some(new),
                "NotYet(\"CloudFormation reports success",
            ),
            (
                service(&[(true, "web:42", "FAILED", Some(breaker))], ""),
                Some(new),
                "failed to run `web:42` because ECS deployment circuit breaker: tasks failed to start\")",
            ),
            (
                service(&[(true, "web:41", "IN_PROGRESS", None), (false, "web:42", "FAILED", Some(breaker))], ""),
                Some(new),
                "runs `web:41` instead of `web:42` because ECS deployment circuit breaker: tasks failed to start\")",
            ),
            (
                service(&[(true, "web:41", "COMPLETED", None)], failed),
                Some(new),
                "runs `web:41` instead of `web:42` because the service (deployment ecs-svc/2) deployment failed",
            ),
        ];
        for (service, expected, verdict) in cases {
            let found = format!("{:?}", judge(&service, expected));
            assert!(found.contains(verdict), "{found} is not {verdict}");
        }
    }

    #[test]
    fn the_expected_revision_is_that_of_the_stack() {
        let template = json!({"Resources": {
            "Task": {"Type": "AWS::ECS::TaskDefinition"},
            "Web": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "Task"}}},
            "Api": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": "api:3"}},
            "Off": {"Type": "AWS::ECS::Service", "Condition": "Never", "Properties": {}},
        }});
        let resources = [("Task", "td/web:42"), ("Web", "arn:web"), ("Api", "arn:api")];
        let resources = resources.map(|(id, physical)| (id.to_owned(), physical.to_owned())).into();
        let found = expected(&template, &resources);
        let found: Vec<_> = found.iter().map(|it| (it.service.as_str(), it.task_definition.as_deref())).collect();
        assert_eq!(found, [("arn:web", Some("td/web:42")), ("arn:api", Some("api:3"))]);
    }
}
