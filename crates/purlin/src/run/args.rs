//! The command line of an app: reads its own commands and options, and keeps the rest for the toolkit.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use purlin_assembly::{EXIT_CODES, Reads, TOOLKIT_COMMANDS};
use purlin_template::nearest;

use super::{Exit, OptionHelp, Options, context};

/// The app's own commands: name, arguments, what they do.
const OWN_COMMANDS: [(&str, &str, &str); 2] = [
    ("synth", "[STACKS]", "Write the cloud assembly, and print the template of a single stack"),
    ("ls", "[STACKS]", "List the stacks"),
];

/// The app's own options.
const OWN_OPTIONS: [&str; 9] =
    ["output", "context", "strict", "unchecked", "json", "quiet", "verbose", "help", "version"];

/// The command that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// None: `synth`, as `cdk --app` expects.
    Default,
    Help,
    Synth,
    List,
    /// A command of the toolkit.
    Toolkit(String),
}

/// An argument of the command line.
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
    pub verbose: bool,
    pub strict: bool,
    /// The templates are not checked against AWS's schemas, here or by the toolkit.
    pub unchecked: bool,
    contexts: Vec<String>,
    /// The arguments for the toolkit: the command, and all that are not the app's own.
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
            verbose: false,
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

    /// Refuses options that the command would ignore.
    fn check(&self) -> Result<(), String> {
        if self.output.as_ref().is_some_and(|folder| folder.as_os_str().is_empty()) {
            return Err(usage("`--output` names no folder: give one, or leave the option out"));
        }
        let (json, quiet, verbose) = ((self.json, "--json"), (self.quiet, "--quiet"), (self.verbose, "--verbose"));
        let ignored: &[(bool, &str)] = match &self.command {
            Command::Toolkit(_) => &[json, quiet, verbose],
            Command::List => &[json, verbose],
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
            word => self.take_own(word, parser, own)?,
        }
        Ok(())
    }

    /// Passes an argument after a command of the toolkit on, unchanged.
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

    fn take_own(&mut self, word: Word, parser: &mut Parser, own: &[OptionHelp]) -> Result<(), String> {
        match word {
            Word::Short('o') => self.output = Some(PathBuf::from(value(parser)?)),
            Word::Short('c') => self.contexts.push(text(parser)?),
            Word::Short('h') => self.command = Command::Help,
            Word::Short('j') => self.json = true,
            Word::Short('q') => self.quiet = true,
            Word::Short('v') => self.verbose = true,
            Word::Short('V') if self.command == Command::Default => self.command("--version".into())?,
            Word::Short(letter) => return Err(usage(&format!("there is no option `-{letter}`"))),
            Word::Long(name) => match name.as_str() {
                "help" => self.command = Command::Help,
                "json" => self.json = true,
                "quiet" => self.quiet = true,
                "verbose" => self.verbose = true,
                "version" if self.command == Command::Default => self.command("--version".into())?,
                _ => {
                    let known = OWN_OPTIONS.into_iter().chain(own.iter().map(|option| option.name));
                    let meant = nearest(&name, known).map(|name| format!(", did you mean `--{name}`?"));
                    return Err(usage(&format!("there is no option `--{name}`{}", meant.unwrap_or_default())));
                }
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
            "--version" => Command::Toolkit(name),
            known if TOOLKIT_COMMANDS.iter().any(|command| command.name == known) => Command::Toolkit(name),
            _ => return Err(unknown_command(&name)),
        };
        if let Command::Toolkit(_) = self.command {
            self.rest.push(command);
        }
        Ok(())
    }

    /// What the command reads of the app.
    pub fn reads(&self) -> Reads {
        match &self.command {
            Command::Help => Reads::Nothing,
            Command::List => Reads::Stacks,
            Command::Default | Command::Synth => Reads::Assembly,
            Command::Toolkit(_) if self.rest.iter().any(|arg| arg == "--help" || arg == "-h") => Reads::Nothing,
            Command::Toolkit(name) => {
                TOOLKIT_COMMANDS.iter().find(|command| command.name == name).map_or(Reads::Nothing, |it| it.reads)
            }
        }
    }

    /// The context values of the app, the last of a key counts.
    pub fn context(&self) -> Result<Vec<(String, serde_json::Value)>, (Exit, String)> {
        context::values(&self.contexts).map_err(|message| (Exit::Usage, message))
    }
}

fn value(parser: &mut Parser) -> Result<OsString, String> {
    parser.value().map_err(|error| wrong(&error))
}

fn text(parser: &mut Parser) -> Result<String, String> {
    value(parser)?.string().map_err(|error| wrong(&error))
}

/// The message of an error of the parser.
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

fn unknown_command(name: &str) -> String {
    let known: Vec<&str> =
        OWN_COMMANDS.iter().map(|(name, ..)| *name).chain(TOOLKIT_COMMANDS.iter().map(|it| it.name)).collect();
    if let Some(meant) = nearest(name, known.iter().copied()) {
        return usage(&format!("there is no command `{name}`, did you mean `{meant}`?"));
    }
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    usage(&format!("there is no command `{name}`; there are {}", known.join(", ")))
}

fn usage(message: &str) -> String {
    let separator = if message.ends_with('?') { "" } else { ";" };
    format!("{message}{separator} `--help` shows what there is")
}

pub(super) fn help(own: &[OptionHelp]) -> String {
    let mut text = String::from(
        "\
Synthesizes this app's stacks, and deploys them.

Usage: <app> [OPTIONS] COMMAND [ARGS]

Commands of the app:
",
    );
    for (name, arguments, about) in OWN_COMMANDS {
        let _ = writeln!(text, "  {:<25} {about}", format!("{name} {arguments}"));
    }
    text.push_str("\nCommands of the toolkit (each with its own --help):\n");
    for command in TOOLKIT_COMMANDS {
        let _ = writeln!(text, "  {:<25} {}", format!("{} {}", command.name, command.arguments), command.about);
    }
    text.push_str(
        "
Options of every command:
      --output DIR         The folder for the assembly [default: purlin.out]
      --context KEY=VALUE  A context value for the constructs, beside those of `cdk.json`
      --strict             Fail on warnings
      --unchecked          Do not check the templates against AWS's schemas
",
    );
    for option in own {
        let flag = format!("--{} {}", option.name, option.value);
        let _ = writeln!(text, "      {flag:<20} {}", option.help);
    }
    text.push_str(
        "
Options of synth:
  -j, --json     Print JSON instead of YAML
  -q, --quiet    Print nothing but errors (ls, deploy and destroy take it too)
  -v, --verbose  Print the reasons of automatic patches

",
    );
    text.push_str(EXIT_CODES);
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
    fn mistakes_are_refused_with_what_was_meant() {
        let cases = [
            ("depoly --local", "there is no command `depoly`, did you mean `deploy`?"),
            ("synht", "did you mean `synth`?"),
            ("moon", "there is no command `moon`; there are `synth`, `ls`, `deploy`, "),
            ("synth --verbsoe", "there is no option `--verbsoe`, did you mean `--verbose`?"),
            ("synth --setings x", "did you mean `--settings`?"),
            ("ls --json", "`--json` is an option of `synth`, not of `ls`"),
            ("ls -v", "`--verbose` is an option of `synth`, not of `ls`"),
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
