//! Recipes of parts of an API, with their API.

use super::RestApi;

/// A recipe together with its API.
pub(super) struct OfApi<P> {
    pub recipe: P,
    pub api: RestApi,
}
