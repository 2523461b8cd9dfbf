//! Recipes of what belongs to an API, with the API they belong to.

use super::RestApi;

/// A recipe together with its API.
pub(super) struct OfApi<P> {
    pub recipe: P,
    pub api: RestApi,
}
