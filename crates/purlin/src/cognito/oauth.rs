//! The types of clients, and OAuth scopes.

use purlin_construct::{Value, sub};

use super::UserPoolResourceServer;

/// A client without a secret, for browsers and phones.
#[derive(Debug, Clone, Copy)]
pub enum Public {}

/// A client with a secret, for servers and load balancers.
#[derive(Debug, Clone, Copy)]
pub enum Confidential {}

/// A client without an OAuth flow, which signs users in with Cognito's own API.
#[derive(Debug, Clone, Copy)]
pub enum NoOAuth {}

/// A client with the authorization code grant: users sign in on Cognito's pages and return with a code.
#[derive(Debug, Clone, Copy)]
pub enum CodeGrant {}

/// A client with the client credentials grant, for machines.
#[derive(Debug, Clone, Copy)]
pub enum ClientCredentials {}

/// Clients with a secret: [`Confidential`].
#[diagnostic::on_unimplemented(
    message = "this user pool client has no secret",
    label = "needs a client that has a secret",
    note = "declare it with `UserPoolClient::props().generate_secret()`"
)]
pub trait HasSecret: sealed::Sealed {}
impl HasSecret for Confidential {}

/// Clients with the authorization code grant: [`CodeGrant`].
#[diagnostic::on_unimplemented(
    message = "this user pool client does not have the authorization code grant",
    label = "needs a client by which users sign in on Cognito's pages",
    note = "declare it with `UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID])`, before the URLs"
)]
pub trait HasCodeGrant: sealed::Sealed {}
impl HasCodeGrant for CodeGrant {}

/// Clients whose OAuth flow is not chosen yet: [`NoOAuth`].
#[diagnostic::on_unimplemented(
    message = "this user pool client has an OAuth flow already",
    label = "a client has one flow: Cognito does not combine client credentials with another",
    note = "declare a second client for the other flow"
)]
pub trait HasNoFlow: sealed::Sealed {}
impl HasNoFlow for NoOAuth {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Public {}
    impl Sealed for super::Confidential {}
    impl Sealed for super::NoOAuth {}
    impl Sealed for super::CodeGrant {}
    impl Sealed for super::ClientCredentials {}
}

/// A permission that a client may request on behalf of a user, or of itself
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html>).
#[derive(Debug, Clone)]
pub struct OAuthScope(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Standard(&'static str),
    OfServer { server: UserPoolResourceServer, name: String },
    Elsewhere(String),
}

impl OAuthScope {
    /// `openid`: an id token, with all claims unless other scopes narrow them.
    pub const OPENID: Self = Self(Kind::Standard("openid"));
    /// `email`: the claims `email` and `email_verified`. Only together with [`OPENID`](Self::OPENID).
    pub const EMAIL: Self = Self(Kind::Standard("email"));
    /// `phone`: the claims `phone_number` and `phone_number_verified`. Only together with [`OPENID`](Self::OPENID).
    pub const PHONE: Self = Self(Kind::Standard("phone"));
    /// `profile`: every claim that the client may read. Only together with [`OPENID`](Self::OPENID).
    pub const PROFILE: Self = Self(Kind::Standard("profile"));
    /// `aws.cognito.signin.user.admin`: users change their own attributes, password and devices with Cognito's API.
    pub const COGNITO_ADMIN: Self = Self(Kind::Standard("aws.cognito.signin.user.admin"));

    /// A scope of a resource server that is not part of the app. It is not checked.
    pub fn of_external_server(identifier: &str, name: &str) -> Self {
        Self(Kind::Elsewhere(format!("{identifier}/{name}")))
    }

    pub(super) fn of_server(server: &UserPoolResourceServer, name: &str) -> Self {
        Self(Kind::OfServer { server: server.clone(), name: name.to_owned() })
    }

    /// The scope's name in a request, for example `openid` or `orders/read`.
    pub fn name(&self) -> Value<String> {
        match &self.0 {
            Kind::Standard(name) => sub!("{}", *name),
            Kind::OfServer { server, name } => sub!("{}/{}", server.id(), name),
            Kind::Elsewhere(name) => sub!("{}", name),
        }
    }

    /// The name of one of Cognito's own scopes; none for a scope of a resource server.
    pub(super) fn standard(&self) -> Option<&'static str> {
        match &self.0 {
            Kind::Standard(name) => Some(name),
            _ => None,
        }
    }
}
