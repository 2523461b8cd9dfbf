//! Checks that several constructs share: names, ports, and times within AWS's limits.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use purlin_construct::{Scope, Value};

/// The time in whole seconds; a problem where it has fractions or AWS does not allow it.
pub(super) fn seconds(scope: &Scope, what: &str, time: Duration, allowed: RangeInclusive<u64>) -> i64 {
    if time.subsec_nanos() != 0 || !allowed.contains(&time.as_secs()) {
        scope.error(
            format!("{what} is `{time:?}`, but AWS takes {} to {} whole seconds", allowed.start(), allowed.end()),
            format!("give it a `Duration::from_secs(n)` with n from {} to {}", allowed.start(), allowed.end()),
        );
    }
    crate::time::seconds(time)
}

/// The name of a balancer or a target group, where it is known before deployment
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>).
pub(super) fn name(scope: &Scope, what: &str, name: &Value<String>) {
    let Some(name) = name.as_str() else { return };
    let fault = if name.is_empty() || name.len() > 32 {
        "it has 1 to 32 characters"
    } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        "it has letters, digits and dashes only"
    } else if name.starts_with('-') || name.ends_with('-') {
        "it neither starts nor ends with a dash"
    } else if name.starts_with("internal-") {
        "it does not start with `internal-`"
    } else {
        return;
    };
    scope.error(
        format!("the name `{name}` is not allowed for {what}: {fault}"),
        "give another name, or none: AWS then generates one, and a replacement cannot fail because the name is taken",
    );
}

/// A count within AWS's limits.
pub(super) fn count<N: PartialOrd + Display>(scope: &Scope, what: &str, given: N, allowed: RangeInclusive<N>) {
    if !allowed.contains(&given) {
        scope.error(
            format!("{what} is `{given}`, but AWS takes {} to {}", allowed.start(), allowed.end()),
            "give a number within the limits",
        );
    }
}

/// The path of a URL, where it is known before deployment.
pub(super) fn path(scope: &Scope, what: &str, path: &Value<String>) {
    if let Some(path) = path.as_str().filter(|path| !path.starts_with('/')) {
        scope.error(format!("{what} is `{path}`, but AWS takes paths that start with `/`"), format!("write `/{path}`"));
    }
}

/// A text that AWS limits in length, where it is known before deployment.
pub(super) fn length(scope: &Scope, what: &str, text: &Value<String>, longest: usize) {
    if let Some(text) = text.as_str().filter(|text| text.chars().count() > longest) {
        let given = text.chars().count();
        scope.error(
            format!("{what} has {given} characters, but AWS takes {longest} at most"),
            format!("shorten it: `{text}`"),
        );
    }
}
