//! A proxy as companies have it: `CONNECT` for TLS, absolute addresses for the rest, a password where it is locked.

use std::io::{BufRead as _, BufReader, Write as _, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub struct Proxy {
    pub address: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn open() -> Self {
        Self::new(None)
    }

    /// Lets only this `USER:PASSWORD` through.
    pub fn locked(user: &str) -> Self {
        Self::new(Some(format!("Basic {}", STANDARD.encode(user))))
    }

    fn new(password: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound port").to_string();
        let lines = Arc::default();
        let shared = Arc::clone(&lines);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (lines, password) = (Arc::clone(&shared), password.clone());
                thread::spawn(move || drop(serve(stream, &lines, password.as_deref())));
            }
        });
        Self { address, lines }
    }

    /// The first lines of the requests so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no panic while it is locked").clone()
    }
}

fn serve(client: TcpStream, lines: &Mutex<Vec<String>>, password: Option<&str>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let first = head.lines().next().unwrap_or_default().to_owned();
    lines.lock().expect("no panic while it is locked").push(first.clone());
    let given = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
    });
    if password.is_some_and(|password| given != Some(password)) {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return (&client).write_all(refusal);
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let host = target.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let mut server = TcpStream::connect(host)?;
    if method == "CONNECT" {
        (&client).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        server.write_all(head.as_bytes())?;
    }
    server.write_all(reader.buffer())?;
    let (mut from, mut to) = (reader.into_inner(), server.try_clone()?);
    let answers = thread::spawn(move || {
        let done = copy(&mut &server, &mut &client);
        let _ = client.shutdown(Shutdown::Both);
        done
    });
    let _ = copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    answers.join().expect("copying does not panic").map(drop)
}
