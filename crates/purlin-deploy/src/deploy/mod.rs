//! Deploys one stack: look, publish, plan, execute, wait, tell.

pub(crate) mod capabilities;
mod change_set;
mod parameters;
pub(crate) mod template_upload;

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use purlin_assembly::Stack;
use purlin_template::broadening;
use serde_json::Value;

use self::capabilities::capabilities;
use self::change_set::{Plan, Planned, TemplateSource};
use self::parameters::{Known, ParameterValue, parameters};
use crate::approval::Approval;
use crate::diagnosis::origin::Origins;
use crate::diagnosis::{Templates, diagnose_with};
use crate::error::{Aftermath, FailedDeployment};
use crate::event::Voice;
use crate::follow::{self, Story};
use crate::model::{Change, StackState};
use crate::state::{Ending, Opening, ending, opening};
use crate::{
    DeployError, DeployOptions, Event, Observer, OnFailure, Session, assets, aws::Named, bootstrap, calls, destroy,
    secrets,
};

/// What a deployment came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The stack's ARN.
    pub stack_id: String,
    /// What was done.
    pub outcome: Outcome,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, Output>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The stack is new.
    Created,
    /// The stack is changed.
    Updated,
    /// There was nothing to do.
    Unchanged,
}

/// An output of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A value for everybody.
    Plain(String),
    /// A value that is not to be shown; it stays in AWS.
    Secret,
}

impl Session {
    /// Deploys a stack.
    pub async fn deploy(
        &self,
        stack: &Stack,
        options: &DeployOptions,
        observer: &dyn Observer,
    ) -> Result<Deployed, DeployError> {
        let voice = Voice::of(stack.name(), observer);
        let session = self.for_stack(stack, voice).await?;
        voice.hear(Event::Started { account: session.site().account.clone(), region: session.site().region.clone() });
        let client = session.cloudformation();
        let text = stack.template()?;
        let template: Value = serde_json::from_str(&text)
            .map_err(|source| DeployError::Template { path: stack.template_path(), source })?;
        let deployment = Deployment { session: &session, client: &client, stack, options, voice, text, template };
        Box::pin(deployment.run()).await
    }
}

/// A deployment of one stack under way.
struct Deployment<'a> {
    session: &'a Session,
    client: &'a Client,
    stack: &'a Stack,
    options: &'a DeployOptions,
    voice: Voice<'a>,
    text: String,
    template: Value,
}

impl Deployment<'_> {
    async fn run(self) -> Result<Deployed, DeployError> {
        let before = self.make_ready().await?;
        let parameters = self.parameters(before.as_ref()).await?;
        if let Some(parameter) = &self.stack.properties().bootstrap_stack_version_ssm_parameter
            && self.session.is_local()
        {
            bootstrap::pretend(self.session, parameter).await?;
        }
        assets::publish(self.session, self.stack, &self.text, self.voice).await?;
        let plan = Plan {
            stack: self.stack.name().to_owned(),
            is_new: before.is_none(),
            template: self.template_source().await?,
            capabilities: capabilities(&self.template),
            parameters,
            tags: self.tags(),
            notification_arns: self.stack.properties().notification_arns.clone(),
            role_arn: self.role(),
        };
        match change_set::plan(self.client, self.session.tempo(), &plan).await? {
            Planned::Changes { change_set, changes } => {
                let is_new = plan.is_new;
                self.voice.hear(Event::Planned { is_new, changes: changes.clone() });
                let approval = self.approval(is_new, &changes, before.as_ref()).await;
                if approval.is_needed(self.options.require_approval)
                    && !self.voice.observer.approves(self.voice.stack, &approval).await
                {
                    change_set.discard(self.client).await;
                    return Err(DeployError::NotAccepted { stack: plan.stack });
                }
                self.execute(before, &change_set, &changes).await
            }
            Planned::Nothing => match before {
                // Nothing to change and yet not well: success would be a lie.
                Some(before) if before.status.ends_with("_FAILED") => Err(DeployError::Stuck {
                    stack: plan.stack,
                    status: before.status,
                    reason: before.reason,
                    advice: "take the failed deployment back with `aws cloudformation rollback-stack`".to_owned(),
                }),
                Some(before) => self.finish(&before, Outcome::Unchanged).await,
                None => Err(DeployError::Refused {
                    stack: plan.stack,
                    message: "the template has no resources to create".to_owned(),
                }),
            },
        }
    }

    /// What somebody should know before it happens.
    async fn approval(&self, is_new: bool, changes: &[Change], before: Option<&StackState>) -> Approval {
        let deployed = match before {
            Some(state) => calls::deployed_template(self.client, &state.id).await,
            None => None,
        };
        Approval::of(is_new, changes, broadening(deployed.as_ref(), &self.template))
    }

    /// Brings the stack into a state that can be deployed; `None` is a stack yet to come.
    async fn make_ready(&self) -> Result<Option<StackState>, DeployError> {
        let name = self.stack.name();
        let found = calls::describe(self.client, name).await?;
        let keeps = self.options.on_failure == OnFailure::Keep;
        let Some(state) = found else {
            return Ok(None);
        };
        match opening(Some(&state.status), keeps) {
            Opening::Update => Ok(Some(state)),
            Opening::Create => {
                self.tell_of_others(&state).await;
                Ok(None)
            }
            Opening::DeleteThenCreate => {
                self.note(format!(
                    "stack `{name}` was never completed (`{}`): it is deleted and made anew",
                    state.status
                ));
                destroy::delete(self.session, &state, self.role().as_deref(), self.voice).await?;
                Ok(None)
            }
            Opening::WaitThenCreate => {
                self.note(format!("stack `{name}` is being deleted: waiting for that before making it anew"));
                destroy::wait_until_gone(self.session, &state, self.voice).await?;
                Ok(None)
            }
            unfit => Err(self.cannot_begin(unfit, state)),
        }
    }

    /// Why a stack in this state is left alone, and the way out.
    fn cannot_begin(&self, opening: Opening, state: StackState) -> DeployError {
        let stack = self.stack.name().to_owned();
        let advice = match opening {
            Opening::Busy => return DeployError::Busy { stack, status: state.status },
            Opening::RollBackFirst => format!(
                "an earlier deployment failed and was kept: go on with `--no-rollback`, \
                 or take it back with `aws cloudformation rollback-stack --stack-name {stack}`"
            ),
            Opening::ContinueRollback => format!(
                "the last rollback failed: mend what stopped it, then run \
                 `aws cloudformation continue-update-rollback --stack-name {stack}` \
                 and wait for `UPDATE_ROLLBACK_COMPLETE`"
            ),
            Opening::DeletionFailed => {
                "finish its deletion with `purlin destroy`, or in the console, then run this again".to_owned()
            }
            _ => "look at it in the CloudFormation console".to_owned(),
        };
        DeployError::Stuck { stack, status: state.status, reason: state.reason, advice }
    }

    /// The first deployment of a stack discards the change sets that wait in its shell.
    async fn tell_of_others(&self, shell: &StackState) {
        if shell.status != "REVIEW_IN_PROGRESS" {
            return;
        }
        let names = change_set::others(self.client, &shell.id).await.unwrap_or_default();
        for name in names {
            self.note(format!(
                "change set `{name}`, made by somebody else, was never executed: this deployment replaces it"
            ));
        }
    }

    async fn parameters(&self, before: Option<&StackState>) -> Result<BTreeMap<String, ParameterValue>, DeployError> {
        let mut given = self.stack.properties().parameters.clone();
        given.extend(self.options.parameters.clone());
        let none = BTreeMap::new();
        let previous = before.map_or(&none, |state| &state.parameters);
        let deployed = match before {
            Some(state) if !previous.is_empty() => calls::deployed_template(self.client, &state.id).await,
            _ => None,
        };
        let known = Known { stack: self.stack.name(), template: &self.template, deployed: deployed.as_ref(), previous };
        parameters(known, &given)
    }

    async fn template_source(&self) -> Result<TemplateSource, DeployError> {
        if template_upload::fits_in_a_call(&self.text) {
            return Ok(TemplateSource::Body(self.text.clone()));
        }
        if let Some(asset) = &self.stack.properties().stack_template_asset_object_url {
            let asset = self.session.site().fill(asset);
            if let Some((bucket, key)) = asset.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
                return Ok(TemplateSource::Url(self.session.object_url(bucket, key)));
            }
        }
        template_upload::upload(self.session, &self.text).await.map(TemplateSource::Url)
    }

    fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.stack.properties().tags.clone();
        tags.extend(self.options.tags.clone());
        tags
    }

    fn role(&self) -> Option<String> {
        let asked = self.options.role_arn.clone();
        let role = asked.or_else(|| self.stack.properties().cloud_formation_execution_role_arn.clone());
        role.map(|role| self.session.site().fill(&role)).filter(|_| !self.session.is_local())
    }

    async fn execute(
        &self,
        before: Option<StackState>,
        change_set: &change_set::ChangeSet,
        changes: &[crate::model::Change],
    ) -> Result<Deployed, DeployError> {
        let outcome = if before.is_some() { Outcome::Updated } else { Outcome::Created };
        let before = before.unwrap_or_else(|| StackState {
            id: change_set.stack_id.clone(),
            status: "REVIEW_IN_PROGRESS".to_owned(),
            ..StackState::default()
        });
        let mut story = Story::begin(self.session, &before.id, self.voice).await;
        story.expect(changes);
        change_set.execute(self.client, self.options.on_failure == OnFailure::Keep).await?;
        let is_end = |status: &str| ending(status) != Ending::NotYet;
        let after = follow::to_end(self.session, &mut story, &before, is_end).await?;
        match after {
            Some(after) if ending(&after.status) == Ending::Done => self.finish(&after, outcome).await,
            after => Err(self.failed(outcome, after, &story).await),
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
                match destroy::delete(self.session, state, self.role().as_deref(), self.voice).await {
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
    async fn finish(&self, state: &StackState, outcome: Outcome) -> Result<Deployed, DeployError> {
        if let Some(wanted) = self.stack.properties().termination_protection
            && wanted != state.termination_protection
        {
            let call = self.client.update_termination_protection().stack_name(self.stack.name());
            call.enable_termination_protection(wanted).send().await.named("UpdateTerminationProtection")?;
        }
        let secret = secrets::secret_outputs(&self.template);
        let output = |(name, value): (&String, &String)| {
            let output = if secret.contains(name) { Output::Secret } else { Output::Plain(value.clone()) };
            (name.clone(), output)
        };
        let outputs = state.outputs.iter().map(output).collect();
        Ok(Deployed { stack_id: state.id.clone(), outcome, outputs })
    }

    fn note(&self, text: String) {
        self.voice.note(text);
    }
}
