//! Checks by the routes of its subnets whether a balancer can reach identity providers on the internet.

use purlin_construct::{Expr, Scope};

use super::facts::{BalancerFacts, Facts, list};
use super::load_balancer::Known;
use crate::ec2::{InternetRoute, SubnetType};
use crate::owner::owner;

/// The next hop of a subnet's IPv4 traffic to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextHop {
    /// An internet gateway, which serves public addresses only.
    InternetGateway,
    /// A NAT gateway, a transit gateway or another target that serves private addresses too.
    Other,
    None,
    Unknown,
}

/// Reports a balancer that signs users in but cannot reach any identity provider
/// (<https://repost.aws/knowledge-center/elb-configure-authentication-alb>).
pub(super) fn check(facts: &Facts, balancer: &BalancerFacts) {
    let text = |name: &str| balancer.scope.property(name).and_then(|value| value.as_str().map(str::to_owned));
    let is_internal = text("Scheme").as_deref() == Some("internal");
    let has_no_public_ipv4 = text("IpAddressType").as_deref() == Some("dualstack-without-public-ipv4");
    let needs_translation = is_internal || has_no_public_ipv4;
    let stuck = subnets(balancer).into_iter().find_map(|subnet| {
        let hop = next_hop(facts, balancer.known.as_deref(), &subnet);
        let is_stuck = hop == NextHop::None || (needs_translation && hop == NextHop::InternetGateway);
        is_stuck.then_some((subnet, hop))
    });
    let Some((subnet, hop)) = stuck else { return };
    let path = subnet.target().and_then(|node| balancer.scope.scope_of(node)).map(|scope| owner(&scope).path());
    let subnet = path.map_or_else(|| "one of its subnets".to_owned(), |path| format!("its subnet `{path}`"));
    let what = match (is_internal, has_no_public_ipv4) {
        (true, _) => "the internal load balancer",
        (_, true) => "the load balancer without public IPv4 addresses",
        _ => "the load balancer",
    };
    let why = match hop {
        NextHop::InternetGateway => "has a route to an internet gateway only, which serves public IPv4 addresses",
        _ => "has no route to the internet",
    };
    let hint = if needs_translation {
        "put it in private subnets whose default route is a NAT gateway: `.subnets(SubnetSelection::of_type(SubnetType::PrivateWithEgress))`"
    } else {
        "put it in public subnets: `.subnets(SubnetSelection::of_type(SubnetType::Public))`"
    };
    owner(&balancer.scope).error(
        format!("{what} signs users in, but cannot reach the identity provider over IPv4: {subnet} {why}"),
        hint,
    );
}

fn subnets(balancer: &BalancerFacts) -> Vec<Expr> {
    let mapped = list(balancer.scope.property("SubnetMappings"));
    let mapped = mapped.into_iter().filter_map(|mapping| mapping.get("SubnetId").cloned());
    list(balancer.scope.property("Subnets")).into_iter().chain(mapped).collect()
}

fn next_hop(facts: &Facts, known: Option<&Known>, subnet: &Expr) -> NextHop {
    if facts.target(subnet, "AWS::EC2::Subnet").is_some() {
        return by_routes(facts, subnet);
    }
    let known = known.and_then(|known| known.subnets.iter().find(|known| known.id().expr() == subnet));
    let Some(known) = known else { return NextHop::Unknown };
    match (known.internet_route(), known.kind()) {
        (InternetRoute::InternetGateway, _) | (InternetRoute::Unknown, SubnetType::Public) => NextHop::InternetGateway,
        (InternetRoute::None, _) | (InternetRoute::Unknown, SubnetType::PrivateIsolated) => NextHop::None,
        _ => NextHop::Other,
    }
}

/// The next hop by the routes in the tree.
fn by_routes(facts: &Facts, subnet: &Expr) -> NextHop {
    let points_at = |scope: &Scope, name: &str, at: &Expr| {
        scope.property(name).is_some_and(|value| value.target().is_some() && value.target() == at.target())
    };
    let mut associations = facts.of_type("AWS::EC2::SubnetRouteTableAssociation");
    let association = associations.find(|scope| points_at(scope, "SubnetId", subnet));
    let Some(table) = association.and_then(|scope| scope.property("RouteTableId")) else { return NextHop::Unknown };
    if table.target().is_none() {
        return NextHop::Unknown;
    }
    let routes = facts.of_type("AWS::EC2::Route").filter(|scope| points_at(scope, "RouteTableId", &table));
    let mut hop = NextHop::None;
    for route in routes {
        match route.property("DestinationCidrBlock").as_ref().map(Expr::as_str) {
            Some(Some("0.0.0.0/0")) => return of_route(facts, route),
            // A destination that is not literal may be the internet.
            Some(None) => hop = NextHop::Unknown,
            None if route.property("DestinationPrefixListId").is_some() => hop = NextHop::Unknown,
            _ => (),
        }
    }
    hop
}

fn of_route(facts: &Facts, route: &Scope) -> NextHop {
    match route.property("GatewayId") {
        Some(gateway) if facts.target(&gateway, "AWS::EC2::InternetGateway").is_some() => NextHop::InternetGateway,
        Some(Expr::Str(id) | Expr::Custom(id)) if id.starts_with("igw-") => NextHop::InternetGateway,
        _ => NextHop::Other,
    }
}
