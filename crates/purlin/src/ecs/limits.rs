//! Limits, kernel parameters and restarts of a container.

use core::time::Duration;

use purlin_cfn::ecs::{
    TaskDefinitionKernelCapabilities, TaskDefinitionLinuxParameters, TaskDefinitionRestartPolicy,
    TaskDefinitionSystemControl, TaskDefinitionUlimit,
};
use purlin_construct::{IntoValue, Scope};

use crate::check::Checks;
use crate::time::seconds;

/// A limit of a container's processes. On Fargate, `nofile`, the number of open files, is the one that can be changed
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-defs.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    name: String,
    soft: u32,
    hard: u32,
}

impl Ulimit {
    /// The number of open files: the soft limit, and the hard limit up to which a process may raise it.
    pub fn open_files(soft: u32, hard: u32) -> Self {
        Self::custom("nofile", soft, hard)
    }

    /// A limit by Docker's name. One that cannot be changed on Fargate is a warning.
    pub fn custom(name: impl Into<String>, soft: u32, hard: u32) -> Self {
        Self { name: name.into(), soft, hard }
    }

    pub(super) fn check(&self, scope: &Scope) {
        if self.name != "nofile" {
            scope.warning(
                format!("the limit `{}` has no effect on Fargate, where only `nofile` can be changed", self.name),
                "leave it out: tasks have the operating system's limit",
            );
        }
        if self.soft > self.hard {
            scope.error(
                format!("the soft limit of `{}` is {}, above its hard limit of {}", self.name, self.soft, self.hard),
                "give a soft limit that is not above the hard one",
            );
        }
    }

    pub(super) fn render(&self) -> TaskDefinitionUlimit {
        TaskDefinitionUlimit::new(self.hard, self.name.as_str().into_value(), self.soft)
    }
}

/// A parameter of the kernel: `net.core.somaxconn`, with `1024`
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SystemControl.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemControl {
    namespace: String,
    value: String,
}

impl SystemControl {
    /// A parameter by its name, and its value.
    pub fn new(namespace: impl Into<String>, value: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), value: value.into() }
    }

    pub(super) fn render(&self) -> TaskDefinitionSystemControl {
        TaskDefinitionSystemControl::new().namespace(self.namespace.as_str()).value(self.value.as_str())
    }
}

/// Linux settings of a container
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "the parameters do nothing until they are given to a container"]
pub struct LinuxParameters {
    init_process: bool,
    add: Vec<String>,
    drop: Vec<String>,
}

impl LinuxParameters {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs an init process that forwards signals and reaps orphaned processes, including those of ECS Exec.
    pub fn init_process(self) -> Self {
        Self { init_process: true, ..self }
    }

    /// Adds a capability. Fargate allows `SYS_PTRACE`.
    pub fn add_capability(mut self, name: impl Into<String>) -> Self {
        self.add.push(name.into());
        self
    }

    /// Removes one of Docker's default capabilities; `ALL` removes all.
    pub fn drop_capability(mut self, name: impl Into<String>) -> Self {
        self.drop.push(name.into());
        self
    }

    pub(super) fn has_init_process(&self) -> bool {
        self.init_process
    }

    pub(super) fn check(&self, scope: &Scope) {
        for name in self.add.iter().filter(|name| *name != "SYS_PTRACE") {
            scope.error(
                format!("the capability `{name}` is added, but AWS takes only `SYS_PTRACE` on Fargate"),
                "leave it out",
            );
        }
    }

    pub(super) fn render(&self) -> TaskDefinitionLinuxParameters {
        let mut parameters = TaskDefinitionLinuxParameters::new();
        if self.init_process {
            parameters = parameters.init_process_enabled(true);
        }
        if self.add.is_empty() && self.drop.is_empty() {
            return parameters;
        }
        let mut capabilities = TaskDefinitionKernelCapabilities::new();
        if !self.add.is_empty() {
            capabilities = capabilities.add(self.add.clone());
        }
        if !self.drop.is_empty() {
            capabilities = capabilities.drop(self.drop.clone());
        }
        parameters.capabilities(capabilities)
    }
}

/// ECS restarts a container that exits, while the rest of the task keeps running
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a restart policy does nothing until it is given to a container"]
pub struct RestartPolicy {
    ignored_exit_codes: Vec<i32>,
    attempt_period: Option<Duration>,
}

impl RestartPolicy {
    /// Restarts the container whenever it exits after having run for 300 seconds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does not restart the container when it exits with this code.
    pub fn ignore_exit_code(mut self, code: i32) -> Self {
        self.ignored_exit_codes.push(code);
        self
    }

    /// The minimum run time after which the container is restarted, 60 to 1800 seconds: 300 seconds unless given.
    pub fn attempt_period(self, period: Duration) -> Self {
        Self { attempt_period: Some(period), ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        scope.check("the attempt period of the restart policy").whole_seconds(self.attempt_period, 60..=1800);
        scope.check("the restart policy").count("ignored exit codes", self.ignored_exit_codes.len(), ..=50);
    }

    pub(super) fn render(&self) -> TaskDefinitionRestartPolicy {
        let mut policy = TaskDefinitionRestartPolicy::new().enabled(true);
        if !self.ignored_exit_codes.is_empty() {
            policy = policy.ignored_exit_codes(self.ignored_exit_codes.clone());
        }
        match self.attempt_period {
            Some(period) => policy.restart_attempt_period(seconds(period)),
            None => policy,
        }
    }
}

/// Whether a deployment pins a container's image: ECS resolves the tag to a digest once, and every task of the
/// deployment runs that digest (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionConsistency {
    /// Every task of a deployment runs the same image. ECS's default.
    Enabled,
    /// Every task resolves the tag again.
    Disabled,
}
