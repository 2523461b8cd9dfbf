//! The few calls of ECR that a push takes, answered from the registry that stands behind them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use super::registry::{self, Registry, TOKEN};

/// Lives as long as the test's process.
pub struct Ecr {
    url: String,
    registry: u16,
}

impl Ecr {
    /// Starts it in front of a registry.
    pub fn start(registry: &Registry) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let port = registry.port;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || while serve(&stream, port).is_some() {});
            }
        });
        Self { url, registry: port }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The digest that it tells for a tag.
    pub fn digest_of(&self, repository: &str, tag: &str) -> Option<String> {
        let ask = json!({"repositoryName": repository, "imageIds": [{"imageTag": tag}]});
        let (_, answer) = answer(self.registry, "DescribeImages", &ask);
        answer["imageDetails"][0]["imageDigest"].as_str().map(str::to_owned)
    }
}

/// Serves one request; none where the client is gone.
fn serve(stream: &TcpStream, registry: u16) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut action) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        // The first line is no header.
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "x-amz-target" => value.rsplit('.').next()?.clone_into(&mut action),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, answer) = answer(registry, &action, &serde_json::from_slice(&body).ok()?);
    let answer = answer.to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len()
    )
    .ok()
}

fn answer(registry: u16, action: &str, ask: &Value) -> (u16, Value) {
    match action {
        "GetAuthorizationToken" => (200, json!({"authorizationData": [{"authorizationToken": TOKEN}]})),
        "DescribeRepositories" => {
            let name = ask["repositoryNames"][0].as_str().unwrap_or_default();
            let uri = format!("127.0.0.1:{registry}/{name}");
            (200, json!({"repositories": [{"repositoryName": name, "repositoryUri": uri}]}))
        }
        "DescribeImages" => {
            let name = ask["repositoryName"].as_str().unwrap_or_default();
            let tag = ask["imageIds"][0]["imageTag"].as_str().unwrap_or_default();
            match registry::digest(registry, name, tag) {
                Some(digest) => (200, json!({"imageDetails": [{"imageDigest": digest, "imageTags": [tag]}]})),
                None => (400, json!({"__type": "ImageNotFoundException", "message": "there is no such image"})),
            }
        }
        other => (400, json!({"__type": "UnknownOperationException", "message": other})),
    }
}
