//! Tokens for machines: one token is used for all requests until shortly before it expires.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::oauth::OAuthClient;
use crate::oauth_error::OAuthError;

/// A token is replaced this long before it expires, or after nine tenths of its lifetime if that is shorter.
const MARGIN: Duration = Duration::from_mins(1);
/// For this long after a failure, callers get the same failure without a new request.
const PAUSE: Duration = Duration::from_secs(1);

/// Tokens of an app client for itself, from [`OAuthClient::client_credentials`]. Clones share the token.
///
/// Cognito charges for each token and limits requests per second: keep this value and use it for all requests.
///
/// ```no_run
/// # async fn example(client: purlin_auth::OAuthClient) -> Result<(), purlin_auth::OAuthError> {
/// use purlin_auth::ExposeSecret as _;
///
/// let tokens = client.client_credentials(["mydomain.com/API_ACCESS"]);
/// let authorization = format!("Bearer {}", tokens.token().await?.expose_secret());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    client: OAuthClient,
    scopes: Vec<String>,
    /// Locked while a token is requested: other callers wait for that one.
    cache: Arc<Mutex<Cache>>,
}

#[derive(Debug)]
enum Cache {
    Empty,
    Token { token: SecretString, until: Instant },
    Failure { error: OAuthError, until: Instant },
}

impl OAuthClient {
    /// Access tokens for this app client itself, which is a machine, with these scopes. Without any scope: all that the
    /// app client is allowed. Each token is kept until shortly before it expires.
    pub fn client_credentials<S: Into<String>>(&self, scopes: impl IntoIterator<Item = S>) -> ClientCredentials {
        let scopes = scopes.into_iter().map(Into::into).collect();
        ClientCredentials { client: self.clone(), scopes, cache: Arc::new(Mutex::new(Cache::Empty)) }
    }
}

impl ClientCredentials {
    /// An access token that is valid for some time: one minute, or a tenth of its lifetime if that is shorter.
    pub async fn token(&self) -> Result<SecretString, OAuthError> {
        let mut cache = self.cache.lock().await;
        let now = Instant::now();
        match &*cache {
            Cache::Token { token, until } if now < *until => return Ok(token.clone()),
            Cache::Failure { error, until } if now < *until => return Err(error.clone()),
            _ => (),
        }
        match self.client.machine_token(&self.scopes).await {
            Ok(tokens) => {
                let lifetime = tokens.expires_in;
                let until = now + lifetime.saturating_sub(MARGIN.min(lifetime / 10));
                *cache = Cache::Token { token: tokens.access.clone(), until };
                Ok(tokens.access)
            }
            Err(error) => {
                *cache = Cache::Failure { error: error.clone(), until: Instant::now() + PAUSE };
                Err(error)
            }
        }
    }

    /// Drops a token that an API refused, so that the next one is new. A newer token stays.
    pub async fn forget(&self, refused: &SecretString) {
        let mut cache = self.cache.lock().await;
        match &*cache {
            Cache::Token { token, .. } if token.expose_secret() == refused.expose_secret() => *cache = Cache::Empty,
            _ => (),
        }
    }
}
