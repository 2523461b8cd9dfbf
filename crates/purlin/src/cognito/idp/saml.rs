//! SAML 2.0 providers, described by their metadata.

use purlin_construct::{IntoValue, Scope, SecretValue, Value};

use super::oidc::check_url;
use super::sealed::Kind;
use super::{HasIdentifiers, ProviderKind, UserPoolIdentityProviderProps};
use crate::check::Checks;

/// The longest metadata.
const LONGEST_METADATA: usize = 131_072;

/// A SAML 2.0 provider.
#[derive(Debug, Clone)]
pub struct SamlProvider {
    metadata: SamlMetadata,
    signs_out: bool,
    more: Vec<(&'static str, &'static str)>,
}

/// The metadata of a SAML provider: its addresses and its signing certificate.
#[derive(Debug, Clone)]
pub struct SamlMetadata(Metadata);

#[derive(Debug, Clone)]
enum Metadata {
    Url(Value<String>),
    Content(Value<String>),
}

impl SamlMetadata {
    /// Metadata at an `https` URL, which Cognito reads every 6 hours or before it expires.
    pub fn url(url: impl IntoValue<String>) -> Self {
        Self(Metadata::Url(url.into_value()))
    }

    /// The XML document, such as `include_str!("metadata.xml")`. A new certificate requires a deployment.
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
    /// Signs users out of the provider when they sign out of the pool. By default they stay signed in there.
    pub fn sign_out_of_provider(mut self) -> Self {
        self.kind.signs_out = true;
        self
    }

    /// Requires encrypted responses, with a certificate of the pool. By default they need not be encrypted.
    pub fn encrypted_responses(self) -> Self {
        self.with("EncryptedResponses", "true")
    }

    /// Signs requests with RSA and SHA-256. By default they are not signed.
    pub fn signed_requests(self) -> Self {
        self.with("RequestSigningAlgorithm", "rsa-sha256")
    }

    /// Accepts sign-ins that begin at the provider. By default they are rejected, because they do not prove that the user
    /// started the sign-in
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
            format!("the SAML metadata is an address, `{}`, but it has to be a document", begins()),
            "pass the address with `SamlMetadata::url(..)`",
        );
    } else if !xml.trim_start_matches('\u{feff}').trim_start().starts_with('<') || !xml.contains("IDPSSODescriptor") {
        scope.error(
            format!("the SAML metadata, which begins with `{}`, does not describe an identity provider", begins()),
            "pass the XML document of the provider, which has an `IDPSSODescriptor`",
        );
    }
    let hint = "keep only the entity that users sign in with, or pass the address: `SamlMetadata::url(..)`";
    scope.check("the SAML metadata").hint(hint).length(xml, ..=LONGEST_METADATA);
}
