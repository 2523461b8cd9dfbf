//! Rolls back a failed operation, or continues a failed rollback.

use std::collections::BTreeSet;

use purlin_diagnosis::{Status, is_cancellation, stack_name};

use super::{DeployError, EventReader, EventSink, Session, StackEvent, StackState, Watcher, describe_busy};
use crate::cloudformation::PATIENCE;
use crate::event::{Event, Observer, Operation};
use crate::ownership;

/// How often a rollback is continued with more skipped resources.
const ROUNDS: u32 = 10;

/// The options of a rollback.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollbackOptions {
    /// The role CloudFormation takes on.
    pub role_arn: Option<String>,
    /// Resources to skip, by logical id; `NESTED-STACK-NAME.ID` in a nested stack.
    pub orphan: Vec<String>,
    /// Whether resources that cannot be rolled back are skipped.
    pub force: bool,
}

impl Session {
    /// Rolls back a failed operation that was kept, or continues a failed rollback.
    pub async fn roll_back(
        &self,
        stack: &str,
        options: &RollbackOptions,
        observer: &dyn Observer,
    ) -> Result<StackState, DeployError> {
        let sink = EventSink::of(stack_name(stack), observer);
        let (_, mut state) = self.begin_with(stack, sink).await?;
        let mut skip = options.orphan.clone();
        for _ in 0..ROUNDS {
            match self.roll_back_once(&state, &skip, options, sink).await? {
                Rolled::Back(after) => return Ok(after),
                Rolled::Stuck { blockers, .. } if options.force && blockers.iter().any(|it| !skip.contains(it)) => {
                    sink.note(format!("left as it is, as it cannot be rolled back: {}", blockers.join(", ")));
                    skip.extend(blockers);
                    state.status = Status::UpdateRollbackFailed;
                }
                Rolled::Stuck { blockers, reason } => return Err(stuck(sink.stack, &blockers, reason)),
            }
        }
        Err(stuck(sink.stack, &skip, state.reason))
    }

    async fn roll_back_once(
        &self,
        state: &StackState,
        skip: &[String],
        options: &RollbackOptions,
        sink: EventSink<'_>,
    ) -> Result<Rolled, DeployError> {
        let cloud = self.cloudformation();
        let token = ownership::token(self.caller());
        let role = options.role_arn.as_deref();
        let reader = EventReader::now(cloud.clone(), self.clock(), &state.id, sink).await.of(&token);
        match state.status {
            Status::CreateFailed | Status::UpdateFailed => cloud.roll_back(&state.id, role, &token).await?,
            Status::UpdateRollbackFailed => cloud.continue_rollback(&state.id, role, skip, &token).await?,
            _ => return Err(not_to_be_rolled_back(sink.stack, state)),
        }
        sink.send(Event::Begun { stack_id: state.id.clone(), operation: Operation::RollBack });
        let mut watcher = Watcher::new(self, reader, sink);
        match self.see_through(state, &mut watcher, sink).await {
            Err(DeployError::Failed(failed)) if failed.status.is_rollback() && failed.status.is_complete() => {
                Ok(Rolled::Back(StackState { status: failed.status.clone(), ..state.clone() }))
            }
            Err(DeployError::Failed(failed)) if failed.status == Status::UpdateRollbackFailed => {
                let reason = failed.diagnosis.cause.map(|cause| cause.reason);
                Ok(Rolled::Stuck { blockers: blockers(&state.id, watcher.reader.events()), reason })
            }
            other => other.map(Rolled::Back),
        }
    }

    /// The resources that a failed rollback may have to skip.
    pub async fn rollback_blockers(&self, stack: &str) -> Result<Vec<String>, DeployError> {
        let cloud = self.cloudformation();
        let Some(state) = cloud.stack(stack).await? else {
            return Ok(Vec::new());
        };
        let since = describe_busy(&cloud, &state).await.began_at;
        let mut events = cloud.events(&state.id, PATIENCE, |event| event.at < since).await?;
        events.reverse();
        Ok(blockers(&state.id, &events))
    }
}

enum Rolled {
    Back(StackState),
    Stuck { blockers: Vec<String>, reason: Option<String> },
}

/// The resources whose own rollback failed, in the form that `ContinueUpdateRollback` takes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html>
fn blockers(root: &str, events: &[StackEvent]) -> Vec<String> {
    let mut rolling_back = BTreeSet::new();
    let mut found = BTreeSet::new();
    for event in events {
        if event.is_about_its_stack() {
            if event.status.starts_rollback() {
                rolling_back.insert(event.stack_id.as_str());
            }
            continue;
        }
        let name = if event.stack_id == root {
            event.logical_id.clone()
        } else {
            format!("{}.{}", event.stack_name(), event.logical_id)
        };
        let is_nested_stack = event.resource_type == "AWS::CloudFormation::Stack";
        let is_cancelled = event.reason.as_deref().is_some_and(is_cancellation);
        if event.status == Status::UpdateFailed && !is_nested_stack && !is_cancelled {
            if rolling_back.contains(event.stack_id.as_str()) {
                found.insert(name);
            }
        } else if event.status.is_complete() {
            found.remove(&name);
        }
    }
    found.into_iter().collect()
}

fn stuck(stack: &str, blockers: &[String], reason: Option<String>) -> DeployError {
    let orphans: Vec<String> = blockers.iter().map(|it| format!("--orphan {it}")).collect();
    let advice = if orphans.is_empty() {
        "look at the reason, correct the cause, then run this again".to_owned()
    } else {
        format!(
            "correct the cause and run this again, or leave these resources as they are with \
             `purlin rollback {stack} {}`, then bring them and the template together by hand",
            orphans.join(" ")
        )
    };
    DeployError::Stuck { stack: stack.to_owned(), status: Status::UpdateRollbackFailed, reason, advice }
}

fn not_to_be_rolled_back(stack: &str, state: &StackState) -> DeployError {
    let advice = match &state.status {
        Status::RollbackComplete | Status::RollbackFailed | Status::ImportRollbackFailed | Status::DeleteFailed => {
            format!("nothing is left to roll back: delete it with `purlin destroy {stack}`, or deploy it again")
        }
        status if status.is_busy() => format!("follow it with `purlin attach {stack}`"),
        _ => "nothing failed that could be rolled back: deploy what you want instead".to_owned(),
    };
    DeployError::Stuck {
        stack: stack.to_owned(),
        status: state.status.clone(),
        reason: Some(
            "only `CREATE_FAILED`, `UPDATE_FAILED` and `UPDATE_ROLLBACK_FAILED` can be rolled back".to_owned(),
        ),
        advice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blockers_are_the_own_failures_of_a_rollback() {
        let root = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web/1";
        let nested = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web-Inner-X/2";
        let event = |stack: &str, id: &str, status: &str, reason: &str| StackEvent {
            stack_id: stack.into(),
            logical_id: id.into(),
            physical_id: Some(if id == "Web" { stack } else { "p" }.to_owned()),
            resource_type: if id == "Web" { "AWS::CloudFormation::Stack" } else { "AWS::SQS::Queue" }.into(),
            status: status.into(),
            reason: Some(reason.into()),
            ..StackEvent::default()
        };
        let events = [
            event(root, "Forward", "UPDATE_FAILED", "no"),
            event(root, "Web", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            event(root, "Mended", "UPDATE_FAILED", "no"),
            event(root, "Mended", "UPDATE_COMPLETE", ""),
            event(root, "Stuck", "UPDATE_FAILED", "it is gone"),
            event(root, "Other", "UPDATE_FAILED", "Resource update cancelled"),
            event(nested, "Web", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
            event(nested, "Inner", "UPDATE_FAILED", "it is gone"),
        ];
        assert_eq!(blockers(root, &events), ["Stuck", "Web-Inner-X.Inner"]);
    }
}
