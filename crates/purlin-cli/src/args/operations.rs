//! The options of the commands about one deployed stack.

use super::shared::{Watch, Where};

/// Which stack, and where it is.
#[derive(Debug, clap::Args)]
pub(crate) struct StackRef {
    /// Its name or ARN in CloudFormation, or any name of a stack in the assembly
    #[arg(value_name = "STACK")]
    pub(crate) stack: String,

    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Attach {
    #[command(flatten)]
    pub(crate) stack: StackRef,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Execute {
    #[command(flatten)]
    pub(crate) stack: StackRef,

    /// The change set's name or ARN
    #[arg(value_name = "CHANGE_SET")]
    pub(crate) change_set: String,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rollback {
    #[command(flatten)]
    pub(crate) stack: StackRef,

    /// A resource to skip, by its logical id; `NESTED-STACK-NAME.ID` in a nested stack
    #[arg(long, value_name = "LOGICAL_ID", value_delimiter = ',')]
    pub(crate) orphan: Vec<String>,

    /// Skip all resources that cannot be rolled back
    #[arg(long, short)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) watch: Watch,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Look {
    #[command(flatten)]
    pub(crate) stack: StackRef,

    /// Print JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    #[command(flatten)]
    pub(crate) look: Look,

    /// All events that AWS keeps, not only those of the last operation
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Drift {
    #[command(flatten)]
    pub(crate) look: Look,

    /// Show the expected and the actual values of properties, which may be secret
    #[arg(long)]
    pub(crate) values: bool,

    /// Exit with 5 when something has drifted
    #[arg(long)]
    pub(crate) fail: bool,
}
