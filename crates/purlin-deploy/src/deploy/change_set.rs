//! A change set from its making to its end. Whatever happens, none of ours is left behind.

use std::collections::BTreeMap;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Capability, ChangeSetStatus, ChangeSetType, Parameter, Tag};
use tokio::time::sleep;

use super::parameters::ParameterValue;
use crate::aws::Named;
use crate::model::Change;
use crate::tempo::Tempo;
use crate::{DeployError, calls, state};

/// The names of our change sets begin so.
const OURS: &str = "purlin-";

/// What a change set is made of.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) stack: String,
    pub(crate) is_new: bool,
    pub(crate) template: TemplateSource,
    pub(crate) capabilities: Vec<&'static str>,
    pub(crate) parameters: BTreeMap<String, ParameterValue>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) notification_arns: Vec<String>,
    pub(crate) role_arn: Option<String>,
}

/// Where CloudFormation gets the template.
#[derive(Clone, Debug)]
pub(crate) enum TemplateSource {
    Body(String),
    Url(String),
}

/// A change set that can be executed, or that there is nothing to execute.
#[derive(Debug)]
pub(crate) enum Planned {
    Changes { change_set: ChangeSet, changes: Vec<Change> },
    Nothing,
}

/// A change set of ours.
#[derive(Debug)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) stack_id: String,
    stack: String,
}

/// Makes a change set and waits for it. One that fails or is empty is deleted again, with the
/// shell of a stack that it brought along.
pub(crate) async fn plan(client: &Client, tempo: Tempo, plan: &Plan) -> Result<Planned, DeployError> {
    let change_set = match create(client, plan).await {
        Ok(change_set) => change_set,
        Err(error) => return Err(refused(&plan.stack, error)),
    };
    match finished(client, tempo, &change_set).await {
        Ok(Some(changes)) => Ok(Planned::Changes { change_set, changes }),
        Ok(None) => {
            change_set.discard(client).await;
            Ok(Planned::Nothing)
        }
        Err(error) => {
            change_set.discard(client).await;
            Err(error)
        }
    }
}

async fn create(client: &Client, plan: &Plan) -> Result<ChangeSet, DeployError> {
    let name = unique_name();
    let call = client
        .create_change_set()
        .stack_name(&plan.stack)
        .change_set_name(&name)
        .client_token(&name)
        .change_set_type(if plan.is_new { ChangeSetType::Create } else { ChangeSetType::Update })
        .set_capabilities(Some(plan.capabilities.iter().map(|it| Capability::from(*it)).collect()))
        .set_parameters(Some(plan.parameters.iter().map(parameter).collect()))
        .set_tags(Some(plan.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()))
        .set_notification_arns(Some(plan.notification_arns.clone()).filter(|arns| !arns.is_empty()))
        .set_role_arn(plan.role_arn.clone());
    let call = match &plan.template {
        TemplateSource::Body(body) => call.template_body(body),
        TemplateSource::Url(url) => call.template_url(url),
    };
    let answer = call.send().await.named("CreateChangeSet")?;
    Ok(ChangeSet {
        id: answer.id().unwrap_or(&name).to_owned(),
        stack_id: answer.stack_id().unwrap_or(&plan.stack).to_owned(),
        stack: plan.stack.clone(),
    })
}

/// Its changes once it is complete; `None` when there are none.
async fn finished(client: &Client, tempo: Tempo, set: &ChangeSet) -> Result<Option<Vec<Change>>, DeployError> {
    let mut pace = tempo.plan();
    let mut troubles = 0;
    loop {
        match client
            .describe_change_set()
            .change_set_name(&set.id)
            .stack_name(&set.stack_id)
            .send()
            .await
            .named("DescribeChangeSet")
        {
            Ok(answer) => match answer.status() {
                Some(ChangeSetStatus::CreateComplete) => return all_changes(client, set).await.map(Some),
                Some(ChangeSetStatus::Failed) => {
                    let reason = answer.status_reason().unwrap_or("AWS gave no reason");
                    if state::is_no_change(reason) {
                        return Ok(None);
                    }
                    return Err(DeployError::Refused { stack: set.stack.clone(), message: reason.to_owned() });
                }
                _ => sleep(pace.wait()).await,
            },
            Err(error) if error.is_passing() && troubles < 5 => {
                troubles += 1;
                sleep(pace.back_off()).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn all_changes(client: &Client, set: &ChangeSet) -> Result<Vec<Change>, DeployError> {
    let mut changes = Vec::new();
    let mut token = None;
    loop {
        let call =
            client.describe_change_set().change_set_name(&set.id).stack_name(&set.stack_id).set_next_token(token);
        let answer = call.send().await.named("DescribeChangeSet")?;
        changes.extend(answer.changes().iter().filter_map(|it| it.resource_change()).map(calls::change));
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(changes);
        }
    }
}

impl ChangeSet {
    /// Begins the deployment.
    pub(crate) async fn execute(&self, client: &Client, keeps_failures: bool) -> Result<(), DeployError> {
        let call = client
            .execute_change_set()
            .change_set_name(&self.id)
            .stack_name(&self.stack_id)
            .client_request_token(unique_name())
            .set_disable_rollback(keeps_failures.then_some(true));
        match call.send().await.named("ExecuteChangeSet") {
            Ok(_) => Ok(()),
            Err(error) => {
                self.discard(client).await;
                Err(error)
            }
        }
    }

    /// Deletes the change set, and the stack when it is but a shell for change sets of ours. This
    /// is tidying up: what it fails at must not hide why it was called.
    pub(crate) async fn discard(&self, client: &Client) {
        let _ = client.delete_change_set().change_set_name(&self.id).stack_name(&self.stack_id).send().await;
        let Ok(Some(stack)) = calls::describe(client, &self.stack_id).await else {
            return;
        };
        if stack.status == "REVIEW_IN_PROGRESS" && others(client, &stack.id).await.is_ok_and(|names| names.is_empty()) {
            let _ = client.delete_stack().stack_name(&stack.id).send().await;
        }
    }
}

/// The change sets of a stack that are somebody else's.
pub(crate) async fn others(client: &Client, stack: &str) -> Result<Vec<String>, DeployError> {
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let answer =
            client.list_change_sets().stack_name(stack).set_next_token(token).send().await.named("ListChangeSets")?;
        let all = answer.summaries().iter().filter_map(|it| it.change_set_name());
        names.extend(all.filter(|name| !name.starts_with(OURS)).map(str::to_owned));
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(names);
        }
    }
}

fn parameter((name, value): (&String, &ParameterValue)) -> Parameter {
    let parameter = Parameter::builder().parameter_key(name);
    match value {
        ParameterValue::Given(value) => parameter.parameter_value(value).build(),
        ParameterValue::Previous => parameter.use_previous_value(true).build(),
    }
}

/// What CloudFormation says about the template itself is the user's to mend; the rest is not.
fn refused(stack: &str, error: DeployError) -> DeployError {
    match (error.code(), &error) {
        (
            Some(
                "ValidationError"
                | "InsufficientCapabilitiesException"
                | "InsufficientCapabilities"
                | "LimitExceeded"
                | "LimitExceededException",
            ),
            DeployError::Aws { message, .. },
        ) => DeployError::Refused { stack: stack.to_owned(), message: message.clone() },
        _ => error,
    }
}

/// Names must not repeat for one stack; a process makes one per millisecond at most.
fn unique_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{OURS}{}-{}-{:04x}", now.as_millis(), process::id(), fastrand::u16(..))
}
