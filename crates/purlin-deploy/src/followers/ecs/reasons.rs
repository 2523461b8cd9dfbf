//! Why a task stopped: its exit code, whether the stop was wanted, and which container caused it.

use super::look::Container;

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
