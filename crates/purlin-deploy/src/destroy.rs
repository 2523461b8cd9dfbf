//! Deletes a stack and says what outlives it.

use purlin_assembly::Stack;

use crate::diagnosis::{Failure, diagnose};
use crate::follow::{self, Story};
use crate::model::{StackEvent, StackState};
use crate::{DeployError, Event, Observer, Session, aws::Named, stack_calls};

/// What a deletion came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// There was no such stack.
    NotThere,
    /// It is gone; these of its resources stay.
    Gone {
        /// What the template wanted kept.
        retained: Vec<Retained>,
    },
}

/// A resource that outlives its stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// The resource in the template.
    pub logical_id: String,
    /// Such as `AWS::Cognito::UserPool`.
    pub resource_type: String,
    /// The resource in AWS.
    pub physical_id: String,
}

impl Session {
    /// Deletes a stack, unless it is protected.
    pub async fn destroy(
        &self,
        stack: &Stack,
        role_arn: Option<&str>,
        observer: &dyn Observer,
    ) -> Result<Destroyed, DeployError> {
        let session = self.for_stack(stack, observer).await?;
        let client = session.cloudformation();
        let Some(state) = stack_calls::describe(&client, stack.name()).await? else {
            return Ok(Destroyed::NotThere);
        };
        observer.hear(Event::Started {
            stack: stack.name().to_owned(),
            account: session.site().account.clone(),
            region: session.site().region.clone(),
        });
        let role = role_arn.or(stack.properties().cloud_formation_execution_role_arn.as_deref());
        let role = role.map(|role| session.site().fill(role)).filter(|_| !session.is_local());
        let retained = match state.status.as_str() {
            "DELETE_IN_PROGRESS" => wait_until_gone(&session, &state, observer).await?,
            "REVIEW_IN_PROGRESS" => delete(&session, &state, role.as_deref(), observer).await?,
            _ if state.is_busy() => {
                return Err(DeployError::Busy { stack: stack.name().to_owned(), status: state.status });
            }
            _ => delete(&session, &state, role.as_deref(), observer).await?,
        };
        Ok(Destroyed::Gone { retained })
    }
}

/// Deletes a stack and waits until it is gone.
pub(crate) async fn delete(
    session: &Session,
    state: &StackState,
    role_arn: Option<&str>,
    observer: &dyn Observer,
) -> Result<Vec<Retained>, DeployError> {
    if state.termination_protection {
        return Err(DeployError::Protected { stack: crate::model::stack_name(&state.id).to_owned() });
    }
    let client = session.cloudformation();
    let mut story = Story::begin(session, &state.id, observer).await;
    let call = client.delete_stack().stack_name(&state.id).set_role_arn(role_arn.map(str::to_owned));
    call.send().await.named("DeleteStack")?;
    gone(session, state, &mut story).await
}

/// Waits for a deletion that somebody else began.
pub(crate) async fn wait_until_gone(
    session: &Session,
    state: &StackState,
    observer: &dyn Observer,
) -> Result<Vec<Retained>, DeployError> {
    let mut story = Story::begin(session, &state.id, observer).await;
    gone(session, state, &mut story).await
}

async fn gone(session: &Session, state: &StackState, story: &mut Story<'_>) -> Result<Vec<Retained>, DeployError> {
    let is_end = |status: &str| matches!(status, "DELETE_COMPLETE" | "DELETE_FAILED");
    match follow::to_end(session, story, state, is_end).await? {
        Some(after) if after.status == "DELETE_FAILED" => {
            let diagnosis = diagnose(story.told());
            let failures: Vec<Failure> = diagnosis.cause.into_iter().chain(diagnosis.others).collect();
            Err(DeployError::DeletionFailed { stack: crate::model::stack_name(&state.id).to_owned(), failures })
        }
        _ => Ok(retained(story.told())),
    }
}

/// The resources that CloudFormation was told to leave alone.
pub(crate) fn retained(events: &[StackEvent]) -> Vec<Retained> {
    let skipped = events.iter().filter(|event| event.status == "DELETE_SKIPPED");
    skipped
        .map(|event| Retained {
            logical_id: event.logical_id.clone(),
            resource_type: event.resource_type.clone(),
            physical_id: event.physical_id.clone().unwrap_or_default(),
        })
        .collect()
}
