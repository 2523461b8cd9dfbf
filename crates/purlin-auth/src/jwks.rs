//! The cache of a user pool's public keys: fetched once, and again if they are old or a token has an unknown key id.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{TokenError, shown};
use crate::http::{Http, HttpError};
use crate::jose::PublicKey;
use crate::json;

/// Keys are fetched again after this time, so that a withdrawn key becomes invalid.
const MAX_AGE: Duration = Duration::from_hours(1);
/// How long after a failure no further request is sent.
const PAUSE: Duration = Duration::from_secs(2);
/// A pool has two keys.
const MAX_KEYS: usize = 64;

/// The keys of one issuer. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct KeySet {
    address: String,
    http: Http,
    /// The shortest time between two requests because of unknown key ids.
    interval: Duration,
    cache: Arc<RwLock<Cache>>,
    /// Locked while the set is fetched: other callers wait for the answer.
    fetch: Arc<Mutex<()>>,
}

#[derive(Debug, Default)]
struct Cache {
    keys: BTreeMap<String, PublicKey>,
    fetched_at: Option<Instant>,
    /// The last failure, and when it was.
    failed: Option<(Instant, HttpError)>,
}

impl KeySet {
    pub(crate) fn at(address: String, http: Http, interval: Duration) -> Self {
        Self { address, http, interval, cache: Arc::default(), fetch: Arc::default() }
    }

    /// The keys at another address.
    pub(crate) fn address(self, address: String) -> Self {
        Self::at(address, self.http, self.interval)
    }

    /// The keys by another HTTP client.
    pub(crate) fn http(self, http: Http) -> Self {
        Self::at(self.address, http, self.interval)
    }

    /// The keys with another interval.
    pub(crate) fn interval(self, interval: Duration) -> Self {
        Self::at(self.address, self.http, interval)
    }

    /// The key of an id.
    pub(crate) async fn key(&self, id: &str) -> Result<PublicKey, TokenError> {
        let found = self.with_cache(|cache| cache.keys.get(id).cloned());
        match found {
            Some(key) if !self.with_cache(Cache::is_old) => Ok(key),
            // One caller fetches the set again; the others go on with the old keys.
            Some(key) => match self.fetch.try_lock() {
                Ok(_guard) => self.refetch(id, key).await,
                Err(_) => Ok(key),
            },
            None => {
                let _guard = self.fetch.lock().await;
                self.fetch_for(id).await
            }
        }
    }

    /// The key after the set is fetched again, or the old key if that fails.
    async fn refetch(&self, id: &str, old: PublicKey) -> Result<PublicKey, TokenError> {
        if self.with_cache(|cache| cache.recent_failure().is_some()) || self.fetch().await.is_err() {
            return Ok(old);
        }
        self.with_cache(|cache| cache.keys.get(id).cloned()).ok_or_else(|| TokenError::UnknownKey(shown(id)))
    }

    /// The key of an unknown id, after the set is fetched if the interval allows it.
    async fn fetch_for(&self, id: &str) -> Result<PublicKey, TokenError> {
        let unknown = || TokenError::UnknownKey(shown(id));
        if let Some(key) = self.with_cache(|cache| cache.keys.get(id).cloned()) {
            return Ok(key);
        }
        if self.with_cache(|cache| cache.fetched_at.is_some_and(|at| at.elapsed() < self.interval)) {
            return Err(unknown());
        }
        if let Some(failure) = self.with_cache(Cache::recent_failure) {
            return Err(failure.into());
        }
        self.fetch().await?;
        self.with_cache(|cache| cache.keys.get(id).cloned()).ok_or_else(unknown)
    }

    async fn fetch(&self) -> Result<(), HttpError> {
        let answer = match self.http.get(&self.address).await {
            Ok(body) => parse(&body)
                .ok_or_else(|| HttpError::Unexpected { address: self.address.clone(), expected: "a set of RSA keys" }),
            Err(error) => Err(error),
        };
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(keys) => *cache = Cache { keys, fetched_at: Some(Instant::now()), failed: None },
            Err(error) => {
                cache.failed = Some((Instant::now(), error.clone()));
                return Err(error);
            }
        }
        Ok(())
    }

    fn with_cache<T>(&self, at: impl FnOnce(&Cache) -> T) -> T {
        at(&self.cache.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Cache {
    fn is_old(&self) -> bool {
        self.fetched_at.is_none_or(|at| at.elapsed() >= MAX_AGE)
    }

    /// The last failure, if it is shorter ago than the pause.
    fn recent_failure(&self) -> Option<HttpError> {
        self.failed.as_ref().filter(|(at, _)| at.elapsed() < PAUSE).map(|(_, error)| error.clone())
    }
}

/// The RSA keys of a set, without keys for other purposes. A set without any is an error.
fn parse(body: &[u8]) -> Option<BTreeMap<String, PublicKey>> {
    let set = json::object(body).ok()?;
    let keys = set.get("keys").and_then(Value::as_array)?.iter().take(MAX_KEYS);
    let keys: BTreeMap<String, PublicKey> = keys.filter_map(PublicKey::rsa_from_jwk).collect();
    (!keys.is_empty()).then_some(keys)
}
