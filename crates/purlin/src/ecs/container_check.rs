//! What is wrong with a container, said before ECS does.

use std::collections::VecDeque;

use purlin_construct::{Scope, Value};

use super::container::{ContainerCondition, ContainerDefinition, Data};
use super::container_props::ContainerDefinitionProps;
use super::health;

/// What can be seen of a container alone, when it is added.
pub(super) fn own(scope: &Scope, props: &ContainerDefinitionProps) {
    name(scope, &props.name.clone().unwrap_or_else(|| scope.id()));
    if let (Some(reservation), Some(limit)) = (props.memory_reservation_mib, props.memory_limit_mib)
        && reservation > limit
    {
        scope.error(
            format!("the container reserves {reservation} MiB of memory, but may use {limit} MiB only"),
            "give a `.memory_reservation_mib(..)` that is not above `.memory_limit_mib(..)`",
        );
    }
    for (what, memory) in [("limit", props.memory_limit_mib), ("reservation", props.memory_reservation_mib)] {
        if memory.is_some_and(|memory| memory < 6) {
            scope.error(
                format!("the container's memory {what} is {} MiB, ECS allows 6 and more", memory.unwrap_or_default()),
                format!("raise it, or leave `.memory_{what}_mib(..)` out"),
            );
        }
    }
    if let Some(check) = &props.health_check {
        check.check(scope);
    }
    if let Some(time) = props.start_timeout {
        health::range(scope, "the container's start timeout", time, 2, 120, "start_timeout");
    }
    if let Some(time) = props.stop_timeout {
        health::range(scope, "the container's stop timeout", time, 2, 120, "stop_timeout");
    }
    props.ulimits.iter().for_each(|limit| limit.check(scope));
    if let Some(parameters) = &props.linux_parameters {
        parameters.check(scope);
    }
    if let Some(policy) = &props.restart_policy {
        policy.check(scope);
    }
    props.environment.iter().for_each(|(name, value)| environment_value(scope, name, value));
}

fn name(scope: &Scope, name: &str) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(allowed) {
        scope.error(
            format!("`{name}` is not a name of a container: up to 255 letters, digits, `-` and `_`"),
            "give it another id, or a `.name(..)`",
        );
    }
}

/// An environment variable is no place for a secret: whoever may describe the task definition can read it.
pub(super) fn environment_value(scope: &Scope, name: &str, value: &Value<String>) {
    let mut is_secret = false;
    value.expr().walk(&mut |part| {
        is_secret |= part
            .as_str()
            .is_some_and(|text| text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:"));
    });
    if is_secret {
        scope.error(
            format!("the environment variable `{name}` holds a secret, which the task definition would show"),
            "give it by `.secret(name, Secret::from_secrets_manager(&secret))`: ECS then reads it when the container starts",
        );
    }
}

/// What can be seen only when everything has been added.
pub(super) fn finished(container: &ContainerDefinition, scope: &Scope) {
    let data = container.data();
    for mapping in &data.props.ports {
        if let Some((message, hint)) = mapping.mistake() {
            scope.error(message, hint);
        }
    }
    for (name, _) in &data.props.secrets {
        if data.props.environment.iter().any(|(known, _)| known == name) {
            scope.error(
                format!("the environment variable `{name}` is given twice: as text and as a secret"),
                "leave one of them out",
            );
        }
    }
    port_variable(container, scope);
}

/// A program that reads `PORT` listens there, whatever the container definition says.
fn port_variable(container: &ContainerDefinition, scope: &Scope) {
    let data = container.data();
    let port = data.props.environment.iter().find(|(name, _)| name == "PORT").and_then(|(_, value)| value.as_str());
    let Some(port) = port.and_then(|port| port.parse::<u16>().ok()) else { return };
    if data.props.ports.is_empty() || container.listens_on(port) {
        return;
    }
    let mapped: Vec<String> = data.props.ports.iter().map(|mapping| format!("`{}`", mapping.text())).collect();
    scope.warning(
        format!(
            "the environment variable `PORT` is `{port}`, but the container's port is {}: a program that reads `PORT` \
             is not reached",
            mapped.join(", ")
        ),
        format!("set `.port({port})`, or give `PORT` the value of the container's port"),
    );
}

/// What a container waits for has to be able to happen.
pub(super) fn dependencies(container: &ContainerDefinition, others: &[ContainerDefinition], scope: &Scope) {
    for dependency in &container.data().dependencies {
        let Some(other) = others.iter().find(|other| other.data().name == dependency.on) else {
            scope.error(
                format!("the container waits for `{}`, which is not in its task", dependency.on),
                "add both containers to the same task definition",
            );
            continue;
        };
        let (condition, other) = (dependency.condition, other.data());
        if condition == ContainerCondition::Healthy && other.props.health_check.is_none() {
            scope.error(
                format!("the container waits until `{}` is healthy, but that has no health check", other.name),
                "give it one by `.health_check(HealthCheck::shell(\"..\"))`, or wait for its `Start`",
            );
        }
        if condition == ContainerCondition::Healthy {
            too_late(&other, scope);
        }
        let ends = matches!(condition, ContainerCondition::Complete | ContainerCondition::Success);
        if ends && other.props.essential {
            scope.error(
                format!("the container waits until `{}` exits, but with that the whole task ends", other.name),
                "make it `.non_essential()`, or wait for its `Start`",
            );
        }
    }
}

/// The first check comes an interval after the start; whoever waits gives up when the start timeout is over.
fn too_late(other: &Data, scope: &Scope) {
    let Some((check, timeout)) = other.props.health_check.as_ref().zip(other.props.start_timeout) else { return };
    let Some(first) = check.first_after().filter(|first| *first >= timeout) else { return };
    scope.warning(
        format!(
            "the container waits {timeout:?} until `{}` is healthy, but that is checked for the first time after {first:?}",
            other.name
        ),
        "raise its `.start_timeout(..)`, or lower the `.interval(..)` of its health check",
    );
}

/// A circle of containers that wait for one another, in which none can start.
pub(super) fn circles(containers: &[ContainerDefinition], scope: &Scope) {
    let names: Vec<String> = containers.iter().map(ContainerDefinition::name).collect();
    let waits_for: Vec<Vec<usize>> = containers
        .iter()
        .map(|container| {
            let on = |name: &String| names.iter().position(|known| known == name);
            container.data().dependencies.iter().filter_map(|dependency| on(&dependency.on)).collect()
        })
        .collect();
    for start in 0..containers.len() {
        let Some(circle) = way_back(&waits_for, start) else { continue };
        let shown: Vec<String> = circle.iter().map(|at| format!("`{}`", names[*at])).collect();
        scope.error(
            format!("no container of a circle can start: {}", shown.join(" waits for ")),
            "take one `.add_dependency(..)` of the circle away",
        );
    }
}

/// A shortest way from a container back to itself, over later ones only: so each circle is found once.
fn way_back(waits_for: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut reached_from = vec![None; waits_for.len()];
    let mut next = VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for &on in waits_for[at].iter().filter(|on| **on >= start) {
            if on == start {
                let back = std::iter::successors(Some(at), |at| reached_from[*at]);
                let mut way: Vec<usize> = [start].into_iter().chain(back).collect();
                way.reverse();
                return Some(way);
            }
            if reached_from[on].is_none() {
                reached_from[on] = Some(at);
                next.push_back(on);
            }
        }
    }
    None
}
