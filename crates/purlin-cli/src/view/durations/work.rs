//! The kinds of work on a resource, which take different times.

use purlin_diagnosis::{Action, Status};

/// The work on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    Create,
    Update,
    Delete,
}

impl Work {
    /// The work of a status such as `UPDATE_IN_PROGRESS`.
    pub(crate) fn of_status(status: &Status) -> Option<Self> {
        match status.action()? {
            Action::Add | Action::Import => Some(Self::Create),
            Action::Modify => Some(Self::Update),
            Action::Remove => Some(Self::Delete),
            Action::Dynamic | Action::Other(_) => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}
