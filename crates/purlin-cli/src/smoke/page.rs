//! One request to an address: its response, the redirect, or why there is no response.

use http::{Request, Response, Uri};
use purlin_auth::{Http, HttpError};

use super::check::Trouble;
use crate::call::refusals::reach;

/// The response of an address.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// The address of a redirect.
    pub(crate) location: Option<String>,
    /// Cookies that it sets: `name=value`.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: String,
}

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// Where the request goes.
    pub(crate) address: String,
    /// The `Host` header, if it differs from the address: the emulator serves every host.
    pub(crate) host: Option<String>,
    pub(crate) cookies: Vec<String>,
}

impl Page {
    pub(crate) async fn get(http: &Http, ask: &Ask) -> Result<Self, HttpError> {
        let mut request = Request::get(&ask.address).header("accept", "text/html");
        if let Some(host) = &ask.host {
            request = request.header("host", host);
        }
        if !ask.cookies.is_empty() {
            request = request.header("cookie", ask.cookies.join("; "));
        }
        let request = request.body(Vec::new()).map_err(|_| HttpError::Insecure(ask.address.clone()))?;
        Ok(Self::of(&http.send(request).await?))
    }

    fn of<B: AsRef<[u8]>>(answer: &Response<B>) -> Self {
        let texts = |name: &str| {
            let values = answer.headers().get_all(name).iter();
            values.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect::<Vec<_>>()
        };
        let pairs = texts("set-cookie");
        let cookies = pairs.iter().filter_map(|it| it.split(';').next().map(|pair| pair.trim().to_owned()));
        Self {
            status: answer.status().as_u16(),
            location: texts("location").into_iter().next(),
            cookies: cookies.collect(),
            body: String::from_utf8_lossy(answer.body().as_ref()).into_owned(),
        }
    }

    /// The response in one line.
    pub(crate) fn seen(&self) -> String {
        match &self.location {
            Some(location) => format!("status {}, leading to `{}`", self.status, short(location)),
            None => format!("status {}", self.status),
        }
    }
}

/// Why there is no response.
pub(crate) fn unreachable(what: &str, error: &HttpError) -> Trouble {
    let hint = match error {
        HttpError::Unreachable { reason, .. } => reach(reason),
        HttpError::Timeout { .. } => "no response in time: a security group, or no healthy target",
        _ => "try again; the address may lead to something else than AWS",
    };
    let fails = if matches!(error, HttpError::Status { .. }) { "fails" } else { "does not answer" };
    Trouble::new(format!("{what} {fails}"), error.to_string(), "an answer over TLS", hint)
}

/// A parameter of an address, decoded.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| decoded(value))
}

/// Text, percent-encoded.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut written = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => written.push(char::from(byte)),
            other => write!(written, "%{other:02X}").expect("writing to a string does not fail"),
        }
    }
    written
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut read, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|it| std::str::from_utf8(it).ok());
        match (bytes[at], hex.and_then(|it| u8::from_str_radix(it, 16).ok())) {
            (b'%', Some(byte)) => {
                read.push(byte);
                at += 2;
            }
            (b'+', _) => read.push(b' '),
            (other, _) => read.push(other),
        }
        at += 1;
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// An address without its parameters, which may be secret, except `error`.
pub(crate) fn short(address: &str) -> String {
    let base = address.split('?').next().unwrap_or(address);
    match parameter(address, "error") {
        Some(error) => format!("{base}?error={error}"),
        None => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_written() {
        let address =
            "https://x.example/login?redirect_uri=https%3A%2F%2Fa.b%2Fc&scope=openid+email&error=redirect_mismatch";
        assert_eq!(parameter(address, "redirect_uri").as_deref(), Some("https://a.b/c"));
        assert_eq!(parameter(address, "scope").as_deref(), Some("openid email"));
        assert_eq!(parameter(address, "state"), None);
        assert_eq!(short(address), "https://x.example/login?error=redirect_mismatch");
        assert_eq!(short("https://x.example/login?state=hush"), "https://x.example/login");
        assert_eq!(encoded("https://a.b/c?d=é"), "https%3A%2F%2Fa.b%2Fc%3Fd%3D%C3%A9");
        assert_eq!(decoded(&encoded("100% + é")), "100% + é");
        assert_eq!(decoded("%zz%"), "%zz%");
    }
}
