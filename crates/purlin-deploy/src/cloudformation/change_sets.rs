//! CloudFormation's calls about change sets, answered in plain values.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, Parameter, RollbackConfiguration, RollbackTrigger, Tag, TemplateStage,
};
use purlin_diagnosis::{Change, Status};

use super::CloudFormation;
use super::convert::{change, millis};
use crate::error::DeployError;
use crate::network::Pages;
use crate::options::RollbackAlarms;

/// The input of a change set.
#[derive(Clone, Debug)]
pub(crate) struct NewChangeSet {
    pub(crate) stack: String,
    pub(crate) name: String,
    pub(crate) is_new: bool,
    pub(crate) template: TemplateSource,
    pub(crate) capabilities: Vec<&'static str>,
    pub(crate) parameters: BTreeMap<String, ParameterValue>,
    pub(crate) tags: BTreeMap<String, String>,
    /// An empty list removes the stack's topics.
    pub(crate) notification_arns: Option<Vec<String>>,
    pub(crate) role_arn: Option<String>,
    pub(crate) import_existing_resources: bool,
    pub(crate) rollback_alarms: Option<RollbackAlarms>,
}

/// Where CloudFormation gets the template.
#[derive(Clone, Debug)]
pub(crate) enum TemplateSource {
    Body(String),
    Url(String),
}

/// A parameter as the change set gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParameterValue {
    /// This value.
    Given(String),
    /// The value that the stack has.
    Previous,
}

/// A change set as `DescribeChangeSet` shows it.
#[derive(Clone, Debug)]
pub(crate) struct ChangeSetState {
    pub(crate) id: String,
    pub(crate) stack_id: String,
    /// Such as `CREATE_COMPLETE`.
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    /// Such as `EXECUTE_IN_PROGRESS`.
    pub(crate) execution: String,
    /// Milliseconds since 1970, by AWS's clock.
    pub(crate) created_at: Option<i64>,
}

/// A change set that waits in a stack.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_at: i64,
}

impl CloudFormation {
    /// Creates a change set. An attempt with a lost answer is recognised by its name.
    pub(crate) async fn create_change_set(&self, new: &NewChangeSet) -> Result<(), DeployError> {
        match self.ask("CreateChangeSet", |client| create(client, new).send()).await {
            Err(error) if error.code().is_some_and(|code| code.starts_with("AlreadyExists")) => {
                match self.change_set(&new.stack, &new.name).await {
                    Ok(Some(_)) => Ok(()),
                    _ => Err(error),
                }
            }
            made => made.map(drop),
        }
    }

    /// A change set by its name or ARN, when there is one.
    pub(crate) async fn change_set(&self, stack: &str, id: &str) -> Result<Option<ChangeSetState>, DeployError> {
        match self.change_set_page(stack, id, None, false).await {
            Ok(answer) => Ok(Some(change_set(stack, id, &answer))),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The template of a change set, as CloudFormation has it.
    pub(crate) async fn template_of(&self, set: &ChangeSetState) -> Result<String, DeployError> {
        let call = |client: &Client| {
            let call = client.get_template().change_set_name(&set.id).stack_name(&set.stack_id);
            call.template_stage(TemplateStage::Original).send()
        };
        let answer = self.ask("GetTemplate", call).await?;
        let none = || DeployError::NotAws { operation: "GetTemplate", detail: "it has no template".to_owned() };
        answer.template_body().map(str::to_owned).ok_or_else(none)
    }

    /// All its changes. With values, AWS leaves changes out now and then
    /// (aws-cdk-cli#1780), so it is asked twice and only the details come from the second answer.
    pub(crate) async fn changes(&self, set: &ChangeSetState) -> Result<Vec<Change>, DeployError> {
        let mut changes = self.all_changes(set, false).await?;
        let with_values = self.all_changes(set, true).await.unwrap_or_default();
        for told in with_values {
            match changes.iter_mut().find(|it| it.logical_id == told.logical_id && it.action == told.action) {
                Some(change) if !told.details.is_empty() => change.details = told.details,
                Some(_) => {}
                None => changes.push(told),
            }
        }
        Ok(changes)
    }

    async fn all_changes(&self, set: &ChangeSetState, with_values: bool) -> Result<Vec<Change>, DeployError> {
        let mut changes = Vec::new();
        let mut pages = Pages::of("DescribeChangeSet");
        loop {
            let answer = self.change_set_page(&set.stack_id, &set.id, pages.token(), with_values).await?;
            changes.extend(answer.changes().iter().filter_map(|it| it.resource_change()).map(change));
            if !pages.turn(answer.next_token())? {
                return Ok(changes);
            }
        }
    }

    async fn change_set_page(
        &self,
        stack: &str,
        id: &str,
        token: Option<String>,
        with_values: bool,
    ) -> Result<DescribeChangeSetOutput, DeployError> {
        let call = |client: &Client| {
            let call = client.describe_change_set().change_set_name(id).stack_name(stack);
            call.set_next_token(token.clone()).set_include_property_values(with_values.then_some(true)).send()
        };
        self.ask("DescribeChangeSet", call).await
    }

    /// The change sets that wait in a stack.
    pub(crate) async fn waiting(&self, stack: &str) -> Result<Vec<Waiting>, DeployError> {
        let mut found = Vec::new();
        let mut pages = Pages::of("ListChangeSets");
        loop {
            let call =
                |client: &Client| client.list_change_sets().stack_name(stack).set_next_token(pages.token()).send();
            let answer = self.ask("ListChangeSets", call).await?;
            found.extend(answer.summaries().iter().filter_map(|it| {
                Some(Waiting {
                    name: it.change_set_name()?.to_owned(),
                    id: it.change_set_id().or(it.change_set_name())?.to_owned(),
                    created_at: it.creation_time().map(millis).unwrap_or_default(),
                })
            }));
            if !pages.turn(answer.next_token())? {
                return Ok(found);
            }
        }
    }

    /// Begins to execute a change set.
    pub(crate) async fn execute(
        &self,
        set: &ChangeSetState,
        token: &str,
        keeps_failures: bool,
    ) -> Result<(), DeployError> {
        let call = |client: &Client| {
            let call = client.execute_change_set().change_set_name(&set.id).stack_name(&set.stack_id);
            let call = call.client_request_token(token).set_disable_rollback(keeps_failures.then_some(true));
            // What a failed deployment created has no data yet, whatever its deletion policy.
            call.set_retain_except_on_create((!keeps_failures).then_some(true)).send()
        };
        self.ask("ExecuteChangeSet", call).await.map(drop)
    }

    /// Deletes a change set; one that is gone already is fine.
    pub(crate) async fn delete_change_set(&self, stack: &str, id: &str) -> Result<(), DeployError> {
        let call = |client: &Client| client.delete_change_set().change_set_name(id).stack_name(stack).send();
        match self.ask("DeleteChangeSet", call).await {
            Err(error) if is_gone(&error) => Ok(()),
            deleted => deleted.map(drop),
        }
    }
}

fn create(
    client: &Client,
    new: &NewChangeSet,
) -> aws_sdk_cloudformation::operation::create_change_set::builders::CreateChangeSetFluentBuilder {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let call = client
        .create_change_set()
        .stack_name(&new.stack)
        .change_set_name(&new.name)
        .client_token(&new.name)
        .change_set_type(if new.is_new { ChangeSetType::Create } else { ChangeSetType::Update })
        .set_capabilities(Some(new.capabilities.iter().map(|it| Capability::from(*it)).collect()))
        .set_parameters(Some(new.parameters.iter().map(parameter).collect()))
        .set_tags(Some(new.tags.iter().map(tag).collect()))
        .set_notification_arns(new.notification_arns.clone())
        .set_import_existing_resources(new.import_existing_resources.then_some(true))
        .set_rollback_configuration(new.rollback_alarms.as_ref().map(rollback_configuration))
        .set_role_arn(new.role_arn.clone());
    match &new.template {
        TemplateSource::Body(body) => call.template_body(body),
        TemplateSource::Url(url) => call.template_url(url),
    }
}

fn rollback_configuration(alarms: &RollbackAlarms) -> RollbackConfiguration {
    let trigger = |arn: &String| RollbackTrigger::builder().arn(arn).r#type("AWS::CloudWatch::Alarm").build();
    RollbackConfiguration::builder()
        .set_rollback_triggers(Some(alarms.arns.iter().map(trigger).collect()))
        .monitoring_time_in_minutes(i32::from(alarms.monitoring_minutes))
        .build()
}

fn parameter((name, value): (&String, &ParameterValue)) -> Parameter {
    let parameter = Parameter::builder().parameter_key(name);
    match value {
        ParameterValue::Given(value) => parameter.parameter_value(value).build(),
        ParameterValue::Previous => parameter.use_previous_value(true).build(),
    }
}

fn change_set(stack: &str, id: &str, answer: &DescribeChangeSetOutput) -> ChangeSetState {
    ChangeSetState {
        id: answer.change_set_id().unwrap_or(id).to_owned(),
        stack_id: answer.stack_id().unwrap_or(stack).to_owned(),
        status: answer.status().map(|status| status.as_str().into()).unwrap_or_default(),
        reason: answer.status_reason().map(str::to_owned),
        execution: answer.execution_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        created_at: answer.creation_time().map(millis),
    }
}

fn is_gone(error: &DeployError) -> bool {
    error.code().is_some_and(|code| code.starts_with("ChangeSetNotFound")) || error.is_no_such_stack()
}
