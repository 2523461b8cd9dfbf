//! The caller of a request: by the session's cookie in a browser, by an access token elsewhere. Groups are roles.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use purlin_auth::{AccessClaims, AuthRejection, CognitoVerifier, IdClaims};

use crate::failure::Failure;
use crate::sessions::Sessions;

/// The cookie of a session.
pub const SESSION: &str = "session";

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user's id in the pool, which never changes.
    pub id: String,
    /// The user's name for display.
    pub name: String,
    /// The user's groups, `cognito:groups`.
    pub roles: Vec<String>,
}

impl Caller {
    /// The user of an ID token.
    pub fn of_id(claims: &IdClaims) -> Self {
        let name = claims.email().or(claims.username()).unwrap_or(claims.subject());
        Self { id: claims.subject().to_owned(), name: name.to_owned(), roles: claims.groups().to_vec() }
    }

    /// The user of an access token.
    pub fn of_access(claims: &AccessClaims) -> Self {
        let name = claims.username().unwrap_or(claims.subject());
        Self { id: claims.subject().to_owned(), name: name.to_owned(), roles: claims.groups().to_vec() }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    CognitoVerifier: FromRef<S>,
    Sessions: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return match AccessClaims::from_request_parts(parts, state).await {
                Ok(claims) => Ok(Self::of_access(&claims)),
                Err(AuthRejection::Token(error)) if error.is_transient() => {
                    eprintln!("tokens cannot be verified: {error}");
                    Err(Failure::Unverified)
                }
                Err(_) => Err(Failure::SignedOut),
            };
        }
        let session = cookie(&parts.headers, SESSION).ok_or(Failure::SignedOut)?;
        Sessions::from_ref(state).caller(session).ok_or(Failure::SignedOut)
    }
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
