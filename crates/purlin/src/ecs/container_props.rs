//! The recipe of a container.

use core::time::Duration;

use purlin_construct::{IntoValue, Value};

use super::health::HealthCheck;
use super::image::ContainerImage;
use super::limits::{LinuxParameters, RestartPolicy, SystemControl, Ulimit, VersionConsistency};
use super::log_driver::LogDriver;
use super::port::PortMapping;
use super::secret::{EnvironmentFile, Secret};
use super::volume::MountPoint;

/// The recipe of a container, for [`FargateTaskDefinition::add_container`](super::FargateTaskDefinition::add_container).
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "AWS has these flags")]
#[must_use = "a recipe does nothing until it is added to a task definition"]
pub struct ContainerDefinitionProps {
    pub(super) image: ContainerImage,
    pub(super) name: Option<String>,
    pub(super) essential: bool,
    pub(super) cpu: Option<u32>,
    pub(super) memory_limit_mib: Option<u32>,
    pub(super) memory_reservation_mib: Option<u32>,
    pub(super) ports: Vec<PortMapping>,
    pub(super) environment: Vec<(String, Value<String>)>,
    pub(super) environment_files: Vec<EnvironmentFile>,
    pub(super) secrets: Vec<(String, Secret)>,
    pub(super) health_check: Option<HealthCheck>,
    pub(super) logging: Option<LogDriver>,
    pub(super) firelens: Option<FirelensRouter>,
    pub(super) mount_points: Vec<MountPoint>,
    pub(super) ulimits: Vec<Ulimit>,
    pub(super) system_controls: Vec<SystemControl>,
    pub(super) docker_labels: Vec<(String, Value<String>)>,
    pub(super) entry_point: Vec<Value<String>>,
    pub(super) command: Vec<Value<String>>,
    pub(super) credential_specs: Vec<Value<String>>,
    pub(super) user: Option<String>,
    pub(super) working_directory: Option<String>,
    pub(super) readonly_root_filesystem: bool,
    pub(super) linux_parameters: Option<LinuxParameters>,
    pub(super) start_timeout: Option<Duration>,
    pub(super) stop_timeout: Option<Duration>,
    pub(super) restart_policy: Option<RestartPolicy>,
    pub(super) version_consistency: Option<VersionConsistency>,
    pub(super) interactive: bool,
    pub(super) pseudo_terminal: bool,
}

/// The program of a container that routes the output of the others
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirelensRouter {
    /// Fluent Bit.
    FluentBit,
    /// Fluentd.
    Fluentd,
}

impl ContainerDefinitionProps {
    pub(super) fn new(image: ContainerImage) -> Self {
        Self {
            image,
            name: None,
            essential: true,
            cpu: None,
            memory_limit_mib: None,
            memory_reservation_mib: None,
            ports: Vec::new(),
            environment: Vec::new(),
            environment_files: Vec::new(),
            secrets: Vec::new(),
            health_check: None,
            logging: None,
            firelens: None,
            mount_points: Vec::new(),
            ulimits: Vec::new(),
            system_controls: Vec::new(),
            docker_labels: Vec::new(),
            entry_point: Vec::new(),
            command: Vec::new(),
            credential_specs: Vec::new(),
            user: None,
            working_directory: None,
            readonly_root_filesystem: false,
            linux_parameters: None,
            start_timeout: None,
            stop_timeout: None,
            restart_policy: None,
            version_consistency: None,
            interactive: false,
            pseudo_terminal: false,
        }
    }

    /// The container's name within its task; its id unless given.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The task keeps running when this container stops; the whole task stops unless given.
    pub fn non_essential(self) -> Self {
        Self { essential: false, ..self }
    }

    /// The CPU units of this container, of those of the task; shared with the other containers unless given.
    pub fn cpu_units(self, units: u32) -> Self {
        Self { cpu: Some(units), ..self }
    }

    /// The container is killed if it uses more memory than this; its limit is the task's memory unless given.
    pub fn memory_limit_mib(self, limit: u32) -> Self {
        Self { memory_limit_mib: Some(limit), ..self }
    }

    /// Memory that is reserved for this container; none unless given.
    pub fn memory_reservation_mib(self, reservation: u32) -> Self {
        Self { memory_reservation_mib: Some(reservation), ..self }
    }

    /// A TCP port of the container.
    pub fn port(self, port: u16) -> Self {
        self.port_mapping(PortMapping::tcp(port))
    }

    /// A port of the container, with its protocol or a name.
    pub fn port_mapping(mut self, mapping: PortMapping) -> Self {
        self.ports.push(mapping);
        self
    }

    /// An environment variable; a second value for a name is a problem. Principals that may describe task definitions
    /// can read it: use [`secret`](Self::secret) for secrets.
    pub fn environment(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.set_environment(name.into(), value.into_value());
        self
    }

    pub(super) fn set_environment(&mut self, name: String, value: Value<String>) {
        let variable = (name, value);
        if !self.environment.contains(&variable) {
            self.environment.push(variable);
        }
    }

    /// A file of environment variables in Amazon S3.
    pub fn environment_file(mut self, file: EnvironmentFile) -> Self {
        self.environment_files.push(file);
        self
    }

    /// An environment variable that is a secret: ECS reads it when the container starts.
    pub fn secret(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.set_secret(name.into(), secret);
        self
    }

    pub(super) fn set_secret(&mut self, name: String, secret: Secret) {
        if !self.secrets.iter().any(|(known, value)| *known == name && value.value_from() == secret.value_from()) {
            self.secrets.push((name, secret));
        }
    }

    /// A command that checks the container's health; none unless given.
    pub fn health_check(self, check: HealthCheck) -> Self {
        Self { health_check: Some(check), ..self }
    }

    /// The destination of its output; dropped unless given.
    pub fn logging(self, driver: LogDriver) -> Self {
        Self { logging: Some(driver), ..self }
    }

    /// Routes the output of the containers with [`LogDriver::firelens`].
    pub fn firelens_router(self, router: FirelensRouter) -> Self {
        Self { firelens: Some(router), ..self }
    }

    /// The path of a volume of the task.
    pub fn mount_point(mut self, point: MountPoint) -> Self {
        self.mount_points.push(point);
        self
    }

    /// A limit of its processes.
    pub fn ulimit(mut self, limit: Ulimit) -> Self {
        self.ulimits.push(limit);
        self
    }

    /// A parameter of the kernel.
    pub fn system_control(mut self, control: SystemControl) -> Self {
        self.system_controls.push(control);
        self
    }

    /// A Docker label.
    pub fn docker_label(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.docker_labels.push((name.into(), value.into_value()));
        self
    }

    /// The program, with its first arguments: the image's `ENTRYPOINT` unless given.
    pub fn entry_point<A: IntoValue<String>>(self, words: impl IntoIterator<Item = A>) -> Self {
        Self { entry_point: words.into_iter().map(IntoValue::into_value).collect(), ..self }
    }

    /// The arguments of the entry point: the image's `CMD` unless given.
    pub fn command<A: IntoValue<String>>(self, words: impl IntoIterator<Item = A>) -> Self {
        Self { command: words.into_iter().map(IntoValue::into_value).collect(), ..self }
    }

    /// A credential specification for Active Directory: `credentialspecdomainless:arn:..`
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-linux-gmsa.html>).
    pub fn credential_spec(mut self, specification: impl IntoValue<String>) -> Self {
        self.credential_specs.push(specification.into_value());
        self
    }

    /// The user of its processes, `name` or `uid:gid`: the image's `USER` unless given.
    pub fn user(self, user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), ..self }
    }

    /// The working directory of its processes: the image's `WORKDIR` unless given.
    pub fn working_directory(self, path: impl Into<String>) -> Self {
        Self { working_directory: Some(path.into()), ..self }
    }

    /// Makes everything but its volumes read-only. ECS Exec does not work with it.
    pub fn readonly_root_filesystem(self) -> Self {
        Self { readonly_root_filesystem: true, ..self }
    }

    /// The Linux settings.
    pub fn linux_parameters(self, parameters: LinuxParameters) -> Self {
        Self { linux_parameters: Some(parameters), ..self }
    }

    /// How long other containers wait for this one: 2 to 120 seconds.
    pub fn start_timeout(self, time: Duration) -> Self {
        Self { start_timeout: Some(time), ..self }
    }

    /// The time to stop before it is killed, 2 to 120 seconds: 30 seconds unless given.
    pub fn stop_timeout(self, time: Duration) -> Self {
        Self { stop_timeout: Some(time), ..self }
    }

    /// ECS restarts it when it exits, while the rest of the task keeps running; not unless given.
    pub fn restart_policy(self, policy: RestartPolicy) -> Self {
        Self { restart_policy: Some(policy), ..self }
    }

    /// Whether every task of a deployment runs the same image: yes unless given.
    pub fn version_consistency(self, consistency: VersionConsistency) -> Self {
        Self { version_consistency: Some(consistency), ..self }
    }

    /// Opens its standard input.
    pub fn interactive(self) -> Self {
        Self { interactive: true, ..self }
    }

    /// Gives it a terminal.
    pub fn pseudo_terminal(self) -> Self {
        Self { pseudo_terminal: true, ..self }
    }
}
