//! A server on loopback, with a thread for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::http::{Request, head};

/// A reply in XML, or in JSON to a request in JSON.
pub struct Reply {
    pub status: u16,
    pub body: String,
}

/// Serves until the process of the test ends; returns the URL.
pub fn serve(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("a bound port"));
    let reply = Arc::new(reply);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = Arc::clone(&reply);
            thread::spawn(move || while matches!(serve_one(&stream, &*reply), Ok(true)) {});
        }
    });
    url
}

/// The operation that a request names, as JSON protocols and forms do.
pub fn operation(request: &Request) -> Option<String> {
    let target = request.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next());
    target.map(str::to_owned).or_else(|| request.fields().remove("Action"))
}

/// Serves one request; false when the client is gone.
fn serve_one(mut stream: &TcpStream, reply: &impl Fn(&Request) -> Reply) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut request = Request::default();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        if request.read(&line) {
            break;
        }
    }
    let mut body = vec![0; request.length()];
    reader.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    let Reply { status, body } = reply(&request);
    let is_json = request.headers.contains_key("x-amz-target");
    let kind = if is_json { "application/x-amz-json-1.1" } else { "text/xml" };
    stream.write_all(head(status, kind, body.len()).as_bytes())?;
    stream.write_all(body.as_bytes())?;
    Ok(true)
}
