//! Addresses that may receive secrets and whose answers are trusted: https, or plain http on this machine only.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;

/// The address of a service: `https://..`, or `http://..` on loopback for an emulator.
///
/// It may have a path, which comes before the service's own paths. It has no query, fragment or user.
///
/// ```
/// use purlin_auth::Endpoint;
///
/// let domain: Endpoint = "https://login.example.com".parse()?;
/// assert_eq!(domain.as_str(), "https://login.example.com");
/// assert!("http://login.example.com".parse::<Endpoint>().is_err());
/// assert!("http://127.0.0.1:4566/".parse::<Endpoint>().is_ok());
/// # Ok::<(), purlin_auth::EndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint(String);

/// An address, region, id or name that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {expected}")]
pub struct EndpointError {
    pub(crate) given: String,
    pub(crate) expected: &'static str,
}

impl Endpoint {
    /// The address without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a path below this one. The path starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// An address that AWS has in every region. The caller has checked the region.
    pub(crate) fn known(address: String) -> Self {
        Self(address)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(given: &str) -> Result<Self, EndpointError> {
        let wrong = |expected| EndpointError { given: given.to_owned(), expected };
        let uri: Uri = given.parse().map_err(|_| wrong("a web address such as `https://login.example.com`"))?;
        let host = uri.host().unwrap_or_default();
        match uri.scheme_str() {
            Some("https") => (),
            Some("http") if is_loopback(host) => (),
            None => return Err(wrong("a web address with a scheme and a host, such as `https://login.example.com`")),
            _ => return Err(wrong("`https`; plain `http` is for `localhost`, `127.0.0.1` and `[::1]`")),
        }
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if has_user || uri.query().is_some() || given.contains('#') {
            return Err(wrong("an address without user, query and fragment"));
        }
        Ok(Self(given.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a host is this machine, by its name or address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

/// Checks a region's name: it becomes part of an address.
pub(crate) fn region(given: &str) -> Result<&str, EndpointError> {
    let is_region = given.contains('-')
        && given.len() <= 32
        && given.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_region {
        Ok(given)
    } else {
        Err(EndpointError { given: given.to_owned(), expected: "a region such as `eu-west-1`" })
    }
}

/// The domain of AWS's addresses in a region.
pub(crate) fn suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn https_and_plain_http_on_this_machine_are_accepted() {
        for good in [
            "https://a.example",
            "https://a.example:8443/base",
            "http://localhost:8000",
            "http://LOCALHOST",
            "http://127.0.0.1:4566/",
            "http://127.9.9.9",
            "http://[::1]:80",
        ] {
            let endpoint: Endpoint = good.parse().unwrap();
            assert_eq!(endpoint.as_str(), good.trim_end_matches('/'));
        }
    }

    #[test]
    fn other_addresses_are_refused_with_the_reason() {
        for (bad, reason) in [
            ("", "a web address"),
            ("login.example.com", "a web address with a scheme"),
            ("/path", "a web address with a scheme"),
            ("ftp://localhost", "`https`; plain"),
            ("http://example.com", "`https`; plain"),
            ("http://localhost.example.com", "`https`; plain"),
            ("http://127.0.0.1.example.com", "`https`; plain"),
            ("http://128.0.0.1", "`https`; plain"),
            ("http://[::2]", "`https`; plain"),
            ("https://me@example.com", "without user"),
            ("http://127.0.0.1@example.com", "`https`; plain"),
            ("https://example.com/?a=b", "without user, query"),
            ("https://example.com/#a", "fragment"),
            ("https://exa mple.com", "a web address"),
            ("https://example.com/\r\nX: y", "a web address"),
        ] {
            let error = bad.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(reason), "`{bad}`: {error}");
        }
    }
}
