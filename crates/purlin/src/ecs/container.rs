//! A container of a task.

use std::cell::{Ref as Borrowed, RefCell};
use std::rc::Rc;

use purlin_cfn::ecs::{TaskDefinitionLogConfiguration, TaskDefinitionRepositoryCredentials};
use purlin_construct::{Construct, HasScope, IntoValue, Scope, Value};

use super::container_check;
use super::container_props::ContainerDefinitionProps;
use super::image::ContainerImage;
use super::port::{PortMapping, Protocol};
use super::secret::Secret;
use super::task::FargateTaskDefinition;
use super::volume::MountPoint;

/// A container of a task.
#[derive(Debug, Clone)]
pub struct ContainerDefinition {
    scope: Scope,
    task: FargateTaskDefinition,
    data: Rc<RefCell<Data>>,
}

/// The data of a container; the task renders it.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) name: String,
    pub(super) props: ContainerDefinitionProps,
    pub(super) image: Value<String>,
    pub(super) credentials: Option<TaskDefinitionRepositoryCredentials>,
    pub(super) log: Option<TaskDefinitionLogConfiguration>,
    pub(super) dependencies: Vec<Dependency>,
}

/// Another container of the task that must be in some state before this one starts.
#[derive(Debug, Clone)]
pub(super) struct Dependency {
    pub(super) on: String,
    pub(super) condition: ContainerCondition,
}

/// The state of a container for which another one waits
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerCondition {
    /// It has started.
    Start,
    /// It has exited. Not for an essential container, whose exit stops the task.
    Complete,
    /// It has exited with code 0. Not for an essential container, whose exit stops the task.
    Success,
    /// Its health check has passed.
    Healthy,
}

impl ContainerCondition {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Complete => "COMPLETE",
            Self::Success => "SUCCESS",
            Self::Healthy => "HEALTHY",
        }
    }
}

impl ContainerDefinition {
    /// A container of an image: essential, without ports, with its output dropped.
    pub fn props(image: impl Into<ContainerImage>) -> ContainerDefinitionProps {
        ContainerDefinitionProps::new(image.into())
    }

    pub(super) fn of(scope: Scope, task: FargateTaskDefinition, data: Rc<RefCell<Data>>) -> Self {
        Self { scope, task, data }
    }

    /// Its name within the task.
    pub fn name(&self) -> String {
        self.data.borrow().name.clone()
    }

    /// Its first TCP port, if there is one.
    pub fn container_port(&self) -> Option<u16> {
        self.data.borrow().props.ports.iter().find(|mapping| mapping.is_tcp()).map(PortMapping::port)
    }

    /// Its task.
    pub fn task_definition(&self) -> &FargateTaskDefinition {
        &self.task
    }

    pub(super) fn data(&self) -> Borrowed<'_, Data> {
        self.data.borrow()
    }

    pub(super) fn listens_on(&self, port: u16) -> bool {
        self.data.borrow().props.ports.iter().any(|mapping| mapping.covers(port, Protocol::Tcp))
    }

    fn edit(&self, change: impl FnOnce(&mut Data)) {
        change(&mut self.data.borrow_mut());
        self.task.refresh();
    }

    /// Sets an environment variable; a second value for a name is a problem.
    pub fn add_environment(&self, name: impl Into<String>, value: impl IntoValue<String>) {
        let (name, value) = (name.into(), value.into_value());
        container_check::environment_value(&self.scope, &name, &value);
        self.edit(|data| data.props.set_environment(name, value));
    }

    /// Whether the container has this variable, plain or secret.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        let data = self.data.borrow();
        let is_plain = data.props.environment.iter().any(|(known, _)| known == name);
        is_plain || data.props.secrets.iter().any(|(known, _)| known == name)
    }

    /// Sets an environment variable that is a secret: ECS reads it when the container starts.
    pub fn add_secret(&self, name: impl Into<String>, secret: Secret) {
        let name = name.into();
        secret.check(&self.scope, &name);
        secret.grant_read(&self.task.obtain_execution_role());
        self.edit(|data| data.props.set_secret(name, secret));
    }

    /// Adds a port.
    pub fn add_port_mapping(&self, mapping: PortMapping) {
        self.edit(|data| data.props.ports.push(mapping));
    }

    /// Mounts a volume of the task.
    pub fn add_mount_point(&self, point: MountPoint) {
        self.edit(|data| data.props.mount_points.push(point));
    }

    /// Adds a Docker label.
    pub fn add_docker_label(&self, name: impl Into<String>, value: impl IntoValue<String>) {
        let label = (name.into(), value.into_value());
        self.edit(|data| data.props.docker_labels.push(label));
    }

    /// Starts this container only when another one of the task is in a state, and stops it before that one.
    ///
    /// The example is a sidecar that must be ready before the program starts. Its files are in its image: tasks on
    /// Fargate have no other storage with files before the containers start.
    ///
    /// ```
    /// use core::time::Duration;
    /// use purlin::ecs::{
    ///     ContainerCondition, ContainerDefinition, ContainerImage, FargateTaskDefinition, HealthCheck,
    /// };
    /// use purlin::{App, Stack};
    ///
    /// let app = App::new();
    /// let stack = app.add("Web", Stack::props());
    /// let task = stack.add("Task", FargateTaskDefinition::props());
    /// let web = ContainerImage::from_registry("public.ecr.aws/nginx/nginx:1.29");
    /// let web = task.add_container("web", ContainerDefinition::props(web).port(80));
    /// // Or `ContainerImage::from_asset("proxy")`, with a Dockerfile of two lines: `FROM ..`, `COPY config /etc/envoy`.
    /// let proxy = ContainerImage::from_registry("docker.io/envoyproxy/envoy:v1.36.0");
    /// let check = HealthCheck::command(["/check"]).interval(Duration::from_secs(5));
    /// let proxy = task.add_container("proxy", ContainerDefinition::props(proxy).health_check(check));
    /// web.add_dependency(&proxy, ContainerCondition::Healthy);
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn add_dependency(&self, on: &ContainerDefinition, condition: ContainerCondition) {
        let dependency = Dependency { on: on.name(), condition };
        self.edit(|data| data.dependencies.push(dependency));
    }
}

impl HasScope for ContainerDefinition {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// A container's recipe with its task.
pub(super) struct Addition {
    pub(super) task: FargateTaskDefinition,
    pub(super) props: ContainerDefinitionProps,
}

impl Construct for Addition {
    type Handle = ContainerDefinition;
    fn build(self, scope: Scope) -> ContainerDefinition {
        let Self { task, props } = self;
        container_check::own(&scope, &props);
        let execution_role = || task.obtain_execution_role();
        let (image, credentials) = props.image.bind(&scope, task.image_platform(), &execution_role);
        let log = props.logging.as_ref().map(|driver| driver.bind(&scope, &execution_role));
        for (name, secret) in &props.secrets {
            secret.check(&scope, name);
            secret.grant_read(&execution_role());
        }
        for file in &props.environment_files {
            file.check(&scope);
            file.grant_read(&execution_role());
        }
        let name = props.name.clone().unwrap_or_else(|| scope.id());
        let data = Data { name, props, image, credentials, log, dependencies: Vec::new() };
        let data = Rc::new(RefCell::new(data));
        task.adopt(scope.clone(), Rc::clone(&data));
        ContainerDefinition::of(scope, task, data)
    }
}
