//! The tag `Name`, by which the console shows resources without a name of their own: the construct's path, as the CDK's.

use purlin_construct::Scope;

/// The longest value of a tag that AWS takes (<https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html>).
const MAX_VALUE: usize = 256;

/// The path; of a very long one, its end.
pub(crate) fn of(scope: &Scope) -> String {
    let path = scope.path();
    let surplus = path.chars().count().saturating_sub(MAX_VALUE);
    path.chars().skip(surplus).collect()
}
