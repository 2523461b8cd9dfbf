//! The options of `purlin deploy`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use purlin_deploy::PreviousParameters;

use super::shared::{Selection, Watch, Where, pair};

#[derive(Debug, clap::Args)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) place: Where,

    #[command(flatten)]
    pub(crate) parameters: ParameterArgs,

    #[command(flatten)]
    pub(crate) change_set: ChangeSetArgs,

    #[command(flatten)]
    pub(crate) settings: StackArgs,

    #[command(flatten)]
    pub(crate) failing: FailureArgs,

    /// The number of stacks that deploy at the same time, if they do not depend on each other
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,

    /// The number of assets that are published at the same time [default: 4 files, 2 images]
    #[arg(long, value_name = "NUMBER", alias = "asset-build-concurrency", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) asset_concurrency: Option<u8>,

    /// Write the outputs to this file, as JSON by stack
    #[arg(long, short = 'O', value_name = "FILE")]
    pub(crate) outputs_file: Option<PathBuf>,

    /// Do not check the templates against AWS's schemas
    #[arg(long)]
    pub(crate) unchecked: bool,

    /// Do not check the account for what would make the deployment fail
    #[arg(long)]
    pub(crate) no_preflight: bool,

    /// When to ask for approval [default: broadening, never with --local]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) require_approval: Option<Approve>,

    /// Do not ask, even before a loss of data
    #[arg(long, short)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ParameterArgs {
    /// A parameter's value; `STACK:KEY=VALUE` is for that stack only
    #[arg(long, alias = "parameter", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) parameters: Vec<(String, String)>,

    /// Values of parameters: a map in JSON or YAML, or the list that the AWS CLI reads; `--parameters` takes precedence
    #[arg(long, value_name = "FILE")]
    pub(crate) parameters_file: Option<PathBuf>,

    /// Where no value is given, use the stack's current value, also where it was only the template's default
    #[arg(long, conflicts_with = "no_previous_parameters")]
    pub(crate) previous_parameters: bool,

    /// Where no value is given, use the template's default, not the stack's current value
    #[arg(long)]
    pub(crate) no_previous_parameters: bool,
}

impl ParameterArgs {
    pub(crate) fn previous(&self) -> PreviousParameters {
        match (self.previous_parameters, self.no_previous_parameters) {
            (true, _) => PreviousParameters::KeepAll,
            (_, true) => PreviousParameters::Forget,
            _ => PreviousParameters::KeepGiven,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangeSetArgs {
    /// Create the change set only; `purlin execute` executes it
    #[arg(long)]
    pub(crate) no_execute: bool,

    /// The same, as in the CDK
    #[arg(long, value_enum, value_name = "METHOD", hide = true, conflicts_with = "no_execute")]
    pub(crate) method: Option<Method>,

    /// The name of the change set [default: one that never repeats]
    #[arg(long, value_name = "NAME")]
    pub(crate) change_set_name: Option<String>,

    /// Import resources of the template that exist already
    #[arg(long)]
    pub(crate) import_existing_resources: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StackArgs {
    /// A tag of the stacks
    #[arg(long, short, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) tags: Vec<(String, String)>,

    /// A topic for the stacks' events
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    pub(crate) notification_arns: Vec<String>,

    /// The policy of the stacks, a file of JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) stack_policy: Option<PathBuf>,

    /// Protect the stacks against deletion
    #[arg(long, conflicts_with = "no_termination_protection")]
    pub(crate) termination_protection: bool,

    /// Remove the stacks' protection against deletion
    #[arg(long)]
    pub(crate) no_termination_protection: bool,

    /// An alarm of CloudWatch that rolls the deployment back, up to five
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    pub(crate) rollback_alarm: Vec<String>,

    /// How long the alarms are watched after the deployment
    #[arg(long, value_name = "MINUTES", default_value_t = 0, requires = "rollback_alarm",
        value_parser = clap::value_parser!(u8).range(0..=180))]
    pub(crate) rollback_monitoring: u8,

    #[command(flatten)]
    pub(crate) removed: RemovedArgs,
}

/// Settings of earlier deployments that are taken away.
#[derive(Debug, clap::Args)]
pub(crate) struct RemovedArgs {
    /// Remove the topics for the stacks' events
    #[arg(long, conflicts_with = "notification_arns")]
    pub(crate) no_notification_arns: bool,

    /// Let updates change all resources again: AWS has no way to remove a policy
    #[arg(long, conflicts_with = "stack_policy")]
    pub(crate) no_stack_policy: bool,

    /// Remove the alarms of earlier deployments, which CloudFormation keeps
    #[arg(long, conflicts_with = "rollback_alarm")]
    pub(crate) no_rollback_alarms: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FailureArgs {
    /// Do not roll back when a resource fails
    #[arg(long, short = 'R')]
    pub(crate) no_rollback: bool,

    /// Wait for another operation on a stack that is in progress
    #[arg(long)]
    pub(crate) wait: bool,

    /// Roll back when an ECS service is not stable after this time: minutes, or `90s`, `1h`
    #[arg(long, value_name = "MINUTES", value_parser = super::logs::minutes, conflicts_with = "no_rollback")]
    pub(crate) ecs_timeout: Option<Duration>,

    /// Roll back when this many tasks of a service stopped for the same reason and none is
    /// healthy [default: 3 when given]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "3",
        conflicts_with = "no_rollback", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) fail_fast: Option<u32>,

    /// The folder for evidence of failures, with a folder for each [default: purlin.evidence]
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,
}

/// Whether the change set is executed, in the terms of the CDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    ChangeSet,
    PrepareChangeSet,
}

/// When to ask for approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Approve {
    /// Never
    Never,
    /// When permissions are added, or data is lost
    Broadening,
    /// For any change
    AnyChange,
}
