//! The CloudFormation form of a container.

use purlin_cfn::ecs::{
    TaskDefinitionContainerDefinition, TaskDefinitionContainerDefinitionVersionConsistency,
    TaskDefinitionContainerDependency, TaskDefinitionFirelensConfiguration, TaskDefinitionKeyValuePair,
    TaskDefinitionSecret,
};
use purlin_construct::{Value, Word};

use super::container::{Data, Dependency};
use super::container_props::{ContainerDefinitionProps, FirelensRouter};
use super::health::HealthCheck;
use super::limits::{LinuxParameters, RestartPolicy, SystemControl, Ulimit, VersionConsistency};
use super::port::PortMapping;
use super::secret::EnvironmentFile;
use super::volume::MountPoint;

use crate::time::seconds;

type Rendered = TaskDefinitionContainerDefinition;

pub(super) fn container(data: &Data) -> Rendered {
    let props = &data.props;
    let mut rendered = Rendered::new(&data.image, data.name.as_str()).essential(props.essential);
    rendered = set(rendered, data.credentials.clone(), Rendered::repository_credentials);
    rendered = set(rendered, data.log.clone(), Rendered::log_configuration);
    rendered = set(rendered, list(&data.dependencies, dependency), Rendered::depends_on);
    rendered = environment(props, rendered);
    rendered = processes(props, rendered);
    limits(props, rendered)
}

/// Sets a property where there is a value for it.
fn set<T>(rendered: Rendered, value: Option<T>, setter: impl FnOnce(Rendered, T) -> Rendered) -> Rendered {
    match value {
        Some(value) => setter(rendered, value),
        None => rendered,
    }
}

/// The rendered items; none where there are none.
fn list<T, R>(items: &[T], render: impl Fn(&T) -> R) -> Option<Vec<R>> {
    (!items.is_empty()).then(|| items.iter().map(render).collect())
}

fn dependency(dependency: &Dependency) -> TaskDefinitionContainerDependency {
    TaskDefinitionContainerDependency::new()
        .condition(Word::known(dependency.condition.name()))
        .container_name(dependency.on.as_str())
}

fn pair((name, value): &(String, Value<String>)) -> TaskDefinitionKeyValuePair {
    TaskDefinitionKeyValuePair::new().name(name.as_str()).value(value)
}

fn environment(props: &ContainerDefinitionProps, rendered: Rendered) -> Rendered {
    let secrets =
        list(&distinct(&props.secrets), |(name, secret)| TaskDefinitionSecret::new(name, secret.value_from()));
    let labels = (!props.docker_labels.is_empty()).then(|| props.docker_labels.clone());
    let mut rendered = set(rendered, list(&distinct(&props.environment), pair), Rendered::environment);
    rendered = set(rendered, secrets, Rendered::secrets);
    rendered = set(rendered, list(&props.environment_files, EnvironmentFile::render), Rendered::environment_files);
    rendered = set(rendered, list(&props.ports, PortMapping::render), Rendered::port_mappings);
    rendered = set(rendered, list(&props.mount_points, MountPoint::render), Rendered::mount_points);
    set(rendered, labels, Rendered::docker_labels)
}

/// The first value of each name; another one is a problem, which is reported elsewhere.
fn distinct<V: Clone>(all: &[(String, V)]) -> Vec<(String, V)> {
    let is_first = |(at, (name, _)): &(usize, &(String, V))| all[..*at].iter().all(|(known, _)| known != name);
    all.iter().enumerate().filter(is_first).map(|(_, entry)| entry.clone()).collect()
}

fn processes(props: &ContainerDefinitionProps, rendered: Rendered) -> Rendered {
    let flag = |on: bool| on.then_some(true);
    let words = |words: &[Value<String>]| list(words, Value::clone);
    let firelens = props.firelens.map(|router| {
        let kind = match router {
            FirelensRouter::FluentBit => "fluentbit",
            FirelensRouter::Fluentd => "fluentd",
        };
        TaskDefinitionFirelensConfiguration::new().type_(Word::known(kind))
    });
    let mut rendered = set(rendered, words(&props.entry_point), Rendered::entry_point);
    rendered = set(rendered, words(&props.command), Rendered::command);
    rendered = set(rendered, words(&props.credential_specs), Rendered::credential_specs);
    rendered = set(rendered, props.user.clone(), Rendered::user);
    rendered = set(rendered, props.working_directory.clone(), Rendered::working_directory);
    rendered = set(rendered, flag(props.readonly_root_filesystem), Rendered::readonly_root_filesystem);
    rendered = set(rendered, flag(props.interactive), Rendered::interactive);
    rendered = set(rendered, flag(props.pseudo_terminal), Rendered::pseudo_terminal);
    set(rendered, firelens, Rendered::firelens_configuration)
}

fn limits(props: &ContainerDefinitionProps, rendered: Rendered) -> Rendered {
    let consistency = props.version_consistency.map(|consistency| match consistency {
        VersionConsistency::Enabled => TaskDefinitionContainerDefinitionVersionConsistency::ENABLED,
        VersionConsistency::Disabled => TaskDefinitionContainerDefinitionVersionConsistency::DISABLED,
    });
    let mut rendered = set(rendered, props.cpu, Rendered::cpu);
    rendered = set(rendered, props.memory_limit_mib, Rendered::memory);
    rendered = set(rendered, props.memory_reservation_mib, Rendered::memory_reservation);
    rendered = set(rendered, props.health_check.as_ref().map(HealthCheck::render), Rendered::health_check);
    rendered = set(rendered, list(&props.ulimits, Ulimit::render), Rendered::ulimits);
    rendered = set(rendered, list(&props.system_controls, SystemControl::render), Rendered::system_controls);
    let linux = props.linux_parameters.as_ref().map(LinuxParameters::render);
    rendered = set(rendered, linux, Rendered::linux_parameters);
    rendered = set(rendered, props.start_timeout.map(seconds), Rendered::start_timeout);
    rendered = set(rendered, props.stop_timeout.map(seconds), Rendered::stop_timeout);
    rendered = set(rendered, props.restart_policy.as_ref().map(RestartPolicy::render), Rendered::restart_policy);
    set(rendered, consistency, Rendered::version_consistency)
}
