//! Every row of the table, by a reason AWS gives: documented, or reported by users of other tools.

use std::collections::BTreeSet;

use super::{TABLES, for_refusal, of_failure};
use crate::{Diagnosis, Failure};

/// Resource type, reason, and words of the hint.
const SEEN: &[(&str, &str, &str)] = &[
    // Cognito
    ("AWS::Cognito::UserPoolDomain", "User pool already has a domain configured.", "deploy once without the domain"),
    ("AWS::Cognito::UserPoolDomain", "Domain already associated with another user pool.", "another prefix"),
    ("AWS::Cognito::UserPoolDomain", "Domain cannot contain reserved word: aws", "another prefix"),
    (
        "AWS::Cognito::UserPoolDomain",
        "Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record exists \
         for the root domain.",
        "add an A record",
    ),
    (
        "AWS::Cognito::UserPoolDomain",
        "User pool should have a custom domain associated, failed to update the certificate.",
        "then with it",
    ),
    (
        "AWS::Cognito::UserPoolDomain",
        "One or more aliases specified for the distribution includes an incorrectly configured DNS record",
        "the other distribution",
    ),
    ("AWS::Cognito::UserPoolDomain", "Invalid certificate ARN", "us-east-1"),
    (
        "AWS::Cognito::UserPoolDomain",
        "Resource handler returned message: \"Invalid request provided: AWS::Cognito::UserPoolDomain\"",
        "another prefix",
    ),
    ("AWS::Cognito::UserPoolClient", "Invalid scope requested: api/read", "resource server"),
    (
        "AWS::Cognito::UserPoolClient",
        "The provider Okta does not exist for User Pool eu-west-1_Ab1.",
        "depend on the identity provider",
    ),
    ("AWS::Cognito::UserPoolClient", "http://app.example.com is not a valid callback URL", "correct the URL"),
    (
        "AWS::Cognito::UserPool",
        "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated \
         first.",
        "turn the protection off",
    ),
    (
        "AWS::Cognito::UserPool",
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        "delete the domain",
    ),
    (
        "AWS::Cognito::UserPool",
        "Invalid AttributeDataType input, please use one of the following: [DateTime, String, Number, Boolean]",
        "put the old attributes back",
    ),
    (
        "AWS::Cognito::UserPool",
        "Existing schema attributes cannot be modified or deleted.",
        "put the old attributes back",
    ),
    ("AWS::Cognito::UserPool", "Updates are not allowed for property - UsernameAttributes.", "put the old value back"),
    (
        "AWS::Cognito::UserPool",
        "Role does not have a trust relationship allowing Cognito to assume the role",
        "cognito-idp.amazonaws.com",
    ),
    ("AWS::Cognito::UserPool", "Email address is not verified.", "verify the address"),
    ("AWS::Cognito::UserPoolIdentityProvider", "Unable to contact well-known endpoint", "issuer's URL"),
    ("AWS::Cognito::IdentityPool", "Invalid Cognito Identity Provider", "cognito-idp.REGION"),
    // ECS
    (
        "AWS::ECS::Service",
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found",
        "image's name and tag",
    ),
    (
        "AWS::ECS::Service",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed",
        "NAT gateway",
    ),
    ("AWS::ECS::Service", "OutOfMemoryError: Container killed due to memory usage", "raise the memory"),
    ("AWS::ECS::Service", "Task failed ELB health checks in (target-group x)", "path and port"),
    ("AWS::ECS::Service", "Essential container in task exited", "purlin logs"),
    (
        "AWS::ECS::Service",
        "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.",
        "why the tasks stopped",
    ),
    ("AWS::ECS::Service", "ECS deployment failed: deployment alarm detected", "alarm's graph"),
    ("AWS::ECS::Service", "Service arn:aws:ecs:eu-west-1:1:service/web did not stabilize.", "--ecs-timeout"),
    (
        "AWS::ECS::Service",
        "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
        "create-service-linked-role",
    ),
    (
        "AWS::ECS::Service",
        "The target group with targetGroupArn arn:x does not have an associated load balancer.",
        "depend on the listener",
    ),
    ("AWS::ECS::Service", "The container web did not have a container port 80 defined.", "port mappings"),
    ("AWS::ECS::Service", "Creation of service was not idempotent.", "leave the name to AWS"),
    ("AWS::ECS::Service", "Unable to Start a service that is still Draining.", "wait until it is gone"),
    ("AWS::ECS::Service", "Capacity is unavailable at this time. Please try again later", "Fargate on demand"),
    ("AWS::ECS::TaskDefinition", "No Fargate configuration exists for given values.", "256 with 512"),
    (
        "AWS::ECS::TaskDefinition",
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
        "fit into those of the task",
    ),
    ("AWS::ECS::TaskDefinition", "Role is not valid", "ecs-tasks.amazonaws.com"),
    ("AWS::ECS::Cluster", "The Cluster cannot be deleted while Services are active.", "stop its services"),
    // Balancers
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "The following target groups cannot be associated with more than one load balancer: arn:x",
        "a new target group",
    ),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", "Priority '26' is currently in use", "choose a free one"),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", "One or more priorities not found", "a new one"),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "The Cognito user pool client must have a client secret",
        "depends on the domain",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        "A listener already exists on this port for this load balancer 'arn:x'",
        "another port",
    ),
    ("AWS::ElasticLoadBalancingV2::Listener", "Certificate ARN 'arn:x' is not valid", "issued"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "At least two subnets in two different Availability Zones must be specified",
        "two availability zones",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        "one subnet per",
    ),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "VPC vpc-1 has no internet gateway", "gateway's attachment"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Access Denied for bucket: logs. Please check S3bucket permission",
        "bucket's policy",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Load balancer 'arn:x' cannot be deleted because deletion protection is enabled",
        "deletion_protection.enabled",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Target group 'arn:x' is currently in use by a listener or a rule",
        "remove that rule",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "A target group with the same name 'web' exists, but with different settings",
        "leave the name to AWS",
    ),
    // Certificates and CloudFront
    ("AWS::CertificateManager::Certificate", "Certificate request failed: CAA_ERROR", "amazon.com"),
    ("AWS::CertificateManager::Certificate", "ADDITIONAL_VERIFICATION_REQUIRED", "AWS Support"),
    ("AWS::CertificateManager::Certificate", "DOMAIN_NOT_ALLOWED", "a domain of your own"),
    ("AWS::CertificateManager::Certificate", "The first domain name is too long", "shorter one first"),
    ("AWS::CertificateManager::Certificate", "Certificate arn:x in account 1 is in use.", "replace it there"),
    (
        "AWS::CertificateManager::Certificate",
        "Error: you have reached your limit of 20 certificates in the last year.",
        "Service Quotas",
    ),
    ("AWS::CertificateManager::Certificate", "Certificate validation timed out", "name servers"),
    (
        "AWS::CloudFront::Distribution",
        "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid",
        "stack in us-east-1",
    ),
    (
        "AWS::CloudFront::Distribution",
        "One or more of the CNAMEs you provided are already associated with a different resource.",
        "remove the alias",
    ),
    ("AWS::CloudFront::OriginAccessControl", "The origin access control is still in use", "some minutes"),
    // DNS
    (
        "AWS::Route53::RecordSet",
        "[RRSet with DNS name app.example.com. is not permitted in zone example.org.]",
        "inside the zone",
    ),
    (
        "AWS::Route53::RecordSet",
        "RRSet of type CNAME with DNS name a.example.com. is not permitted as it conflicts with other records with the same \
         DNS name in zone example.com.",
        "alias record",
    ),
    (
        "AWS::Route53::RecordSet",
        "Tried to create an alias that targets x., type A in zone Z, but the alias target name does not lie within the target \
         zone",
        "CanonicalHostedZoneID",
    ),
    (
        "AWS::Route53::RecordSet",
        "Tried to delete resource record set [name='a.', type='A'] but it was not found",
        "put it back",
    ),
    (
        "AWS::Route53::RecordSet",
        "[Tried to create resource record set [name='app.example.com.', type='A'] but it already exists]",
        "delete it there",
    ),
    ("AWS::Route53::RecordSet", "No hosted zone found with ID: Z123", "zone's id"),
    (
        "AWS::Route53::HostedZone",
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        "Route 53 console",
    ),
    // Networks
    ("AWS::EC2::SecurityGroup", "resource sg-1 has a dependent object", "describe-network-interfaces"),
    (
        "AWS::EC2::SecurityGroupIngress",
        "The maximum number of rules per security group has been reached.",
        "wider ranges",
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW\" already exists",
        "remove the other one",
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        "You have specified two resources that belong to different networks.",
        "same VPC",
    ),
    ("AWS::EC2::EIP", "The maximum number of addresses has been reached.", "release unused"),
    ("AWS::EC2::VPC", "The maximum number of VPCs has been reached.", "share one"),
    ("AWS::EC2::InternetGateway", "The maximum number of internet gateways has been reached.", "delete unused"),
    ("AWS::EC2::NatGateway", "Performing this operation would exceed the limit of 5 NAT gateways", "use fewer"),
    (
        "AWS::EC2::VPCGatewayAttachment",
        "Network vpc-1 has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
        "release it",
    ),
    ("AWS::EC2::Subnet", "The CIDR '10.0.0.0/24' conflicts with another subnet", "a free range"),
    ("AWS::EC2::Subnet", "The CIDR '10.1.0.0/24' is invalid.", "inside the VPC"),
    (
        "AWS::EC2::VPCEndpoint",
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for ecr in the VPC vpc-1",
        "endpoint there is",
    ),
    (
        "AWS::EC2::Subnet",
        "The subnet 'subnet-1' has dependencies and cannot be deleted.",
        "describe-network-interfaces",
    ),
    (
        "AWS::EC2::Instance",
        "We currently do not have sufficient capacity in the Availability Zone you requested",
        "another size",
    ),
    // Lambda
    ("AWS::Lambda::Function", "The role defined for the function cannot be assumed by Lambda.", "lambda.amazonaws.com"),
    (
        "AWS::Lambda::Function",
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        "AWSLambdaVPCAccessExecutionRole",
    ),
    (
        "AWS::Lambda::Function",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its \
         minimum value of [100].",
        "reserve less",
    ),
    ("AWS::Lambda::Function", "Unzipped size must be smaller than 262144000 bytes", "an image"),
    (
        "AWS::Lambda::Function",
        "Source image 1.dkr.ecr.x/app:1 does not exist. Provide a valid source image.",
        "platform",
    ),
    (
        "AWS::Lambda::Function",
        "The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions.",
        "newer one",
    ),
    (
        "AWS::Lambda::Function",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
        "publish the assets",
    ),
    ("AWS::Lambda::Function", "Lambda was unable to delete arn:x because it is a replicated function.", "some hours"),
    (
        "AWS::Lambda::Function",
        "Lambda was unable to configure your environment variables because the environment variables you have provided \
         contains reserved keys",
        "Parameter Store",
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "The provided execution role does not have permissions to call ReceiveMessage on SQS",
        "depend on the role's policy",
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
        "six times",
    ),
    // API Gateway
    (
        "AWS::ApiGateway::Stage",
        "CloudWatch Logs role ARN must be set in account settings to enable logging",
        "AWS::ApiGateway::Account",
    ),
    ("AWS::ApiGateway::RestApi", "Too Many Requests", "in a minute"),
    ("AWS::ApiGateway::Deployment", "The REST API doesn't contain any methods", "depend on the methods"),
    (
        "AWS::ApiGateway::Deployment",
        "Active stages pointing to this deployment must be moved or deleted",
        "move or delete",
    ),
    ("AWS::ApiGateway::DomainName", "The provided certificate does not exist.", "right region"),
    ("AWS::ApiGateway::BasePathMapping", "Base path already exists for this domain name", "remove the mapping"),
    // What keeps data
    ("AWS::S3::Bucket", "The bucket you tried to delete is not empty", "empty the bucket"),
    (
        "AWS::S3::Bucket",
        "A conflicting conditional operation is currently in progress against this resource.",
        "some minutes",
    ),
    (
        "AWS::S3::BucketPolicy",
        "Access Denied: public policies are prevented by the BlockPublicPolicy setting",
        "narrow the policy",
    ),
    ("AWS::S3::Bucket", "Unable to validate the following destination configurations", "depend on that permission"),
    ("AWS::S3::Bucket", "pics already exists", "leave the name to AWS"),
    ("AWS::S3::Bucket", "Bucket name should not contain uppercase characters", "choose another name"),
    (
        "AWS::ECR::Repository",
        "The repository with name 'web' in registry with id '1' cannot be deleted because it still contains images",
        "EmptyOnDelete",
    ),
    (
        "AWS::SecretsManager::Secret",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
        "force-delete-without-recovery",
    ),
    (
        "AWS::SecretsManager::ResourcePolicy",
        "This resource policy contains an unsupported principal.",
        "narrow the policy",
    ),
    ("AWS::SQS::Queue", "KMS key arn:x is pending deletion.", "cancel its deletion"),
    (
        "AWS::KMS::Key",
        "The new key policy will not allow you to update the key policy in the future.",
        "kms:PutKeyPolicy",
    ),
    ("AWS::SNS::Topic", "Access to KMS is not allowed", "key's policy"),
    ("AWS::Logs::LogGroup", "/aws/lambda/web already exists", "delete the log group"),
    ("AWS::Logs::ResourcePolicy", "Resource limit exceeded.", "describe-resource-policies"),
    (
        "AWS::SQS::Queue",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        "in a minute",
    ),
    (
        "AWS::DynamoDB::Table",
        "Cannot perform more than one GSI creation or deletion in a single update",
        "one after the other",
    ),
    (
        "AWS::DynamoDB::Table",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        "turn the protection off",
    ),
    (
        "AWS::RDS::DBInstance",
        "Cannot delete protected DB Instance, please disable deletion protection",
        "protection off",
    ),
    ("AWS::RDS::DBInstance", "The parameter MasterUserPassword is not a valid password.", "Secrets Manager"),
    ("AWS::RDS::DBInstance", "Cannot find version 11.5 for postgres", "describe-db-engine-versions"),
    (
        "AWS::RDS::DBSubnetGroup",
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement.",
        "another availability zone",
    ),
    // Custom resources
    (
        "Custom::Copy",
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [1].",
        "purlin logs",
    ),
    ("Custom::Copy", "Custom Resource failed to stabilize in expected time", "ServiceTimeout"),
    ("Custom::Copy", "Modifying service token is not allowed.", "another logical id"),
    ("Custom::Copy", "Response object is too long.", "correct the function's answer"),
    (
        "Custom::Copy",
        "Received response status [FAILED] from custom resource. Message returned: no such file",
        "its log",
    ),
    // IAM
    (
        "AWS::Lambda::Function",
        "User: arn:aws:iam::1:user/u is not authorized to perform: iam:PassRole on resource: arn:x",
        "allow `iam:PassRole`",
    ),
    (
        "AWS::SQS::Queue",
        "User: x is not authorized to perform: sqs:CreateQueue with an explicit deny in a service control policy",
        "organisation's policies",
    ),
    ("AWS::IAM::Role", "Cannot exceed quota for PoliciesPerRole: 10", "fewer policies"),
    ("AWS::IAM::Policy", "Maximum policy size of 10240 bytes exceeded for role web", "managed policies"),
    ("AWS::S3::BucketPolicy", "Invalid principal in policy", "principal's ARN"),
    ("AWS::IAM::Policy", "Syntax errors in policy. (Error Code: MalformedPolicyDocument)", "check its statements"),
    ("AWS::IAM::Role", "Cannot delete entity, must detach all policies first.", "detach it"),
    (
        "AWS::IAM::ServiceLinkedRole",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
        "leave it out",
    ),
    ("AWS::SQS::Queue", "The security token included in the request is expired", "--role-arn"),
    ("AWS::IAM::Role", "The security token included in the request is invalid", "sign in with a role"),
    (
        "AWS::SQS::Queue",
        "API: sqs:CreateQueue User: arn:x is not authorized to perform: sqs:CreateQueue on resource: arn:y",
        "ask for it",
    ),
    // CloudFormation
    ("AWS::S3::Bucket", "The following hook(s) failed: [Corp::Buckets::Encrypted]", "looks after the hook"),
    ("AWS::CloudFormation::Stack", "Export with name Web:Vpc is already exported by stack Old.", "rename the export"),
    (
        "AWS::CloudFormation::Stack",
        "Export Web:Vpc cannot be updated as it is in use by Api",
        "deploy that stack without the import",
    ),
    ("AWS::EC2::Subnet", "No export named Web:Vpc found. Rollback requested by user.", "deploy it first"),
    (
        "AWS::SQS::Queue",
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename jobs and update the \
         stack again.",
        "change the name",
    ),
    (
        "AWS::RDS::DBInstance",
        "Action denied by stack policy: Statement [#1] does not allow [Update:*]",
        "--stack-policy",
    ),
    (
        "AWS::CloudFormation::Stack",
        "Alarm 'arn:aws:cloudwatch:eu-west-1:1:alarm:errors' went into ALARM state",
        "alarm's graph",
    ),
    ("AWS::CloudFormation::Stack", "Stack creation time exceeded the specified timeout", "more time"),
    (
        "AWS::CloudFormation::WaitCondition",
        "WaitCondition timed out. Received 0 conditions when expecting 1",
        "cfn-init.log",
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "Failed to receive 1 resource signal(s) within the specified duration",
        "cfn-init.log",
    ),
    ("AWS::CloudFormation::Stack", "User Initiated", "CancelUpdateStack"),
    (
        "AWS::CloudFormation::Stack",
        "Role arn:aws:iam::1:role/deploy is invalid or cannot be assumed",
        "cloudformation.amazonaws.com",
    ),
    ("AWS::ECS::TaskDefinition", "Could not resolve the dynamic reference {{resolve:ssm:/web/port}}", "make it first"),
    (
        "AWS::CloudFormation::Stack",
        "TemplateURL must reference a valid S3 object to which you have access.",
        "publish the assets",
    ),
    ("AWS::CloudFormation::Stack", "Circular dependency between resources: [A, B]", "refer to the other by name"),
    ("AWS::Foo::Bar", "Resource type AWS::Foo::Bar is not supported in this region", "registry"),
    (
        "AWS::SQS::Queue",
        "Properties validation failed for resource Jobs with message: #: extraneous key [Nam] is not permitted",
        "purlin schema",
    ),
    (
        "AWS::EFS::FileSystem",
        "Update to resource type AWS::EFS::FileSystem is not supported.",
        "put the old value back",
    ),
    ("AWS::SQS::Queue", "denied (HandlerErrorCode: UnauthorizedTaggingOperation)", "TagResource"),
    ("AWS::SQS::Queue", "jobs already exists in stack arn:aws:cloudformation:eu-west-1:1:stack/Old/1", "rename one"),
    ("AWS::CloudFormation::Stack", "Embedded stack arn:x was not successfully created", "purlin events"),
    (
        "AWS::SQS::Queue",
        "Resource of type 'AWS::SQS::Queue' with identifier 'jobs' already exists.",
        "delete or import",
    ),
    ("AWS::Foo::Bar", "The maximum number of bars has been reached.", "Service Quotas"),
    ("AWS::Foo::Bar", "You exceeded your quota of bars", "Service Quotas"),
    ("AWS::Foo::Bar", "Rate exceeded", "in a minute"),
    // Codes of handlers
    ("AWS::Foo::Bar", "no (HandlerErrorCode: AccessDenied)", "ask for it"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: ServiceLimitExceeded)", "Service Quotas"),
    ("AWS::Foo::Bar", "Exceeded attempts to wait (HandlerErrorCode: NotStabilized)", "service's console"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: ResourceConflict)", "depend on each other"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: NotFound)", "correct the name"),
    ("AWS::Foo::Bar", "Internal Failure", "health.aws.amazon.com"),
    ("AWS::Foo::Bar", "bar-1 is in use", "what uses it"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: InvalidRequest)", "purlin schema"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: GeneralServiceException)", "documentation"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: NotUpdatable)", "put the old value back"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: Throttling)", "in a minute"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: InternalFailure)", "deploy again"),
    ("AWS::Foo::Bar", "no (HandlerErrorCode: AlreadyExists)", "delete or import"),
];

#[test]
fn every_reason_that_was_seen_has_its_hint() {
    let wrong: Vec<String> = SEEN
        .iter()
        .filter_map(|(kind, reason, words)| match of_failure(kind, reason) {
            Some(known) if known.advice.contains(words) => None,
            Some(known) => Some(format!("{kind}: {reason}\n  {} ({:?})", known.advice, known.says)),
            None => Some(format!("{kind}: {reason}\n  nothing is known")),
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SEEN.len(), wrong.join("\n"));
}

#[test]
fn every_row_is_reached_by_a_reason_that_was_seen() {
    let found: Vec<_> = SEEN.iter().filter_map(|(kind, reason, _)| of_failure(kind, reason)).collect();
    let rows: Vec<_> = TABLES.iter().copied().flatten().collect();
    let missed: Vec<_> = rows.iter().filter(|row| !found.iter().any(|known| std::ptr::eq(**row, *known))).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(rows.len() >= 60, "{} rows", rows.len());
}

#[test]
fn rows_are_written_to_be_found_and_to_be_read() {
    for row in TABLES.iter().copied().flatten() {
        for words in row.says {
            assert_eq!(*words, words.to_ascii_lowercase(), "reasons are compared in lower case");
        }
        for text in [row.means, row.advice] {
            assert!(!text.ends_with('.') && !text.is_empty() && !text.contains("  "), "{text}");
        }
    }
    let keys: BTreeSet<_> = TABLES.iter().copied().flatten().map(|row| (row.kind, row.says)).collect();
    assert_eq!(keys.len(), TABLES.iter().map(|table| table.len()).sum::<usize>(), "no row stands twice");
}

#[test]
fn what_is_odd_stays_without_a_hint() {
    assert_eq!(of_failure("AWS::SQS::Queue", "odd"), None);
}

#[test]
fn refusals_have_hints_too() {
    for (message, words) in [
        ("Requires capabilities : [CAPABILITY_AUTO_EXPAND]", "macro"),
        ("Parameters: [Size] must have values", "--parameters"),
        (
            "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early \
             Validation errors, use the DescribeEvents API for detailed failure information.",
            "outside the stack",
        ),
    ] {
        assert!(for_refusal(message).expect(message).contains(words), "{message}");
    }
}

#[test]
fn why_tasks_stopped_says_more_than_that_they_did() {
    let breaker = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.";
    let image = "3 tasks stopped: CannotPullContainerError: pull image manifest has been retried 1 time(s)";
    for (reason, facts, words) in [
        (breaker, vec![], "why the tasks stopped"),
        (breaker, vec!["`web:7`: 0 of 2 tasks run", image], "image's name and tag"),
        (breaker, vec!["  the last lines of `web`:", "    CannotPullContainerError"], "why the tasks stopped"),
        ("The container web did not have a container port 80 defined.", vec![image], "port mappings"),
    ] {
        let resource_type = "AWS::ECS::Service".to_owned();
        let service = Failure { logical_id: "S".into(), resource_type, reason: reason.into(), ..Failure::default() };
        let mut found = Diagnosis { cause: Some(service), ..Diagnosis::default() };
        found.add_facts("S", facts.iter().map(|fact| (*fact).to_owned()));
        assert!(found.cause.expect("it").hint.expect("a hint").contains(words), "{reason} {facts:?}");
    }
}
