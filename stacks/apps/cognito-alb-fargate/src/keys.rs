//! Fetches balancers' public keys, and keeps them: a key id always means the same key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use p256::ecdsa::VerifyingKey;
use p256::pkcs8::DecodePublicKey as _;

/// Balancers use one key at a time and change it now and then.
const KEPT: usize = 16;
/// A key is about 180 bytes.
const LARGEST: u64 = 4096;

/// The public keys of a region's balancers.
#[derive(Debug, Clone)]
pub struct Keys {
    base: Option<String>,
    agent: ureq::Agent,
    known: Arc<Mutex<BTreeMap<String, VerifyingKey>>>,
}

impl Keys {
    /// Keys found under an address.
    pub fn at(base: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(3)))
            .max_redirects(0)
            .proxy(None)
            .build();
        Self { base, agent: config.into(), known: Arc::default() }
    }

    /// The key of an id that was checked: it becomes part of an address.
    pub async fn get(&self, id: &str) -> Result<VerifyingKey, String> {
        if let Some(key) = self.known().get(id) {
            return Ok(*key);
        }
        let base = self.base.as_deref().ok_or("neither `AWS_REGION` nor `PUBLIC_KEY_URL` says where keys are")?;
        let (agent, address) = (self.agent.clone(), format!("{base}/{id}"));
        let fetched = tokio::task::spawn_blocking(move || fetch(&agent, &address)).await;
        let pem = fetched.map_err(|error| error.to_string())??;
        let key = VerifyingKey::from_public_key_pem(pem.trim()).map_err(|_| "it is not a P-256 key in PEM form")?;
        let mut known = self.known();
        if known.len() >= KEPT {
            known.pop_first();
        }
        known.insert(id.to_owned(), key);
        Ok(key)
    }

    /// The kept keys; a panic elsewhere leaves them as good as they were.
    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, VerifyingKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fetch(agent: &ureq::Agent, address: &str) -> Result<String, String> {
    let mut answer = agent.get(address).call().map_err(|error| format!("`{address}`: {error}"))?;
    let body = answer.body_mut().with_config().limit(LARGEST).read_to_string();
    body.map_err(|error| format!("`{address}`: {error}"))
}

#[cfg(test)]
pub mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use p256::ecdsa::SigningKey;
    use p256::pkcs8::{EncodePublicKey as _, LineEnding};

    use super::Keys;
    use crate::token::tests::{KEY_ID, key};

    /// Serves one key to any number of askers; counts them.
    pub fn server(key: &SigningKey) -> (String, Arc<AtomicUsize>) {
        let pem = key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 2048];
                let size = stream.read(&mut request).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let known = String::from_utf8_lossy(&request[..size]).starts_with(&format!("GET /{KEY_ID} "));
                let (status, body) = if known { ("200 OK", pem.as_str()) } else { ("404 Not Found", "") };
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
            }
        });
        (base, asked)
    }

    #[tokio::test]
    async fn a_key_is_fetched_once() {
        let (base, asked) = server(&key(1));
        let keys = Keys::at(Some(base));
        for _ in 0..3 {
            assert_eq!(keys.get(KEY_ID).await.as_ref(), Ok(key(1).verifying_key()));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_missing_key_is_said_and_not_remembered() {
        let (base, asked) = server(&key(1));
        let keys = Keys::at(Some(base));
        for _ in 0..2 {
            assert!(keys.get("unknown").await.unwrap_err().contains("/unknown`: "));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        assert!(Keys::at(None).get(KEY_ID).await.unwrap_err().contains("`AWS_REGION`"));
    }
}
