//! The second half of a deployment: from the execution of the change set to its end, and what is
//! made of it.

use super::{Deployed, Deployment, Outcome, Output, change_set};
use crate::cloudformation::{ChangeSetState, NewChangeSet};
use crate::diagnosis::origin::Origins;
use crate::diagnosis::{Templates, diagnose_with};
use crate::error::{Aftermath, FailedDeployment};
use crate::event::{Interruption, Operation};
use crate::follow::{Ended, Story, Watch};
use crate::model::{Change, StackState};
use crate::state::{Ending, ending};
use crate::{DeployError, Event, OnFailure, destroy, mark, secrets};

impl Deployment<'_> {
    pub(super) async fn execute(
        &self,
        before: Option<StackState>,
        new: &NewChangeSet,
        set: &ChangeSetState,
        changes: &[Change],
    ) -> Result<Deployed, DeployError> {
        let outcome = if new.is_new { Outcome::Created } else { Outcome::Updated };
        let before = before.unwrap_or_else(|| StackState {
            id: set.stack_id.clone(),
            status: "REVIEW_IN_PROGRESS".to_owned(),
            ..StackState::default()
        });
        let token = mark::token(self.session.caller());
        let story = match set.created_at {
            Some(then) => Story::since(self.cloud.clone(), self.session.tempo(), &before.id, then, self.voice),
            None => Story::now(self.cloud.clone(), self.session.tempo(), &before.id, self.voice).await,
        };
        let mut watch = Watch::new(self.session, story.of(&token), self.voice);
        watch.story.expect(changes);
        let keeps_failures = self.options.on_failure == OnFailure::Keep;
        if let Err(error) = change_set::execute(&self.cloud, set, &token, keeps_failures).await {
            change_set::discard(&self.cloud, self.session.tempo(), new).await;
            return Err(error);
        }
        let operation = if new.is_new { Operation::Create } else { Operation::Update };
        self.voice.hear(Event::Begun { stack_id: before.id.clone(), operation });
        self.see_through(outcome, &before, &mut watch).await
    }

    /// Follows the operation to its end, through whatever the user wants meanwhile.
    async fn see_through(
        &self,
        outcome: Outcome,
        before: &StackState,
        watch: &mut Watch<'_>,
    ) -> Result<Deployed, DeployError> {
        let is_end = |status: &str| ending(status) != Ending::NotYet;
        loop {
            match watch.until(before, is_end).await? {
                Ended::In(after) if ending(&after.status) == Ending::Done => return self.finish(&after, outcome).await,
                Ended::In(after) if watch.heeded.is_some() => {
                    return Err(DeployError::Cancelled { stack: self.stack.name().to_owned(), status: after.status });
                }
                Ended::In(after) => return Err(self.failed(outcome, Some(*after), &watch.story).await),
                Ended::Gone if watch.heeded.is_some() => {
                    let status = "DELETE_COMPLETE".to_owned();
                    return Err(DeployError::Cancelled { stack: self.stack.name().to_owned(), status });
                }
                Ended::Gone => return Err(self.failed(outcome, None, &watch.story).await),
                Ended::Interrupted(Interruption::Detach) => {
                    return Err(DeployError::Detached { stack: self.stack.name().to_owned(), has_begun: true });
                }
                Ended::Interrupted(Interruption::Cancel) => self.cancel(outcome, before).await,
            }
        }
    }

    /// Makes CloudFormation take back what it began. It may be too late for that.
    async fn cancel(&self, outcome: Outcome, before: &StackState) {
        let begun = match outcome {
            Outcome::Created => self.cloud.delete(&before.id, &self.deletion()).await,
            _ => self.cloud.cancel_update(&before.id, &mark::token(self.session.caller())).await,
        };
        match begun {
            Ok(()) => {
                let operation = if outcome == Outcome::Created { Operation::Delete } else { Operation::RollBack };
                self.voice.hear(Event::Begun { stack_id: before.id.clone(), operation });
            }
            Err(error) => self.voice.note(format!("it cannot be cancelled any more: {error}")),
        }
    }

    /// Explains a failure and clears away a stack that never came to be.
    async fn failed(&self, outcome: Outcome, after: Option<StackState>, story: &Story<'_>) -> DeployError {
        let templates = Templates::of_stack(self.stack, &self.template);
        let mut diagnosis = diagnose_with(story.told(), &templates);
        Origins::of(self.stack, &self.template).add_to(&mut diagnosis);
        let status = after.as_ref().map_or("DELETE_COMPLETE", |state| &state.status).to_owned();
        let rolled_back = ending(&status) == Ending::RolledBack;
        let aftermath = match (outcome, &after) {
            (Outcome::Created, None) => Aftermath::Nothing { retained: Vec::new() },
            (Outcome::Created, Some(state)) if rolled_back => {
                match destroy::delete(self.session, state, &self.deletion(), self.voice).await {
                    Ok(mut retained) => {
                        retained.extend(destroy::retained(story.told()));
                        Aftermath::Nothing { retained }
                    }
                    Err(_) => Aftermath::FailedStack,
                }
            }
            _ if rolled_back => Aftermath::AsBefore,
            _ => Aftermath::FailedStack,
        };
        let stack = self.stack.name().to_owned();
        DeployError::Failed(Box::new(FailedDeployment { stack, status, diagnosis, aftermath }))
    }

    /// Sets what a change set cannot, and reads the outputs.
    pub(super) async fn finish(&self, state: &StackState, outcome: Outcome) -> Result<Deployed, DeployError> {
        let wanted = self.options.termination_protection.or(self.stack.properties().termination_protection);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != state.termination_protection) {
            self.cloud.protect(self.stack.name(), wanted).await?;
        }
        if let Some(policy) = &self.options.stack_policy {
            self.cloud.set_policy(self.stack.name(), policy).await?;
        }
        let secret = secrets::secret_outputs(&self.template);
        let output = |(name, value): (&String, &String)| {
            let output = if secret.contains(name) { Output::Secret } else { Output::Plain(value.clone()) };
            (name.clone(), output)
        };
        let outputs = state.outputs.iter().map(output).collect();
        Ok(Deployed { stack_id: state.id.clone(), outcome, change_set: None, outputs })
    }
}
