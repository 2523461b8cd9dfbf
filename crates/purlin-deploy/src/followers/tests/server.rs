//! A server on loopback that answers as a function says, and counts.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A call as it arrived: JSON where the protocol has it, a form as an object, else nothing.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Such as `DescribeServices`, or `GET /2013-04-01/hostedzone/Z1`.
    pub(crate) action: String,
    pub(crate) body: Value,
    /// How often it was called before.
    pub(crate) before: usize,
}

pub(crate) struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self { status: 200, body: body.to_string() }
    }

    pub(crate) fn xml(body: &str) -> Self {
        Self { status: 200, body: body.to_owned() }
    }

    pub(crate) fn refused(code: &str) -> Self {
        Self { status: 400, body: format!(r#"{{"__type": "{code}", "message": "it is not for you"}}"#) }
    }
}

/// Lives as long as the test's process.
pub(crate) struct Server {
    url: String,
    counts: Counts,
}

type Counts = Arc<Mutex<BTreeMap<String, usize>>>;
type Script = dyn Fn(&Call) -> Answer + Send + Sync;

impl Server {
    pub(crate) fn start(script: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let counts = Counts::default();
        let script: Arc<Script> = Arc::new(script);
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counts, script) = (Arc::clone(&shared), Arc::clone(&script));
                thread::spawn(move || while matches!(serve(&stream, &counts, &*script), Ok(true)) {});
            }
        });
        Self { url, counts }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// How often a call was made.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.counts.lock().expect("the server does not panic").get(action).copied().unwrap_or_default()
    }
}

/// Serves one request; false when the client is gone.
fn serve(stream: &TcpStream, counts: &Counts, script: &Script) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    let (mut length, mut target) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-amz-target" => target = value.trim().split('.').nth(1).map(str::to_owned),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let call = call(&line, target, &String::from_utf8_lossy(&body), counts);
    let answer = match call.action.as_str() {
        "GetCallerIdentity" => Answer::xml(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>\
             <Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
        _ => script(&call),
    };
    let head = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n\r\n", answer.status, answer.body.len());
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(answer.body.as_bytes())?;
    Ok(true)
}

fn call(line: &str, target: Option<String>, body: &str, counts: &Counts) -> Call {
    let form = || -> Value {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (key.to_owned(), Value::from(value.replace("%3A", ":").replace("%2F", "/")))).collect()
    };
    let body = if target.is_some() { serde_json::from_str(body).unwrap_or_default() } else { form() };
    let path = || line.rsplit_once(' ').map_or(line, |(start, _)| start).to_owned();
    let action = target.or_else(|| body["Action"].as_str().map(str::to_owned)).unwrap_or_else(path);
    let mut counts = counts.lock().expect("the server does not panic");
    let count = counts.entry(action.clone()).or_default();
    *count += 1;
    Call { action, body, before: *count - 1 }
}
