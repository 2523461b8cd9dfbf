//! What services refuse beyond the registry's schemas: rules about one resource, from `xtask/schema/extensions.yaml`.

use super::check_all;

#[test]
fn instances_and_groups() {
    const RULE: &str = "AWS::EC2::SecurityGroupIngress {GroupId: !Ref Text, CidrIp: 0.0.0.0/0, IpProtocol:";
    const DEVICE: &str = "AWS::EC2::Instance {ImageId: !Ref Text, BlockDeviceMappings: [{DeviceName: /dev/sdb";
    check_all(&[
        (format!("{RULE} tcp, FromPort: 443, ToPort: 443}}"), &[]),
        (format!("{RULE} tcp, FromPort: 443}}"), &["lacks ToPort"]),
        (format!("{RULE} tcp}}"), &["lacks FromPort", "lacks ToPort"]),
        (format!("{RULE} '-1'}}"), &[]),
        (format!("{RULE} -1, FromPort: -1}}"), &[]),
        (format!("{RULE} tcp, FromPort: -1, ToPort: 443}}"), &["ToPort is not allowed"]),
        (format!("{RULE} !Ref Text}}"), &[]),
        (format!("{DEVICE}, VirtualName: ephemeral0}}]}}"), &[]),
        (format!("{DEVICE}, VirtualName: disk}}]}}"), &["BlockDeviceMappings/0/VirtualName does not match"]),
        (format!("{DEVICE}, VirtualName: !Ref Text}}]}}"), &[]),
        (format!("{DEVICE}, Ebs: {{VolumeType: io1, Iops: 100}}}}]}}"), &[]),
        (format!("{DEVICE}, Ebs: {{VolumeType: io1}}}}]}}"), &["BlockDeviceMappings/0/Ebs lacks Iops"]),
        (
            format!("{DEVICE}, Ebs: {{VolumeType: io1, Iops: 1}}}}]}}"),
            &["BlockDeviceMappings/0/Ebs/Iops takes at least 100"],
        ),
        ("AWS::EC2::Instance {InstanceType: t3.micro}".to_owned(), &["lacks ImageId"]),
        ("AWS::EC2::Instance {LaunchTemplate: {LaunchTemplateId: !Ref Text, Version: '1'}}".to_owned(), &[]),
    ]);
}

#[test]
fn databases_and_caches() {
    const DATABASE: &str =
        "AWS::RDS::DBInstance {AllocatedStorage: '20', MasterUsername: a, ManageMasterUserPassword: true";
    const TABLE: &str = "AWS::DynamoDB::Table {AttributeDefinitions: [{AttributeName: a, AttributeType: S}], \
        KeySchema: [{AttributeName: a, KeyType: HASH}]";
    check_all(&[
        (format!("{DATABASE}, Engine: postgres, DBInstanceClass: db.t4g.micro}}"), &[]),
        (format!("{DATABASE}, Engine: Postgres, DBInstanceClass: db.t4g.micro}}"), &[]),
        // AWS adds classes and versions every week.
        (format!("{DATABASE}, Engine: postgres, DBInstanceClass: huge}}"), &["?DBInstanceClass is not allowed"]),
        (
            format!("{DATABASE}, Engine: postgrres, DBInstanceClass: db.t4g.micro}}"),
            &["?Engine is not allowed, postgres is"],
        ),
        (
            "AWS::ElastiCache::CacheCluster {CacheNodeType: cache.t4g.micro, Engine: memcached, NumCacheNodes: 1}"
                .to_owned(),
            &[],
        ),
        (
            "AWS::ElastiCache::CacheCluster {CacheNodeType: huge, Engine: memcached, NumCacheNodes: 1}".to_owned(),
            &["?CacheNodeType is not allowed"],
        ),
        (format!("{TABLE}}}"), &["lacks ProvisionedThroughput"]),
        (format!("{TABLE}, BillingMode: PAY_PER_REQUEST}}"), &[]),
        (format!("{TABLE}, BillingMode: !Ref Text}}"), &[]),
        (format!("{TABLE}, ProvisionedThroughput: {{ReadCapacityUnits: 1, WriteCapacityUnits: '1'}}}}"), &[]),
        (
            format!("{TABLE}, BillingMode: !If [Prod, PROVISIONED, PAY_PER_REQUEST]}}"),
            &["lacks ProvisionedThroughput when Prod is true"],
        ),
    ]);
}

#[test]
fn functions_tasks_and_buckets() {
    const FUNCTION: &str = "AWS::Lambda::Function {Role: !Ref Text, Handler: a.b";
    const TASK: &str =
        "AWS::ECS::TaskDefinition {RequiresCompatibilities: [FARGATE], ContainerDefinitions: [{Name: a, Image: b}]";
    check_all(&[
        (format!("{FUNCTION}, Runtime: python3.13, Code: {{ZipFile: x}}}}"), &[]),
        (format!("{FUNCTION}, Code: {{ZipFile: x}}}}"), &["lacks Runtime"]),
        (format!("{TASK}, Cpu: 256, Memory: '512', NetworkMode: awsvpc}}"), &[]),
        (format!("{TASK}, Cpu: !Ref Text, Memory: !Ref Text, NetworkMode: awsvpc}}"), &[]),
        (format!("{TASK}, Cpu: 256, NetworkMode: awsvpc}}"), &["lacks Memory"]),
        (format!("{TASK}, Cpu: 256, Memory: 512, NetworkMode: host}}"), &["NetworkMode is not allowed"]),
        (format!("{TASK}, Cpu: 256, Memory: 4096, NetworkMode: awsvpc}}"), &["Memory is not allowed"]),
        ("AWS::ECS::TaskDefinition {ContainerDefinitions: [{Name: a, Image: b, Memory: 128}]}".to_owned(), &[]),
        ("AWS::S3::Bucket {AccessControl: LogDeliveryWrite}".to_owned(), &["lacks OwnershipControls"]),
        ("AWS::S3::Bucket {AccessControl: Private}".to_owned(), &[]),
        (
            "AWS::S3::Bucket {AccessControl: LogDeliveryWrite, OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}}"
                .to_owned(),
            &[],
        ),
    ]);
}

#[test]
fn names_and_records() {
    const RECORD: &str = "AWS::Route53::RecordSet {HostedZoneId: !Ref Text, Name: a.example.com, ";
    const DISTRIBUTION: &str = "AWS::CloudFront::Distribution {DistributionConfig: {Enabled: true, \
        Origins: [{Id: a, DomainName: a.example.com, CustomOriginConfig: {OriginProtocolPolicy: https-only}}], \
        DefaultCacheBehavior: {TargetOriginId: a, ViewerProtocolPolicy: allow-all, CachePolicyId: !Ref Text}, Aliases:";
    check_all(&[
        (format!("{RECORD}Type: A, TTL: 60, ResourceRecords: [10.0.0.1]}}"), &[]),
        (
            format!("{RECORD}Type: A, TTL: 60, ResourceRecords: [a.example.com]}}"),
            &["ResourceRecords/0 takes an IPv4 address"],
        ),
        (format!("{RECORD}Type: AAAA, TTL: 60, ResourceRecords: ['2001:db8::1']}}"), &[]),
        (
            format!("{RECORD}Type: AAAA, TTL: 60, ResourceRecords: [10.0.0.1]}}"),
            &["ResourceRecords/0 takes an IPv6 address"],
        ),
        (
            format!("{RECORD}Type: CNAME, TTL: 60, ResourceRecords: [a.example.com, b.example.com]}}"),
            &["ResourceRecords takes at most 1 items"],
        ),
        (format!("{RECORD}Type: TXT, TTL: 60, ResourceRecords: ['\"a b\"']}}"), &[]),
        (format!("{RECORD}Type: TXT, TTL: 60, ResourceRecords: [a b]}}"), &["ResourceRecords/0 does not match"]),
        (format!("{RECORD}Type: !Ref Text, TTL: 60, ResourceRecords: [a b]}}"), &[]),
        (format!("{RECORD}Type: A, AliasTarget: {{DNSName: a.example.com, HostedZoneId: Z1}}}}"), &[]),
        (
            format!("{RECORD}Type: A, TTL: 60, AliasTarget: {{DNSName: a.example.com, HostedZoneId: Z1}}}}"),
            &["TTL is forbidden"],
        ),
        (format!("{DISTRIBUTION} ['*.example.com', !Ref Text]}}}}"), &[]),
        (format!("{DISTRIBUTION} ['a.*.example.com']}}}}"), &["DistributionConfig/Aliases/0 does not match"]),
        (format!("{DISTRIBUTION} [Example.com]}}}}"), &["DistributionConfig/Aliases/0 does not match"]),
    ]);
}

#[test]
fn what_resources_return() {
    check_all(&[
        ("AWS::SQS::Queue {QueueName: !GetAtt Other.QueueName}", &[]),
        ("AWS::SQS::Queue {QueueName: !GetAtt Other.QueueNam}", &["QueueName is no return value: QueueNam"]),
        ("AWS::SQS::Queue {QueueName: !Sub '${Other.Arn}'}", &[]),
        ("AWS::SQS::Queue {QueueName: !GetAtt [Other, !Ref Text]}", &[]),
    ]);
}
