//! What can go wrong with a sign-in, in words for whoever tried, and in words for the log.

use axum::http::StatusCode;
use purlin_auth::{OAuthError, OAuthErrorCode, Step, TokenError};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Cookies are off, or this is another browser than the one that began.
    #[error("the browser brought no cookie of a sign-in")]
    NoCookie,
    /// The answer was used, is too old, was forged, or belongs to another browser.
    #[error("no sign-in of this browser has the `state` that it came back with")]
    NotOurs,
    /// Cognito, or the network on the way to it.
    #[error("{0}")]
    Cognito(#[from] OAuthError),
    /// There is no ID token.
    #[error("the answer has no ID token; the app client has to be allowed the scope `openid`")]
    NoIdToken,
    /// The tokens are not to be believed.
    #[error("the tokens are not believed: {0}")]
    Token(#[from] TokenError),
    /// The two tokens are of two users.
    #[error("the access token is of another user than the ID token")]
    TwoUsers,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The record could not be kept.
    #[error("the records cannot be written: {0}")]
    Records(#[from] std::io::Error),
    /// A provider that has no button.
    #[error("no identity provider of this name is offered")]
    Provider,
}

/// What a page says of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The answer's status.
    pub status: StatusCode,
    /// A word for it, which tests and support go by.
    pub word: &'static str,
    /// What happened.
    pub title: &'static str,
    /// What to do.
    pub advice: String,
}

impl Problem {
    /// What the page says: nothing that only an attacker or an operator could use.
    pub fn explain(&self) -> Explanation {
        match self {
            Self::NoCookie => said(
                StatusCode::BAD_REQUEST,
                "no-cookie",
                "Your browser did not remember this sign-in",
                "Allow cookies for this site, and finish in the browser that you began in.",
            ),
            Self::NotOurs | Self::Cognito(OAuthError::State) => said(
                StatusCode::BAD_REQUEST,
                "not-ours",
                "This sign-in is over",
                "It was used already, took longer than ten minutes, or was not begun here. Nobody was signed in by it.",
            ),
            Self::Cognito(error) => explain(error),
            Self::Token(error) if error.is_ours() => unavailable(),
            Self::Token(TokenError::Nonce) => said(
                StatusCode::FORBIDDEN,
                "replayed",
                "This sign-in is over",
                "The answer belongs to another sign-in. Nobody was signed in by it.",
            ),
            Self::Token(_) | Self::TwoUsers => said(
                StatusCode::FORBIDDEN,
                "not-believed",
                "We could not verify who you are",
                "The answer of the sign-in service does not hold. If it happens again, tell whoever runs this site.",
            ),
            Self::Provider => said(
                StatusCode::NOT_FOUND,
                "provider",
                "There is no such way to sign in",
                "Choose one of those on the first page.",
            ),
            Self::NoIdToken | Self::Random(_) | Self::Records(_) => ours(),
        }
    }
}

fn explain(error: &OAuthError) -> Explanation {
    let refused = |word, title, advice: &str| said(StatusCode::BAD_REQUEST, word, title, advice);
    match error {
        OAuthError::Refused { step: Step::Login, code: OAuthErrorCode::AccessDenied, .. } => refused(
            "access-denied",
            "You were not signed in",
            "You cancelled, or whoever you chose did not let you in.",
        ),
        OAuthError::Refused { step: Step::Login, description, .. } => {
            let said_so = description.as_ref().map(|text| format!(" It said: “{text}”")).unwrap_or_default();
            refused("refused", "You were not signed in", &format!("The sign-in service refused.{said_so}"))
        }
        OAuthError::Refused { code: OAuthErrorCode::InvalidGrant, .. } => refused(
            "code-refused",
            "This sign-in is over",
            "Its code was used already, or is too old. Nobody was signed in by it.",
        ),
        error if error.is_transient() => unavailable(),
        OAuthError::Callback(_) => refused(
            "not-an-answer",
            "This is not the answer of a sign-in",
            "The address you came with has too little or too much in it.",
        ),
        _ => ours(),
    }
}

fn unavailable() -> Explanation {
    said(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "The sign-in service does not answer",
        "Try again in a moment.",
    )
}

fn ours() -> Explanation {
    said(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ours",
        "Something is wrong here",
        "It is not your fault. The log of this site has the reason.",
    )
}

fn said(status: StatusCode, word: &'static str, title: &'static str, advice: &str) -> Explanation {
    Explanation { status, word, title, advice: advice.to_owned() }
}
