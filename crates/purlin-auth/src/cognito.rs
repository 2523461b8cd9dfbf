//! Decides whether to believe a Cognito user pool's tokens.

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

/// Verifies the tokens of one user pool: RS256 with a key of the pool, from this pool, for this app client, in time, and
/// of the kind that was asked for. Clones share the pool's keys.
///
/// The keys are fetched when the first token comes, kept for an hour, and fetched again when a token names a key that is
/// not among them: then at most once a minute, whoever asks. While they cannot be fetched the old ones stay.
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
    keys_at: String,
    clients: Option<BTreeSet<String>>,
    leeway: Duration,
    interval: Duration,
    http: Http,
    keys: KeySet,
}

impl CognitoVerifier {
    /// A verifier for a pool by its id, such as `eu-west-1_AbCdEfGhI`. It believes no token until it is told of an app
    /// client by [`client`](Self::client).
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

    /// A verifier for an issuer by its address, which the tokens' `iss` repeats.
    pub fn from_issuer(issuer: Endpoint) -> Self {
        let (http, interval) = (Http::new(), Duration::from_mins(1));
        let keys_at = issuer.join("/.well-known/jwks.json");
        let keys = KeySet::at(keys_at.clone(), http.clone(), interval);
        let (issuer, clients) = (issuer.as_str().to_owned(), Some(BTreeSet::new()));
        Self { issuer, keys_at, clients, leeway: clock::LEEWAY, interval, http, keys }
    }

    /// Believes tokens issued to this app client; may be said of several.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.get_or_insert_default().insert(id.into());
        self
    }

    /// Believes tokens issued to any app client of the pool. For an API that goes by scopes alone.
    pub fn any_client(mut self) -> Self {
        self.clients = None;
        self
    }

    /// How far the clocks may differ. Without it 10 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Where the pool's keys are: under `/POOL_ID/.well-known/jwks.json` of this address. Without it at the pool itself.
    /// The issuer that tokens have to name stays the same: this is for an emulator.
    pub fn keys_from(mut self, base: &Endpoint) -> Self {
        let pool = self.issuer.rsplit('/').next().unwrap_or_default();
        self.keys_at = base.join(&format!("/{pool}/.well-known/jwks.json"));
        self.rebuild()
    }

    /// How often the keys are fetched at most when tokens name unknown ones. Without it once a minute.
    pub fn refetch_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self.rebuild()
    }

    /// Fetches keys by this client. Without it by one of its own.
    pub fn http(mut self, http: Http) -> Self {
        self.http = http;
        self.rebuild()
    }

    /// The issuer that tokens have to name.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The claims of an access token, if it is to be believed. For APIs.
    pub async fn access(&self, token: &str) -> Result<AccessClaims, TokenError> {
        self.access_at(token, clock::now()).await
    }

    /// The claims of an access token as they were to be believed at a moment, in seconds since 1970.
    pub async fn access_at(&self, token: &str, now: u64) -> Result<AccessClaims, TokenError> {
        let (claims, client, expires_at) = self.claims(token, "access", "client_id", now).await?;
        AccessClaims::new(client, expires_at, claims)
    }

    /// The claims of an ID token, if it is to be believed. For apps that sign users in; after a login of their own they
    /// use [`id_of_login`](Self::id_of_login).
    pub async fn id(&self, token: &str) -> Result<IdClaims, TokenError> {
        self.id_at(token, clock::now()).await
    }

    /// The claims of an ID token as they were to be believed at a moment, in seconds since 1970.
    pub async fn id_at(&self, token: &str, now: u64) -> Result<IdClaims, TokenError> {
        let (claims, client, expires_at) = self.claims(token, "id", "aud", now).await?;
        IdClaims::new(client, expires_at, claims)
    }

    /// The claims of the ID token that a login brought: its nonce has to be that login's.
    pub async fn id_of_login(&self, token: &str, nonce: &SecretString) -> Result<IdClaims, TokenError> {
        let claims = self.id(token).await?;
        let found = text_of(claims.all(), "nonce")?;
        let fits = found.as_bytes().ct_eq(nonce.expose_secret().as_bytes());
        if fits.into() { Ok(claims) } else { Err(TokenError::Nonce) }
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
                    "an app client that the verifier was told of, and it was told of none".to_owned()
                } else {
                    format!("`{}`", clients.iter().map(String::as_str).collect::<Vec<_>>().join("` or `"))
                };
                Err(TokenError::Stranger { claim, found: shown(found), expected })
            }
            _ => Ok(found.to_owned()),
        }
    }

    fn rebuild(mut self) -> Self {
        self.keys = KeySet::at(self.keys_at.clone(), self.http.clone(), self.interval);
        self
    }
}

/// A claim or header field that must say exactly this.
pub(crate) fn expect(map: &Map<String, Value>, claim: &'static str, expected: &str) -> Result<(), TokenError> {
    let found = text_of(map, claim)?;
    if found == expected {
        return Ok(());
    }
    Err(TokenError::Stranger { claim, found: shown(found), expected: format!("`{expected}`") })
}
