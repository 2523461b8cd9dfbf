//! The cache of balancers' public keys. A key id always means the same key: each is fetched once, unknown ones rarely.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::endpoint::Endpoint;
use crate::error::{TokenError, shown};
use crate::http::{Http, HttpError};
use crate::jose::PublicKey;
use crate::rate::{Rate, whole_seconds};

/// Balancers use one key at a time and change it now and then.
const CAPACITY: usize = 32;
/// How many unknown key ids are requested at once, and then one in each interval.
const BURST: u32 = 10;
const INTERVAL: Duration = Duration::from_secs(1);
/// How long an unknown id is refused without another request.
const UNKNOWN: Duration = Duration::from_secs(10);
/// How long after a failure no further request is sent.
const PAUSE: Duration = Duration::from_secs(2);

/// The public keys of a region's balancers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    base: Endpoint,
    http: Http,
    known: Arc<RwLock<BTreeMap<String, PublicKey>>>,
    /// Locked while a key is fetched: other callers that need one wait.
    fetches: Arc<Mutex<Fetches>>,
}

#[derive(Debug)]
struct Fetches {
    rate: Rate,
    failed: Option<(Instant, HttpError)>,
}

impl Keys {
    pub(crate) fn at(base: Endpoint, http: Http) -> Self {
        let fetches = Fetches { rate: Rate::of_keys(INTERVAL, BURST), failed: None };
        Self { base, http, known: Arc::default(), fetches: Arc::new(Mutex::new(fetches)) }
    }

    /// The keys at another address.
    pub(crate) fn base(self, base: Endpoint) -> Self {
        Self::at(base, self.http)
    }

    /// The keys by another HTTP client.
    pub(crate) fn http(self, http: Http) -> Self {
        Self::at(self.base, http)
    }

    /// The key of an id. The caller has checked the id: it becomes part of an address.
    pub(crate) async fn key(&self, id: &str) -> Result<PublicKey, TokenError> {
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        let mut fetches = self.fetches.lock().await;
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        fetches.permit(id)?;
        let key = self.fetch(id).await.inspect_err(|error| fetches.record(id, error))?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CAPACITY {
            known.pop_first();
        }
        known.insert(id.to_owned(), key.clone());
        Ok(key)
    }

    async fn fetch(&self, id: &str) -> Result<PublicKey, TokenError> {
        let address = self.base.join(&format!("/{id}"));
        let pem = match self.http.get(&address).await {
            Ok(pem) => pem,
            // A bucket answers 403 for objects that it does not have.
            Err(HttpError::Status { status: 403 | 404, .. }) => return Err(TokenError::UnknownKey(shown(id))),
            Err(error) => return Err(error.into()),
        };
        let unexpected = || HttpError::Unexpected { address, expected: "a P-256 key in PEM form" };
        PublicKey::p256_from_pem(&pem).ok_or_else(|| unexpected().into())
    }

    /// A key of the cache. A panic elsewhere leaves the cache intact.
    fn known(&self, id: &str) -> Option<PublicKey> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl Fetches {
    /// Whether another request is allowed. If not, the error is the reason.
    fn permit(&mut self, id: &str) -> Result<(), TokenError> {
        match &self.failed {
            Some((at, error)) if at.elapsed() < PAUSE => return Err(error.clone().into()),
            _ => (),
        }
        if self.rate.is_unknown(id, UNKNOWN) {
            return Err(TokenError::UnknownKey(shown(id)));
        }
        self.rate.permits(id).map_err(|wait| TokenError::RateLimited(whole_seconds(wait)))
    }

    fn record(&mut self, id: &str, error: &TokenError) {
        match error {
            TokenError::Keys(error) => self.failed = Some((Instant::now(), error.clone())),
            _ => self.rate.count(id),
        }
    }
}
