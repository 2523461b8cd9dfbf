//! A SAML provider has no scopes.
use purlin::cognito::{SamlMetadata, UserPoolIdentityProvider};

fn main() {
    let saml = UserPoolIdentityProvider::saml("Corp", SamlMetadata::url("https://idp.example.com/metadata"));
    let _ = saml.scopes(["openid"]);
}
