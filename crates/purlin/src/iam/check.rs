//! Checks of policies against the rules of IAM.

use purlin_construct::{Scope, Value};

use super::{PolicyDocument, PolicyStatement, Principal};

/// What a document is attached to. It decides whether statements have principals or resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attached {
    /// A role, user or group: statements have resources and no principals.
    Identity,
    /// A role, as its trust policy: statements have principals and no resources.
    Trust,
}

/// Reports mistakes in a statement for where it is attached.
pub(super) fn statement(scope: &Scope, statement: &PolicyStatement, attached: Attached) {
    if statement.actions.is_empty() && statement.not_actions.is_empty() {
        scope.error("a policy statement has no action", "add one: `.action(\"s3:GetObject\")`");
    }
    for action in statement.actions.iter().chain(&statement.not_actions) {
        if action != "*" && !action.contains(':') {
            scope.error(
                format!("`{action}` is not an action: an action is `service:Name`, with wildcards, or `*`"),
                "put the service before it, for example `s3:GetObject`",
            );
        }
    }
    statement.principals.iter().chain(&statement.not_principals).for_each(|principal| services(scope, principal));
    if statement.principals.windows(2).any(|two| two[0].conditions() != two[1].conditions()) {
        scope.error(
            "the principals of a statement have different conditions, but AWS takes one set of conditions for all of them",
            "add a statement for each principal",
        );
    }
    let (principals, resources) = (
        !statement.principals.is_empty() || !statement.not_principals.is_empty(),
        !statement.resources.is_empty() || !statement.not_resources.is_empty(),
    );
    match attached {
        Attached::Identity if principals => scope.error(
            "a statement of an identity's policy names a principal, but AWS takes principals only in policies of \
             resources and in trust policies",
            "remove the principal: it is the role, user or group that the policy is attached to",
        ),
        Attached::Identity if !resources => scope
            .error("a policy statement names no resource", "add one: `.resource(bucket_arn)`, or `.all_resources()`"),
        Attached::Trust if resources => scope.error(
            "a statement of a trust policy names a resource, which is always the role itself",
            "remove the resource",
        ),
        Attached::Trust if !principals => scope.error(
            "a statement of a trust policy names no principal",
            "add who may assume the role: `.principal(Principal::service(\"ecs-tasks.amazonaws.com\"))`",
        ),
        _ => (),
    }
}

/// Reports principals of services that are not host names.
pub(super) fn services(scope: &Scope, principal: &Principal) {
    for service in principal.odd_services() {
        scope.error(
            format!("`{service}` is not the principal of an AWS service, such as `ecs-tasks.amazonaws.com`"),
            format!("write the full name, for example `{service}.amazonaws.com`"),
        );
    }
}

/// Reports mistakes in the statements of a document.
pub(super) fn document(scope: &Scope, document: &PolicyDocument, attached: Attached) {
    document.statements.iter().for_each(|each| statement(scope, each, attached));
}

/// The characters of names in IAM besides letters and digits.
pub(super) const NAME: &str = "_+=,.@-";

/// Reports a literal path of the wrong form.
pub(super) fn path(scope: &Scope, path: Option<&Value<String>>) {
    let Some(path) = path.and_then(Value::as_str) else { return };
    if !(path.starts_with('/') && path.ends_with('/') && path.chars().all(|c| c.is_ascii_graphic())) {
        scope.error(
            format!("the path is `{path}`, but AWS takes paths that begin and end with `/`, of printable ASCII"),
            "write it like `/service/web/`, or leave it out for `/`",
        );
    }
}
