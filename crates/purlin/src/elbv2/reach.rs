//! Whether a balancer can reach identity providers on the internet: by the routes of its subnets.

use purlin_construct::{Expr, Scope};

use super::load_balancer::Known;
use super::survey::{BalancerFacts, Survey, list, owner};
use crate::ec2::{InternetRoute, SubnetType};

/// Where a subnet's IPv4 traffic to the internet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Through an internet gateway, which serves public addresses only.
    InternetGateway,
    /// Through something that translates addresses, or passes traffic on to it.
    Through,
    Nowhere,
    Unknown,
}

/// Reports a balancer that signs users in but cannot reach any identity provider
/// (<https://repost.aws/knowledge-center/elb-configure-authentication-alb>).
pub(super) fn check(survey: &Survey, balancer: &BalancerFacts) {
    let text = |name: &str| balancer.scope.property(name).and_then(|value| value.as_str().map(str::to_owned));
    let is_internal = text("Scheme").as_deref() == Some("internal");
    let has_no_public_ipv4 = text("IpAddressType").as_deref() == Some("dualstack-without-public-ipv4");
    let needs_translation = is_internal || has_no_public_ipv4;
    let stuck = subnets(balancer).into_iter().find_map(|subnet| {
        let way = way(survey, balancer.known.as_deref(), &subnet);
        (way == Way::Nowhere || (needs_translation && way == Way::InternetGateway)).then_some((subnet, way))
    });
    let Some((subnet, way)) = stuck else { return };
    let path = subnet.target().and_then(|node| balancer.scope.scope_of(node)).map(|scope| owner(&scope).path());
    let subnet = path.map_or_else(|| "one of its subnets".to_owned(), |path| format!("its subnet `{path}`"));
    let what = match (is_internal, has_no_public_ipv4) {
        (true, _) => "the internal load balancer",
        (_, true) => "the load balancer without public IPv4 addresses",
        _ => "the load balancer",
    };
    let why = match way {
        Way::InternetGateway => "leads to the internet by an internet gateway only, which serves public IPv4 addresses",
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

fn way(survey: &Survey, known: Option<&Known>, subnet: &Expr) -> Way {
    if survey.target(subnet, "AWS::EC2::Subnet").is_some() {
        return by_routes(survey, subnet);
    }
    let known = known.and_then(|known| known.subnets.iter().find(|known| known.id().expr() == subnet));
    let Some(known) = known else { return Way::Unknown };
    match (known.internet_route(), known.kind()) {
        (InternetRoute::InternetGateway, _) | (InternetRoute::Unknown, SubnetType::Public) => Way::InternetGateway,
        (InternetRoute::None, _) | (InternetRoute::Unknown, SubnetType::PrivateIsolated) => Way::Nowhere,
        _ => Way::Through,
    }
}

/// The way that the routes in the tree give a subnet.
fn by_routes(survey: &Survey, subnet: &Expr) -> Way {
    let points_at = |scope: &Scope, name: &str, at: &Expr| {
        scope.property(name).is_some_and(|value| value.target().is_some() && value.target() == at.target())
    };
    let mut associations = survey.of_type("AWS::EC2::SubnetRouteTableAssociation");
    let association = associations.find(|scope| points_at(scope, "SubnetId", subnet));
    let Some(table) = association.and_then(|scope| scope.property("RouteTableId")) else { return Way::Unknown };
    if table.target().is_none() {
        return Way::Unknown;
    }
    let routes = survey.of_type("AWS::EC2::Route").filter(|scope| points_at(scope, "RouteTableId", &table));
    let mut way = Way::Nowhere;
    for route in routes {
        match route.property("DestinationCidrBlock").as_ref().map(Expr::as_str) {
            Some(Some("0.0.0.0/0")) => return of_route(survey, route),
            // A destination that is not known yet may be the internet.
            Some(None) => way = Way::Unknown,
            None if route.property("DestinationPrefixListId").is_some() => way = Way::Unknown,
            _ => (),
        }
    }
    way
}

fn of_route(survey: &Survey, route: &Scope) -> Way {
    let gateway = route.property("GatewayId");
    match gateway {
        Some(gateway) if survey.target(&gateway, "AWS::EC2::InternetGateway").is_some() => Way::InternetGateway,
        Some(Expr::Str(id) | Expr::Custom(id)) if id.starts_with("igw-") => Way::InternetGateway,
        _ => Way::Through,
    }
}
