//! Finds what was changed behind CloudFormation's back.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    PropertyDifference, StackDriftDetectionStatus, StackResourceDrift, StackResourceDriftStatus,
};
use serde::Serialize;
use tokio::time::sleep;

use super::{DeployError, Session};
use crate::network::Pages;

/// What a stack looks like beside its template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// `IN_SYNC` or `DRIFTED`.
    pub status: String,
    /// What was changed or deleted.
    pub resources: Vec<DriftedResource>,
    /// Why not everything could be checked, where AWS gives a reason.
    pub incomplete: Option<String>,
}

/// A resource that differs from its template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DriftedResource {
    /// The resource in the template.
    pub logical_id: String,
    /// The resource in AWS.
    pub physical_id: String,
    /// Such as `AWS::SQS::Queue`.
    pub resource_type: String,
    /// `MODIFIED` or `DELETED`.
    pub status: String,
    /// Each difference: its path, the value in the template, the value in AWS.
    pub differences: Vec<(String, String, String)>,
}

impl Session {
    /// Has AWS compare the stack's resources with its template, and waits for the result.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html>
    pub async fn drift(&self, stack: &str) -> Result<Drift, DeployError> {
        let state = self.state(stack).await?;
        let cloud = self.cloudformation();
        let begun = cloud.ask("DetectStackDrift", |client| client.detect_stack_drift().stack_name(&state.id).send());
        let id = begun.await?.stack_drift_detection_id().unwrap_or_default().to_owned();
        let mut backoff = self.clock().stack();
        let (status, incomplete) = loop {
            let call =
                |client: &Client| client.describe_stack_drift_detection_status().stack_drift_detection_id(&id).send();
            let answer = cloud.ask("DescribeStackDriftDetectionStatus", call).await?;
            let status = answer.stack_drift_status().map(|it| it.as_str().to_owned()).unwrap_or_default();
            match answer.detection_status() {
                Some(StackDriftDetectionStatus::DetectionInProgress) => sleep(backoff.wait()).await,
                Some(StackDriftDetectionStatus::DetectionFailed) => {
                    break (status, answer.detection_status_reason().map(str::to_owned));
                }
                _ => break (status, None),
            }
        };
        Ok(Drift { status, resources: self.drifted(&state.id).await?, incomplete })
    }

    async fn drifted(&self, stack: &str) -> Result<Vec<DriftedResource>, DeployError> {
        let cloud = self.cloudformation();
        let mut found = Vec::new();
        let mut pages = Pages::of("DescribeStackResourceDrifts");
        loop {
            let call = |client: &Client| {
                let call = client.describe_stack_resource_drifts().stack_name(stack);
                let call = call.stack_resource_drift_status_filters(StackResourceDriftStatus::Modified);
                let call = call.stack_resource_drift_status_filters(StackResourceDriftStatus::Deleted);
                call.set_next_token(pages.token()).send()
            };
            let answer = cloud.ask("DescribeStackResourceDrifts", call).await?;
            found.extend(answer.stack_resource_drifts().iter().map(drifted));
            if !pages.turn(answer.next_token())? {
                return Ok(found);
            }
        }
    }
}

fn drifted(drift: &StackResourceDrift) -> DriftedResource {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let difference =
        |it: &PropertyDifference| (text(it.property_path()), text(it.expected_value()), text(it.actual_value()));
    DriftedResource {
        logical_id: text(drift.logical_resource_id()),
        physical_id: text(drift.physical_resource_id()),
        resource_type: text(drift.resource_type()),
        status: drift.stack_resource_drift_status().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        differences: drift.property_differences().iter().map(difference).collect(),
    }
}
