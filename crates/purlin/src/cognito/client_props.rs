//! The recipe of an app client.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use purlin_construct::{IntoValue, Value};

use super::client::Urls;
use super::oauth::{ClientCredentials, CodeGrant, Confidential, HasCodeGrant, HasNoFlow, HasSecret, NoOAuth, Public};
use super::tokens::TokenLifetimes;
use super::{ClientAttributes, IdentityProvider, InPool, OAuthScope, UserPool};

/// A flow of Cognito's own API to sign users in, without its pages
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthFlow {
    /// `ALLOW_USER_PASSWORD_AUTH`: the application sends the password.
    UserPassword,
    /// `ALLOW_ADMIN_USER_PASSWORD_AUTH`: a server with AWS credentials sends the password.
    AdminUserPassword,
    /// `ALLOW_CUSTOM_AUTH`: custom challenges, with Lambda triggers.
    Custom,
    /// `ALLOW_USER_SRP_AUTH`: the password is verified without being sent.
    UserSrp,
    /// `ALLOW_USER_AUTH`: users choose a factor, for example a passkey or a code by email.
    User,
}

impl AuthFlow {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UserPassword => "ALLOW_USER_PASSWORD_AUTH",
            Self::AdminUserPassword => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            Self::Custom => "ALLOW_CUSTOM_AUTH",
            Self::UserSrp => "ALLOW_USER_SRP_AUTH",
            Self::User => "ALLOW_USER_AUTH",
        }
    }
}

/// Cognito's response for a user that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingUsers {
    Hidden,
    Revealed,
}

impl MissingUsers {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hidden => "ENABLED",
            Self::Revealed => "LEGACY",
        }
    }
}

/// The OAuth flow of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    None,
    Code { also_implicit: bool },
    ClientCredentials,
}

/// The recipe of a [`UserPoolClient`](super::UserPoolClient).
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct UserPoolClientProps<S = Public, F = NoOAuth> {
    pub(super) fields: Fields,
    is: PhantomData<fn() -> (S, F)>,
}

#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub name: Option<Value<String>>,
    pub has_secret: bool,
    pub flow: Flow,
    pub scopes: Vec<OAuthScope>,
    pub urls: Urls,
    pub default_redirect: Option<Value<String>>,
    pub auth_flows: BTreeSet<AuthFlow>,
    pub providers: Vec<IdentityProvider>,
    pub tokens: TokenLifetimes,
    pub rotation: Option<Duration>,
    pub read: Option<ClientAttributes>,
    pub write: Option<ClientAttributes>,
    pub missing_users: MissingUsers,
    pub is_revocable: bool,
    pub propagates_context: bool,
}

impl UserPoolClientProps {
    pub(super) fn new() -> Self {
        let fields = Fields {
            name: None,
            has_secret: false,
            flow: Flow::None,
            scopes: Vec::new(),
            urls: Urls::default(),
            default_redirect: None,
            auth_flows: BTreeSet::new(),
            providers: Vec::new(),
            tokens: TokenLifetimes::default(),
            rotation: None,
            read: None,
            write: None,
            missing_users: MissingUsers::Hidden,
            is_revocable: true,
            propagates_context: false,
        };
        Self { fields, is: PhantomData }
    }
}

impl<S, F> UserPoolClientProps<S, F> {
    fn retyped<S2, F2>(self) -> UserPoolClientProps<S2, F2> {
        UserPoolClientProps { fields: self.fields, is: PhantomData }
    }

    /// Adds a secret: for servers, which can keep it, and for load balancers, which require it.
    ///
    /// A later change replaces the client, which gets another id.
    pub fn generate_secret(mut self) -> UserPoolClientProps<Confidential, F> {
        self.fields.has_secret = true;
        self.retyped()
    }

    /// Users sign in on Cognito's pages, and return with a code that the application exchanges for tokens.
    ///
    /// Add the URLs that they return to with [`callback_url`](Self::callback_url). A load balancer that authenticates with
    /// the client adds its own.
    pub fn authorization_code_grant(
        mut self,
        scopes: impl IntoIterator<Item = OAuthScope>,
    ) -> UserPoolClientProps<S, CodeGrant>
    where
        F: HasNoFlow,
    {
        self.fields.flow = Flow::Code { also_implicit: false };
        self.fields.scopes = scopes.into_iter().collect();
        self.retyped()
    }

    /// Machines get tokens for themselves, with the client's id and secret. The scopes are those of resource servers.
    pub fn client_credentials(
        mut self,
        scopes: impl IntoIterator<Item = OAuthScope>,
    ) -> UserPoolClientProps<S, ClientCredentials>
    where
        S: HasSecret,
        F: HasNoFlow,
    {
        self.fields.flow = Flow::ClientCredentials;
        self.fields.scopes = scopes.into_iter().collect();
        self.retyped()
    }

    /// Also allows the implicit grant, which returns tokens in the URL. For browsers prefer the code grant with PKCE.
    pub fn implicit_grant_too(mut self) -> Self
    where
        F: HasCodeGrant,
    {
        self.fields.flow = Flow::Code { also_implicit: true };
        self
    }

    /// Adds a URL that users may return to after they signed in: `https`, `http` on `localhost`, or an app's own scheme.
    pub fn callback_url(mut self, url: impl IntoValue<String>) -> Self
    where
        F: HasCodeGrant,
    {
        let url = url.into_value();
        if !self.fields.urls.callback.contains(&url) {
            self.fields.urls.callback.push(url);
        }
        self
    }

    /// Adds URLs that users may return to after they signed in.
    pub fn callback_urls<U: IntoValue<String>>(self, urls: impl IntoIterator<Item = U>) -> Self
    where
        F: HasCodeGrant,
    {
        urls.into_iter().fold(self, Self::callback_url)
    }

    /// Adds a URL that users may go to after they signed out.
    pub fn logout_url(mut self, url: impl IntoValue<String>) -> Self
    where
        F: HasCodeGrant,
    {
        let url = url.into_value();
        if !self.fields.urls.logout.contains(&url) {
            self.fields.urls.logout.push(url);
        }
        self
    }

    /// Adds URLs that users may go to after they signed out.
    pub fn logout_urls<U: IntoValue<String>>(self, urls: impl IntoIterator<Item = U>) -> Self
    where
        F: HasCodeGrant,
    {
        urls.into_iter().fold(self, Self::logout_url)
    }

    /// The URL for requests without a redirect URI; it has to be one of the callback URLs.
    pub fn default_redirect_uri(mut self, url: impl IntoValue<String>) -> Self
    where
        F: HasCodeGrant,
    {
        self.fields.default_redirect = Some(url.into_value());
        self
    }

    /// The client's name, up to 128 characters. By default CloudFormation generates one.
    pub fn name(mut self, name: impl IntoValue<String>) -> Self {
        self.fields.name = Some(name.into_value());
        self
    }

    /// Adds a flow of Cognito's API. Tokens can be refreshed with all of them.
    ///
    /// Without one, Cognito allows [`UserSrp`](AuthFlow::UserSrp) and [`Custom`](AuthFlow::Custom).
    pub fn auth_flow(mut self, flow: AuthFlow) -> Self {
        self.fields.auth_flows.insert(flow);
        self
    }

    /// Adds flows of Cognito's API.
    pub fn auth_flows(mut self, flows: impl IntoIterator<Item = AuthFlow>) -> Self {
        self.fields.auth_flows.extend(flows);
        self
    }

    /// Adds an identity provider; by default there is only [`IdentityProvider::COGNITO`], the users of the pool.
    ///
    /// A provider that the app declares is created before the client.
    pub fn supported_identity_provider(mut self, provider: impl Into<IdentityProvider>) -> Self {
        let provider = provider.into();
        if !self.fields.providers.contains(&provider) {
            self.fields.providers.push(provider);
        }
        self
    }

    /// Adds identity providers.
    pub fn supported_identity_providers(self, providers: impl IntoIterator<Item = IdentityProvider>) -> Self {
        providers.into_iter().fold(self, Self::supported_identity_provider)
    }

    /// The lifetime of access tokens: 5 minutes to 1 day in whole minutes, 1 hour by default.
    pub fn access_token_validity(mut self, duration: Duration) -> Self {
        self.fields.tokens.access = Some(duration);
        self
    }

    /// The lifetime of id tokens: 5 minutes to 1 day in whole minutes, 1 hour by default.
    pub fn id_token_validity(mut self, duration: Duration) -> Self {
        self.fields.tokens.id = Some(duration);
        self
    }

    /// The lifetime of refresh tokens: 1 hour to 3650 days in whole minutes, 30 days by default.
    pub fn refresh_token_validity(mut self, duration: Duration) -> Self {
        self.fields.tokens.refresh = Some(duration);
        self
    }

    /// The time for each step of a sign-in with Cognito's API: 3 to 15 whole minutes, 3 minutes by default.
    pub fn auth_session_validity(mut self, duration: Duration) -> Self {
        self.fields.tokens.session = Some(duration);
        self
    }

    /// Issues a new refresh token at each refresh; the old one stays valid for this time, up to 60 whole seconds.
    ///
    /// Tokens are then refreshed only with `GetTokensFromRefreshToken` and the token endpoint.
    pub fn refresh_token_rotation(mut self, grace_period: Duration) -> Self {
        self.fields.rotation = Some(grace_period);
        self
    }

    /// The attributes the client may read; by default all.
    pub fn read_attributes(mut self, attributes: ClientAttributes) -> Self {
        self.fields.read = Some(attributes);
        self
    }

    /// The attributes the client may change; by default all that can be changed.
    pub fn write_attributes(mut self, attributes: ClientAttributes) -> Self {
        self.fields.write = Some(attributes);
        self
    }

    /// Responds that a user does not exist, instead of that the password is wrong.
    ///
    /// This reveals who has an account.
    pub fn reveal_missing_users(mut self) -> Self {
        self.fields.missing_users = MissingUsers::Revealed;
        self
    }

    /// Disables the revocation of refresh tokens.
    pub fn without_token_revocation(mut self) -> Self {
        self.fields.is_revocable = false;
        self
    }

    /// Accepts the user's device and address from the server, for threat protection.
    pub fn propagate_user_context(mut self) -> Self
    where
        S: HasSecret,
    {
        self.fields.propagates_context = true;
        self
    }

    /// The recipe, for a scope other than the pool's: `stack.add("Web", UserPoolClient::props().in_pool(&users))`.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }
}

impl<S, F> Clone for UserPoolClientProps<S, F> {
    fn clone(&self) -> Self {
        Self { fields: self.fields.clone(), is: PhantomData }
    }
}

impl<S, F> fmt::Debug for UserPoolClientProps<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserPoolClientProps").field(&self.fields).finish()
    }
}
