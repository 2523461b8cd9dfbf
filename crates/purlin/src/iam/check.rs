//! What IAM would refuse, said before deployment.

use purlin_construct::Scope;

use super::{PolicyDocument, PolicyStatement, Principal};

/// What a document is attached to: decides who its statements may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attached {
    /// To a role, user or group: it names resources, and no principals.
    Identity,
    /// To a role, as its trust policy: it names principals, and no resources.
    Trust,
}

/// Reports what is wrong with a statement where it is going to be attached.
pub(super) fn statement(scope: &Scope, statement: &PolicyStatement, attached: Attached) {
    if statement.actions.is_empty() && statement.not_actions.is_empty() {
        scope.error("a policy statement has no action", "name what it is about: `.action(\"s3:GetObject\")`");
    }
    for action in statement.actions.iter().chain(&statement.not_actions) {
        if action != "*" && !action.contains(':') {
            scope.error(
                format!("`{action}` is not an action: an action is `service:Name`, with wildcards, or `*`"),
                "write the service in front of it, for example `s3:GetObject`",
            );
        }
    }
    statement.principals.iter().chain(&statement.not_principals).for_each(|principal| services(scope, principal));
    let (principals, resources) = (
        !statement.principals.is_empty() || !statement.not_principals.is_empty(),
        !statement.resources.is_empty() || !statement.not_resources.is_empty(),
    );
    match attached {
        Attached::Identity if principals => scope.error(
            "a statement of an identity's policy names a principal, which only policies of resources and trust \
             policies may",
            "leave the principal out: it is the role, user or group that the policy is attached to",
        ),
        Attached::Identity if !resources => scope.error(
            "a policy statement names no resource",
            "name what it is about: `.resource(bucket_arn)`, or `.all_resources()`",
        ),
        Attached::Trust if resources => scope.error(
            "a statement of a trust policy names a resource, which is always the role itself",
            "leave the resource out",
        ),
        Attached::Trust if !principals => scope.error(
            "a statement of a trust policy names no principal",
            "say who may assume the role: `.principal(Principal::service(\"ecs-tasks.amazonaws.com\"))`",
        ),
        _ => (),
    }
}

/// Reports services that are not named by their principal, which is a host name.
pub(super) fn services(scope: &Scope, principal: &Principal) {
    for service in principal.odd_services() {
        scope.error(
            format!("`{service}` is not the principal of an AWS service, such as `ecs-tasks.amazonaws.com`"),
            format!("write it whole, perhaps `{service}.amazonaws.com`"),
        );
    }
}

/// Reports what is wrong with the statements of a document.
pub(super) fn document(scope: &Scope, document: &PolicyDocument, attached: Attached) {
    document.statements.iter().for_each(|each| statement(scope, each, attached));
}

/// Reports a literal name that IAM would refuse: letters, digits and `_+=,.@-`.
pub(super) fn name(scope: &Scope, what: &str, name: &str, longest: usize) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.is_empty() || name.len() > longest || !name.chars().all(allowed) {
        scope.error(
            format!("the {what} `{name}` is not one that IAM takes: 1 to {longest} letters, digits or `_+=,.@-`"),
            "choose another name, or leave it out and CloudFormation makes one up",
        );
    }
}

/// Reports a literal path that IAM would refuse.
pub(super) fn path(scope: &Scope, path: &str) {
    let printable = path.chars().all(|c| c.is_ascii_graphic());
    if !(path.starts_with('/') && path.ends_with('/') && printable && path.len() <= 512) {
        scope.error(
            format!("the path `{path}` does not begin and end with `/`, or has characters or a length IAM refuses"),
            "write it like `/service/web/`, or leave it out for `/`",
        );
    }
}

/// Reports a literal description that is too long.
pub(super) fn description(scope: &Scope, description: &str) {
    let length = description.chars().count();
    if length > 1000 {
        scope.error(format!("the description has {length} characters, IAM takes at most 1000"), "shorten it");
    }
}
