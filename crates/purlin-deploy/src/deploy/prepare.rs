//! Brings a stack into a state that can be deployed, or returns why a deployment must not do that.

use purlin_diagnosis::{StackReadiness, StackState, Status, stack_name};

use super::Deployment;
use crate::error::DeployError;
use crate::options::OnFailure;
use crate::{change_set, destroy, operations, ownership};

/// How often a stack may turn out to be in yet another state.
const ROUNDS: u32 = 6;

impl Deployment<'_> {
    /// `None` is a stack yet to come.
    pub(super) async fn make_ready(&self) -> Result<Option<StackState>, DeployError> {
        let mut last = None;
        for _ in 0..ROUNDS {
            let Some(state) = self.cloud.stack(self.sink.stack).await? else {
                return Ok(None);
            };
            match self.step_from(&state).await? {
                Step::Ready(before) => return Ok(before.map(|before| *before)),
                Step::LookAgain => last = Some(state),
            }
        }
        let state = last.unwrap_or_default();
        Err(DeployError::Stuck {
            stack: self.sink.stack.to_owned(),
            status: state.status,
            reason: state.reason,
            advice: "another process works on it: run this again when it is done".to_owned(),
        })
    }

    async fn step_from(&self, state: &StackState) -> Result<Step, DeployError> {
        let name = self.sink.stack;
        match state.status.readiness(self.options.on_failure == OnFailure::Keep) {
            StackReadiness::Update => {
                change_set::clear_leftovers(&self.cloud, &state.id).await;
                Ok(Step::Ready(Some(Box::new(state.clone()))))
            }
            StackReadiness::Create => {
                self.note_replaced(state).await;
                Ok(Step::Ready(None))
            }
            StackReadiness::DeleteThenCreate => {
                self.refuse_to_lose(state).await?;
                let deployed = self.cloud.deployed_template(&state.id).await;
                self.look_ahead(Some(state), deployed.as_ref()).await?;
                self.sink.note(format!(
                    "stack `{name}` was never completed (`{}`): it is deleted and created again",
                    state.status
                ));
                destroy::delete(self.session, state, &self.deletion(), self.sink).await?;
                Ok(Step::LookAgain)
            }
            StackReadiness::WaitThenCreate => {
                self.sink.note(format!("stack `{name}` is being deleted: waiting for that before creating it again"));
                destroy::wait_until_gone(self.session, state, self.sink).await?;
                Ok(Step::LookAgain)
            }
            StackReadiness::Busy => {
                operations::wait_for(self.session, state, self.options.if_busy, self.sink).await?;
                Ok(Step::LookAgain)
            }
            unfit => Err(Self::cannot_begin(unfit, state)),
        }
    }

    /// A stack that keeps resources when it is deleted is not deleted on the way: a new one could
    /// not create them again under their names, and no stack would own the old ones.
    async fn refuse_to_lose(&self, state: &StackState) -> Result<(), DeployError> {
        if state.termination_protection {
            return Err(DeployError::Protected { stack: self.sink.stack.to_owned() });
        }
        let kept = destroy::kept_by(&self.cloud, state).await;
        if kept.is_empty() {
            return Ok(());
        }
        Err(DeployError::Stuck {
            stack: self.sink.stack.to_owned(),
            status: state.status.clone(),
            reason: Some(format!("it would be deleted and created again, but it retains {}", kept.join(", "))),
            advice: format!(
                "delete it with `purlin destroy {}`, which lists what it retains; remove that, or take it into the new \
                 stack with `purlin deploy --import-existing-resources`",
                self.sink.stack
            ),
        })
    }

    /// The error for a stack in this state, with a remedy.
    fn cannot_begin(readiness: StackReadiness, state: &StackState) -> DeployError {
        let stack = stack_name(&state.id).to_owned();
        let advice = match readiness {
            StackReadiness::RollBackFirst => format!(
                "an earlier deployment failed and was kept: go on with `--no-rollback`, \
                 or roll it back with `purlin rollback {stack}`"
            ),
            StackReadiness::ContinueRollback => format!(
                "the last rollback failed: correct the cause, then run `purlin rollback {stack}`, \
                 which leaves out what cannot be rolled back"
            ),
            StackReadiness::DeletionFailed => format!(
                "finish its deletion with `purlin destroy {stack}`, which names what prevents it, then run this again"
            ),
            _ => "look at it in the CloudFormation console".to_owned(),
        };
        DeployError::Stuck { stack, status: state.status.clone(), reason: state.reason.clone(), advice }
    }

    /// The first deployment of a stack discards the change sets that wait in its shell.
    async fn note_replaced(&self, shell: &StackState) {
        if shell.status != Status::ReviewInProgress {
            return;
        }
        for name in change_set::clear_leftovers(&self.cloud, &shell.id).await {
            if !ownership::is_ours(&name) {
                self.sink.note(format!(
                    "change set `{name}` of another user was never executed: this deployment replaces it"
                ));
            }
        }
    }
}

enum Step {
    Ready(Option<Box<StackState>>),
    LookAgain,
}
