//! CloudFormation's answers as plain values, so that nothing outside this crate knows the SDK and
//! every decision can be tested on a table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::reason::plain;
use crate::status::Status;

/// A stack as `DescribeStacks` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackState {
    /// The ARN, which names this stack even after it is gone.
    pub id: String,
    /// Such as `UPDATE_COMPLETE`.
    pub status: Status,
    /// Why it is in that status, where AWS says so.
    pub reason: Option<String>,
    /// Milliseconds since 1970 when it was made.
    pub created_at: i64,
    /// Milliseconds since 1970 of the last update.
    pub updated_at: Option<i64>,
    /// The ARN of the stack it is nested in.
    pub parent_id: Option<String>,
    /// The role CloudFormation works in.
    pub role_arn: Option<String>,
    /// The change set of its last deployment.
    pub change_set_id: Option<String>,
    /// Whether it refuses to be deleted.
    pub termination_protection: bool,
    /// Its parameters, secrets masked by AWS.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// One line of a stack's story.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackEvent {
    /// Unique within the stack.
    pub id: String,
    /// The ARN of the stack that tells it.
    pub stack_id: String,
    /// The resource in the template.
    pub logical_id: String,
    /// The resource in AWS, once there is one.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Such as `CREATE_FAILED`.
    pub status: Status,
    /// Why, where AWS says so.
    pub reason: Option<String>,
    /// Milliseconds since 1970.
    pub at: i64,
    /// What whoever asked for the operation called it.
    pub token: Option<String>,
    /// AWS's name of the operation.
    pub operation_id: Option<String>,
    /// A hook that looked at it, by its type name.
    pub hook: Option<String>,
    /// What became of the hook, such as `HOOK_COMPLETE_FAILED`.
    pub hook_status: Option<Status>,
    /// Why, in the hook's own words.
    pub hook_reason: Option<String>,
    /// Whether the hook stops the operation (`FAIL`) or only warns (`WARN`).
    pub hook_mode: Option<String>,
}

impl StackEvent {
    /// Whether the event is about the stack itself.
    pub fn is_about_its_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack" && self.physical_id.as_ref() == Some(&self.stack_id)
    }

    /// Whether CloudFormation refuses to delete the stack and leaves it as it is: somebody imports
    /// what it exports. No status says so, the stack just has its old one again.
    pub fn is_refused_deletion(&self) -> bool {
        let reason = self.reason.as_deref().unwrap_or_default();
        self.is_about_its_stack()
            && self.status.is_complete()
            && (reason.contains("cannot be deleted as it is in use") || reason.starts_with("Delete cancel"))
    }

    /// The reason without what only AWS can use, such as the ids of requests.
    pub fn plain_reason(&self) -> Option<String> {
        self.reason.as_deref().map(plain)
    }

    /// The stack's name, out of its ARN.
    pub fn stack_name(&self) -> &str {
        stack_name(&self.stack_id)
    }
}

/// The name in a stack's ARN; a name stays a name.
pub fn stack_name(id: &str) -> &str {
    id.split(":stack/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(id)
}

/// A resource of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackResource {
    /// The resource in the template.
    pub logical_id: String,
    /// The resource in AWS, once there is one.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Such as `CREATE_COMPLETE`.
    pub status: Status,
    /// Why, where AWS says so.
    pub reason: Option<String>,
}

/// What a change set is going to do to one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// The resource in the template.
    pub logical_id: String,
    /// The resource in AWS, when it exists.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Whether AWS makes a new one in place of the old.
    pub replacement: Replacement,
    /// Whether a policy keeps the old resource, or a snapshot of it, when it goes.
    pub keeps_old: bool,
    /// What is touched, such as `Properties` or `Tags`.
    pub scope: Vec<String>,
    /// What changes in it, property by property.
    pub details: Vec<ChangeDetail>,
    /// The change set of a nested stack.
    pub nested: Option<String>,
}

/// What changes in a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeDetail {
    /// Such as `Properties` or `Tags`.
    pub attribute: String,
    /// The property, with its path where AWS says so.
    pub path: Option<String>,
    /// The value before, where AWS says so.
    pub before: Option<String>,
    /// The value after, where AWS says so.
    pub after: Option<String>,
    /// Whether this replaces the resource.
    pub replacement: Replacement,
    /// Whether AWS knows it now, and not only while deploying.
    pub is_certain: bool,
    /// The resource or parameter whose change is behind it.
    pub because_of: Option<String>,
}

/// What happens to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is created.
    Add,
    /// It is changed.
    #[default]
    Modify,
    /// It is deleted.
    Remove,
    /// It is taken into the stack.
    Import,
    /// Only known when a macro has run.
    Dynamic,
    /// A word of AWS's that is newer than this tool.
    Other(String),
}

/// Whether a change makes a new resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// It does not.
    #[default]
    No,
    /// It depends on values only known while deploying.
    Maybe,
    /// It does.
    Yes,
}
