//! HTTP requests and replies as the tests' servers read and write them.

use std::collections::BTreeMap;

/// A request: forms for the query protocol, JSON for the newer services, paths for REST.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Such as `POST / HTTP/1.1`.
    pub line: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    /// Reads a line of the head; true after the last one, which is empty.
    pub fn read(&mut self, line: &str) -> bool {
        let line = line.trim();
        if self.line.is_empty() {
            line.clone_into(&mut self.line);
            return false;
        }
        if let Some((name, value)) = line.split_once(':') {
            self.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        line.is_empty()
    }

    /// The bytes of the body.
    pub fn length(&self) -> usize {
        self.headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()
    }

    /// The fields of a form.
    pub fn fields(&self) -> BTreeMap<String, String> {
        let pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (decoded(key), decoded(value))).collect()
    }
}

/// The head of a reply.
pub fn head(status: u16, kind: &str, length: usize) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n")
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.extend(u8::from_str_radix(&digits, 16));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
