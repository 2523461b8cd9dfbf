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
use crate::check::Checks;
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

    /// The memory of the task: the minimum for its CPU unless given, 512 MiB for a quarter of a virtual CPU.
    pub fn memory_mib(self, memory: u32) -> Self {
        Self { memory_mib: Some(memory), ..self }
    }

    /// The ephemeral storage of the task, 21 to 200 GiB: 20 GiB unless given
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>).
    pub fn ephemeral_storage_gib(self, size: u32) -> Self {
        Self { ephemeral_storage_gib: Some(size), ..self }
    }

    /// The architecture of the CPU: X86_64 unless given. Images from a Dockerfile are built for it.
    pub fn cpu_architecture(self, architecture: CpuArchitecture) -> Self {
        Self { architecture: Some(architecture), ..self }
    }

    /// The operating system: Linux unless given.
    pub fn operating_system(self, system: OperatingSystemFamily) -> Self {
        Self { system: Some(system), ..self }
    }

    /// The family, the name of all revisions: built from the path unless given.
    pub fn family(self, name: impl IntoValue<String>) -> Self {
        Self { family: Some(name.into_value()), ..self }
    }

    /// The role of the programs in the containers; a new one unless given.
    pub fn task_role(self, role: &Role) -> Self {
        Self { task_role: Some(role.clone()), ..self }
    }

    /// The role that ECS uses for the task; created when it is needed unless given.
    pub fn execution_role(self, role: &Role) -> Self {
        Self { execution_role: Some(role.clone()), ..self }
    }

    /// A volume, which containers mount by its name.
    pub fn volume(mut self, volume: Volume) -> Self {
        self.volumes.push(volume);
        self
    }

    /// The containers share one process namespace (`PidMode` `task`); each has its own unless given. On Linux only.
    pub fn shared_process_namespace(self) -> Self {
        Self { shared_processes: true, ..self }
    }

    /// Allows AWS Fault Injection Service for the task; not unless given.
    pub fn fault_injection(self) -> Self {
        Self { fault_injection: true, ..self }
    }

    fn is_windows(&self) -> bool {
        self.system.is_some_and(OperatingSystemFamily::is_windows)
    }

    fn check(&self, scope: &Scope, cpu: Cpu, memory: u32) {
        size::check(scope, cpu, memory, self.is_windows());
        let check = scope.check("the task's ephemeral storage in GiB");
        let check = check.hint("leave `.ephemeral_storage_gib(..)` out for the 20 GiB of every task");
        check.number(self.ephemeral_storage_gib, 21..=200);
        let linux_only = [
            (self.architecture == Some(CpuArchitecture::Arm64), "runs on ARM64"),
            (self.ephemeral_storage_gib.is_some(), "sets its ephemeral storage"),
            (self.shared_processes, "shares a process namespace"),
        ];
        for (_, what) in linux_only.into_iter().filter(|(is_set, _)| *is_set && self.is_windows()) {
            scope.error(
                format!("the task {what}, but its operating system is Windows, and AWS takes that for Linux only"),
                "run it on Linux, or leave that out",
            );
        }
        scope.check("the family of the task definition").name(&self.family, 1..=255, "-_");
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
            rendered: RefCell::default(),
        });
        self.volumes.into_iter().for_each(|volume| task.add_volume(volume));
        let checked = task.clone();
        scope.validate(move |_| task_check::finished(&checked));
        task
    }
}
