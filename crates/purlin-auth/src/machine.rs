//! Tokens for machines: one token serves all requests until shortly before it expires, and is asked for once.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::oauth::OAuthClient;
use crate::oauth_error::OAuthError;

/// A token is replaced this long before it expires, or after nine tenths of its life if that is shorter.
const MARGIN: Duration = Duration::from_mins(1);
/// Whoever waited for an answer that was a failure gets it as well, instead of asking once more.
const PAUSE: Duration = Duration::from_secs(1);

/// Tokens of an app client for itself: made by [`OAuthClient::client_credentials`]. Clones share the token.
///
/// Cognito bills each token and answers few of them a second: keep this, rather than ask for each request.
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
    /// Held while a token is asked for: everybody else waits for that one.
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
enum Kept {
    Nothing,
    Token { token: SecretString, until: Instant },
    Failure { error: OAuthError, until: Instant },
}

impl ClientCredentials {
    pub(crate) fn new(client: OAuthClient, scopes: Vec<String>) -> Self {
        Self { client, scopes, kept: Arc::new(Mutex::new(Kept::Nothing)) }
    }

    /// An access token that is good for a while yet.
    pub async fn token(&self) -> Result<SecretString, OAuthError> {
        let mut kept = self.kept.lock().await;
        let now = Instant::now();
        match &*kept {
            Kept::Token { token, until } if now < *until => return Ok(token.clone()),
            Kept::Failure { error, until } if now < *until => return Err(error.clone()),
            _ => (),
        }
        match self.client.machine_token(&self.scopes).await {
            Ok(tokens) => {
                let life = tokens.expires_in;
                let until = now + life.saturating_sub(MARGIN.min(life / 10));
                *kept = Kept::Token { token: tokens.access.clone(), until };
                Ok(tokens.access)
            }
            Err(error) => {
                *kept = Kept::Failure { error: error.clone(), until: Instant::now() + PAUSE };
                Err(error)
            }
        }
    }

    /// Forgets a token that an API refused, so that the next one is new. Another token, that came meanwhile, stays.
    pub async fn forget(&self, refused: &SecretString) {
        let mut kept = self.kept.lock().await;
        match &*kept {
            Kept::Token { token, .. } if token.expose_secret() == refused.expose_secret() => *kept = Kept::Nothing,
            _ => (),
        }
    }
}
