//! Names of the identity providers of a client.

use purlin_cfn::cognito::CfnUserPoolIdentityProvider;
use purlin_construct::{IntoValue, Ref, Scope, Value};

/// An identity provider that users of a client may sign in with.
///
/// For a provider that the app declares, pass its handle, `(&provider).into()`: the client is then created after it. A
/// provider named by text is looked up in the app, with the same effect; otherwise it has to be in the pool already.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityProvider(Name);

#[derive(Debug, Clone, PartialEq)]
enum Name {
    Known(&'static str),
    Other(Value<String>),
}

impl IdentityProvider {
    /// The users of the pool.
    pub const COGNITO: Self = Self(Name::Known("COGNITO"));
    /// Facebook.
    pub const FACEBOOK: Self = Self(Name::Known("Facebook"));
    /// Google.
    pub const GOOGLE: Self = Self(Name::Known("Google"));
    /// Login with Amazon.
    pub const AMAZON: Self = Self(Name::Known("LoginWithAmazon"));
    /// Sign in with Apple.
    pub const APPLE: Self = Self(Name::Known("SignInWithApple"));

    /// A SAML or OpenID Connect provider, by the name it has in the pool.
    pub fn custom(name: impl IntoValue<String>) -> Self {
        Self(Name::Other(name.into_value()))
    }

    /// The provider's name.
    pub fn name(&self) -> Value<String> {
        match &self.0 {
            Name::Known(name) => name.into_value(),
            Name::Other(name) => name.clone(),
        }
    }
}

impl From<&Ref<CfnUserPoolIdentityProvider>> for IdentityProvider {
    fn from(provider: &Ref<CfnUserPoolIdentityProvider>) -> Self {
        Self(Name::Other(provider.id()))
    }
}

/// The provider of this name in this pool, if the app declares one.
pub(super) fn declared(root: &Scope, pool: &Value<String>, name: &str) -> Option<Scope> {
    root.descendants().into_iter().find(|scope| {
        scope.resource_type().as_deref() == Some("AWS::Cognito::UserPoolIdentityProvider")
            && scope.property("ProviderName").is_some_and(|found| found.as_str() == Some(name))
            && scope.property("UserPoolId").as_ref() == Some(pool.expr())
    })
}
