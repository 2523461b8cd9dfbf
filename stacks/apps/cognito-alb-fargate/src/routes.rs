//! The app's three addresses: `/`, `/logout`, `/health`.

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, LOCATION, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::routing::get;
use purlin_auth::{OIDC_DATA, Unverified, expired_alb_cookies, is_same_origin};

use crate::page::{self, Visitor};
use crate::settings::Settings;

/// No `form-action`: signing out redirects to the user pool, which may redirect to an identity provider.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// The app's routes.
pub fn router(settings: Settings) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/logout", get(ask).post(logout))
        .route("/health", get(|| async { "ok" }))
        .with_state(settings)
}

async fn index(State(settings): State<Settings>, headers: HeaderMap) -> Response {
    let mut tokens = headers.get_all(OIDC_DATA).iter();
    let visitor = match (tokens.next().map(|value| value.to_str()), tokens.next()) {
        (None, _) => Visitor::Anonymous,
        (Some(Ok(token)), None) => verify(&settings, token).await,
        (Some(_), _) => Visitor::Invalid { reason: "the header is not one text".to_owned(), claims: None },
    };
    let status = if let Visitor::Verified { .. } = visitor { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    html(status, page::render(&visitor))
}

async fn verify(settings: &Settings, token: &str) -> Visitor {
    let reason = match &settings.verifier {
        None => "`EXPECTED_SIGNER`, the balancer's ARN, is not set".to_owned(),
        Some(verifier) => match verifier.verify(token).await {
            Ok(user) => return Visitor::Verified(user),
            Err(error) => error.to_string(),
        },
    };
    Visitor::Invalid { reason, claims: Unverified::read(token).ok().map(|token| token.claims) }
}

async fn ask() -> Response {
    html(StatusCode::OK, page::ask())
}

/// Ends the balancer's session, which is only in cookies. The pool's logout address then ends the user pool's session.
async fn logout(State(settings): State<Settings>, headers: HeaderMap) -> Response {
    let scheme = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok()).unwrap_or("http");
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_same_origin(&headers, &format!("{scheme}://{host}")) {
        return html(StatusCode::FORBIDDEN, page::foreign());
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let expired = expired_alb_cookies(&settings.session_cookie, cookies).expect("the settings check the name");
    let expired = AppendHeaders(expired.into_iter().map(|cookie| (SET_COOKIE, cookie)).collect::<Vec<_>>());
    match settings.logout_url {
        Some(url) => (StatusCode::SEE_OTHER, [(CACHE_CONTROL, "no-store")], [(LOCATION, url)], expired).into_response(),
        None => (expired, html(StatusCode::OK, page::goodbye())).into_response(),
    }
}

fn html(status: StatusCode, text: String) -> Response {
    // With `no-referrer`, browsers send `Origin: null` with the app's own form.
    let safe = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, safe, Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::request::Builder;
    use axum::http::{HeaderMap, Request};
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::router;
    use crate::balancer::{Balancer, SIGNER};
    use crate::settings::Settings;

    async fn ask(settings: &Settings, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
        send(settings, Request::get(path), headers).await
    }

    async fn send(settings: &Settings, mut request: Builder, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router(settings.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    fn bare() -> Settings {
        Settings::from_env(|_| None).unwrap()
    }

    #[tokio::test]
    async fn a_signed_in_user_is_greeted_and_sees_the_claims() {
        let balancer = Balancer::start();
        let token = balancer.token(&json!({ "sub": "1", "email": "ada@example.com" }));
        let (status, headers, page) = ask(&balancer.settings(), "/", &[("x-amzn-oidc-data", &token)]).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("Hello, ada@example.com"), "{page}");
        assert!(page.contains(&format!("<strong>valid</strong>: signed by <code>{SIGNER}</code>")), "{page}");
        assert!(page.contains("<tr><th>email</th><td>ada@example.com</td></tr>"), "{page}");
        assert_eq!(headers["cache-control"], "no-store");
    }

    #[tokio::test]
    async fn a_user_without_valid_claims_is_not_greeted() {
        let balancer = Balancer::start();
        let good = balancer.token(&json!({ "sub": "1", "email": "ada@example.com" }));
        let forged = Balancer::start().token(&json!({ "sub": "1", "email": "eve@example.com" }));
        for (tokens, reason) in [
            (vec![], "<strong>no claims</strong>"),
            (vec!["noise"], "the token is malformed"),
            (vec![forged.as_str()], "the signature does not fit the token"),
            (vec![&good, &good], "the header is not one text"),
        ] {
            let headers: Vec<_> = tokens.into_iter().map(|token| ("x-amzn-oidc-data", token)).collect();
            let (status, _, page) = ask(&balancer.settings(), "/", &headers).await;
            assert_eq!(status, 401);
            assert!(page.contains(reason) && !page.contains("Hello"), "{page}");
        }
        let (status, _, page) = ask(&bare(), "/", &[("x-amzn-oidc-data", &good)]).await;
        assert_eq!(status, 401);
        assert!(
            page.contains("`EXPECTED_SIGNER`, the balancer&#39;s ARN, is not set")
                && page.contains("<p>The claims:</p>"),
            "{page}"
        );
    }

    #[tokio::test]
    async fn logout_expires_every_session_cookie_and_redirects_to_the_pool() {
        let mut settings = bare();
        settings.logout_url = Some("https://pool/logout?client_id=1".into());
        let cookie = ("cookie", "a=b; AWSELBAuthSessionCookie-0=x; AWSELBAuthSessionCookie-5=y");
        let sent = [cookie, ("sec-fetch-site", "same-origin")];
        let (status, headers, _) = send(&settings, Request::post("/logout"), &sent).await;
        assert_eq!((status, headers["location"].to_str().unwrap()), (303, "https://pool/logout?client_id=1"));
        let cookies: Vec<_> = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 6);
        for (number, cookie) in cookies.iter().enumerate() {
            assert!(
                cookie.starts_with(&format!("AWSELBAuthSessionCookie-{number}=; Max-Age=-1; Expires=")),
                "{cookie}"
            );
            assert!(cookie.ends_with("; Path=/; Secure; HttpOnly"), "{cookie}");
        }
    }

    #[tokio::test]
    async fn only_a_form_of_the_app_signs_a_user_out() {
        let mut settings = bare();
        settings.logout_url = Some("https://pool/logout?client_id=1".into());
        let (status, headers, page) = ask(&settings, "/logout", &[("sec-fetch-site", "cross-site")]).await;
        assert!(status == 200 && page.contains("method=\"post\" action=\"/logout\""), "a link only asks: {page}");
        assert!(!headers.contains_key("set-cookie"), "{headers:?}");
        let (host, proto) = (("host", "app.example.com"), ("x-forwarded-proto", "https"));
        for (sent, expected) in [
            ([host, proto, ("origin", "https://app.example.com")], 303),
            ([host, proto, ("origin", "https://evil.example.com")], 403),
            ([host, proto, ("origin", "http://app.example.com")], 403),
            ([host, proto, ("origin", "null")], 403),
            ([host, proto, ("sec-fetch-site", "same-site")], 403),
            ([host, proto, ("accept", "*/*")], 303),
        ] {
            let (status, headers, page) = send(&settings, Request::post("/logout"), &sent).await;
            assert_eq!(status, expected, "{sent:?}: {page}");
            assert_eq!(headers.contains_key("set-cookie"), expected == 303, "{sent:?}");
        }
    }

    #[tokio::test]
    async fn logout_without_a_pool_shows_a_page_and_health_is_ok() {
        let own = [("sec-fetch-site", "same-origin")];
        let (status, headers, page) = send(&bare(), Request::post("/logout"), &own).await;
        assert_eq!((status, headers.get_all("set-cookie").iter().count()), (200, 4));
        assert!(page.contains("Goodbye"));
        let (status, _, body) = ask(&bare(), "/health", &[]).await;
        assert_eq!((status, body.as_str()), (200, "ok"));
        assert_eq!(ask(&bare(), "/other", &[]).await.0, 404);
    }
}
