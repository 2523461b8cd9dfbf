//! The few HTTP requests purlin makes to its own emulator: loopback, one answer per connection.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// For questions that a living emulator answers at once.
pub(crate) const BRISK: Duration = Duration::from_secs(5);
/// For work that takes it a while.
pub(crate) const PATIENT: Duration = Duration::from_mins(1);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Whether anybody listens on a loopback port.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect_timeout(&address(port), BRISK).is_ok()
}

/// Reads `path`.
pub(crate) fn get(port: u16, path: &str, patience: Duration) -> io::Result<Answer> {
    ask(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"), patience)
}

/// Posts to `path`; `instance` proves that we know whom we talk to.
pub(crate) fn post(port: u16, path: &str, instance: Option<&str>, patience: Duration) -> io::Result<Answer> {
    let proof = instance.map(|i| format!("X-Purlin-Instance: {i}\r\n")).unwrap_or_default();
    let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{proof}");
    ask(port, &format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"), patience)
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn ask(port: u16, request: &str, patience: Duration) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address(port), BRISK)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not HTTP"))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn answers_are_read_and_noise_is_not() {
        let answer = parse("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
        for noise in ["", "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 what\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            assert!(parse(noise).is_none(), "{noise:?}");
        }
    }
}
