//! Reads a service, its tasks and targets from ECS and the load balancer, as plain types.

use std::collections::BTreeMap;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types as sdk;
use aws_sdk_elasticloadbalancingv2::types as elb;
use purlin_diagnosis::redact;

use super::health::{Check, Target};
use crate::aws::Named;
use crate::error::DeployError;
use crate::session::Session;

/// Number of log lines to show.
const LAST_LINES: i32 = 20;

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) deployments: Vec<Deployment>,
    /// Newest first.
    pub(crate) events: Vec<Remark>,
    pub(crate) target_groups: Vec<String>,
}

/// One deployment of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) is_primary: bool,
    pub(crate) task_definition: String,
    pub(crate) desired: i32,
    pub(crate) running: i32,
    pub(crate) pending: i32,
    pub(crate) failed: i32,
    /// Time in milliseconds since 1970.
    pub(crate) created_at: i64,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    pub(crate) rollout: String,
    pub(crate) rollout_reason: Option<String>,
}

/// An event of the service's scheduler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) id: String,
    /// Time in milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) text: String,
}

/// A task, usually a stopped one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) arn: String,
    /// The id of the deployment that started it.
    pub(crate) started_by: String,
    pub(crate) definition: String,
    pub(crate) last_status: String,
    pub(crate) health: String,
    pub(crate) stop_code: Option<String>,
    pub(crate) stopped_reason: Option<String>,
    /// Time in milliseconds since 1970.
    pub(crate) started_at: Option<i64>,
    /// Time in milliseconds since 1970.
    pub(crate) stopped_at: Option<i64>,
    /// Its IP address, which identifies it at the load balancer.
    pub(crate) address: Option<String>,
    pub(crate) containers: Vec<Container>,
}

/// A container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) exit_code: Option<i32>,
    pub(crate) reason: Option<String>,
}

/// The log group and streams of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogPlace {
    pub(crate) container: String,
    pub(crate) group: String,
    pub(crate) prefix: Option<String>,
    pub(crate) region: Option<String>,
}

/// A client for one service.
pub(crate) struct Client {
    session: Session,
    ecs: aws_sdk_ecs::Client,
    balancers: aws_sdk_elasticloadbalancingv2::Client,
    cluster: Option<String>,
    service: String,
    checks: BTreeMap<String, Check>,
    log_places: BTreeMap<String, Vec<LogPlace>>,
}

impl Client {
    /// For a service, by its ARN, or by its name in the default cluster.
    pub(crate) fn on(session: &Session, arn: &str) -> Self {
        Self {
            session: session.clone(),
            ecs: session.ecs(),
            balancers: session.elbv2(),
            cluster: cluster_in(arn),
            service: arn.to_owned(),
            checks: BTreeMap::new(),
            log_places: BTreeMap::new(),
        }
    }

    /// The service, if it exists.
    pub(crate) async fn service(&self) -> Result<Option<Service>, DeployError> {
        let call = self.ecs.describe_services().set_cluster(self.cluster.clone()).services(&self.service);
        let response = call.send().await.named("DescribeServices")?;
        Ok(response.services().first().map(service))
    }

    /// The ARNs of the service's running tasks, or of those that stopped within the last hour.
    pub(super) async fn tasks(&self, stopped: bool) -> Result<Vec<String>, DeployError> {
        let status = if stopped { sdk::DesiredStatus::Stopped } else { sdk::DesiredStatus::Running };
        let name = self.service.rsplit('/').next().unwrap_or_default();
        let call = self.ecs.list_tasks().set_cluster(self.cluster.clone()).service_name(name).desired_status(status);
        Ok(call.send().await.named("ListTasks")?.task_arns().to_vec())
    }

    /// The tasks, by their ARNs.
    pub(super) async fn describe(&self, tasks: &[String]) -> Result<Vec<Task>, DeployError> {
        let mut found = Vec::new();
        for some in tasks.chunks(100) {
            let call = self.ecs.describe_tasks().set_cluster(self.cluster.clone()).set_tasks(Some(some.to_vec()));
            found.extend(call.send().await.named("DescribeTasks")?.tasks().iter().map(task));
        }
        Ok(found)
    }

    /// The targets of a group.
    pub(super) async fn targets(&self, group: &str) -> Result<Vec<Target>, DeployError> {
        let response = self.balancers.describe_target_health().target_group_arn(group).send().await;
        let response = response.named("DescribeTargetHealth")?;
        Ok(response.target_health_descriptions().iter().filter_map(target).collect())
    }

    /// The health check of a target group, read once.
    pub(super) async fn check(&mut self, group: &str) -> Result<Check, DeployError> {
        if let Some(known) = self.checks.get(group) {
            return Ok(known.clone());
        }
        let response = self.balancers.describe_target_groups().target_group_arns(group).send().await;
        let response = response.named("DescribeTargetGroups")?;
        let found = response.target_groups().first().map(check).unwrap_or_default();
        self.checks.insert(group.to_owned(), found.clone());
        Ok(found)
    }

    /// The last log lines of a task's container, with secrets redacted.
    pub(super) async fn last_lines(&mut self, task: &Task, container: &str) -> Result<Vec<String>, DeployError> {
        let places = self.log_places(&task.definition).await?;
        let Some(place) = places.into_iter().find(|place| place.container == container) else {
            return Ok(Vec::new());
        };
        let Some(prefix) = place.prefix else {
            return Ok(Vec::new());
        };
        let id = task.arn.rsplit('/').next().unwrap_or_default();
        let logs = self.session.in_region(place.region.as_deref()).cloudwatch_logs();
        let call = logs.get_log_events().log_group_name(place.group).limit(LAST_LINES).start_from_head(false);
        let response = call.log_stream_name(format!("{prefix}/{container}/{id}")).send().await.named("GetLogEvents")?;
        Ok(response.events().iter().filter_map(|event| event.message()).map(|line| redact(line.trim_end())).collect())
    }

    async fn log_places(&mut self, definition: &str) -> Result<Vec<LogPlace>, DeployError> {
        if let Some(known) = self.log_places.get(definition) {
            return Ok(known.clone());
        }
        let found = log_places(&self.ecs, definition).await?;
        self.log_places.insert(definition.to_owned(), found.clone());
        Ok(found)
    }
}

/// The log groups of a task definition's containers that write to CloudWatch Logs.
pub(crate) async fn log_places(ecs: &aws_sdk_ecs::Client, definition: &str) -> Result<Vec<LogPlace>, DeployError> {
    let response = ecs.describe_task_definition().task_definition(definition).send().await;
    let response = response.named("DescribeTaskDefinition")?;
    let containers = response.task_definition().map(sdk::TaskDefinition::container_definitions).unwrap_or_default();
    Ok(containers.iter().filter_map(log_place).collect())
}

/// The cluster in a service's ARN; `None` for old ARNs, which mean the default cluster.
fn cluster_in(arn: &str) -> Option<String> {
    let mut parts = arn.split(":service/").nth(1)?.split('/');
    let cluster = parts.next()?;
    parts.next().map(|_| cluster.to_owned())
}

fn millis(time: &DateTime) -> i64 {
    time.to_millis().unwrap_or_default()
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn service(service: &sdk::Service) -> Service {
    Service {
        name: text(service.service_name()),
        deployments: service.deployments().iter().map(deployment).collect(),
        events: service
            .events()
            .iter()
            .map(|event| Remark {
                id: text(event.id()),
                at: event.created_at().map(millis).unwrap_or_default(),
                text: text(event.message()),
            })
            .collect(),
        target_groups: service
            .load_balancers()
            .iter()
            .filter_map(|it| it.target_group_arn())
            .map(str::to_owned)
            .collect(),
    }
}

fn deployment(deployment: &sdk::Deployment) -> Deployment {
    Deployment {
        id: text(deployment.id()),
        is_primary: deployment.status() == Some("PRIMARY"),
        task_definition: text(deployment.task_definition()),
        desired: deployment.desired_count(),
        running: deployment.running_count(),
        pending: deployment.pending_count(),
        failed: deployment.failed_tasks(),
        created_at: deployment.created_at().map(millis).unwrap_or_default(),
        rollout: deployment.rollout_state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        rollout_reason: deployment.rollout_state_reason().map(str::to_owned),
    }
}

fn task(task: &sdk::Task) -> Task {
    let address =
        task.attachments().iter().flat_map(sdk::Attachment::details).find(|it| it.name() == Some("privateIPv4Address"));
    Task {
        arn: text(task.task_arn()),
        started_by: text(task.started_by()),
        definition: text(task.task_definition_arn()),
        last_status: text(task.last_status()),
        health: task.health_status().map(|health| health.as_str().to_owned()).unwrap_or_default(),
        stop_code: task.stop_code().map(|code| code.as_str().to_owned()),
        stopped_reason: task.stopped_reason().map(str::to_owned),
        started_at: task.started_at().map(millis),
        stopped_at: task.stopped_at().or(task.stopping_at()).map(millis),
        address: address.and_then(|it| it.value()).map(str::to_owned),
        containers: task
            .containers()
            .iter()
            .map(|it| Container {
                name: text(it.name()),
                exit_code: it.exit_code(),
                reason: it.reason().map(str::to_owned),
            })
            .collect(),
    }
}

fn target(description: &elb::TargetHealthDescription) -> Option<Target> {
    let health = description.target_health()?;
    Some(Target {
        address: text(description.target().and_then(|it| it.id())),
        port: description.target().and_then(elb::TargetDescription::port),
        state: health.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        reason: health.reason().map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        description: text(health.description()),
    })
}

fn check(group: &elb::TargetGroup) -> Check {
    Check {
        protocol: group.health_check_protocol().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        path: group.health_check_path().map(str::to_owned),
        port: group.health_check_port().filter(|port| *port != "traffic-port").map(str::to_owned),
        expected: group.matcher().and_then(|it| it.http_code().or(it.grpc_code())).map(str::to_owned),
        seconds: group.health_check_timeout_seconds(),
    }
}

fn log_place(container: &sdk::ContainerDefinition) -> Option<LogPlace> {
    let configuration = container.log_configuration().filter(|it| *it.log_driver() == sdk::LogDriver::Awslogs)?;
    let options = configuration.options()?;
    Some(LogPlace {
        container: text(container.name()),
        group: options.get("awslogs-group")?.clone(),
        prefix: options.get("awslogs-stream-prefix").cloned(),
        region: options.get("awslogs-region").cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::cluster_in;

    #[test]
    fn new_arns_have_the_cluster() {
        let cases = [
            ("arn:aws:ecs:eu-west-1:1:service/shop/web", Some("shop")),
            ("arn:aws:ecs:eu-west-1:1:service/web", None),
            ("web", None),
        ];
        for (arn, expected) in cases {
            assert_eq!(cluster_in(arn).as_deref(), expected, "{arn}");
        }
    }
}
