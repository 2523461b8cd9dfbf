//! CloudFormation's calls about stacks, their events and resources, answered in plain values.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksOutput;
use aws_sdk_cloudformation::types::{EventFilter, TemplateStage};
use purlin_diagnosis::{StackEvent, StackResource, StackState};

use super::CloudFormation;
use super::convert::{event, state};
use crate::error::DeployError;
use crate::network::Pages;

/// How long events are asked for that the work can do without.
const A_WHILE: Duration = Duration::from_mins(1);

/// How a stack is deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deletion {
    /// Whose permissions CloudFormation uses.
    pub(crate) role_arn: Option<String>,
    /// Resources that are left alone, by logical id; only where a deletion failed before.
    pub(crate) retain: Vec<String>,
    /// What the operation is called.
    pub(crate) token: String,
}

impl CloudFormation {
    /// The stack of a name or ARN, when there is one.
    pub(crate) async fn stack(&self, stack: &str) -> Result<Option<StackState>, DeployError> {
        first(self.ask("DescribeStacks", |client| client.describe_stacks().stack_name(stack).send()).await)
    }

    /// The same without retries, for callers that ask again anyway.
    pub(crate) async fn stack_once(&self, stack: &str) -> Result<Option<StackState>, DeployError> {
        first(self.ask_once("DescribeStacks", |client| client.describe_stacks().stack_name(stack).send()).await)
    }

    /// The events of a stack that are not known yet, newest first. Late ones turn up between those
    /// that are known, so a page is always read to its end. Each page is asked for that long.
    pub(crate) async fn events(
        &self,
        stack: &str,
        patience: Duration,
        is_known: impl Fn(&StackEvent) -> bool,
    ) -> Result<Vec<StackEvent>, DeployError> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut pages = Pages::of("DescribeStackEvents");
        loop {
            let call =
                |client: &Client| client.describe_stack_events().stack_name(stack).set_next_token(pages.token()).send();
            let answer = self.ask_within(patience, "DescribeStackEvents", call).await?;
            let mut is_at_end = false;
            for event in answer.stack_events().iter().map(event) {
                if is_known(&event) {
                    is_at_end = true;
                } else if seen.insert(event.id.clone()) {
                    found.push(event);
                }
            }
            if is_at_end || !pages.turn(answer.next_token())? {
                return Ok(found);
            }
        }
    }

    /// The first page of events, newest first; none where they cannot be read.
    pub(crate) async fn newest_events(&self, stack: &str) -> Vec<StackEvent> {
        let call = |client: &Client| client.describe_stack_events().stack_name(stack).send();
        match self.ask_within(A_WHILE, "DescribeStackEvents", call).await {
            Ok(answer) => answer.stack_events().iter().map(event).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// The template a stack was deployed from, in JSON or YAML, when it can be read.
    pub(crate) async fn deployed_template(&self, stack: &str) -> Option<serde_json::Value> {
        self.template(stack, TemplateStage::Processed).await
    }

    /// The template as it was given to AWS, before its macros ran.
    pub(crate) async fn given_template(&self, stack: &str) -> Option<serde_json::Value> {
        self.template(stack, TemplateStage::Original).await
    }

    async fn template(&self, stack: &str, stage: TemplateStage) -> Option<serde_json::Value> {
        let call = |client: &Client| client.get_template().stack_name(stack).template_stage(stage.clone()).send();
        let answer = self.ask("GetTemplate", call).await.ok()?;
        purlin_template::load(answer.template_body()?).ok().map(|template| template.to_json())
    }

    /// The resources of a stack.
    pub(crate) async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, DeployError> {
        let mut found = Vec::new();
        let mut pages = Pages::of("ListStackResources");
        loop {
            let call =
                |client: &Client| client.list_stack_resources().stack_name(stack).set_next_token(pages.token()).send();
            let answer = self.ask("ListStackResources", call).await?;
            found.extend(answer.stack_resource_summaries().iter().map(super::convert::resource));
            if !pages.turn(answer.next_token())? {
                return Ok(found);
            }
        }
    }

    /// What CloudFormation found wrong with a change set before its execution; empty without
    /// permission to ask.
    pub(crate) async fn failed_validations(&self, change_set: &str) -> Vec<String> {
        let failed = EventFilter::builder().failed_events(true).build();
        let call =
            |client: &Client| client.describe_events().change_set_name(change_set).filters(failed.clone()).send();
        let Ok(answer) = self.ask_once("DescribeEvents", call).await else {
            return Vec::new();
        };
        let line = |event: &aws_sdk_cloudformation::types::OperationEvent| {
            let reason = event.validation_status_reason().or(event.resource_status_reason())?;
            let resource = event.logical_resource_id().unwrap_or_default();
            let place = event.validation_path().map(|path| format!(" at `{path}`")).unwrap_or_default();
            Some(format!("`{resource}`: {reason}{place}"))
        };
        answer.operation_events().iter().filter_map(line).collect()
    }

    /// Begins to delete a stack.
    pub(crate) async fn delete(&self, stack: &str, deletion: &Deletion) -> Result<(), DeployError> {
        let retain = Some(deletion.retain.clone()).filter(|retain| !retain.is_empty());
        let call = |client: &Client| {
            let call = client.delete_stack().stack_name(stack).client_request_token(&deletion.token);
            call.set_role_arn(deletion.role_arn.clone()).set_retain_resources(retain.clone()).send()
        };
        self.ask("DeleteStack", call).await.map(drop)
    }

    /// Makes CloudFormation take an update back that is under way.
    pub(crate) async fn cancel_update(&self, stack: &str, token: &str) -> Result<(), DeployError> {
        let call = |client: &Client| client.cancel_update_stack().stack_name(stack).client_request_token(token).send();
        self.ask("CancelUpdateStack", call).await.map(drop)
    }

    /// Makes CloudFormation take a failed operation back that was kept.
    pub(crate) async fn roll_back(&self, stack: &str, role: Option<&str>, token: &str) -> Result<(), DeployError> {
        let call = |client: &Client| {
            let call = client.rollback_stack().stack_name(stack).client_request_token(token);
            call.set_role_arn(role.map(str::to_owned)).retain_except_on_create(true).send()
        };
        self.ask("RollbackStack", call).await.map(drop)
    }

    /// Makes CloudFormation go on with a rollback that failed, without some of the resources.
    pub(crate) async fn continue_rollback(
        &self,
        stack: &str,
        role: Option<&str>,
        skip: &[String],
        token: &str,
    ) -> Result<(), DeployError> {
        let call = |client: &Client| {
            let call = client.continue_update_rollback().stack_name(stack).client_request_token(token);
            let skip = Some(skip.to_vec()).filter(|skip| !skip.is_empty());
            call.set_role_arn(role.map(str::to_owned)).set_resources_to_skip(skip).send()
        };
        self.ask("ContinueUpdateRollback", call).await.map(drop)
    }

    /// Sets whether a stack refuses to be deleted.
    pub(crate) async fn protect(&self, stack: &str, wanted: bool) -> Result<(), DeployError> {
        let call = |client: &Client| {
            client.update_termination_protection().stack_name(stack).enable_termination_protection(wanted).send()
        };
        self.ask("UpdateTerminationProtection", call).await.map(drop)
    }

    /// Sets the policy on which resources updates may change.
    pub(crate) async fn set_policy(&self, stack: &str, policy: &str) -> Result<(), DeployError> {
        let call = |client: &Client| client.set_stack_policy().stack_name(stack).stack_policy_body(policy).send();
        self.ask("SetStackPolicy", call).await.map(drop)
    }
}

fn first(answer: Result<DescribeStacksOutput, DeployError>) -> Result<Option<StackState>, DeployError> {
    match answer {
        Ok(answer) => match answer.stacks().first() {
            Some(stack) => Ok(Some(state(stack))),
            // AWS has an error for a stack that is not there.
            None => Err(DeployError::NotAws { operation: "DescribeStacks", detail: "it names no stack".to_owned() }),
        },
        Err(error) if error.is_no_such_stack() => Ok(None),
        Err(error) => Err(error),
    }
}
