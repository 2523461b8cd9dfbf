//! Looks before the leap: what would make a deployment fail, found by reading alone.

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
