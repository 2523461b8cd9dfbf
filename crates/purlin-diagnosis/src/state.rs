//! What can be done with a stack depends on the state its last operation left it in.

/// What a deployment does first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// There is no stack, or only the shell of a change set that was never executed.
    Create,
    /// There is a stack that works.
    Update,
    /// What is there never worked; it has to go first.
    DeleteThenCreate,
    /// The old stack is on its way out.
    WaitThenCreate,
    /// CloudFormation is at work on it.
    Busy,
    /// Its last update failed and was not rolled back.
    RollBackFirst,
    /// Its last rollback failed.
    ContinueRollback,
    /// Its deletion failed.
    DeletionFailed,
    /// A word of AWS's that is newer than this tool.
    Unknown,
}

/// Reads the state. `None` is no stack at all; `keeps_failures` is a deployment without rollback,
/// which may go on from where a failed one stopped.
pub fn opening(status: Option<&str>, keeps_failures: bool) -> Opening {
    let Some(status) = status else {
        return Opening::Create;
    };
    match status {
        "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS" => Opening::Create,
        "CREATE_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE" => Opening::Update,
        "CREATE_FAILED" | "UPDATE_FAILED" if keeps_failures => Opening::Update,
        "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" => Opening::DeleteThenCreate,
        "UPDATE_FAILED" => Opening::RollBackFirst,
        "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => Opening::ContinueRollback,
        "DELETE_FAILED" => Opening::DeletionFailed,
        "DELETE_IN_PROGRESS" => Opening::WaitThenCreate,
        other if other.ends_with("_IN_PROGRESS") => Opening::Busy,
        _ => Opening::Unknown,
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As asked.
    Done,
    /// It failed and what it did was taken back.
    RolledBack,
    /// It failed and left things as they were when it did.
    Failed,
    /// It goes on.
    NotYet,
}

/// Reads the state of a stack that is being created or updated.
pub fn ending(status: &str) -> Ending {
    match status {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Ending::Done,
        "ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" | "DELETE_COMPLETE" => {
            Ending::RolledBack
        }
        other if other.ends_with("_IN_PROGRESS") => Ending::NotYet,
        _ => Ending::Failed,
    }
}

/// Whether a change set failed only because there is nothing to do.
pub fn is_no_change(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_an_opening() {
        use Opening::{
            Busy, ContinueRollback, Create, DeleteThenCreate, DeletionFailed, RollBackFirst, Unknown, Update,
            WaitThenCreate,
        };
        // Status, with rollback, without rollback.
        let cases = [
            (None, Create, Create),
            (Some("REVIEW_IN_PROGRESS"), Create, Create),
            (Some("CREATE_IN_PROGRESS"), Busy, Busy),
            (Some("CREATE_FAILED"), DeleteThenCreate, Update),
            (Some("CREATE_COMPLETE"), Update, Update),
            (Some("ROLLBACK_IN_PROGRESS"), Busy, Busy),
            (Some("ROLLBACK_FAILED"), DeleteThenCreate, DeleteThenCreate),
            (Some("ROLLBACK_COMPLETE"), DeleteThenCreate, DeleteThenCreate),
            (Some("DELETE_IN_PROGRESS"), WaitThenCreate, WaitThenCreate),
            (Some("DELETE_FAILED"), DeletionFailed, DeletionFailed),
            (Some("DELETE_COMPLETE"), Create, Create),
            (Some("UPDATE_IN_PROGRESS"), Busy, Busy),
            (Some("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), Busy, Busy),
            (Some("UPDATE_COMPLETE"), Update, Update),
            (Some("UPDATE_FAILED"), RollBackFirst, Update),
            (Some("UPDATE_ROLLBACK_IN_PROGRESS"), Busy, Busy),
            (Some("UPDATE_ROLLBACK_FAILED"), ContinueRollback, ContinueRollback),
            (Some("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"), Busy, Busy),
            (Some("UPDATE_ROLLBACK_COMPLETE"), Update, Update),
            (Some("IMPORT_IN_PROGRESS"), Busy, Busy),
            (Some("IMPORT_COMPLETE"), Update, Update),
            (Some("IMPORT_ROLLBACK_IN_PROGRESS"), Busy, Busy),
            (Some("IMPORT_ROLLBACK_FAILED"), ContinueRollback, ContinueRollback),
            (Some("IMPORT_ROLLBACK_COMPLETE"), Update, Update),
            (Some("SOMETHING_NEW"), Unknown, Unknown),
        ];
        for (status, rolls_back, keeps) in cases {
            assert_eq!(opening(status, false), rolls_back, "{status:?}");
            assert_eq!(opening(status, true), keeps, "{status:?} without rollback");
        }
    }

    #[test]
    fn every_state_is_an_ending_or_is_not() {
        use Ending::{Done, Failed, NotYet, RolledBack};
        let cases = [
            ("CREATE_COMPLETE", Done),
            ("UPDATE_COMPLETE", Done),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", NotYet),
            ("REVIEW_IN_PROGRESS", NotYet),
            ("ROLLBACK_COMPLETE", RolledBack),
            ("UPDATE_ROLLBACK_COMPLETE", RolledBack),
            ("CREATE_FAILED", Failed),
            ("ROLLBACK_FAILED", Failed),
            ("UPDATE_ROLLBACK_FAILED", Failed),
            ("UPDATE_FAILED", Failed),
        ];
        for (status, expected) in cases {
            assert_eq!(ending(status), expected, "{status}");
        }
    }

    #[test]
    fn both_ways_of_saying_nothing_to_do_are_known() {
        let nothing = [
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            "No updates are to be performed.",
        ];
        assert!(nothing.into_iter().all(is_no_change));
        assert!(!is_no_change("Template error: unresolved condition dependency X in Fn::If"));
    }
}
