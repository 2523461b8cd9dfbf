//! Checks of a service.

use purlin_construct::{Expr, HasScope, Scope};

use super::capacity;
use super::service_props::{AvailabilityZoneRebalancing, FargateServiceProps};
use crate::check::Checks;
use crate::ec2::{InternetRoute, Subnet, Vpc};

/// Checks a service when it is added.
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
                "availability zone rebalancing is enabled, but at most {} % of the tasks may run",
                props.deployment.max_percent
            ),
            "set `.max_percent(..)` above 100, or leave the rebalancing out",
        );
    }
    scope.check("the name of the service").name(&props.name, 1..=255, "-_");
    platform(scope, props);
    scope.check("the health-check grace period").whole_seconds(props.grace_period, ..=2_147_483_647);
    scope.check("the service").count("security groups", props.security_groups.len(), ..=5);
}

/// Reports large tasks on an old platform: they need the newest.
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

/// Warns if tasks cannot reach the registry of their images; called when everything has been added.
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
                "tasks run in the public subnet `{}` without public addresses, so they cannot pull their images",
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
