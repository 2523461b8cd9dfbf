//! The kinds of work on a resource, which take different times.

/// The work on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    Create,
    Update,
    Delete,
}

impl Work {
    /// The work of a status such as `UPDATE_IN_PROGRESS`.
    pub(crate) fn of_status(status: &str) -> Option<Self> {
        let work = [
            ("CREATE_", Self::Create),
            ("IMPORT_", Self::Create),
            ("UPDATE_", Self::Update),
            ("DELETE_", Self::Delete),
        ];
        work.into_iter().find(|(start, _)| status.starts_with(start)).map(|(_, work)| work)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}
