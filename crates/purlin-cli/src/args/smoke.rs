//! The options of `purlin smoke`.

use super::operations::StackRef;

#[derive(Debug, clap::Args)]
pub(crate) struct Smoke {
    #[command(flatten)]
    pub(crate) stack: StackRef,

    /// Print the checks as JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}
