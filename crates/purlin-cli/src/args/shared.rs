//! Options that several commands have.

use clap::ValueEnum;

/// Which stacks.
#[derive(Debug, clap::Args)]
pub(crate) struct Selection {
    /// Construct paths, ids or names; in paths `*` matches all but a slash, `**` matches all
    #[arg(value_name = "STACKS")]
    pub(crate) stacks: Vec<String>,

    /// All stacks of the assembly
    #[arg(long, conflicts_with = "stacks")]
    pub(crate) all: bool,

    /// Only these stacks, not those they depend on or that depend on them
    #[arg(long, short)]
    pub(crate) exclusively: bool,
}

/// The account, the region, and the credentials.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Where {
    /// Use the emulator on this machine, and start it if needed
    #[arg(long, conflicts_with = "profile")]
    pub(crate) local: bool,

    /// The AWS profile [default: AWS_PROFILE, else `default`]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The region of stacks that name none [default: AWS_REGION, else the profile's]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The role that CloudFormation assumes
    #[arg(long, short, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A live tree on a terminal, plain lines otherwise
    #[default]
    Auto,
    /// A live tree of the work in progress
    Live,
    /// One line for each event
    Plain,
    /// The same, under the CDK's name
    #[value(hide = true)]
    Events,
    /// The live tree, under the CDK's name
    #[value(hide = true)]
    Bar,
}

/// How much is shown, and in which form.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Watch {
    /// Show only outcomes and errors
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// How progress is shown
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub(crate) progress: Progress,

    /// Print every event and the outcome on standard output, as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A `KEY=VALUE`.
pub(super) fn pair(given: &str) -> Result<(String, String), String> {
    match given.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it is written KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_may_hold_equal_signs() {
        assert_eq!(pair("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(pair("A").is_err() && pair("=b").is_err());
    }
}
