//! What ECS's words for a task that does not run mean, and what to do. AWS's own are made of the
//! layers of its software, so that the cause stands at their end, if at all.

use super::look::Container;

/// What the words are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The container never ran, so that its log says nothing.
    Start,
    /// The program ran.
    Program,
    /// Neither: the place the task would run at.
    Place,
}

struct Row {
    /// All of these are said, in any case.
    says: &'static [&'static str],
    kind: Kind,
    means: &'static str,
}

const fn start(says: &'static [&'static str], means: &'static str) -> Row {
    Row { says, kind: Kind::Start, means }
}

const fn program(says: &'static [&'static str], means: &'static str) -> Row {
    Row { says, kind: Kind::Program, means }
}

const fn place(says: &'static [&'static str], means: &'static str) -> Row {
    Row { says, kind: Kind::Place, means }
}

const NO_IMAGE: &str = "the registry has no such image or tag: push it, or correct the name in the task definition";
const NO_RIGHT_TO_IMAGE: &str = "the registry refuses: the task's execution role needs to pull from ECR, or the \
                                 credentials of a private registry are missing";
const NO_WAY: &str = "the task has no way to it: in a private subnet it needs a NAT gateway or VPC endpoints, in a \
                      public one a public address, and a security group that lets it out on port 443";
const NO_RIGHT: &str = "the task's execution role may not read it: grant it the secret, parameter or log group, and \
                        the key that encrypts it";
const WRONG_PLATFORM: &str = "the image is built for another processor: build it for the task's `RuntimePlatform`, or \
                              name the image's platform there";
const NO_MEMORY: &str =
    "the program needs more memory than its container or task has: give it more, or let it use less";
const NO_ROOM: &str =
    "no instance of the cluster has room for another task: add instances, or let the task ask for less";

/// Special cases first: the first row that fits is taken. The words are AWS's, from its guide to
/// stopped tasks and service events and from what users report.
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
    start(&["cannotpull", "pull access denied"], NO_RIGHT_TO_IMAGE),
    start(&["cannotpull", "not authorized"], NO_RIGHT_TO_IMAGE),
    start(&["cannotpull", "403"], NO_RIGHT_TO_IMAGE),
    start(&["cannotpull", "401"], NO_RIGHT_TO_IMAGE),
    start(&["cannotpull", "no basic auth credentials"], NO_RIGHT_TO_IMAGE),
    start(&["cannotpull", "not found"], NO_IMAGE),
    start(&["cannotpull", "does not exist"], NO_IMAGE),
    start(&["cannotpull", "timeout"], NO_WAY),
    start(&["cannotpull", "deadline exceeded"], NO_WAY),
    start(&["cannotpull", "request canceled"], NO_WAY),
    start(&["cannotpull", "no such host"], NO_WAY),
    start(&["cannotpull", "network"], NO_WAY),
    start(
        &["cannotpull", "diffids don't match"],
        "ECS takes no image whose layers are compressed in different ways: build it with one compression for all",
    ),
    start(
        &["cannotpull"],
        "the image cannot be pulled: check its name and tag, the execution role's rights and the way to the registry",
    ),
    start(
        &["resourceinitializationerror", "did not contain json key"],
        "the secret has no such key: correct the key in the task definition, or add it to the secret",
    ),
    start(&["resourceinitializationerror", "accessdenied"], NO_RIGHT),
    start(&["resourceinitializationerror", "not authorized"], NO_RIGHT),
    start(&["resourceinitializationerror", "deadline exceeded"], NO_WAY),
    start(&["resourceinitializationerror", "timeout"], NO_WAY),
    start(&["resourceinitializationerror", "connection issue"], NO_WAY),
    start(&["resourceinitializationerror", "request send failed"], NO_WAY),
    start(&["resourceinitializationerror", "send request failed"], NO_WAY),
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
        "the file system cannot be mounted: it needs a mount target in the task's zone and a security group that lets \
         the task in on port 2049",
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
        "what the task needs before it starts is missing: its secrets, log group, volumes or network",
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
        "another task on the instance has the port: leave the host port out, so that one is chosen",
    ),
    start(&["exec format error"], WRONG_PLATFORM),
    start(&["cannotstart"], "the container cannot be started: check its command, entry point, user and working folder"),
    start(&["cannotcreatecontainer"], "the container cannot be made: check its settings in the task definition"),
    start(&["containerruntimetimeout"], "the container took too long to start or stop: deploy again"),
    start(&["dockertimeout"], "the container took too long to start or stop: deploy again"),
    program(
        &["failed container health checks"],
        "the health check in the task definition fails: check that its command is in the image and answers within its \
         timeout, and that the start period is long enough",
    ),
    program(
        &["failed elb health checks"],
        "the load balancer's health check fails: check its path, port and codes, that the program listens on 0.0.0.0, \
         and that the grace period is long enough",
    ),
    place(
        &["unable to assume the role"],
        "ECS may not use the task's role: its trust policy has to name `ecs-tasks.amazonaws.com`",
    ),
    place(
        &["capacity is unavailable"],
        "Fargate has no room of that size right now: wait, add subnets in other zones, or ask for less",
    ),
    place(&["spot"], "AWS took the Spot capacity back: give the service some that is not Spot"),
    place(
        &["no container instances were found"],
        "the cluster has no instances: add some, or run the tasks on Fargate",
    ),
    place(&["insufficient cpu"], NO_ROOM),
    place(&["insufficient memory"], NO_ROOM),
    place(&["resource:"], NO_ROOM),
    place(&["missing an attribute"], "no instance of the cluster is of the kind the task asks for"),
    place(&["already using a port"], "every instance has a task on that port already: leave the host port out"),
    place(&["unable to place a task"], NO_ROOM),
    place(&["host ec2"], "the instance under the task went away"),
    place(
        &["is unhealthy in"],
        "the load balancer's health check fails: check its path, port and codes, and that the program listens on 0.0.0.0",
    ),
];

/// What words mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) kind: Kind,
    pub(crate) means: &'static str,
}

/// What is known of AWS's words.
pub(crate) fn meaning(said: &str) -> Option<Meaning> {
    let said = said.to_ascii_lowercase();
    let row = TABLE.iter().find(|row| row.says.iter().all(|part| said.contains(part)))?;
    Some(Meaning { kind: row.kind, means: row.means })
}

/// What the number means that a program ended with.
pub(crate) fn of_exit(code: i32) -> &'static str {
    match code {
        0 => "the program ended by itself, without an error: a service has to go on until it is told to stop",
        126 => "the command cannot be executed: check its rights and the processor it is built for",
        127 => "the command is not in the image: correct it, or install what it needs",
        134 => "the program aborted itself",
        137 => "the program was killed: it had no memory left, or did not stop in time",
        139 => "the program crashed (segmentation fault)",
        143 => "the program was told to stop",
        _ => "the program ended with an error: its last lines say which",
    }
}

/// Whether a task stopped because it was no longer wanted.
pub(crate) fn is_wanted_stop(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["scaling activity initiated", "rebalanc", "service was deleted", "taskset scaling"]
        .iter()
        .any(|it| said.contains(it))
}

/// The container whose end explains the task's: one of which AWS says why, else one that ended by
/// itself. Its neighbours are stopped with it, on a signal.
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
    fn aws_words_are_understood() {
        // In AWS's wording, as its guide and users quote it.
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
                NO_WAY,
            ),
            (
                "CannotPullContainerError: ref pull has been retried 1 time(s): failed to pull and unpack image \
                 \"111122223333.dkr.ecr.us-east-1.amazonaws.com/app:latest\": unexpected status code 403 Forbidden",
                NO_RIGHT_TO_IMAGE,
            ),
            (
                "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
                WRONG_PLATFORM,
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
                 failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): \
                 AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/exec is not authorized",
                NO_RIGHT,
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
                 failed: unable to retrieve secret from asm: RequestCanceled: request context canceled caused by: \
                 context deadline exceeded. Please check your task network configuration.",
                NO_WAY,
            ),
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry \
                 auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task \
                 network configuration. RequestError: send request failed",
                NO_WAY,
            ),
            ("OutOfMemoryError: Container killed due to memory usage", NO_MEMORY),
            (
                "(service web) was unable to place a task because no container instance met all of its requirements. \
                 The closest matching container-instance 1f has insufficient memory available.",
                NO_ROOM,
            ),
            ("RESOURCE:CPU", NO_ROOM),
        ];
        for (said, expected) in cases {
            assert_eq!(meaning(said).map(|it| it.means), Some(expected), "{said}");
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
                "Fargate has no room",
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
        for (said, expected) in parts {
            let found = meaning(said).unwrap_or_else(|| panic!("nothing known of {said}"));
            assert!(found.means.contains(expected), "{said}: {}", found.means);
        }
        assert_eq!(meaning("Essential container in task exited"), None);
        assert_eq!(meaning("(service web) has reached a steady state."), None);
    }

    #[test]
    fn stops_that_are_wanted_say_nothing() {
        let cases = [
            ("Scaling activity initiated by (deployment ecs-svc/1234567890123456789)", true),
            ("Task stopped for availability zone rebalancing", true),
            ("Essential container in task exited", false),
            ("Task failed to start", false),
        ];
        for (said, expected) in cases {
            assert_eq!(is_wanted_stop(said), expected, "{said}");
        }
    }

    #[test]
    fn the_container_to_blame_is_the_one_that_failed_by_itself() {
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
