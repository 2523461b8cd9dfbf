//! The failure of a command: its message, details, hints, and exit code.

use purlin_assembly::AssemblyError;
use purlin_deploy::DeployError;
use purlin_diagnosis::EvidenceError;
use purlin_local::LocalError;
use purlin_template::nearest;

use crate::by_hand;
use crate::report;
use crate::terminal::{Terminal, Tone};
use crate::text::printable;

/// The kind of a failure; its number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A bug in Purlin.
    Bug = 1,
    /// Wrong usage: an option, a name, a missing value or program.
    Usage = 2,
    /// Problems in the stacks.
    Problems = 3,
    /// AWS refused, the deployment failed, or it was not approved.
    Aws = 4,
    /// There are differences, and `--fail` was given.
    Differences = 5,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

/// The failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// Lines that explain the message.
    pub(crate) details: Vec<String>,
    pub(crate) hints: Vec<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), hints: Vec::new() }
    }

    pub(crate) fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Bug, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An interruption by Ctrl-C while CloudFormation works on these stacks.
    pub(crate) fn interrupted(at_work: &[String]) -> Self {
        let mut failure = Self::new(Kind::Interrupted, "interrupted");
        if !at_work.is_empty() {
            failure.hints.push("CloudFormation continues with what was begun; to follow it again:".to_owned());
            failure.hints.extend(at_work.iter().map(|stack| format!("`purlin attach {stack}`")));
        }
        failure
    }

    /// The failure of a deployment.
    pub(crate) fn of(error: &DeployError) -> Self {
        let kind = match error {
            DeployError::Assembly(error) => return Self::of_assembly(error),
            DeployError::Template { .. } | DeployError::TemplateElsewhere { .. } | DeployError::ForeignRole { .. } => {
                Kind::Problems
            }
            DeployError::UnknownParameter { .. }
            | DeployError::MissingParameters { .. }
            | DeployError::NoSuchStack { .. }
            | DeployError::NoLogs { .. }
            | DeployError::Setting { .. }
            | DeployError::WrongRegion { .. } => Kind::Usage,
            DeployError::Detached { .. } | DeployError::Cancelled { .. } => Kind::Interrupted,
            _ => Kind::Aws,
        };
        let mut failure = Self::new(kind, error.to_string());
        failure.details = report::details(error);
        failure.hints.extend(error.hint());
        failure
    }

    fn of_assembly(error: &AssemblyError) -> Self {
        let failure = Self::new(kind_of(error), error.to_string());
        let nearest =
            |given: &str, known: &[String]| nearest(given, known.iter().map(String::as_str)).map(str::to_owned);
        error.hint(nearest).into_iter().fold(failure, Self::hint)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Prints the message, the details and the hints.
    pub(crate) fn print(&self, terminal: &Terminal) {
        terminal.draw(Vec::new());
        terminal.eprint(&format!("{}: {}", terminal.epaint(Tone::Bad, "error"), self.message));
        if std::env::var_os("GITHUB_ACTIONS").is_some_and(|it| it == "true") {
            terminal.eprint_command(&annotation(&self.message));
        }
        for detail in &self.details {
            terminal.eprint(detail);
        }
        for hint in &self.hints {
            terminal.eprint(&format!("{}: {hint}", terminal.epaint(Tone::Good, "hint")));
        }
        if let Some(note) = by_hand::key_note(&self.hints) {
            terminal.eprint(&note);
        }
    }
}

/// The error as GitHub Actions shows it beside the run: a workflow command, in which `%` and line
/// ends are escaped.
fn annotation(message: &str) -> String {
    let escaped = printable(message, &[]).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    format!("::error title=purlin::{escaped}")
}

impl From<AssemblyError> for Failure {
    fn from(error: AssemblyError) -> Self {
        Self::of_assembly(&error)
    }
}

impl From<EvidenceError> for Failure {
    fn from(error: EvidenceError) -> Self {
        Self::new(Kind::Aws, error.to_string())
    }
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Self {
        Self::of(&error)
    }
}

fn kind_of(error: &AssemblyError) -> Kind {
    match error {
        AssemblyError::NotFound { .. }
        | AssemblyError::NoSuchStack { .. }
        | AssemblyError::ChooseStacks { .. }
        | AssemblyError::NoStacks { .. } => Kind::Usage,
        _ => Kind::Problems,
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let kind = match error {
            // Something is missing on this machine, and the user can provide it.
            LocalError::NoCacheFolder
            | LocalError::PythonMissing { .. }
            | LocalError::PythonTooOld { .. }
            | LocalError::VenvMissing { .. }
            | LocalError::OpenFolder { .. }
            | LocalError::StopAfter { .. }
            | LocalError::File { .. } => Kind::Usage,
            _ => Kind::Aws,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use purlin_deploy::{Aftermath, FailedDeployment};
    use purlin_diagnosis::Diagnosis;

    use super::*;

    #[test]
    fn every_failure_of_a_deployment_has_its_exit_code() {
        use DeployError as E;
        let stack = || "Web".to_owned();
        let text = String::new;
        let failed = |status: &str, aftermath| {
            let diagnosis = Diagnosis::default();
            E::Failed(Box::new(FailedDeployment { stack: stack(), status: status.into(), diagnosis, aftermath }))
        };
        let busy = E::Busy { stack: stack(), status: "UPDATE_IN_PROGRESS".into(), who: None, since: None };
        let unfit = E::Stuck { stack: stack(), status: "DELETE_FAILED".into(), reason: None, advice: text() };
        let file = io::Error::from(io::ErrorKind::NotFound);
        let elsewhere = E::TemplateElsewhere { stack: stack(), url: text(), why: text() };
        let other = E::OtherTemplate { stack: stack(), difference: text() };
        let cases = [
            (elsewhere, 3),
            (other, 4),
            (E::ForeignRole { stack: stack(), account: text(), role: text() }, 3),
            (E::UnknownParameter { stack: stack(), parameter: text(), known: vec![] }, 2),
            (E::MissingParameters { stack: stack(), parameters: vec![] }, 2),
            (E::WrongRegion { stack: stack(), wanted: text(), region: text() }, 2),
            (E::NoSuchStack { stack: stack(), account: text(), region: text() }, 2),
            (E::NoCredentials { detail: text() }, 4),
            (E::BadCredentials { detail: text() }, 4),
            (E::NoRegion, 4),
            (E::WrongAccount { stack: stack(), wanted: text(), account: text() }, 4),
            (busy, 4),
            (unfit, 4),
            (E::Protected { stack: stack() }, 4),
            (E::NotAccepted { stack: stack(), approval: Box::default() }, 4),
            (E::Refused { stack: stack(), message: text() }, 4),
            (E::Replaced { stack: stack() }, 4),
            (E::NotRunning { stack: stack(), problems: vec![] }, 4),
            (failed("ROLLBACK_COMPLETE", Aftermath::Nothing { retained: vec![] }), 4),
            (failed("UPDATE_ROLLBACK_COMPLETE", Aftermath::AsBefore), 4),
            (failed("CREATE_FAILED", Aftermath::FailedStack), 4),
            (E::DeletionFailed { stack: stack(), failures: vec![] }, 4),
            (E::LostSight { stack: stack(), detail: text() }, 4),
            (E::NotBootstrapped { account: text(), region: text(), what: text(), name: text() }, 4),
            (E::Asset { asset: text(), detail: text() }, 4),
            (E::File { path: "x".into(), source: file }, 4),
            (E::Docker { command: text(), detail: text() }, 4),
            (E::Aws { operation: "DescribeStacks", code: None, message: text() }, 4),
            (E::Unavailable { operation: "DescribeStacks", detail: text() }, 4),
            (E::Unreachable { operation: "DescribeStacks", detail: text() }, 4),
            (E::NotAws { operation: "DescribeStacks", detail: text() }, 4),
            (E::NoMfaCode { profile: text(), device: text() }, 4),
            (E::Setting { setting: text(), why: "it is none".into(), advice: text() }, 2),
            (E::Detached { stack: stack(), has_begun: true }, 130),
            (E::Cancelled { stack: stack(), status: text().into() }, 130),
        ];
        for (error, code) in cases {
            let failure = Failure::of(&error);
            assert_eq!(failure.kind as u8, code, "{error:?}");
            assert!(!failure.message.is_empty() && !failure.message.ends_with('.'), "{}", failure.message);
        }
    }
}
