//! The app's answers, with a token endpoint whose answers the test sets. Tests with real tokens are in `tests/e2e`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::{App, Session};
use crate::records::{Identity, SignIn};
use crate::settings::tests::read;

/// An answer of the app.
struct Answer {
    status: StatusCode,
    location: String,
    cookies: Vec<String>,
    policy: String,
    body: String,
}

fn app(more: &[(&str, &str)]) -> App {
    App::new(read(more).unwrap()).unwrap()
}

async fn ask(app: &App, method: &str, path: &str, cookie: &str) -> Answer {
    ask_from("same-origin", app, method, path, cookie).await
}

/// A request of a page of this site.
async fn ask_from(site: &str, app: &App, method: &str, path: &str, cookie: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("Cookie", cookie);
    let request = request.header("Sec-Fetch-Site", site).body(Body::empty()).unwrap();
    let answer = app.clone().router().oneshot(request).await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let cookies = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned());
    let (status, location, cookies) = (answer.status(), header("location").unwrap_or_default(), cookies.collect());
    let policy = header("content-security-policy").unwrap_or_default();
    let body = to_bytes(answer.into_body(), 100_000).await.unwrap();
    Answer { status, location, cookies, policy, body: String::from_utf8_lossy(&body).into_owned() }
}

/// The value of a parameter of an address.
fn parameter<'a>(address: &'a str, name: &str) -> &'a str {
    address.split(['?', '&']).filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).unwrap().1
}

/// A session with tokens that are valid for this time.
fn session(tokens_last: Duration) -> Session {
    Session::new("sub".to_owned(), Some("refresh-1".into()), tokens_last)
}

/// Begins a sign-in. Returns the browser's cookie and the state.
async fn begin(app: &App) -> (String, String) {
    let login = ask(app, "GET", "/login", "").await;
    let cookie = login.cookies[0].split(';').next().unwrap().to_owned();
    (cookie, parameter(&login.location, "state").to_owned())
}

/// A token endpoint with this answer to every request, and its received requests.
fn endpoint(status: &'static str, body: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let size = stream.read(&mut request).unwrap();
            if sender.send(String::from_utf8_lossy(&request[..size]).into_owned()).is_err() {
                return;
            }
            let length = body.len();
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        }
    });
    (address, requests)
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
async fn forged_or_repeated_answers_sign_no_one_in() {
    let app = app(&[]);
    let (cookie, state) = begin(&app).await;
    let cases = [
        ("", format!("code=1&state={state}"), "no-cookie"),
        ("login=abc", format!("code=1&state={state}"), "unknown-state"),
        (&cookie, "code=1&state=forged".to_owned(), "unknown-state"),
        (&cookie, "code=1".to_owned(), "not-an-answer"),
        (&cookie, String::new(), "not-an-answer"),
        (&cookie, format!("code=1&state={state}&state={state}"), "not-an-answer"),
        (&cookie, "%ff=%ff&state=%ff".to_owned(), "unknown-state"),
    ];
    for (cookie, query, word) in cases {
        let answer = ask(&app, "GET", &format!("/callback?{query}"), cookie).await;
        assert!(answer.body.contains(&format!("data-problem=\"{word}\"")), "{word}: {}", answer.body);
        assert!(answer.status.is_client_error() && answer.cookies.is_empty());
    }
    let denied = ask(&app, "GET", &format!("/callback?error=access_denied&state={state}"), &cookie).await;
    assert!(denied.body.contains("data-problem=\"access-denied\""), "{}", denied.body);
    for query in ["code=1&iss=https://evil.example", "code=%ff", "code=1&iss=a&iss=a"] {
        let (cookie, state) = begin(&app).await;
        let answer = ask(&app, "GET", &format!("/callback?{query}&state={state}"), &cookie).await;
        assert!(answer.body.contains("data-problem=\"not-an-answer\""), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_page_depends_on_the_cause_of_the_failure() {
    let cases = [
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, "code-refused", StatusCode::BAD_REQUEST),
        ("400 Bad Request", r#"{"error":"invalid_client"}"#, "internal", StatusCode::INTERNAL_SERVER_ERROR),
        ("503 Service Unavailable", "", "unavailable", StatusCode::SERVICE_UNAVAILABLE),
        ("200 OK", "{}", "internal", StatusCode::INTERNAL_SERVER_ERROR),
        (
            "200 OK",
            r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#,
            "internal",
            StatusCode::INTERNAL_SERVER_ERROR,
        ),
        (
            "200 OK",
            r#"{"access_token":"a","id_token":"a.b.c","token_type":"Bearer","expires_in":60}"#,
            "not-accepted",
            StatusCode::FORBIDDEN,
        ),
    ];
    for (status, body, word, expect) in cases {
        let (address, requests) = endpoint(status, body);
        let app = app(&[("DOMAIN_URL", &address)]);
        let (cookie, state) = begin(&app).await;
        let answer = ask(&app, "GET", &format!("/callback?code=1&state={state}"), &cookie).await;
        assert!(answer.body.contains(&format!("data-problem=\"{word}\"")), "{word}: {}", answer.body);
        assert_eq!((answer.status, answer.cookies.len()), (expect, 0), "{body}");
        assert!(requests.recv().unwrap().contains("code_verifier="), "the request has the code verifier");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_revokes_the_tokens() {
    let (address, requests) = endpoint("200 OK", "");
    let app = app(&[("DOMAIN_URL", &address)]);
    app.0.sessions.begin("name".to_owned(), session(Duration::from_hours(1)));
    let by_link = ask(&app, "GET", "/logout", "session=name").await;
    assert_eq!(
        by_link.status,
        StatusCode::METHOD_NOT_ALLOWED,
        "a link or picture on another site cannot sign a user out"
    );
    for site in ["cross-site", "same-site"] {
        let by_form = ask_from(site, &app, "POST", "/logout", "session=name").await;
        assert!(by_form.body.contains("data-problem=\"foreign-sign-out\""), "{site}: {}", by_form.body);
        assert!(by_form.status == StatusCode::FORBIDDEN && by_form.cookies.is_empty(), "{site}");
    }
    assert!(app.0.sessions.find("name").is_some());
    let answer = ask(&app, "POST", "/logout", "session=name").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location.starts_with(&format!("{address}/logout?client_id=4example5client6id&logout_uri=")));
    assert!(answer.cookies[0].starts_with("session=; Max-Age=0;"));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /oauth2/revoke ") && request.ends_with("token=refresh-1"), "{request}");
    assert!(app.0.sessions.find("name").is_none());
}

#[tokio::test]
async fn a_session_ends_if_the_pool_refuses_to_renew_it() {
    let cases = [
        ("200 OK", r#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#, true, 1),
        ("503 Service Unavailable", "", true, 2),
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, false, 1),
    ];
    for (status, body, stays, count) in cases {
        let (address, requests) = endpoint(status, body);
        let app = app(&[("DOMAIN_URL", &address)]);
        let identity = Identity { subject: "sub".to_owned(), provider: "Cognito".to_owned() };
        let name = Some("Ada".to_owned());
        app.0.records.sign_in(SignIn { identity, verified_email: None, name }).unwrap();
        app.0.sessions.begin("name".to_owned(), session(Duration::ZERO));
        for _ in 0..2 {
            let answer = ask(&app, "GET", "/", "session=name").await;
            assert_eq!(answer.body.contains("Hello, <span id=\"name\">Ada<"), stays, "{status}: {}", answer.body);
        }
        let requests: Vec<String> = requests.try_iter().collect();
        assert_eq!(requests.len(), count, "{status}");
        assert!(requests[0].contains("grant_type=refresh_token&refresh_token=refresh-1"), "{}", requests[0]);
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
async fn signing_out_works_without_the_pool() {
    let app = app(&[("DOMAIN_URL", "http://127.0.0.1:9")]);
    app.0.sessions.begin("name".to_owned(), session(Duration::from_hours(1)));
    assert_eq!(ask(&app, "POST", "/logout", "session=name").await.status, StatusCode::SEE_OTHER);
    assert!(app.0.sessions.find("name").is_none());
    assert_eq!(ask(&app, "POST", "/logout", "").await.status, StatusCode::SEE_OTHER);
}
