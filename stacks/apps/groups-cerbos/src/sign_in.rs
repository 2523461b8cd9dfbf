//! Signs users in at the user pool's pages, and out.

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use purlin_auth::{ExposeSecret as _, state_of};

use crate::caller::{Caller, SESSION, cookie};
use crate::page;
use crate::routes::App;
use crate::sessions::LOGIN_TIME;
use crate::settings::Settings;

/// The cookie of a login in progress: only the browser that began it can finish it.
const LOGIN: &str = "login";

/// Redirects the browser to the sign-in pages.
pub async fn begin(State(app): State<App>) -> Response {
    let login = app.settings.client.login(app.settings.callback_url()).scope("openid").scope("email").begin();
    match login {
        Ok(login) => {
            let id = app.sessions.add_login(login.pending);
            let cookie = set(&app.settings, LOGIN, &id, LOGIN_TIME.as_secs());
            redirect(&login.url, [cookie])
        }
        Err(error) => failed(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

/// Begins a session if the browser returns from the login that it began.
pub async fn finish(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let begun = cookie(&headers, LOGIN).map(str::to_owned);
    let state = state_of(&query).filter(|state| begun.as_ref() == Some(state));
    let Some(login) = state.and_then(|state| app.sessions.take_login(&state)) else {
        return failed(StatusCode::BAD_REQUEST, "this login began in another browser, or is over");
    };
    let nonce = login.nonce().clone();
    let tokens = match app.settings.client.finish(login, &query).await {
        Ok(tokens) => tokens,
        Err(error) if error.is_transient() => return failed(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(error) => return failed(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let Some(token) = &tokens.id else {
        return failed(StatusCode::BAD_GATEWAY, "the answer has no ID token");
    };
    match app.settings.verifier.id_of_login(token.expose_secret(), &nonce).await {
        Ok(claims) => {
            let session = app.sessions.begin(Caller::of_id(&claims), claims.expires_at());
            let cookies = [session_cookie(&app.settings, &session), ended(&app.settings, LOGIN)];
            redirect(&app.settings.home_url(), cookies)
        }
        Err(error) if error.is_transient() => failed(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(error) => failed(StatusCode::BAD_GATEWAY, &error.to_string()),
    }
}

/// Ends the session, and redirects to the pool's logout address, which ends the pool's session.
pub async fn end(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some(session) = cookie(&headers, SESSION) {
        app.sessions.end(session);
    }
    let logout = app.settings.client.logout_url(&app.settings.home_url());
    redirect(&logout, [ended(&app.settings, SESSION)])
}

/// The cookie is valid until the browser closes, the session until the ID token expires.
fn session_cookie(settings: &Settings, value: &str) -> String {
    format!("{SESSION}={value}; {}", rules(settings))
}

fn set(settings: &Settings, name: &str, value: &str, seconds: u64) -> String {
    format!("{name}={value}; Max-Age={seconds}; {}", rules(settings))
}

fn ended(settings: &Settings, name: &str) -> String {
    set(settings, name, "", 0)
}

/// `Lax`: the browser sends the cookies when it returns from the sign-in pages, but not with forms of other sites.
fn rules(settings: &Settings) -> &'static str {
    if settings.is_secure() { "Path=/; Secure; HttpOnly; SameSite=Lax" } else { "Path=/; HttpOnly; SameSite=Lax" }
}

fn redirect<const N: usize>(to: &str, cookies: [String; N]) -> Response {
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    (StatusCode::SEE_OTHER, [(CACHE_CONTROL, "no-store"), (LOCATION, to)], cookies).into_response()
}

fn failed(status: StatusCode, why: &str) -> Response {
    page::message(status, "You are not signed in", why)
}
