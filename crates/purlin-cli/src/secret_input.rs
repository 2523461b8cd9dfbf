//! Reads secrets from a prompt, standard input, or the environment, never from arguments.

use std::env;
use std::io::{self, IsTerminal, Read};

use secrecy::SecretString;

use crate::failure::{Failure, Kind};
use crate::terminal::Terminal;

/// The longest secret: a longer one is probably the wrong file.
const LONGEST: u64 = 64 * 1024;

/// The source of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// All of standard input, without the line's end.
    Stdin,
    /// An environment variable, by its name.
    Environment(String),
    /// A prompt that does not show what is typed.
    Prompt,
}

impl Source {
    /// From the options for standard input and for a variable, which exclude each other.
    pub(crate) fn of(stdin: bool, variable: Option<&str>) -> Self {
        match variable {
            Some(name) => Self::Environment(name.to_owned()),
            None if stdin => Self::Stdin,
            None => Self::Prompt,
        }
    }

    /// Reads the secret. `what` is its name in messages, `options` the hint about other ways to give it.
    pub(crate) async fn read(&self, what: &str, options: &str, terminal: &Terminal) -> Result<SecretString, Failure> {
        let found = match self {
            Self::Stdin if io::stdin().is_terminal() => asked(what, options, terminal).await?,
            Self::Stdin => from_stdin(what)?,
            Self::Environment(name) => from_environment(name, what)?,
            Self::Prompt => asked(what, options, terminal).await?,
        };
        if found.is_empty() {
            return Err(Failure::usage(format!("the {what} is empty")).hint(options));
        }
        Ok(found.into())
    }

    /// Reads a new secret, at a prompt twice.
    pub(crate) async fn read_new(
        &self,
        what: &str,
        options: &str,
        terminal: &Terminal,
    ) -> Result<SecretString, Failure> {
        use secrecy::ExposeSecret;
        let first = self.read(what, options, terminal).await?;
        if *self == Self::Prompt {
            let second = self.read(&format!("{what} again"), options, terminal).await?;
            if first.expose_secret() != second.expose_secret() {
                return Err(Failure::usage(format!("the two times the {what} was typed differ; nothing was changed")));
            }
        }
        Ok(first)
    }
}

async fn asked(what: &str, options: &str, terminal: &Terminal) -> Result<String, Failure> {
    if !terminal.can_ask() {
        let why = format!("the {what} is missing, and cannot be typed: standard input is not a terminal");
        return Err(Failure::usage(why).hint(options));
    }
    let answer = terminal.ask_hidden(&format!("{what}: ")).await;
    answer.ok_or_else(|| Failure::new(Kind::Interrupted, "interrupted"))
}

fn from_stdin(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("the {what} cannot be read from standard input: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn from_environment(name: &str, what: &str) -> Result<String, Failure> {
    match env::var(name) {
        Ok(value) => Ok(value),
        Err(env::VarError::NotPresent) => {
            Err(Failure::usage(format!("the {what} is not set: the environment variable `{name}` is missing")))
        }
        Err(env::VarError::NotUnicode(_)) => {
            Err(Failure::usage(format!("the {what} in the environment variable `{name}` is not text")))
        }
    }
}
