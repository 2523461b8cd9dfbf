//! The app by its answers, with a token endpoint that says what the test wants. Real tokens are in `tests/e2e`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::{App, Session};
use crate::records::{Arrival, Identity};
use crate::settings::tests::read;

/// An answer of the app.
struct Shown {
    status: StatusCode,
    location: String,
    cookies: Vec<String>,
    policy: String,
    body: String,
}

fn app(more: &[(&str, &str)]) -> App {
    App::new(read(more).unwrap()).unwrap()
}

async fn ask(app: &App, method: &str, path: &str, cookie: &str) -> Shown {
    let request = Request::builder().method(method).uri(path).header("Cookie", cookie).body(Body::empty()).unwrap();
    let answer = app.clone().router().oneshot(request).await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let cookies = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned());
    let (status, location, cookies) = (answer.status(), header("location").unwrap_or_default(), cookies.collect());
    let policy = header("content-security-policy").unwrap_or_default();
    let body = to_bytes(answer.into_body(), 100_000).await.unwrap();
    Shown { status, location, cookies, policy, body: String::from_utf8_lossy(&body).into_owned() }
}

/// The value of a parameter of an address.
fn parameter<'a>(address: &'a str, name: &str) -> &'a str {
    address.split(['?', '&']).filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).unwrap().1
}

/// A session with tokens that are good for so long.
fn session(tokens_last: Duration) -> Session {
    Session::new("sub".to_owned(), Some("refresh-1".into()), tokens_last)
}

/// Begins a sign-in: the cookie that the browser has then, and the state.
async fn begin(app: &App) -> (String, String) {
    let login = ask(app, "GET", "/login", "").await;
    let cookie = login.cookies[0].split(';').next().unwrap().to_owned();
    (cookie, parameter(&login.location, "state").to_owned())
}

/// Answers every request with this, and tells what it was asked.
fn endpoint(status: &'static str, body: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let size = stream.read(&mut request).unwrap();
            if tell.send(String::from_utf8_lossy(&request[..size]).into_owned()).is_err() {
                return;
            }
            let length = body.len();
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_sign_in_begins_with_state_nonce_and_challenge() {
    let app = app(&[("IDENTITY_PROVIDERS", "Okta")]);
    let welcome = ask(&app, "GET", "/", "").await;
    assert_eq!(welcome.status, StatusCode::OK);
    assert!(welcome.policy.contains("form-action 'self' https://shop.auth."), "{}", welcome.policy);
    let login = ask(&app, "GET", "/login?provider=Okta", "").await;
    assert_eq!(login.status, StatusCode::FOUND);
    assert!(login.location.starts_with("https://shop.auth.eu-west-1.amazoncognito.com/oauth2/authorize?"));
    assert_eq!(parameter(&login.location, "identity_provider"), "Okta");
    assert_eq!(parameter(&login.location, "code_challenge_method"), "S256");
    for name in ["state", "nonce", "code_challenge"] {
        assert!(parameter(&login.location, name).len() >= 43, "{}", login.location);
    }
    assert!(login.cookies[0].starts_with("login=") && login.cookies[0].contains("; HttpOnly; SameSite=Lax"));
    assert!(!login.cookies[0].contains(parameter(&login.location, "state")));
    let unknown = ask(&app, "GET", "/login?provider=Evil", "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_window_has_another_state_and_the_same_cookie() {
    let app = app(&[]);
    let (cookie, state) = begin(&app).await;
    let again = ask(&app, "GET", "/login", &cookie).await;
    assert!(again.cookies[0].starts_with(&format!("{cookie};")));
    assert_ne!(parameter(&again.location, "state"), state);
    let planted = ask(&app, "GET", "/login", "login=planted").await;
    assert!(!planted.cookies[0].contains("planted"), "{}", planted.cookies[0]);
}

#[tokio::test]
async fn answers_that_nobody_asked_for_sign_nobody_in() {
    let app = app(&[]);
    let (cookie, state) = begin(&app).await;
    let cases = [
        ("", format!("code=1&state={state}"), "no-cookie"),
        ("login=abc", format!("code=1&state={state}"), "not-ours"),
        (&cookie, "code=1&state=forged".to_owned(), "not-ours"),
        (&cookie, "code=1".to_owned(), "not-an-answer"),
        (&cookie, String::new(), "not-an-answer"),
        (&cookie, format!("code=1&state={state}&state={state}"), "not-an-answer"),
        (&cookie, "%ff=%ff&state=%ff".to_owned(), "not-ours"),
    ];
    for (cookie, query, word) in cases {
        let shown = ask(&app, "GET", &format!("/callback?{query}"), cookie).await;
        assert!(shown.body.contains(&format!("data-problem=\"{word}\"")), "{word}: {}", shown.body);
        assert!(shown.status.is_client_error() && shown.cookies.is_empty());
    }
    let denied = ask(&app, "GET", &format!("/callback?error=access_denied&state={state}"), &cookie).await;
    assert!(denied.body.contains("data-problem=\"access-denied\""), "{}", denied.body);
}

#[tokio::test]
async fn whose_fault_it_is_decides_what_is_said() {
    let cases = [
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, "code-refused", StatusCode::BAD_REQUEST),
        ("400 Bad Request", r#"{"error":"invalid_client"}"#, "ours", StatusCode::INTERNAL_SERVER_ERROR),
        ("503 Service Unavailable", "", "unavailable", StatusCode::SERVICE_UNAVAILABLE),
        ("200 OK", "{}", "ours", StatusCode::INTERNAL_SERVER_ERROR),
        (
            "200 OK",
            r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#,
            "ours",
            StatusCode::INTERNAL_SERVER_ERROR,
        ),
        (
            "200 OK",
            r#"{"access_token":"a","id_token":"a.b.c","token_type":"Bearer","expires_in":60}"#,
            "not-believed",
            StatusCode::FORBIDDEN,
        ),
    ];
    for (status, body, word, expect) in cases {
        let (address, asked) = endpoint(status, body);
        let app = app(&[("DOMAIN_URL", &address)]);
        let (cookie, state) = begin(&app).await;
        let shown = ask(&app, "GET", &format!("/callback?code=1&state={state}"), &cookie).await;
        assert!(shown.body.contains(&format!("data-problem=\"{word}\"")), "{word}: {}", shown.body);
        assert_eq!((shown.status, shown.cookies.len()), (expect, 0), "{body}");
        assert!(asked.recv().unwrap().contains("code_verifier="), "the verifier goes with the code");
    }
}

#[tokio::test]
async fn signing_out_ends_session_and_tokens() {
    let (address, asked) = endpoint("200 OK", "");
    let app = app(&[("DOMAIN_URL", &address)]);
    app.0.sessions.begin("name".to_owned(), session(Duration::from_hours(1)));
    let by_link = ask(&app, "GET", "/logout", "session=name").await;
    assert_eq!(by_link.status, StatusCode::METHOD_NOT_ALLOWED, "a picture on another site signs nobody out");
    let shown = ask(&app, "POST", "/logout", "session=name").await;
    assert_eq!(shown.status, StatusCode::SEE_OTHER);
    assert!(shown.location.starts_with(&format!("{address}/logout?client_id=4example5client6id&logout_uri=")));
    assert!(shown.cookies[0].starts_with("session=; Max-Age=0;"));
    let request = asked.recv().unwrap();
    assert!(request.starts_with("POST /oauth2/revoke ") && request.ends_with("token=refresh-1"), "{request}");
    assert!(app.0.sessions.find("name").is_none());
}

#[tokio::test]
async fn a_session_lasts_as_long_as_the_pool_lets_its_user_in() {
    let cases = [
        ("200 OK", r#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#, true, 1),
        ("503 Service Unavailable", "", true, 2),
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, false, 1),
    ];
    for (status, body, stays, questions) in cases {
        let (address, asked) = endpoint(status, body);
        let app = app(&[("DOMAIN_URL", &address)]);
        let identity = Identity { subject: "sub".to_owned(), provider: "Cognito".to_owned() };
        let name = Some("Ada".to_owned());
        app.0.records.sign_in(Arrival { identity, verified_email: None, name }).unwrap();
        app.0.sessions.begin("name".to_owned(), session(Duration::ZERO));
        for _ in 0..2 {
            let shown = ask(&app, "GET", "/", "session=name").await;
            assert_eq!(shown.body.contains("Hello, <span id=\"name\">Ada<"), stays, "{status}: {}", shown.body);
        }
        let asked: Vec<String> = asked.try_iter().collect();
        assert_eq!(asked.len(), questions, "{status}");
        assert!(asked[0].contains("grant_type=refresh_token&refresh_token=refresh-1"), "{}", asked[0]);
    }
}

#[tokio::test]
async fn a_session_without_a_refresh_token_ends_with_its_tokens() {
    let app = app(&[]);
    app.0.sessions.begin("name".to_owned(), Session::new("sub".to_owned(), None, Duration::ZERO));
    assert!(ask(&app, "GET", "/", "session=name").await.body.contains("id=\"sign-in\""));
    assert!(app.0.sessions.find("name").is_none());
}

#[tokio::test]
async fn signing_out_works_though_nobody_answers() {
    let app = app(&[("DOMAIN_URL", "http://127.0.0.1:9")]);
    app.0.sessions.begin("name".to_owned(), session(Duration::from_hours(1)));
    assert_eq!(ask(&app, "POST", "/logout", "session=name").await.status, StatusCode::SEE_OTHER);
    assert!(app.0.sessions.find("name").is_none());
    assert_eq!(ask(&app, "POST", "/logout", "").await.status, StatusCode::SEE_OTHER);
}
