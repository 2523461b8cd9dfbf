//! A minimal HTTP client for requests to the emulator: loopback, one request per connection.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::record::Record;

/// For connections and health checks.
pub(crate) const SHORT_TIMEOUT: Duration = Duration::from_secs(5);
/// For requests that may take long.
pub(crate) const LONG_TIMEOUT: Duration = Duration::from_mins(1);

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Response {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Whether a process listens on a loopback port.
pub(crate) fn is_listening(port: u16) -> bool {
    TcpStream::connect_timeout(&address(port), SHORT_TIMEOUT).is_ok()
}

/// Sends a request without a body. What only the owner may do requires the emulator's key.
pub(crate) fn request(
    method: &str,
    port: u16,
    path: &str,
    owner: Option<&Record>,
    timeout: Duration,
) -> io::Result<Response> {
    let header = owner.map(|it| match &it.key {
        Some(key) => format!("X-Purlin-Key: {}\r\n", key.secret),
        // An emulator of an earlier version.
        None => format!("X-Purlin-Instance: {}\r\n", it.instance),
    });
    let header = header.unwrap_or_default();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}");
    send(port, &format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"), timeout)
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn send(port: u16, request: &str, timeout: Duration) -> io::Result<Response> {
    let mut stream = TcpStream::connect_timeout(&address(port), SHORT_TIMEOUT)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    parse(&String::from_utf8_lossy(&response)).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not HTTP"))
}

fn parse(response: &str) -> Option<Response> {
    let (head, body) = response.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Response { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_http_responses_are_parsed() {
        let response = parse("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!((response.status, response.body.as_str()), (200, "{}"));
        for text in ["", "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 what\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            assert!(parse(text).is_none(), "{text:?}");
        }
    }
}
