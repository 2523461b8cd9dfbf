//! The approval of a change set before its execution: its risks, and whether it needs the user's confirmation.

use std::fmt::{self, Display, Formatter};

use purlin_template::{Broadening, broadening};
use serde::Serialize;
use serde_json::Value;

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
    /// What publishing the assets does besides: programs that run on this machine, files that are read outside the
    /// assembly, roles of other accounts.
    pub outside: Vec<String>,
    /// The capabilities that the deployment acknowledges, such as `CAPABILITY_IAM`.
    pub capabilities: Vec<&'static str>,
}

impl Approval {
    /// Builds it from the changes of a change set, the deployed template and the one to deploy.
    pub fn of(is_new: bool, changes: &[Change], deployed: Option<&Value>, template: &Value) -> Self {
        let broadening = broadening(deployed, template);
        let losses = data_losses(changes, deployed.unwrap_or(&Value::Null), template).into_iter().cloned().collect();
        Self { is_new, changes: changes.to_vec(), losses, broadening, outside: Vec::new(), capabilities: Vec::new() }
    }

    /// Whether the user must confirm.
    pub fn is_needed(&self, required: RequireApproval) -> bool {
        match required {
            RequireApproval::Never => false,
            RequireApproval::Broadening => {
                !self.losses.is_empty() || !self.broadening.is_empty() || !self.outside.is_empty()
            }
            RequireApproval::AnyChange => true,
        }
    }
}

/// What needs approval: data that is lost, permissions that are added, what the assets do; else how much changes.
impl Display for Approval {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let losses: Vec<&str> = self.losses.iter().map(|it| it.logical_id.as_str()).collect();
        let mut broader: Vec<&str> = self.broadening.iter().map(|it| it.logical_id.as_str()).collect();
        broader.dedup();
        let mut reasons = self.outside.clone();
        if !broader.is_empty() {
            reasons.insert(0, format!("more is permitted than before by {}", listed(&broader)));
        }
        if !losses.is_empty() {
            reasons.insert(0, format!("data in {} is lost", listed(&losses)));
        }
        match (reasons.is_empty(), self.changes.len()) {
            (true, 1) => f.write_str("1 resource changes"),
            (true, many) => write!(f, "{many} resources change"),
            _ => f.write_str(&reasons.join(", and ")),
        }
    }
}

/// `A`, `B` and 3 more.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_names_what_needs_it() {
        let change = |id: &&str| Change { logical_id: (*id).into(), ..Change::default() };
        let broader = |id: &&str| Broadening {
            logical_id: (*id).into(),
            resource_type: "AWS::IAM::Role".into(),
            what: "`Action` grows by `s3:*`".into(),
        };
        for (losses, broadening, changes, expected) in [
            (&["Users"][..], &[][..], 2, "data in `Users` is lost"),
            (&["A", "B", "C", "D", "E"], &[], 5, "data in `A`, `B`, `C` and 2 more is lost"),
            (&[], &["Role", "Role", "Gate"], 1, "more is permitted than before by `Role`, `Gate`"),
            (&["Users"], &["Role"], 9, "data in `Users` is lost, and more is permitted than before by `Role`"),
            (&[], &[], 1, "1 resource changes"),
            (&[], &[], 7, "7 resources change"),
        ] {
            let approval = Approval {
                is_new: false,
                changes: vec![Change::default(); changes],
                losses: losses.iter().map(change).collect(),
                broadening: broadening.iter().map(broader).collect(),
                outside: Vec::new(),
                capabilities: Vec::new(),
            };
            assert_eq!(approval.to_string(), expected);
        }
        let outside = vec!["asset `x` runs `make`".to_owned()];
        let approval = Approval { losses: vec![change(&"Users")], outside, ..Approval::default() };
        assert_eq!(approval.to_string(), "data in `Users` is lost, and asset `x` runs `make`");
        assert!(approval.is_needed(RequireApproval::Broadening) && !approval.is_needed(RequireApproval::Never));
    }
}
