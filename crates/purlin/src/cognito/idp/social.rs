//! The social providers: Google, Facebook, Amazon, Apple.

use purlin_construct::{IntoValue, Scope, SecretValue, Value};

use super::sealed::Kind;
use super::{HasScopes, ProviderKind, ProviderSecret, UserPoolIdentityProviderProps};
use crate::check::Checks;

/// The length of Apple's ids of teams and keys.
const APPLE_ID: usize = 10;

/// Google.
#[derive(Debug, Clone)]
pub struct GoogleProvider {
    pub(super) client_id: Value<String>,
    pub(super) secret: SecretValue,
}

/// Facebook.
#[derive(Debug, Clone)]
pub struct FacebookProvider {
    pub(super) client_id: Value<String>,
    pub(super) secret: SecretValue,
    pub(super) api_version: Option<String>,
}

/// Login with Amazon.
#[derive(Debug, Clone)]
pub struct AmazonProvider {
    pub(super) client_id: Value<String>,
    pub(super) secret: SecretValue,
}

/// Sign in with Apple.
#[derive(Debug, Clone)]
pub struct AppleProvider {
    pub(super) client_id: Value<String>,
    pub(super) key: AppleKey,
}

/// A key of Sign in with Apple, which Cognito uses instead of a client secret.
#[derive(Debug, Clone)]
pub struct AppleKey {
    team_id: Value<String>,
    key_id: Value<String>,
    private_key: SecretValue,
}

impl AppleKey {
    /// The key of this team (10 characters), by its id (10 characters) and the content of the file `AuthKey_{id}.p8`.
    pub fn new(
        team_id: impl IntoValue<String>,
        key_id: impl IntoValue<String>,
        private_key: impl ProviderSecret,
    ) -> Self {
        Self { team_id: team_id.into_value(), key_id: key_id.into_value(), private_key: private_key.into_secret() }
    }
}

impl UserPoolIdentityProviderProps<FacebookProvider> {
    /// The version of Facebook's API, such as `v17.0`; by default Cognito chooses.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.kind.api_version = Some(version.into());
        self
    }
}

impl Kind for GoogleProvider {
    fn type_name(&self) -> &'static str {
        "Google"
    }

    fn scopes(&self) -> Option<(&'static [&'static str], &'static str)> {
        Some((&["openid", "email", "profile"], " "))
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        vec![("client_id", self.client_id.clone())]
    }

    fn secret(&self) -> Option<(&'static str, &SecretValue)> {
        Some(("client_secret", &self.secret))
    }

    fn check(&self, scope: &Scope, _: &[String]) {
        check_client_id(scope, &self.client_id);
    }

    fn verified_claim(&self) -> Option<&'static str> {
        Some("email_verified")
    }
}

impl Kind for FacebookProvider {
    fn type_name(&self) -> &'static str {
        "Facebook"
    }

    fn scopes(&self) -> Option<(&'static [&'static str], &'static str)> {
        Some((&["public_profile", "email"], ", "))
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        let version = self.api_version.iter().map(|version| ("api_version", version.into_value()));
        [("client_id", self.client_id.clone())].into_iter().chain(version).collect()
    }

    fn secret(&self) -> Option<(&'static str, &SecretValue)> {
        Some(("client_secret", &self.secret))
    }

    fn check(&self, scope: &Scope, _: &[String]) {
        check_client_id(scope, &self.client_id);
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_version = |text: &str| {
            text.strip_prefix('v')
                .and_then(|text| text.split_once('.'))
                .is_some_and(|(a, b)| is_number(a) && is_number(b))
        };
        if let Some(version) = self.api_version.as_deref().filter(|version| !is_version(version)) {
            scope.error(
                format!("`{version}` is not a version of Facebook's API, such as `v17.0`"),
                "write it with its `v`, or leave it out for Cognito's default",
            );
        }
    }
}

impl Kind for AmazonProvider {
    fn type_name(&self) -> &'static str {
        "LoginWithAmazon"
    }

    fn scopes(&self) -> Option<(&'static [&'static str], &'static str)> {
        Some((&["profile"], " "))
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        vec![("client_id", self.client_id.clone())]
    }

    fn secret(&self) -> Option<(&'static str, &SecretValue)> {
        Some(("client_secret", &self.secret))
    }

    fn check(&self, scope: &Scope, _: &[String]) {
        check_client_id(scope, &self.client_id);
    }
}

impl Kind for AppleProvider {
    fn type_name(&self) -> &'static str {
        "SignInWithApple"
    }

    fn scopes(&self) -> Option<(&'static [&'static str], &'static str)> {
        Some((&["email", "name"], " "))
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        let (team_id, key_id) = (self.key.team_id.clone(), self.key.key_id.clone());
        vec![("client_id", self.client_id.clone()), ("team_id", team_id), ("key_id", key_id)]
    }

    fn secret(&self) -> Option<(&'static str, &SecretValue)> {
        Some(("private_key", &self.key.private_key))
    }

    fn check(&self, scope: &Scope, _: &[String]) {
        check_client_id(scope, &self.client_id);
        for (what, id) in [("team", &self.key.team_id), ("key", &self.key.key_id)] {
            let hint = format!("copy the {what} id from the account at developer.apple.com");
            scope.check(format!("Apple's {what} id")).hint(hint).name(id, APPLE_ID..=APPLE_ID, "");
        }
    }

    fn verified_claim(&self) -> Option<&'static str> {
        Some("email_verified")
    }
}

impl ProviderKind for GoogleProvider {}
impl ProviderKind for FacebookProvider {}
impl ProviderKind for AmazonProvider {}
impl ProviderKind for AppleProvider {}
impl HasScopes for GoogleProvider {}
impl HasScopes for FacebookProvider {}
impl HasScopes for AmazonProvider {}
impl HasScopes for AppleProvider {}

pub(super) fn check_client_id(scope: &Scope, id: &Value<String>) {
    let check = scope.check("the client id of the identity provider").hint("copy the id from the provider's console");
    check.characters(id, 1.., |c| !c.is_whitespace(), "characters without blanks");
}
