//! The way to a host: direct, or through the proxy that the environment names, by `CONNECT`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Connects to hosts, through proxies where the environment says so.
#[derive(Clone)]
pub(crate) struct Way {
    direct: HttpConnector,
    /// To the proxy itself, which may have TLS.
    to_proxy: HttpsConnector<HttpConnector>,
    proxies: std::sync::Arc<Proxies>,
}

impl Way {
    pub(crate) fn new(to_proxy: HttpsConnector<HttpConnector>) -> Self {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        Self { direct, to_proxy, proxies: std::sync::Arc::new(Proxies::of_environment()) }
    }
}

impl Service<Uri> for Way {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.of(&address) else {
            let connecting = self.direct.call(address);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
        if let Some(password) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(password.clone());
        }
        let connecting = tunnel.call(address);
        let name = proxy.uri().authority().map(ToString::to_string).unwrap_or_default();
        Box::pin(async move {
            connecting.await.map_err(|error| format!("through the proxy `{name}`: {}", last(&error)).into())
        })
    }
}

/// The last layer of an error has the reason.
fn last(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

/// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or small letters.
struct Proxies {
    matcher: Matcher,
    /// Entries of `NO_PROXY` that hyper does not know: `*.DOMAIN`, hosts with a port, and `*` for addresses.
    exempt: Vec<String>,
}

impl Proxies {
    fn of_environment() -> Self {
        let no = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
        Self::new(Matcher::from_env(), &no)
    }

    fn new(matcher: Matcher, no: &str) -> Self {
        Self { matcher, exempt: no.split(',').map(|entry| entry.trim().to_ascii_lowercase()).collect() }
    }

    fn of(&self, address: &Uri) -> Option<hyper_util::client::proxy::matcher::Intercept> {
        let host = address.host()?.to_ascii_lowercase();
        let port = address.port_u16().unwrap_or(443).to_string();
        let is_exempt = |entry: &String| match (entry.strip_prefix('*'), entry.rsplit_once(':')) {
            (Some(domain), _) => host.ends_with(domain),
            (None, Some((name, given))) => {
                given == port && (host == name || name.starts_with('.') && host.ends_with(name))
            }
            (None, None) => false,
        };
        if self.exempt.iter().any(is_exempt) { None } else { self.matcher.intercept(address) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_exempt_by_name_domain_port_and_network() {
        let cases = [
            ("", true),
            ("example.com", true),
            ("*", false),
            ("amazoncognito.com", false),
            (".amazoncognito.com", false),
            ("x, *.amazoncognito.com", false),
            ("login.amazoncognito.com:443", false),
            ("login.amazoncognito.com:8443", true),
        ];
        for (no, is_proxied) in cases {
            let proxies = Proxies::new(Matcher::builder().all("http://proxy:1").no(no).build(), no);
            let found = proxies.of(&"https://login.amazoncognito.com/".parse().unwrap());
            assert_eq!(found.is_some(), is_proxied, "{no}");
        }
        let proxies = Proxies::new(Matcher::builder().all("http://proxy:1").no("*").build(), "*");
        assert!(proxies.of(&"https://127.0.0.1/".parse().unwrap()).is_none());
    }
}
