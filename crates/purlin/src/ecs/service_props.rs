//! The recipe of a service.

use core::time::Duration;
use std::borrow::Cow;

use purlin_construct::{IntoValue, Value};

use super::capacity::CapacityProviderStrategy;
use super::cluster::Cluster;
use super::deployment::{CircuitBreaker, Deployment, DeploymentAlarms, DeploymentController};
use super::task::FargateTaskDefinition;
use crate::ec2::{SecurityGroup, SubnetSelection};

/// The recipe of a [`FargateService`](super::FargateService).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct FargateServiceProps {
    pub(super) cluster: Cluster,
    pub(super) task: FargateTaskDefinition,
    pub(super) desired_count: Option<u32>,
    pub(super) deployment: Deployment,
    pub(super) platform_version: Option<FargatePlatformVersion>,
    pub(super) grace_period: Option<Duration>,
    pub(super) execute_command: bool,
    pub(super) public_ip: bool,
    pub(super) subnets: Option<SubnetSelection>,
    pub(super) security_groups: Vec<SecurityGroup>,
    pub(super) strategies: Vec<CapacityProviderStrategy>,
    pub(super) propagate_tags: Option<PropagatedTagSource>,
    pub(super) managed_tags: bool,
    pub(super) name: Option<Value<String>>,
    pub(super) zone_rebalancing: Option<AvailabilityZoneRebalancing>,
    pub(super) force_new_deployment: Option<String>,
}

/// A version of the platform that runs the tasks
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FargatePlatformVersion(Cow<'static, str>);

impl FargatePlatformVersion {
    /// The newest at the time of a deployment.
    pub const LATEST: Self = Self(Cow::Borrowed("LATEST"));
    /// 1.4.0, for Linux.
    pub const VERSION_1_4: Self = Self(Cow::Borrowed("1.4.0"));
    /// 1.3.0, for Linux.
    pub const VERSION_1_3: Self = Self(Cow::Borrowed("1.3.0"));
    /// 1.0.0, for Windows.
    pub const VERSION_1_0: Self = Self(Cow::Borrowed("1.0.0"));

    /// A version that is not among the constants.
    pub fn custom(version: impl Into<String>) -> Self {
        Self(Cow::Owned(version.into()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }
}

/// The source of the tags of a service's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropagatedTagSource {
    /// The service's.
    Service,
    /// The task definition's.
    TaskDefinition,
}

/// Whether ECS moves tasks to balance availability zones
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvailabilityZoneRebalancing {
    /// ECS starts a task in the zone with too few, then stops one in another.
    Enabled,
    /// Tasks stay in their zones.
    Disabled,
}

impl FargateServiceProps {
    pub(super) fn new(cluster: &Cluster, task: &FargateTaskDefinition) -> Self {
        Self {
            cluster: cluster.clone(),
            task: task.clone(),
            desired_count: None,
            deployment: Deployment::default(),
            platform_version: None,
            grace_period: None,
            execute_command: false,
            public_ip: false,
            subnets: None,
            security_groups: Vec::new(),
            strategies: Vec::new(),
            propagate_tags: None,
            managed_tags: false,
            name: None,
            zone_rebalancing: None,
            force_new_deployment: None,
        }
    }

    /// The number of tasks. Unless given it is one at creation, and deployments do not change it. For a service with
    /// auto scaling it is left out of the template.
    pub fn desired_count(self, count: u32) -> Self {
        Self { desired_count: Some(count), ..self }
    }

    fn with_deployment(mut self, change: impl FnOnce(&mut Deployment)) -> Self {
        change(&mut self.deployment);
        self
    }

    /// What happens when new tasks keep failing: the deployment fails and the service returns to the last successful one
    /// unless given.
    pub fn circuit_breaker(self, breaker: CircuitBreaker) -> Self {
        self.with_deployment(|deployment| deployment.breaker = Some(breaker))
    }

    /// The minimum of running tasks during a deployment, in percent: 100 unless given, so that new tasks are healthy
    /// before old ones are stopped.
    pub fn min_healthy_percent(self, percent: u32) -> Self {
        self.with_deployment(|deployment| deployment.min_healthy_percent = percent)
    }

    /// The maximum of running tasks during a deployment, in percent: 200 unless given, so that all are replaced together.
    pub fn max_percent(self, percent: u32) -> Self {
        self.with_deployment(|deployment| deployment.max_percent = percent)
    }

    /// Alarms that stop a deployment; none unless given.
    pub fn deployment_alarms(self, alarms: DeploymentAlarms) -> Self {
        self.with_deployment(|deployment| deployment.alarms = Some(alarms))
    }

    /// The controller that replaces the tasks: ECS unless given.
    pub fn deployment_controller(self, controller: DeploymentController) -> Self {
        self.with_deployment(|deployment| deployment.controller = Some(controller))
    }

    /// The version of the platform: the newest unless given.
    pub fn platform_version(self, version: FargatePlatformVersion) -> Self {
        Self { platform_version: Some(version), ..self }
    }

    /// The time after a task's start in which failed health checks do not count: 60 seconds behind a load balancer unless
    /// given.
    pub fn health_check_grace_period(self, period: Duration) -> Self {
        Self { grace_period: Some(period), ..self }
    }

    /// Operators may run commands in the containers by ECS Exec
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>); not unless given. The task role
    /// gets the permissions for it.
    pub fn enable_execute_command(self) -> Self {
        Self { execute_command: true, ..self }
    }

    /// Tasks have public addresses, and run in public subnets unless [`vpc_subnets`](Self::vpc_subnets) is given; no
    /// public addresses unless given.
    pub fn assign_public_ip(self) -> Self {
        Self { public_ip: true, ..self }
    }

    /// The subnets of the tasks, in the cluster's VPC: private ones with egress unless given.
    pub fn vpc_subnets(self, subnets: SubnetSelection) -> Self {
        Self { subnets: Some(subnets), ..self }
    }

    /// A security group of the tasks; a new one that allows all egress and no ingress unless given.
    pub fn security_group(mut self, group: &SecurityGroup) -> Self {
        group.add_to(&mut self.security_groups);
        self
    }

    /// The capacity of the tasks: Fargate on demand unless given. The cluster must have the capacity provider.
    pub fn capacity_provider_strategy(mut self, strategy: CapacityProviderStrategy) -> Self {
        self.strategies.push(strategy);
        self
    }

    /// The source of the tasks' tags; none unless given.
    pub fn propagate_tags(self, source: PropagatedTagSource) -> Self {
        Self { propagate_tags: Some(source), ..self }
    }

    /// Tasks are tagged with the names of their cluster and service, for bills and searches.
    pub fn enable_ecs_managed_tags(self) -> Self {
        Self { managed_tags: true, ..self }
    }

    /// The service's name; CloudFormation generates one unless given. A service with a name must be deleted before it can
    /// be replaced.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Whether ECS moves tasks to balance availability zones; ECS's default unless given.
    pub fn availability_zone_rebalancing(self, rebalancing: AvailabilityZoneRebalancing) -> Self {
        Self { zone_rebalancing: Some(rebalancing), ..self }
    }

    /// Replaces the tasks when this text differs from that of the last deployment, even if nothing else differs.
    pub fn force_new_deployment(self, nonce: impl Into<String>) -> Self {
        Self { force_new_deployment: Some(nonce.into()), ..self }
    }
}
