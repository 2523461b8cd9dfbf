//! A function in Rust, by the standard library alone: it asks Lambda's runtime API for events and answers each.

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda says where its runtime API is");
    loop {
        let event = ask(&api, "GET", "invocation/next", "");
        let id = event.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("lambda-runtime-aws-request-id").then(|| value.to_owned())
        });
        let id = id.expect("every event has an id");
        let greeting = std::env::var("GREETING").unwrap_or_default();
        ask(&api, "POST", &format!("invocation/{id}/response"), &format!("\"{greeting} from Rust\""));
    }
}

fn ask(api: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api).expect("the runtime API listens");
    let length = body.len();
    let head = format!("{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {api}\r\nContent-Length: {length}");
    write!(stream, "{head}\r\nConnection: close\r\n\r\n{body}").expect("the request is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the API answers with text");
    answer
}
