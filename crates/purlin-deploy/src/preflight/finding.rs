//! What a look at the account finds, and how it reads.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know, such as a check that could not be made.
    Note,
    /// It may fail.
    Warning,
    /// It is going to fail.
    Error,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The check that found it, such as `hosted-zone`.
    pub check: &'static str,
    /// The resource in the template it is about.
    pub logical_id: Option<String>,
    /// The construct path.
    pub construct: Option<String>,
    /// Where in the user's code.
    pub declared_at: Option<String>,
    /// What is wrong, and how we know.
    pub reason: String,
    /// What to do.
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn error(check: &'static str, reason: impl Into<String>) -> Self {
        Self::new(Severity::Error, check, reason)
    }

    pub(super) fn warning(check: &'static str, reason: impl Into<String>) -> Self {
        Self::new(Severity::Warning, check, reason)
    }

    pub(super) fn note(check: &'static str, reason: impl Into<String>) -> Self {
        Self::new(Severity::Note, check, reason)
    }

    pub(super) fn new(severity: Severity, check: &'static str, reason: impl Into<String>) -> Self {
        let (logical_id, construct, declared_at) = (None, None, None);
        Self { severity, check, logical_id, construct, declared_at, reason: reason.into(), fix: None }
    }

    /// The resource it is about.
    pub(super) fn about(mut self, logical_id: &str) -> Self {
        self.logical_id = Some(logical_id.to_owned());
        self
    }

    /// What to do.
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Something that was not looked at.
    pub(super) fn not_made(check: &'static str, why: &str) -> Self {
        Self::note(check, format!("this was not checked: {why}"))
    }
}
