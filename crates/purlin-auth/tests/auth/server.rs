//! A replacement for AWS on loopback: it answers as the test requires, and records the requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use purlin_auth::Endpoint;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A received request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    pub headers: String,
    pub body: String,
}

type Answer = dyn Fn(&Asked) -> (u16, String) + Send + Sync;

/// A server that ends with the test.
#[derive(Clone)]
pub struct Server {
    base: Endpoint,
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Mutex<Arc<Answer>>>,
}

impl Server {
    pub async fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let answer: Arc<Answer> = Arc::new(answer);
        let server = Self { base, asked: Arc::default(), answer: Arc::new(Mutex::new(answer)) };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    pub fn base(&self) -> &Endpoint {
        &self.base
    }

    /// Sets the answer to later requests.
    pub fn answer(&self, answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some(asked) = read(&mut stream).await else { return };
        self.asked.lock().unwrap().push(asked.clone());
        let answer = self.answer.lock().unwrap().clone();
        let (status, body) = answer(&asked);
        // Long enough for concurrent requests to arrive.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let extra = if status == 429 { "Retry-After: 7\r\n" } else { "" };
        let head =
            format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n{extra}Connection: close\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        let size = stream.read(&mut buffer).await.ok().filter(|size| *size > 0)?;
        text.push_str(&String::from_utf8_lossy(&buffer[..size]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head_lower = head.to_ascii_lowercase();
        let length = head_lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            let (line, headers) = head.split_once("\r\n")?;
            let line = line.strip_suffix(" HTTP/1.1")?.to_owned();
            return Some(Asked { line, headers: headers.to_owned(), body: body.to_owned() });
        }
    }
}
