//! The app's routes: the page, the API of contacts, signing in and out, health.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use purlin_auth::CognitoVerifier;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::contacts::{Contact, Contacts, Details};
use crate::decisions::{Action, Decisions};
use crate::failure::Failure;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::{page, sign_in};

/// The state that all requests share.
#[derive(Debug, Clone)]
pub struct App {
    /// The settings.
    pub settings: Settings,
    /// The sessions.
    pub sessions: Sessions,
    contacts: Contacts,
    decisions: Decisions,
}

impl FromRef<App> for CognitoVerifier {
    fn from_ref(app: &App) -> Self {
        app.settings.verifier.clone()
    }
}

/// The app's routes.
pub fn router(settings: Settings) -> Router {
    let decisions = Decisions::at(settings.cerbos.clone());
    routes(App { settings, sessions: Sessions::default(), contacts: Contacts::default(), decisions })
}

fn routes(app: App) -> Router {
    Router::new()
        .route("/", get(page::html))
        .route("/page.js", get(page::script))
        .route("/page.css", get(page::style))
        .route("/login", get(sign_in::begin))
        .route("/callback", get(sign_in::finish))
        .route("/logout", post(sign_in::end))
        .route("/api/contacts", get(list).post(add))
        .route("/api/contacts/{id}", get(show).put(change).delete(remove))
        .route("/health", get(|| async { "ok" }))
        // Browsers request one, and log an error without it.
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .with_state(app)
}

/// The contacts that the caller may see, with the allowed actions.
async fn list(caller: Caller, State(app): State<App>) -> Result<Response, Failure> {
    let contacts = app.contacts.list();
    let allowed = app.decisions.allowed(&caller, &Action::EXISTING, &contacts).await?;
    let shown: Vec<Value> = contacts
        .iter()
        .zip(&allowed)
        .filter(|(_, actions)| actions.contains(&Action::Read))
        .map(|(contact, actions)| with_actions(contact, actions))
        .collect();
    let new = Contact::new(&caller, Details { name: String::new(), email: String::new() });
    let may_create = app.decisions.allowed(&caller, &[Action::Create], &[new]).await?;
    let me = json!({ "id": caller.id, "name": caller.name, "roles": caller.roles });
    let may_create = may_create.iter().any(|actions| actions.contains(&Action::Create));
    Ok(answer(StatusCode::OK, json!({ "me": me, "mayCreate": may_create, "contacts": shown })))
}

async fn add(caller: Caller, State(app): State<App>, details: Body) -> Result<Response, Failure> {
    let contact = Contact::new(&caller, checked(details)?);
    app.decisions.require(&caller, Action::Create, &contact).await?;
    app.contacts.add(contact.clone())?;
    let location = format!("/api/contacts/{}", contact.id);
    Ok(([(LOCATION, location)], answer(StatusCode::CREATED, json!(contact))).into_response())
}

async fn show(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let contact = app.contacts.find(&id)?;
    app.decisions.require(&caller, Action::Read, &contact).await?;
    Ok(answer(StatusCode::OK, json!(contact)))
}

async fn change(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<String>,
    details: Body,
) -> Result<Response, Failure> {
    let details = checked(details)?;
    app.decisions.require(&caller, Action::Update, &app.contacts.find(&id)?).await?;
    Ok(answer(StatusCode::OK, json!(app.contacts.change(&id, details)?)))
}

async fn remove(caller: Caller, State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    app.decisions.require(&caller, Action::Delete, &app.contacts.find(&id)?).await?;
    app.contacts.remove(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

type Body = Result<Json<Details>, JsonRejection>;

/// Accepts JSON only: other sites cannot send it without a preflight request, which this app refuses.
fn checked(details: Body) -> Result<Details, Failure> {
    match details {
        Ok(Json(details)) => details.checked(),
        Err(rejection) => Err(Failure::Invalid(rejection.body_text())),
    }
}

fn with_actions(contact: &Contact, actions: &[Action]) -> Value {
    let mut shown = json!(contact);
    shown["may"] = actions.iter().map(|action| action.name()).collect();
    shown
}

fn answer(status: StatusCode, body: Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use axum::body::{Body, to_bytes};
    use axum::http::{HeaderMap, Request};
    use tower::ServiceExt as _;

    use super::{App, routes};
    use crate::caller::Caller;
    use crate::contacts::{Contact, Contacts, Details};
    use crate::decisions::Decisions;
    use crate::sessions::Sessions;
    use crate::settings::tests::settings;

    /// An app without Cerbos: nothing listens on a port that was just released.
    fn app(changes: &[(&str, &str)]) -> App {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        App {
            settings: settings(changes).unwrap(),
            sessions: Sessions::default(),
            contacts: Contacts::default(),
            decisions: Decisions::at(("127.0.0.1".into(), port)),
        }
    }

    async fn ask(app: &App, request: &str, cookie: &str, body: &str) -> (u16, HeaderMap, String) {
        ask_from("same-origin", app, request, cookie, body).await
    }

    /// A request of a page of this site.
    async fn ask_from(site: &str, app: &App, request: &str, cookie: &str, body: &str) -> (u16, HeaderMap, String) {
        let (method, path) = request.split_once(' ').unwrap();
        let request = Request::builder().method(method).uri(path).header("cookie", cookie);
        let request = request.header("sec-fetch-site", site);
        let request = request.header("content-type", "application/json").body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = routes(app.clone()).oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    fn caller(roles: &[&str]) -> Caller {
        Caller { id: "1".into(), name: "ada".into(), roles: roles.iter().map(|role| (*role).to_owned()).collect() }
    }

    /// The app with a contact, the contact's path, and the cookie of a caller with these roles.
    fn with_contact(roles: &[&str]) -> (App, String, String) {
        let (app, details) = (app(&[]), Details { name: "Eve".into(), email: String::new() });
        let contact = Contact::new(&caller(roles), details);
        let path = format!("/api/contacts/{}", contact.id);
        app.contacts.add(contact).unwrap();
        let session = app.sessions.begin(caller(roles), u64::from(u32::MAX));
        (app, path, format!("a=b; session={session}"))
    }

    const BODY: &str = r#"{"name": "Mallory"}"#;

    #[tokio::test]
    async fn nothing_is_allowed_without_cerbos() {
        let (app, path, cookie) = with_contact(&["admin"]);
        let before = app.contacts.list();
        let one = ["GET", "PUT", "DELETE"].map(|method| format!("{method} {path}"));
        for request in ["GET /api/contacts", "POST /api/contacts"].map(str::to_owned).into_iter().chain(one) {
            is_undecided(&app, &request, &cookie).await;
        }
        assert_eq!(app.contacts.list(), before);
    }

    #[tokio::test]
    async fn nothing_is_allowed_if_cerbos_hangs_or_answers_otherwise() {
        let (mut app, path, cookie) = with_contact(&["admin"]);
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        app.decisions = Decisions::at(("127.0.0.1".into(), silent.local_addr().unwrap().port()));
        let began = Instant::now();
        is_undecided(&app, &format!("DELETE {path}"), &cookie).await;
        assert!(began.elapsed() < Duration::from_secs(3), "the timeout is short: {:?}", began.elapsed());

        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        app.decisions = Decisions::at(("127.0.0.1".into(), other.local_addr().unwrap().port()));
        std::thread::spawn(move || {
            for stream in other.incoming().take(1) {
                stream.unwrap().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
            }
        });
        is_undecided(&app, &format!("DELETE {path}"), &cookie).await;
        assert_eq!(app.contacts.list().len(), 1);
    }

    async fn is_undecided(app: &App, request: &str, cookie: &str) {
        let (status, headers, body) = ask(app, request, cookie, BODY).await;
        assert_eq!((status, headers["retry-after"].to_str().unwrap()), (503, "5"), "{request}: {body}");
        assert!(body.contains("your permissions cannot be checked now"), "{body}");
    }

    #[tokio::test]
    async fn a_user_without_a_group_may_do_nothing() {
        let (app, path, cookie) = with_contact(&[]);
        let (status, _, body) = ask(&app, &format!("DELETE {path}"), &cookie, "").await;
        assert_eq!((status, body.as_str()), (403, r#"{"error":"you may not delete this contact"}"#));
        let (status, _, body) = ask(&app, "GET /api/contacts", &cookie, "").await;
        assert!(status == 200 && body.contains(r#""contacts":[]"#) && body.contains(r#""mayCreate":false"#), "{body}");
    }

    #[tokio::test]
    async fn wrong_requests_get_a_status_and_a_message() {
        let (app, path, cookie) = with_contact(&["admin"]);
        for (request, cookie, body, status, message) in [
            ("GET /api/contacts", "", "", 401, "sign in first"),
            ("POST /api/contacts", "session=x", BODY, 401, "sign in first"),
            ("GET /api/contacts/7", &*cookie, "", 404, "there is no such contact"),
            ("POST /api/contacts", &cookie, r#"{"name": ""}"#, 422, "a name has 1 to 100 characters"),
            ("POST /api/contacts", &cookie, r#"{"name": "a", "ownerId": "2"}"#, 422, "unknown field `ownerId`"),
            (&format!("PUT {path}"), &cookie, "name=a", 422, "Failed to parse"),
        ] {
            let (found, _, answer) = ask(&app, request, cookie, body).await;
            assert!(found == status && answer.contains(message), "{request}: {found} {answer}");
        }
    }

    #[tokio::test]
    async fn a_login_is_bound_to_its_browser() {
        let app = app(&[]);
        let (status, headers, _) = ask(&app, "GET /login", "", "").await;
        let (to, cookie) = (headers["location"].to_str().unwrap(), headers["set-cookie"].to_str().unwrap());
        assert_eq!(status, 303);
        for part in [
            "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/authorize?response_type=code",
            "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fcallback",
            "code_challenge_method=S256",
        ] {
            assert!(to.contains(part), "`{part}` in {to}");
        }
        assert!(cookie.ends_with("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let hosted = [("BASE_URL", "https://contacts.example.com/")];
        let (_, hosted, _) = ask(&self::app(&hosted), "GET /login", "", "").await;
        let hosted = hosted["set-cookie"].to_str().unwrap();
        assert!(hosted.starts_with("__Host-login=") && hosted.ends_with("; SameSite=Lax; Secure"), "{hosted}");
        let state = cookie.split(['=', ';']).nth(1).unwrap();
        for (query, cookie) in [
            (format!("code=1&state={state}"), String::new()),
            (format!("code=1&state={state}"), "login=other".to_owned()),
            (format!("code=1&state={state}"), format!("login={state}; login={state}")),
            (format!("code=1&state={state}"), format!("__Host-login={state}")),
            ("code=1&state=forged".to_owned(), "login=forged".to_owned()),
            ("code=1".to_owned(), format!("login={state}")),
        ] {
            let (status, headers, page) = ask(&app, &format!("GET /callback?{query}"), &cookie, "").await;
            assert!(status == 400 && page.contains("began in another browser"), "{page}");
            assert!(!headers.contains_key("set-cookie"));
        }
        let denied = format!("GET /callback?error=access_denied&state={state}");
        let (status, _, page) = ask(&app, &denied, &format!("login={state}"), "").await;
        assert!(status == 400 && page.contains("access_denied"), "{page}");
        let (_, _, again) = ask(&app, &denied, &format!("login={state}"), "").await;
        assert!(again.contains("began in another browser"), "a login is finished once: {again}");
    }

    #[tokio::test]
    async fn a_session_has_one_cookie_that_no_other_host_can_set() {
        let (mut app, _, cookie) = with_contact(&[]);
        let session = cookie.rsplit('=').next().unwrap();
        assert_eq!(ask(&app, "GET /api/contacts", &format!("{cookie}; session={session}"), "").await.0, 401);
        app.settings = settings(&[("BASE_URL", "https://contacts.example.com")]).unwrap();
        for (cookie, status) in [
            (cookie.clone(), 401),
            (format!("__Host-session={session}"), 200),
            (format!("__Host-session={session}; session=planted"), 200),
            (format!("__Host-session={session}; __Host-session={session}"), 401),
        ] {
            assert_eq!(ask(&app, "GET /api/contacts", &cookie, "").await.0, status, "{cookie}");
        }
    }

    #[tokio::test]
    async fn other_sites_do_not_sign_a_user_out() {
        let (app, _, cookie) = with_contact(&[]);
        let by_link = ask(&app, "GET /logout", &cookie, "").await;
        assert!(by_link.0 == 405 && !by_link.1.contains_key("set-cookie"), "{by_link:?}");
        for site in ["cross-site", "same-site"] {
            let (status, headers, page) = ask_from(site, &app, "POST /logout", &cookie, "").await;
            assert!(status == 403 && page.contains("You are not signed out"), "{site}: {page}");
            assert!(!headers.contains_key("set-cookie"), "{site}");
        }
        assert_eq!(ask(&app, "GET /api/contacts", &cookie, "").await.0, 200);
    }

    #[tokio::test]
    async fn signing_out_ends_the_session_here_and_at_the_pool() {
        let (mut app, _, cookie) = with_contact(&["admin"]);
        app.settings = settings(&[("BASE_URL", "https://contacts.example.com")]).unwrap();
        let cookie = cookie.replace("session=", "__Host-session=");
        let (status, headers, _) = ask(&app, "POST /logout", &cookie, "").await;
        let to = "https://acme.auth.eu-west-1.amazoncognito.com/logout?client_id=4example5client6id\
                  &logout_uri=https%3A%2F%2Fcontacts.example.com%2F";
        assert_eq!((status, headers["location"].to_str().unwrap()), (303, to));
        let ended = "__Host-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(headers["set-cookie"].to_str().unwrap(), ended);
        assert_eq!(ask(&app, "GET /api/contacts", &cookie, "").await.0, 401);
    }

    #[tokio::test]
    async fn the_page_runs_only_its_own_script() {
        let app = app(&[]);
        let (status, headers, page) = ask(&app, "GET /", "", "").await;
        assert!(status == 200 && page.contains("<script src=\"/page.js\" defer>"), "{page}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let form = "form-action 'self' https://acme.auth.eu-west-1.amazoncognito.com;";
        assert!(policy.contains(form) && page.contains("method=\"post\" action=\"/logout\""), "{policy}: {page}");
        assert_eq!(ask(&app, "GET /health", "", "").await.2, "ok");
    }
}
