//! The entry point of an app: synthesizes and prints, and runs the toolkit for every other command.
//!
//! ```no_run
//! use purlin::{App, Stack, logs::LogGroup};
//!
//! fn main() -> std::process::ExitCode {
//!     purlin::run(|app| {
//!         app.add("Web", Stack::props()).add("Logs", LogGroup::props());
//!         Ok::<(), std::convert::Infallible>(())
//!     })
//! }
//! ```

mod args;
mod context;
mod output;
mod toolkit;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use purlin_assembly::{Assembly, AssemblyError, Reads, check_patterns, is_assembly};
use purlin_construct::{Problem, Severity, Synthesis};
use purlin_template::nearest;

use self::args::{Args, Command};
use self::output::Output;
use self::toolkit::Handed;
use crate::App;

/// The folder for the assembly without `--output`.
pub const DEFAULT_OUTPUT: &str = "purlin.out";

/// The exit codes of an app; [`purlin_assembly::EXIT_CODES`] has those of the toolkit too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Ok = 0,
    Usage = 2,
    Problems = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs an app without options of its own; see [`Program`].
pub fn run<E: Display>(build: impl FnOnce(&App) -> Result<(), E>) -> ExitCode {
    Program::new().run(|app, _| build(app))
}

/// An app with options of its own, such as `--settings FILE`.
///
/// It does `synth` and `ls` itself. For every other command it runs the toolkit, with the assembly, which it writes (for
/// `deploy`, `destroy`, ..), or with the stacks' names alone (for `status`, `outputs`, `logs`, .., as for `ls`): the program named by `PURLIN`; else, when run by cargo in a workspace that has
/// `purlin-cli`, that one, which cargo builds first where needed; else `purlin` beside the app's own executable;
/// else `purlin` on the `PATH`. So an app never links the AWS SDK.
///
/// Exit codes: those of [`purlin_assembly::EXIT_CODES`]; 0, 2 and 3 are the app's own.
#[derive(Debug, Default)]
pub struct Program {
    options: Vec<OptionHelp>,
}

#[derive(Debug, Clone, Copy)]
struct OptionHelp {
    name: &'static str,
    value: &'static str,
    help: &'static str,
}

/// The values given for an app's own options.
#[derive(Debug, Default)]
pub struct Options(BTreeMap<&'static str, String>);

impl Options {
    /// The value of an option, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Program {
    /// An app without options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an option `--name VALUE`, for every command.
    pub fn option(mut self, name: &'static str, value: &'static str, help: &'static str) -> Self {
        self.options.push(OptionHelp { name, value, help });
        self
    }

    /// Reads the command line and runs the command.
    ///
    /// `build` adds the stacks; an error of it (say, settings that cannot be read) is shown, and the app ends with 2.
    pub fn run<E: Display>(self, build: impl FnOnce(&App, &Options) -> Result<(), E>) -> ExitCode {
        let mut output = Output::new();
        let done = self.execute(env::args_os().skip(1), build, &mut output);
        let lost = output.lost().map(|error| {
            (Exit::Usage, format!("cannot write to standard output, so what was printed is not complete: {error}"))
        });
        match done.and_then(|code| lost.map_or(Ok(code), Err)) {
            Ok(code) => code,
            Err((exit, message)) => {
                output.error(&message);
                exit.into()
            }
        }
    }

    fn execute<E: Display>(
        &self,
        arguments: impl Iterator<Item = OsString>,
        build: impl FnOnce(&App, &Options) -> Result<(), E>,
        output: &mut Output,
    ) -> Result<ExitCode, (Exit, String)> {
        let args = Args::parse(arguments, &self.options).map_err(|message| (Exit::Usage, message))?;
        match (&args.command, args.reads()) {
            (Command::Help, _) => {
                output.print(&args::help(&self.options));
                return Ok(Exit::Ok.into());
            }
            (_, Reads::Nothing) => return hand_over(&args, &Handed::Nothing),
            _ => (),
        }
        let directory = args.output.clone().unwrap_or_else(default_output);
        if args.reads() == Reads::Deployed && is_assembly(&directory) {
            return hand_over(&args, &Handed::Deployed(directory));
        }
        let reads_stacks = matches!(args.reads(), Reads::Stacks | Reads::Deployed);
        let synthesis = synthesize(&args, build, output)?;
        if reads_stacks {
            let assembly = Assembly::of_unwritten(&synthesis.assembly, &directory).map_err(usage)?;
            if args.command != Command::List {
                return hand_over(&args, &Handed::Stacks(assembly.named_stacks()));
            }
            for stack in select(&assembly, &args)? {
                output.print(stack.display_name());
            }
            return Ok(Exit::Ok.into());
        }
        synthesis.assembly.write(&directory).map_err(usage)?;
        if matches!(args.command, Command::Toolkit(_)) {
            let digest = Assembly::digest_of(&synthesis.assembly).map_err(usage)?;
            return hand_over(&args, &Handed::Assembly(directory, digest));
        }
        let by_cdk = args.command == Command::Default && env::var_os("CDK_OUTDIR").is_some();
        if !args.quiet && !by_cdk {
            let assembly = Assembly::read(&directory).map_err(usage)?;
            let stacks = select(&assembly, &args)?;
            output.summary(&synthesis, &directory);
            output.patches(&stacks, args.verbose);
            output.templates(&stacks, args.json);
        }
        Ok(Exit::Ok.into())
    }
}

/// The folder that `cdk --app` sets, else the default.
fn default_output() -> PathBuf {
    env::var_os("CDK_OUTDIR").map_or_else(|| PathBuf::from(DEFAULT_OUTPUT), PathBuf::from)
}

fn synthesize<E: Display>(
    args: &Args,
    build: impl FnOnce(&App, &Options) -> Result<(), E>,
    output: &mut Output,
) -> Result<Synthesis, (Exit, String)> {
    let app = if args.unchecked { App::unchecked() } else { App::new() };
    if matches!(args.reads(), Reads::Stacks | Reads::Deployed) {
        app.leave_assets_unread();
    }
    for (key, value) in args.context()? {
        app.set_context(key, value);
    }
    build(&app, &args.options).map_err(|error| (Exit::Usage, format!("{error:#}")))?;
    let synthesis = app.synth();
    check_stacks(&app, args)?;
    let synthesis = synthesis.map_err(|problems| {
        for problem in &problems {
            output.problem(problem);
        }
        let many = if problems.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", problems.len()) };
        (Exit::Problems, format!("{many} in the stacks; nothing was written"))
    })?;
    let warns = |problem: &&Problem| problem.severity == Severity::Warning;
    let warnings = synthesis.notices.iter().filter(warns).count();
    // The toolkit reads them from the assembly and prints them itself.
    let is_ours = !matches!(args.command, Command::Toolkit(_));
    if (is_ours && !args.quiet) || args.strict {
        for notice in &synthesis.notices {
            output.problem(notice);
        }
    }
    if args.strict && warnings > 0 {
        let message = format!("`--strict` was given and there are warnings: {warnings}; nothing was written");
        return Err((Exit::Problems, message));
    }
    Ok(synthesis)
}

/// The stacks that were named, or all.
fn select<'a>(assembly: &'a Assembly, args: &Args) -> Result<Vec<&'a purlin_assembly::Stack>, (Exit, String)> {
    if args.stacks.is_empty() {
        return Ok(assembly.stacks().iter().collect());
    }
    assembly.select(&args.stacks).map_err(usage)
}

/// Refuses names of stacks that the app does not have.
fn check_stacks(app: &App, args: &Args) -> Result<(), (Exit, String)> {
    let stacks = app.stack_names();
    let names: Vec<[&str; 3]> = stacks.iter().map(|names| names.each_ref().map(String::as_str)).collect();
    check_patterns(&args.stacks, &names).map_err(usage)
}

/// A wrong name of a stack, with the one that was meant, or a file that cannot be written.
fn usage(error: AssemblyError) -> (Exit, String) {
    let nearest = |given: &str, known: &[String]| nearest(given, known.iter().map(String::as_str)).map(str::to_owned);
    let hint = error.hint(nearest).map(|hint| format!("\nhint: {hint}"));
    (Exit::Usage, format!("{error}{}", hint.unwrap_or_default()))
}

fn hand_over(args: &Args, handed: &Handed) -> Result<ExitCode, (Exit, String)> {
    let program = toolkit::find().map_err(|message| (Exit::Usage, message))?;
    toolkit::exec(&program, handed, &args.rest).map_err(|message| (Exit::Usage, message))
}
