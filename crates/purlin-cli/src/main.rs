//! The toolkit `purlin`: deploys cloud assemblies of Purlin and of the CDK.

mod app;
mod args;
mod bootstrap;
mod by_hand;
mod call;
mod check;
mod confirm;
mod deploy;
mod destroy;
mod explain;
mod failure;
mod fault;
mod given;
mod list;
mod local;
mod notices;
mod operations;
mod parameters;
mod patches;
mod preflight;
mod report;
mod runtime;
mod schema;
mod secret_input;
mod smoke;
mod subject;
mod synth;
mod target;
mod terminal;
mod text;
mod token;
mod user;
mod view;

use std::process::ExitCode;
use std::time::SystemTime;

use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::runtime::{block_on, block_on_watched};
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let terminal = Terminal::detect();
    let mut code = match Args::read() {
        Ok(args) => execute(&args, &terminal),
        Err(text) => {
            terminal.print_usage(&text);
            u8::try_from(text.exit_code()).expect("clap ends with 0 or 2")
        }
    };
    if let Some(error) = terminal.lost() {
        let lost =
            Failure::usage(format!("cannot write to standard output, so what was printed is not complete: {error}"));
        lost.print(&terminal);
        code = if code == 0 { lost.kind as u8 } else { code };
    }
    code.into()
}

fn execute(args: &Args, terminal: &Terminal) -> u8 {
    let failure = fault::guarded(|| run(args, terminal)).err();
    if let Some(failure) = &failure {
        failure.print(terminal);
    }
    let code = failure.as_ref().map_or(0, |failure| failure.kind as u8);
    if args.command.is_for_machines() {
        terminal.print_document(&view::json::summary(code, failure.as_ref(), SystemTime::now()));
    }
    code
}

fn run(args: &Args, terminal: &Terminal) -> Result<(), Failure> {
    let app = args.app.as_deref();
    match &args.command {
        Command::List(list) => list::run(app, list, terminal),
        Command::Synth(synth) => synth::run(app, synth, terminal),
        Command::Deploy(deploy) => block_on_watched(deploy::run(app, deploy, terminal)),
        Command::Destroy(destroy) => block_on_watched(destroy::run(app, destroy, terminal)),
        Command::Preflight(preflight) => block_on(preflight::run(app, preflight, terminal)),
        Command::Attach(attach) => block_on_watched(operations::attach(app, attach, terminal)),
        Command::Execute(execute) => block_on_watched(operations::execute(app, execute, terminal)),
        Command::Rollback(rollback) => block_on_watched(operations::rollback(app, rollback, terminal)),
        Command::Status(look) => block_on(operations::status(app, look, terminal)),
        Command::Events(events) => block_on(operations::events(app, events, terminal)),
        Command::Drift(drift) => block_on(operations::drift(app, drift, terminal)),
        Command::Outputs(look) => block_on(operations::outputs(app, look, terminal)),
        Command::Explain(explain) => block_on(explain::run(app, explain, terminal)),
        Command::Bootstrap(args) => block_on_watched(bootstrap::run(args, terminal)),
        Command::Logs(logs) => block_on(operations::logs(app, logs, terminal)),
        Command::User { action } => block_on(user::run(app, action, terminal)),
        Command::Token(token) => block_on(token::run(app, token, terminal)),
        Command::Call(call) => block_on(call::run(app, call, terminal)),
        Command::Smoke(smoke) => block_on(smoke::run(app, smoke, terminal)),
        Command::Schema(args) => schema::run(args, terminal),
        Command::Local { action } => local::run(action, terminal),
    }
}
