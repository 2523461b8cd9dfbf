//! Identity providers of a pool, with whose accounts users may sign in.

mod check;
mod mapping;
mod oidc;
mod saml;
mod secret;
mod social;

use std::collections::BTreeSet;

use purlin_cfn::cognito::CfnUserPoolIdentityProvider;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, Word};

use super::{IdentityProvider, InPool, StandardAttribute, UserPool};
use mapping::AttributeMapping;

pub use mapping::ProviderAttribute;
pub use oidc::{OidcClient, OidcEndpoints, OidcProvider};
pub use saml::{SamlMetadata, SamlProvider};
pub use secret::ProviderSecret;
pub use social::{AmazonProvider, AppleKey, AppleProvider, FacebookProvider, GoogleProvider};

/// An identity provider of a user pool. Its users get a user in the pool.
///
/// Pass its handle to the clients whose users sign in with it: they are then created after it.
///
/// CloudFormation reads the provider's secret only when it creates or updates the provider: a new secret in Secrets
/// Manager is read at the next change of the provider.
///
/// ```
/// use purlin::cognito::{DomainProps, IdentityProvider, OAuthScope, StandardAttribute};
/// use purlin::cognito::{UserPool, UserPoolClient, UserPoolIdentityProvider};
/// use purlin::secretsmanager::Secret;
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Login", Stack::props());
/// let users = stack.add("Users", UserPool::props().required_attributes([StandardAttribute::Email]));
/// users.add_domain("Domain", DomainProps::prefix("acme-shop"));
/// let secret = Secret::from_name(&stack, "login/google").field("client_secret");
/// let google = UserPoolIdentityProvider::google("1234.apps.googleusercontent.com", secret)
///     .map(StandardAttribute::Email, "email");
/// let google = users.add_identity_provider("Google", google);
/// let client = UserPoolClient::props()
///     .generate_secret()
///     .authorization_code_grant([OAuthScope::OPENID])
///     .callback_url("https://shop.example.com/callback")
///     .supported_identity_providers([IdentityProvider::COGNITO, (&google).into()]);
/// users.add_client("Web", client);
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct UserPoolIdentityProvider {
    scope: Scope,
    cfn: Ref<CfnUserPoolIdentityProvider>,
}

/// The recipe of a [`UserPoolIdentityProvider`] of the kind `K`.
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct UserPoolIdentityProviderProps<K> {
    kind: K,
    name: Value<String>,
    scopes: Option<Vec<String>>,
    identifiers: BTreeSet<String>,
    mapping: AttributeMapping,
}

/// The kind of an identity provider.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of identity provider that Cognito knows",
    note = "begin with `UserPoolIdentityProvider::google(..)`, `facebook`, `amazon`, `apple`, `oidc` or `saml`"
)]
pub trait ProviderKind: sealed::Kind {}

/// Providers with scopes: all except SAML.
#[diagnostic::on_unimplemented(
    message = "a SAML provider has no scopes",
    note = "set the attributes of users at the SAML provider, with attribute statements"
)]
pub trait HasScopes: ProviderKind {}

/// Providers with identifiers: OpenID Connect and SAML.
#[diagnostic::on_unimplemented(
    message = "this identity provider has no identifiers",
    note = "only OpenID Connect and SAML providers are chosen by a domain or another identifier"
)]
pub trait HasIdentifiers: ProviderKind {}

mod sealed {
    use purlin_construct::{Scope, SecretValue, Value};

    /// The differences between the kinds of providers.
    pub trait Kind {
        fn type_name(&self) -> &'static str;
        /// The default scopes and their separator; none for SAML.
        fn scopes(&self) -> Option<(&'static [&'static str], &'static str)>;
        /// The details for Cognito, without scopes and secrets.
        fn details(&self) -> Vec<(&'static str, Value<String>)>;
        /// The secret, with its name in the details; none for SAML.
        fn secret(&self) -> Option<(&'static str, &SecretValue)>;
        fn check(&self, scope: &Scope, scopes: &[String]);
        /// The claim that says whether an email address is verified, if the provider always sends it.
        fn verified_claim(&self) -> Option<&'static str> {
            None
        }
    }
}

impl UserPoolIdentityProvider {
    fn props<K>(name: impl IntoValue<String>, kind: K) -> UserPoolIdentityProviderProps<K> {
        let mapping = AttributeMapping::default();
        let name = name.into_value();
        UserPoolIdentityProviderProps { kind, name, scopes: None, identifiers: BTreeSet::new(), mapping }
    }

    /// Google, by the client id and the client secret of its console. The default scopes are `openid email profile`.
    ///
    /// Unlike the CDK's, they include the email address. If the address is mapped, `email_verified` is mapped too (the
    /// patch `map-email-verified`): otherwise Cognito sets the address as unverified.
    pub fn google(
        client_id: impl IntoValue<String>,
        secret: impl ProviderSecret,
    ) -> UserPoolIdentityProviderProps<GoogleProvider> {
        Self::props("Google", GoogleProvider { client_id: client_id.into_value(), secret: secret.into_secret() })
    }

    /// Facebook, by the app's id and its secret. The default scopes are `public_profile, email`.
    pub fn facebook(
        app_id: impl IntoValue<String>,
        secret: impl ProviderSecret,
    ) -> UserPoolIdentityProviderProps<FacebookProvider> {
        Self::props(
            "Facebook",
            FacebookProvider { client_id: app_id.into_value(), secret: secret.into_secret(), api_version: None },
        )
    }

    /// Login with Amazon, by the client id and the client secret of the security profile. The default scope is `profile`,
    /// which includes the email address.
    pub fn amazon(
        client_id: impl IntoValue<String>,
        secret: impl ProviderSecret,
    ) -> UserPoolIdentityProviderProps<AmazonProvider> {
        Self::props(
            "LoginWithAmazon",
            AmazonProvider { client_id: client_id.into_value(), secret: secret.into_secret() },
        )
    }

    /// Sign in with Apple, by the services id and a key of the team. The default scopes are `email name`.
    ///
    /// If the email address is mapped, `email_verified` is mapped too; the patch `map-email-verified`.
    pub fn apple(services_id: impl IntoValue<String>, key: AppleKey) -> UserPoolIdentityProviderProps<AppleProvider> {
        Self::props("SignInWithApple", AppleProvider { client_id: services_id.into_value(), key })
    }

    /// A provider of OpenID Connect, with a name of your choice. The default scopes are `openid email profile`.
    ///
    /// The name has 3 to 32 characters without blanks. It is on the button of the sign-in page and in the names of its
    /// users, and cannot be changed later. The issuer is an `https` URL without a slash at its end, which has
    /// `/.well-known/openid-configuration`
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-oidc-idp.html>).
    pub fn oidc(
        name: impl IntoValue<String>,
        issuer: impl IntoValue<String>,
        client: OidcClient,
    ) -> UserPoolIdentityProviderProps<OidcProvider> {
        Self::props(name, OidcProvider::new(issuer.into_value(), client))
    }

    /// A SAML 2.0 provider, with a name of your choice and its metadata.
    ///
    /// The name is as for [`oidc`](Self::oidc). Cognito reads metadata at a URL again every 6 hours
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp.html>).
    pub fn saml(name: impl IntoValue<String>, metadata: SamlMetadata) -> UserPoolIdentityProviderProps<SamlProvider> {
        Self::props(name, SamlProvider::new(metadata))
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnUserPoolIdentityProvider> {
        &self.cfn
    }

    /// The provider's name, which as `identity_provider` in a URL of the authorize endpoint skips the sign-in page.
    pub fn name(&self) -> Value<String> {
        self.cfn.id()
    }
}

impl HasScope for UserPoolIdentityProvider {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl From<&UserPoolIdentityProvider> for IdentityProvider {
    fn from(provider: &UserPoolIdentityProvider) -> Self {
        (&provider.cfn).into()
    }
}

impl<K: ProviderKind> UserPoolIdentityProviderProps<K> {
    /// Maps an attribute of the provider to an attribute of the pool, which is written at each sign-in.
    ///
    /// Map every attribute that the pool requires, and no immutable one
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html>).
    /// The user name is the provider's name and its id of the user; it needs no mapping.
    pub fn map(mut self, attribute: StandardAttribute, from: impl Into<ProviderAttribute>) -> Self {
        self.mapping.insert(attribute.name(), from.into());
        self
    }

    /// Maps an attribute of the provider to a custom attribute, by its name with or without the prefix `custom:`.
    pub fn map_custom(mut self, attribute: &str, from: impl Into<ProviderAttribute>) -> Self {
        let name = attribute.strip_prefix("custom:").unwrap_or(attribute);
        self.mapping.insert(&format!("custom:{name}"), from.into());
        self
    }

    /// Maps whether the email address is verified; by default it is unverified.
    pub fn map_email_verified(mut self, from: impl Into<ProviderAttribute>) -> Self {
        self.mapping.insert(mapping::EMAIL_VERIFIED, from.into());
        self
    }

    /// Maps whether the phone number is verified; by default it is unverified.
    pub fn map_phone_number_verified(mut self, from: impl Into<ProviderAttribute>) -> Self {
        self.mapping.insert(mapping::PHONE_NUMBER_VERIFIED, from.into());
        self
    }

    /// The scopes, instead of the default.
    pub fn scopes<T: Into<String>>(self, scopes: impl IntoIterator<Item = T>) -> Self
    where
        K: HasScopes,
    {
        Self { scopes: Some(scopes.into_iter().map(Into::into).collect()), ..self }
    }

    /// Adds identifiers that select the provider, for example the domain of its users' email addresses: `idp_identifier`
    /// of the authorize endpoint, and the corporate id on the sign-in page.
    pub fn identifiers<T: Into<String>>(mut self, identifiers: impl IntoIterator<Item = T>) -> Self
    where
        K: HasIdentifiers,
    {
        self.identifiers.extend(identifiers.into_iter().map(Into::into));
        self
    }

    /// The recipe, for a scope other than the pool's: `stack.add("Google", google.in_pool(&users))`.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }

    fn scope_names(&self) -> Vec<String> {
        let default = || self.kind.scopes().map_or(&[][..], |(default, _)| default);
        self.scopes.clone().unwrap_or_else(|| default().iter().copied().map(str::to_owned).collect())
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        let mut details = self.kind.details();
        if let Some((name, secret)) = self.kind.secret() {
            details.push((name, secret.dynamic_reference()));
        }
        if let Some((_, between)) = self.kind.scopes() {
            details.push(("authorize_scopes", self.scope_names().join(between).into_value()));
        }
        details
    }

    /// Maps `email_verified` if the email address is mapped and the provider sends it.
    fn complete(&mut self, scope: &Scope) {
        let Some(claim) = self.kind.verified_claim() else { return };
        if !self.mapping.has(StandardAttribute::Email.name()) || self.mapping.has(mapping::EMAIL_VERIFIED) {
            return;
        }
        let what = "`email_verified` mapped from the provider";
        if scope.patch("map-email-verified", what, "Cognito otherwise treats a mapped address as unverified") {
            self.mapping.insert(mapping::EMAIL_VERIFIED, claim.into());
        }
    }
}

impl<K: ProviderKind> Construct for InPool<UserPoolIdentityProviderProps<K>> {
    type Handle = UserPoolIdentityProvider;
    fn build(self, scope: Scope) -> UserPoolIdentityProvider {
        let (mut recipe, pool) = (self.recipe, self.pool);
        recipe.complete(&scope);
        check::all(&scope, &recipe, &pool);
        let kind = Word::known(recipe.kind.type_name());
        let mut provider = CfnUserPoolIdentityProvider::new(recipe.details(), recipe.name.clone(), kind, pool.id());
        if !recipe.mapping.is_empty() {
            provider = provider.attribute_mapping(recipe.mapping.render());
        }
        if !recipe.identifiers.is_empty() {
            provider = provider.idp_identifiers(recipe.identifiers.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let cfn = scope.add("Resource", provider);
        check::is_used(&scope, &cfn, &recipe.name, &pool);
        UserPoolIdentityProvider { scope, cfn }
    }
}
