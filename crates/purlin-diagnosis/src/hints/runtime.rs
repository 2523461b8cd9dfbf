//! Reasons of what runs programs: ECS, Lambda, API Gateway.

use super::{Known, row};

const SERVICE: &str = "AWS::ECS::Service";
const TASK: &str = "AWS::ECS::TaskDefinition";
const FUNCTION: &str = "AWS::Lambda::Function";

pub(super) static CONTAINERS: &[Known] = &[
    row(
        "AWS::ECS::",
        &["cannotpull|pull image manifest|image manifest|pull access denied"],
        "the tasks cannot fetch their image: there is no such tag, the execution role may not read it, or the subnets \
         have no way to the registry",
        "check the image's name and tag, the execution role's ECR permissions, and a NAT gateway or VPC endpoints for \
         private subnets",
    ),
    row(
        "AWS::ECS::",
        &["resourceinitializationerror"],
        "the tasks cannot reach what they need before they start: ECR, Secrets Manager, Parameter Store or the logs",
        "give private subnets a NAT gateway or VPC endpoints, public ones a public address, and the execution role the \
         right to read the secrets",
    ),
    row(
        "AWS::ECS::",
        &["outofmemory|out of memory|exit code: 137"],
        "the program needed more memory than its task has, and was killed",
        "raise the memory of the task, or of the container",
    ),
    row(
        "AWS::ECS::",
        &["health check"],
        "the tasks run, but do not answer where the health check asks",
        "check the health check's path and port, the security groups between balancer and tasks, and the grace period",
    ),
    row(
        "AWS::ECS::",
        &["essential container"],
        "the program ended by itself, and a service is meant to go on",
        "read the container's last log lines: `purlin logs`",
    ),
    row(
        SERVICE,
        &["circuit breaker"],
        "the tasks did not stay up, so ECS gave up and went back to what ran before",
        "look at why the tasks stopped and at the container's log: `purlin logs`",
    ),
    row(
        SERVICE,
        &["deployment", "alarm"],
        "an alarm that watches the deployment went off, so ECS took it back",
        "look at the alarm's graph around that time, and at the container's log",
    ),
    row(
        SERVICE,
        &["did not stabilize|notstabilized|exceeded attempts to wait|servicesstable"],
        "the service never had as many healthy tasks as it wants, and CloudFormation waited for hours",
        "look at why the tasks stopped; a deployment circuit breaker fails within minutes, and so does `--ecs-timeout`",
    ),
    row(
        "AWS::ECS::",
        &["service linked role|service-linked role"],
        "ECS needs a role of its own that the account does not have yet, or that was made a moment ago",
        "deploy again; if it stays, run `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com` once",
    ),
    row(
        SERVICE,
        &["does not have an associated load balancer"],
        "the service was made before the listener that sends anything to its target group",
        "let the service depend on the listener or the rule",
    ),
    row(
        SERVICE,
        &["did not have a container port|container port|does not exist in the task definition"],
        "the balancer sends to a container or port that the task definition does not have",
        "use the container's name and one of its port mappings",
    ),
    row(
        SERVICE,
        &["not idempotent"],
        "a service of that name exists in the cluster, with other settings",
        "leave the name to AWS, or delete the other service",
    ),
    row(
        SERVICE,
        &["draining"],
        "an old service of the same name is still stopping its tasks",
        "wait until it is gone, or leave the name to AWS",
    ),
    row(
        SERVICE,
        &["capacity|no container instances|unable to place"],
        "there is no room for the tasks: no instances in the cluster, or none of that kind in these zones",
        "add instances or zones, use another size, or Fargate on demand in place of Spot",
    ),
    row(
        TASK,
        &["no fargate configuration"],
        "Fargate offers certain pairs of CPU and memory alone",
        "choose a pair it offers, such as 256 with 512, 512 with 1024, 1024 with 2048",
    ),
    row(
        TASK,
        &["memory|cpu"],
        "the containers ask for more than the task has, or for none at all",
        "let the containers' CPU and memory fit into those of the task",
    ),
    row(
        TASK,
        &["role is not valid|role"],
        "ECS does not take the task's role or execution role",
        "check that it exists and trusts `ecs-tasks.amazonaws.com`",
    ),
    row(
        "AWS::ECS::Cluster",
        &["cannot be deleted while|clustercontains|resourceinuse|capacity provider"],
        "something outside the stack still runs in the cluster",
        "stop its services, tasks and instances, then run this again",
    ),
];

pub(super) static FUNCTIONS: &[Known] = &[
    row(
        "AWS::Lambda::",
        &["cannot be assumed by lambda"],
        "the function's role does not trust Lambda, or was made a moment ago",
        "let the role trust `lambda.amazonaws.com`; if it does, deploy again",
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
        "the account keeps some concurrency for all functions together, and a new account has little",
        "reserve less, or ask for more in Service Quotas",
    ),
    row(
        FUNCTION,
        &["unzipped size|request must be smaller|requestentitytoolarge|maximum allowed size"],
        "the unpacked code and its layers are larger than the 250 MB that Lambda takes",
        "leave out what is not needed, or use an image",
    ),
    row(
        FUNCTION,
        &["source image|image manifest|image media type|does not have permission to access the ecr image"],
        "Lambda does not find the image, may not read it, or does not take its format or architecture",
        "check tag, region and repository policy, and build for one platform without provenance",
    ),
    row(
        FUNCTION,
        &["runtime", "no longer supported"],
        "AWS makes no new functions with this runtime",
        "choose a newer one",
    ),
    row(
        FUNCTION,
        &["getobject|nosuchkey|s3 error code"],
        "the code is not in the bucket where the template says",
        "publish the assets again, in the region of the stack: a deployment with this tool does both",
    ),
    row(
        FUNCTION,
        &["replicated function"],
        "CloudFront has copies of a Lambda@Edge function, and removes them some hours after the last use",
        "retain the function, or try again in some hours",
    ),
    row(
        FUNCTION,
        &["environment variable|reserved keys"],
        "variables have 4 KB together, and some names, such as `AWS_REGION`, are Lambda's own",
        "choose other names, or keep large values in Parameter Store",
    ),
    row(
        "AWS::Lambda::EventSourceMapping",
        &["does not have permissions to call|execution role"],
        "Lambda reads the source with the function's role, which may not (yet)",
        "allow the role to read the queue or stream; if it may, let the mapping depend on the role's policy",
    ),
    row(
        "AWS::Lambda::EventSourceMapping",
        &["visibility timeout"],
        "messages would come back while the function is still at work on them",
        "give the queue a visibility timeout of six times the function's timeout",
    ),
];

pub(super) static APIS: &[Known] = &[
    row(
        "AWS::ApiGateway",
        &["role arn must be set"],
        "API Gateway logs with one role per account and region, and this one has none",
        "set it once with `AWS::ApiGateway::Account`, and let the stage depend on that, or turn logging off",
    ),
    row(
        "AWS::ApiGateway",
        &["too many requests|toomanyrequests"],
        "API Gateway takes few changes a second, and only one deletion of an API in half a minute",
        "deploy again in a minute; let large APIs depend on each other",
    ),
    row(
        "AWS::ApiGateway::Deployment",
        &["contain any methods"],
        "the deployment was made before the API's methods",
        "let the deployment depend on the methods",
    ),
    row(
        "AWS::ApiGateway::Deployment",
        &["active stages"],
        "a stage outside the stack still points to this deployment",
        "move or delete the stage, then run this again",
    ),
    row(
        "AWS::ApiGateway",
        &["certificate"],
        "an edge-optimised domain needs its certificate in us-east-1, a regional one in the stack's region; issued, and \
         for that name",
        "use a certificate of the right region",
    ),
    row(
        "AWS::ApiGateway",
        &["base path already exists|already exists"],
        "another API or account has this domain or path",
        "remove the mapping there, or choose another name",
    ),
];
