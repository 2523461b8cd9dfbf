//! Why a request of the API fails, as JSON with a message for users.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The caller is not signed in.
    #[error("sign in first")]
    SignedOut,
    /// Cerbos denies it.
    #[error("you may not {action} this contact")]
    Denied {
        /// The action.
        action: &'static str,
    },
    /// Cerbos does not answer: then nothing is allowed.
    #[error("your permissions cannot be checked now. Try again in a moment")]
    Undecided,
    /// The access token cannot be verified.
    #[error("your sign-in cannot be verified now. Try again in a moment")]
    Unverified,
    /// There is no such contact.
    #[error("there is no such contact")]
    Missing,
    /// The memory for contacts is full.
    #[error("there is no room for more contacts: delete some first")]
    Full,
    /// The request is invalid.
    #[error("{0}")]
    Invalid(String),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::Undecided | Self::Unverified => StatusCode::SERVICE_UNAVAILABLE,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Full => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
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
