//! Chores of the project: `cargo xtask codegen`, `cargo xtask bench`, `cargo xtask fuzz`,
//! `cargo xtask modules`.

mod bench;
mod codegen;
mod fuzz;
mod modules;

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
    /// Gives hostile inputs to the parsers of `fuzz/`, with the nightly compiler.
    Fuzz(fuzz::Args),
    /// Lists dependencies between the modules of each crate, and circles of them.
    Modules(modules::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Codegen(args) => codegen::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Modules(args) => modules::run(&args),
    }
}
