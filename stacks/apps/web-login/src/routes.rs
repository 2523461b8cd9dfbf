//! The app's addresses: `/`, `/login`, `/callback`, `/logout`, `/signed-out`, `/health`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::routing::{get, post};
use purlin_auth::{ExposeSecret as _, HostCookie, IdClaims, is_same_origin, state_of};
use serde::Deserialize;
use serde_json::Value;

use crate::logins::{self, Logins};
use crate::page;
use crate::problem::Problem;
use crate::random;
use crate::records::{Identity, Records, SignIn};
use crate::sessions::{self, Session, Sessions};
use crate::settings::Settings;

/// The app's settings and state. Clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    logins: Logins,
    sessions: Sessions,
    records: Records,
}

#[derive(Debug, Deserialize)]
struct LoginQuery {
    provider: Option<String>,
}

/// The app's routes. It reads the records first.
pub fn router(settings: Settings) -> std::io::Result<Router> {
    Ok(App::new(settings)?.router())
}

impl App {
    /// The app by its settings, with the existing records.
    fn new(settings: Settings) -> std::io::Result<Self> {
        let records = Records::open(settings.records.clone())?;
        let (logins, sessions) = (Logins::default(), Sessions::default());
        Ok(Self(Arc::new(Inner { settings, logins, sessions, records })))
    }

    fn router(self) -> Router {
        Router::new()
            .route("/", get(index))
            .route("/login", get(login))
            .route("/callback", get(callback))
            .route("/logout", post(logout))
            .route("/signed-out", get(signed_out))
            .route("/health", get(|| async { "ok" }))
            .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
            .with_state(self)
    }

    /// The browser's session, with its id.
    fn session(&self, headers: &HeaderMap) -> Option<(String, Session)> {
        let id = HostCookie::Session.read(self.0.settings.transport(), headers)?;
        let session = self.0.sessions.find(&id)?;
        Some((id, session))
    }

    fn html(&self, status: StatusCode, text: String) -> Response {
        // Signing out redirects to the user pool: browsers apply `form-action` to redirects too.
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self' {}",
            self.0.settings.client.domain().as_str()
        );
        (status, [(CONTENT_SECURITY_POLICY, policy)], SAFE, Html(text)).into_response()
    }

    fn failed(&self, problem: &Problem) -> Response {
        eprintln!("sign-in: {problem}");
        let explanation = problem.explain();
        self.html(explanation.status, page::problem(&explanation))
    }
}

/// No page is cached, and no other site receives the page's address, which can contain a code. With `no-referrer`, browsers
/// would send `Origin: null` with the app's own form.
const SAFE: [(axum::http::HeaderName, &str); 3] =
    [(CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "same-origin")];

async fn index(State(app): State<App>, headers: HeaderMap) -> Response {
    let session = match app.session(&headers) {
        Some((id, session)) if session.is_stale() => renewed(&app, id, session).await,
        session => session,
    };
    let record = session.as_ref().and_then(|(_, session)| app.0.records.find(&session.subject));
    let page = match (&session, &record) {
        (Some((_, session)), Some(record)) => page::profile(record, &session.subject),
        _ => page::welcome(&app.0.settings.providers),
    };
    app.html(StatusCode::OK, page)
}

async fn signed_out(State(app): State<App>) -> Response {
    app.html(StatusCode::OK, page::signed_out())
}

/// Requests new tokens when the old ones expire. The pool refuses them for users who are disabled or signed out
/// everywhere. If the pool does not answer, the session continues.
async fn renewed(app: &App, id: String, session: Session) -> Option<(String, Session)> {
    let answer = match &session.refresh {
        Some(token) => app.0.settings.client.refresh(token).await,
        None => return app.0.sessions.end(&id).and(None),
    };
    match answer {
        Ok(tokens) => app.0.sessions.renew(&id, tokens.refresh, tokens.expires_in),
        Err(error) if error.is_transient() => eprintln!("session: the tokens are not renewed: {error}"),
        Err(error) => {
            eprintln!("session: ended: {error}");
            return app.0.sessions.end(&id).and(None);
        }
    }
    Some((id, session))
}

/// Begins a sign-in: state, nonce and verifier stay on the server, the browser gets a cookie with an id.
async fn login(State(app): State<App>, headers: HeaderMap, Query(query): Query<LoginQuery>) -> Response {
    match begin(&app, &headers, query.provider) {
        Ok((url, cookie)) => redirect(StatusCode::FOUND, &url, [cookie]),
        Err(problem) => app.failed(&problem),
    }
}

fn begin(app: &App, headers: &HeaderMap, provider: Option<String>) -> Result<(String, String), Problem> {
    let settings = &app.0.settings;
    let mut request = settings.client.login(settings.callback_url()).scope("openid").scope("email").scope("profile");
    if let Some(provider) = provider {
        if !settings.providers.contains(&provider) {
            return Err(Problem::UnknownProvider);
        }
        request = request.identity_provider(provider);
    }
    let login = request.begin()?;
    // All windows of a browser have the same id; each sign-in has its own state.
    let known = HostCookie::Login.read(settings.transport(), headers).filter(|id| random::is_id(id));
    let browser = known.map_or_else(random::id, Ok)?;
    let cookie = HostCookie::Login.set(settings.transport(), &browser, logins::MAX_AGE);
    app.0.logins.begin(browser, login.pending);
    Ok((login.url, cookie))
}

/// Finishes a sign-in, and begins a session with a new id, so that an id from before the sign-in is useless.
async fn callback(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let session = match finish(&app, &headers, &query.unwrap_or_default()).await {
        Ok(session) => session,
        Err(problem) => return app.failed(&problem),
    };
    let id = match random::id() {
        Ok(id) => id,
        Err(error) => return app.failed(&error.into()),
    };
    if let Some((old, _)) = app.session(&headers) {
        end(&app, &old).await;
    }
    let transport = app.0.settings.transport();
    let cookie = HostCookie::Session.set(transport, &id, sessions::MAX_AGE);
    app.0.sessions.begin(id, session);
    redirect(StatusCode::SEE_OTHER, "/", [cookie])
}

async fn finish(app: &App, headers: &HeaderMap, query: &str) -> Result<Session, Problem> {
    let settings = &app.0.settings;
    let browser = HostCookie::Login.read(settings.transport(), headers).ok_or(Problem::NoCookie)?;
    let state = state_of(query).ok_or(purlin_auth::OAuthError::Callback("it has no `state`, or several"))?;
    let login = app.0.logins.take(&state, &browser).ok_or(Problem::UnknownState)?;
    let nonce = login.nonce().clone();
    let tokens = settings.client.finish(login, query).await?;
    let id = tokens.id.as_ref().ok_or(Problem::NoIdToken)?;
    let claims = settings.verifier.id_of_login(id.expose_secret(), &nonce).await?;
    let access = settings.verifier.access(tokens.access.expose_secret()).await?;
    if access.subject() != claims.subject() {
        return Err(Problem::DifferentUsers);
    }
    app.0.records.sign_in(sign_in(&claims))?;
    Ok(Session::new(claims.subject().to_owned(), tokens.refresh, tokens.expires_in))
}

fn sign_in(claims: &IdClaims) -> SignIn {
    let text = |name: &str| claims.all().get(name).and_then(Value::as_str).map(str::to_owned);
    SignIn {
        identity: Identity { subject: claims.subject().to_owned(), provider: provider(claims) },
        verified_email: claims.verified_email().map(str::to_owned),
        name: text("name").or_else(|| text("preferred_username")).or_else(|| text("email")),
    }
}

/// The user's identity provider. Cognito has it in the claim `identities` of federated users, as JSON or as text.
fn provider(claims: &IdClaims) -> String {
    let identities = match claims.all().get("identities") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    let name = |identity: &Value| identity.get("providerName").and_then(Value::as_str).map(str::to_owned);
    identities.get(0).and_then(name).unwrap_or_else(|| "Cognito".to_owned())
}

/// Ends the session, revokes the tokens, and redirects to the pool's logout address, which ends the pool's session.
async fn logout(State(app): State<App>, headers: HeaderMap) -> Response {
    if !is_same_origin(&headers, app.0.settings.base_url.as_str()) {
        return app.failed(&Problem::ForeignSignOut);
    }
    if let Some((id, _)) = app.session(&headers) {
        end(&app, &id).await;
    }
    let settings = &app.0.settings;
    let url = settings.client.logout_url(&settings.signed_out_url());
    redirect(StatusCode::SEE_OTHER, &url, [HostCookie::Session.expire(settings.transport())])
}

/// Ends a session and revokes its tokens. If the pool does not answer, the session has ended nevertheless.
async fn end(app: &App, id: &str) {
    let refresh = app.0.sessions.end(id).and_then(|session| session.refresh);
    if let Some(token) = refresh
        && let Err(error) = app.0.settings.client.revoke(&token).await
    {
        eprintln!("sign-out: the refresh token is not revoked: {error}");
    }
}

fn redirect<const N: usize>(status: StatusCode, to: &str, cookies: [String; N]) -> Response {
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    (status, [(LOCATION, to)], SAFE, cookies).into_response()
}

#[cfg(test)]
mod tests;
