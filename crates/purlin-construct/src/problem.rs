//! What is wrong with a tree: each with its place in the tree, in the source, and what to do about it.

use std::fmt;
use std::panic::Location;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Synthesis fails.
    Error,
    /// Synthesis goes on, unless it is strict.
    Warning,
    /// Worth knowing.
    Info,
}

/// What went wrong, where in the tree, where in the source, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether synthesis fails because of it.
    pub severity: Severity,
    /// The path of the construct, for example `Web/Service/Cluster`.
    pub path: String,
    /// Where the user's program added the construct.
    pub declared_at: &'static Location<'static>,
    /// The property of the resource, if it is about one: `LoadBalancers.0.ContainerPort`.
    pub property: Option<String>,
    /// What is wrong, what was given, what is allowed.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  construct: {}", self.message, self.path)?;
        if let Some(property) = &self.property {
            write!(f, "\n  property:  {property}")?;
        }
        write!(f, "\n  declared:  {}", self.declared_at)?;
        if !self.hint.is_empty() {
            write!(f, "\n  hint:      {}", self.hint)?;
        }
        Ok(())
    }
}
