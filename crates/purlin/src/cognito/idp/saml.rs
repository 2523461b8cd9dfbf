//! SAML 2.0 providers: known by their metadata.

use purlin_construct::{IntoValue, Scope, SecretValue, Value};

use super::oidc::check_url;
use super::sealed::Kind;
use super::{HasIdentifiers, ProviderKind, UserPoolIdentityProviderProps};

/// Cognito takes no longer values.
const LONGEST_METADATA: usize = 131_072;

/// A SAML 2.0 provider.
#[derive(Debug, Clone)]
pub struct SamlProvider {
    metadata: SamlMetadata,
    signs_out: bool,
    more: Vec<(&'static str, &'static str)>,
}

/// What a SAML provider says of itself: where it is, and with which certificate it signs.
#[derive(Debug, Clone)]
pub struct SamlMetadata(Metadata);

#[derive(Debug, Clone)]
enum Metadata {
    Url(Value<String>),
    Content(Value<String>),
}

impl SamlMetadata {
    /// At an `https` URL, which Cognito reads again every 6 hours or before it is out of date.
    pub fn url(url: impl IntoValue<String>) -> Self {
        Self(Metadata::Url(url.into_value()))
    }

    /// The XML document itself, such as `include_str!("metadata.xml")`: its certificate is replaced by a deployment.
    pub fn content(xml: impl IntoValue<String>) -> Self {
        Self(Metadata::Content(xml.into_value()))
    }
}

impl SamlProvider {
    pub(super) fn new(metadata: SamlMetadata) -> Self {
        Self { metadata, signs_out: false, more: Vec::new() }
    }
}

impl UserPoolIdentityProviderProps<SamlProvider> {
    /// Users who sign out of the pool are signed out of the provider too. By default they stay signed in there.
    pub fn sign_out_of_provider(mut self) -> Self {
        self.kind.signs_out = true;
        self
    }

    /// The provider has to encrypt its answers, with a certificate of the pool. By default it need not.
    pub fn encrypted_responses(self) -> Self {
        self.with("EncryptedResponses", "true")
    }

    /// Cognito signs its requests, by RSA and SHA-256. By default it does not.
    pub fn signed_requests(self) -> Self {
        self.with("RequestSigningAlgorithm", "rsa-sha256")
    }

    /// Users may begin at the provider, which sends them here without having been asked. By default they may not:
    /// nothing then shows that the user wanted to sign in
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-session-initiation.html>).
    pub fn idp_initiated(self) -> Self {
        self.with("IDPInit", "true")
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        if !self.kind.more.contains(&(name, value)) {
            self.kind.more.push((name, value));
        }
        self
    }
}

impl Kind for SamlProvider {
    fn type_name(&self) -> &'static str {
        "SAML"
    }

    fn scopes(&self) -> Option<(&'static [&'static str], &'static str)> {
        None
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        let metadata = match &self.metadata.0 {
            Metadata::Url(url) => ("MetadataURL", url.clone()),
            Metadata::Content(xml) => ("MetadataFile", xml.clone()),
        };
        let signs_out = if self.signs_out { "true" } else { "false" };
        let more = self.more.iter().map(|(name, value)| (*name, value.into_value()));
        [("IDPSignout", signs_out.into_value()), metadata].into_iter().chain(more).collect()
    }

    fn secret(&self) -> Option<(&'static str, &SecretValue)> {
        None
    }

    fn check(&self, scope: &Scope, _: &[String]) {
        match &self.metadata.0 {
            Metadata::Url(url) => check_url(scope, "address of the SAML metadata", url),
            Metadata::Content(xml) => check_content(scope, xml),
        }
    }
}

impl ProviderKind for SamlProvider {}
impl HasIdentifiers for SamlProvider {}

fn check_content(scope: &Scope, xml: &Value<String>) {
    let Some(xml) = xml.as_str() else { return };
    let begins = || xml.trim_start().chars().take(40).collect::<String>();
    if xml.starts_with("https://") || xml.starts_with("http://") {
        scope.error(
            format!("the SAML metadata is an address, `{}`, where the document is meant", begins()),
            "let Cognito read it from there: `SamlMetadata::url(..)`",
        );
    } else if !xml.trim_start_matches('\u{feff}').trim_start().starts_with('<') || !xml.contains("IDPSSODescriptor") {
        scope.error(
            format!("the SAML metadata, which begins with `{}`, does not describe an identity provider", begins()),
            "give the XML document that the provider offers, with an `IDPSSODescriptor` in it",
        );
    }
    let length = xml.chars().count();
    if length > LONGEST_METADATA {
        scope.error(
            format!("the SAML metadata has {length} characters, Cognito takes {LONGEST_METADATA}"),
            "keep the one entity that users sign in with, or give the address: `SamlMetadata::url(..)`",
        );
    }
}
