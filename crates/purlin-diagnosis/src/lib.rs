//! Explains why a CloudFormation stack failed, offline: from events, templates and statuses.
//!
//! [`diagnose`] finds the cause in a stack's events; [`Evidence`] stores it in a folder, in which what looks like a secret is hidden. The types of
//! CloudFormation's responses are here too, so that all decisions about them can be tested without the AWS SDK.

mod approval;
mod cause;
mod credentials;
mod deletion_plan;
mod diagnosis;
mod evidence;
pub mod hints;
mod model;
pub mod operation;
mod origin;
mod reason;
mod redact;
mod stateful;
mod status;
mod templates;

pub use approval::{Approval, RequireApproval};
pub use deletion_plan::DeletionPlan;
pub use diagnosis::{Diagnosis, Failure, FailureStatus, diagnose, diagnose_with};
pub use evidence::{Evidence, EvidenceError, Summary};
pub use model::{Action, Change, ChangeDetail, Replacement, StackEvent, StackResource, StackState, stack_name};
pub use origin::Origins;
pub use reason::{blamed, is_cancellation, is_no_change};
pub use redact::redact;
pub use stateful::data_losses;
pub use status::{OperationEnd, StackReadiness, Status};
pub use templates::Templates;
