//! Checks of a container.

use std::collections::VecDeque;

use purlin_construct::{Scope, Value};

use super::container::{ContainerCondition, ContainerDefinition, Data};
use super::container_props::ContainerDefinitionProps;
use crate::check::{Checks, set_twice};

/// Checks a container alone, when it is added.
pub(super) fn own(scope: &Scope, props: &ContainerDefinitionProps) {
    let check = scope.check("the name of the container").hint("give it another id, or a `.name(..)`");
    check.name(&props.name.clone().unwrap_or_else(|| scope.id()), 1..=255, "-_");
    if let (Some(reservation), Some(limit)) = (props.memory_reservation_mib, props.memory_limit_mib)
        && reservation > limit
    {
        scope.error(
            format!("the container reserves {reservation} MiB of memory, above its limit of {limit} MiB"),
            "give a `.memory_reservation_mib(..)` that is not above `.memory_limit_mib(..)`",
        );
    }
    for (what, memory) in [("limit", props.memory_limit_mib), ("reservation", props.memory_reservation_mib)] {
        scope.check(format!("the container's memory {what} in MiB")).number(memory, 6..);
    }
    if let Some(check) = &props.health_check {
        check.check(scope);
    }
    scope.check("the container's start timeout").whole_seconds(props.start_timeout, 2..=120);
    scope.check("the container's stop timeout").whole_seconds(props.stop_timeout, 2..=120);
    props.ulimits.iter().for_each(|limit| limit.check(scope));
    if let Some(parameters) = &props.linux_parameters {
        parameters.check(scope);
    }
    if let Some(policy) = &props.restart_policy {
        policy.check(scope);
    }
    props.environment.iter().for_each(|(name, value)| environment_value(scope, name, value));
}

/// Reports a secret in an environment variable: principals that may describe the task definition can read it.
pub(super) fn environment_value(scope: &Scope, name: &str, value: &Value<String>) {
    let mut is_secret = false;
    value.expr().walk(&mut |part| {
        is_secret |= part
            .as_str()
            .is_some_and(|text| text.contains("{{resolve:secretsmanager:") || text.contains("{{resolve:ssm-secure:"));
    });
    if is_secret {
        scope.error(
            format!("the environment variable `{name}` contains a secret, which the task definition would show"),
            "use `.secret(name, Secret::from_secrets_manager(&secret))`: ECS then reads it when the container starts",
        );
    }
}

/// Checks a container when everything has been added.
pub(super) fn finished(container: &ContainerDefinition, scope: &Scope) {
    let data = container.data();
    for mapping in &data.props.ports {
        if let Some((message, hint)) = mapping.mistake() {
            scope.error(message, hint);
        }
    }
    set_twice(scope, "environment variable", &data.props.environment);
    let secrets: Vec<_> = data.props.secrets.iter().map(|(name, secret)| (name.clone(), secret.value_from())).collect();
    set_twice(scope, "secret environment variable", &secrets);
    set_twice(scope, "Docker label", &data.props.docker_labels);
    for (index, point) in data.props.mount_points.iter().enumerate() {
        if data.props.mount_points[..index].iter().any(|other| other.path() == point.path() && other != point) {
            scope.error(
                format!("the container mounts two volumes at `{}`, but AWS takes one for each path", point.path()),
                "give one of them another path",
            );
        }
    }
    for (name, _) in &data.props.secrets {
        if data.props.environment.iter().any(|(known, _)| known == name) {
            scope.error(
                format!("the environment variable `{name}` is given twice, as text and as a secret"),
                "leave one of them out",
            );
        }
    }
    port_variable(container, scope);
}

/// Warns if `PORT` differs from the container's port: programs that read it listen there.
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
            "the environment variable `PORT` is `{port}`, but the container's port is {}: a program that listens on \
             `PORT` gets no requests",
            mapped.join(", ")
        ),
        format!("set `.port({port})`, or set `PORT` to the container's port"),
    );
}

/// Checks that the conditions a container waits for can occur.
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
                format!(
                    "the container waits until `{}` is healthy, but that container has no health check",
                    other.name
                ),
                "add `.health_check(HealthCheck::shell(\"..\"))` to it, or wait for its `Start`",
            );
        }
        if condition == ContainerCondition::Healthy {
            check_first_health_check(&other, scope);
        }
        let ends = matches!(condition, ContainerCondition::Complete | ContainerCondition::Success);
        if ends && other.props.essential {
            scope.error(
                format!("the container waits until `{}` exits, but then the whole task stops", other.name),
                "make it `.non_essential()`, or wait for its `Start`",
            );
        }
    }
}

/// Warns if the first health check, one interval after the start, is after the start timeout of containers that wait.
fn check_first_health_check(other: &Data, scope: &Scope) {
    let Some((check, timeout)) = other.props.health_check.as_ref().zip(other.props.start_timeout) else { return };
    let Some(first) = check.first_after().filter(|first| *first >= timeout) else { return };
    scope.warning(
        format!(
            "the container waits {timeout:?} until `{}` is healthy, but its first health check is after {first:?}",
            other.name
        ),
        "raise its `.start_timeout(..)`, or lower the `.interval(..)` of its health check",
    );
}

/// Reports cycles of containers that wait for each other: none of them can start.
pub(super) fn cycles(containers: &[ContainerDefinition], scope: &Scope) {
    let names: Vec<String> = containers.iter().map(ContainerDefinition::name).collect();
    let waits_for: Vec<Vec<usize>> = containers
        .iter()
        .map(|container| {
            let on = |name: &String| names.iter().position(|known| known == name);
            container.data().dependencies.iter().filter_map(|dependency| on(&dependency.on)).collect()
        })
        .collect();
    for start in 0..containers.len() {
        let Some(cycle) = cycle_from(&waits_for, start) else { continue };
        let shown: Vec<String> = cycle.iter().map(|at| format!("`{}`", names[*at])).collect();
        scope.error(
            format!("the containers wait for each other, so none can start: {}", shown.join(" waits for ")),
            "remove one `.add_dependency(..)` of the cycle",
        );
    }
}

/// A shortest path from a container back to itself, over later ones only: so each cycle is found once.
fn cycle_from(waits_for: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut reached_from = vec![None; waits_for.len()];
    let mut next = VecDeque::from([start]);
    while let Some(at) = next.pop_front() {
        for &on in waits_for[at].iter().filter(|on| **on >= start) {
            if on == start {
                let back = std::iter::successors(Some(at), |at| reached_from[*at]);
                let mut path: Vec<usize> = [start].into_iter().chain(back).collect();
                path.reverse();
                return Some(path);
            }
            if reached_from[on].is_none() {
                reached_from[on] = Some(at);
                next.push_back(on);
            }
        }
    }
    None
}
