//! Identity providers of an identity pool: user pools, OpenID Connect, SAML and social providers.

use purlin_cfn::cognito::IdentityPoolCognitoIdentityProvider;
use purlin_construct::{Expr, IntoValue, Scope, Value, intrinsics, sub};

use crate::cognito::{UserPool, UserPoolClient};

/// An identity provider.
#[derive(Debug, Clone)]
pub struct Provider(pub(super) Kind);

#[derive(Debug, Clone)]
pub(super) enum Kind {
    UserPool { name: Value<String>, client: Value<String>, token_check: bool },
    OpenIdConnect(Value<String>),
    Saml(Value<String>),
    Social { host: &'static str, app: Value<String> },
}

impl Provider {
    /// The users of a pool, with tokens for this client.
    ///
    /// Cognito checks with the pool each time that the user exists, is enabled, and is not signed out globally
    /// (<https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CognitoIdentityProvider.html>).
    pub fn user_pool<S, F>(pool: &UserPool, client: &UserPoolClient<S, F>) -> Self {
        Self::user_pool_client_id(pool, client.id())
    }

    /// The users of a pool, with tokens for a client that the app does not make.
    pub fn user_pool_client_id(pool: &UserPool, client_id: impl IntoValue<String>) -> Self {
        let client = client_id.into_value();
        Self(Kind::UserPool { name: pool.provider_name(), client, token_check: true })
    }

    /// Accepts a token of a user pool until it expires, without a check with the pool.
    pub fn without_server_side_token_check(mut self) -> Self {
        if let Kind::UserPool { token_check, .. } = &mut self.0 {
            *token_check = false;
        }
        self
    }

    /// An OpenID Connect provider of IAM, by its ARN.
    pub fn openid_connect(provider_arn: impl IntoValue<String>) -> Self {
        Self(Kind::OpenIdConnect(provider_arn.into_value()))
    }

    /// A SAML provider of IAM, by its ARN.
    pub fn saml(provider_arn: impl IntoValue<String>) -> Self {
        Self(Kind::Saml(provider_arn.into_value()))
    }

    /// Google, by the app's client id.
    pub fn google(client_id: impl IntoValue<String>) -> Self {
        Self(Kind::Social { host: "accounts.google.com", app: client_id.into_value() })
    }

    /// Facebook, by the app's id.
    pub fn facebook(app_id: impl IntoValue<String>) -> Self {
        Self(Kind::Social { host: "graph.facebook.com", app: app_id.into_value() })
    }

    /// Login with Amazon, by the app's id.
    pub fn amazon(app_id: impl IntoValue<String>) -> Self {
        Self(Kind::Social { host: "www.amazon.com", app: app_id.into_value() })
    }

    /// Sign in with Apple, by the id of the service.
    pub fn apple(services_id: impl IntoValue<String>) -> Self {
        Self(Kind::Social { host: "appleid.apple.com", app: services_id.into_value() })
    }

    /// The name of the provider in role mappings.
    pub(super) fn name(&self) -> Value<String> {
        match &self.0 {
            Kind::UserPool { name, client, .. } => sub!("{}:{}", name, client),
            // `arn:aws:iam::111122223333:oidc-provider/example.com/path`
            Kind::OpenIdConnect(arn) => intrinsics::select(1, intrinsics::split(":oidc-provider/", arn)),
            Kind::Saml(arn) => arn.clone(),
            Kind::Social { host, .. } => (*host).into_value(),
        }
    }

    pub(super) fn check(&self, scope: &Scope) {
        let (arn, part, word) = match &self.0 {
            Kind::OpenIdConnect(arn) => (arn, ":oidc-provider/", "an OpenID Connect provider"),
            Kind::Saml(arn) => (arn, ":saml-provider/", "a SAML provider"),
            _ => return,
        };
        if let Some(text) = arn.as_str()
            && !(text.starts_with("arn:") && text.contains(":iam::") && text.contains(part))
        {
            scope.error(
                format!("`{text}` is not the ARN of {word} of IAM"),
                format!("write it like `arn:aws:iam::111122223333{part}example`"),
            );
        }
    }

    pub(super) fn in_pool(&self) -> Option<IdentityPoolCognitoIdentityProvider> {
        let Kind::UserPool { name, client, token_check, .. } = &self.0 else { return None };
        Some(IdentityPoolCognitoIdentityProvider::new(client, name).server_side_token_check(*token_check))
    }

    pub(super) fn social(&self) -> Option<(&'static str, Expr)> {
        let Kind::Social { host, app } = &self.0 else { return None };
        Some((host, app.clone().into_expr()))
    }
}
