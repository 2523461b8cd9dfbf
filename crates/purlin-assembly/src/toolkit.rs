//! The commands and exit codes of the toolkit `purlin`, for its own help and for that of the apps that hand over to it.
//! Plain data, because an app must not link clap; a test of `purlin-cli` compares it with the command line.

/// A command of the toolkit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolkitCommand {
    /// Its name.
    pub name: &'static str,
    /// Its arguments, as in a usage line. Options are left out.
    pub arguments: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// What it reads of the app.
    pub reads: Reads,
}

/// What a command of the toolkit reads of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Nothing.
    Nothing,
    /// The stacks' names and regions, by [`STACKS_VARIABLE`]: the app writes no files.
    Stacks,
    /// The assembly that is there, which the stack was deployed from; without one, as [`Stacks`](Self::Stacks). The app
    /// writes no files: the folder may be of a deployment in progress.
    Deployed,
    /// The assembly.
    Assembly,
}

/// The environment variable by which an app passes [`named_stacks`](crate::Assembly::named_stacks) to the toolkit.
pub const STACKS_VARIABLE: &str = "PURLIN_STACKS";

/// The environment variable by which an app passes the [`digest`](crate::Assembly::digest) of the assembly it wrote to the
/// toolkit: another synthesis may replace the folder before the toolkit reads it.
pub const WRITTEN_VARIABLE: &str = "PURLIN_WRITTEN";

const fn command(name: &'static str, arguments: &'static str, about: &'static str) -> ToolkitCommand {
    ToolkitCommand { name, arguments, about, reads: Reads::Assembly }
}

impl ToolkitCommand {
    const fn reads(self, reads: Reads) -> Self {
        Self { reads, ..self }
    }
}

/// The commands of the toolkit, in the order of its help. `list` and `synth` are left out: apps have their own.
pub const TOOLKIT_COMMANDS: &[ToolkitCommand] = &[
    command("deploy", "[STACKS]", "Deploy stacks and the stacks they depend on, to AWS or with --local to an emulator"),
    command("destroy", "[STACKS]", "Delete stacks and the stacks that depend on them"),
    command("preflight", "[STACKS]", "Check for what would make a deployment fail, without changing anything"),
    command("bootstrap", "[ENVIRONMENTS]", "Prepare accounts and regions for apps with assets").reads(Reads::Nothing),
    command("attach", "STACK", "Follow an operation of CloudFormation that is in progress").reads(Reads::Stacks),
    command("execute", "STACK CHANGE_SET", "Execute a change set that was prepared").reads(Reads::Stacks),
    command("rollback", "STACK", "Roll a failed deployment back, or continue a rollback that failed")
        .reads(Reads::Stacks),
    command("status", "STACK", "Show the status of a stack and of its resources").reads(Reads::Stacks),
    command("events", "STACK", "Show the events of a stack's last operation").reads(Reads::Stacks),
    command("outputs", "STACK", "Print a stack's outputs").reads(Reads::Stacks),
    command("drift", "STACK", "Find changes that were made outside CloudFormation").reads(Reads::Stacks),
    command("explain", "DIR|STACK", "Explain why a stack failed, from the recorded evidence or from AWS")
        .reads(Reads::Deployed),
    command("logs", "STACK [RESOURCE]", "Print the logs of a stack's services and functions").reads(Reads::Stacks),
    command("smoke", "STACK", "Check after a deployment that users and machines can sign in and call the APIs")
        .reads(Reads::Stacks),
    command("token", "[STACK]", "Get a token of a user pool, for a machine or for a user through the browser")
        .reads(Reads::Stacks),
    command("call", "URL", "Call an API with a token, an API key or a signature, and explain a refusal")
        .reads(Reads::Stacks),
    command("user", "COMMAND", "Manage the users of a user pool").reads(Reads::Stacks),
    command(
        "schema",
        "[TYPE] [PROPERTY]",
        "Look up a resource type: its properties, their values, what causes a replacement",
    )
    .reads(Reads::Nothing),
    command("local", "COMMAND", "Start, stop, show or reset the emulator on this machine").reads(Reads::Nothing),
];

/// The exit codes of the toolkit, and of apps.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done, or nothing to do
  1    a bug in Purlin
  2    wrong usage or settings: an option, a stack's name, a missing value or program
  3    problems in the stacks
  4    AWS refused, the deployment failed, or it was not approved
  5    there are differences, and `--fail` was given
  130  interrupted by Ctrl-C; CloudFormation continues with what was begun
  143  ended by SIGTERM; CloudFormation continues with what was begun";
