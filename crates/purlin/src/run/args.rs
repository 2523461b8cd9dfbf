//! The command line of an app: its own commands and options are read, the rest is kept for the toolkit.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use super::{Exit, OptionHelp, Options};

/// The commands of the toolkit. A mistyped one is refused here: nobody waits for the toolkit to be built to be told.
const TOOLKIT: &[&str] = &[
    "deploy",
    "destroy",
    "bootstrap",
    "preflight",
    "attach",
    "execute",
    "rollback",
    "status",
    "events",
    "drift",
    "outputs",
    "explain",
    "logs",
    "user",
    "token",
    "call",
    "smoke",
    "local",
    "schema",
    "--version",
];

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Nothing was said: `synth`, as `cdk --app` expects.
    Default,
    Help,
    Synth,
    List,
    /// A command of the toolkit.
    Toolkit(String),
}

/// A word of the command line.
enum Word {
    Long(String),
    Short(char),
    Value(OsString),
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Args {
    pub command: Command,
    pub stacks: Vec<String>,
    pub options: Options,
    pub output: Option<PathBuf>,
    pub json: bool,
    pub quiet: bool,
    pub strict: bool,
    /// Nothing is held against AWS's schemas, here or by the toolkit.
    pub unchecked: bool,
    contexts: Vec<String>,
    /// What the toolkit gets: the command and everything that is not the app's.
    pub rest: Vec<OsString>,
}

impl Args {
    pub fn parse(arguments: impl Iterator<Item = OsString>, own: &[OptionHelp]) -> Result<Self, String> {
        let mut args = Self {
            command: Command::Default,
            stacks: Vec::new(),
            options: Options::default(),
            output: None,
            json: false,
            quiet: false,
            strict: false,
            unchecked: false,
            contexts: Vec::new(),
            rest: Vec::new(),
        };
        let mut parser = Parser::from_args(arguments);
        while let Some(arg) = parser.next().map_err(|error| wrong(&error))? {
            let word = match arg {
                Arg::Long(name) => Word::Long(name.to_owned()),
                Arg::Short(letter) => Word::Short(letter),
                Arg::Value(value) => Word::Value(value),
            };
            args.take(word, &mut parser, own)?;
        }
        args.check()?;
        if args.unchecked && args.command == Command::Toolkit("deploy".to_owned()) {
            args.rest.push("--unchecked".into());
        }
        Ok(args)
    }

    /// Options that the command would ignore are refused, lest somebody believes that they did something.
    fn check(&self) -> Result<(), String> {
        if self.output.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            return Err(usage("`--output` names no folder: give one, or leave the option out"));
        }
        let (json, quiet) = ((self.json, "--json"), (self.quiet, "--quiet"));
        let ignored: &[(bool, &str)] = match &self.command {
            Command::Toolkit(_) => &[json, quiet],
            Command::List => &[json],
            _ => &[],
        };
        let given = ignored.iter().find_map(|(is_given, option)| is_given.then_some(*option));
        match (given, &self.command) {
            (None, _) => Ok(()),
            (Some(option), Command::Toolkit(name)) => {
                Err(usage(&format!("`{option}` before `{name}` is an option of `synth`: write `{name} {option}`")))
            }
            (Some(option), _) => Err(usage(&format!("`{option}` is an option of `synth`, not of `ls`"))),
        }
    }

    fn take(&mut self, word: Word, parser: &mut Parser, own: &[OptionHelp]) -> Result<(), String> {
        if let Word::Long(name) = &word
            && let Some(option) = own.iter().find(|option| option.name == name)
        {
            self.options.0.insert(option.name, text(parser)?);
            return Ok(());
        }
        match word {
            Word::Long(name) if name == "output" => self.output = Some(PathBuf::from(value(parser)?)),
            Word::Long(name) if name == "context" => self.contexts.push(text(parser)?),
            Word::Long(name) if name == "strict" => self.strict = true,
            Word::Long(name) if name == "unchecked" => self.unchecked = true,
            word if matches!(self.command, Command::Toolkit(_)) => self.keep(word, parser),
            word => self.take_own(word, parser)?,
        }
        Ok(())
    }

    /// What comes after a command of the toolkit is passed on as it is.
    fn keep(&mut self, word: Word, parser: &mut Parser) {
        let mut kept = match word {
            Word::Long(name) => OsString::from(format!("--{name}")),
            Word::Short(letter) => OsString::from(format!("-{letter}")),
            Word::Value(value) => value,
        };
        if let Some(joined) = parser.optional_value() {
            kept.push("=");
            kept.push(joined);
        }
        self.rest.push(kept);
    }

    fn take_own(&mut self, word: Word, parser: &mut Parser) -> Result<(), String> {
        match word {
            Word::Short('o') => self.output = Some(PathBuf::from(value(parser)?)),
            Word::Short('c') => self.contexts.push(text(parser)?),
            Word::Short('h') => self.command = Command::Help,
            Word::Short('j') => self.json = true,
            Word::Short('q') => self.quiet = true,
            Word::Short('V') if self.command == Command::Default => self.command("--version".into())?,
            Word::Short(letter) => return Err(usage(&format!("there is no option `-{letter}`"))),
            Word::Long(name) => match name.as_str() {
                "help" => self.command = Command::Help,
                "json" => self.json = true,
                "quiet" => self.quiet = true,
                "version" if self.command == Command::Default => self.command("--version".into())?,
                _ => return Err(usage(&format!("there is no option `--{name}`"))),
            },
            Word::Value(command) if self.command == Command::Default => self.command(command)?,
            Word::Value(stack) => self.stacks.push(stack.string().map_err(|error| wrong(&error))?),
        }
        Ok(())
    }

    fn command(&mut self, command: OsString) -> Result<(), String> {
        let name = command.clone().string().map_err(|error| wrong(&error))?;
        self.command = match name.as_str() {
            "help" => Command::Help,
            "synth" | "synthesize" => Command::Synth,
            "ls" | "list" => Command::List,
            known if TOOLKIT.contains(&known) => Command::Toolkit(name),
            _ => return Err(usage(&format!("there is no command `{name}`; there are {}", commands()))),
        };
        if let Command::Toolkit(_) = self.command {
            self.rest.push(command);
        }
        Ok(())
    }

    /// Whether a command of the toolkit is about something else than stacks.
    pub fn needs_no_assembly(&self, command: &str) -> bool {
        matches!(command, "bootstrap" | "local" | "schema" | "--version")
            || self.rest.iter().any(|arg| arg == "--help" || arg == "-h")
    }

    /// The context of `--context KEY=VALUE` and of `CDK_CONTEXT_JSON`, which `cdk --app` sets.
    pub fn context(&self) -> Result<Vec<(String, serde_json::Value)>, (Exit, String)> {
        let mut context = Vec::new();
        if let Ok(text) = std::env::var("CDK_CONTEXT_JSON") {
            let parsed: serde_json::Map<_, _> = serde_json::from_str(&text)
                .map_err(|error| (Exit::Usage, format!("`CDK_CONTEXT_JSON` is not a JSON object: {error}")))?;
            context.extend(parsed);
        }
        for given in &self.contexts {
            let Some((key, value)) = given.split_once('=') else {
                return Err((Exit::Usage, usage(&format!("`--context {given}` is not of the form KEY=VALUE"))));
            };
            context.push((key.to_owned(), serde_json::Value::from(value)));
        }
        Ok(context)
    }
}

fn value(parser: &mut Parser) -> Result<OsString, String> {
    parser.value().map_err(|error| wrong(&error))
}

fn text(parser: &mut Parser) -> Result<String, String> {
    value(parser)?.string().map_err(|error| wrong(&error))
}

/// What the parser has to say, in our words.
fn wrong(error: &lexopt::Error) -> String {
    use lexopt::Error;
    match error {
        Error::MissingValue { option: Some(option) } => usage(&format!("`{option}` needs a value, and has none")),
        Error::UnexpectedValue { option, value } => {
            usage(&format!("`{option}` takes no value, but was given `{}`", value.to_string_lossy()))
        }
        Error::NonUnicodeValue(value) => usage(&format!("`{}` is not text in UTF-8", value.to_string_lossy())),
        other => usage(&other.to_string()),
    }
}

fn commands() -> String {
    let names = ["synth", "ls"].iter().chain(TOOLKIT).filter(|name| !name.starts_with('-'));
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn usage(message: &str) -> String {
    format!("{message}; `--help` shows what there is")
}

pub(super) fn help(own: &[OptionHelp]) -> String {
    let mut text = String::from(
        "\
Synthesizes this app's stacks, and deploys them.

Usage: <app> [OPTIONS] COMMAND [ARGS]

Commands of the app:
  synth [STACKS]      write the cloud assembly; print the template of a single stack
  ls [STACKS]         list the stacks

Commands of the toolkit (each with its own --help):
  deploy [STACKS]     deploy to the account of the usual AWS configuration, or with --local to an emulator
  destroy [STACKS]    delete stacks
  preflight [STACKS]  look for what would make a deployment fail
  explain DIR|STACK   say why a deployment failed
  schema [TYPE [PROPERTY]]         look a resource type up
  local start|stop|status|reset    the local emulator

Options of every command:
      --output DIR         where the assembly is written [default: purlin.out]
      --context KEY=VALUE  a context value for the constructs
      --strict             fail on warnings
      --unchecked          do not hold the templates against AWS's schemas
",
    );
    for option in own {
        let flag = format!("--{} {}", option.name, option.value);
        let _ = writeln!(text, "      {flag:<20} {}", option.help);
    }
    text.push_str(
        "
Options of synth:
  -j, --json    print JSON instead of YAML
  -q, --quiet   print nothing unless something is wrong (of ls, deploy and destroy too)

Exit codes: 0 done, 1 a bug in Purlin, 2 wrong usage or settings, 3 problems in the stacks,
4 AWS refused or the deployment failed",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [OptionHelp; 1] = [OptionHelp { name: "settings", value: "FILE", help: "" }];

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(OsString::from), &OWN)
    }

    #[test]
    fn the_toolkit_gets_what_is_not_the_apps() {
        let cases = [
            ("deploy --settings x.yaml Web --local --parameters A=b", "deploy Web --local --parameters A=b"),
            ("--settings=x.yaml deploy --output out --profile=dev -y", "deploy --profile=dev -y"),
            ("local start", "local start"),
            ("schema ecs.service Cluster --json", "schema ecs.service Cluster --json"),
            ("deploy --unchecked Web", "deploy Web --unchecked"),
            ("destroy --unchecked Web", "destroy Web"),
            ("synth Web --json", ""),
        ];
        for (line, expect) in cases {
            let args = parse(line).expect(line);
            let rest: Vec<_> = args.rest.iter().map(|arg| arg.to_string_lossy()).collect();
            assert_eq!(rest.join(" "), expect, "{line}");
        }
        assert_eq!(parse("synth --settings x").expect("ok").options.get("settings"), Some("x"));
    }

    #[test]
    fn unknown_options_of_the_app_are_refused() {
        for line in ["synth --jason", "--nope synth", "synth --output", "ls -x", "synth --json=1"] {
            assert!(parse(line).is_err_and(|message| message.contains("--help")), "{line}");
        }
    }

    #[test]
    fn nothing_given_is_ignored() {
        let cases = [
            ("depoly --local", "there is no command `depoly`; there are `synth`, `ls`, `deploy`, "),
            ("ls --json", "`--json` is an option of `synth`, not of `ls`"),
            ("--quiet deploy", "write `deploy --quiet`"),
            ("synth --output=", "`--output` names no folder"),
            ("synth --settings", "`--settings` needs a value"),
        ];
        for (line, expect) in cases {
            assert!(parse(line).is_err_and(|message| message.contains(expect)), "{line}");
        }
        assert!(parse("ls --quiet").is_ok() && parse("deploy --json --quiet").is_ok());
    }
}
