//! Checks of names and paths that several constructs of load balancing share.

use purlin_construct::{Scope, Value};

use crate::check::Checks;

/// The name of a balancer or a target group
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>).
pub(super) fn name(scope: &Scope, what: &str, name: Option<&Value<String>>) {
    const HINT: &str =
        "give another name, or none: AWS then generates one, and a replacement cannot fail because the name is taken";
    scope.check(what).hint(HINT).name(&name, 1..=32, "-");
    let is_refused = |name: &&str| name.starts_with('-') || name.ends_with('-') || name.starts_with("internal-");
    if let Some(name) = name.and_then(Value::as_str).filter(is_refused) {
        scope.error(
            format!("{what} is `{name}`, but AWS takes names without `-` at the start or the end, and without `internal-` at the start"),
            HINT,
        );
    }
}

/// The path of a URL.
pub(super) fn path(scope: &Scope, what: &str, path: Option<&Value<String>>) {
    if let Some(path) = path.and_then(Value::as_str).filter(|path| !path.starts_with('/')) {
        scope.error(format!("{what} is `{path}`, but AWS takes paths that start with `/`"), format!("write `/{path}`"));
    }
}
