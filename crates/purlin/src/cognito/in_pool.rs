//! Recipes of parts of a pool, with their pool.

use super::UserPool;

/// A recipe together with its pool, so that it can be added to any scope:
/// `stack.add("Web", UserPoolClient::props().in_pool(&users))`.
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct InPool<P> {
    pub(super) recipe: P,
    pub(super) pool: UserPool,
}
