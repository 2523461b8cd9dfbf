//! The plan of a stack's deletion: the resources that are deleted, lost for good, snapshotted and retained.

use serde::Serialize;
use serde_json::Value;

use crate::model::{Action, Change, StackResource};
use crate::stateful::data_losses;
use crate::status::Status;

/// What the deletion of a stack deletes and retains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeletionPlan {
    /// Number of deleted resources.
    pub deleted: usize,
    /// Deleted resources whose data is lost for good.
    pub lost: Vec<StackResource>,
    /// Deleted resources of which AWS creates a snapshot.
    pub snapshots: Vec<StackResource>,
    /// Resources that are retained.
    pub retained: Vec<StackResource>,
}

impl DeletionPlan {
    /// The plan for the deployed template and the existing resources.
    pub fn of(template: &Value, resources: Vec<StackResource>) -> Self {
        let mut plan = Self::default();
        for resource in
            resources.into_iter().filter(|it| it.physical_id.is_some() && it.status != Status::DeleteComplete)
        {
            match policy(&template["Resources"][&resource.logical_id], &resource.resource_type) {
                "Retain" | "RetainExceptOnCreate" => plan.retained.push(resource),
                "Snapshot" => {
                    plan.deleted += 1;
                    plan.snapshots.push(resource);
                }
                _ => {
                    plan.deleted += 1;
                    if holds_data(&resource) {
                        plan.lost.push(resource);
                    }
                }
            }
        }
        plan
    }
}

/// The deletion policy; the default is a snapshot for database clusters and for databases outside clusters.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>
fn policy<'a>(resource: &'a Value, resource_type: &str) -> &'a str {
    let by_default = match resource_type {
        "AWS::RDS::DBCluster" => "Snapshot",
        "AWS::RDS::DBInstance" if resource["Properties"]["DBClusterIdentifier"].is_null() => "Snapshot",
        _ => "Delete",
    };
    resource["DeletionPolicy"].as_str().unwrap_or(by_default)
}

fn holds_data(resource: &StackResource) -> bool {
    let change = Change { action: Action::Remove, resource_type: resource.resource_type.clone(), ..Change::default() };
    !data_losses(&[change]).is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn deletion_follows_policy_and_type() {
        let cases = [
            ("AWS::SQS::Queue", json!({}), (1, 0, 0, 0)),
            ("AWS::DynamoDB::Table", json!({}), (1, 1, 0, 0)),
            ("AWS::DynamoDB::Table", json!({"DeletionPolicy": "Delete"}), (1, 1, 0, 0)),
            ("AWS::DynamoDB::Table", json!({"DeletionPolicy": "Retain"}), (0, 0, 0, 1)),
            ("AWS::DynamoDB::Table", json!({"DeletionPolicy": "RetainExceptOnCreate"}), (0, 0, 0, 1)),
            ("AWS::EC2::Volume", json!({"DeletionPolicy": "Snapshot"}), (1, 0, 1, 0)),
            ("AWS::RDS::DBCluster", json!({}), (1, 0, 1, 0)),
            ("AWS::RDS::DBInstance", json!({}), (1, 0, 1, 0)),
            ("AWS::RDS::DBInstance", json!({"Properties": {"DBClusterIdentifier": "x"}}), (1, 1, 0, 0)),
            ("AWS::RDS::DBInstance", json!({"DeletionPolicy": "Delete"}), (1, 1, 0, 0)),
        ];
        for (resource_type, declared, expected) in cases {
            let resource = StackResource {
                logical_id: "It".into(),
                physical_id: Some("it-1".into()),
                resource_type: resource_type.into(),
                ..StackResource::default()
            };
            let plan = DeletionPlan::of(&json!({"Resources": {"It": declared}}), vec![resource]);
            let found = (plan.deleted, plan.lost.len(), plan.snapshots.len(), plan.retained.len());
            assert_eq!(found, expected, "{resource_type} {declared}");
        }
    }

    #[test]
    fn resources_that_do_not_exist_are_not_lost() {
        let gone = StackResource {
            physical_id: Some("it-1".into()),
            resource_type: "AWS::S3::Bucket".into(),
            status: "DELETE_COMPLETE".into(),
            ..StackResource::default()
        };
        let never = StackResource { physical_id: None, status: "CREATE_FAILED".into(), ..gone.clone() };
        assert_eq!(DeletionPlan::of(&Value::Null, vec![gone, never]), DeletionPlan::default());
    }
}
