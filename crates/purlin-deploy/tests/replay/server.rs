//! A server on loopback that answers as it was told and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// An answer of AWS's.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// A call as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub action: String,
    pub fields: BTreeMap<String, String>,
}

struct State {
    answers: BTreeMap<&'static str, Vec<Answer>>,
    calls: Vec<Call>,
}

/// Lives as long as the test's process: a thread that waits for connections.
pub struct Server {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start(answers: BTreeMap<&'static str, Vec<Answer>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let state = Arc::new(Mutex::new(State { answers, calls: Vec::new() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || while matches!(serve(&stream, &state), Ok(true)) {});
            }
        });
        Self { url, state }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The names of the calls that change something, in order.
    pub fn changes(&self) -> Vec<String> {
        let is_reading =
            |action: &str| ["Describe", "Get", "GET", "List"].iter().any(|start| action.starts_with(start));
        let state = self.state.lock().expect("the server does not panic");
        state.calls.iter().map(|call| call.action.clone()).filter(|action| !is_reading(action)).collect()
    }

    /// The last call of a name.
    pub fn call(&self, action: &str) -> Call {
        let state = self.state.lock().expect("the server does not panic");
        let call = state.calls.iter().rev().find(|call| call.action == action);
        call.unwrap_or_else(|| panic!("`{action}` was never called")).clone()
    }

    /// The calls of a name, in order.
    pub fn calls(&self, action: &str) -> Vec<Call> {
        let state = self.state.lock().expect("the server does not panic");
        state.calls.iter().filter(|call| call.action == action).cloned().collect()
    }

    /// How often a call was made.
    pub fn count(&self, action: &str) -> usize {
        let state = self.state.lock().expect("the server does not panic");
        state.calls.iter().filter(|call| call.action == action).count()
    }
}

/// Serves one request; false when the client is gone.
fn serve(stream: &TcpStream, state: &Mutex<State>) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = answer(&line, &body, state);
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
        answer.status,
        answer.body.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(answer.body.as_bytes())?;
    Ok(true)
}

/// CloudFormation's and STS's calls are forms. S3's are told by their method, such as `PUT object`.
fn answer(line: &str, body: &[u8], state: &Mutex<State>) -> Answer {
    let text = String::from_utf8_lossy(body);
    let mut fields: BTreeMap<String, String> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect();
    let action = fields.get("Action").cloned().unwrap_or_else(|| {
        let (method, rest) = line.split_once(' ').unwrap_or_default();
        let path = rest.split([' ', '?']).next().unwrap_or_default();
        fields = BTreeMap::from([("path".to_owned(), path.to_owned()), ("body".to_owned(), text.to_string())]);
        format!("{method} {}", if path.trim_matches('/').contains('/') { "object" } else { "bucket" })
    });
    let mut state = state.lock().expect("the server does not panic");
    state.calls.push(Call { action: action.clone(), fields });
    match state.answers.get_mut(action.as_str()) {
        Some(answers) if answers.len() > 1 => answers.remove(0),
        Some(answers) => answers[0].clone(),
        None => crate::answers::error(400, "NotRecorded", &format!("the test has no answer to {action}")),
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
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
