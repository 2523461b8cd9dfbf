//! The tag `Name`, which the console shows for resources without a name: the construct's path, as in the CDK.

use purlin_construct::Scope;

/// The longest value of a tag (<https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html>).
const MAX_VALUE: usize = 256;

/// The path; of a very long one, its end.
pub(crate) fn of(scope: &Scope) -> String {
    let path = scope.path();
    let surplus = path.chars().count().saturating_sub(MAX_VALUE);
    path.chars().skip(surplus).collect()
}
