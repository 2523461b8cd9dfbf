//! A finding of a preflight check.

use serde::Serialize;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Information, such as a check that could not run.
    Note,
    /// The deployment may fail.
    Warning,
    /// The deployment will fail.
    Error,
}

/// A problem found by a preflight check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its severity.
    pub severity: Severity,
    /// The check that found it, such as `hosted-zone`.
    pub check: &'static str,
    /// The logical id of the resource.
    pub logical_id: Option<String>,
    /// The construct path.
    pub construct: Option<String>,
    /// The line of the user's code.
    pub declared_at: Option<String>,
    /// The problem, and the value or response that shows it.
    pub reason: String,
    /// The remedy.
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

    /// Sets the resource.
    pub(super) fn about(mut self, logical_id: &str) -> Self {
        self.logical_id = Some(logical_id.to_owned());
        self
    }

    /// Sets the remedy.
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// A check that could not run.
    pub(super) fn not_checked(check: &'static str, why: &str) -> Self {
        Self::note(check, format!("not checked: {why}"))
    }
}
