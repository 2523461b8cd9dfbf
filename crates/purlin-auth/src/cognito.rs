//! Verifies a Cognito user pool's tokens.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::claims::{AccessClaims, IdClaims};
use crate::clock;
use crate::endpoint::{self, Endpoint, EndpointError};
use crate::error::{TokenError, shown};
use crate::http::Http;
use crate::jose::{Algorithm, Token, text_of};
use crate::jwks::KeySet;

/// Verifies the tokens of one user pool: signed with RS256 by a key of the pool, issued by this pool to this app client,
/// not expired, and of the expected kind. Clones share the pool's keys.
///
/// The keys are fetched for the first token and kept for an hour. A token with an unknown key id makes the verifier fetch
/// them again, at most once a minute in total. If that fails, the old keys stay in use.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
///
/// ```no_run
/// # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use purlin_auth::CognitoVerifier;
///
/// let verifier = CognitoVerifier::new("eu-west-1_AbCdEfGhI")?.client("4example5client6id");
/// let claims = verifier.access(token).await?;
/// claims.require_scope("mydomain.com/API_ACCESS")?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct CognitoVerifier {
    issuer: String,
    clients: Option<BTreeSet<String>>,
    leeway: Duration,
    keys: KeySet,
}

impl CognitoVerifier {
    /// A verifier for a pool by its id, such as `eu-west-1_AbCdEfGhI`. It accepts no token before you name an app client
    /// with [`client`](Self::client). A pool with the updated issuer has the address
    /// `https://issuer-cognito-idp.REGION.amazonaws.com/POOL_ID`: use [`from_issuer`](Self::from_issuer).
    pub fn new(pool_id: &str) -> Result<Self, EndpointError> {
        let wrong =
            || EndpointError { given: shown(pool_id), expected: "a user pool's id such as `eu-west-1_AbCdEfGhI`" };
        let (region, name) = pool_id.split_once('_').ok_or_else(wrong)?;
        let region = endpoint::region(region).map_err(|_| wrong())?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(wrong());
        }
        let issuer = format!("https://cognito-idp.{region}.{}/{pool_id}", endpoint::suffix(region));
        Ok(Self::from_issuer(Endpoint::known(issuer)))
    }

    /// A verifier for an issuer by its address, the `iss` of its tokens.
    pub fn from_issuer(issuer: Endpoint) -> Self {
        let keys = KeySet::at(issuer.join("/.well-known/jwks.json"), Http::new(), Duration::from_mins(1));
        let (issuer, clients) = (issuer.as_str().to_owned(), Some(BTreeSet::new()));
        Self { issuer, clients, leeway: clock::LEEWAY, keys }
    }

    /// Accepts tokens issued to this app client. Call it again for further app clients.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.get_or_insert_default().insert(id.into());
        self
    }

    /// Accepts tokens issued to any app client of the pool. For an API that checks only scopes.
    pub fn any_client(mut self) -> Self {
        self.clients = None;
        self
    }

    /// How much the clocks may differ. Default: 10 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Fetches the pool's keys from `/POOL_ID/.well-known/jwks.json` at this address, such as an emulator's. Default: the
    /// pool's own address. The issuer that tokens must have stays the same.
    pub fn keys_from(mut self, base: &Endpoint) -> Self {
        let pool = self.issuer.rsplit('/').next().unwrap_or_default();
        self.keys = self.keys.address(base.join(&format!("/{pool}/.well-known/jwks.json")));
        self
    }

    /// The shortest time between two requests for the keys because of unknown key ids. Default: one minute.
    pub fn refetch_interval(mut self, interval: Duration) -> Self {
        self.keys = self.keys.interval(interval);
        self
    }

    /// The HTTP client that fetches keys. Default: a new one.
    pub fn http(mut self, http: Http) -> Self {
        self.keys = self.keys.http(http);
        self
    }

    /// The issuer that tokens must have.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The claims of an access token, if it is valid. For APIs.
    pub async fn access(&self, token: &str) -> Result<AccessClaims, TokenError> {
        self.access_at(token, clock::now()).await
    }

    /// The same at another time than now, in seconds since 1970.
    pub async fn access_at(&self, token: &str, now: u64) -> Result<AccessClaims, TokenError> {
        let (claims, client, expires_at) = self.claims(token, "access", "client_id", now).await?;
        AccessClaims::new(client, expires_at, claims)
    }

    /// The claims of an ID token, if it is valid. For apps that sign users in. After a login that your app began, use
    /// [`id_of_login`](Self::id_of_login) instead.
    pub async fn id(&self, token: &str) -> Result<IdClaims, TokenError> {
        self.id_at(token, clock::now()).await
    }

    /// The same at another time than now, in seconds since 1970.
    pub async fn id_at(&self, token: &str, now: u64) -> Result<IdClaims, TokenError> {
        let (claims, client, expires_at) = self.claims(token, "id", "aud", now).await?;
        IdClaims::new(client, expires_at, claims)
    }

    /// The claims of the ID token of a login, if it is valid and has this login's nonce.
    pub async fn id_of_login(&self, token: &str, nonce: &SecretString) -> Result<IdClaims, TokenError> {
        let claims = self.id(token).await?;
        let found = text_of(claims.all(), "nonce")?;
        let matches = found.as_bytes().ct_eq(nonce.expose_secret().as_bytes());
        if matches.into() { Ok(claims) } else { Err(TokenError::Nonce) }
    }

    async fn claims(
        &self,
        token: &str,
        kind: &'static str,
        client: &'static str,
        now: u64,
    ) -> Result<(Map<String, Value>, String, u64), TokenError> {
        let token = Token::parse(token, Algorithm::Rs256)?;
        let key = self.keys.key(token.key_id()?).await?;
        token.verify(&key)?;
        let claims = token.claims;
        expect(&claims, "iss", &self.issuer)?;
        expect(&claims, "token_use", kind)?;
        let client = self.expect_client(&claims, client)?;
        let expires_at = clock::check(&claims, now, self.leeway)?;
        Ok((claims, client, expires_at))
    }

    fn expect_client(&self, claims: &Map<String, Value>, claim: &'static str) -> Result<String, TokenError> {
        let found = text_of(claims, claim)?;
        match &self.clients {
            Some(clients) if !clients.contains(found) => {
                let expected = if clients.is_empty() {
                    "an app client of the verifier, which has none; add one with `client`".to_owned()
                } else {
                    format!("`{}`", clients.iter().map(String::as_str).collect::<Vec<_>>().join("` or `"))
                };
                Err(TokenError::Mismatch { claim, found: shown(found), expected })
            }
            _ => Ok(found.to_owned()),
        }
    }
}

/// Checks that a claim or header field has exactly this text.
pub(crate) fn expect(map: &Map<String, Value>, claim: &'static str, expected: &str) -> Result<(), TokenError> {
    let found = text_of(map, claim)?;
    if found == expected {
        return Ok(());
    }
    Err(TokenError::Mismatch { claim, found: shown(found), expected: format!("`{expected}`") })
}
