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
use purlin_auth::{ExposeSecret as _, IdClaims, state_of};
use serde::Deserialize;
use serde_json::Value;

use crate::cookie::Cookie;
use crate::logins::{self, Logins};
use crate::page;
use crate::problem::Problem;
use crate::random;
use crate::records::{Arrival, Identity, Records};
use crate::sessions::{self, Session, Sessions};
use crate::settings::Settings;

/// The app: its settings, and what it knows of browsers and users. Clones share it.
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
struct Wish {
    provider: Option<String>,
}

impl App {
    /// The app by its settings, with the records that it finds.
    pub fn new(settings: Settings) -> std::io::Result<Self> {
        let records = Records::open(settings.records.clone())?;
        let (logins, sessions) = (Logins::default(), Sessions::default());
        Ok(Self(Arc::new(Inner { settings, logins, sessions, records })))
    }

    /// The port to listen on.
    pub fn port(&self) -> u16 {
        self.0.settings.port
    }

    /// What answers at which address.
    pub fn router(self) -> Router {
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

    /// The session that the browser has, with its name.
    fn session(&self, headers: &HeaderMap) -> Option<(String, Session)> {
        let name = Cookie::Session.read(self.0.settings.transport(), headers)?;
        let session = self.0.sessions.find(&name)?;
        Some((name, session))
    }

    fn html(&self, status: StatusCode, text: String) -> Response {
        // A form's target may redirect to the user pool: browsers ask the policy about that too.
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; \
             form-action 'self' {}",
            self.0.settings.client.domain().as_str()
        );
        (status, [(CONTENT_SECURITY_POLICY, policy)], SAFE, Html(text)).into_response()
    }

    fn sorry(&self, problem: &Problem) -> Response {
        eprintln!("sign-in: {problem}");
        let explanation = problem.explain();
        self.html(explanation.status, page::problem(&explanation))
    }
}

/// No cache keeps a page, and no other site learns the address that the browser came from: it had a code in it.
const SAFE: [(axum::http::HeaderName, &str); 3] =
    [(CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer")];

async fn index(State(app): State<App>, headers: HeaderMap) -> Response {
    let session = match app.session(&headers) {
        Some((name, session)) if session.is_stale() => still_here(&app, name, session).await,
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

/// Asks the pool for new tokens, once an access token's life: it refuses for users who were disabled or signed out
/// everywhere. Where it does not answer, the session goes on.
async fn still_here(app: &App, name: String, session: Session) -> Option<(String, Session)> {
    let answer = match &session.refresh {
        Some(token) => app.0.settings.client.refresh(token).await,
        None => return app.0.sessions.end(&name).and(None),
    };
    match answer {
        Ok(tokens) => app.0.sessions.renew(&name, tokens.refresh, tokens.expires_in),
        Err(error) if error.is_transient() => eprintln!("session: the user is not asked for: {error}"),
        Err(error) => {
            eprintln!("session: it is over: {error}");
            return app.0.sessions.end(&name).and(None);
        }
    }
    Some((name, session))
}

/// Begins a sign-in: state, nonce and verifier stay here, the browser gets a name to come back by.
async fn login(State(app): State<App>, headers: HeaderMap, Query(wish): Query<Wish>) -> Response {
    match begin(&app, &headers, wish.provider) {
        Ok((url, cookie)) => redirect(StatusCode::FOUND, &url, [cookie]),
        Err(problem) => app.sorry(&problem),
    }
}

fn begin(app: &App, headers: &HeaderMap, provider: Option<String>) -> Result<(String, String), Problem> {
    let settings = &app.0.settings;
    let mut request = settings.client.login(settings.callback_url()).scope("openid").scope("email").scope("profile");
    if let Some(provider) = provider {
        if !settings.providers.contains(&provider) {
            return Err(Problem::Provider);
        }
        request = request.identity_provider(provider);
    }
    let login = request.begin()?;
    // The same name for several windows of a browser: each has its own state.
    let known = Cookie::Login.read(settings.transport(), headers).filter(|name| random::is_name(name));
    let browser = known.map_or_else(random::name, Ok)?;
    let cookie = Cookie::Login.set(settings.transport(), &browser, logins::PATIENCE);
    app.0.logins.begin(browser, login.pending);
    Ok((login.url, cookie))
}

/// Ends a sign-in, and begins a session by a new name: one that was known before is worth nothing.
async fn callback(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let session = match finish(&app, &headers, &query.unwrap_or_default()).await {
        Ok(session) => session,
        Err(problem) => return app.sorry(&problem),
    };
    let name = match random::name() {
        Ok(name) => name,
        Err(error) => return app.sorry(&error.into()),
    };
    if let Some((old, _)) = app.session(&headers) {
        end(&app, &old).await;
    }
    let transport = app.0.settings.transport();
    let cookie = Cookie::Session.set(transport, &name, sessions::LASTS);
    app.0.sessions.begin(name, session);
    redirect(StatusCode::SEE_OTHER, "/", [cookie])
}

async fn finish(app: &App, headers: &HeaderMap, query: &str) -> Result<Session, Problem> {
    let settings = &app.0.settings;
    let browser = Cookie::Login.read(settings.transport(), headers).ok_or(Problem::NoCookie)?;
    let state = state_of(query).ok_or(purlin_auth::OAuthError::Callback("it has no `state`, or two"))?;
    let login = app.0.logins.take(&state, &browser).ok_or(Problem::NotOurs)?;
    let nonce = login.nonce().clone();
    let tokens = settings.client.finish(login, query).await?;
    let id = tokens.id.as_ref().ok_or(Problem::NoIdToken)?;
    let claims = settings.verifier.id_of_login(id.expose_secret(), &nonce).await?;
    let access = settings.verifier.access(tokens.access.expose_secret()).await?;
    if access.subject() != claims.subject() {
        return Err(Problem::TwoUsers);
    }
    app.0.records.sign_in(arrival(&claims))?;
    Ok(Session::new(claims.subject().to_owned(), tokens.refresh, tokens.expires_in))
}

fn arrival(claims: &IdClaims) -> Arrival {
    let text = |name: &str| claims.all().get(name).and_then(Value::as_str).map(str::to_owned);
    Arrival {
        identity: Identity { subject: claims.subject().to_owned(), provider: provider(claims) },
        verified_email: claims.verified_email().map(str::to_owned),
        name: text("name").or_else(|| text("preferred_username")).or_else(|| text("email")),
    }
}

/// Whom the user signed in with. Cognito writes it into the claim `identities` of federated users, as JSON or as text.
fn provider(claims: &IdClaims) -> String {
    let identities = match claims.all().get("identities") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    let name = |identity: &Value| identity.get("providerName").and_then(Value::as_str).map(str::to_owned);
    identities.get(0).and_then(name).unwrap_or_else(|| "Cognito".to_owned())
}

/// Ends the session here, the tokens at the pool, and then the pool's own session, at its logout address.
async fn logout(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some((name, _)) = app.session(&headers) {
        end(&app, &name).await;
    }
    let settings = &app.0.settings;
    let url = settings.client.logout_url(&settings.signed_out_url());
    redirect(StatusCode::SEE_OTHER, &url, [Cookie::Session.expire(settings.transport())])
}

/// Ends a session and its tokens. Where the pool does not answer, the session is over all the same.
async fn end(app: &App, name: &str) {
    let refresh = app.0.sessions.end(name).and_then(|session| session.refresh);
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
