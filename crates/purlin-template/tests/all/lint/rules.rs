//! Every rule of the schemas, with values that break it and values that almost do.

use super::{check, check_all};

#[test]
fn names() {
    check_all(&[
        ("AWS::SQS::Queue {DelaySecond: 1}", &["DelaySecond is unknown, DelaySeconds is not"]),
        ("AWS::SQS::Queue {Colour: red}", &["Colour is unknown"]),
        ("AWS::SQS::Queue {delaySeconds: 1}", &["delaySeconds is unknown, DelaySeconds is not"]),
        ("AWS::SQS::Queue {Tags: [{Key: a, Value: b, Valeu: c}]}", &["Tags/0/Valeu is unknown, Value is not"]),
        ("AWS::ECS::Cluster {Configuration: {ExecuteCommand: {}}}", &["Configuration/ExecuteCommand is unknown"]),
        // Names are free in maps.
        ("AWS::SSM::Parameter {Type: String, Value: x, Tags: {anything: goes}}", &[]),
        ("AWS::SQS::Queue {RedrivePolicy: {maxReceiveCount: 3, deadLetterTargetArn: !GetAtt Other.Arn}}", &[]),
        // What AWS sets itself is taken and has no effect.
        ("AWS::SQS::Queue {Arn: x}", &["?Arn is AWS's to set"]),
        ("AWS::SQS::Queue {}", &[]),
        ("AWS::SQS::Queue", &[]),
    ]);
}

#[test]
fn types_of_resources() {
    check_all(&[
        ("AWS::SQS::Queues {}", &["Type is no type"]),
        ("AWS::Quantum::Entanglement {}", &["?Type is no type"]),
        ("Acme::Orders::Queue {Anything: [goes]}", &[]),
        ("Custom::Orders {ServiceToken: x, Anything: [goes]}", &[]),
        ("Custom::Orders {Anything: [goes]}", &["lacks ServiceToken"]),
        ("AWS::CloudFormation::CustomResource {ServiceToken: !GetAtt Other.Arn, More: {a: [1]}}", &[]),
        ("Acme::Orders::Queue::MODULE {Anything: [goes]}", &[]),
    ]);
}

#[test]
fn attributes_of_resources() {
    for (body, expected) in [
        ("DeletionPolicy: Retain\nUpdateReplacePolicy: Delete\nDescription: orders\nMetadata: {a: 1}", &[][..]),
        ("DeletionPolicy: RetainExceptOnCreate", &[]),
        ("UpdateReplacePolicy: RetainExceptOnCreate", &["UpdateReplacePolicy is not allowed"]),
        ("DeletionPolicy: Snapshot", &["DeletionPolicy is not allowed"]),
        ("DeletionPolicy: retain", &["DeletionPolicy is not allowed, Retain is"]),
        ("DeletionPolicy: [Retain]", &["DeletionPolicy takes text"]),
        ("DelaySeconds: 1", &["DelaySeconds is no attribute"]),
        ("DependOn: Other", &["DependOn is no attribute"]),
        ("Version: '1.0'", &["Version is no attribute"]),
    ] {
        check(&format!("AWS::SQS::Queue\n{body}"), expected);
    }
    check("AWS::EC2::Volume\nDeletionPolicy: Snapshot\nProperties: {AvailabilityZone: a, Size: 8}", &[]);
    check("AWS::RDS::DBCluster\nUpdateReplacePolicy: Snapshot\nProperties: {Engine: aurora-mysql}", &[]);
    check("Custom::Orders\nVersion: '1.0'\nProperties: {ServiceToken: x}", &[]);
    check("Acme::Orders::Queue::MODULE\nUpdatePolicy: {}", &["UpdatePolicy is forbidden"]);
}

#[test]
fn what_is_required() {
    check_all(&[
        ("AWS::ECR::Repository {EncryptionConfiguration: {}}", &["EncryptionConfiguration lacks EncryptionType"]),
        ("AWS::ECR::Repository {EncryptionConfiguration: {EncryptionType: KMS}}", &[]),
        ("AWS::ECS::TaskSet {}", &["lacks Cluster", "lacks Service", "lacks TaskDefinition"]),
        ("AWS::SNS::Subscription {Protocol: sqs, TopicArn: !Ref Text}", &[]),
        ("AWS::SNS::Subscription {Protocol: sqs}", &["lacks TopicArn"]),
        ("AWS::SNS::Subscription {Protocol: sqs, TopicArn: !Ref AWS::NoValue}", &["lacks TopicArn"]),
        ("AWS::SNS::Subscription\nProperties: !Ref AWS::NoValue", &["lacks TopicArn", "lacks Protocol"]),
        // Tags have a key and a value.
        ("AWS::SQS::Queue {Tags: [{Key: a}]}", &["Tags/0 lacks Value"]),
        ("AWS::SQS::Queue {Tags: [{Key: a, Value: ''}]}", &[]),
        ("AWS::SQS::Queue {Tags: {a: b}}", &["Tags takes a list"]),
        ("AWS::SQS::Queue {Tags: [{Key: a, Value: b}, {Key: a, Value: c}]}", &["Tags has a twice"]),
        ("AWS::SQS::Queue {Tags: [{Key: a, Value: b}, {Key: b, Value: b}]}", &[]),
        (
            "AWS::SQS::Queue {Tags: [!If [Prod, {Key: a, Value: b}, !Ref AWS::NoValue], !If [Test, {Key: a, Value: c}, !Ref AWS::NoValue]]}",
            &[],
        ),
    ]);
}

#[test]
fn types_of_values() {
    check_all(&[
        ("AWS::SQS::Queue {QueueName: [a]}", &["QueueName takes text"]),
        ("AWS::SQS::Queue {QueueName: {a: b}}", &["QueueName takes text"]),
        // A number is text where text is wanted.
        ("AWS::SQS::Queue {QueueName: 17}", &[]),
        ("AWS::SQS::Queue {QueueName: true}", &[]),
        ("AWS::SQS::Queue {DelaySeconds: five}", &["DelaySeconds takes a whole number"]),
        ("AWS::SQS::Queue {DelaySeconds: '5'}", &[]),
        ("AWS::SQS::Queue {DelaySeconds: 5.5}", &["DelaySeconds takes a whole number"]),
        ("AWS::SQS::Queue {DelaySeconds: [5]}", &["DelaySeconds takes a whole number"]),
        ("AWS::SQS::Queue {FifoQueue: 'true', QueueName: a.fifo}", &[]),
        ("AWS::SQS::Queue {FifoQueue: 'True', QueueName: a.fifo}", &[]),
        ("AWS::SQS::Queue {SqsManagedSseEnabled: 'yes'}", &["SqsManagedSseEnabled takes `true` or `false`"]),
        ("AWS::SQS::Queue {SqsManagedSseEnabled: 1}", &["SqsManagedSseEnabled takes `true` or `false`"]),
        (
            "AWS::CloudFront::CachePolicy {CachePolicyConfig: {Name: a, DefaultTTL: '1', MaxTTL: 2.0, MinTTL: 0, ParametersInCacheKeyAndForwardedToOrigin: {CookiesConfig: {CookieBehavior: none}, EnableAcceptEncodingGzip: 'false', HeadersConfig: {HeaderBehavior: none}, QueryStringsConfig: {QueryStringBehavior: none}}}}",
            &[],
        ),
        ("AWS::IAM::Group {ManagedPolicyArns: 'arn:aws:iam::aws:policy/A'}", &["ManagedPolicyArns takes a list"]),
        ("AWS::IAM::Group {Policies: {PolicyName: a, PolicyDocument: {}}}", &["Policies takes a list"]),
        ("AWS::ECS::Cluster {Configuration: [a]}", &["Configuration takes a mapping"]),
        ("AWS::ECS::Cluster {Configuration: text}", &["Configuration takes a mapping"]),
    ]);
}

#[test]
fn words_patterns_and_formats() {
    check_all(&[
        ("AWS::ECR::Repository {ImageTagMutability: Mutable}", &["ImageTagMutability is not allowed, MUTABLE is"]),
        ("AWS::ECR::Repository {ImageTagMutability: MUTABLE}", &[]),
        ("AWS::ECR::Repository {ImageTagMutability: Sometimes}", &["ImageTagMutability is not allowed"]),
        // Case is no matter where AWS says so.
        ("AWS::EC2::EIP {Domain: VPC}", &[]),
        // AWS takes any text for it.
        ("AWS::EC2::EIP {Domain: vpc-0819}", &["?Domain is not allowed"]),
        ("AWS::SSM::Parameter {Type: Text, Value: x}", &["Type is not allowed"]),
        ("AWS::ECR::Repository {RepositoryName: Orders}", &["RepositoryName does not match"]),
        ("AWS::ECR::Repository {RepositoryName: my/orders_1}", &[]),
        ("AWS::Logs::LogGroup {LogGroupName: 'a b'}", &["LogGroupName does not match"]),
        // AWS adds instance types every week, and one like it is not what was meant.
        ("AWS::EC2::Instance {ImageId: !Ref Text, InstanceType: x99.colossal}", &["?InstanceType is not allowed"]),
        ("AWS::EC2::Instance {ImageId: !Ref Text, InstanceType: t3.micro}", &[]),
        ("AWS::EC2::Instance {ImageId: ami-12}", &["?ImageId takes an id such as `ami-0abcdef1234567890`"]),
        ("AWS::EC2::Instance {ImageId: ami-0abcdef1234567890}", &[]),
        ("AWS::EC2::VPC {CidrBlock: 10.0.0.0}", &["CidrBlock takes an IPv4 network such as `10.0.0.0/16`"]),
        ("AWS::EC2::VPC {CidrBlock: 10.0.0.0/33}", &["CidrBlock takes an IPv4 network such as `10.0.0.0/16`"]),
        ("AWS::EC2::VPC {CidrBlock: 10.0.0.0/16}", &[]),
        ("AWS::EC2::TransitGatewayRoute {TransitGatewayRouteTableId: a, DestinationCidrBlock: '2001:db8::/56'}", &[]),
        (
            "AWS::EC2::Subnet {VpcId: vpc-1, CidrBlock: 10.0.0.0/24}",
            &["?VpcId takes an id such as `vpc-0123456789abcdef0`"],
        ),
        ("AWS::EC2::Subnet {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}", &[]),
    ]);
}

#[test]
fn sizes_and_ranges() {
    const ALARM: &str = "AWS::CloudWatch::Alarm {MetricName: a, Namespace: b, Period: 60, Statistic: Sum, \
        EvaluationPeriods: 1, ComparisonOperator: GreaterThanThreshold, Threshold: 1, AlarmActions: [a, b, c, d, e,";
    const POLICY: &str = "AWS::CloudFront::ContinuousDeploymentPolicy {ContinuousDeploymentPolicyConfig: {Enabled: true, \
        StagingDistributionDnsNames: [a], Type: SingleWeight, SingleWeightPolicyConfig: {Weight:";
    const TASK: &str =
        "AWS::ECS::TaskDefinition {ContainerDefinitions: [{Name: a, Image: b, Environment: [{Name: A, Value: x},";
    check_all(&[
        ("AWS::SNS::Topic {DisplayName: ''}".to_owned(), &[]),
        (
            "AWS::KMS::Alias {AliasName: alias/a, TargetKeyId: ''}".to_owned(),
            &["TargetKeyId takes at least 1 characters"],
        ),
        ("AWS::IAM::InstanceProfile {Roles: [a]}".to_owned(), &[]),
        ("AWS::IAM::InstanceProfile {Roles: [a, b]}".to_owned(), &["Roles takes at most 1 items"]),
        ("AWS::SQS::Queue {DelaySeconds: -1}".to_owned(), &["DelaySeconds takes at least 0"]),
        ("AWS::SQS::Queue {DelaySeconds: 0}".to_owned(), &[]),
        ("AWS::SQS::Queue {DelaySeconds: 901}".to_owned(), &["DelaySeconds takes at most 900"]),
        ("AWS::SQS::Queue {DelaySeconds: '900'}".to_owned(), &[]),
        ("AWS::SQS::Queue {DelaySeconds: '901'}".to_owned(), &["DelaySeconds takes at most 900"]),
        (format!("{POLICY} 0.07}}}}}}"), &[]),
        (
            format!("{POLICY} 0.075}}}}}}"),
            &["ContinuousDeploymentPolicyConfig/SingleWeightPolicyConfig/Weight takes multiples of 0.01"],
        ),
        // Items that must differ.
        (
            "AWS::IAM::Group {ManagedPolicyArns: ['arn:aws:iam::aws:policy/A', 'arn:aws:iam::aws:policy/A']}"
                .to_owned(),
            &["ManagedPolicyArns has arn:aws:iam::aws:policy/A twice"],
        ),
        ("AWS::IAM::Group {ManagedPolicyArns: ['arn:aws:iam::aws:policy/A', !Ref Text, !Ref Text]}".to_owned(), &[]),
        (format!("{TASK} {{Name: A, Value: y}}]}}]}}"), &["ContainerDefinitions/0/Environment has A twice"]),
        (format!("{TASK} {{Name: B, Value: x}}]}}]}}"), &[]),
        (format!("{ALARM} a]}}"), &[]),
        (format!("{ALARM} f]}}"), &["AlarmActions takes at most 5 different ones different items"]),
    ]);
}

#[test]
fn what_goes_together() {
    const DEVICE: &str = "AWS::EC2::Instance {ImageId: !Ref Text, BlockDeviceMappings: [{DeviceName: /dev/sdb";
    const SUBNET: &str = "AWS::EC2::Subnet {VpcId: !Ref Vpc";
    const SET: &str = "AWS::CloudFormation::StackSet {StackSetName: a, PermissionModel: SELF_MANAGED";
    const ALIAS: &str = "AWS::Lambda::Alias {FunctionName: a, FunctionVersion: '1', Name: live, \
        ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}";
    check_all(&[
        (format!("{DEVICE}, Ebs: {{VolumeSize: 8}}}}]}}"), &[]),
        (format!("{DEVICE}, NoDevice: {{}}}}]}}"), &[]),
        (format!("{DEVICE}}}]}}"), &["BlockDeviceMappings/0 needs VirtualName or Ebs or NoDevice"]),
        (
            format!("{DEVICE}, VirtualName: ephemeral0, Ebs: {{VolumeSize: 8}}}}]}}"),
            &["BlockDeviceMappings/0 has VirtualName and Ebs together"],
        ),
        (format!("{SUBNET}, CidrBlock: 10.0.0.0/24}}"), &[]),
        (format!("{SUBNET}}}"), &["needs CidrBlock or Ipv4IpamPoolId or Ipv6IpamPoolId or Ipv6CidrBlock"]),
        // A pool can have a default length.
        (format!("{SUBNET}, Ipv4IpamPoolId: a}}"), &[]),
        (format!("{SUBNET}, Ipv4NetmaskLength: 24, CidrBlock: 10.0.0.0/24}}"), &["lacks Ipv4IpamPoolId with Ipv4NetmaskLength"]),
        (format!("{SUBNET}, Ipv4IpamPoolId: a, Ipv4NetmaskLength: 24}}"), &[]),
        (
            format!("{SUBNET}, Ipv4IpamPoolId: a, Ipv4NetmaskLength: 24, CidrBlock: 10.0.0.0/24}}"),
            &["has CidrBlock and Ipv4IpamPoolId together"],
        ),
        ("AWS::CloudFormation::ModuleDefaultVersion {Arn: 'arn:aws:cloudformation:eu-west-1:123456789012:type/module/A-B-C-MODULE/00000001'}".to_owned(), &[]),
        ("AWS::CloudFormation::ModuleDefaultVersion {ModuleName: 'My::Own::Queue::MODULE', VersionId: '00000001'}".to_owned(), &[]),
        ("AWS::CloudFormation::ModuleDefaultVersion {VersionId: '00000001'}".to_owned(), &["has no form, closest: lacks Arn"]),
        (format!("{SET}}}"), &["needs TemplateURL or TemplateBody"]),
        (format!("{SET}, TemplateURL: a, TemplateBody: b}}"), &["has TemplateURL and TemplateBody together"]),
        (format!("{SET}, TemplateURL: a}}"), &[]),
        (format!("{ALIAS}}}"), &[]),
        (
            format!("{ALIAS}, RoutingConfig: {{AdditionalVersionWeights: []}}}}"),
            &["has ProvisionedConcurrencyConfig and RoutingConfig together"],
        ),
    ]);
}

#[test]
fn what_the_sources_refuse_and_aws_takes() {
    let flow_log = |options: &str| {
        format!("AWS::EC2::FlowLog {{ResourceId: vpc-1, ResourceType: VPC, DestinationOptions: {{{options}}}}}")
    };
    let cluster = |properties: &str| format!("AWS::RDS::DBCluster {{Engine: {properties}}}");
    let password = "aurora-mysql, MasterUserPassword: x";
    let storage = "AllocatedStorage: 100, DBClusterInstanceClass: db.m6gd.large";
    check_all(&[
        (flow_log("FileFormat: parquet, PerHourPartition: true, HiveCompatiblePartitions: true"), &[]),
        (flow_log("fileFormat: parquet, perHourPartition: true, hiveCompatiblePartitions: true"), &[]),
        (
            flow_log("fileFormat: csv, perHourPartition: true, HiveCompatiblePartitions: true"),
            &["DestinationOptions/fileFormat is not allowed"],
        ),
        (
            flow_log("fileFormat: parquet, perHourPartition: true"),
            &["DestinationOptions needs HiveCompatiblePartitions or hiveCompatiblePartitions"],
        ),
        (
            flow_log(
                "fileFormat: parquet, FileFormat: parquet, perHourPartition: true, hiveCompatiblePartitions: true",
            ),
            &["DestinationOptions has FileFormat and fileFormat together"],
        ),
        // The name comes with what is restored.
        (cluster(password), &["lacks MasterUsername with MasterUserPassword"]),
        (cluster(&format!("{password}, MasterUsername: me")), &[]),
        (cluster(&format!("{password}, SnapshotIdentifier: x")), &[]),
        (
            cluster(&format!("{password}, SnapshotIdentifier: !If [Prod, x, !Ref AWS::NoValue]")),
            &["lacks MasterUsername with MasterUserPassword when Prod is false"],
        ),
        (cluster(&format!("{password}, SourceDBClusterIdentifier: x, RestoreType: copy-on-write")), &[]),
        (cluster(&format!("{password}, SourceDBClusterIdentifier: x, RestoreToTime: '2026-01-01T00:00:00Z'")), &[]),
        (cluster(&format!("{password}, ReplicationSourceIdentifier: x")), &[]),
        (cluster(&format!("{password}, GlobalClusterIdentifier: x")), &[]),
        // So does the storage, which gp3 has a default of.
        (cluster(&format!("mysql, {storage}")), &["lacks Iops"]),
        (cluster(&format!("mysql, {storage}, Iops: 1000")), &[]),
        (cluster(&format!("mysql, {storage}, StorageType: gp3")), &[]),
        (cluster("mysql"), &["lacks AllocatedStorage", "lacks DBClusterInstanceClass", "lacks Iops"]),
        (cluster("mysql, SnapshotIdentifier: x, DBClusterInstanceClass: db.m6gd.large"), &[]),
    ]);
}
