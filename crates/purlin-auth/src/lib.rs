//! Verifies who is signed in, and signs users and machines in: for applications behind a load balancer that signs users
//! in, for APIs that receive Cognito's tokens, and for programs that need such tokens.
//!
//! | the application | uses |
//! |---|---|
//! | runs behind an Application Load Balancer with `authenticate-cognito` or `authenticate-oidc` | [`AlbVerifier`], [`expired_alb_cookies`] |
//! | also reads the access token that the balancer sends | [`CognitoVerifier::access_of_user`] |
//! | is an API that receives access tokens | [`CognitoVerifier::access`] |
//! | accepts tokens of several pools, or of replicas in other regions | [`CognitoVerifier::or_pool`], [`CognitoVerifier::replica`] |
//! | signs users in itself, with the hosted login pages | [`OAuthClient::login`], [`OAuthClient::finish`], [`CognitoVerifier::id_of_login`], [`HostCookie`] |
//! | signs them out by a form | [`is_same_origin`] |
//! | is a machine that calls an API | [`OAuthClient::client_credentials`] |
//! | calls an API with IAM authorization for its user | [`IdentityPool`], and `Signer` with the feature `sigv4` |
//!
//! With the feature `axum` verified claims are arguments of handlers; `Scoped` and `InGroup` also require a scope or group.
//!
//! Each type documents its checks. Common to all:
//!
//! - Each algorithm belongs to one kind of key: RS256 for user pools, ES256 for balancers, nothing else.
//! - A token that repeats a name, brings its own key (`jwk`, `jku`, `x5u`) or requires extensions (`crit`) is refused.
//! - Secrets and tokens are [`SecretString`]s: `Debug` does not show them, and they are wiped when dropped. Errors contain
//!   none. Copies in a request exist as long as the request.
//! - Addresses are `https`, or on this machine.
//! - Keys are fetched once, by one request at a time, at a limited rate. A token whose key may be new is answered 503.
//! - What strangers send, and settings of any size, are errors and never panics.
//!
//! To use an emulator instead of AWS, give its address:
//!
//! ```
//! use purlin_auth::{CognitoVerifier, Endpoint, IdentityPool, OAuthClient};
//!
//! let emulator: Endpoint = "http://127.0.0.1:4566".parse()?;
//! let verifier = CognitoVerifier::new("eu-west-1_AbCdEfGhI")?.client("4example5client6id").keys_from(&emulator);
//! let client = OAuthClient::new(emulator.clone().into(), "4example5client6id");
//! let pool = IdentityPool::new("eu-west-1:01234567-89ab-cdef-0123-456789abcdef")?.endpoint(emulator);
//! # Ok::<(), purlin_auth::EndpointError>(())
//! ```
//!
//! The cryptography is [ring](https://docs.rs/ring)'s. The crate needs a tokio runtime.

mod alb;
mod alb_keys;
mod claims;
mod clock;
mod cognito;
mod cookies;
mod domain;
mod endpoint;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod host_cookie;
mod http;
mod identity_pool;
mod jose;
mod json;
mod jwks;
mod login;
mod machine;
#[cfg(test)]
mod no_panic;
mod oauth;
mod oauth_error;
mod proxy;
mod random;
mod rate;
mod same_origin;
#[cfg(feature = "sigv4")]
mod sigv4;

pub use secrecy::{ExposeSecret, SecretString};

pub use crate::alb::{AlbUser, AlbVerifier, OIDC_ACCESS_TOKEN, OIDC_DATA, OIDC_IDENTITY};
pub use crate::claims::{AccessClaims, IdClaims};
pub use crate::cognito::CognitoVerifier;
pub use crate::cookies::{ALB_SESSION_COOKIE, expired_alb_cookies};
pub use crate::domain::UserPoolDomain;
pub use crate::endpoint::{Endpoint, EndpointError};
pub use crate::error::{AccessError, TokenError};
#[cfg(feature = "axum")]
pub use crate::extract::{AuthRejection, Group, InGroup, Scope, Scoped};
pub use crate::host_cookie::{HostCookie, Transport};
pub use crate::http::{Http, HttpError};
pub use crate::identity_pool::{AwsCredentials, IdentityError, IdentityPool};
pub use crate::jose::{LARGEST_TOKEN, Unverified};
pub use crate::login::{Login, LoginRequest, PendingLogin, state_of};
pub use crate::machine::ClientCredentials;
pub use crate::oauth::{OAuthClient, Tokens};
pub use crate::oauth_error::{OAuthError, OAuthErrorCode, Step};
pub use crate::same_origin::is_same_origin;
#[cfg(feature = "sigv4")]
pub use crate::sigv4::{SignError, Signer};
