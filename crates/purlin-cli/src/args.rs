//! The command line. Help texts are written for users who know AWS, not Purlin.

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

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use purlin_assembly::{EXIT_CODES, TOOLKIT_COMMANDS};

pub(crate) use bootstrap::Bootstrap;
pub(crate) use call::{Call, Proof};
pub(crate) use deploy::{Approve, Deploy, Method, ParameterArgs};
pub(crate) use logs::Logs;
pub(crate) use operations::{Attach, Drift, Events, Execute, Look, Rollback, StackRef};
pub(crate) use shared::{Progress, Selection, Watch, Where};
pub(crate) use smoke::Smoke;
pub(crate) use token::{ClientRef, Decode, NewToken, SecretFrom, Token, TokenAction, TokenKind};
pub(crate) use user::{AddUser, OneUser, PasswordFrom, PoolRef, User, UserGroups, UserList, UserPassword};

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

impl Args {
    /// Reads the command line; help and the version are errors too.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let matches = command().try_get_matches()?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command()))
    }
}

/// The command line, with the texts of the table that apps have too.
fn command() -> clap::Command {
    TOOLKIT_COMMANDS.iter().fold(Args::command(), |args, it| args.mut_subcommand(it.name, |args| args.about(it.about)))
}

/// Whether a command, by the words after `purlin`, can work with the emulator. `explain` reads folders, mostly.
pub(crate) fn takes_local(words: &[&str]) -> bool {
    let mut found = &command();
    for word in words {
        let Some(sub) = found.find_subcommand(word) else { break };
        found = sub;
    }
    let names_flag = |it: &clap::Command| it.get_arguments().any(|arg| arg.get_id() == "local");
    found.get_name() != "explain" && (names_flag(found) || found.get_subcommands().any(names_flag))
}

/// The commands. Those without a text here have it in [`TOOLKIT_COMMANDS`].
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the stacks in the order they deploy
    #[command(visible_alias = "ls")]
    List(List),
    /// Print a stack's template
    #[command(alias = "synthesize")]
    Synth(Synth),
    Deploy(Box<Deploy>),
    Destroy(Destroy),
    Preflight(Preflight),
    Attach(Attach),
    Execute(Execute),
    Rollback(Rollback),
    Status(Look),
    Events(Events),
    Drift(Drift),
    Outputs(Look),
    Explain(Explain),
    Bootstrap(Box<Bootstrap>),
    Logs(Logs),
    User {
        #[command(subcommand)]
        action: User,
    },
    Token(Box<Token>),
    Call(Box<Call>),
    Smoke(Smoke),
    Schema(Schema),
    Local {
        #[command(subcommand)]
        action: Local,
    },
}

impl Command {
    /// Whether standard output gets lines of JSON, with a summary at the end.
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
    /// The folder with the evidence of a failed deployment, or a stack: its name, ARN, id or construct path
    #[arg(value_name = "DIR|STACK")]
    pub(crate) subject: String,

    #[command(flatten)]
    pub(crate) place: Where,

    /// Write the evidence of the failure to this folder too; what looks like a secret is hidden
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,

    /// Print JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Construct paths, ids or names; in paths `*` matches all but a slash, `**` matches all
    #[arg(value_name = "STACKS")]
    pub(crate) stacks: Vec<String>,

    /// Show names in CloudFormation and environments too
    #[arg(long, short)]
    pub(crate) long: bool,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Synth {
    /// The stack: its id, construct path or name [default: the only one]
    #[arg(value_name = "STACK")]
    pub(crate) stacks: Vec<String>,

    /// Print JSON instead of YAML
    #[arg(long, short)]
    pub(crate) json: bool,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Print the reasons of automatic patches
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// Do not check the template against AWS's schemas
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

    /// Do not check the templates against AWS's schemas
    #[arg(long)]
    pub(crate) unchecked: bool,
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

    /// A resource to retain when it cannot be deleted, by its logical id
    #[arg(long, value_name = "LOGICAL_ID", value_delimiter = ',')]
    pub(crate) retain: Vec<String>,

    /// Wait for another operation on a stack that is in progress
    #[arg(long)]
    pub(crate) wait: bool,

    /// The number of stacks that are deleted at the same time, if they do not depend on each other
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,

    /// When to ask, and what `never` turns off [default: always, never with --local]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) require_approval: Option<Approve>,

    /// Do not ask
    #[arg(long, short, visible_alias = "force", short_alias = 'f')]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Local {
    /// Start the emulator, and install it first if needed
    Start {
        /// Stop after this time without requests, such as `90m`; or `never` [default: PURLIN_LOCAL_STOP_AFTER, else 1h]
        #[arg(long, value_name = "TIME")]
        stop_after: Option<String>,
    },
    /// Stop the emulator and delete everything in it
    Stop,
    /// Show whether the emulator runs, and its address
    Status,
    /// Print what other tools need to use it: `eval "$(purlin local env)"`
    Env,
    /// Delete everything that was deployed
    Reset,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    /// The arguments of a usage line: `STACK [RESOURCE]`.
    fn arguments(command: &clap::Command) -> String {
        if command.is_subcommand_required_set() {
            return "COMMAND".to_owned();
        }
        let name = |it: &clap::Arg| it.get_value_names().unwrap_or_default().concat();
        let visible = command.get_positionals().filter(|it| !it.is_hide_set());
        let words: Vec<String> =
            visible.map(|it| if it.is_required_set() { name(it) } else { format!("[{}]", name(it)) }).collect();
        words.join(" ")
    }

    #[test]
    fn the_help_of_apps_lists_every_command_with_its_arguments() {
        let command = command();
        let apps_own = ["list", "synth", "help"];
        let mut in_clap: Vec<(&str, String, String)> = command
            .get_subcommands()
            .filter(|it| !apps_own.contains(&it.get_name()))
            .map(|it| (it.get_name(), arguments(it), it.get_about().unwrap_or_default().to_string()))
            .collect();
        let mut in_apps: Vec<(&str, String, String)> =
            TOOLKIT_COMMANDS.iter().map(|it| (it.name, it.arguments.to_owned(), it.about.to_owned())).collect();
        in_clap.sort();
        in_apps.sort();
        assert_eq!(in_apps, in_clap);
    }

    #[test]
    fn every_failure_has_its_line_in_the_help() {
        use crate::failure::Kind;
        for kind in
            [Kind::Bug, Kind::Usage, Kind::Problems, Kind::Aws, Kind::Differences, Kind::Interrupted, Kind::Terminated]
        {
            let start = format!("\n  {:<4} ", kind as u8);
            assert!(EXIT_CODES.contains(&start), "{kind:?}");
        }
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
