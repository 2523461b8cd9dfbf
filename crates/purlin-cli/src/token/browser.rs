//! Signs a user in through the browser, which returns a code to a port of this machine.
//!
//! As in [RFC 8252](https://www.rfc-editor.org/rfc/rfc8252#section-7.3), with PKCE and a state, by `purlin-auth`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Command, Stdio};
use std::time::Duration;

use purlin_auth::{ExposeSecret, LoginRequest, PendingLogin, Tokens, state_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::client::Chosen;
use super::head::target;
use super::oauth;
use crate::args::NewToken;
use crate::failure::{Failure, Kind};
use crate::terminal::Terminal;

/// The time for a user to sign in.
const PATIENCE: Duration = Duration::from_mins(5);
/// The time for a browser to send its request.
const BRISK: Duration = Duration::from_secs(5);
/// The longest request of a browser.
const LONGEST: usize = 32 * 1024;

/// A callback URL on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Callback {
    /// Exactly as it is registered.
    url: String,
    port: u16,
    path: String,
}

/// The tokens of the user who signs in.
pub(super) async fn login(chosen: &Chosen, args: &NewToken, terminal: &Terminal) -> Result<Tokens, Failure> {
    let callback = callback(&chosen.client.callback_urls, args.port.map(u16::from), &chosen.client.name)?;
    let client = oauth::client(chosen, &args.client.secret, terminal).await?;
    let listeners = listen(callback.port).await?;
    let request = args.client.scope.iter().fold(client.login(&callback.url), LoginRequest::scope);
    let login = request.begin().map_err(|error| Failure::bug(error.to_string()))?;
    terminal.eprint("sign in there, and come back:");
    terminal.eprint(&login.url);
    if !args.no_browser && !open(&login.url) {
        terminal.eprint("no browser could be opened; open the address yourself");
    }
    let answer = tokio::time::timeout(PATIENCE, answer(&listeners, &callback, &login.pending)).await;
    let query = answer.map_err(|_| {
        Failure::new(
            Kind::Aws,
            format!("the browser did not return from the sign-in page within {} minutes", PATIENCE.as_secs() / 60),
        )
        .hint("the browser shows what is wrong: `redirect_mismatch` is a callback URL that the client does not have")
    })??;
    let tokens = client.finish(login.pending, &query).await;
    tokens.map_err(|error| oauth::refused(&error, chosen, &args.client.scope))
}

/// The callback URL that leads to this machine.
fn callback(registered: &[String], port: Option<u16>, client: &str) -> Result<Callback, Failure> {
    let here: Vec<Callback> = registered.iter().filter_map(|url| on_this_machine(url)).collect();
    if let Some(found) = here.iter().find(|it| port.is_none_or(|port| it.port == port)) {
        return Ok(found.clone());
    }
    let listed = |urls: Vec<String>| if urls.is_empty() { "none".to_owned() } else { urls.join(", ") };
    let port = port.unwrap_or(8000);
    let failure = match here.as_slice() {
        [] => Failure::usage(format!(
            "client `{client}` has no callback URL on this machine, which a browser could come back to"
        )),
        _ => Failure::usage(format!("client `{client}` has no callback URL on port {port} of this machine")),
    };
    let urls = registered.iter().map(|url| format!("`{url}`")).collect();
    Err(failure.detail(format!("  its callback URLs: {}", listed(urls))).hint(format!(
        "add `http://localhost:{port}/callback` to the client's callback URLs in the stack, and deploy it; Cognito takes \
         plain HTTP for `localhost` alone"
    )))
}

fn on_this_machine(url: &str) -> Option<Callback> {
    let address: http::Uri = url.parse().ok()?;
    let host = address.host()?.trim_start_matches('[').trim_end_matches(']');
    let is_here = host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    let is_plain = address.scheme_str() == Some("http");
    let (port, path) = (address.port_u16().unwrap_or(80), address.path().to_owned());
    (is_here && is_plain).then(|| Callback { url: url.to_owned(), port, path })
}

/// Both loopback addresses: `localhost` is one or the other to a browser.
async fn listen(port: u16) -> Result<Vec<TcpListener>, Failure> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        Failure::usage(format!("port {port} of this machine cannot be listened on: {error}"))
            .hint("end what listens there, such as the app itself, or choose another callback URL by `--port`")
    })?;
    let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
    Ok(std::iter::once(first).chain(second).collect())
}

/// Opens the address with the desktop's default program, or with `BROWSER`.
fn open(url: &str) -> bool {
    let named = std::env::var("BROWSER").ok().filter(|name| !name.is_empty());
    let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let program = named.as_deref().unwrap_or(usual);
    let quiet = Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    quiet.is_ok()
}

/// The query of the browser's callback. Other requests, and callbacks of other logins, get an error page.
async fn answer(listeners: &[TcpListener], callback: &Callback, login: &PendingLogin) -> Result<String, Failure> {
    loop {
        let accepted = match listeners {
            [one] => one.accept().await,
            [one, other, ..] => tokio::select! { it = one.accept() => it, it = other.accept() => it },
            [] => return Err(Failure::bug("there is no listener")),
        };
        let Ok((mut stream, _)) = accepted else { continue };
        let Ok(Some(target)) = tokio::time::timeout(BRISK, asked_for(&mut stream)).await else { continue };
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        if path != callback.path {
            reply(&mut stream, "404 Not Found", "There is nothing here.").await;
            continue;
        }
        if state_of(query).as_deref() != Some(login.state().expose_secret()) {
            reply(&mut stream, "400 Bad Request", "This is the answer to another login. Nothing was done.").await;
            continue;
        }
        reply(&mut stream, "200 OK", "Signed in, as far as the browser goes. Go back to the terminal.").await;
        return Ok(query.to_owned());
    }
}

/// The target of a GET request.
async fn asked_for(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut piece) = (Vec::new(), [0; 2048]);
    while !head.windows(4).any(|it| it == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await.ok()?;
        head.extend_from_slice(&piece[..count]);
        if count == 0 || head.len() > LONGEST {
            return None;
        }
    }
    target(&head).map(str::to_owned)
}

/// The address has the code in it, so the page loads nothing else.
async fn reply(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!("<!doctype html><meta charset=utf-8><title>purlin</title><p>{text}</p>");
    let length = page.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
         Connection: close\r\n\r\n{page}"
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_comes_back_to_this_machine_alone() {
        let urls = [
            "https://app.example.com/callback",
            "https://localhost:8443/callback",
            "http://localhost.example.com/x",
            "http://localhost:8000/callback",
            "http://127.0.0.1:9000/cb",
        ];
        let urls = urls.map(str::to_owned);
        let first = callback(&urls, None, "web").unwrap();
        assert_eq!((first.port, first.path.as_str()), (8000, "/callback"));
        assert_eq!(callback(&urls, Some(9000), "web").unwrap().url, "http://127.0.0.1:9000/cb");
        let none = callback(&urls, Some(7), "web").unwrap_err();
        assert!(none.message.contains("on port 7") && none.hints[0].contains("localhost:7/callback"), "{none:?}");
        let none = callback(&urls[..3], None, "web").unwrap_err();
        assert!(none.message.contains("no callback URL on this machine"), "{none:?}");
        assert!(none.details[0].contains("`https://app.example.com/callback`"), "{none:?}");
    }

    #[tokio::test]
    async fn only_the_answer_to_this_login_is_taken() {
        let listeners = vec![TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()];
        let address = listeners[0].local_addr().unwrap();
        let callback = Callback { url: String::new(), port: address.port(), path: "/callback".into() };
        let secret = |text: &str| text.to_owned().into();
        let login = PendingLogin::restore(secret("right"), secret("n"), secret("v"), "http://localhost/callback");
        let browser = async {
            let mut statuses = Vec::new();
            for target in
                ["/favicon.ico", "/callback?code=1&state=wrong", "/callback?code=1", "/callback?code=2&state=right"]
            {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                statuses.push(answer[9..12].to_owned());
            }
            statuses
        };
        let (query, statuses) = tokio::join!(answer(&listeners, &callback, &login), browser);
        assert_eq!(query.unwrap(), "code=2&state=right");
        assert_eq!(statuses, ["404", "400", "400", "200"]);
    }
}
