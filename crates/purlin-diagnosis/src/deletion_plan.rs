//! The plan of a stack's deletion: the resources that are deleted, lost for good, snapshotted and retained.

use serde::Serialize;
use serde_json::Value;

use crate::model::StackResource;
use crate::stateful::loses_data;
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
    /// Deleted resources that belong to a retained one, such as clients of a user pool; those with data are `lost`.
    pub parts: Vec<StackResource>,
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
                    if loses_data(&resource.logical_id, &resource.resource_type, template, &Value::Null) {
                        plan.lost.push(resource);
                    } else {
                        plan.parts.push(resource);
                    }
                }
            }
        }
        let retained = &plan.retained;
        plan.parts.retain(|part| retained.iter().any(|whole| belongs_to(part, whole, template)));
        plan
    }
}

/// Whether a resource is a part of another: of the same service, and its properties refer to the other.
fn belongs_to(part: &StackResource, whole: &StackResource, template: &Value) -> bool {
    let service = |it: &StackResource| it.resource_type.rsplit_once("::").map(|(service, _)| service.to_owned());
    service(part) == service(whole)
        && refers_to(&template["Resources"][&part.logical_id]["Properties"], &whole.logical_id)
}

fn refers_to(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match (key.as_str(), value) {
            ("Ref", Value::String(name)) => name == id,
            ("Fn::GetAtt", Value::String(path)) => path.split('.').next() == Some(id),
            ("Fn::GetAtt", Value::Array(path)) => path.first().is_some_and(|name| name == id),
            ("Fn::Sub", Value::String(text)) => {
                text.contains(&format!("${{{id}}}")) || text.contains(&format!("${{{id}."))
            }
            (_, value) => refers_to(value, id),
        }),
        Value::Array(items) => items.iter().any(|item| refers_to(item, id)),
        _ => false,
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
    fn what_goes_with_a_retained_parent_is_named() {
        let of_pool = json!({"UserPoolId": {"Ref": "Pool"}});
        let template = json!({"Resources": {
            "Pool": {"Type": "AWS::Cognito::UserPool", "DeletionPolicy": "Retain"},
            "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": of_pool},
            "Ann": {"Type": "AWS::Cognito::UserPoolUser", "Properties": of_pool},
            "Ops": {"Type": "AWS::Cognito::UserPoolGroup", "Properties": of_pool},
            "Other": {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": "Foreign"}}},
            "Logs": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain"},
            "Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": {"Fn::Sub": "${Logs}"}}},
            "Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}}},
            "Empty": {"Type": "Custom::S3AutoDeleteObjects", "Properties": {"BucketName": {"Ref": "Bucket"}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Description": {"Ref": "Bucket"}}},
        }});
        let resources = template["Resources"].as_object().unwrap().iter().map(|(id, it)| StackResource {
            logical_id: id.clone(),
            physical_id: Some(format!("{id}-1")),
            resource_type: it["Type"].as_str().unwrap().to_owned(),
            ..StackResource::default()
        });
        let plan = DeletionPlan::of(&template, resources.collect());
        let ids = |all: &[StackResource]| {
            let mut ids: Vec<_> = all.iter().map(|it| it.logical_id.clone()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&plan.lost), ["Ann", "Empty", "Ops"]);
        assert_eq!(ids(&plan.parts), ["Client", "Filter", "Policy"]);
        assert_eq!((ids(&plan.retained).len(), plan.deleted), (3, 8));
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
