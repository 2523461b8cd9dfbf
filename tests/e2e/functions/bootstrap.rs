//! A function in Rust with only the standard library: it gets events from Lambda's runtime API and answers each.

use std::io::{Read, Write};
use std::net::TcpStream;

fn main() {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets the address of its runtime API");
    // A page in a browser, and a name of its own that points here.
    let pages = [
        send(&api, &api, "GET", "invocation/next", "Origin: https://evil.example\r\n", ""),
        send(&api, "evil.example", "GET", "invocation/next", "", ""),
    ];
    let are_refused = pages.iter().all(|answer| answer.contains(" 403 "));
    loop {
        let event = send(&api, &api, "GET", "invocation/next", "", "");
        let id = event.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("lambda-runtime-aws-request-id").then(|| value.to_owned())
        });
        let id = id.expect("every event has an id");
        let greeting = std::env::var("GREETING").unwrap_or_default();
        let text =
            if are_refused { format!("\"{greeting} from Rust\"") } else { "\"a page took the event\"".to_owned() };
        send(&api, &api, "POST", &format!("invocation/{id}/response"), "", &text);
    }
}

fn send(api: &str, host: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api).expect("the runtime API accepts connections");
    let length = body.len();
    let head =
        format!("{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}");
    write!(stream, "{head}\r\nConnection: close\r\n\r\n{body}").expect("the runtime API reads the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the API answers with text");
    answer
}
