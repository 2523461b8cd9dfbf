//! Turns CloudFormation's answers into plain values.

use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types as sdk;
use purlin_diagnosis::{Action, Change, ChangeDetail, Replacement, StackEvent, StackResource, StackState};

pub(crate) fn state(stack: &sdk::Stack) -> StackState {
    let pair = |key: Option<&str>, value: Option<&str>| Some((key?.to_owned(), value.unwrap_or_default().to_owned()));
    StackState {
        id: stack.stack_id().or(stack.stack_name()).unwrap_or_default().to_owned(),
        status: stack.stack_status().map(|status| status.as_str().into()).unwrap_or_default(),
        reason: stack.stack_status_reason().map(|reason| reason.trim().to_owned()).filter(|it| !it.is_empty()),
        created_at: stack.creation_time().map(millis).unwrap_or_default(),
        updated_at: stack.last_updated_time().map(millis),
        parent_id: stack.parent_id().map(str::to_owned),
        role_arn: stack.role_arn().map(str::to_owned),
        change_set_id: stack.change_set_id().map(str::to_owned),
        termination_protection: stack.enable_termination_protection().unwrap_or_default(),
        notification_arns: stack.notification_arns().to_vec(),
        parameters: stack.parameters().iter().filter_map(|it| pair(it.parameter_key(), it.parameter_value())).collect(),
        outputs: stack.outputs().iter().filter_map(|it| pair(it.output_key(), it.output_value())).collect(),
    }
}

/// Milliseconds since 1970.
pub(crate) fn millis(time: &DateTime) -> i64 {
    time.to_millis().unwrap_or_default()
}

pub(crate) fn event(event: &sdk::StackEvent) -> StackEvent {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    StackEvent {
        id: event_id(event),
        stack_id: text(event.stack_id()),
        logical_id: text(event.logical_resource_id()),
        physical_id: event.physical_resource_id().map(str::to_owned),
        resource_type: text(event.resource_type()),
        status: event.resource_status().map(|status| status.as_str().into()).unwrap_or_default(),
        reason: event.resource_status_reason().map(|reason| reason.trim().to_owned()).filter(|it| !it.is_empty()),
        at: event.timestamp().map(millis).unwrap_or_default(),
        token: event.client_request_token().map(str::to_owned),
        operation_id: event.operation_id().map(str::to_owned),
        hook: event.hook_type().map(str::to_owned),
        hook_status: event.hook_status().map(|status| status.as_str().into()),
        hook_reason: event.hook_status_reason().map(str::to_owned),
        hook_mode: event.hook_failure_mode().map(|mode| mode.as_str().to_owned()),
    }
}

/// The events of a hook share an id, from its beginning to its verdict.
fn event_id(event: &sdk::StackEvent) -> String {
    let id = event.event_id().unwrap_or_default();
    event.hook_status().map_or_else(|| id.to_owned(), |status| format!("{id}/{}", status.as_str()))
}

pub(crate) fn change(change: &sdk::ResourceChange) -> Change {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Change {
        action: match change.action() {
            Some(sdk::ChangeAction::Add) => Action::Add,
            Some(sdk::ChangeAction::Modify) | None => Action::Modify,
            Some(sdk::ChangeAction::Remove) => Action::Remove,
            Some(sdk::ChangeAction::Import) => Action::Import,
            Some(sdk::ChangeAction::Dynamic) => Action::Dynamic,
            Some(other) => Action::Other(other.as_str().to_owned()),
        },
        logical_id: text(change.logical_resource_id()),
        physical_id: change.physical_resource_id().map(str::to_owned),
        resource_type: text(change.resource_type()),
        replacement: match change.replacement() {
            Some(sdk::Replacement::True) => Replacement::Yes,
            Some(sdk::Replacement::Conditional) => Replacement::Maybe,
            _ => Replacement::No,
        },
        details: change.details().iter().filter_map(detail).collect(),
        nested: change.change_set_id().map(str::to_owned),
        keeps_old: change.policy_action().is_some_and(|policy| {
            let policy = policy.as_str();
            policy.contains("Retain") || policy.contains("Snapshot")
        }),
        scope: change.scope().iter().map(|scope| scope.as_str().to_owned()).collect(),
    }
}

fn detail(detail: &sdk::ResourceChangeDetail) -> Option<ChangeDetail> {
    let target = detail.target()?;
    Some(ChangeDetail {
        attribute: target.attribute()?.as_str().to_owned(),
        path: target.path().or(target.name()).map(str::to_owned),
        before: target.before_value().map(str::to_owned),
        after: target.after_value().map(str::to_owned),
        replacement: match target.requires_recreation() {
            Some(sdk::RequiresRecreation::Always) => Replacement::Yes,
            Some(sdk::RequiresRecreation::Conditionally) => Replacement::Maybe,
            _ => Replacement::No,
        },
        is_certain: detail.evaluation() != Some(&sdk::EvaluationType::Dynamic),
        because_of: detail.causing_entity().map(str::to_owned),
    })
}

pub(crate) fn resource(resource: &sdk::StackResourceSummary) -> StackResource {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    StackResource {
        logical_id: text(resource.logical_resource_id()),
        physical_id: resource.physical_resource_id().map(str::to_owned),
        resource_type: text(resource.resource_type()),
        status: resource.resource_status().map(|status| status.as_str().into()).unwrap_or_default(),
        reason: resource.resource_status_reason().map(str::to_owned),
    }
}
