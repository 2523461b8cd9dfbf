//! Verifies a Cognito user pool's tokens.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::alb::AlbUser;
use crate::claims::{AccessClaims, IdClaims};
use crate::clock;
use crate::endpoint::{self, Endpoint, EndpointError};
use crate::error::{TokenError, shown};
use crate::http::Http;
use crate::jose::{Algorithm, Token, text_of};
use crate::jwks::{self, KeySet, Keys};

/// How soon a second unknown key id causes a request.
const INTERVAL: Duration = Duration::from_secs(5);

/// Verifies the tokens of user pools: signed with RS256 by a key of the pool, issued by this pool to this app client, not
/// expired, and of the expected kind. Clones share the pool's keys.
///
/// The keys are fetched for the first token and kept for an hour. A token with an unknown key id makes the verifier fetch
/// them again at once. If the pool does not have it, the next such token does so after 5 seconds; until then
/// [`TokenError::RateLimited`] says that its key may be new. If a request fails, the old keys stay in use.
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
    pools: Vec<Pool>,
    leeway: Duration,
    source: Source,
}

/// What the tokens of one pool are like.
#[derive(Debug, Clone)]
struct Pool {
    issuers: Vec<Issuer>,
    /// Its id, or the issuer's name.
    id: String,
    clients: Option<BTreeSet<String>>,
    known: Option<Keys>,
}

/// An issuer, and the keys that only it has.
#[derive(Debug, Clone)]
struct Issuer {
    name: String,
    keys: KeySet,
}

/// Where keys come from.
#[derive(Debug, Clone)]
struct Source {
    base: Option<Endpoint>,
    http: Http,
    interval: Duration,
}

impl CognitoVerifier {
    /// A verifier for a pool by its id, such as `eu-west-1_AbCdEfGhI`. It accepts no token before you name an app client
    /// with [`client`](Self::client).
    ///
    /// A pool has one of two issuers, and can change to the other: `https://cognito-idp.REGION.amazonaws.com/POOL_ID`, or
    /// the updated `https://issuer-cognito-idp.REGION.amazonaws.com/POOL_ID`. Both are accepted, each with its own keys.
    pub fn new(pool_id: &str) -> Result<Self, EndpointError> {
        Self::empty().or_pool(pool_id)
    }

    /// A verifier for an issuer by its address, the `iss` of its tokens, with or without a slash at its end.
    pub fn from_issuer(issuer: Endpoint) -> Self {
        Self::empty().or_issuer(issuer)
    }

    /// Accepts tokens of another pool as well. App clients, replicas and known keys that you name next are this pool's.
    pub fn or_pool(mut self, pool_id: &str) -> Result<Self, EndpointError> {
        let expected = "a user pool's id such as `eu-west-1_AbCdEfGhI`";
        let wrong = || EndpointError { given: shown(pool_id), expected };
        let (region, _) = endpoint::user_pool(pool_id).ok_or_else(wrong)?;
        self.add(pool_id, endpoint::issuers(region, pool_id));
        Ok(self)
    }

    /// Accepts tokens of another issuer as well. App clients and known keys that you name next are this issuer's.
    pub fn or_issuer(mut self, issuer: Endpoint) -> Self {
        let name = issuer.as_str();
        self.add(name.rsplit('/').next().unwrap_or_default(), [name.to_owned(), format!("{name}/")]);
        self
    }

    /// Accepts tokens of the pool's replica in another region: with the original issuer they have that region's address.
    /// With the updated issuer the tokens of all regions are alike, and no replica needs to be named.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-multi-region.html>
    pub fn replica(mut self, region: &str) -> Result<Self, EndpointError> {
        let region = endpoint::region(region)?;
        let pool = self.pools.last_mut().expect("a verifier has a pool");
        let expected = "a user pool, which alone has replicas";
        let wrong = || EndpointError { given: shown(&pool.id), expected };
        if !endpoint::is_user_pool(&pool.issuers[0].name) {
            return Err(wrong());
        }
        for name in endpoint::issuers(region, &pool.id) {
            let keys = self.source.keys(&name, pool);
            pool.issuers.push(Issuer { name, keys });
        }
        Ok(self)
    }

    /// Accepts tokens issued to this app client. Call it again for further app clients.
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.pool().clients.get_or_insert_default().insert(id.into());
        self
    }

    /// Accepts tokens issued to any app client of the pool. For an API that checks only scopes.
    pub fn any_client(mut self) -> Self {
        self.pool().clients = None;
        self
    }

    /// The pool's keys, if you have its `jwks.json` already: none are fetched before a token has another key id, or an hour
    /// has passed. If they cannot be fetched then, these stay in use.
    pub fn known_keys(mut self, jwks: &str) -> Result<Self, EndpointError> {
        let expected = "a set of RSA keys, such as a pool's `jwks.json`";
        let keys = jwks::parse(jwks.as_bytes()).ok_or_else(|| EndpointError { given: shown(jwks), expected })?;
        self.pool().known = Some(keys);
        Ok(self.renew())
    }

    /// How much the clocks may differ. Default: 10 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Fetches the pools' keys from `/POOL_ID/.well-known/jwks.json` at this address, such as an emulator's. Default: the
    /// issuer's own address. The issuers that tokens must have stay the same.
    pub fn keys_from(mut self, base: &Endpoint) -> Self {
        self.source.base = Some(base.clone());
        self.renew()
    }

    /// The shortest time between two requests for a pool's keys because of key ids that it turns out not to have. Default:
    /// 5 seconds.
    pub fn refetch_interval(mut self, interval: Duration) -> Self {
        self.source.interval = interval;
        self.renew()
    }

    /// The HTTP client that fetches keys. Default: a new one.
    pub fn http(mut self, http: Http) -> Self {
        self.source.http = http;
        self.renew()
    }

    /// The issuer that tokens must have: of the first pool, and the original one if it is named by its id.
    pub fn issuer(&self) -> &str {
        &self.pools[0].issuers[0].name
    }

    /// Every issuer that tokens may have.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.pools.iter().flat_map(|pool| &pool.issuers).map(|issuer| issuer.name.as_str())
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

    /// The claims of the ID token of a login, if it is valid and has this login's nonce. An empty nonce fits no token.
    pub async fn id_of_login(&self, token: &str, nonce: &SecretString) -> Result<IdClaims, TokenError> {
        let claims = self.id(token).await?;
        let (found, expected) = (text_of(claims.all(), "nonce")?.as_bytes(), nonce.expose_secret().as_bytes());
        if !expected.is_empty() && bool::from(found.ct_eq(expected)) { Ok(claims) } else { Err(TokenError::Nonce) }
    }

    /// The claims of the access token that a balancer sends in [`OIDC_ACCESS_TOKEN`](crate::OIDC_ACCESS_TOKEN), if it is
    /// valid and this user's. The balancer's signature does not cover that header.
    pub async fn access_of_user(&self, token: &str, user: &AlbUser) -> Result<AccessClaims, TokenError> {
        let claims = self.access(token).await?;
        expect(claims.all(), "sub", [user.subject()])?;
        Ok(claims)
    }

    async fn claims(
        &self,
        token: &str,
        kind: &'static str,
        client: &'static str,
        now: u64,
    ) -> Result<(Map<String, Value>, String, u64), TokenError> {
        let token = Token::parse(token, Algorithm::Rs256)?;
        let id = token.key_id()?;
        // Which keys verify the token is decided by its own word, and only keys of that issuer do.
        expect(&token.claims, "iss", self.issuers())?;
        let found = text_of(&token.claims, "iss")?;
        let (pool, issuer) = self.by_issuer(found).ok_or(TokenError::Missing("iss"))?;
        token.verify(&issuer.keys.key(id).await?)?;
        let claims = token.claims;
        expect(&claims, "token_use", [kind])?;
        let client = pool.expect_client(&claims, client)?;
        let expires_at = clock::check(&claims, now, self.leeway)?;
        Ok((claims, client, expires_at))
    }

    fn empty() -> Self {
        let source = Source { base: None, http: Http::new(), interval: INTERVAL };
        Self { pools: Vec::new(), leeway: clock::LEEWAY, source }
    }

    fn by_issuer(&self, name: &str) -> Option<(&Pool, &Issuer)> {
        self.pools.iter().find_map(|pool| Some((pool, pool.issuers.iter().find(|issuer| issuer.name == name)?)))
    }

    /// The pool that was named last.
    fn pool(&mut self) -> &mut Pool {
        self.pools.last_mut().expect("a verifier has a pool")
    }

    /// Adds a pool, or names it again: one issuer is of one pool.
    fn add(&mut self, id: &str, issuers: [String; 2]) {
        if let Some(at) = self.pools.iter().position(|pool| pool.issuers.iter().any(|issuer| issuers[0] == issuer.name))
        {
            let named = self.pools.remove(at);
            return self.pools.push(named);
        }
        let mut pool = Pool { issuers: Vec::new(), id: id.to_owned(), clients: Some(BTreeSet::new()), known: None };
        for name in issuers {
            let keys = self.source.keys(&name, &pool);
            pool.issuers.push(Issuer { name, keys });
        }
        self.pools.push(pool);
    }

    /// Every issuer with keys from the source as it is now.
    fn renew(mut self) -> Self {
        for pool in &mut self.pools {
            let renewed =
                |issuer: &Issuer| Issuer { name: issuer.name.clone(), keys: self.source.keys(&issuer.name, pool) };
            pool.issuers = pool.issuers.iter().map(renewed).collect();
        }
        self
    }
}

impl Source {
    fn keys(&self, issuer: &str, pool: &Pool) -> KeySet {
        let base = match &self.base {
            Some(base) => base.join(&format!("/{}", pool.id)),
            None => issuer.trim_end_matches('/').to_owned(),
        };
        let address = format!("{base}/.well-known/jwks.json");
        KeySet::at(address, self.http.clone(), self.interval, pool.known.clone())
    }
}

impl Pool {
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

/// Checks that a claim or header field has exactly one of these texts.
pub(crate) fn expect<E: AsRef<str>>(
    map: &Map<String, Value>,
    claim: &'static str,
    expected: impl IntoIterator<Item = E>,
) -> Result<(), TokenError> {
    let found = text_of(map, claim)?;
    let expected: Vec<E> = expected.into_iter().collect();
    if expected.iter().any(|expected| expected.as_ref() == found) {
        return Ok(());
    }
    let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
    Err(TokenError::Mismatch { claim, found: shown(found), expected: format!("`{}`", expected.join("` or `")) })
}
