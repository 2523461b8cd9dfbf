//! What is wrong with a service, said before ECS does.

use purlin_construct::{Expr, HasScope, Scope, Value};

use super::capacity;
use super::service_props::{AvailabilityZoneRebalancing, FargateServiceProps};
use crate::ec2::{InternetRoute, Subnet, Vpc};

/// What can be seen when the service is added.
pub(super) fn own(scope: &Scope, props: &FargateServiceProps) {
    props.deployment.check(scope);
    capacity::check(scope, &props.strategies);
    for strategy in props.strategies.iter().filter(|strategy| props.cluster.lacks(strategy.provider())) {
        scope.error(
            format!(
                "the service runs on the capacity provider `{}`, which its cluster does not have",
                strategy.provider().name()
            ),
            "add `.fargate_capacity_providers()` to the cluster",
        );
    }
    if props.zone_rebalancing == Some(AvailabilityZoneRebalancing::Enabled) && props.deployment.max_percent <= 100 {
        scope.error(
            format!(
                "tasks are moved between availability zones, but at most {} % of them may run",
                props.deployment.max_percent
            ),
            "let `.max_percent(..)` be above 100, or leave the rebalancing out",
        );
    }
    name(scope, props);
    platform(scope, props);
    grace_period(scope, props);
    if props.security_groups.len() > 5 {
        scope.error(
            format!("the service has {} security groups, ECS allows 5", props.security_groups.len()),
            "put rules together in fewer groups",
        );
    }
}

fn name(scope: &Scope, props: &FargateServiceProps) {
    let Some(name) = props.name.as_ref().and_then(Value::as_str) else { return };
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(allowed) {
        scope.error(
            format!("`{name}` is not a name of a service: up to 255 letters, digits, `-` and `_`"),
            "choose another, or leave `.name(..)` out",
        );
    }
}

/// The largest tasks run on the newest platform only.
fn platform(scope: &Scope, props: &FargateServiceProps) {
    let Some(version) = &props.platform_version else { return };
    let is_old = !["LATEST", "1.4.0"].contains(&version.name());
    if is_old && props.task.cpu().units() >= 8192 {
        scope.error(
            format!(
                "a task of {} CPU units does not run on the platform version `{}`",
                props.task.cpu().units(),
                version.name()
            ),
            "leave `.platform_version(..)` out, or choose `FargatePlatformVersion::VERSION_1_4`",
        );
    }
}

fn grace_period(scope: &Scope, props: &FargateServiceProps) {
    if let Some(period) = props.grace_period
        && (period.subsec_nanos() != 0 || i32::try_from(period.as_secs()).is_err())
    {
        scope.error(
            format!("the health-check grace period is {period:?}, ECS allows 0 to 2147483647 whole seconds"),
            "set it by `.health_check_grace_period(Duration::from_secs(..))`",
        );
    }
}

/// Tasks have to reach the registry of their images; looked at when everything has been added.
pub(super) fn reach(scope: &Scope, vpc: &Vpc, subnets: &[Subnet], public_ip: bool) {
    let is_cut_off = |subnet: &&Subnet| match subnet.internet_route() {
        InternetRoute::InternetGateway => !public_ip,
        InternetRoute::None => true,
        InternetRoute::Nat | InternetRoute::Other | InternetRoute::Unknown => false,
    };
    let Some(subnet) = subnets.iter().find(is_cut_off) else { return };
    if has_registry_endpoint(vpc) {
        return;
    }
    if subnet.internet_route() == InternetRoute::InternetGateway {
        scope.warning(
            format!(
                "tasks run in the public subnet `{}` without public addresses, so that they cannot pull their images",
                subnet.scope().path()
            ),
            "add `.assign_public_ip()`, or place them in private subnets with egress by `.vpc_subnets(..)`",
        );
    } else {
        scope.warning(
            format!(
                "tasks run in the subnet `{}`, which has no route to the internet, and the VPC has no endpoint for \
                 `ecr.dkr`: they cannot pull their images",
                subnet.scope().path()
            ),
            "place them in private subnets with egress by `.vpc_subnets(..)`, or add endpoints for `ecr.api`, \
             `ecr.dkr`, `logs` and S3 to the VPC",
        );
    }
}

fn mentions(expr: &Expr, text: &str) -> bool {
    let mut found = false;
    expr.walk(&mut |part| found |= part.as_str().is_some_and(|part| part.contains(text)));
    found
}

fn has_registry_endpoint(vpc: &Vpc) -> bool {
    let id = vpc.id().into_expr();
    vpc.scope().root().descendants().iter().any(|scope| {
        let is_endpoint = scope.resource_type().as_deref() == Some("AWS::EC2::VPCEndpoint");
        let is_in_vpc = scope.property("VpcId").as_ref() == Some(&id);
        is_endpoint && is_in_vpc && scope.property("ServiceName").is_some_and(|name| mentions(&name, "ecr.dkr"))
    })
}
