//! The HTTP client of this crate: small answers, a timeout, no redirects, the environment's proxy, TLS by rustls.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::endpoint::is_loopback;
use crate::proxy::Way;

/// AWS answers such requests within milliseconds.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Key sets and tokens are a few kilobytes.
const MAX_SIZE: usize = 256 * 1024;

/// An HTTP client for small answers. Clones share connections.
///
/// It waits at most 5 seconds, reads at most 256 KiB, follows no redirect, and accepts plain HTTP only on this machine.
/// `https` goes through the proxy of `HTTPS_PROXY` or `ALL_PROXY`, but for the hosts in `NO_PROXY`. TLS uses the machine's
/// certificate store (`SSL_CERT_FILE` names another), the certificates in `AWS_CA_BUNDLE`, and those of [`trust`](Self::trust): an image `FROM scratch` needs
/// a copy of `/etc/ssl/certs/ca-certificates.crt`.
#[derive(Clone)]
pub struct Http {
    connections: Arc<Connections>,
    timeout: Duration,
    max_size: usize,
}

#[derive(Default)]
struct Connections {
    trusted: Vec<CertificateDer<'static>>,
    plain: OnceLock<Client<HttpConnector, Full<Bytes>>>,
    secure: OnceLock<Client<HttpsConnector<Way>, Full<Bytes>>>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Plain HTTP beyond this machine.
    #[error("`{0}` is neither `https` nor on this machine")]
    Insecure(String),
    /// No certificate store.
    #[error(
        "the machine's certificates cannot be read: {0}; copy `/etc/ssl/certs/ca-certificates.crt` into the image, or \
         name a file by `SSL_CERT_FILE`"
    )]
    Certificates(String),
    /// The host does not answer.
    #[error("`{host}` cannot be reached: {reason}")]
    Unreachable {
        /// The host of the request.
        host: String,
        /// The system's message.
        reason: String,
    },
    /// The host does not answer in time.
    #[error("`{host}` did not answer within {seconds} s")]
    Timeout {
        /// The host of the request.
        host: String,
        /// The timeout.
        seconds: u64,
    },
    /// The answer is incomplete, or too large.
    #[error("the answer of `{host}` cannot be read: {reason}")]
    Broken {
        /// The host of the request.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// An answer with another status than 200.
    #[error("`{address}` answered with status {status}")]
    Status {
        /// The address, without its query.
        address: String,
        /// The HTTP status.
        status: u16,
    },
    /// An answer with unexpected content.
    #[error("`{address}` did not answer with {expected}")]
    Unexpected {
        /// The address, without its query.
        address: String,
        /// What the answer should be.
        expected: &'static str,
    },
}

impl HttpError {
    /// Whether a later attempt may succeed. If not, a setting must change.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            Self::Insecure(_) | Self::Certificates(_) => false,
            _ => true,
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self { connections: Arc::default(), timeout: TIMEOUT, max_size: MAX_SIZE }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = formatter.debug_struct("Http");
        text.field("timeout", &self.timeout).field("max_size", &self.max_size).finish_non_exhaustive()
    }
}

impl Http {
    /// A client with limits that suit keys and tokens.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long to wait for a complete answer. Default: 5 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The largest answer to read, in bytes. Default: 256 KiB.
    pub fn max_size(mut self, bytes: usize) -> Self {
        self.max_size = bytes;
        self
    }

    /// Trusts these certificates as well, in PEM: such as those of your company's proxy.
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, HttpError> {
        let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let found = found.map_err(|error| HttpError::Certificates(error.to_string()))?;
        if RootCertStore::empty().add_parsable_certificates(found.iter().cloned()).0 == 0 {
            return Err(HttpError::Certificates("there is no certificate in PEM".to_owned()));
        }
        let trusted = self.connections.trusted.iter().cloned().chain(found).collect();
        self.connections = Arc::new(Connections { trusted, ..Connections::default() });
        Ok(self)
    }

    /// The answer to a request, of any status.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Bytes>, HttpError> {
        let host = authority(request.uri());
        match tokio::time::timeout(self.timeout, self.exchange(&host, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpError::Timeout { host, seconds: self.timeout.as_secs() }),
        }
    }

    /// The body of a `200` answer to a GET request.
    pub(crate) async fn get(&self, address: &str) -> Result<Bytes, HttpError> {
        let uri: Uri = address.parse().map_err(|_| HttpError::Insecure(address.to_owned()))?;
        let answer = self.send(build(Request::get(uri), Vec::new())).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(HttpError::Status { address: address.to_owned(), status: status.as_u16() }),
        }
    }

    async fn exchange(&self, host: &str, request: Request<Vec<u8>>) -> Result<Response<Bytes>, HttpError> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let answer = match request.uri().scheme_str() {
            Some("https") => self.secure()?.request(request).await,
            Some("http") if request.uri().host().is_some_and(is_loopback) => self.plain().request(request).await,
            _ => return Err(HttpError::Insecure(host.to_owned())),
        };
        let answer = answer.map_err(|error| HttpError::Unreachable { host: host.to_owned(), reason: chain(&error) })?;
        let (parts, body) = answer.into_parts();
        match Limited::new(body, self.max_size).collect().await {
            Ok(body) => Ok(Response::from_parts(parts, body.to_bytes())),
            Err(error) => Err(HttpError::Broken { host: host.to_owned(), reason: error.to_string() }),
        }
    }

    fn plain(&self) -> &Client<HttpConnector, Full<Bytes>> {
        self.connections.plain.get_or_init(|| Client::builder(TokioExecutor::new()).build_http())
    }

    fn secure(&self) -> Result<&Client<HttpsConnector<Way>, Full<Bytes>>, HttpError> {
        if let Some(client) = self.connections.secure.get() {
            return Ok(client);
        }
        let config = trusting(roots(&self.connections.trusted)?);
        let to_proxy =
            HttpsConnectorBuilder::new().with_tls_config(config.clone()).https_or_http().enable_http1().build();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1();
        let connector = connector.wrap_connector(Way::new(to_proxy));
        Ok(self.connections.secure.get_or_init(|| Client::builder(TokioExecutor::new()).build(connector)))
    }
}

fn trusting(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    config.expect("ring has the default versions").with_root_certificates(roots).with_no_client_auth()
}

/// The machine's certificates, those of `AWS_CA_BUNDLE`, and these.
fn roots(trusted: &[CertificateDer<'static>]) -> Result<RootCertStore, HttpError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if let Some(file) = std::env::var_os("AWS_CA_BUNDLE").filter(|file| !file.is_empty()) {
        let wrong = |why: String| HttpError::Certificates(format!("`AWS_CA_BUNDLE` names `{}`: {why}", file.display()));
        // A pipe would be waited for.
        if std::fs::metadata(&file).is_ok_and(|found| !found.is_file()) {
            return Err(wrong("it is no file".to_owned()));
        }
        let bundle = CertificateDer::pem_file_iter(&file).map_err(|error| wrong(error.to_string()))?;
        let (valid, _) = roots.add_parsable_certificates(bundle.filter_map(Result::ok));
        if valid == 0 {
            return Err(wrong("it holds no certificate in PEM".to_owned()));
        }
    }
    match found.errors.first() {
        Some(error) if roots.is_empty() => Err(HttpError::Certificates(error.to_string())),
        None if roots.is_empty() => Err(HttpError::Certificates("there are none".to_owned())),
        _ => Ok(roots),
    }
}

/// Builds a request from parts that the caller has checked.
pub(crate) fn build(request: http::request::Builder, body: Vec<u8>) -> Request<Vec<u8>> {
    request.body(body).expect("a parsed address and headers of visible ASCII make a request")
}

fn authority(uri: &Uri) -> String {
    uri.authority().map_or_else(|| uri.to_string(), ToString::to_string)
}

/// An error with its causes: the cause is the useful part of hyper's messages.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
