//! The app's three addresses: `/`, `/logout`, `/health`.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::routing::get;

use crate::keys::Keys;
use crate::page::{self, Visitor};
use crate::settings::Settings;
use crate::token::{Doubt, Token};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Debug, Clone)]
struct App {
    settings: Settings,
    keys: Keys,
}

/// The app.
pub fn router(settings: Settings) -> Router {
    let keys = Keys::at(settings.public_keys.clone());
    Router::new()
        .route("/", get(index))
        .route("/logout", get(logout))
        .route("/health", get(|| async { "ok" }))
        .with_state(App { settings, keys })
}

async fn index(State(app): State<App>, headers: HeaderMap) -> Response {
    let visitor = match headers.get("x-amzn-oidc-data").map(|value| value.to_str()) {
        None => Visitor::Stranger,
        Some(Ok(text)) => meet(&app, text).await,
        Some(Err(_)) => Visitor::Doubtful { doubt: Doubt::Malformed("it is not text"), claims: None },
    };
    let status = if let Visitor::Known { .. } = visitor { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    html(status, page::render(&visitor))
}

async fn meet(app: &App, text: &str) -> Visitor {
    match Token::parse(text) {
        Err(doubt) => Visitor::Doubtful { doubt, claims: None },
        Ok(token) => match believe(app, &token).await {
            Ok(()) => Visitor::Known { signer: token.signer().to_owned(), claims: token.claims },
            Err(doubt) => Visitor::Doubtful { doubt, claims: Some(token.claims) },
        },
    }
}

async fn believe(app: &App, token: &Token<'_>) -> Result<(), Doubt> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |time| time.as_secs());
    let id = token.plausible(&app.settings, now)?;
    let key = app.keys.get(id).await.map_err(Doubt::Key)?;
    token.verify(&key)
}

/// Ends the balancer's session, which lives in cookies only, then the user pool's, at its logout address.
async fn logout(State(app): State<App>) -> Response {
    let name = &app.settings.session_cookie;
    let expired = (0..4).map(|shard| {
        let ended = "Max-Age=-1; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        (SET_COOKIE, format!("{name}-{shard}=; {ended}; Path=/; Secure; HttpOnly"))
    });
    let expired = AppendHeaders(expired.collect::<Vec<_>>());
    match app.settings.logout_url {
        Some(url) => (StatusCode::FOUND, [(CACHE_CONTROL, "no-store")], [(LOCATION, url)], expired).into_response(),
        None => (expired, html(StatusCode::OK, page::goodbye())).into_response(),
    }
}

fn html(status: StatusCode, text: String) -> Response {
    let safe = [(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, POLICY), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, safe, Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{HeaderMap, Request};
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::router;
    use crate::keys::tests::server;
    use crate::settings::Settings;
    use crate::token::tests::{header, key, settings, sign};

    async fn ask(settings: &Settings, path: &str, token: Option<&str>) -> (u16, HeaderMap, String) {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("x-amzn-oidc-data", token);
        }
        let answer = router(settings.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    fn lasting() -> serde_json::Value {
        let mut header = header();
        header["exp"] = json!(u32::MAX);
        header
    }

    #[tokio::test]
    async fn a_signed_in_user_is_greeted_and_sees_the_claims() {
        let mut settings = settings();
        settings.public_keys = Some(server(&key(1)).0);
        let token = sign(&lasting(), &json!({ "sub": "1", "email": "ada@example.com" }), &key(1));
        let (status, headers, page) = ask(&settings, "/", Some(&token)).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("Hello, ada@example.com"), "{page}");
        assert!(page.contains("<strong>valid</strong>: signed by <code>arn:ours</code>"), "{page}");
        assert!(page.contains("<tr><th>email</th><td>ada@example.com</td></tr>"), "{page}");
        assert_eq!(headers["cache-control"], "no-store");
    }

    #[tokio::test]
    async fn nobody_else_is() {
        let mut settings = settings();
        settings.public_keys = Some(server(&key(1)).0);
        let forged = sign(&lasting(), &json!({ "email": "eve@example.com" }), &key(2));
        for (token, reason) in [
            (None, "<strong>no claims</strong>"),
            (Some("noise"), "the token is malformed"),
            (Some(forged.as_str()), "the signature does not fit the token"),
        ] {
            let (status, _, page) = ask(&settings, "/", token).await;
            assert_eq!(status, 401);
            assert!(page.contains(reason) && !page.contains("Hello"), "{page}");
        }
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_had_is_a_doubt() {
        let (status, _, page) = ask(&settings(), "/", Some(&sign(&lasting(), &json!({}), &key(1)))).await;
        assert_eq!(status, 401);
        assert!(page.contains("the balancer&#39;s public key cannot be read: neither `AWS_REGION`"), "{page}");
    }

    #[tokio::test]
    async fn logout_ends_every_shard_of_the_session_and_goes_on_to_the_pool() {
        let mut settings = settings();
        settings.logout_url = Some("https://pool/logout?client_id=1".into());
        let (status, headers, _) = ask(&settings, "/logout", None).await;
        assert_eq!((status, headers["location"].to_str().unwrap()), (302, "https://pool/logout?client_id=1"));
        let cookies: Vec<_> = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 4);
        for (shard, cookie) in cookies.iter().enumerate() {
            assert!(cookie.starts_with(&format!("AWSELBAuthSessionCookie-{shard}=; Max-Age=-1; Expires=")), "{cookie}");
            assert!(cookie.ends_with("; Path=/; Secure; HttpOnly"), "{cookie}");
        }
    }

    #[tokio::test]
    async fn logout_without_a_pool_says_goodbye_and_health_is_plain() {
        let (status, headers, page) = ask(&settings(), "/logout", None).await;
        assert_eq!((status, headers.get_all("set-cookie").iter().count()), (200, 4));
        assert!(page.contains("Goodbye"));
        let (status, _, body) = ask(&settings(), "/health", None).await;
        assert_eq!((status, body.as_str()), (200, "ok"));
        assert_eq!(ask(&settings(), "/other", None).await.0, 404);
    }
}
