//! The approval of a change set before its execution: its risks, and whether it needs the user's confirmation.

use purlin_template::Broadening;
use serde::Serialize;

use crate::model::Change;
use crate::stateful::data_losses;

/// When the user must confirm a change set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequireApproval {
    /// Never.
    Never,
    /// When permissions are broadened, or data is lost.
    #[default]
    Broadening,
    /// For every change.
    AnyChange,
}

/// A change set's changes and risks, for the user's confirmation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Approval {
    /// Whether the stack is new.
    pub is_new: bool,
    /// All changes.
    pub changes: Vec<Change>,
    /// Resources whose data is lost for good.
    pub losses: Vec<Change>,
    /// New permissions.
    pub broadening: Vec<Broadening>,
}

impl Approval {
    /// Builds it from the changes of a change set.
    pub fn of(is_new: bool, changes: &[Change], broadening: Vec<Broadening>) -> Self {
        let losses = data_losses(changes).into_iter().cloned().collect();
        Self { is_new, changes: changes.to_vec(), losses, broadening }
    }

    /// Whether the user must confirm.
    pub fn is_needed(&self, required: RequireApproval) -> bool {
        match required {
            RequireApproval::Never => false,
            RequireApproval::Broadening => !self.losses.is_empty() || !self.broadening.is_empty(),
            RequireApproval::AnyChange => true,
        }
    }
}
