//! The statuses of stacks, resources, change sets and hooks, and what each of them means.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::model::Action;

macro_rules! statuses {
    ($($name:ident = $word:literal,)*) => {
        /// A status as AWS reports it. JSON has AWS's word.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum Status {
            $(#[doc = concat!("`", $word, "`.")] $name,)*
            /// A word that is newer than this version, or none.
            Other(String),
        }

        impl Status {
            /// AWS's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for Status {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }
    };
}

statuses! {
    CreatePending = "CREATE_PENDING",
    CreateInProgress = "CREATE_IN_PROGRESS",
    CreateComplete = "CREATE_COMPLETE",
    CreateFailed = "CREATE_FAILED",
    RollbackInProgress = "ROLLBACK_IN_PROGRESS",
    RollbackComplete = "ROLLBACK_COMPLETE",
    RollbackFailed = "ROLLBACK_FAILED",
    UpdateInProgress = "UPDATE_IN_PROGRESS",
    UpdateComplete = "UPDATE_COMPLETE",
    UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateFailed = "UPDATE_FAILED",
    UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
    UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
    UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
    ImportInProgress = "IMPORT_IN_PROGRESS",
    ImportComplete = "IMPORT_COMPLETE",
    ImportFailed = "IMPORT_FAILED",
    ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
    ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
    ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
    DeletePending = "DELETE_PENDING",
    DeleteInProgress = "DELETE_IN_PROGRESS",
    DeleteComplete = "DELETE_COMPLETE",
    DeleteSkipped = "DELETE_SKIPPED",
    DeleteFailed = "DELETE_FAILED",
    ReviewInProgress = "REVIEW_IN_PROGRESS",
    Failed = "FAILED",
    HookInProgress = "HOOK_IN_PROGRESS",
    HookCompleteSucceeded = "HOOK_COMPLETE_SUCCEEDED",
    HookCompleteFailed = "HOOK_COMPLETE_FAILED",
    HookFailed = "HOOK_FAILED",
}

impl Status {
    /// Whether AWS is still at work. A stack in `REVIEW_IN_PROGRESS` only waits for a change set.
    pub fn is_busy(&self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS")
    }

    /// Whether the last thing that AWS did succeeded, a rollback included.
    pub fn is_complete(&self) -> bool {
        self.as_str().ends_with("_COMPLETE")
    }

    /// Whether the last thing that AWS did failed.
    pub fn failed(&self) -> bool {
        *self == Self::Failed || self.as_str().ends_with("_FAILED")
    }

    /// Whether it is a part of a rollback, its end and its cleanup included.
    pub fn is_rollback(&self) -> bool {
        self.as_str().contains("ROLLBACK")
    }

    /// Whether a rollback starts.
    pub fn starts_rollback(&self) -> bool {
        self.is_rollback() && self.is_busy() && !self.is_cleanup()
    }

    /// Whether the operation is done and AWS deletes what it replaced.
    pub fn is_cleanup(&self) -> bool {
        matches!(self, Self::UpdateCompleteCleanupInProgress | Self::UpdateRollbackCompleteCleanupInProgress)
    }

    /// Whether the operation has gone wrong: it failed, or it is rolled back.
    pub fn went_wrong(&self) -> bool {
        self.failed() || self.is_rollback()
    }

    /// Whether an operation on a stack starts.
    pub fn starts_operation(&self) -> bool {
        matches!(
            self,
            Self::CreateInProgress | Self::UpdateInProgress | Self::DeleteInProgress | Self::ImportInProgress
        )
    }

    /// The status in which the rollback that this one is of started.
    pub fn start_of_rollback(&self) -> Option<Self> {
        let before = self.as_str().split_once("ROLLBACK_")?.0;
        Some(Self::from(format!("{before}ROLLBACK_IN_PROGRESS")))
    }

    /// What is done to the resource or stack; nothing in a rollback of a creation or a review.
    pub fn action(&self) -> Option<Action> {
        match self.as_str().split_once('_')?.0 {
            "CREATE" => Some(Action::Add),
            "UPDATE" => Some(Action::Modify),
            "IMPORT" => Some(Action::Import),
            "DELETE" => Some(Action::Remove),
            _ => None,
        }
    }

    /// Whether it is deleted, was deleted, or could not be deleted.
    pub fn is_deletion(&self) -> bool {
        self.action() == Some(Action::Remove)
    }

    /// What a deployment of a stack in this status does first. `keeps_failures` is a deployment
    /// without rollback, which continues where a failed one stopped.
    pub fn readiness(&self, keeps_failures: bool) -> StackReadiness {
        match self {
            Self::DeleteComplete | Self::ReviewInProgress => StackReadiness::Create,
            Self::CreateComplete
            | Self::UpdateComplete
            | Self::UpdateRollbackComplete
            | Self::ImportComplete
            | Self::ImportRollbackComplete => StackReadiness::Update,
            Self::CreateFailed | Self::UpdateFailed if keeps_failures => StackReadiness::Update,
            Self::CreateFailed | Self::RollbackComplete | Self::RollbackFailed => StackReadiness::DeleteThenCreate,
            Self::UpdateFailed => StackReadiness::RollBackFirst,
            Self::UpdateRollbackFailed | Self::ImportRollbackFailed => StackReadiness::ContinueRollback,
            Self::DeleteFailed => StackReadiness::DeletionFailed,
            Self::DeleteInProgress => StackReadiness::WaitThenCreate,
            other if other.is_busy() => StackReadiness::Busy,
            _ => StackReadiness::Unknown,
        }
    }

    /// How the operation on a stack ended that was created, changed or imported; `None` while AWS is at work.
    pub fn operation_end(&self) -> Option<OperationEnd> {
        match self {
            Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete => Some(OperationEnd::Done),
            Self::DeleteComplete => Some(OperationEnd::RolledBack),
            rolled_back if rolled_back.is_rollback() && rolled_back.is_complete() => Some(OperationEnd::RolledBack),
            busy if busy.is_busy() => None,
            _ => Some(OperationEnd::Failed),
        }
    }
}

/// What a deployment does first with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackReadiness {
    /// It creates the stack: there is none, or only one that waits for its first change set.
    Create,
    /// It changes the stack.
    Update,
    /// It deletes the stack, which was never complete, and creates it.
    DeleteThenCreate,
    /// It waits for the deletion and creates the stack.
    WaitThenCreate,
    /// It waits or stops: CloudFormation is at work on the stack.
    Busy,
    /// It stops: the last update failed and was not rolled back.
    RollBackFirst,
    /// It stops: the last rollback failed.
    ContinueRollback,
    /// It stops: the deletion failed.
    DeletionFailed,
    /// It stops: the status is newer than this version.
    Unknown,
}

/// How an operation on a stack ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationEnd {
    /// As requested.
    Done,
    /// It failed and was rolled back.
    RolledBack,
    /// It failed and was not rolled back.
    Failed,
}

impl Default for Status {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.as_str().to_owned()
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_starts_by_the_status_of_the_stack() {
        use StackReadiness::{
            Busy, ContinueRollback, Create, DeleteThenCreate, DeletionFailed, RollBackFirst, Unknown, Update,
            WaitThenCreate,
        };
        // Status, with rollback, without rollback.
        let cases = [
            ("REVIEW_IN_PROGRESS", Create, Create),
            ("CREATE_IN_PROGRESS", Busy, Busy),
            ("CREATE_FAILED", DeleteThenCreate, Update),
            ("CREATE_COMPLETE", Update, Update),
            ("ROLLBACK_IN_PROGRESS", Busy, Busy),
            ("ROLLBACK_FAILED", DeleteThenCreate, DeleteThenCreate),
            ("ROLLBACK_COMPLETE", DeleteThenCreate, DeleteThenCreate),
            ("DELETE_IN_PROGRESS", WaitThenCreate, WaitThenCreate),
            ("DELETE_FAILED", DeletionFailed, DeletionFailed),
            ("DELETE_COMPLETE", Create, Create),
            ("UPDATE_IN_PROGRESS", Busy, Busy),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Busy, Busy),
            ("UPDATE_COMPLETE", Update, Update),
            ("UPDATE_FAILED", RollBackFirst, Update),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Busy, Busy),
            ("UPDATE_ROLLBACK_FAILED", ContinueRollback, ContinueRollback),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Busy, Busy),
            ("UPDATE_ROLLBACK_COMPLETE", Update, Update),
            ("IMPORT_IN_PROGRESS", Busy, Busy),
            ("IMPORT_COMPLETE", Update, Update),
            ("IMPORT_ROLLBACK_IN_PROGRESS", Busy, Busy),
            ("IMPORT_ROLLBACK_FAILED", ContinueRollback, ContinueRollback),
            ("IMPORT_ROLLBACK_COMPLETE", Update, Update),
            ("SOMETHING_NEW", Unknown, Unknown),
            ("SOMETHING_IN_PROGRESS", Busy, Busy),
            ("", Unknown, Unknown),
        ];
        for (word, rolls_back, keeps) in cases {
            let status = Status::from(word);
            assert_eq!(status.readiness(false), rolls_back, "{word}");
            assert_eq!(status.readiness(true), keeps, "{word} without rollback");
        }
    }

    #[test]
    fn an_operation_ends_by_the_status_of_the_stack() {
        use OperationEnd::{Done, Failed, RolledBack};
        let cases = [
            ("CREATE_COMPLETE", Some(Done)),
            ("UPDATE_COMPLETE", Some(Done)),
            ("IMPORT_COMPLETE", Some(Done)),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None),
            ("REVIEW_IN_PROGRESS", None),
            ("ROLLBACK_COMPLETE", Some(RolledBack)),
            ("UPDATE_ROLLBACK_COMPLETE", Some(RolledBack)),
            ("IMPORT_ROLLBACK_COMPLETE", Some(RolledBack)),
            ("DELETE_COMPLETE", Some(RolledBack)),
            ("CREATE_FAILED", Some(Failed)),
            ("ROLLBACK_FAILED", Some(Failed)),
            ("UPDATE_ROLLBACK_FAILED", Some(Failed)),
            ("UPDATE_FAILED", Some(Failed)),
            ("SOMETHING_NEW", Some(Failed)),
        ];
        for (word, expected) in cases {
            assert_eq!(Status::from(word).operation_end(), expected, "{word}");
        }
    }

    #[test]
    fn statuses_of_stacks_resources_change_sets_and_hooks_are_read() {
        type Is = fn(&Status) -> bool;
        let questions: [(char, Is); 8] = [
            ('b', Status::is_busy),
            ('c', Status::is_complete),
            ('f', Status::failed),
            ('r', Status::is_rollback),
            ('s', Status::starts_rollback),
            ('l', Status::is_cleanup),
            ('w', Status::went_wrong),
            ('d', Status::is_deletion),
        ];
        for (word, expected) in [
            ("CREATE_PENDING", ""),
            ("CREATE_IN_PROGRESS", "b"),
            ("CREATE_COMPLETE", "c"),
            ("CREATE_FAILED", "fw"),
            ("ROLLBACK_IN_PROGRESS", "brsw"),
            ("ROLLBACK_FAILED", "frw"),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "bl"),
            ("UPDATE_ROLLBACK_IN_PROGRESS", "brsw"),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "brlw"),
            ("UPDATE_ROLLBACK_COMPLETE", "crw"),
            ("IMPORT_ROLLBACK_IN_PROGRESS", "brsw"),
            ("EXPORT_ROLLBACK_IN_PROGRESS", "brsw"),
            ("DELETE_IN_PROGRESS", "bd"),
            ("DELETE_SKIPPED", "d"),
            ("DELETE_FAILED", "fwd"),
            ("FAILED", "fw"),
            ("HOOK_IN_PROGRESS", "b"),
            ("HOOK_COMPLETE_SUCCEEDED", ""),
            ("HOOK_COMPLETE_FAILED", "fw"),
            ("HOOK_FAILED", "fw"),
            ("SOMETHING_NEW", ""),
        ] {
            let status = Status::from(word);
            let found: String = questions.iter().filter(|(_, is)| is(&status)).map(|(letter, _)| letter).collect();
            assert_eq!(found, expected, "{word}");
        }
    }

    #[test]
    fn a_rollback_has_a_start() {
        for (word, expected) in [
            ("UPDATE_ROLLBACK_COMPLETE", Some(Status::UpdateRollbackInProgress)),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Some(Status::UpdateRollbackInProgress)),
            ("ROLLBACK_FAILED", Some(Status::RollbackInProgress)),
            ("IMPORT_ROLLBACK_COMPLETE", Some(Status::ImportRollbackInProgress)),
            ("UPDATE_COMPLETE", None),
        ] {
            assert_eq!(Status::from(word).start_of_rollback(), expected, "{word}");
        }
    }

    #[test]
    fn json_has_the_word_of_aws() {
        for word in ["UPDATE_ROLLBACK_COMPLETE", "HOOK_FAILED", "SOMETHING_NEW", ""] {
            let json = serde_json::json!(word);
            let status: Status = serde_json::from_value(json.clone()).expect("any word is a status");
            assert_eq!(serde_json::to_value(&status).expect("a word"), json);
            assert_eq!((status.as_str(), format!("[{status:<12}]")), (word, format!("[{word:<12}]")));
        }
    }
}
