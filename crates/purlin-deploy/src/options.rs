//! The options of a deployment besides the assembly.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use purlin_diagnosis::RequireApproval;

/// The options of a deployment besides the assembly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployOptions {
    /// Values of parameters, in place of those in the assembly.
    pub parameters: BTreeMap<String, String>,
    /// The values of parameters that are not given.
    pub previous_parameters: PreviousParameters,
    /// Tags of the stack, on top of those in the assembly.
    pub tags: BTreeMap<String, String>,
    /// The role CloudFormation takes on, in place of the one in the assembly.
    pub role_arn: Option<String>,
    /// Topics that receive the stack's events, besides those of the assembly; an empty list removes all.
    pub notification_arns: Option<Vec<String>>,
    /// What happens when a resource fails.
    pub on_failure: OnFailure,
    /// What happens when another operation on the stack is in progress.
    pub if_busy: IfBusy,
    /// Whether the change set is executed.
    pub method: Method,
    /// The name of the change set; a unique one by default.
    pub change_set_name: Option<String>,
    /// Whether existing resources of the template are imported into the stack.
    pub import_existing_resources: bool,
    /// Alarms that make CloudFormation roll the deployment back, and how long it watches them after everything is done. It
    /// keeps those of earlier deployments unless some are given; an empty list removes them.
    pub rollback_alarms: Option<RollbackAlarms>,
    /// The policy of the stack, as JSON.
    pub stack_policy: Option<String>,
    /// Whether the stack has termination protection, in place of the assembly's setting.
    pub termination_protection: Option<bool>,
    /// When the user has to approve.
    pub require_approval: RequireApproval,
    /// When to cancel a deployment whose service cannot become stable.
    pub fail_fast: FailFast,
    /// The folder for the evidence of a failure.
    pub evidence: Option<PathBuf>,
    /// Whether the preflight checks are left out.
    pub no_preflight: bool,
}

/// The values of parameters that are not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreviousParameters {
    /// A value that was given earlier is kept; one that was only the template's default follows the template. Of a `NoEcho`
    /// parameter whose default changed, AWS does not show which one it is: it has to be decided.
    #[default]
    KeepGiven,
    /// What the stack has, for each parameter.
    KeepAll,
    /// The template's defaults.
    Forget,
}

/// What happens when a resource fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Everything is rolled back.
    #[default]
    RollBack,
    /// Everything stays as it is, for review.
    Keep,
}

/// What happens when another operation on the stack is in progress. What an earlier run
/// of this tool began is always followed to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfBusy {
    /// The deployment fails.
    #[default]
    Refuse,
    /// It is followed to its end, then the deployment happens.
    Wait,
}

/// Whether the change set is executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// It is.
    #[default]
    Execute,
    /// It stays for review; `execute` executes it.
    PrepareOnly,
}

/// Alarms that make CloudFormation roll a deployment back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollbackAlarms {
    /// The ARNs of CloudWatch alarms, five at most.
    pub arns: Vec<String>,
    /// How many minutes they are watched after everything is done, 0 to 180.
    pub monitoring_minutes: u8,
}

/// When to cancel a deployment whose service cannot become stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailFast {
    /// After this many tasks of a service stopped for the same reason.
    pub same_reasons: Option<u32>,
    /// After a service was not stable for this long.
    pub ecs_timeout: Option<Duration>,
}
