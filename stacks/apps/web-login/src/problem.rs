//! What can go wrong with a sign-in, in words for the user and in words for the log.

use axum::http::StatusCode;
use purlin_auth::{OAuthError, OAuthErrorCode, Step, TokenError};

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Cookies are off, or the sign-in began in another browser.
    #[error("the browser sent no cookie of a sign-in")]
    NoCookie,
    /// The answer was used already, is too old, is forged, or belongs to another browser.
    #[error("no sign-in of this browser has the `state` of the answer")]
    UnknownState,
    /// Cognito failed or refused, or the network failed.
    #[error("{0}")]
    Cognito(#[from] OAuthError),
    /// There is no ID token.
    #[error("the answer has no ID token; allow the scope `openid` for the app client")]
    NoIdToken,
    /// The tokens are invalid.
    #[error("the tokens are not accepted: {0}")]
    Token(#[from] TokenError),
    /// The two tokens belong to different users.
    #[error("access token and ID token belong to different users")]
    DifferentUsers,
    /// The system has no random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The record could not be written.
    #[error("the records cannot be written: {0}")]
    Records(#[from] std::io::Error),
    /// An identity provider that is not offered.
    #[error("no identity provider of this name is offered")]
    UnknownProvider,
    /// Another site sent the form that signs out.
    #[error("a page of another site asked to sign the user out")]
    ForeignSignOut,
}

/// The text of a page for a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The HTTP status.
    pub status: StatusCode,
    /// A code for tests and support.
    pub code: &'static str,
    /// What happened.
    pub title: &'static str,
    /// What to do.
    pub advice: String,
}

impl Problem {
    /// The text of the page. Details that help only attackers or operators are not in it.
    pub fn explain(&self) -> Explanation {
        match self {
            Self::NoCookie => page(
                StatusCode::BAD_REQUEST,
                "no-cookie",
                "Your browser did not remember this sign-in",
                "Allow cookies for this site, and finish the sign-in in the browser in which you began it.",
            ),
            Self::UnknownState | Self::Cognito(OAuthError::State) => page(
                StatusCode::BAD_REQUEST,
                "unknown-state",
                "This sign-in is over",
                "It was used already, took longer than ten minutes, or began in another browser. You were not signed in.",
            ),
            Self::Cognito(error) => explain(error),
            Self::Token(error) if error.is_transient() => unavailable(),
            Self::Token(TokenError::Nonce) => page(
                StatusCode::FORBIDDEN,
                "replayed",
                "This sign-in is over",
                "The answer belongs to another sign-in. You were not signed in.",
            ),
            Self::Token(_) | Self::DifferentUsers => page(
                StatusCode::FORBIDDEN,
                "not-accepted",
                "We could not verify who you are",
                "The answer of the sign-in service is invalid. If it happens again, tell the operator of this site.",
            ),
            Self::UnknownProvider => page(
                StatusCode::NOT_FOUND,
                "provider",
                "There is no such identity provider",
                "Choose one on the first page.",
            ),
            Self::ForeignSignOut => page(
                StatusCode::FORBIDDEN,
                "foreign-sign-out",
                "You are not signed out",
                "Another site asked for it. Sign out on the first page.",
            ),
            Self::NoIdToken | Self::Random(_) | Self::Records(_) => internal(),
        }
    }
}

fn explain(error: &OAuthError) -> Explanation {
    let refused = |code, title, advice: &str| page(StatusCode::BAD_REQUEST, code, title, advice);
    match error {
        OAuthError::Refused { step: Step::Login, code: OAuthErrorCode::AccessDenied, .. } => {
            refused("access-denied", "You were not signed in", "You cancelled, or the identity provider refused.")
        }
        OAuthError::Refused { step: Step::Login, description, .. } => {
            let message = description.as_ref().map(|text| format!(" Its message: “{text}”")).unwrap_or_default();
            refused("refused", "You were not signed in", &format!("The sign-in service refused.{message}"))
        }
        OAuthError::Refused { code: OAuthErrorCode::InvalidGrant, .. } => refused(
            "code-refused",
            "This sign-in is over",
            "Its code was used already, or is too old. You were not signed in.",
        ),
        error if error.is_transient() => unavailable(),
        OAuthError::Callback(_) | OAuthError::Issuer(_) => refused(
            "not-an-answer",
            "This is not the answer of a sign-in",
            "The address has missing, repeated or foreign parameters.",
        ),
        _ => internal(),
    }
}

fn unavailable() -> Explanation {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "The sign-in service does not answer",
        "Try again in a moment.",
    )
}

fn internal() -> Explanation {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "This site has an error",
        "You can do nothing about it. The log of this site has the reason.",
    )
}

fn page(status: StatusCode, code: &'static str, title: &'static str, advice: &str) -> Explanation {
    Explanation { status, code, title, advice: advice.to_owned() }
}
