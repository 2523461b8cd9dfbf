//! Reasons from AWS services, and words of the hint for each.

/// Resource type, reason, and words of the hint.
pub(super) const OF_SERVICES: &[(&str, &str, &str)] = &[
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
    ("AWS::ECS::Service", "Creation of service was not idempotent.", "delete the other service"),
    ("AWS::ECS::Service", "Unable to Start a service that is still Draining.", "wait until it is deleted"),
    ("AWS::ECS::Service", "Capacity is unavailable at this time. Please try again later", "another task size"),
    ("AWS::ECS::TaskDefinition", "No Fargate configuration exists for given values.", "256 with 512"),
    (
        "AWS::ECS::TaskDefinition",
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
        "fits into those of the task",
    ),
    ("AWS::ECS::TaskDefinition", "Role is not valid", "ecs-tasks.amazonaws.com"),
    ("AWS::ECS::Cluster", "The Cluster cannot be deleted while Services are active.", "stop them"),
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
        "client's settings",
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
        "so that AWS chooses one",
    ),
    // Certificates and CloudFront
    ("AWS::CertificateManager::Certificate", "Certificate request failed: CAA_ERROR", "amazon.com"),
    ("AWS::CertificateManager::Certificate", "ADDITIONAL_VERIFICATION_REQUIRED", "AWS Support"),
    ("AWS::CertificateManager::Certificate", "DOMAIN_NOT_ALLOWED", "a domain of your own"),
    ("AWS::CertificateManager::Certificate", "The first domain name is too long", "shorter name first"),
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
        "existing endpoint",
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
    ("AWS::Lambda::Function", "Unzipped size must be smaller than 262144000 bytes", "leave out files"),
    (
        "AWS::Lambda::Function",
        "Source image 1.dkr.ecr.x/app:1 does not exist. Provide a valid source image.",
        "platform",
    ),
    (
        "AWS::Lambda::Function",
        "The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions.",
        "newer runtime",
    ),
    (
        "AWS::Lambda::Function",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
        "purlin deploy",
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
    ("AWS::ApiGateway::Deployment", "Active stages pointing to this deployment must be moved or deleted", "delete it"),
    ("AWS::ApiGateway::DomainName", "The provided certificate does not exist.", "right region"),
    ("AWS::ApiGateway::BasePathMapping", "Base path already exists for this domain name", "remove the mapping"),
    // Storage
    ("AWS::S3::Bucket", "The bucket you tried to delete is not empty", "with all their versions"),
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
    ("AWS::S3::Bucket", "pics already exists", "so that AWS chooses one"),
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
    ("AWS::RDS::DBInstance", "The parameter MasterUserPassword is not a valid password.", "ManageMasterUserPassword"),
    ("AWS::RDS::DBInstance", "Cannot find version 11.5 for postgres", "describe-db-engine-versions"),
    (
        "AWS::RDS::DBSubnetGroup",
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement.",
        "another availability zone",
    ),
];
