//! Providers of OpenID Connect, described by their issuer or by four endpoints.

use purlin_construct::{IntoValue, Scope, SecretValue, Value};

use super::sealed::Kind;
use super::social::check_client_id;
use super::{HasIdentifiers, HasScopes, ProviderKind, ProviderSecret, UserPoolIdentityProviderProps};
use crate::check::Checks;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A provider of OpenID Connect.
#[derive(Debug, Clone)]
pub struct OidcProvider {
    issuer: Value<String>,
    client: OidcClient,
    endpoints: Option<OidcEndpoints>,
    method: &'static str,
}

/// The client that the user pool is at the provider.
#[derive(Debug, Clone)]
pub struct OidcClient {
    id: Value<String>,
    secret: SecretValue,
}

impl OidcClient {
    /// A client with this id and secret. Cognito sends both in the body (`client_secret_post`).
    pub fn new(id: impl IntoValue<String>, secret: impl ProviderSecret) -> Self {
        Self { id: id.into_value(), secret: secret.into_secret() }
    }
}

/// The endpoints of a provider without a discovery document.
#[derive(Debug, Clone)]
pub struct OidcEndpoints {
    /// The endpoint where users sign in.
    pub authorization: Value<String>,
    /// The endpoint that issues tokens.
    pub token: Value<String>,
    /// The endpoint with a user's attributes.
    pub user_info: Value<String>,
    /// The keys that tokens are signed with.
    pub jwks_uri: Value<String>,
}

impl OidcEndpoints {
    fn named(&self) -> [(&'static str, &Value<String>); 4] {
        [
            ("authorize_url", &self.authorization),
            ("token_url", &self.token),
            ("attributes_url", &self.user_info),
            ("jwks_uri", &self.jwks_uri),
        ]
    }
}

impl OidcProvider {
    pub(super) fn new(issuer: Value<String>, client: OidcClient) -> Self {
        Self { issuer, client, endpoints: None, method: "GET" }
    }
}

impl UserPoolIdentityProviderProps<OidcProvider> {
    /// The endpoints of a provider without a discovery document. By default Cognito reads them from the issuer.
    pub fn endpoints(mut self, endpoints: OidcEndpoints) -> Self {
        self.kind.endpoints = Some(endpoints);
        self
    }

    /// Requests a user's attributes with `POST`; by default with `GET`.
    pub fn user_info_by_post(mut self) -> Self {
        self.kind.method = "POST";
        self
    }
}

impl Kind for OidcProvider {
    fn type_name(&self) -> &'static str {
        "OIDC"
    }

    fn scopes(&self) -> Option<(&'static [&'static str], &'static str)> {
        Some((&["openid", "email", "profile"], " "))
    }

    fn details(&self) -> Vec<(&'static str, Value<String>)> {
        let mut details = vec![
            ("client_id", self.client.id.clone()),
            ("attributes_request_method", self.method.into_value()),
            ("oidc_issuer", self.issuer.clone()),
        ];
        let endpoints = self.endpoints.iter().flat_map(OidcEndpoints::named);
        details.extend(endpoints.map(|(name, url)| (name, url.clone())));
        details
    }

    fn secret(&self) -> Option<(&'static str, &SecretValue)> {
        Some(("client_secret", &self.client.secret))
    }

    fn check(&self, scope: &Scope, scopes: &[String]) {
        check_client_id(scope, &self.client.id);
        check_issuer(scope, &self.issuer);
        for (name, url) in self.endpoints.iter().flat_map(OidcEndpoints::named) {
            check_url(scope, &format!("endpoint `{name}`"), url);
        }
        if !scopes.iter().any(|scope| scope == "openid") {
            scope.error(
                format!("the scopes of the OpenID Connect provider are `{}`, without `openid`", scopes.join(" ")),
                "add the scope `openid`: without it the provider issues no id token",
            );
        }
    }
}

impl ProviderKind for OidcProvider {}
impl HasScopes for OidcProvider {}
impl HasIdentifiers for OidcProvider {}

fn check_issuer(scope: &Scope, issuer: &Value<String>) {
    check_url(scope, "issuer", issuer);
    let Some(issuer) = issuer.as_str() else { return };
    if let Some(known) = issuer.trim_end_matches('/').strip_suffix(DISCOVERY) {
        scope.error(
            format!("the issuer `{issuer}` is the address of the discovery document"),
            format!("write the part before it: `{known}`"),
        );
    } else if issuer.ends_with('/') {
        scope.error(
            format!("the issuer `{issuer}` ends with a slash, but AWS takes none"),
            format!("write `{}`, which has to be the `iss` of the provider's tokens", issuer.trim_end_matches('/')),
        );
    }
}

/// Reports a URL that Cognito does not call: it calls `https` on the ports 443 and 80 only.
pub(super) fn check_url(scope: &Scope, what: &str, url: &Value<String>) {
    scope.check(format!("the {what}")).https(url);
    let Some((url, rest)) = url.as_str().and_then(|url| Some((url, url.strip_prefix("https://")?))) else { return };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if url.contains(['?', '#']) && what == "issuer" {
        scope.error(format!("the issuer `{url}` has a query or a fragment"), "remove the part from `?` or `#`");
    }
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
    if let Some(port) = port.filter(|port| !["443", "80"].contains(port)) {
        scope.error(
            format!("the {what} `{url}` is on port `{port}`, but AWS takes 443 and 80 only"),
            "serve the provider on port 443",
        );
    }
}
