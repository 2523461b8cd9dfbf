//! The two cookies of an app that signs users in itself. They contain only random ids of data on the server.

use std::time::Duration;

use http::HeaderMap;
use http::header::COOKIE;

/// A cookie of the app's host alone, by its prefix `__Host-`: no sibling subdomain can set it
/// (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes>).
///
/// ```
/// use std::time::Duration;
///
/// use purlin_auth::{HostCookie, Transport};
///
/// let header = HostCookie::Session.set(Transport::Secure, "a-random-id", Duration::from_secs(3600));
/// assert!(header.starts_with("__Host-session=a-random-id; Max-Age=3600; "));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostCookie {
    /// The session of a user.
    Session,
    /// A browser that is signing in.
    Login,
}

/// How cookies are set: with `Secure` if the app is reached by `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `https`: browsers send the cookies only to this host, and only encrypted (`__Host-`).
    Secure,
    /// `http` on `localhost`, for development: browsers refuse `Secure` cookies there.
    Localhost,
}

impl HostCookie {
    fn name(self, transport: Transport) -> &'static str {
        match (self, transport) {
            (Self::Session, Transport::Secure) => "__Host-session",
            (Self::Session, Transport::Localhost) => "session",
            (Self::Login, Transport::Secure) => "__Host-login",
            (Self::Login, Transport::Localhost) => "login",
        }
    }

    /// The header that sets it. Scripts cannot read it, and forms of other sites do not send it.
    pub fn set(self, transport: Transport, value: &str, lasts: Duration) -> String {
        let secure = if transport == Transport::Secure { "; Secure" } else { "" };
        let (name, seconds) = (self.name(transport), lasts.as_secs());
        format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }

    /// The header that removes it.
    pub fn expire(self, transport: Transport) -> String {
        self.set(transport, "", Duration::ZERO)
    }

    /// The cookie's value. A cookie that occurs twice is ignored.
    pub fn read(self, transport: Transport, headers: &HeaderMap) -> Option<String> {
        let name = self.name(transport);
        let sent = headers.get_all(COOKIE).into_iter().filter_map(|header| header.to_str().ok());
        let mut values = sent.flat_map(|header| header.split(';')).filter_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name).then_some(value)
        });
        let value = values.next().filter(|value| !value.is_empty())?;
        values.next().is_none().then(|| value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{Duration, HostCookie, Transport};

    fn sent(header: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(super::COOKIE, HeaderValue::from_static(header))])
    }

    #[test]
    fn cookies_are_hidden_from_scripts_and_sent_encrypted() {
        let set = HostCookie::Session.set(Transport::Secure, "abc", Duration::from_mins(1));
        assert_eq!(set, "__Host-session=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure");
        let set = HostCookie::Login.set(Transport::Localhost, "abc", Duration::from_mins(1));
        assert_eq!(set, "login=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax");
        assert!(HostCookie::Session.expire(Transport::Localhost).starts_with("session=; Max-Age=0;"));
    }

    #[test]
    fn a_cookie_that_occurs_twice_is_ignored() {
        let cases = [
            ("session=abc", Some("abc")),
            ("a=b; session=abc; c=d", Some("abc")),
            ("session=abc; session=def", None),
            ("session=", None),
            ("__Host-session=abc", None),
            ("session", None),
        ];
        for (header, expect) in cases {
            let found = HostCookie::Session.read(Transport::Localhost, &sent(header));
            assert_eq!(found.as_deref(), expect, "{header}");
        }
        let secure = HostCookie::Session.read(Transport::Secure, &sent("__Host-session=abc; session=def"));
        assert_eq!(secure.as_deref(), Some("abc"));
    }
}
