//! Names the construct that a user declared, by the raw resource inside it.

use purlin_construct::{HasScope, Scope};

/// The construct of a resource with the id `Resource`; the resource itself for any other.
pub(crate) fn owner(scope: &Scope) -> Scope {
    owner_by(scope, &["Resource"])
}

/// The same for resources of constructs whose main resource has another id, as in the CDK.
pub(crate) fn owner_by(scope: &Scope, ids: &[&str]) -> Scope {
    let parent = scope.parent().filter(|_| ids.contains(&scope.id().as_str()));
    parent.filter(|parent| parent.stack().scope() != parent).unwrap_or_else(|| scope.clone())
}
