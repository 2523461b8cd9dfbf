//! Balancers' public keys: a key id always means the same key, so each is fetched once; unknown ones are fetched rarely.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::endpoint::Endpoint;
use crate::error::{TokenError, shown};
use crate::http::{Http, HttpError};
use crate::jose::PublicKey;

/// Balancers use one key at a time and change it now and then.
const KEPT: usize = 32;
/// Key ids that turn out to be unknown, in each window: forging one costs an attacker nothing and us a request.
const MOST_UNKNOWN: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);
/// After a failure the next request may try again this soon.
const PAUSE: Duration = Duration::from_secs(2);

/// The public keys of a region's balancers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    base: Endpoint,
    http: Http,
    known: Arc<RwLock<BTreeMap<String, PublicKey>>>,
    /// Held while a key is fetched: everybody else who misses one waits.
    flight: Arc<Mutex<Past>>,
}

#[derive(Debug)]
struct Past {
    window: Instant,
    unknown: u32,
    failed: Option<(Instant, HttpError)>,
}

impl Keys {
    pub(crate) fn at(base: Endpoint, http: Http) -> Self {
        let past = Past { window: Instant::now(), unknown: 0, failed: None };
        Self { base, http, known: Arc::default(), flight: Arc::new(Mutex::new(past)) }
    }

    /// The key of an id that was checked: it becomes part of an address.
    pub(crate) async fn key(&self, id: &str) -> Result<PublicKey, TokenError> {
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        let mut past = self.flight.lock().await;
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        past.permit()?;
        let key = self.fetch(id).await.inspect_err(|error| past.remember(error))?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.pop_first();
        }
        known.insert(id.to_owned(), key.clone());
        Ok(key)
    }

    async fn fetch(&self, id: &str) -> Result<PublicKey, TokenError> {
        let address = self.base.join(&format!("/{id}"));
        let pem = match self.http.get(&address).await {
            Ok(pem) => pem,
            // A bucket says 403 of what it does not have.
            Err(HttpError::Status { status: 403 | 404, .. }) => return Err(TokenError::UnknownKey(shown(id))),
            Err(error) => return Err(error.into()),
        };
        let nonsense = || HttpError::Nonsense { address, expected: "a P-256 key in PEM form" };
        PublicKey::p256_from_pem(&pem).ok_or_else(|| nonsense().into())
    }

    /// A kept key; a panic elsewhere leaves them as good as they were.
    fn known(&self, id: &str) -> Option<PublicKey> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl Past {
    /// Whether another fetch is in order; if not, why.
    fn permit(&mut self) -> Result<(), TokenError> {
        if self.window.elapsed() >= WINDOW {
            *self = Self { window: Instant::now(), unknown: 0, failed: None };
        }
        match &self.failed {
            Some((at, error)) if at.elapsed() < PAUSE => return Err(error.clone().into()),
            _ => (),
        }
        if self.unknown < MOST_UNKNOWN {
            return Ok(());
        }
        Err(TokenError::Flooded(WINDOW.saturating_sub(self.window.elapsed()).as_secs() + 1))
    }

    fn remember(&mut self, error: &TokenError) {
        match error {
            TokenError::Keys(error) => self.failed = Some((Instant::now(), error.clone())),
            _ => self.unknown += 1,
        }
    }
}
