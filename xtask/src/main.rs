//! Chores of the project: `cargo xtask codegen`, `cargo xtask bench`.

mod bench;
mod codegen;

use clap::{Parser, Subcommand};

/// Chores of the project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Writes `purlin-cfn` from the schema snapshot in `xtask/schema`.
    Codegen(codegen::Args),
    /// Times builds and edits against the budget of the design.
    Bench(bench::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Codegen(args) => codegen::run(&args),
        Chore::Bench(args) => bench::run(&args),
    }
}
