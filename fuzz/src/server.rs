//! A server on loopback that answers every request with the same bytes, and the runtime that it and its client share.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// A server.
pub(crate) struct Server {
    pub(crate) runtime: Runtime,
    /// Its address.
    pub(crate) address: String,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("loopback has ports");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let answer = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::clone(&answer);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Else each answer waits for an acknowledgement.
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, Arc::clone(&answers)));
            }
        });
        Self { runtime, address, answer }
    }

    /// Sets the answer to later requests.
    pub(crate) fn answer(&self, status: u16, body: &[u8]) {
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = [head.as_bytes(), body].concat();
    }
}

/// Answers the requests of a connection, each of which has a body.
async fn serve(mut stream: TcpStream, answer: Arc<Mutex<Vec<u8>>>) {
    let (mut asked, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        asked.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&asked).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        asked.clear();
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}
