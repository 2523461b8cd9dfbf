//! Meaning and remedy of ECS's reasons for tasks that do not run. AWS's reasons repeat the error of each layer, and have
//! the cause at their end, if at all.

use super::look::Container;

/// The subject of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The container never ran, so it has no log.
    Start,
    /// The program ran.
    Program,
    /// The capacity or host for the task.
    Place,
}

struct Row {
    /// The reason contains all of these, in any case.
    patterns: &'static [&'static str],
    kind: Kind,
    means: &'static str,
}

const fn start(patterns: &'static [&'static str], means: &'static str) -> Row {
    Row { patterns, kind: Kind::Start, means }
}

const fn program(patterns: &'static [&'static str], means: &'static str) -> Row {
    Row { patterns, kind: Kind::Program, means }
}

const fn place(patterns: &'static [&'static str], means: &'static str) -> Row {
    Row { patterns, kind: Kind::Place, means }
}

const NO_IMAGE: &str = "the registry has no such image or tag: push it, or correct the name in the task definition";
const NO_IMAGE_PERMISSION: &str = "the registry refuses: the task's execution role needs to pull from ECR, or the \
                                 credentials of a private registry are missing";
const NO_ROUTE: &str = "the task has no route to it: a private subnet needs a NAT gateway or VPC endpoints, a task in a \
                      public subnet a public IP address, and the security group must allow outbound port 443";
const NO_PERMISSION: &str = "the task's execution role may not read it: grant it the secret, parameter or log group, and \
                        the key that encrypts it";
const WRONG_PLATFORM: &str = "the image is built for another processor: build it for the task's `RuntimePlatform`, or \
                              set the image's platform there";
const NO_MEMORY: &str =
    "the program needs more memory than its container or task has: raise the memory, or reduce the program's use";
const NO_CAPACITY: &str =
    "no instance of the cluster has capacity for another task: add instances, or reduce the task's CPU and memory";

/// In order of priority: the first row that fits is used. The patterns are from AWS's guide to stopped tasks and service
/// events, and from users' reports.
const TABLE: &[Row] = &[
    start(&["cannotpull", "descriptor matching platform"], WRONG_PLATFORM),
    start(&["cannotpull", "no matching manifest"], WRONG_PLATFORM),
    start(
        &["cannotpull", "toomanyrequests"],
        "Docker Hub limits how often images are pulled without an account: copy the image to ECR, or use ECR's \
         pull-through cache",
    ),
    start(&["cannotpull", "pull rate limit"], "the registry limits how often images are pulled: copy the image to ECR"),
    start(
        &["cannotpull", "no space left"],
        "the image does not fit on the task's disk: raise the ephemeral storage, or make the image smaller",
    ),
    start(&["cannotpull", "manifest unknown"], NO_IMAGE),
    start(&["cannotpull", "pull access denied"], NO_IMAGE_PERMISSION),
    start(&["cannotpull", "not authorized"], NO_IMAGE_PERMISSION),
    start(&["cannotpull", "403"], NO_IMAGE_PERMISSION),
    start(&["cannotpull", "401"], NO_IMAGE_PERMISSION),
    start(&["cannotpull", "no basic auth credentials"], NO_IMAGE_PERMISSION),
    start(&["cannotpull", "not found"], NO_IMAGE),
    start(&["cannotpull", "does not exist"], NO_IMAGE),
    start(&["cannotpull", "timeout"], NO_ROUTE),
    start(&["cannotpull", "deadline exceeded"], NO_ROUTE),
    start(&["cannotpull", "request canceled"], NO_ROUTE),
    start(&["cannotpull", "no such host"], NO_ROUTE),
    start(&["cannotpull", "network"], NO_ROUTE),
    start(
        &["cannotpull", "diffids don't match"],
        "ECS takes no image with layers of different compressions: build it with one compression",
    ),
    start(
        &["cannotpull"],
        "the image cannot be pulled: check its name and tag, the execution role's permissions and the route to the registry",
    ),
    start(
        &["resourceinitializationerror", "did not contain json key"],
        "the secret has no such key: correct the key in the task definition, or add it to the secret",
    ),
    start(&["resourceinitializationerror", "accessdenied"], NO_PERMISSION),
    start(&["resourceinitializationerror", "not authorized"], NO_PERMISSION),
    start(&["resourceinitializationerror", "deadline exceeded"], NO_ROUTE),
    start(&["resourceinitializationerror", "timeout"], NO_ROUTE),
    start(&["resourceinitializationerror", "connection issue"], NO_ROUTE),
    start(&["resourceinitializationerror", "request send failed"], NO_ROUTE),
    start(&["resourceinitializationerror", "send request failed"], NO_ROUTE),
    start(
        &["resourceinitializationerror", "log group"],
        "the container's log group does not exist: create it in the stack, or grant the execution role \
         `logs:CreateLogGroup` and set `awslogs-create-group`",
    ),
    start(
        &["resourceinitializationerror", "logger args"],
        "the container's log cannot be opened: check its group and region, and that the execution role may write there",
    ),
    start(
        &["resourceinitializationerror", "logging driver"],
        "the container's log cannot be opened: check its group and region, and that the execution role may write there",
    ),
    start(
        &["resourceinitializationerror", "efs"],
        "the file system cannot be mounted: add a mount target in the task's zone, and allow port 2049 from the task in \
         its security group",
    ),
    start(
        &["resourceinitializationerror", "resourcenotfound"],
        "the secret does not exist in this region: create it, or correct its ARN in the task definition",
    ),
    start(
        &["resourceinitializationerror", "invalid ssm parameters"],
        "the parameter does not exist in this region: create it, or correct its name in the task definition",
    ),
    start(
        &["resourceinitializationerror"],
        "the task cannot start without its secrets, log group, volumes or network: check them",
    ),
    program(&["outofmemory"], NO_MEMORY),
    program(&["out of memory"], NO_MEMORY),
    start(
        &["cannotstart", "executable file not found"],
        "the image has no such program: correct the command or entry point",
    ),
    start(
        &["cannotcreatecontainer", "executable file not found"],
        "the image has no such program: correct the command or entry point",
    ),
    start(
        &["cannotstart", "port is already allocated"],
        "another task on the instance uses the port: remove the host port, so that ECS chooses one",
    ),
    start(&["exec format error"], WRONG_PLATFORM),
    start(&["cannotstart"], "the container cannot be started: check its command, entry point, user and working folder"),
    start(&["cannotcreatecontainer"], "the container cannot be created: check its settings in the task definition"),
    start(&["containerruntimetimeout"], "the container took too long to start or stop: deploy again"),
    start(&["dockertimeout"], "the container took too long to start or stop: deploy again"),
    program(
        &["failed container health checks"],
        "the health check in the task definition fails: check that its command is in the image and ends within its \
         timeout, and that the start period is long enough",
    ),
    program(
        &["failed elb health checks"],
        "the load balancer's health check fails: check its path, port and codes, that the program listens on 0.0.0.0, \
         and that the grace period is long enough",
    ),
    place(
        &["unable to assume the role"],
        "ECS cannot assume the task's role: add `ecs-tasks.amazonaws.com` to its trust policy",
    ),
    place(
        &["capacity is unavailable"],
        "Fargate has no capacity for this size now: wait, add subnets in other zones, or use a smaller size",
    ),
    place(&["spot"], "AWS reclaimed the Spot capacity: add capacity that is not Spot to the service"),
    place(
        &["no container instances were found"],
        "the cluster has no instances: add some, or run the tasks on Fargate",
    ),
    place(&["insufficient cpu"], NO_CAPACITY),
    place(&["insufficient memory"], NO_CAPACITY),
    place(&["resource:"], NO_CAPACITY),
    place(
        &["missing an attribute"],
        "no instance of the cluster has the attributes that the task requires: add one, or change the requirement",
    ),
    place(
        &["already using a port"],
        "every instance already has a task on this port: remove the host port, so that ECS chooses one",
    ),
    place(&["unable to place a task"], NO_CAPACITY),
    place(&["host ec2"], "the instance of the task was stopped or terminated"),
    place(
        &["is unhealthy in"],
        "the load balancer's health check fails: check its path, port and codes, and that the program listens on 0.0.0.0",
    ),
];

/// The meaning of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) kind: Kind,
    pub(crate) means: &'static str,
}

/// Looks up the meaning of a reason.
pub(crate) fn meaning(reason: &str) -> Option<Meaning> {
    let reason = reason.to_ascii_lowercase();
    let row = TABLE.iter().find(|row| row.patterns.iter().all(|part| reason.contains(part)))?;
    Some(Meaning { kind: row.kind, means: row.means })
}

/// The meaning of a program's exit code.
pub(crate) fn of_exit(code: i32) -> &'static str {
    match code {
        0 => "the program exited without an error: in a service it must keep running",
        126 => "the command cannot be executed: check its file permissions and processor architecture",
        127 => "the command is not in the image: correct it, or install it",
        134 => "the program aborted (SIGABRT)",
        137 => "the program was killed: it had no memory left, or did not stop in time",
        139 => "the program crashed (segmentation fault)",
        143 => "the program was stopped (SIGTERM)",
        _ => "the program exited with an error: see its last log lines",
    }
}

/// Whether a task was stopped on purpose, such as by scaling.
pub(crate) fn is_wanted_stop(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["scaling activity initiated", "rebalanc", "service was deleted", "taskset scaling"]
        .iter()
        .any(|it| reason.contains(it))
}

/// The container that caused the task's stop: one with a reason of AWS, else one that exited without a signal. ECS stops
/// the other containers with a signal.
pub(super) fn culprit(containers: &[Container]) -> Option<&Container> {
    let ended = |is_so: fn(i32) -> bool| containers.iter().find(|it| it.exit_code.is_some_and(is_so));
    let explained = containers.iter().find(|it| it.reason.is_some());
    explained
        .or_else(|| ended(|code| !matches!(code, 0 | 137 | 143)))
        .or_else(|| ended(|code| code == 0))
        .or_else(|| ended(|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_aws_have_a_meaning() {
        // From AWS's guide and users' reports.
        let cases = [
            (
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref \
                 docker.io/library/web:v9: docker.io/library/web:v9: not found",
                NO_IMAGE,
            ),
            (
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref \
                 \"111122223333.dkr.ecr.us-east-1.amazonaws.com/api:v42\": failed to do request: Head \"https://..\": \
                 dial tcp 10.0.3.17:443: i/o timeout",
                NO_ROUTE,
            ),
            (
                "CannotPullContainerError: ref pull has been retried 1 time(s): failed to pull and unpack image \
                 \"111122223333.dkr.ecr.us-east-1.amazonaws.com/app:latest\": unexpected status code 403 Forbidden",
                NO_IMAGE_PERMISSION,
            ),
            (
                "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
                WRONG_PLATFORM,
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
                 failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): \
                 AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/exec is not authorized",
                NO_PERMISSION,
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
                 failed: unable to retrieve secret from asm: RequestCanceled: request context canceled caused by: \
                 context deadline exceeded. Please check your task network configuration.",
                NO_ROUTE,
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry \
                 auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task \
                 network configuration. RequestError: send request failed",
                NO_ROUTE,
            ),
            ("OutOfMemoryError: Container killed due to memory usage", NO_MEMORY),
            (
                "(service web) was unable to place a task because no container instance met all of its requirements. \
                 The closest matching container-instance 1f has insufficient memory available.",
                NO_CAPACITY,
            ),
            ("RESOURCE:CPU", NO_CAPACITY),
        ];
        for (reason, expected) in cases {
            assert_eq!(meaning(reason).map(|it| it.means), Some(expected), "{reason}");
        }
        let parts = [
            ("CannotPullContainerError: toomanyrequests: You have reached your pull rate limit", "Docker Hub"),
            ("CannotPullContainerError: write /var/lib: no space left on device", "ephemeral storage"),
            (
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: \
                 failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not \
                 exist.",
                "log group does not exist",
            ),
            ("ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes", "2049"),
            (
                "ResourceInitializationError: unable to pull secrets: ResourceNotFoundException: Secrets Manager can't \
                 find the specified secret.",
                "the secret does not exist",
            ),
            ("Task failed ELB health checks in (target-group arn:aws:..)", "0.0.0.0"),
            ("Task failed container health checks", "health check in the task definition"),
            (
                "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try \
                 again later or in a different availability zone.",
                "Fargate has no capacity",
            ),
            (
                "(service web) failed to launch a task with (error ECS was unable to assume the role \
                 'arn:aws:iam::1:role/x' that was provided for this task.)",
                "trust policy",
            ),
            ("Your Spot Task was interrupted.", "Spot"),
            (
                "CannotStartContainerError: Error response from daemon: OCI runtime create failed: exec: \"serve\": \
                 executable file not found in $PATH",
                "no such program",
            ),
        ];
        for (reason, expected) in parts {
            let found = meaning(reason).unwrap_or_else(|| panic!("no meaning of {reason}"));
            assert!(found.means.contains(expected), "{reason}: {}", found.means);
        }
        assert_eq!(meaning("Essential container in task exited"), None);
        assert_eq!(meaning("(service web) has reached a steady state."), None);
    }

    #[test]
    fn tasks_stopped_on_purpose_are_recognized() {
        let cases = [
            ("Scaling activity initiated by (deployment ecs-svc/1234567890123456789)", true),
            ("Task stopped for availability zone rebalancing", true),
            ("Essential container in task exited", false),
            ("Task failed to start", false),
        ];
        for (reason, expected) in cases {
            assert_eq!(is_wanted_stop(reason), expected, "{reason}");
        }
    }

    #[test]
    fn the_culprit_is_the_container_that_failed_first() {
        let container = |name: &str, exit_code: Option<i32>, reason: Option<&str>| Container {
            name: name.into(),
            exit_code,
            reason: reason.map(str::to_owned),
        };
        let cases = [
            (vec![container("proxy", Some(137), None), container("app", Some(1), None)], "app"),
            (vec![container("app", Some(1), None), container("init", None, Some("CannotPull"))], "init"),
            (vec![container("side", Some(143), None), container("app", Some(0), None)], "app"),
            (vec![container("app", Some(137), None)], "app"),
        ];
        for (containers, expected) in cases {
            assert_eq!(culprit(&containers).map(|it| it.name.as_str()), Some(expected), "{containers:?}");
        }
        assert_eq!(culprit(&[container("app", None, None)]), None);
    }
}
