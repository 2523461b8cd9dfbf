//! Deletes a stack and returns what it retains.

use purlin_assembly::Stack;
use purlin_diagnosis::{DeletionPlan, Failure, StackEvent, StackResource, StackState, Status, diagnose, stack_name};

use crate::cloudformation::{CloudFormation, Deletion};
use crate::error::DeployError;
use crate::event::{Event, EventSink, Interruption, Observer, Operation};
use crate::follow::{Ended, EventReader, Watcher};
use crate::operations::describe_busy;
use crate::options::IfBusy;
use crate::outcome::{Destroyed, Retained};
use crate::session::Session;
use crate::{operations, ownership};

/// The options of a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestroyOptions {
    /// The role CloudFormation takes on, in place of the one in the assembly.
    pub role_arn: Option<String>,
    /// Resources that are left behind when they cannot be deleted, by logical id.
    pub retain: Vec<String>,
    /// What happens when another operation on the stack is in progress.
    pub if_busy: IfBusy,
}

impl Session {
    /// What deleting a stack deletes and keeps, by the template that is deployed; `None` where there is no such stack.
    pub async fn deletion_plan(&self, stack: &Stack) -> Result<Option<DeletionPlan>, DeployError> {
        let silent = |_: &str, _: Event| {};
        let session = self.for_stack(stack, EventSink::of(stack.name(), &silent)).await?;
        let cloud = session.cloudformation();
        let Some(state) = cloud.stack(stack.name()).await? else {
            return Ok(None);
        };
        let resources = cloud.resources(&state.id).await?;
        let template = cloud.deployed_template(&state.id).await.unwrap_or_default();
        Ok(Some(DeletionPlan::of(&template, resources)))
    }

    /// Deletes a stack, unless it is protected.
    pub async fn destroy(
        &self,
        stack: &Stack,
        options: &DestroyOptions,
        observer: &dyn Observer,
    ) -> Result<Destroyed, DeployError> {
        let sink = EventSink::of(stack.name(), observer);
        let session = self.for_stack(stack, sink).await?;
        let cloud = session.cloudformation();
        let Some(mut state) = cloud.stack(stack.name()).await? else {
            return Ok(Destroyed::NotThere);
        };
        sink.send(Event::Started {
            account: session.target().account.clone(),
            region: session.target().region.clone(),
        });
        let role = options.role_arn.as_ref().or(stack.properties().cloud_formation_execution_role_arn.as_ref());
        let role_arn = role.map(|role| session.target().fill(role)).filter(|_| !session.is_local());
        let deletion = Deletion { role_arn, retain: options.retain.clone(), token: ownership::token(session.caller()) };
        if state.status == Status::ReviewInProgress {
            refuse_to_take_from_others(&cloud, &state).await?;
        } else if state.status.is_busy() && state.status != Status::DeleteInProgress {
            match operations::wait_for(&session, &state, options.if_busy, sink).await? {
                Some(after) => state = after,
                None => return Ok(Destroyed::Gone { retained: Vec::new() }),
            }
        }
        let retained = match state.status {
            Status::DeleteInProgress => wait_until_gone(&session, &state, sink).await?,
            _ => delete(&session, &state, &deletion, sink).await?,
        };
        Ok(Destroyed::Gone { retained })
    }
}

/// A stack that only holds change sets may hold those of other users.
async fn refuse_to_take_from_others(cloud: &CloudFormation, shell: &StackState) -> Result<(), DeployError> {
    let waiting = cloud.waiting(&shell.id).await.unwrap_or_default();
    let others: Vec<String> =
        waiting.iter().filter(|it| !ownership::is_ours(&it.name)).map(|it| format!("`{}`", it.name)).collect();
    if others.is_empty() {
        return Ok(());
    }
    Err(DeployError::Stuck {
        stack: stack_name(&shell.id).to_owned(),
        status: shell.status.clone(),
        reason: Some(format!("change sets of others wait in it: {}", others.join(", "))),
        advice: "let their owners execute or delete them first".to_owned(),
    })
}

/// Deletes a stack and waits until it is gone.
pub(crate) async fn delete(
    session: &Session,
    state: &StackState,
    deletion: &Deletion,
    sink: EventSink<'_>,
) -> Result<Vec<Retained>, DeployError> {
    if state.termination_protection {
        return Err(DeployError::Protected { stack: stack_name(&state.id).to_owned() });
    }
    let cloud = session.cloudformation();
    // AWS takes the list only where a deletion has failed already.
    let retain = if state.status == Status::DeleteFailed { deletion.retain.clone() } else { Vec::new() };
    let first = Deletion { retain, ..deletion.clone() };
    match delete_once(session, &cloud, state, &first, sink).await {
        Err(DeployError::DeletionFailed { failures, .. })
            if first.retain.is_empty()
                && failures.iter().any(|failure| deletion.retain.contains(&failure.logical_id)) =>
        {
            let again = cloud.stack(&state.id).await?.unwrap_or_else(|| state.clone());
            let second = Deletion { token: ownership::token(session.caller()), ..deletion.clone() };
            delete_once(session, &cloud, &again, &second, sink).await
        }
        done => done,
    }
}

async fn delete_once(
    session: &Session,
    cloud: &CloudFormation,
    state: &StackState,
    deletion: &Deletion,
    sink: EventSink<'_>,
) -> Result<Vec<Retained>, DeployError> {
    let reader = EventReader::now(cloud.clone(), session.clock(), &state.id, sink).await.of(&deletion.token);
    match cloud.delete(&state.id, deletion).await {
        Err(error) if error.is_no_such_stack() => return Ok(Vec::new()),
        begun => begun?,
    }
    sink.send(Event::Begun { stack_id: state.id.clone(), operation: Operation::Delete });
    gone(session, state, reader, sink).await
}

/// Waits for a deletion that another process began.
pub(crate) async fn wait_until_gone(
    session: &Session,
    state: &StackState,
    sink: EventSink<'_>,
) -> Result<Vec<Retained>, DeployError> {
    let cloud = session.cloudformation();
    let began_at = describe_busy(&cloud, state).await.began_at;
    let reader = EventReader::since(cloud, session.clock(), &state.id, began_at, sink);
    gone(session, state, reader, sink).await
}

async fn gone(
    session: &Session,
    state: &StackState,
    reader: EventReader<'_>,
    sink: EventSink<'_>,
) -> Result<Vec<Retained>, DeployError> {
    let stack = stack_name(&state.id).to_owned();
    let mut watcher = Watcher::new(session, reader, sink);
    loop {
        match watcher.until(state, |status| matches!(status, Status::DeleteComplete | Status::DeleteFailed)).await? {
            Ended::In(after) if after.status == Status::DeleteFailed => {
                let diagnosis = diagnose(watcher.reader.events());
                let failures: Vec<Failure> = diagnosis.cause.into_iter().chain(diagnosis.others).collect();
                return Err(DeployError::DeletionFailed { stack, failures });
            }
            Ended::In(after) if after.status != Status::DeleteComplete => {
                let refusal = watcher.reader.events().iter().find(|event| event.is_refused_deletion());
                let reason = refusal.and_then(StackEvent::plain_reason).or(after.reason);
                return Err(DeployError::Refused {
                    stack,
                    message: reason.unwrap_or_else(|| after.status.to_string()),
                });
            }
            Ended::In(_) | Ended::Gone | Ended::Unrecoverable(_) => return Ok(retained(watcher.reader.events())),
            Ended::Interrupted(Interruption::Detach) => return Err(DeployError::Detached { stack, has_begun: true }),
            Ended::Interrupted(Interruption::Cancel) => sink.note("a deletion cannot be cancelled: it goes on"),
        }
    }
}

/// The resources that a deletion retains, in words; empty where they cannot be read.
pub(crate) async fn kept_by(cloud: &CloudFormation, state: &StackState) -> Vec<String> {
    let template = cloud.deployed_template(&state.id).await.unwrap_or_default();
    let policy = |id: &str| template["Resources"][id]["DeletionPolicy"].as_str().unwrap_or_default().to_owned();
    let stays = |it: &StackResource| {
        it.status == Status::DeleteSkipped || (!it.status.is_deletion() && policy(&it.logical_id) == "Retain")
    };
    let resources = cloud.resources(&state.id).await.unwrap_or_default();
    let named = resources.iter().filter(|it| it.physical_id.is_some() && stays(it));
    named.map(|it| format!("`{}` ({})", it.logical_id, it.resource_type)).collect()
}

/// The resources that CloudFormation retained.
pub(crate) fn retained(events: &[StackEvent]) -> Vec<Retained> {
    let skipped = events.iter().filter(|event| event.status == Status::DeleteSkipped);
    skipped
        .map(|event| Retained {
            logical_id: event.logical_id.clone(),
            resource_type: event.resource_type.clone(),
            physical_id: event.physical_id.clone().unwrap_or_default(),
            region: event.stack_id.split(':').nth(3).unwrap_or_default().to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retained_resources_have_commands_that_remove_them() {
        let event = |kind: &str, id: &str| StackEvent {
            stack_id: "arn:aws:cloudformation:eu-west-1:111122223333:stack/Web/1".into(),
            logical_id: "It".into(),
            resource_type: kind.into(),
            physical_id: Some(id.into()),
            status: "DELETE_SKIPPED".into(),
            ..StackEvent::default()
        };
        let cases = [
            (
                "AWS::Cognito::UserPool",
                "eu-west-1_Ab1",
                "aws cognito-idp update-user-pool --deletion-protection INACTIVE --user-pool-id eu-west-1_Ab1 --region \
                 eu-west-1\naws cognito-idp delete-user-pool --user-pool-id eu-west-1_Ab1 --region eu-west-1",
            ),
            ("AWS::S3::Bucket", "pics", "aws s3 rb --force s3://pics --region eu-west-1"),
            ("AWS::EC2::EIP", "203.0.113.1", ""),
        ];
        for (kind, id, expect) in cases {
            let [kept] = &retained(&[event(kind, id)])[..] else { panic!("one is retained") };
            assert_eq!(kept.physical_id, id);
            assert_eq!(kept.removal().unwrap_or_default().join("\n"), expect);
        }
    }
}
