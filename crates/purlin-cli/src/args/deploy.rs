//! The options of `purlin deploy`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

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

    /// So many stacks at once, as far as they do not wait for each other
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,

    /// Assets that are worked on at once [default: 4 files, 2 images]
    #[arg(long, value_name = "NUMBER", alias = "asset-build-concurrency", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) asset_concurrency: Option<u8>,

    /// Write the outputs to this file, as JSON by stack
    #[arg(long, short = 'O', value_name = "FILE")]
    pub(crate) outputs_file: Option<PathBuf>,

    /// Do not hold the templates against AWS's schemas before anything is sent
    #[arg(long)]
    pub(crate) unchecked: bool,

    /// Do not look at the account for what would make the deployment fail
    #[arg(long)]
    pub(crate) no_preflight: bool,

    /// When somebody has to agree
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) require_approval: Approve,

    /// Agree to everything beforehand, even to the loss of data
    #[arg(long, short)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ParameterArgs {
    /// A parameter's value; `STACK:KEY=VALUE` is for that stack alone
    #[arg(long, alias = "parameter", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) parameters: Vec<(String, String)>,

    /// Values of parameters: a map in JSON or YAML, or the list that the AWS CLI reads; `--parameters` goes before it
    #[arg(long, value_name = "FILE")]
    pub(crate) parameters_file: Option<PathBuf>,

    /// Where no value is given, take the template's default and not what the stack has
    #[arg(long)]
    pub(crate) no_previous_parameters: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangeSetArgs {
    /// Make the change set and leave it for `purlin execute`
    #[arg(long)]
    pub(crate) no_execute: bool,

    /// The same, as the CDK says it
    #[arg(long, value_enum, value_name = "METHOD", hide = true, conflicts_with = "no_execute")]
    pub(crate) method: Option<Method>,

    /// The name of the change set [default: one that never repeats]
    #[arg(long, value_name = "NAME")]
    pub(crate) change_set_name: Option<String>,

    /// Take resources of the template that exist already into the stack
    #[arg(long)]
    pub(crate) import_existing_resources: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StackArgs {
    /// A tag of the stacks
    #[arg(long, short, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) tags: Vec<(String, String)>,

    /// A topic that hears of the stacks' events
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    pub(crate) notification_arns: Vec<String>,

    /// The policy of the stacks, a file of JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) stack_policy: Option<PathBuf>,

    /// Refuse to delete the stacks from now on
    #[arg(long, conflicts_with = "no_termination_protection")]
    pub(crate) termination_protection: bool,

    /// Let the stacks be deleted
    #[arg(long)]
    pub(crate) no_termination_protection: bool,

    /// An alarm of CloudWatch that takes the deployment back, up to five
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    pub(crate) rollback_alarm: Vec<String>,

    /// How long the alarms are watched after everything is done
    #[arg(long, value_name = "MINUTES", default_value_t = 0, requires = "rollback_alarm",
        value_parser = clap::value_parser!(u8).range(0..=180))]
    pub(crate) rollback_monitoring: u8,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FailureArgs {
    /// Keep what there is when a resource fails, to look at it
    #[arg(long, short = 'R')]
    pub(crate) no_rollback: bool,

    /// Wait when CloudFormation is at work on a stack for somebody else
    #[arg(long)]
    pub(crate) wait: bool,

    /// Take a deployment back when a service of ECS has not settled after so many minutes, or `90s`, `1h`
    #[arg(long, value_name = "MINUTES", value_parser = super::logs::minutes, conflicts_with = "no_rollback")]
    pub(crate) ecs_timeout: Option<Duration>,

    /// Take a deployment back when so many tasks of a service stopped for the same reason and none is
    /// healthy [default: 3 when given]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "3",
        conflicts_with = "no_rollback", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) fail_fast: Option<u32>,

    /// The folder for what is known of failures, one folder each [default: purlin.evidence]
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,
}

/// Whether the change set is executed, in the CDK's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    ChangeSet,
    PrepareChangeSet,
}

/// When somebody has to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Approve {
    /// Never
    Never,
    /// When more is permitted than before, or data is lost
    #[default]
    Broadening,
    /// Whenever something changes
    AnyChange,
}
