//! The options of the commands about one stack, whoever deployed it.

use super::shared::{Watch, Where};

/// Which stack, and where it is.
#[derive(Debug, clap::Args)]
pub(crate) struct StackRef {
    /// Its name or ARN in CloudFormation; of a stack in the assembly any name will do
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

    /// A resource that is left as it is, by its logical id; `NESTED-STACK-NAME.ID` in a nested stack
    #[arg(long, value_name = "LOGICAL_ID", value_delimiter = ',')]
    pub(crate) orphan: Vec<String>,

    /// Leave whatever cannot be taken back as it is
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

    /// All that AWS keeps, not only those of the last operation
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Drift {
    #[command(flatten)]
    pub(crate) look: Look,

    /// Show what the properties should be and what they are, which may be secret
    #[arg(long)]
    pub(crate) values: bool,

    /// Exit with 5 when something has drifted
    #[arg(long)]
    pub(crate) fail: bool,
}
