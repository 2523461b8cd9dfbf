//! The second half of a deployment: from the execution of the change set to its result.

use purlin_diagnosis::{
    Change, Diagnosis, Failure, OperationEnd, Origins, StackState, Status, Templates, diagnose_with,
};

use super::Deployment;
use crate::cloudformation::{ChangeSetState, NewChangeSet};
use crate::error::{Aftermath, DeployError, FailedDeployment};
use crate::event::{Event, Interruption, Operation};
use crate::follow::{Ended, EventReader, Watcher};
use crate::followers::Followers;
use crate::followers::verify::{Mismatch, services_in, verify};
use crate::options::OnFailure;
use crate::outcome::{Deployed, Outcome, Output};
use crate::{change_set, destroy, ownership, secrets};

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
            status: Status::ReviewInProgress,
            ..StackState::default()
        });
        let token = ownership::token(self.session.caller());
        let reader = match set.created_at {
            Some(then) => EventReader::since(self.cloud.clone(), self.session.clock(), &before.id, then, self.sink),
            None => EventReader::now(self.cloud.clone(), self.session.clock(), &before.id, self.sink).await,
        };
        let followers = Followers::new(self.session, &self.template, self.options.fail_fast);
        let mut watcher = Watcher::new(self.session, reader.of(&token), self.sink).with(followers);
        watcher.reader.expect(changes);
        let keeps_failures = self.options.on_failure == OnFailure::Keep;
        if let Err(error) = change_set::execute(&self.cloud, set, &token, keeps_failures).await {
            change_set::discard(&self.cloud, self.session.clock(), new).await;
            return Err(error);
        }
        let operation = if new.is_new { Operation::Create } else { Operation::Update };
        self.sink.send(Event::Begun { stack_id: before.id.clone(), operation });
        let deployed = self.see_through(outcome, &before, &mut watcher).await;
        if let Err(DeployError::Failed(failed)) = &deployed {
            self.keep_evidence(failed, &before.id, changes, watcher.reader.events());
        }
        deployed
    }

    /// Follows the operation to its end and handles interruptions by the user.
    async fn see_through(
        &self,
        outcome: Outcome,
        before: &StackState,
        watcher: &mut Watcher<'_>,
    ) -> Result<Deployed, DeployError> {
        let is_end = |status: &Status| status.operation_end().is_some();
        let mut unrecoverable = None;
        loop {
            match watcher.until(before, is_end).await? {
                Ended::In(after) if after.status.operation_end() == Some(OperationEnd::Done) => {
                    let deployed = self.finish(&after, outcome).await?;
                    self.verify(&after, &watcher.reader).await?;
                    return Ok(deployed);
                }
                Ended::In(after) if watcher.last_request.is_some() => {
                    return Err(DeployError::Cancelled { stack: self.stack.name().to_owned(), status: after.status });
                }
                Ended::In(after) => return Err(self.failed(outcome, Some(*after), watcher, unrecoverable).await),
                Ended::Gone if watcher.last_request.is_some() => {
                    let status = Status::DeleteComplete;
                    return Err(DeployError::Cancelled { stack: self.stack.name().to_owned(), status });
                }
                Ended::Gone => return Err(self.failed(outcome, None, watcher, unrecoverable).await),
                Ended::Interrupted(Interruption::Detach) => {
                    return Err(DeployError::Detached { stack: self.stack.name().to_owned(), has_begun: true });
                }
                Ended::Interrupted(Interruption::Cancel) => self.cancel(outcome, before).await,
                // The failed resources are to be kept.
                Ended::Unrecoverable(_) if self.options.on_failure == OnFailure::Keep => {}
                Ended::Unrecoverable(failure) => {
                    self.sink.note(format!("`{}` cannot become stable: {}", failure.logical_id, failure.reason));
                    unrecoverable.get_or_insert(failure);
                    self.cancel(outcome, before).await;
                }
            }
        }
    }

    /// Cancels the operation. It may be too late for that.
    async fn cancel(&self, outcome: Outcome, before: &StackState) {
        let begun = match outcome {
            Outcome::Created => self.cloud.delete(&before.id, &self.deletion()).await,
            _ => self.cloud.cancel_update(&before.id, &ownership::token(self.session.caller())).await,
        };
        match begun {
            Ok(()) => {
                let operation = if outcome == Outcome::Created { Operation::Delete } else { Operation::RollBack };
                self.sink.send(Event::Begun { stack_id: before.id.clone(), operation });
            }
            Err(error) => self.sink.note(format!("it cannot be cancelled any more: {error}")),
        }
    }

    /// Explains a failure and deletes a new stack that was rolled back.
    async fn failed(
        &self,
        outcome: Outcome,
        after: Option<StackState>,
        watcher: &mut Watcher<'_>,
        unrecoverable: Option<Box<Failure>>,
    ) -> DeployError {
        let reader = &watcher.reader;
        let templates = Templates::of_stack(self.stack, &self.template);
        let mut diagnosis = diagnose_with(reader.events(), &templates);
        if let Some(mut unrecoverable) = unrecoverable {
            unrecoverable.look_up();
            // Later failures are consequences of the cancellation.
            diagnosis =
                Diagnosis { cancelled: diagnosis.cancelled, cause: Some(*unrecoverable), ..Diagnosis::default() };
        }
        Origins::of(self.stack, &self.template).add_to(&mut diagnosis);
        watcher.add_facts(&mut diagnosis).await;
        let reader = &watcher.reader;
        let status = after.as_ref().map_or(Status::DeleteComplete, |state| state.status.clone());
        let rolled_back = status.operation_end() == Some(OperationEnd::RolledBack);
        let aftermath = match (outcome, &after) {
            (Outcome::Created, _) if status == Status::DeleteComplete => {
                Aftermath::Nothing { retained: destroy::retained(reader.events()) }
            }
            (Outcome::Created, Some(state)) if rolled_back => {
                match destroy::delete(self.session, state, &self.deletion(), self.sink).await {
                    Ok(mut retained) => {
                        retained.extend(destroy::retained(reader.events()));
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

    /// Verifies that the services run what was deployed.
    async fn verify(&self, state: &StackState, reader: &EventReader<'_>) -> Result<(), DeployError> {
        let touched = services_in(reader.events(), &state.id);
        if touched.is_empty() {
            return Ok(());
        }
        // Without permission to list the resources, nothing is verified.
        let resources = self.cloud.resources(&state.id).await.unwrap_or_default();
        let mismatches = verify(self.session, &self.template, &resources, &touched).await;
        if mismatches.is_empty() {
            return Ok(());
        }
        let problem = |it: &Mismatch| format!("`{}` ({}): {}", it.logical_id, it.physical_id, it.problem);
        let problems = mismatches.iter().map(problem).collect();
        Err(DeployError::NotRunning { stack: self.stack.name().to_owned(), problems })
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
