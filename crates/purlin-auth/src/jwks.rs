//! A user pool's public keys: fetched once, again when they are old or a new key is named, but never on every request.

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

/// After this long the keys are read again, so that one that was withdrawn is not believed for ever.
const OLD: Duration = Duration::from_hours(1);
/// After a failure the next request may try again this soon.
const PAUSE: Duration = Duration::from_secs(2);
/// A pool has two keys.
const MOST: usize = 64;

/// The keys of one issuer. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct KeySet {
    address: String,
    http: Http,
    /// Whoever names a key that is not there has the set read at most this often.
    interval: Duration,
    kept: Arc<RwLock<Kept>>,
    /// Held while the set is read: everybody else waits for that answer.
    flight: Arc<Mutex<()>>,
}

#[derive(Debug, Default)]
struct Kept {
    keys: BTreeMap<String, PublicKey>,
    read_at: Option<Instant>,
    /// The last failure, and when it was.
    failed: Option<(Instant, HttpError)>,
}

impl KeySet {
    pub(crate) fn at(address: String, http: Http, interval: Duration) -> Self {
        Self { address, http, interval, kept: Arc::default(), flight: Arc::default() }
    }

    /// The key of an id.
    pub(crate) async fn key(&self, id: &str) -> Result<PublicKey, TokenError> {
        let found = self.look(|kept| kept.keys.get(id).cloned());
        match found {
            Some(key) if !self.look(Kept::is_old) => Ok(key),
            // One request reads the set again; the others go on with what is there.
            Some(key) => match self.flight.try_lock() {
                Ok(_flight) => self.read_again(id, key).await,
                Err(_) => Ok(key),
            },
            None => {
                let _flight = self.flight.lock().await;
                self.read_for(id).await
            }
        }
    }

    /// The key after another look at the set; the old one if there is no look to be had.
    async fn read_again(&self, id: &str, old: PublicKey) -> Result<PublicKey, TokenError> {
        if self.look(|kept| kept.pause().is_some()) || self.read().await.is_err() {
            return Ok(old);
        }
        self.look(|kept| kept.keys.get(id).cloned()).ok_or_else(|| TokenError::UnknownKey(shown(id)))
    }

    /// The key that was not there a moment ago, when nobody else reads the set.
    async fn read_for(&self, id: &str) -> Result<PublicKey, TokenError> {
        let unknown = || TokenError::UnknownKey(shown(id));
        if let Some(key) = self.look(|kept| kept.keys.get(id).cloned()) {
            return Ok(key);
        }
        if self.look(|kept| kept.read_at.is_some_and(|at| at.elapsed() < self.interval)) {
            return Err(unknown());
        }
        if let Some(failure) = self.look(Kept::pause) {
            return Err(failure.into());
        }
        self.read().await?;
        self.look(|kept| kept.keys.get(id).cloned()).ok_or_else(unknown)
    }

    async fn read(&self) -> Result<(), HttpError> {
        let answer = match self.http.get(&self.address).await {
            Ok(body) => parse(&body)
                .ok_or_else(|| HttpError::Nonsense { address: self.address.clone(), expected: "a set of RSA keys" }),
            Err(error) => Err(error),
        };
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(keys) => *kept = Kept { keys, read_at: Some(Instant::now()), failed: None },
            Err(error) => {
                kept.failed = Some((Instant::now(), error.clone()));
                return Err(error);
            }
        }
        Ok(())
    }

    fn look<T>(&self, at: impl FnOnce(&Kept) -> T) -> T {
        at(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn is_old(&self) -> bool {
        self.read_at.is_none_or(|at| at.elapsed() >= OLD)
    }

    /// The failure that was a moment ago, if there was one.
    fn pause(&self) -> Option<HttpError> {
        self.failed.as_ref().filter(|(at, _)| at.elapsed() < PAUSE).map(|(_, error)| error.clone())
    }
}

/// The RSA keys of a set; keys for other purposes do not count. A set without any is none.
fn parse(body: &[u8]) -> Option<BTreeMap<String, PublicKey>> {
    let set = json::object(body).ok()?;
    let keys = set.get("keys").and_then(Value::as_array)?.iter().take(MOST);
    let keys: BTreeMap<String, PublicKey> = keys.filter_map(PublicKey::rsa_from_jwk).collect();
    (!keys.is_empty()).then_some(keys)
}
