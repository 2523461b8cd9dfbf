//! The cache of a user pool's public keys: fetched once, and again if they are old or a token has an unknown key id.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{TokenError, shown};
use crate::http::{Http, HttpError};
use crate::jose::PublicKey;
use crate::json;
use crate::rate::{Rate, whole_seconds};

/// Keys are fetched again after this time, so that a withdrawn key becomes invalid.
const MAX_AGE: Duration = Duration::from_hours(1);
/// How long after a failure no further request is sent.
const PAUSE: Duration = Duration::from_secs(2);
/// How long an id that the set does not have is refused without another request.
const UNKNOWN: Duration = Duration::from_secs(10);

/// The keys of one issuer. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct KeySet {
    address: String,
    http: Http,
    cache: Arc<RwLock<Cache>>,
    /// Locked while the set is fetched: other callers wait for the answer.
    fetch: Arc<Mutex<Rate>>,
}

/// The keys of a set by their ids. An id that several keys have is `None`: which one is meant depends on the reader.
pub(crate) type Keys = BTreeMap<String, Option<PublicKey>>;

#[derive(Debug, Default)]
struct Cache {
    keys: Keys,
    fetched_at: Option<Instant>,
    /// The last failure, and when it was.
    failed: Option<(Instant, HttpError)>,
}

impl KeySet {
    /// The keys at an address. Unknown key ids cause at most one request in each interval, and the first at once. The known
    /// ones need no request for now.
    pub(crate) fn at(address: String, http: Http, interval: Duration, known: Option<Keys>) -> Self {
        let fetched_at = known.is_some().then(Instant::now);
        let cache = Cache { keys: known.unwrap_or_default(), fetched_at, failed: None };
        Self {
            address,
            http,
            cache: Arc::new(RwLock::new(cache)),
            fetch: Arc::new(Mutex::new(Rate::of_sets(interval))),
        }
    }

    /// The key of an id.
    pub(crate) async fn key(&self, id: &str) -> Result<PublicKey, TokenError> {
        let found = self.with_cache(|cache| cache.keys.get(id).cloned());
        let found = match found {
            Some(key) if !self.with_cache(Cache::is_old) => Some(key),
            // One caller fetches the set again; the others go on with the old keys.
            Some(key) => match self.fetch.try_lock() {
                Ok(_guard) => self.refetch(id, key).await,
                Err(_) => Some(key),
            },
            None => {
                let mut rate = self.fetch.lock().await;
                self.fetch_for(id, &mut rate).await?
            }
        };
        match found {
            Some(Some(key)) => Ok(key),
            Some(None) => Err(TokenError::AmbiguousKey(shown(id))),
            None => Err(TokenError::UnknownKey(shown(id))),
        }
    }

    /// The key after the set is fetched again, or the old key if that fails.
    async fn refetch(&self, id: &str, old: Option<PublicKey>) -> Option<Option<PublicKey>> {
        if self.with_cache(|cache| cache.recent_failure().is_some()) || self.fetch().await.is_err() {
            return Some(old);
        }
        self.with_cache(|cache| cache.keys.get(id).cloned())
    }

    /// The key of an unknown id, after the set is fetched if the rate allows it.
    async fn fetch_for(&self, id: &str, rate: &mut Rate) -> Result<Option<Option<PublicKey>>, TokenError> {
        if let Some(key) = self.with_cache(|cache| cache.keys.get(id).cloned()) {
            return Ok(Some(key));
        }
        if let Some(failure) = self.with_cache(Cache::recent_failure) {
            return Err(failure.into());
        }
        // The first request of all has no rate: there is no set yet.
        if self.with_cache(|cache| cache.fetched_at.is_some()) {
            if rate.is_unknown(id, UNKNOWN) {
                return Ok(None);
            }
            rate.permits(id).map_err(|wait| TokenError::RateLimited(whole_seconds(wait)))?;
        }
        self.fetch().await?;
        let found = self.with_cache(|cache| cache.keys.get(id).cloned());
        if found.is_none() {
            rate.count(id);
        }
        Ok(found)
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

/// The RSA keys of a set, without keys for other purposes and what is no key. A set without any is an error.
pub(crate) fn parse(body: &[u8]) -> Option<Keys> {
    let set = json::object(body).ok()?;
    let mut keys = Keys::new();
    for (id, key) in set.get("keys").and_then(Value::as_array)?.iter().filter_map(PublicKey::rsa_from_jwk) {
        match keys.entry(id) {
            Entry::Vacant(free) => drop(free.insert(Some(key))),
            Entry::Occupied(mut taken) if *taken.get() != Some(key) => drop(taken.insert(None)),
            Entry::Occupied(_) => (),
        }
    }
    (!keys.is_empty()).then_some(keys)
}
