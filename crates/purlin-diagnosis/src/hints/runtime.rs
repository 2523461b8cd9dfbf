//! Hints for reasons of compute services: ECS, Lambda, API Gateway.

use super::{Hint, row};

const SERVICE: &str = "AWS::ECS::Service";
const TASK: &str = "AWS::ECS::TaskDefinition";
const FUNCTION: &str = "AWS::Lambda::Function";

pub(super) static CONTAINERS: &[Hint] = &[
    row(
        "AWS::ECS::",
        &["cannotpull|pull image manifest|image manifest|pull access denied"],
        "the tasks cannot pull their image: the tag does not exist, the execution role may not read it, or the subnets \
         have no route to the registry",
        "check the image's name and tag, the execution role's ECR permissions, and the NAT gateway or VPC endpoints of \
         private subnets",
    ),
    row(
        "AWS::ECS::",
        &["resourceinitializationerror"],
        "the tasks cannot reach ECR, Secrets Manager, Parameter Store or CloudWatch Logs while they start",
        "give private subnets a NAT gateway or VPC endpoints, tasks in public subnets a public IP address, and the \
         execution role permission to read the secrets",
    ),
    row(
        "AWS::ECS::",
        &["outofmemory|out of memory|exit code: 137"],
        "the container used more memory than it has, and was killed",
        "raise the memory of the task, or of the container",
    ),
    row(
        "AWS::ECS::",
        &["health check"],
        "the tasks run, but fail the load balancer's health check",
        "check the health check's path and port, the security groups between load balancer and tasks, and the grace \
         period",
    ),
    row(
        "AWS::ECS::",
        &["essential container"],
        "the container's program exited; in a service it must keep running",
        "read the container's last log lines: `purlin logs`",
    ),
    row(
        SERVICE,
        &["circuit breaker"],
        "the tasks did not keep running, so ECS rolled the service back",
        "find out why the tasks stopped, and read the container's log: `purlin logs`",
    ),
    row(
        SERVICE,
        &["deployment", "alarm"],
        "an alarm of the service's deployment went off, so ECS rolled it back",
        "look at the alarm's graph around that time, and read the container's log: `purlin logs`",
    ),
    row(
        SERVICE,
        &["did not stabilize|notstabilized|exceeded attempts to wait|servicesstable"],
        "the service did not reach its desired count of healthy tasks within CloudFormation's limit of hours",
        "find out why the tasks stopped; to fail within minutes, use a deployment circuit breaker or `--ecs-timeout`",
    ),
    row(
        "AWS::ECS::",
        &["service linked role|service-linked role"],
        "the account does not have ECS's service-linked role yet, or it was created moments ago",
        "deploy again; if it fails again, run `aws iam create-service-linked-role --aws-service-name \
         ecs.amazonaws.com` once",
    ),
    row(
        SERVICE,
        &["does not have an associated load balancer"],
        "the service was created before the listener that forwards to its target group",
        "make the service depend on the listener or the rule",
    ),
    row(
        SERVICE,
        &["did not have a container port|container port|does not exist in the task definition"],
        "the service's load balancer setting has a container or port that the task definition lacks",
        "use the container's name and one of its port mappings",
    ),
    row(
        SERVICE,
        &["not idempotent"],
        "the cluster has a service with this name and other settings",
        "delete the other service, or remove the name, so that AWS chooses one",
    ),
    row(
        SERVICE,
        &["draining"],
        "an old service with this name is still stopping its tasks",
        "wait until it is deleted, or remove the name, so that AWS chooses one",
    ),
    row(
        SERVICE,
        &["capacity|no container instances|unable to place"],
        "there is no capacity for the tasks: no instances in the cluster, or none of this kind in these zones",
        "add instances or zones, use another task size, or Fargate in place of Fargate Spot",
    ),
    row(
        TASK,
        &["no fargate configuration"],
        "Fargate offers only certain pairs of CPU and memory",
        "choose an offered pair, such as 256 with 512, 512 with 1024, 1024 with 2048",
    ),
    row(
        TASK,
        &["memory|cpu"],
        "the containers' CPU or memory is missing, or larger than the task's",
        "set CPU and memory so that the sum of the containers fits into those of the task",
    ),
    row(
        TASK,
        &["role is not valid|role"],
        "ECS does not take the task's role or execution role",
        "check that the role exists and trusts `ecs-tasks.amazonaws.com`",
    ),
    row(
        "AWS::ECS::Cluster",
        &["cannot be deleted while|clustercontains|resourceinuse|capacity provider"],
        "services, tasks or instances outside the stack still run in the cluster",
        "stop them, then run this again",
    ),
];

pub(super) static FUNCTIONS: &[Hint] = &[
    row(
        "AWS::Lambda::",
        &["cannot be assumed by lambda"],
        "the function's role does not trust Lambda, or was created moments ago",
        "add a trust policy for `lambda.amazonaws.com` to the role; if it has one, deploy again",
    ),
    row(
        "AWS::Lambda::",
        &["createnetworkinterface"],
        "a function in a VPC needs permissions for its network interfaces",
        "attach the managed policy `AWSLambdaVPCAccessExecutionRole` to its role",
    ),
    row(
        "AWS::Lambda::",
        &["unreservedconcurrentexecution"],
        "part of the account's concurrency must stay unreserved, and a new account has a small quota",
        "reserve less, or request a higher quota in Service Quotas",
    ),
    row(
        FUNCTION,
        &["unzipped size|request must be smaller|requestentitytoolarge|maximum allowed size"],
        "the unpacked code and its layers are larger than Lambda's limit of 250 MB",
        "leave out files that are not needed, or use a container image",
    ),
    row(
        FUNCTION,
        &["source image|image manifest|image media type|does not have permission to access the ecr image"],
        "the image does not exist, Lambda may not read it, or does not take its format or architecture",
        "check tag, region and repository policy, and build for one platform without provenance",
    ),
    row(
        FUNCTION,
        &["runtime", "no longer supported"],
        "Lambda no longer creates functions with this runtime",
        "choose a newer runtime",
    ),
    row(
        FUNCTION,
        &["getobject|nosuchkey|s3 error code"],
        "the code is not at the bucket and key in the template",
        "deploy with `purlin deploy`, which publishes the assets again in the stack's region",
    ),
    row(
        FUNCTION,
        &["replicated function"],
        "CloudFront has replicas of this Lambda@Edge function, and deletes them some hours after the last use",
        "retain the function, or try again in some hours",
    ),
    row(
        FUNCTION,
        &["environment variable|reserved keys"],
        "environment variables have at most 4 KB together, and names such as `AWS_REGION` are reserved",
        "choose other names, or put large values into Parameter Store",
    ),
    row(
        "AWS::Lambda::EventSourceMapping",
        &["does not have permissions to call|execution role"],
        "Lambda reads the event source with the function's role, which has no permission for it (yet)",
        "allow the role to read the queue or stream; if it has the permission, make the mapping depend on the role's \
         policy",
    ),
    row(
        "AWS::Lambda::EventSourceMapping",
        &["visibility timeout"],
        "the queue's visibility timeout is shorter than the function's timeout",
        "set the queue's visibility timeout to six times the function's timeout",
    ),
];

pub(super) static APIS: &[Hint] = &[
    row(
        "AWS::ApiGateway",
        &["role arn must be set"],
        "API Gateway writes logs with one role per account and region, and this one has none",
        "set the role once with `AWS::ApiGateway::Account` and make the stage depend on it, or turn logging off",
    ),
    row(
        "AWS::ApiGateway",
        &["too many requests|toomanyrequests"],
        "API Gateway allows few changes a second, and one deletion of an API in 30 seconds",
        "deploy again in a minute; make large APIs depend on each other",
    ),
    row(
        "AWS::ApiGateway::Deployment",
        &["contain any methods"],
        "the deployment was created before the API's methods",
        "make the deployment depend on the methods",
    ),
    row(
        "AWS::ApiGateway::Deployment",
        &["active stages"],
        "a stage outside the stack still uses this deployment",
        "move the stage to another deployment or delete it, then run this again",
    ),
    row(
        "AWS::ApiGateway",
        &["certificate"],
        "an edge-optimized domain needs an issued certificate for its name in us-east-1, a regional domain in the \
         stack's region",
        "use a certificate of the right region",
    ),
    row(
        "AWS::ApiGateway",
        &["base path already exists|already exists"],
        "another API or account has this domain or path",
        "remove the mapping there, or choose another name",
    ),
];
