//! The recipe of a task definition.

use std::cell::RefCell;

use purlin_cfn::ecs::{
    CfnTaskDefinition, TaskDefinitionEphemeralStorage, TaskDefinitionNetworkMode, TaskDefinitionPidMode,
    TaskDefinitionRequiresCompatibilities, TaskDefinitionRuntimePlatform,
};
use purlin_construct::{Construct, IntoValue, Scope, Value, Word};

use super::platform::{CpuArchitecture, OperatingSystemFamily};
use super::size::{self, Cpu};
use super::task::{self, FargateTaskDefinition, Task};
use super::task_check;
use super::volume::Volume;
use crate::applicationautoscaling::unique_id;
use crate::iam::Role;

/// The recipe of a [`FargateTaskDefinition`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct FargateTaskDefinitionProps {
    cpu: Option<Cpu>,
    memory_mib: Option<u32>,
    ephemeral_storage_gib: Option<u32>,
    architecture: Option<CpuArchitecture>,
    system: Option<OperatingSystemFamily>,
    family: Option<Value<String>>,
    task_role: Option<Role>,
    execution_role: Option<Role>,
    volumes: Vec<Volume>,
    shared_processes: bool,
    fault_injection: bool,
}

impl FargateTaskDefinitionProps {
    /// The CPU of the task: a quarter of a virtual CPU unless given.
    pub fn cpu(self, cpu: impl Into<Cpu>) -> Self {
        Self { cpu: Some(cpu.into()), ..self }
    }

    /// The memory of the task: the least that goes with its CPU unless given, 512 MiB with a quarter of a virtual CPU.
    pub fn memory_mib(self, memory: u32) -> Self {
        Self { memory_mib: Some(memory), ..self }
    }

    /// Storage that ends with the task: 20 GiB unless given; 21 to 200 are allowed
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>).
    pub fn ephemeral_storage_gib(self, size: u32) -> Self {
        Self { ephemeral_storage_gib: Some(size), ..self }
    }

    /// The architecture of the CPU: X86_64 unless given. Images that are built from a Dockerfile follow it.
    pub fn cpu_architecture(self, architecture: CpuArchitecture) -> Self {
        Self { architecture: Some(architecture), ..self }
    }

    /// The operating system: Linux unless given.
    pub fn operating_system(self, system: OperatingSystemFamily) -> Self {
        Self { system: Some(system), ..self }
    }

    /// What the revisions have in common: a name made of its place in the app unless given.
    pub fn family(self, name: impl IntoValue<String>) -> Self {
        Self { family: Some(name.into_value()), ..self }
    }

    /// The role the programs in the containers act as; one is made unless given.
    pub fn task_role(self, role: &Role) -> Self {
        Self { task_role: Some(role.clone()), ..self }
    }

    /// The role ECS itself acts as for the task; one is made, when it is needed, unless given.
    pub fn execution_role(self, role: &Role) -> Self {
        Self { execution_role: Some(role.clone()), ..self }
    }

    /// A volume, which containers mount by its name.
    pub fn volume(mut self, volume: Volume) -> Self {
        self.volumes.push(volume);
        self
    }

    /// The containers see each other's processes (`PidMode` `task`); each sees its own unless given. On Linux only.
    pub fn shared_process_namespace(self) -> Self {
        Self { shared_processes: true, ..self }
    }

    /// AWS Fault Injection Service may disturb the task; it may not unless given.
    pub fn fault_injection(self) -> Self {
        Self { fault_injection: true, ..self }
    }

    fn is_windows(&self) -> bool {
        self.system.is_some_and(OperatingSystemFamily::is_windows)
    }

    fn check(&self, scope: &Scope, cpu: Cpu, memory: u32) {
        size::check(scope, cpu, memory, self.is_windows());
        if let Some(size) = self.ephemeral_storage_gib
            && !(21..=200).contains(&size)
        {
            scope.error(
                format!("the task's ephemeral storage is {size} GiB, Fargate allows 21 to 200"),
                "leave `.ephemeral_storage_gib(..)` out for the 20 GiB that every task has",
            );
        }
        let linux_only = [
            (self.architecture == Some(CpuArchitecture::Arm64), "runs on ARM64"),
            (self.ephemeral_storage_gib.is_some(), "sets its ephemeral storage"),
            (self.shared_processes, "shares a process namespace"),
        ];
        for (_, what) in linux_only.into_iter().filter(|(asked, _)| *asked && self.is_windows()) {
            scope.error(
                format!("the task {what}, which Fargate has for Linux only, but its operating system is Windows"),
                "run it on Linux, or leave that out",
            );
        }
        if let Some(family) = self.family.as_ref().and_then(Value::as_str) {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if family.is_empty() || family.len() > 255 || !family.chars().all(allowed) {
                scope.error(
                    format!("`{family}` is not a name of a family: up to 255 letters, digits, `-` and `_`"),
                    "choose another, or leave `.family(..)` out",
                );
            }
        }
    }

    fn render(&self, cpu: Cpu, memory: u32, family: &Value<String>, task_role: &Role) -> CfnTaskDefinition {
        let mut task = CfnTaskDefinition::new()
            .cpu(cpu.units().to_string())
            .memory(memory.to_string())
            .family(family)
            .network_mode(TaskDefinitionNetworkMode::AWSVPC)
            .requires_compatibilities([TaskDefinitionRequiresCompatibilities::FARGATE])
            .task_role_arn(task_role.arn());
        if let Some(size) = self.ephemeral_storage_gib {
            task = task.ephemeral_storage(TaskDefinitionEphemeralStorage::new().size_in_gib(size));
        }
        if self.architecture.is_some() || self.system.is_some() {
            let mut platform = TaskDefinitionRuntimePlatform::new();
            if let Some(architecture) = self.architecture {
                platform = platform.cpu_architecture(Word::known(architecture.name()));
            }
            if let Some(system) = self.system {
                platform = platform.operating_system_family(Word::known(system.name()));
            }
            task = task.runtime_platform(platform);
        }
        if self.shared_processes {
            task = task.pid_mode(TaskDefinitionPidMode::TASK);
        }
        if self.fault_injection {
            task = task.enable_fault_injection(true);
        }
        match &self.execution_role {
            Some(role) => task.execution_role_arn(role.arn()),
            None => task,
        }
    }
}

impl Construct for FargateTaskDefinitionProps {
    type Handle = FargateTaskDefinition;
    fn build(self, scope: Scope) -> FargateTaskDefinition {
        let cpu = self.cpu.unwrap_or(Cpu::QUARTER_VCPU);
        let memory_mib = self.memory_mib.unwrap_or_else(|| size::least_memory(cpu));
        self.check(&scope, cpu, memory_mib);
        let family = self.family.clone().unwrap_or_else(|| unique_id(&scope).into_value());
        let task_role = self.task_role.clone().unwrap_or_else(|| scope.add("TaskRole", Role::props(task::tasks())));
        let cfn = scope.add("Resource", self.render(cpu, memory_mib, &family, &task_role));
        let architecture = self.architecture.unwrap_or(CpuArchitecture::X86_64);
        let platform = (!self.is_windows()).then(|| architecture.image_platform());
        let task = FargateTaskDefinition::new(Task {
            scope: scope.clone(),
            cfn,
            family,
            cpu,
            memory_mib,
            platform,
            role: task_role,
            execution_role: RefCell::new(self.execution_role),
            containers: RefCell::default(),
            volumes: RefCell::default(),
        });
        self.volumes.into_iter().for_each(|volume| task.add_volume(volume));
        let checked = task.clone();
        scope.validate(move |_| task_check::finished(&checked));
        task
    }
}
