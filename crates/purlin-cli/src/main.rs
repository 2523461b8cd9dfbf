//! The toolkit binary `purlin`: reads a cloud assembly, whoever wrote it, and deploys it.

mod app;
mod args;
mod check;
mod confirm;
mod deploy;
mod destroy;
mod failure;
mod list;
mod local;
mod notices;
mod progress;
mod report;
mod schema;
mod synth;
mod target;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let args = Args::parse();
    let terminal = Terminal::detect();
    match run(&args, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::failure(&terminal, &failure);
            failure.kind.into()
        }
    }
}

fn run(args: &Args, terminal: &Terminal) -> Result<(), Failure> {
    match &args.command {
        Command::List(list) => list::run(args.app.as_deref(), list, terminal),
        Command::Synth(synth) => synth::run(args.app.as_deref(), synth, terminal),
        Command::Deploy(deploy) => block_on(deploy::run(args.app.as_deref(), deploy, terminal)),
        Command::Destroy(destroy) => block_on(destroy::run(args.app.as_deref(), destroy, terminal)),
        Command::Schema(args) => schema::run(args, terminal),
        Command::Local { action } => local::run(*action, terminal),
    }
}

/// Runs a command that talks to AWS; Ctrl-C ends the talking, not what AWS is doing.
fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::bug(format!("the asynchronous runtime does not start: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            result = work => result,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
        }
    })
}
