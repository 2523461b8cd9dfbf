//! What is shown before a change set is executed, and whether somebody has to agree.

use purlin_template::Broadening;
use serde::Serialize;

use crate::model::Change;
use crate::stateful::data_losses;

/// When somebody has to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequireApproval {
    /// Never.
    Never,
    /// When more is permitted than before, or data is lost.
    #[default]
    Broadening,
    /// Whenever something changes.
    AnyChange,
}

/// What is about to happen, as far as somebody should know.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Approval {
    /// Whether the stack is new.
    pub is_new: bool,
    /// Everything.
    pub changes: Vec<Change>,
    /// Resources whose data is lost for good.
    pub losses: Vec<Change>,
    /// What is permitted that was not.
    pub broadening: Vec<Broadening>,
}

impl Approval {
    /// Of the changes of a change set.
    pub fn of(is_new: bool, changes: &[Change], broadening: Vec<Broadening>) -> Self {
        let losses = data_losses(changes).into_iter().cloned().collect();
        Self { is_new, changes: changes.to_vec(), losses, broadening }
    }

    /// Whether somebody has to agree.
    pub fn is_needed(&self, required: RequireApproval) -> bool {
        match required {
            RequireApproval::Never => false,
            RequireApproval::Broadening => !self.losses.is_empty() || !self.broadening.is_empty(),
            RequireApproval::AnyChange => true,
        }
    }
}
