//! Extractors: which requests reach a handler, and the answers to the others.

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::IntoResponse as _;
use http::Request;
use purlin_auth::{AccessClaims, AlbUser, AlbVerifier, AuthRejection, CognitoVerifier, Group, InGroup, Scope, Scoped};
use serde_json::{Value, json};

use crate::good::{alb, balancers, pool, verifier};
use crate::keys::{P256, Rsa, access_claims, alb_claims, alb_header};
use crate::server::Server;

#[derive(Clone)]
struct App {
    pool: CognitoVerifier,
    balancer: AlbVerifier,
}

impl FromRef<App> for CognitoVerifier {
    fn from_ref(app: &App) -> Self {
        app.pool.clone()
    }
}

impl FromRef<App> for AlbVerifier {
    fn from_ref(app: &App) -> Self {
        app.balancer.clone()
    }
}

struct ApiAccess;

impl Scope for ApiAccess {
    const NAME: &'static str = "mydomain.com/API_ACCESS";
}

struct Admin;

impl Group for Admin {
    const NAME: &'static str = "admin";
}

async fn app() -> (App, Rsa, P256) {
    let (key, balancer) = (Rsa::published("rfc7515_a2"), P256::generate());
    let app = App { pool: verifier(&pool(&key).await), balancer: alb(&balancers(&balancer).await) };
    (app, key, balancer)
}

async fn extract<T: FromRequestParts<App, Rejection = AuthRejection>>(
    app: &App,
    headers: &[(&str, &str)],
) -> Result<T, AuthRejection> {
    let request = headers.iter().fold(Request::get("/"), |request, (name, value)| request.header(*name, *value));
    T::from_request_parts(&mut request.body(()).unwrap().into_parts().0, app).await
}

/// Status, challenge and body of a rejection.
async fn answer(rejection: AuthRejection) -> (u16, String, String) {
    use http_body_util::BodyExt as _;
    let (parts, body) = rejection.into_response().into_parts();
    assert_eq!(parts.headers["cache-control"], "no-store");
    let challenge = parts.headers.get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    (parts.status.as_u16(), challenge.unwrap_or_default(), String::from_utf8(body).unwrap())
}

fn lasting(change: &[(&str, Value)]) -> String {
    let mut claims = access_claims();
    claims["exp"] = json!(u32::MAX);
    for (name, value) in change {
        claims[*name] = value.clone();
    }
    claims.to_string()
}

const HEADER: &str = r#"{"kid":"pool-key","alg":"RS256"}"#;

#[tokio::test]
async fn scope_and_group_admit_a_caller() {
    let (app, key, _) = app().await;
    let bearer = format!("Bearer {}", key.token(HEADER, &lasting(&[])));
    let lower = bearer.replace("Bearer", "bearer");
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(extract::<AccessClaims>(&app, &headers).await.unwrap().username(), Some("ada"));
    assert!(extract::<AccessClaims>(&app, &[("authorization", &lower)]).await.is_ok());
    assert_eq!(extract::<Scoped<ApiAccess>>(&app, &headers).await.unwrap().username(), Some("ada"));
    assert_eq!(extract::<InGroup<Admin>>(&app, &headers).await.unwrap().into_claims().username(), Some("ada"));
}

#[tokio::test]
async fn without_a_token_there_is_a_challenge() {
    let (app, key, _) = app().await;
    let token = key.token(HEADER, &lasting(&[]));
    let bearer = format!("Bearer {token}");
    let (basic, bare) = (format!("Basic {token}"), token.as_str());
    for headers in [
        vec![],
        vec![("authorization", bare)],
        vec![("authorization", basic.as_str())],
        vec![("authorization", "")],
        vec![("x-amzn-oidc-accesstoken", bare)],
        // A proxy in front could have checked the other one.
        vec![("authorization", bearer.as_str()), ("authorization", "Bearer other")],
    ] {
        let rejection = extract::<AccessClaims>(&app, &headers).await.unwrap_err();
        assert_eq!(answer(rejection).await, (401, "Bearer".into(), "sign in first".into()), "{headers:?}");
    }
}

#[tokio::test]
async fn a_refusal_does_not_reveal_what_is_expected() {
    let (app, key, _) = app().await;
    let invalid = |text: &str| format!("Bearer error=\"invalid_token\", error_description=\"{text}\"");
    for (claims, challenge) in [
        (access_claims().to_string(), invalid("the token expired")),
        (lasting(&[("client_id", json!("other"))]), invalid("the token is not accepted")),
        (lasting(&[("token_use", json!("id"))]), invalid("the token is not accepted")),
    ] {
        let bearer = format!("Bearer {}", key.token(HEADER, &claims));
        let rejection = extract::<AccessClaims>(&app, &[("authorization", &bearer)]).await.unwrap_err();
        assert_eq!(answer(rejection).await, (401, challenge, "sign in first".into()));
    }
}

#[tokio::test]
async fn a_missing_scope_or_group_is_forbidden() {
    let (app, key, _) = app().await;
    let bearer = format!("Bearer {}", key.token(HEADER, &lasting(&[("scope", json!("openid"))])));
    let rejection = extract::<Scoped<ApiAccess>>(&app, &[("authorization", &bearer)]).await.unwrap_err();
    let challenge = r#"Bearer error="insufficient_scope", scope="mydomain.com/API_ACCESS""#;
    assert_eq!(answer(rejection).await, (403, challenge.into(), "forbidden".into()));
    // A handler that takes one of several scopes names them all.
    let claims: AccessClaims = extract(&app, &[("authorization", &bearer)]).await.unwrap();
    let rejection = AuthRejection::from(claims.require_any_scope(["a/read", "a/write"]).unwrap_err());
    let challenge = r#"Bearer error="insufficient_scope", scope="a/read a/write""#;
    assert_eq!(answer(rejection).await, (403, challenge.into(), "forbidden".into()));
    let rejection = AuthRejection::from(claims.require_any_group(["x", "y"]).unwrap_err());
    assert_eq!(answer(rejection).await, (403, String::new(), "forbidden".into()));
    let bearer = format!("Bearer {}", key.token(HEADER, &lasting(&[("cognito:groups", json!(["user"]))])));
    let rejection = extract::<InGroup<Admin>>(&app, &[("authorization", &bearer)]).await.unwrap_err();
    assert_eq!(answer(rejection).await, (403, String::new(), "forbidden".into()));
}

#[tokio::test]
async fn without_keys_the_answer_is_503() {
    let (mut app, key, _) = app().await;
    app.pool = verifier(&Server::start(|_| (500, String::new())).await);
    let bearer = format!("Bearer {}", key.token(HEADER, &lasting(&[])));
    let rejection = extract::<AccessClaims>(&app, &[("authorization", &bearer)]).await.unwrap_err();
    assert_eq!(rejection.clone().into_response().headers()["retry-after"], "5");
    assert_eq!(answer(rejection).await.0, 503);
}

#[tokio::test]
async fn a_key_that_may_be_new_is_no_refusal() {
    let (app, key, _) = app().await;
    let with = |id: &str| {
        let header = json!({ "alg": "RS256", "kid": id }).to_string();
        format!("Bearer {}", key.token(&header, &lasting(&[])))
    };
    for (id, status) in [("pool-key", 0), ("forged", 401), ("another", 503), ("forged", 401)] {
        let found = extract::<AccessClaims>(&app, &[("authorization", &with(id))]).await;
        let found = match found {
            Ok(_) => 0,
            Err(rejection) => answer(rejection).await.0,
        };
        assert_eq!(found, status, "{id}");
    }
}

#[tokio::test]
async fn a_balancers_user_is_admitted() {
    let (app, _, balancer) = app().await;
    let (mut header, mut claims) = (alb_header(), alb_claims());
    header["exp"] = json!(u32::MAX);
    claims["exp"] = json!(u32::MAX);
    let token = balancer.token(&header.to_string(), &claims.to_string());
    let user: AlbUser = extract(&app, &[("x-amzn-oidc-data", &token)]).await.unwrap();
    assert_eq!(user.email(), Some("ada@example.com"));
    for headers in [
        vec![],
        vec![("x-amzn-oidc-data", token.as_str()), ("x-amzn-oidc-data", token.as_str())],
        vec![("x-amzn-oidc-data", "noise")],
        vec![("x-amzn-oidc-identity", "ada")],
    ] {
        assert_eq!(answer(extract::<AlbUser>(&app, &headers).await.unwrap_err()).await.0, 401);
    }
}
