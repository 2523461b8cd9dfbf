//! Deletes a stack and says what outlives it.

use purlin_assembly::Stack;

use crate::diagnosis::{Failure, diagnose};
use crate::event::Voice;
use crate::follow::{self, Story};
use crate::model::{StackEvent, StackState};
use crate::{DeployError, Event, Observer, Session, aws::Named, calls};

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
    /// Where it is.
    pub region: String,
}

impl Retained {
    /// The commands of the AWS CLI that delete it for good; `None` where they need more than its id.
    pub fn removal(&self) -> Option<Vec<String>> {
        let commands: &[&str] = match self.resource_type.as_str() {
            "AWS::Cognito::UserPool" => &[
                "cognito-idp update-user-pool --deletion-protection INACTIVE --user-pool-id ID",
                "cognito-idp delete-user-pool --user-pool-id ID",
            ],
            "AWS::DynamoDB::Table" => &["dynamodb delete-table --table-name ID"],
            "AWS::ECR::Repository" => &["ecr delete-repository --force --repository-name ID"],
            "AWS::KMS::Key" => &["kms schedule-key-deletion --key-id ID"],
            "AWS::Logs::LogGroup" => &["logs delete-log-group --log-group-name ID"],
            "AWS::S3::Bucket" => &["s3 rb --force s3://ID"],
            "AWS::SecretsManager::Secret" => &["secretsmanager delete-secret --secret-id ID"],
            _ => return None,
        };
        let whole =
            |command: &&str| format!("aws {} --region {}", command.replace("ID", &self.physical_id), self.region);
        Some(commands.iter().map(whole).collect())
    }
}

impl Session {
    /// Deletes a stack, unless it is protected.
    pub async fn destroy(
        &self,
        stack: &Stack,
        role_arn: Option<&str>,
        observer: &dyn Observer,
    ) -> Result<Destroyed, DeployError> {
        let voice = Voice::of(stack.name(), observer);
        let session = self.for_stack(stack, voice).await?;
        let client = session.cloudformation();
        let Some(state) = calls::describe(&client, stack.name()).await? else {
            return Ok(Destroyed::NotThere);
        };
        voice.hear(Event::Started { account: session.site().account.clone(), region: session.site().region.clone() });
        let role = role_arn.or(stack.properties().cloud_formation_execution_role_arn.as_deref());
        let role = role.map(|role| session.site().fill(role)).filter(|_| !session.is_local());
        let retained = match state.status.as_str() {
            "DELETE_IN_PROGRESS" => wait_until_gone(&session, &state, voice).await?,
            "REVIEW_IN_PROGRESS" => delete(&session, &state, role.as_deref(), voice).await?,
            _ if state.is_busy() => {
                return Err(DeployError::Busy { stack: stack.name().to_owned(), status: state.status });
            }
            _ => delete(&session, &state, role.as_deref(), voice).await?,
        };
        Ok(Destroyed::Gone { retained })
    }
}

/// Deletes a stack and waits until it is gone.
pub(crate) async fn delete(
    session: &Session,
    state: &StackState,
    role_arn: Option<&str>,
    voice: Voice<'_>,
) -> Result<Vec<Retained>, DeployError> {
    if state.termination_protection {
        return Err(DeployError::Protected { stack: crate::model::stack_name(&state.id).to_owned() });
    }
    let client = session.cloudformation();
    let mut story = Story::begin(session, &state.id, voice).await;
    let call = client.delete_stack().stack_name(&state.id).set_role_arn(role_arn.map(str::to_owned));
    call.send().await.named("DeleteStack")?;
    gone(session, state, &mut story).await
}

/// Waits for a deletion that somebody else began.
pub(crate) async fn wait_until_gone(
    session: &Session,
    state: &StackState,
    voice: Voice<'_>,
) -> Result<Vec<Retained>, DeployError> {
    let mut story = Story::begin(session, &state.id, voice).await;
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
            region: event.stack_id.split(':').nth(3).unwrap_or_default().to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_retained_is_named_with_the_way_to_remove_it() {
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
