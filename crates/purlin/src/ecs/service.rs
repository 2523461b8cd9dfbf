//! A service: a number of tasks that ECS keeps running.

use std::fmt;
use std::rc::Rc;

use purlin_cfn::ecs::{
    CfnService, ServiceAvailabilityZoneRebalancing, ServiceAwsVpcConfiguration,
    ServiceAwsVpcConfigurationAssignPublicIp, ServiceForceNewDeployment, ServiceLaunchType, ServiceLoadBalancer,
    ServiceNetworkConfiguration, ServicePropagateTags,
};
use purlin_construct::{Construct, Expr, HasScope, Ref, Scope, Value};

use super::capacity::CapacityProviderStrategy;
use super::cluster::Cluster;
use super::container::ContainerDefinition;
use super::scaling::ScalableTaskCount;
use super::service_props::{AvailabilityZoneRebalancing, FargateServiceProps, PropagatedTagSource};
use super::task::FargateTaskDefinition;
use super::{exec, service_check};
use crate::ec2::{Connectable, Connections, Port, SecurityGroup, Subnet, SubnetSelection, SubnetType};
use crate::elbv2::ApplicationTargetGroup;
use crate::time::seconds;

/// A number of Fargate tasks that ECS keeps running
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html>).
///
/// A deployment whose tasks keep failing is rolled back. It starts new tasks before it stops old ones.
///
/// ```
/// use purlin::ec2::Vpc;
/// use purlin::ecs::{Cluster, ContainerDefinition, ContainerImage, FargateService, FargateTaskDefinition};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Worker", Stack::props());
/// let vpc = stack.add("Vpc", Vpc::props());
/// let cluster = stack.add("Cluster", Cluster::props(&vpc));
/// let task = stack.add("Task", FargateTaskDefinition::props());
/// task.add_container("worker", ContainerDefinition::props(ContainerImage::from_registry("example/worker:3")));
/// let service = stack.add("Service", FargateService::props(&cluster, &task).desired_count(2));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Clone)]
pub struct FargateService(Rc<Data>);

struct Data {
    scope: Scope,
    cfn: Ref<CfnService>,
    cluster: Cluster,
    task: FargateTaskDefinition,
    connections: Connections,
    has_desired_count: bool,
    has_grace_period: bool,
}

impl FargateService {
    /// A service of this cluster that keeps one task running.
    pub fn props(cluster: &Cluster, task: &FargateTaskDefinition) -> FargateServiceProps {
        FargateServiceProps::new(cluster, task)
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnService> {
        &self.0.cfn
    }

    /// The service's ARN.
    pub fn arn(&self) -> Value<String> {
        self.0.cfn.id()
    }

    /// The service's name.
    pub fn name(&self) -> Value<String> {
        self.0.cfn.att(CfnService::ATTR_NAME)
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.0.cluster
    }

    /// The task definition.
    pub fn task_definition(&self) -> &FargateTaskDefinition {
        &self.0.task
    }

    /// Forwards the requests of a target group to the first TCP port of the first essential container.
    ///
    /// Opens the port to the balancers of the group; the service depends on the listener that attaches it.
    pub fn attach_to_target_group(&self, group: &ApplicationTargetGroup) {
        let Some(container) = self.0.task.default_container() else {
            self.0.scope.error(
                "the service is attached to a target group, but its task has no essential container yet",
                "add the container to the task definition first",
            );
            return;
        };
        let Some(port) = container.container_port() else {
            self.0.scope.error(
                format!(
                    "the service is attached to a target group, but its container `{}` has no TCP port",
                    container.name()
                ),
                "add one by `.port(8080)`",
            );
            return;
        };
        self.attach_container_to_target_group(group, &container, port);
    }

    /// Forwards the requests of a target group to a TCP port of a container of the task.
    ///
    /// Opens the port to the balancers of the group; the service depends on the listener that attaches it.
    pub fn attach_container_to_target_group(
        &self,
        group: &ApplicationTargetGroup,
        container: &ContainerDefinition,
        port: u16,
    ) {
        let name = container.name();
        if !container.listens_on(port) {
            self.0.scope.error(
                format!("the service is attached to a target group by the port {port}, which `{name}` does not have"),
                format!("add `.port({port})` to the container, or give one of its ports"),
            );
        }
        if self.0.task.find_container(&name).is_none() {
            self.0.scope.error(
                format!(
                    "the service is attached to a target group by the container `{name}`, which is not in its task"
                ),
                "give a container of the service's task definition",
            );
        }
        let attached =
            ServiceLoadBalancer::new().container_name(name).container_port(port).target_group_arn(group.arn());
        let (attached, known) = (Expr::from(attached), self.0.cfn.scope().property("LoadBalancers"));
        let known = known.as_ref().and_then(Expr::as_list).unwrap_or_default();
        if known.contains(&attached) {
            return;
        }
        if known.len() == 5 {
            self.0
                .scope
                .error("the service is attached to 6 target groups, but AWS takes at most 5", "use two services");
        }
        self.0.cfn.append("LoadBalancers", attached);
        if !self.0.has_grace_period {
            self.0.cfn.update(|service| service.health_check_grace_period_seconds(60));
        }
        group.register_target(&self.0.connections, Port::tcp(port), self.0.cfn.scope());
    }

    /// Scales the service between two numbers of tasks. Add policies to the handle.
    ///
    /// `DesiredCount` is then left out of the template: every deployment would reset the number of tasks.
    #[track_caller]
    pub fn auto_scale(&self, min: u32, max: u32) -> ScalableTaskCount {
        let leaves_count = self.0.has_desired_count
            && self.0.scope.patch(
                "desired-count-left-to-scaling",
                "no `DesiredCount` in the service",
                "the service scales, and every deployment would reset its number of tasks",
            );
        if leaves_count {
            self.0.cfn.update(|service| service.desired_count(Value::<i64>::new(Expr::Null)));
        }
        ScalableTaskCount::new(self, min, max)
    }
}

impl HasScope for FargateService {
    fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

impl Connectable for FargateService {
    fn connections(&self) -> Connections {
        self.0.connections.clone()
    }
}

impl fmt::Debug for FargateService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FargateService({:?})", self.0.scope)
    }
}

impl Construct for FargateServiceProps {
    type Handle = FargateService;
    fn build(mut self, scope: Scope) -> FargateService {
        service_check::own(&scope, &self);
        let vpc = self.cluster.vpc().clone();
        if self.security_groups.is_empty() {
            self.security_groups.push(scope.add("SecurityGroup", SecurityGroup::props(&vpc)));
        }
        let subnets = vpc.select_subnets_for(&scope, &self.selection());
        let cfn = scope.add("Service", self.render(&subnets));
        self.add_dependencies(&scope, &cfn, &subnets);
        if self.execute_command {
            exec::permit(&self.task, self.cluster.exec());
            let task = self.task.clone();
            scope.validate(move |_| exec::check(&task));
        }
        let public_ip = self.public_ip;
        scope.validate(move |scope| service_check::reach(scope, &vpc, &subnets, public_ip));
        FargateService(Rc::new(Data {
            cfn,
            cluster: self.cluster,
            task: self.task,
            connections: Connections::new(self.security_groups),
            has_desired_count: self.desired_count.is_some(),
            has_grace_period: self.grace_period.is_some(),
            scope,
        }))
    }
}

impl FargateServiceProps {
    fn selection(&self) -> SubnetSelection {
        let public = || self.public_ip.then(|| SubnetSelection::of_type(SubnetType::Public));
        self.subnets.clone().or_else(public).unwrap_or_default()
    }

    /// Makes the service depend on what its first tasks need: permissions, capacity, and the route to the registry.
    fn add_dependencies(&self, scope: &Scope, cfn: &Ref<CfnService>, subnets: &[Subnet]) {
        cfn.depends_on(self.task.task_role());
        if let Some(association) = self.cluster.association().filter(|_| !self.strategies.is_empty()) {
            cfn.depends_on(association);
        }
        for route in subnets.iter().flat_map(Subnet::internet_connectivity) {
            cfn.depends_on(&route);
        }
        if self.deployment.is_by_code_deploy() {
            cfn.depends_on(&self.task);
        }
        // The execution role is created when a construct needs it, which may be later.
        let (cfn, task) = (cfn.clone(), self.task.clone());
        scope.finally(move |_| {
            if let Some(role) = task.execution_role() {
                cfn.depends_on(&role);
            }
        });
    }

    fn render(&self, subnets: &[Subnet]) -> CfnService {
        let mut service = CfnService::new()
            .cluster(self.cluster.name())
            .deployment_configuration(self.deployment.render())
            .enable_ecs_managed_tags(self.managed_tags)
            .network_configuration(self.network(subnets));
        service = if self.deployment.is_by_code_deploy() {
            // CodeDeploy deploys revisions: the stack must not reset the service to its own.
            service.task_definition(self.task.family())
        } else {
            service.task_definition(self.task.arn())
        };
        service = if self.strategies.is_empty() {
            service.launch_type(ServiceLaunchType::FARGATE)
        } else {
            let strategies: Vec<_> = self.strategies.iter().map(CapacityProviderStrategy::for_service).collect();
            service.capacity_provider_strategy(strategies)
        };
        self.render_options(service)
    }

    fn render_options(&self, mut service: CfnService) -> CfnService {
        if let Some(count) = self.desired_count {
            service = service.desired_count(count);
        }
        if let Some(controller) = self.deployment.render_controller() {
            service = service.deployment_controller(controller);
        }
        if let Some(version) = &self.platform_version {
            service = service.platform_version(version.name());
        }
        if let Some(period) = self.grace_period {
            service = service.health_check_grace_period_seconds(seconds(period));
        }
        if self.execute_command {
            service = service.enable_execute_command(true);
        }
        if let Some(source) = self.propagate_tags {
            service = service.propagate_tags(match source {
                PropagatedTagSource::Service => ServicePropagateTags::SERVICE,
                PropagatedTagSource::TaskDefinition => ServicePropagateTags::TASK_DEFINITION,
            });
        }
        if let Some(name) = &self.name {
            service = service.service_name(name);
        }
        if let Some(rebalancing) = self.zone_rebalancing {
            service = service.availability_zone_rebalancing(match rebalancing {
                AvailabilityZoneRebalancing::Enabled => ServiceAvailabilityZoneRebalancing::ENABLED,
                AvailabilityZoneRebalancing::Disabled => ServiceAvailabilityZoneRebalancing::DISABLED,
            });
        }
        match &self.force_new_deployment {
            Some(nonce) => {
                let force = ServiceForceNewDeployment::new(true).force_new_deployment_nonce(nonce);
                service.force_new_deployment(force)
            }
            None => service,
        }
    }

    fn network(&self, subnets: &[Subnet]) -> ServiceNetworkConfiguration {
        let public_ip = if self.public_ip {
            ServiceAwsVpcConfigurationAssignPublicIp::ENABLED
        } else {
            ServiceAwsVpcConfigurationAssignPublicIp::DISABLED
        };
        let groups: Vec<_> = self.security_groups.iter().map(SecurityGroup::id).collect();
        let subnets: Vec<_> = subnets.iter().map(Subnet::id).collect();
        let network =
            ServiceAwsVpcConfiguration::new().assign_public_ip(public_ip).security_groups(groups).subnets(subnets);
        ServiceNetworkConfiguration::new().awsvpc_configuration(network)
    }
}
