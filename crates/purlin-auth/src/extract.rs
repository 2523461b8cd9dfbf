//! Verified claims as arguments of axum handlers: 401 without them, 403 if they do not suffice, 503 if keys are missing.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::alb::{AlbUser, AlbVerifier, OIDC_DATA};
use crate::claims::AccessClaims;
use crate::cognito::CognitoVerifier;
use crate::error::{AccessError, TokenError};

/// Why a handler is not called.
///
/// The response has only the kind of the problem: which app client or balancer was expected belongs in the log. A handler
/// with an argument `Result<AccessClaims, AuthRejection>` answers itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthRejection {
    /// No token, or more than one.
    #[error("the request has no `{0}` header with one token")]
    NoToken(&'static str),
    /// The token is not accepted, or cannot be verified.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token is valid and does not suffice.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        let (status, challenge) = match &self {
            Self::NoToken(_) => (StatusCode::UNAUTHORIZED, "Bearer".to_owned()),
            Self::Token(error) if error.is_transient() => {
                let headers = [(RETRY_AFTER, "5"), (CACHE_CONTROL, "no-store")];
                return (StatusCode::SERVICE_UNAVAILABLE, headers, "the caller cannot be verified now").into_response();
            }
            Self::Token(TokenError::Expired(_)) => (StatusCode::UNAUTHORIZED, invalid("the token expired")),
            Self::Token(_) => (StatusCode::UNAUTHORIZED, invalid("the token is not accepted")),
            Self::Access(AccessError::Scope(scope)) => (StatusCode::FORBIDDEN, insufficient(scope)),
            Self::Access(AccessError::AnyScope(scopes)) => (StatusCode::FORBIDDEN, insufficient(&scopes.join(" "))),
            Self::Access(_) => {
                return (StatusCode::FORBIDDEN, [(CACHE_CONTROL, "no-store")], "forbidden").into_response();
            }
        };
        let text = if status == StatusCode::FORBIDDEN { "forbidden" } else { "sign in first" };
        let mut response = (status, [(CACHE_CONTROL, "no-store")], text).into_response();
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

fn insufficient(scope: &str) -> String {
    format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")
}

fn invalid(description: &str) -> String {
    format!("Bearer error=\"invalid_token\", error_description=\"{description}\"")
}

/// The claims of the request's bearer token. The app's state must have a [`CognitoVerifier`], which `FromRef` returns.
///
/// ```
/// use axum_core::extract::FromRef;
/// use purlin_auth::{AccessClaims, CognitoVerifier, Scope, Scoped};
///
/// #[derive(Clone)]
/// struct App {
///     verifier: CognitoVerifier,
/// }
///
/// impl FromRef<App> for CognitoVerifier {
///     fn from_ref(app: &App) -> Self {
///         app.verifier.clone()
///     }
/// }
///
/// struct ApiAccess;
///
/// impl Scope for ApiAccess {
///     const NAME: &'static str = "mydomain.com/API_ACCESS";
/// }
///
/// // 401 without a valid token.
/// async fn who(claims: AccessClaims) -> String {
///     claims.subject().to_owned()
/// }
///
/// // Also 403 without the scope.
/// async fn hello(claims: Scoped<ApiAccess>) -> String {
///     format!("hello, {}", claims.subject())
/// }
/// ```
impl<S> FromRequestParts<S> for AccessClaims
where
    CognitoVerifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let token = bearer(&parts.headers).ok_or(AuthRejection::NoToken("authorization: Bearer"))?;
        Ok(CognitoVerifier::from_ref(state).access(token).await?)
    }
}

/// The user of the balancer's claims. The app's state must have an [`AlbVerifier`], which `FromRef` returns.
impl<S> FromRequestParts<S> for AlbUser
where
    AlbVerifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let token = only(&parts.headers, OIDC_DATA).ok_or(AuthRejection::NoToken(OIDC_DATA))?;
        Ok(AlbVerifier::from_ref(state).verify(token).await?)
    }
}

/// A scope that a handler requires with [`Scoped`].
pub trait Scope {
    /// The scope as in tokens, such as `mydomain.com/API_ACCESS`.
    const NAME: &'static str;
}

/// A user group that a handler requires with [`InGroup`].
pub trait Group {
    /// The group's name in the pool.
    const NAME: &'static str;
}

macro_rules! guards {
    ($($(#[$doc:meta])* $guard:ident: $marker:ident by $require:ident;)*) => {$(
        $(#[$doc])*
        pub struct $guard<T>(AccessClaims, PhantomData<fn() -> T>);

        impl<S, T: $marker> FromRequestParts<S> for $guard<T>
        where
            CognitoVerifier: FromRef<S>,
            S: Send + Sync,
        {
            type Rejection = AuthRejection;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
                let claims = AccessClaims::from_request_parts(parts, state).await?;
                claims.$require(T::NAME)?;
                Ok(Self(claims, PhantomData))
            }
        }

        impl<T> $guard<T> {
            /// The claims without the guard.
            pub fn into_claims(self) -> AccessClaims {
                self.0
            }
        }

        impl<T> Deref for $guard<T> {
            type Target = AccessClaims;

            fn deref(&self) -> &AccessClaims {
                &self.0
            }
        }

        impl<T> fmt::Debug for $guard<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_tuple(stringify!($guard)).field(&self.0).finish()
            }
        }
    )*};
}

guards! {
    /// The claims of an access token that has a scope. Without the scope the answer is 403.
    Scoped: Scope by require_scope;
    /// The claims of an access token whose user is in a group. Otherwise the answer is 403.
    InGroup: Group by require_group;
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = only(headers, AUTHORIZATION.as_str())?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start_matches(' '))
}

/// A header that occurs once. If it occurred twice, this app and a proxy in front of it could read different ones.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}
