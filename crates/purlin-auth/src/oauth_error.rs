//! Why there are no tokens, and what each refusal usually means: Cognito answers with little more than a code.

use std::fmt;
use std::time::Duration;

use crate::http::HttpError;

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// The pool's domain does not answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The pool's domain refuses the request.
    #[error("{}", refused(*.step, .code, .description.as_deref()))]
    Refused {
        /// The request.
        step: Step,
        /// The error code.
        code: OAuthErrorCode,
        /// The endpoint's description.
        description: Option<String>,
    },
    /// Too many requests: the quota is the account's, not the app client's.
    #[error("the pool's domain has too many requests; try again {}", later(*.0))]
    Throttled(Option<Duration>),
    /// The answer has no usable tokens.
    #[error("the token endpoint's answer is not understood: {0}")]
    Unexpected(&'static str),
    /// The browser returned with an address that is not the answer to a login.
    #[error("the login's answer is not understood: {0}; start the login again")]
    Callback(&'static str),
    /// The browser returned from another login.
    #[error(
        "the login's `state` is not the one that was sent: the login began elsewhere, or is forged; start the login again"
    )]
    State,
    /// The browser returned from another issuer than the login's: the answer may be for another service.
    #[error("the login's `iss` is `{0}`, which is not this pool; start the login again")]
    Issuer(String),
    /// The state of the login that the app kept is not whole. The value is the part that is empty.
    #[error("the login that was kept has no `{0}`: it was lost, or not restored whole; start the login again")]
    Pending(&'static str),
    /// The app client's id cannot be sent with a secret.
    #[error("the app client's id `{0}` has a `:` in it, which cannot be sent with a secret; copy the id from the pool")]
    ClientId(String),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    Randomness,
}

impl OAuthError {
    /// Whether a later attempt may succeed. If not, a setting must change, or the user must sign in again.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Http(error) => error.is_transient(),
            Self::Refused { code, .. } => {
                matches!(code, OAuthErrorCode::ServerError | OAuthErrorCode::TemporarilyUnavailable)
            }
            _ => false,
        }
    }

    /// The refusal, if it is one.
    pub fn code(&self) -> Option<&OAuthErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// The request that was refused: the same code has several meanings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The browser's login at the login page.
    Login,
    /// Tokens for an authorization code.
    AuthorizationCode,
    /// Tokens for a machine.
    ClientCredentials,
    /// Tokens for a refresh token.
    Refresh,
    /// The revocation of a refresh token.
    Revoke,
}

/// The error code of a refusal: RFC 6749, sections 4.1.2.1 and 5.2, and RFC 7009.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthErrorCode {
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_client`
    InvalidClient,
    /// `invalid_grant`
    InvalidGrant,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `unsupported_grant_type`
    UnsupportedGrantType,
    /// `unsupported_token_type`
    UnsupportedTokenType,
    /// `invalid_scope`
    InvalidScope,
    /// `access_denied`
    AccessDenied,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// Any other.
    Other(String),
}

/// Codes and their texts.
const CODES: [(OAuthErrorCode, &str); 10] = [
    (OAuthErrorCode::InvalidRequest, "invalid_request"),
    (OAuthErrorCode::InvalidClient, "invalid_client"),
    (OAuthErrorCode::InvalidGrant, "invalid_grant"),
    (OAuthErrorCode::UnauthorizedClient, "unauthorized_client"),
    (OAuthErrorCode::UnsupportedGrantType, "unsupported_grant_type"),
    (OAuthErrorCode::UnsupportedTokenType, "unsupported_token_type"),
    (OAuthErrorCode::InvalidScope, "invalid_scope"),
    (OAuthErrorCode::AccessDenied, "access_denied"),
    (OAuthErrorCode::ServerError, "server_error"),
    (OAuthErrorCode::TemporarilyUnavailable, "temporarily_unavailable"),
];

impl OAuthErrorCode {
    pub(crate) fn parse(word: &str) -> Self {
        let known = CODES.into_iter().find(|(_, known)| *known == word);
        known.map_or_else(|| Self::Other(crate::error::shown(word)), |(code, _)| code)
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(word) => word,
            code => CODES.iter().find(|(known, _)| known == code).map_or("", |(_, word)| word),
        }
    }

    /// What the code usually means at Cognito, and what to do. For a log, not for the user.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    pub fn usually(&self, step: Step) -> &'static str {
        match (self, step) {
            (Self::InvalidClient, _) => {
                "the client id or its secret is wrong, the app client has a secret and none was sent, or it belongs to \
                 another pool than the domain"
            }
            (Self::InvalidGrant, Step::AuthorizationCode) => {
                "the code was used already, is older than 5 minutes, or was issued to another app client, redirect \
                 address or code verifier; start the login again"
            }
            (Self::InvalidGrant, Step::Refresh) => {
                "the refresh token expired, was revoked or replaced by a newer one, or belongs to another app client; \
                 the user must sign in again"
            }
            (Self::InvalidGrant, _) => "the app client does not allow this flow, or the user or pool changed meanwhile",
            (Self::UnauthorizedClient, Step::Revoke) => "the app client does not have token revocation enabled",
            (Self::UnauthorizedClient, _) => {
                "the app client does not allow this flow; allow `code` or `client_credentials` in its OAuth flows"
            }
            (Self::InvalidScope, _) => {
                "no resource server of the pool defines the scope, or the app client does not allow it"
            }
            (Self::UnsupportedTokenType, _) => "only refresh tokens can be revoked",
            (Self::UnsupportedGrantType, _) => "the address is not that of a user pool's token endpoint",
            (Self::InvalidRequest, Step::Login) => {
                "a scope or redirect address that the app client does not have, or a failure of the identity provider or a \
                 Lambda trigger, which the description explains"
            }
            (Self::InvalidRequest, _) => "a parameter is missing, or the redirect address is not the one of the login",
            (Self::AccessDenied, _) => "the user cancelled, or the identity provider refused",
            (Self::ServerError | Self::TemporarilyUnavailable, _) => {
                "Cognito or the identity provider failed; try again"
            }
            (Self::Other(_), _) => "the address may not be that of a user pool's domain",
        }
    }
}

impl fmt::Display for OAuthErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

fn refused(step: Step, code: &OAuthErrorCode, description: Option<&str>) -> String {
    let what = match step {
        Step::Login => "the login",
        Step::AuthorizationCode => "the authorization code",
        Step::ClientCredentials => "a token for the app client",
        Step::Refresh => "the refresh token",
        Step::Revoke => "to revoke the token",
    };
    let description = description.map(|text| format!(" ({text})")).unwrap_or_default();
    format!("the pool's domain refused {what} with `{code}`{description}; usually: {}", code.usually(step))
}

fn later(after: Option<Duration>) -> String {
    after.map_or_else(|| "later".to_owned(), |after| format!("in {} s", after.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::{CODES, OAuthError, OAuthErrorCode, Step};

    #[test]
    fn codes_have_one_text_each() {
        for (code, word) in CODES {
            assert_eq!((OAuthErrorCode::parse(word), code.as_str()), (code.clone(), word));
        }
        assert_eq!(OAuthErrorCode::parse("teapot").as_str(), "teapot");
    }

    #[test]
    fn a_refusal_has_its_usual_cause() {
        let error = OAuthError::Refused { step: Step::Refresh, code: OAuthErrorCode::InvalidGrant, description: None };
        assert_eq!(
            error.to_string(),
            "the pool's domain refused the refresh token with `invalid_grant`; usually: the refresh token expired, was \
             revoked or replaced by a newer one, or belongs to another app client; the user must sign in again"
        );
        assert!(!error.is_transient());
        assert!(OAuthError::Throttled(None).is_transient());
    }
}
