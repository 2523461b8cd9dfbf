//! Checks which balancers the target groups of the tree are connected to, whether declared by this module or raw.

use std::collections::{BTreeMap, BTreeSet};

use purlin_construct::{Expr, NodeId, Scope};

use super::facts::{Facts, Identity, list};
use crate::owner::{owner, owner_by};

const SERVICE: &str = "AWS::ECS::Service";
const GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

pub(super) fn check(facts: &Facts) {
    one_balancer(facts);
    protocols(facts);
    services(facts);
}

/// Reports target groups that listeners of two balancers forward to
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>).
fn one_balancer(facts: &Facts) {
    let mut known: BTreeMap<NodeId, (&Identity, &Scope)> = BTreeMap::new();
    let mut reported: BTreeSet<NodeId> = BTreeSet::new();
    for rule in &facts.rules {
        let Some(listener) = facts.listener(&rule.listener).filter(|_| !rule.is_conditional(facts)) else { continue };
        for group in rule.all_groups().filter_map(|group| facts.target(group, GROUP)) {
            let (balancer, first) = *known.entry(group.node()).or_insert((&listener.balancer, &rule.scope));
            // Two values may be one balancer, unless both are balancers of the tree.
            let differ =
                matches!((balancer, &listener.balancer), (Identity::Node(one), Identity::Node(two)) if one != two);
            if differ && reported.insert(group.node()) {
                owner(&rule.scope).error(
                    format!(
                        "the target group `{}` receives requests here and from `{}`, a listener of another load \
                         balancer, but AWS takes one load balancer for each target group",
                        owner(&group).path(),
                        owner(first).path()
                    ),
                    "add a target group for this load balancer; a service can be attached to both",
                );
            }
        }
    }
}

/// Reports target groups with HTTP/2 or gRPC behind listeners without TLS.
fn protocols(facts: &Facts) {
    for rule in &facts.rules {
        if !facts.listener(&rule.listener).is_some_and(|listener| listener.is_http) {
            continue;
        }
        for group in rule.all_groups().filter_map(|group| facts.target(group, GROUP)) {
            let version = group.property("ProtocolVersion");
            let Some(version @ ("GRPC" | "HTTP2")) = version.as_ref().and_then(Expr::as_str) else { continue };
            owner(&rule.scope).error(
                format!(
                    "an HTTP listener forwards to the target group `{}` with the protocol version `{version}`, but AWS \
                     takes HTTPS listeners for it",
                    owner(&group).path()
                ),
                "use an HTTPS listener, or leave the protocol version of the target group out",
            );
        }
    }
}

/// Reports services whose tasks register with a target group that no listener forwards to: AWS refuses such services.
///
/// Where the group's ARN goes elsewhere too, for example into an output, a listener of another app may forward to it.
fn services(facts: &Facts) {
    let mut waiting: BTreeMap<NodeId, (Scope, Scope)> = BTreeMap::new();
    for service in facts.of_type(SERVICE) {
        for attached in list(service.property("LoadBalancers")) {
            let group = attached.get("TargetGroupArn").and_then(|arn| facts.target(arn, GROUP));
            if let Some(group) = group {
                target_type(service, &group);
                waiting.entry(group.node()).or_insert((service.clone(), group));
            }
        }
    }
    if waiting.is_empty() {
        return;
    }
    let mut is_unknown = false;
    for scope in facts.scopes.iter().filter(|scope| !scope.has_type(SERVICE)) {
        scope.visit_expressions(|expr| match expr {
            Expr::Ref(node) => drop(waiting.remove(node)),
            // A text may have the group's logical id.
            Expr::Call("Fn::Sub", _) => is_unknown |= is_listener(scope),
            _ => (),
        });
    }
    for (service, group) in waiting.into_values().filter(|_| !is_unknown) {
        owner_by(&service, &["Service"]).error(
            format!(
                "the service is attached to the target group `{}`, which no listener forwards to: AWS refuses to create \
                 it",
                owner(&group).path()
            ),
            "give the group to a listener or rule: `Action::forward(&group)`",
        );
    }
}

/// Reports a target group that does not take the addresses of tasks with an own network interface
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html>).
fn target_type(service: &Scope, group: &Scope) {
    let network = service.property("NetworkConfiguration");
    if network.as_ref().is_none_or(|network| network.get("AwsvpcConfiguration").is_none()) {
        return;
    }
    let kind = group.property("TargetType");
    let kind = kind.as_ref().map_or(Some("instance"), Expr::as_str);
    if let Some(kind) = kind.filter(|kind| *kind != "ip") {
        owner_by(service, &["Service"]).error(
            format!(
                "the service is attached to the target group `{}` of the target type `{kind}`, but its tasks have network \
                 interfaces of their own, for which AWS takes `ip`",
                owner(group).path()
            ),
            "use a target group of `TargetType::Ip`",
        );
    }
}

fn is_listener(scope: &Scope) -> bool {
    scope.resource_type().is_some_and(|name| name.starts_with("AWS::ElasticLoadBalancingV2::Listener"))
}
