//! Why a request of the API is not done, in words for people, as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody is signed in.
    #[error("sign in first")]
    Stranger,
    /// Cerbos says no.
    #[error("you may not {action} this contact")]
    Denied {
        /// What was to be done.
        action: &'static str,
    },
    /// Nobody can say whether it is allowed: then it is not.
    #[error("nothing can be done now: who may do what cannot be found out. Try again in a moment")]
    Undecided,
    /// Who is asking cannot be found out.
    #[error("nothing can be done now: it cannot be found out who you are. Try again in a moment")]
    Unverified,
    /// There is no such contact.
    #[error("there is no such contact")]
    Missing,
    /// There are as many contacts as there is room for.
    #[error("there is no room for more contacts: delete some first")]
    Full,
    /// The request says something that makes no sense.
    #[error("{0}")]
    Nonsense(String),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::Stranger => StatusCode::UNAUTHORIZED,
            Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::Undecided | Self::Unverified => StatusCode::SERVICE_UNAVAILABLE,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Full => StatusCode::CONFLICT,
            Self::Nonsense(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = ([(CACHE_CONTROL, "no-store")], Json(json!({ "error": self.to_string() })));
        match status {
            StatusCode::SERVICE_UNAVAILABLE => (status, [(RETRY_AFTER, "5")], body).into_response(),
            StatusCode::UNAUTHORIZED => (status, [(WWW_AUTHENTICATE, "Bearer")], body).into_response(),
            _ => (status, body).into_response(),
        }
    }
}
