//! A task definition: the containers of a task, its size and its roles.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use purlin_cfn::ecs::CfnTaskDefinition;
use purlin_construct::{Expr, HasScope, Ref, Scope, Value};

use super::container::{Addition, ContainerDefinition, Data};
use super::container_props::ContainerDefinitionProps;
use super::container_render;
use super::platform::Platform;
use super::size::Cpu;
use super::task_props::FargateTaskDefinitionProps;
use super::volume::Volume;
use crate::iam::{Grant, Grantee, PolicyStatement, Principal, Role};

/// A task definition for Fargate: the containers of a task, its size and its roles
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>).
///
/// ```
/// use purlin::ecs::{ContainerDefinition, ContainerImage, Cpu, FargateTaskDefinition, LogDriver};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let task = stack.add("Task", FargateTaskDefinition::props().cpu(Cpu::HALF_VCPU).memory_mib(1024));
/// let image = ContainerImage::from_registry("public.ecr.aws/nginx/nginx:1.29");
/// task.add_container("web", ContainerDefinition::props(image).port(80).logging(LogDriver::aws_logs("web")));
/// ```
#[derive(Clone)]
pub struct FargateTaskDefinition(Rc<Task>);

pub(super) struct Task {
    pub(super) scope: Scope,
    pub(super) cfn: Ref<CfnTaskDefinition>,
    pub(super) family: Value<String>,
    pub(super) cpu: Cpu,
    pub(super) memory_mib: u32,
    pub(super) platform: Option<Platform>,
    pub(super) role: Role,
    pub(super) execution_role: RefCell<Option<Role>>,
    pub(super) containers: RefCell<Vec<(Scope, Rc<RefCell<Data>>)>>,
    pub(super) volumes: RefCell<Vec<Volume>>,
    /// The containers as they were last written to the raw resource.
    pub(super) rendered: RefCell<Option<Expr>>,
}

impl FargateTaskDefinition {
    /// A task with a quarter of a virtual CPU and 512 MiB, on Linux and X86_64, without containers.
    pub fn props() -> FargateTaskDefinitionProps {
        FargateTaskDefinitionProps::default()
    }

    pub(super) fn new(task: Task) -> Self {
        Self(Rc::new(task))
    }

    /// The raw resource. Every change of a container rewrites its `ContainerDefinitions`: change them with
    /// `override_property`.
    pub fn cfn(&self) -> &Ref<CfnTaskDefinition> {
        &self.0.cfn
    }

    /// The ARN of the newest revision.
    pub fn arn(&self) -> Value<String> {
        self.0.cfn.id()
    }

    /// The family, the name of all revisions.
    pub fn family(&self) -> Value<String> {
        self.0.family.clone()
    }

    /// The CPU of the task.
    pub fn cpu(&self) -> Cpu {
        self.0.cpu
    }

    /// The memory of the task.
    pub fn memory_mib(&self) -> u32 {
        self.0.memory_mib
    }

    /// The role of the programs in the containers.
    pub fn task_role(&self) -> &Role {
        &self.0.role
    }

    /// The role that ECS uses for the task, to pull images, write logs and read secrets; none if it is not needed yet.
    pub fn execution_role(&self) -> Option<Role> {
        self.0.execution_role.borrow().clone()
    }

    /// The role that ECS uses for the task; created if it was not needed before.
    pub fn obtain_execution_role(&self) -> Role {
        if let Some(role) = self.execution_role() {
            return role;
        }
        let role = self.0.scope.add("ExecutionRole", Role::props(tasks()));
        *self.0.execution_role.borrow_mut() = Some(role.clone());
        self.0.cfn.update(|task| task.execution_role_arn(role.arn()));
        role
    }

    /// Adds a permission for the programs in the containers.
    pub fn add_to_task_role_policy(&self, statement: PolicyStatement) {
        self.0.role.add_to_policy(statement);
    }

    /// Adds a permission for ECS, for this task.
    pub fn add_to_execution_role_policy(&self, statement: PolicyStatement) {
        self.obtain_execution_role().add_to_policy(statement);
    }

    /// Adds a container. The id is its name, unless the recipe gives one.
    ///
    /// Services forward traffic to the first essential container.
    #[track_caller]
    pub fn add_container(&self, id: impl AsRef<str>, props: ContainerDefinitionProps) -> ContainerDefinition {
        self.0.scope.add(id, Addition { task: self.clone(), props })
    }

    /// Adds a volume, which containers mount by its name.
    pub fn add_volume(&self, volume: Volume) {
        volume.check(&self.0.scope);
        self.0.cfn.append("Volumes", volume.render());
        self.0.volumes.borrow_mut().push(volume);
    }

    /// The containers, in the order they were added.
    pub fn containers(&self) -> Vec<ContainerDefinition> {
        let containers = self.0.containers.borrow().clone();
        containers.into_iter().map(|(scope, data)| ContainerDefinition::of(scope, self.clone(), data)).collect()
    }

    /// The container that services send traffic to: the first essential one.
    pub fn default_container(&self) -> Option<ContainerDefinition> {
        self.containers().into_iter().find(|container| container.data().props.essential)
    }

    /// The container of this name.
    pub fn find_container(&self, name: &str) -> Option<ContainerDefinition> {
        self.containers().into_iter().find(|container| container.data().name == name)
    }

    /// Permits running the task: `ecs:RunTask`, and handing ECS the roles of the task.
    ///
    /// Add the containers first: they determine whether there is an execution role to pass.
    pub fn grant_run(&self, grantee: &impl Grantee) -> Grant {
        let roles = [self.0.role.arn()].into_iter().chain(self.execution_role().map(|role| role.arn()));
        let pass = PolicyStatement::allow().action("iam:PassRole").resources(roles);
        let pass = pass.condition("StringLike", "iam:PassedToService", "ecs-tasks.amazonaws.com");
        let run = PolicyStatement::allow().action("ecs:RunTask").resource(self.arn());
        Grant::statement(grantee, pass).combine(Grant::statement(grantee, run))
    }

    /// The platform for which the task's images are built; none for Windows, which has no image builds.
    pub(super) fn image_platform(&self) -> Option<Platform> {
        self.0.platform
    }

    pub(super) fn adopt(&self, scope: Scope, data: Rc<RefCell<Data>>) {
        self.0.containers.borrow_mut().push((scope, data));
        self.refresh();
    }

    /// Writes the containers to the raw resource.
    pub(super) fn refresh(&self) {
        let containers: Vec<_> =
            self.0.containers.borrow().iter().map(|(_, data)| container_render::container(&data.borrow())).collect();
        let is_replaced = self.0.cfn.scope().property("ContainerDefinitions") != self.0.rendered.take();
        if is_replaced {
            self.0.cfn.scope().error(
                "the containers were replaced in the raw resource, and what is added to the task now would be lost, or \
                 replace them",
                "add to the task before, or change a container by `override_property(\"ContainerDefinitions.0.Cpu\", ..)`",
            );
        }
        self.0.cfn.update(|task| task.container_definitions(containers));
        self.0.rendered.replace(self.0.cfn.scope().property("ContainerDefinitions"));
    }

    pub(super) fn volume_names(&self) -> Vec<String> {
        self.0.volumes.borrow().iter().map(|volume| volume.name().to_owned()).collect()
    }
}

/// The principal that assumes the roles of a task.
pub(super) fn tasks() -> Principal {
    Principal::service("ecs-tasks.amazonaws.com")
}

impl Grantee for FargateTaskDefinition {
    fn grant_principal(&self) -> Principal {
        self.0.role.grant_principal()
    }

    fn add_to_principal_policy(&self, statement: PolicyStatement) -> bool {
        self.0.role.add_to_principal_policy(statement)
    }

    fn policy_scope(&self) -> Option<Scope> {
        self.0.role.policy_scope()
    }
}

impl HasScope for FargateTaskDefinition {
    fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

impl fmt::Debug for FargateTaskDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FargateTaskDefinition({:?})", self.0.scope)
    }
}
