//! Why a command ends without having done what it was asked, and the exit code that says so.

use std::process::ExitCode;

use purlin_assembly::AssemblyError;
use purlin_deploy::DeployError;
use purlin_deploy::local::LocalError;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Ours.
    Bug = 1,
    /// Whoever typed the command.
    Usage = 2,
    /// Whoever wrote the stacks.
    Problems = 3,
    /// AWS, or whoever may use the account.
    Aws = 4,
    /// Somebody pressed Ctrl-C.
    Interrupted = 130,
}

impl From<Kind> for ExitCode {
    fn from(kind: Kind) -> Self {
        Self::from(kind as u8)
    }
}

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// What explains the message, already laid out.
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

    pub(crate) fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted").hint(
            "CloudFormation goes on with what was begun: once it is done, the same command finds out how it stands",
        )
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }
}

impl From<AssemblyError> for Failure {
    fn from(error: AssemblyError) -> Self {
        let kind = match &error {
            AssemblyError::NotFound { .. }
            | AssemblyError::NoSuchStack { .. }
            | AssemblyError::ChooseStacks { .. }
            | AssemblyError::NoStacks { .. } => Kind::Usage,
            _ => Kind::Problems,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Self {
        let kind = match error {
            DeployError::Assembly(error) => return error.into(),
            DeployError::Template { .. } => Kind::Problems,
            DeployError::UnknownParameter { .. }
            | DeployError::MissingParameters { .. }
            | DeployError::WrongRegion { .. }
            | DeployError::NotAccepted { .. } => Kind::Usage,
            _ => Kind::Aws,
        };
        let hint = error.hint();
        let mut failure = Self::new(kind, error.to_string());
        failure.details = crate::report::details(&error);
        failure.hints.extend(hint);
        failure
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let kind = match error {
            // This machine lacks something, and whoever runs the command can give it.
            LocalError::NoCacheFolder
            | LocalError::PythonMissing { .. }
            | LocalError::PythonTooOld { .. }
            | LocalError::VenvMissing { .. }
            | LocalError::File { .. } => Kind::Usage,
            _ => Kind::Aws,
        };
        Self::new(kind, error.to_string())
    }
}
