//! The command line, as clap reads it. Help texts are written for people who know AWS, not Purlin.

mod bootstrap;
mod call;
mod deploy;
mod logs;
mod operations;
mod shared;
mod smoke;
mod token;
mod user;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use bootstrap::Bootstrap;
pub(crate) use call::{Call, Proof};
pub(crate) use deploy::{Approve, Deploy, Method, ParameterArgs};
pub(crate) use logs::Logs;
pub(crate) use operations::{Attach, Drift, Events, Execute, Look, Rollback, StackRef};
pub(crate) use shared::{Progress, Selection, Watch, Where};
pub(crate) use smoke::Smoke;
pub(crate) use token::{ClientRef, Decode, NewToken, SecretFrom, Token, TokenAction, TokenKind};
pub(crate) use user::{AddUser, OneUser, PasswordFrom, PoolRef, User, UserGroups, UserList, UserPassword};

const EXIT_CODES: &str = "\
Exit codes:
  0    done, or nothing to do
  1    a bug of this tool
  2    wrong usage: an option, a stack's name, a missing value or program
  3    problems in the stacks
  4    AWS refused, the deployment failed, or nobody agreed to it
  5    there are differences, and `--fail` was given
  130  interrupted by Ctrl-C; CloudFormation goes on with what was begun
  143  ended by SIGTERM; the same";

/// Deploys cloud assemblies: Purlin's, and the CDK's.
#[derive(Debug, Parser)]
#[command(name = "purlin", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Args {
    /// The folder of the cloud assembly [default: purlin.out, else cdk.out]
    #[arg(long, short = 'a', global = true, value_name = "DIR")]
    pub(crate) app: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the stacks in the order they deploy
    #[command(visible_alias = "ls")]
    List(List),
    /// Print a stack's template
    #[command(alias = "synthesize")]
    Synth(Synth),
    /// Deploy stacks, and those they depend on
    Deploy(Box<Deploy>),
    /// Delete stacks, and those that depend on them
    Destroy(Destroy),
    /// Look for what would make a deployment fail, without changing anything
    Preflight(Preflight),
    /// Follow what CloudFormation is at work on, whoever began it
    Attach(Attach),
    /// Execute a change set that waits in a stack
    Execute(Execute),
    /// Take a failed deployment back, or go on with a rollback that failed
    Rollback(Rollback),
    /// Say how a stack is, resource by resource
    Status(Look),
    /// Tell what happened to a stack
    Events(Events),
    /// Find what was changed behind CloudFormation's back
    Drift(Drift),
    /// Print a stack's outputs
    Outputs(Look),
    /// Say why a stack failed, from what was kept of the failure or from AWS
    Explain(Explain),
    /// Prepare accounts and regions for apps with assets
    Bootstrap(Box<Bootstrap>),
    /// Print what a stack's services and functions write
    Logs(Logs),
    /// Look after the users of a user pool
    User {
        #[command(subcommand)]
        action: User,
    },
    /// Get a token of a user pool: for a machine, or for a user through the browser
    Token(Box<Token>),
    /// Call an API with a token, an API key or a signature, and say why it refuses
    Call(Box<Call>),
    /// After a deployment, try whether people and machines can sign in and are let in
    Smoke(Smoke),
    /// Look a resource type up: its properties, what they take, what replaces it
    Schema(Schema),
    /// The emulator that stands in for AWS on this machine
    Local {
        #[command(subcommand)]
        action: Local,
    },
}

impl Command {
    /// Whether standard output gets lines of JSON, and so a summary at the end.
    pub(crate) fn is_for_machines(&self) -> bool {
        match self {
            Self::Deploy(deploy) => deploy.watch.json,
            Self::Destroy(destroy) => destroy.watch.json,
            Self::Attach(attach) => attach.watch.json,
            Self::Execute(execute) => execute.watch.json,
            Self::Rollback(rollback) => rollback.watch.json,
            Self::Bootstrap(bootstrap) => bootstrap.watch.json && !bootstrap.show_template,
            _ => false,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The folder that a failed deployment left, or a stack: its name, ARN, id or construct path
    #[arg(value_name = "DIR|STACK")]
    pub(crate) subject: String,

    #[command(flatten)]
    pub(crate) place: Where,

    /// Write what is known of the failure to this folder too, without secrets
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,

    /// Print JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Ids, construct paths or names; `*` stands for anything but a slash, `**` for anything
    #[arg(value_name = "STACKS")]
    pub(crate) stacks: Vec<String>,

    /// Show names in CloudFormation and environments too
    #[arg(long, short)]
    pub(crate) long: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Synth {
    /// The stack: its id, construct path or name [default: the only one]
    #[arg(value_name = "STACK")]
    pub(crate) stacks: Vec<String>,

    /// Print JSON instead of YAML
    #[arg(long, short)]
    pub(crate) json: bool,

    /// Print nothing unless something is wrong
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Do not hold the template against AWS's schemas
    #[arg(long)]
    pub(crate) unchecked: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Preflight {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) place: Where,

    #[command(flatten)]
    pub(crate) parameters: ParameterArgs,

    /// Print findings as JSON by stack, with notes about what could not be checked
    #[arg(long, short)]
    pub(crate) json: bool,

    /// Show notes too, such as what could not be checked
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Schema {
    /// `AWS::ECS::Service`, `ecs.service`, `CfnService`; a service or a part of a name lists types [default: services]
    #[arg(value_name = "TYPE")]
    pub(crate) type_name: Option<String>,

    /// One of its properties in full, such as `NetworkConfiguration.AwsvpcConfiguration`
    #[arg(value_name = "PROPERTY")]
    pub(crate) property: Option<String>,

    /// Print AWS's schema itself, or the names as JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Destroy {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) place: Where,

    /// A resource that is left behind when it cannot be deleted, by its logical id
    #[arg(long, value_name = "LOGICAL_ID", value_delimiter = ',')]
    pub(crate) retain: Vec<String>,

    /// Wait when CloudFormation is at work on a stack for somebody else
    #[arg(long)]
    pub(crate) wait: bool,

    /// So many stacks at once, as far as they do not wait for each other
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,

    /// Do not ask
    #[arg(long, short, visible_alias = "force", short_alias = 'f')]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Local {
    /// Start the emulator; set it up first if need be
    Start,
    /// Stop the emulator, which forgets everything
    Stop,
    /// Say whether the emulator runs, and where
    Status,
    /// Forget everything that was deployed
    Reset,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_app_is_named_before_or_after_the_command() {
        for line in ["purlin --app out deploy Web --local", "purlin deploy Web --local --app out"] {
            let args = Args::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(args.app.as_deref(), Some(std::path::Path::new("out")));
            let Command::Deploy(deploy) = args.command else { panic!("{line} is a deployment") };
            assert!(deploy.place.local && deploy.selection.stacks == ["Web"]);
        }
    }
}
