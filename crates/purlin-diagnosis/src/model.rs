//! CloudFormation's responses as plain types, independent of the AWS SDK, so that all decisions about them can be tested.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::reason::plain;
use crate::status::Status;

/// A stack as `DescribeStacks` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackState {
    /// The ARN, which is valid even after the stack is deleted.
    pub id: String,
    /// Such as `UPDATE_COMPLETE`.
    pub status: Status,
    /// The reason for the status, if AWS gives one.
    pub reason: Option<String>,
    /// Time of creation in milliseconds since 1970.
    pub created_at: i64,
    /// Time of the last update in milliseconds since 1970.
    pub updated_at: Option<i64>,
    /// The ARN of the stack it is nested in.
    pub parent_id: Option<String>,
    /// The role that CloudFormation assumes.
    pub role_arn: Option<String>,
    /// The change set of its last deployment.
    pub change_set_id: Option<String>,
    /// Whether termination protection is on.
    pub termination_protection: bool,
    /// The topics that get its events.
    pub notification_arns: Vec<String>,
    /// Its parameters; AWS masks `NoEcho` values.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// An event of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackEvent {
    /// Unique within the stack.
    pub id: String,
    /// The ARN of the stack that has the event.
    pub stack_id: String,
    /// The logical id.
    pub logical_id: String,
    /// The physical id, if it has one.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Such as `CREATE_FAILED`.
    pub status: Status,
    /// The reason, if AWS gives one.
    pub reason: Option<String>,
    /// Time in milliseconds since 1970.
    pub at: i64,
    /// The client request token of the operation.
    pub token: Option<String>,
    /// AWS's id of the operation.
    pub operation_id: Option<String>,
    /// The type name of the hook that checked it.
    pub hook: Option<String>,
    /// The hook's result, such as `HOOK_COMPLETE_FAILED`.
    pub hook_status: Option<Status>,
    /// The hook's reason.
    pub hook_reason: Option<String>,
    /// Whether the hook stops the operation (`FAIL`) or only warns (`WARN`).
    pub hook_mode: Option<String>,
}

impl StackEvent {
    /// Whether the event is about the stack itself.
    pub fn is_about_its_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack" && self.physical_id.as_ref() == Some(&self.stack_id)
    }

    /// Whether CloudFormation refuses to delete the stack because another stack imports one of its exports. The stack
    /// has its previous status again, so only the reason shows this.
    pub fn is_refused_deletion(&self) -> bool {
        let reason = self.reason.as_deref().unwrap_or_default();
        self.is_about_its_stack()
            && self.status.is_complete()
            && (reason.contains("cannot be deleted as it is in use") || reason.starts_with("Delete cancel"))
    }

    /// The reason without request ids and HTTP status codes.
    pub fn plain_reason(&self) -> Option<String> {
        self.reason.as_deref().map(plain)
    }

    /// The stack's name, from its ARN.
    pub fn stack_name(&self) -> &str {
        stack_name(&self.stack_id)
    }
}

/// The name in a stack's ARN; a name is returned as it is.
pub fn stack_name(id: &str) -> &str {
    id.split(":stack/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(id)
}

/// A resource of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StackResource {
    /// The logical id.
    pub logical_id: String,
    /// The physical id, if it has one.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Such as `CREATE_COMPLETE`.
    pub status: Status,
    /// The reason, if AWS gives one.
    pub reason: Option<String>,
}

/// The change of one resource in a change set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// The action.
    pub action: Action,
    /// The logical id.
    pub logical_id: String,
    /// The physical id, if the resource exists.
    pub physical_id: Option<String>,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// Whether AWS replaces the resource.
    pub replacement: Replacement,
    /// Whether a policy retains the old resource or a snapshot of it.
    pub keeps_old: bool,
    /// The changed parts, such as `Properties` or `Tags`.
    pub scope: Vec<String>,
    /// The changes of properties.
    pub details: Vec<ChangeDetail>,
    /// The change set of a nested stack.
    pub nested: Option<String>,
}

/// The change of one property or other part of a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeDetail {
    /// Such as `Properties` or `Tags`.
    pub attribute: String,
    /// The property, with its path if AWS gives it.
    pub path: Option<String>,
    /// The value before, if AWS gives it.
    pub before: Option<String>,
    /// The value after, if AWS gives it.
    pub after: Option<String>,
    /// Whether this change replaces the resource.
    pub replacement: Replacement,
    /// Whether the change is certain before the deployment.
    pub is_certain: bool,
    /// The resource or parameter whose change causes this one.
    pub because_of: Option<String>,
}

/// The action on a resource.
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
    /// It is imported into the stack.
    Import,
    /// Known only after a macro has run.
    Dynamic,
    /// An action that is newer than this version.
    Other(String),
}

/// Whether a change replaces the resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// It does not.
    #[default]
    No,
    /// It depends on values that are known only during the deployment.
    Maybe,
    /// It does.
    Yes,
}
