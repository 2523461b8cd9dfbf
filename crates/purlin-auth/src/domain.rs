//! The addresses of a user pool's domain: its sign-in pages, logout, and the token endpoint.

use form_urlencoded::Serializer;

use crate::endpoint::{self, Endpoint, EndpointError};

/// A user pool's domain: Cognito's, a custom one, or an emulator's.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html>
///
/// ```
/// use purlin_auth::UserPoolDomain;
///
/// let domain = UserPoolDomain::from_prefix("my-app", "eu-west-1")?;
/// assert_eq!(domain.as_str(), "https://my-app.auth.eu-west-1.amazoncognito.com");
/// assert_eq!(
///     domain.logout_url("4example5client6id", "https://app.example.com/"),
///     "https://my-app.auth.eu-west-1.amazoncognito.com/logout?client_id=4example5client6id\
///      &logout_uri=https%3A%2F%2Fapp.example.com%2F"
/// );
/// let custom: UserPoolDomain = "https://login.example.com".parse()?;
/// # Ok::<(), purlin_auth::EndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPoolDomain(Endpoint);

impl UserPoolDomain {
    /// A domain by its address.
    pub fn new(address: Endpoint) -> Self {
        Self(address)
    }

    /// A domain of Cognito by prefix and region.
    pub fn from_prefix(prefix: &str, region: &str) -> Result<Self, EndpointError> {
        let region = endpoint::region(region)?;
        if !(1..=63).contains(&prefix.len())
            || !prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        {
            let expected = "a domain prefix: 1 to 63 lowercase letters, digits and dashes";
            return Err(EndpointError { given: crate::error::shown(prefix), expected });
        }
        let zone = if region.starts_with("us-gov-") { "auth-fips" } else { "auth" };
        Ok(Self(Endpoint::known(format!("https://{prefix}.{zone}.{region}.amazoncognito.com"))))
    }

    /// The domain's address without a slash at its end.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address at which a browser signs out of the pool. It redirects to `logout_uri`, which must be one of the app
    /// client's sign-out URLs.
    pub fn logout_url(&self, client_id: &str, logout_uri: &str) -> String {
        self.page("/logout", [("client_id", client_id), ("logout_uri", logout_uri)])
    }

    /// The address that returns the user's claims for an access token with the scope `openid`.
    pub fn user_info_url(&self) -> String {
        self.0.join("/oauth2/userInfo")
    }

    pub(crate) fn token_url(&self) -> String {
        self.0.join("/oauth2/token")
    }

    pub(crate) fn revoke_url(&self) -> String {
        self.0.join("/oauth2/revoke")
    }

    /// The address of a page with its parameters.
    pub(crate) fn page<'a>(&self, path: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        self.0.join(&format!("{path}?{query}"))
    }
}

impl std::str::FromStr for UserPoolDomain {
    type Err = EndpointError;

    fn from_str(address: &str) -> Result<Self, EndpointError> {
        address.parse().map(Self)
    }
}

impl From<Endpoint> for UserPoolDomain {
    fn from(address: Endpoint) -> Self {
        Self(address)
    }
}
