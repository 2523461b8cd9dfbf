//! The changes that delete data for good.

use crate::model::{Action, Change, Replacement};

/// Resource types that store users' data.
const STATEFUL: &[&str] = &[
    "AWS::Backup::BackupVault",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
];

/// The changes that delete or replace a resource with data, without a policy that retains the old one.
pub fn data_losses(changes: &[Change]) -> Vec<&Change> {
    let is_deleted = |change: &Change| change.action == Action::Remove || change.replacement == Replacement::Yes;
    let is_stateful = |change: &Change| STATEFUL.contains(&change.resource_type.as_str());
    changes.iter().filter(|change| is_stateful(change) && is_deleted(change) && !change.keeps_old).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deleted_and_replaced_resources_with_data_count() {
        let change = |kind: &str, action: Action, replacement: Replacement, keeps_old: bool| Change {
            resource_type: kind.into(),
            action,
            replacement,
            keeps_old,
            ..Change::default()
        };
        let cases = [
            (change("AWS::Cognito::UserPool", Action::Remove, Replacement::No, false), true),
            (change("AWS::Cognito::UserPool", Action::Remove, Replacement::No, true), false),
            (change("AWS::S3::Bucket", Action::Modify, Replacement::Yes, false), true),
            (change("AWS::S3::Bucket", Action::Modify, Replacement::Maybe, false), false),
            (change("AWS::S3::Bucket", Action::Add, Replacement::No, false), false),
            (change("AWS::SQS::QueuePolicy", Action::Remove, Replacement::No, false), false),
        ];
        for (change, expected) in cases {
            assert_eq!(!data_losses(std::slice::from_ref(&change)).is_empty(), expected, "{change:?}");
        }
    }
}
