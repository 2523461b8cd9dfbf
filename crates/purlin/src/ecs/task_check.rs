//! Checks of a task as a whole.

use purlin_construct::{HasScope, Scope};

use super::container::ContainerDefinition;
use super::container_check;
use super::task::FargateTaskDefinition;

/// Checks a task when everything has been added.
pub(super) fn finished(task: &FargateTaskDefinition) {
    let (scope, containers) = (task.scope(), task.containers());
    if containers.is_empty() {
        scope.error(
            "the task definition has no container",
            "add one: `task.add_container(\"web\", ContainerDefinition::props(image))`",
        );
        return;
    }
    if task.default_container().is_none() {
        scope.error(
            "the task definition has no essential container, but AWS takes at least one",
            "leave out `.non_essential()` for one container",
        );
    }
    names(scope, &containers);
    volumes(task, &containers);
    for (index, container) in containers.iter().enumerate() {
        container_check::finished(container, container.scope());
        container_check::dependencies(container, &containers, container.scope());
        ports(container, &containers[..index]);
    }
    container_check::cycles(&containers, scope);
    memory(task, &containers);
    processors(task, &containers);
    firelens(scope, &containers);
}

fn names(scope: &Scope, containers: &[ContainerDefinition]) {
    for (index, container) in containers.iter().enumerate() {
        let name = container.name();
        if containers[..index].iter().any(|other| other.name() == name) {
            scope.error(
                format!("two containers of the task definition are named `{name}`"),
                "give one of them another id or `.name(..)`",
            );
        }
    }
}

fn volumes(task: &FargateTaskDefinition, containers: &[ContainerDefinition]) {
    let volumes = task.volume_names();
    for (index, name) in volumes.iter().enumerate() {
        if volumes[..index].contains(name) {
            task.scope().error(format!("two volumes of the task definition are named `{name}`"), "rename one of them");
        }
    }
    for container in containers {
        for point in &container.data().props.mount_points {
            if !volumes.contains(&point.volume) {
                let known: Vec<String> = volumes.iter().map(|name| format!("`{name}`")).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                container.scope().error(
                    format!(
                        "the container mounts the volume `{}`, but the volumes of its task are: {known}",
                        point.volume
                    ),
                    "add it to the task definition: `.volume(Volume::ephemeral(\"..\"))`",
                );
            }
        }
    }
}

/// Reports ports that are used twice: the containers of a task share one network interface.
fn ports(container: &ContainerDefinition, before: &[ContainerDefinition]) {
    let data = container.data();
    for (index, mapping) in data.props.ports.iter().enumerate() {
        if data.props.ports[..index].iter().any(|other| other.overlaps(mapping)) {
            container.scope().error(
                format!("the container maps the port {} twice", mapping.text()),
                "leave one of the mappings out",
            );
        }
        for other in before {
            let other = other.data();
            if other.props.ports.iter().any(|known| known.overlaps(mapping)) {
                container.scope().error(
                    format!(
                        "this container and `{1}` both have the port {0}, but containers of a task share one network \
                         interface",
                        mapping.text(),
                        other.name
                    ),
                    "use another port for one of them",
                );
            }
            let taken = |name: &str| other.props.ports.iter().any(|known| known.port_name() == Some(name));
            if let Some(name) = mapping.port_name().filter(|name| taken(name)) {
                container.scope().error(
                    format!("this container and `{}` both have the port name `{name}`", other.name),
                    "give one of them another name",
                );
            }
        }
    }
}

/// Reports containers with more memory than the task.
fn memory(task: &FargateTaskDefinition, containers: &[ContainerDefinition]) {
    let mut too_large = false;
    for container in containers {
        let limit = container.data().props.memory_limit_mib;
        if let Some(limit) = limit.filter(|limit| *limit > task.memory_mib()) {
            too_large = true;
            container.scope().error(
                format!("the container has a limit of {limit} MiB of memory, but its task has {}", task.memory_mib()),
                "lower `.memory_limit_mib(..)`, or raise the task's `.memory_mib(..)`",
            );
        }
    }
    let reserved = |container: &ContainerDefinition| {
        let data = container.data();
        data.props.memory_reservation_mib.or(data.props.memory_limit_mib).unwrap_or(0)
    };
    let sum: u32 = containers.iter().map(reserved).sum();
    if sum > task.memory_mib() && !too_large {
        task.scope().error(
            format!("the containers reserve {sum} MiB of memory together, but the task has {}", task.memory_mib()),
            "lower their `.memory_reservation_mib(..)` or `.memory_limit_mib(..)`, or raise the task's `.memory_mib(..)`",
        );
    }
}

fn processors(task: &FargateTaskDefinition, containers: &[ContainerDefinition]) {
    let sum: u32 = containers.iter().filter_map(|container| container.data().props.cpu).sum();
    if sum > task.cpu().units() {
        task.scope().error(
            format!("the containers have {sum} CPU units together, but the task has {}", task.cpu().units()),
            "lower their `.cpu_units(..)`, or raise the task's `.cpu(..)`",
        );
    }
}

fn firelens(scope: &Scope, containers: &[ContainerDefinition]) {
    let routers = containers.iter().filter(|container| container.data().props.firelens.is_some()).count();
    let routed = |container: &ContainerDefinition| {
        container.data().props.logging.as_ref().is_some_and(super::log_driver::LogDriver::is_firelens)
    };
    if routers == 0 && containers.iter().any(routed) {
        scope.error(
            "a container logs by FireLens, but no container of the task routes the output",
            "add one of `public.ecr.aws/aws-observability/aws-for-fluent-bit`, with \
             `.firelens_router(FirelensRouter::FluentBit)`",
        );
    }
    if routers > 1 {
        scope.error(format!("{routers} containers of the task route output, but AWS takes one"), "keep one router");
    }
}
