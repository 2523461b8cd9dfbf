//! Reports resources with subnets or security groups of two VPCs, and balancers with two subnets of one zone.

use std::collections::BTreeMap;

use purlin_construct::{Expr, NodeId, Scope};

use crate::owner::owner_by;

/// The types that are in one VPC, and the properties with their subnets and security groups.
const PLACED: [(&str, &[&str]); 10] = [
    ("AWS::EC2::Instance", &["SubnetId", "SecurityGroupIds"]),
    ("AWS::EC2::NetworkInterface", &["SubnetId", "GroupSet"]),
    ("AWS::EC2::VPCEndpoint", &["VpcId", "SubnetIds", "SecurityGroupIds"]),
    ("AWS::ECS::Service", &["NetworkConfiguration"]),
    ("AWS::EFS::MountTarget", &["SubnetId", "SecurityGroups"]),
    ("AWS::ElastiCache::SubnetGroup", &["SubnetIds"]),
    (BALANCER, &["Subnets", "SubnetMappings", "SecurityGroups"]),
    ("AWS::Lambda::Function", &["VpcConfig"]),
    ("AWS::RDS::DBSubnetGroup", &["SubnetIds"]),
    ("AWS::Redshift::ClusterSubnetGroup", &["SubnetIds"]),
];
const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const VPC: &str = "AWS::EC2::VPC";

/// Checks a finished tree, raw resources and overrides included. What is imported is not known.
pub fn placement_pass(root: &Scope) {
    let scopes = root.descendants();
    let of_type = |name: &'static str| scopes.iter().filter(move |scope| scope.has_type(name));
    let mut vpcs: BTreeMap<NodeId, NodeId> = of_type(VPC).map(|vpc| (vpc.node(), vpc.node())).collect();
    if vpcs.len() > 1 {
        for scope in of_type("AWS::EC2::Subnet").chain(of_type("AWS::EC2::SecurityGroup")) {
            vpcs.extend(scope.property("VpcId").and_then(|vpc| vpc.target()).map(|vpc| (scope.node(), vpc)));
        }
        for (name, properties) in PLACED {
            of_type(name).for_each(|scope| one_vpc(scope, properties, &vpcs));
        }
    }
    of_type(BALANCER).for_each(zones);
}

fn one_vpc(scope: &Scope, properties: &[&str], vpcs: &BTreeMap<NodeId, NodeId>) {
    let mut first: Option<(NodeId, NodeId)> = None;
    for node in properties.iter().filter_map(|name| scope.property(name)).flat_map(|value| targets(&value)) {
        let Some(vpc) = vpcs.get(&node) else { continue };
        let (known, known_vpc) = *first.get_or_insert((node, *vpc));
        if known_vpc != *vpc {
            let path = |node| scope.scope_of(node).map_or_else(String::new, |scope| owner(&scope).path());
            owner(scope).error(
                format!(
                    "it is in two VPCs: `{}` is in `{}`, and `{}` is in `{}`, but AWS takes subnets and security groups of \
                     one",
                    path(known),
                    path(known_vpc),
                    path(node),
                    path(*vpc)
                ),
                "use subnets and security groups of the same VPC",
            );
            return;
        }
    }
}

/// What an expression refers to, but for what depends on a condition.
fn targets(expr: &Expr) -> Vec<NodeId> {
    match expr {
        Expr::List(items) => items.iter().flat_map(targets).collect(),
        Expr::Map(map) => map.values().flat_map(targets).collect(),
        other => other.target().into_iter().collect(),
    }
}

/// Reports a load balancer with two subnets of one availability zone
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>).
fn zones(balancer: &Scope) {
    let mut known: Vec<(Expr, Scope)> = Vec::new();
    let subnets = ["Subnets", "SubnetMappings"].iter().filter_map(|name| balancer.property(name));
    for subnet in subnets.flat_map(|value| targets(&value)).filter_map(|node| balancer.scope_of(node)) {
        let Some(zone) = subnet.property("AvailabilityZone") else { continue };
        let twin = known.iter().find(|(taken, other)| *taken == zone && *other != subnet);
        if let Some((_, other)) = twin {
            owner(balancer).error(
                format!(
                    "the load balancer is in the subnets `{}` and `{}` of one availability zone, but AWS takes one for each \
                     zone",
                    owner(other).path(),
                    owner(&subnet).path()
                ),
                "choose one subnet of each zone: `.subnets(SubnetSelection::group(\"name\"))`, or `.one_per_az()`",
            );
            return;
        }
        known.push((zone, subnet));
    }
}

fn owner(scope: &Scope) -> Scope {
    owner_by(scope, &["Resource", "Service", "Subnet"])
}
