//! The caller of a request: by the session's cookie in a browser, by an access token elsewhere. Groups are roles.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use purlin_auth::{AccessClaims, AuthRejection, HostCookie, IdClaims};

use crate::failure::Failure;
use crate::routes::App;

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

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if parts.headers.contains_key(AUTHORIZATION) {
            return match AccessClaims::from_request_parts(parts, app).await {
                Ok(claims) => Ok(Self::of_access(&claims)),
                Err(AuthRejection::Token(error)) if error.is_transient() => {
                    eprintln!("tokens cannot be verified: {error}");
                    Err(Failure::Unverified)
                }
                Err(_) => Err(Failure::SignedOut),
            };
        }
        let session = HostCookie::Session.read(app.settings.transport(), &parts.headers).ok_or(Failure::SignedOut)?;
        app.sessions.caller(&session).ok_or(Failure::SignedOut)
    }
}
