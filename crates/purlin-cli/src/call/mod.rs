//! `purlin call`: sends one request to an API, with credentials, and explains a refusal.

mod host;
mod proof;
pub(crate) mod refusals;

use std::path::Path;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, Request};
use serde_json::{Value, json};

use self::proof::Caller;
pub(crate) use self::proof::api_key;
use crate::args::Call;
use crate::failure::{Failure, Kind};
use crate::given;
use crate::terminal::{Terminal, Tone};
use crate::text::harmless;

/// API Gateway's own limit is 29 seconds, unless its quota was raised.
const PATIENCE: Duration = Duration::from_mins(5);
/// A response of API Gateway has at most 10 MB.
const LARGEST: usize = 16 * 1024 * 1024;

/// Headers that hold secrets, which have options of their own.
const SECRET_HEADERS: [(&str, &str); 4] = [
    ("authorization", "`--token-env`, `--token-stdin` or `--token-from`"),
    ("x-api-key", "`--api-key-env`, `--api-key-stdin` or `--api-key-id`"),
    ("x-amz-security-token", "`--sign`"),
    ("cookie", "a browser"),
];

pub(crate) async fn run(app: Option<&Path>, args: &Call, terminal: &Terminal) -> Result<(), Failure> {
    let caller = Box::pin(Caller::of(app, args, terminal)).await?;
    let request = caller.prove(request(args, &caller)?)?;
    let (method, address) = (request.method().clone(), request.uri().clone());
    let answer = caller.http().timeout(PATIENCE).max_size(LARGEST).send(request).await;
    let answer = answer.map_err(|error| refusals::unanswered(&error))?;
    let status = answer.status();
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    if args.json {
        let headers = answer.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned()))
        });
        let headers = Value::Object(headers.collect());
        terminal.print_document(&json!({ "status": status.as_u16(), "headers": headers, "body": body }).to_string());
    } else {
        let tone = if status.is_success() { Tone::Good } else { Tone::Bad };
        let reason = status.canonical_reason().unwrap_or_default();
        terminal.eprint(&format!("{} {reason}", terminal.epaint(tone, status.as_str())));
        if args.include {
            for (name, value) in answer.headers() {
                terminal.print(&format!("{name}: {}", harmless(&String::from_utf8_lossy(value.as_bytes()))));
            }
            terminal.print("");
        }
        terminal.print_document(body.trim_end_matches('\n'));
    }
    if status.is_client_error() || status.is_server_error() {
        let given = caller.given();
        return Err(refusals::explain(&method, &address, &answer, &given));
    }
    Ok(())
}

/// The request without credentials.
fn request(args: &Call, caller: &Caller) -> Result<Request<Vec<u8>>, Failure> {
    let body = args.data.as_deref().map(body).transpose()?;
    let method = match &args.method {
        Some(name) => Method::from_bytes(name.to_ascii_uppercase().as_bytes()).map_err(|_| {
            Failure::usage(format!("`{name}` is no method: there are GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"))
        })?,
        None if body.is_some() => Method::POST,
        None => Method::GET,
    };
    let mut request = Request::builder().method(method).uri(address(&args.url, caller)?);
    for header in &args.header {
        let (name, value) = parsed(header)?;
        request = request.header(name, value);
    }
    let is_json = body.as_ref().is_some_and(|body| serde_json::from_slice::<Value>(body).is_ok());
    if is_json && !request.headers_ref().is_some_and(|it| it.contains_key("content-type")) {
        request = request.header("content-type", "application/json");
    }
    request.body(body.unwrap_or_default()).map_err(|error| Failure::usage(format!("this is no request: {error}")))
}

/// The address of the request: with `--local`, an API of AWS is in the emulator.
fn address(given: &str, caller: &Caller) -> Result<String, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!("`{}` {why}", without_user(given)))
            .hint("an address looks like `https://abcdef1234.execute-api.eu-west-1.amazonaws.com/prod/`; `purlin outputs STACK` shows a stack's")
    };
    let uri: http::Uri = given.parse().map_err(|_| wrong("is no address"))?;
    let host = uri.host().ok_or_else(|| wrong("names no host"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("holds a user, and arguments are visible to all users of this machine")
            .hint("leave `USER:PASSWORD@` out: a call has a token, an API key or a signature"));
    }
    if uri.scheme_str().is_none() {
        return Err(wrong("begins with neither `https://` nor `http://`"));
    }
    let rest = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    match (caller.emulator(), host.split_once(".execute-api.")) {
        (Some(emulator), Some((api, _))) => Ok(format!("{emulator}/_aws/execute-api/{api}{rest}")),
        _ => Ok(given.to_owned()),
    }
}

/// An address for messages, without user and password.
fn without_user(address: &str) -> String {
    let start = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |end| start + end);
    match address[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &address[..start], &address[start + at..]),
        None => address.to_owned(),
    }
}

fn parsed(header: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let wrong = || {
        Failure::usage(format!(
            "`{}` is no header: it is written `Name: value`",
            header.split(':').next().unwrap_or_default()
        ))
    };
    let (name, value) = header.split_once(':').ok_or_else(wrong)?;
    let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
    if let Some((_, instead)) = SECRET_HEADERS.iter().find(|(secret, _)| name == *secret) {
        return Err(Failure::usage(format!(
            "the header `{name}` holds a secret, and arguments are visible to all users of this machine"
        ))
        .hint(format!("give it by {instead}")));
    }
    Ok((name, value.trim().parse().map_err(|_| wrong())?))
}

fn body(given: &str) -> Result<Vec<u8>, Failure> {
    let Some(file) = given.strip_prefix('@') else { return Ok(given.as_bytes().to_vec()) };
    given::bytes(Path::new(file))
        .map_err(|error| Failure::new(Kind::Usage, format!("the body cannot be read from `{file}`: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hold_no_secrets() {
        assert_eq!(parsed("Accept: text/plain").unwrap().1, "text/plain");
        for secret in
            ["Authorization: Bearer hush", "x-api-key:hush", "Cookie: session=hush", "X-Amz-Security-Token: hush"]
        {
            let failure = parsed(secret).unwrap_err();
            assert!(failure.message.contains("holds a secret"), "{failure:?}");
            assert!(!format!("{failure:?}").contains("hush"), "{failure:?}");
        }
        for wrong in ["no header", "a b: c", ": x"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_api_of_aws_is_found_in_the_emulator() {
        let api = "https://abcdef1234.execute-api.eu-west-1.amazonaws.com/prod/orders?x=1";
        let (aws, local) = (Caller::anonymous(None), Caller::anonymous(Some("http://127.0.0.1:4566")));
        assert_eq!(address(api, &aws).unwrap(), api);
        assert_eq!(address(api, &local).unwrap(), "http://127.0.0.1:4566/_aws/execute-api/abcdef1234/prod/orders?x=1");
        let elsewhere = "https://api.example.com/orders";
        assert_eq!(address(elsewhere, &local).unwrap(), elsewhere);
        for wrong in ["orders", "/orders", "api.example.com/x y"] {
            assert!(address(wrong, &aws).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_holds_no_password() {
        let aws = Caller::anonymous(None);
        for (given, shown) in [
            ("https://me:hush@api.example.com/a@b", "`https://***@api.example.com/a@b` holds a user"),
            ("http://hush@127.0.0.1/", "`http://***@127.0.0.1/` holds a user"),
            ("https://me:hush@api.example.com /", "`https://***@api.example.com /` is no address"),
            ("https://me:hu@sh@api.example.com/", "`https://***@api.example.com/` "),
            ("me:hush@api.example.com", "`***@api.example.com` "),
        ] {
            let failure = address(given, &aws).unwrap_err();
            assert!(failure.message.starts_with(shown), "{failure:?}");
            assert!(!format!("{failure:?}").contains("hush") && !failure.message.contains("sh@"), "{failure:?}");
        }
        assert!(address("https://api.example.com/users/me@example.com?a=b@c", &aws).is_ok());
    }
}
