//! Signs users in at the user pool's pages, and out.

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use purlin_auth::{ExposeSecret as _, HostCookie, is_same_origin, state_of};

use crate::caller::Caller;
use crate::page;
use crate::routes::App;
use crate::sessions::{LOGIN_TIME, MAX_AGE};

/// Redirects the browser to the sign-in pages.
pub async fn begin(State(app): State<App>) -> Response {
    let login = app.settings.client.login(app.settings.callback_url()).scope("openid").scope("email").begin();
    match login {
        Ok(login) => {
            let id = app.sessions.add_login(login.pending);
            redirect(&login.url, [HostCookie::Login.set(app.settings.transport(), &id, LOGIN_TIME)])
        }
        Err(error) => failed(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

/// Begins a session with a new id if the browser returns from the login that it began, and ends the previous one.
pub async fn finish(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (query, transport) = (query.unwrap_or_default(), app.settings.transport());
    let begun = HostCookie::Login.read(transport, &headers);
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
            if let Some(previous) = HostCookie::Session.read(transport, &headers) {
                app.sessions.end(&previous);
            }
            let session = app.sessions.begin(Caller::of_id(&claims), claims.expires_at());
            let session = HostCookie::Session.set(transport, &session, MAX_AGE);
            redirect(&app.settings.home_url(), [session, HostCookie::Login.expire(transport)])
        }
        Err(error) if error.is_transient() => failed(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(error) => failed(StatusCode::BAD_GATEWAY, &error.to_string()),
    }
}

/// Ends the session, and redirects to the pool's logout address, which ends the pool's session.
pub async fn end(State(app): State<App>, headers: HeaderMap) -> Response {
    if !is_same_origin(&headers, &app.settings.base_url) {
        let why = "another site sent the request to sign out. Sign out on the page of the contacts";
        return page::message(StatusCode::FORBIDDEN, "You are not signed out", why);
    }
    if let Some(session) = HostCookie::Session.read(app.settings.transport(), &headers) {
        app.sessions.end(&session);
    }
    let logout = app.settings.client.logout_url(&app.settings.home_url());
    redirect(&logout, [HostCookie::Session.expire(app.settings.transport())])
}

fn redirect<const N: usize>(to: &str, cookies: [String; N]) -> Response {
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    (StatusCode::SEE_OTHER, [(CACHE_CONTROL, "no-store"), (LOCATION, to)], cookies).into_response()
}

fn failed(status: StatusCode, why: &str) -> Response {
    page::message(status, "You are not signed in", why)
}
