//! Published durations, for resource types without measurements on this machine.
//!
//! Seconds to create and to update, averages over many deployments, as `rain forecast` uses them
//! (<https://github.com/aws-cloudformation/rain>, `internal/cmd/forecast/estimate.go`, July 2026).
//! Durations of deletions are not published, except that a queue takes a minute
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html>).

use super::work::Work;

/// Seconds for a type without measurements: most types take one or two calls.
const OTHERS: u64 = 5;

/// A deletion is estimated at half the time of a creation, and at most at this.
const LONGEST_DELETION: u64 = 120;

/// A type, seconds to create it, seconds to update it.
const TIMES: &[(&str, u64, u64)] = &[
    ("AWS::AmazonMQ::Broker", 604, 3),
    ("AWS::ApiGateway::DomainName", 14, 3),
    ("AWS::ApiGateway::VpcLink", 429, 2),
    ("AWS::ApiGatewayV2::VpcLink", 124, 0),
    ("AWS::AppRunner::Service", 218, 143),
    ("AWS::AppSync::ApiCache", 437, 1),
    ("AWS::AutoScaling::AutoScalingGroup", 3, 3),
    ("AWS::CertificateManager::Certificate", 239, 0),
    ("AWS::CloudFormation::CustomResource", 119, 19),
    ("AWS::CloudFormation::Stack", 133, 37),
    ("AWS::CloudFront::Distribution", 266, 164),
    ("AWS::CloudFront::Function", 5, 41),
    ("AWS::CodePipeline::Pipeline", 71, 3),
    ("AWS::Cognito::UserPoolGroup", 21, 1),
    ("AWS::DAX::Cluster", 485, 0),
    ("AWS::DocDB::DBCluster", 68, 1),
    ("AWS::DocDB::DBInstance", 298, 2),
    ("AWS::DynamoDB::GlobalTable", 64, 13),
    ("AWS::DynamoDB::Table", 15, 10),
    ("AWS::EC2::ClientVpnTargetNetworkAssociation", 463, 0),
    ("AWS::EC2::EIP", 17, 2),
    ("AWS::EC2::Instance", 16, 16),
    ("AWS::EC2::InternetGateway", 17, 16),
    ("AWS::EC2::NatGateway", 106, 5),
    ("AWS::EC2::TransitGateway", 53, 2),
    ("AWS::EC2::TransitGatewayAttachment", 50, 29),
    ("AWS::EC2::VPC", 12, 2),
    ("AWS::EC2::VPCEndpoint", 47, 11),
    ("AWS::EC2::VPCGatewayAttachment", 12, 11),
    ("AWS::EC2::VPNConnection", 165, 2),
    ("AWS::ECS::Cluster", 5, 2),
    ("AWS::ECS::ClusterCapacityProviderAssociations", 13, 31),
    ("AWS::ECS::Service", 119, 71),
    ("AWS::ECS::TaskSet", 62, 5),
    ("AWS::EFS::FileSystem", 5, 5),
    ("AWS::EFS::MountTarget", 93, 0),
    ("AWS::EKS::Cluster", 544, 285),
    ("AWS::EKS::Nodegroup", 160, 671),
    ("AWS::EMR::Cluster", 503, 11),
    ("AWS::ElastiCache::CacheCluster", 344, 113),
    ("AWS::ElastiCache::ReplicationGroup", 712, 208),
    ("AWS::ElasticBeanstalk::Environment", 252, 391),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", 116, 2),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", 18, 6),
    ("AWS::Events::Rule", 62, 1),
    ("AWS::FSx::FileSystem", 637, 331),
    ("AWS::GlobalAccelerator::Accelerator", 27, 29),
    ("AWS::GlobalAccelerator::EndpointGroup", 46, 342),
    ("AWS::Grafana::Workspace", 467, 0),
    ("AWS::IAM::Group", 12, 2),
    ("AWS::IAM::InstanceProfile", 126, 0),
    ("AWS::IAM::ManagedPolicy", 16, 1),
    ("AWS::IAM::Policy", 17, 3),
    ("AWS::IAM::Role", 12, 17),
    ("AWS::IAM::RolePolicy", 32, 1),
    ("AWS::IAM::User", 37, 2),
    ("AWS::KMS::Alias", 62, 13),
    ("AWS::KMS::Key", 122, 71),
    ("AWS::Kinesis::Stream", 14, 29),
    ("AWS::KinesisFirehose::DeliveryStream", 77, 4),
    ("AWS::Lambda::Alias", 51, 218),
    ("AWS::Lambda::Function", 25, 12),
    ("AWS::MSK::Cluster", 1833, 1481),
    ("AWS::MWAA::Environment", 111, 117),
    ("AWS::MemoryDB::Cluster", 1054, 236),
    ("AWS::Neptune::DBCluster", 79, 2),
    ("AWS::Neptune::DBInstance", 845, 528),
    ("AWS::NetworkFirewall::Firewall", 312, 21),
    ("AWS::OpenSearchServerless::Collection", 134, 0),
    ("AWS::OpenSearchService::Domain", 887, 347),
    ("AWS::RDS::DBCluster", 222, 62),
    ("AWS::RDS::DBInstance", 595, 171),
    ("AWS::RDS::DBProxy", 225, 63),
    ("AWS::RDS::DBProxyTargetGroup", 85, 4),
    ("AWS::Redshift::Cluster", 239, 90),
    ("AWS::RedshiftServerless::Workgroup", 123, 1),
    ("AWS::Route53::HostedZone", 71, 16),
    ("AWS::Route53::RecordSet", 20, 2),
    ("AWS::Route53::RecordSetGroup", 33, 1),
    ("AWS::Route53Resolver::ResolverEndpoint", 40, 1),
    ("AWS::S3::AccessPoint", 32, 2),
    ("AWS::S3::Bucket", 30, 31),
    ("AWS::SES::EmailIdentity", 127, 2),
    ("AWS::SQS::Queue", 72, 2),
    ("AWS::SageMaker::Endpoint", 242, 272),
    ("AWS::ServiceDiscovery::HttpNamespace", 46, 1),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", 46, 12),
    ("AWS::ServiceDiscovery::PublicDnsNamespace", 46, 1),
    ("AWS::StepFunctions::StateMachine", 1, 1),
    ("AWS::Transfer::Server", 204, 5),
    ("AWS::WAFv2::WebACL", 7, 9),
    ("AWS::WAFv2::WebACLAssociation", 5, 1),
    ("Custom::", 119, 19),
];

/// Seconds that a resource of a type usually takes.
pub(super) fn seconds(resource_type: &str, work: Work) -> u64 {
    let is_meant = |name: &str| name == resource_type || name == "Custom::" && resource_type.starts_with(name);
    let (create, update) = TIMES
        .iter()
        .find(|(name, ..)| is_meant(name))
        .map_or((OTHERS, OTHERS), |(_, create, update)| (*create, *update));
    let seconds = match work {
        Work::Create => create,
        Work::Update => update,
        Work::Delete if resource_type == "AWS::SQS::Queue" => 60,
        Work::Delete => (create / 2).min(LONGEST_DELETION),
    };
    seconds.max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_time() {
        for (resource_type, work, expected) in [
            ("AWS::ECS::Service", Work::Create, 119),
            ("AWS::ECS::Service", Work::Update, 71),
            ("AWS::RDS::DBInstance", Work::Delete, 120),
            ("AWS::SQS::Queue", Work::Delete, 60),
            ("AWS::CertificateManager::Certificate", Work::Update, 2),
            ("Custom::S3AutoDeleteObjects", Work::Create, 119),
            ("AWS::New::Thing", Work::Create, 5),
        ] {
            assert_eq!(seconds(resource_type, work), expected, "{resource_type} {work:?}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_holds_no_type_twice() {
        assert!(TIMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
