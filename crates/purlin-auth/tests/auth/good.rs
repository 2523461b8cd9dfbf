//! Tokens like those that AWS issues are accepted.

use purlin_auth::{AccessError, AlbVerifier, CognitoVerifier, SecretString, TokenError};
use serde_json::{Value, json};

use crate::keys::{
    ALB_KEY, BALANCER, CLIENT, ISSUER, NOW, P256, POOL, Rsa, access_claims, alb_claims, alb_header, id_claims,
};
use crate::server::Server;

/// A user pool on loopback with this key under the id `pool-key`.
pub async fn pool(key: &Rsa) -> Server {
    let keys = json!({ "keys": [key.jwk("pool-key")] }).to_string();
    let path = format!("GET /{POOL}/.well-known/jwks.json");
    Server::start(move |asked| if asked.line == path { (200, keys.clone()) } else { (404, String::new()) }).await
}

pub fn verifier(pool: &Server) -> CognitoVerifier {
    CognitoVerifier::new(POOL).unwrap().client(CLIENT).keys_from(pool.base())
}

/// The key endpoint of a region's balancers on loopback, with one key.
pub async fn balancers(key: &P256) -> Server {
    let (pem, path) = (key.pem(), format!("GET /{ALB_KEY}"));
    Server::start(move |asked| if asked.line == path { (200, pem.clone()) } else { (404, String::new()) }).await
}

pub fn alb(balancers: &Server) -> AlbVerifier {
    AlbVerifier::new(BALANCER).unwrap().client(CLIENT).issuer(ISSUER).keys_from(balancers.base().clone())
}

const HEADER: &str = r#"{"kid":"pool-key","alg":"RS256"}"#;

#[tokio::test]
async fn an_access_token_has_scopes_and_groups() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let claims = verifier(&pool).access_at(&key.token(HEADER, &access_claims().to_string()), NOW).await.unwrap();
    assert_eq!(claims.username(), Some("ada"));
    assert_eq!(claims.client_id(), CLIENT);
    assert_eq!(claims.scopes(), ["openid", "mydomain.com/API_ACCESS"]);
    assert_eq!(claims.groups(), ["admin", "user"]);
    assert_eq!(claims.expires_at(), NOW + 3600);
    assert_eq!(claims.require_scope("mydomain.com/API_ACCESS"), Ok(()));
    // A prefix of a scope does not match.
    assert_eq!(claims.require_scope("mydomain.com/API"), Err(AccessError::Scope("mydomain.com/API".into())));
    assert_eq!(claims.require_group("user"), Ok(()));
    assert_eq!(claims.require_group("use"), Err(AccessError::Group("use".into())));
}

#[tokio::test]
async fn a_machines_token_has_no_user() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let claims = json!({
        "sub": CLIENT, "token_use": "access", "scope": "mydomain.com/API_ACCESS", "auth_time": NOW, "iss": ISSUER,
        "exp": NOW + 3600, "iat": NOW, "version": 2, "jti": "1", "client_id": CLIENT,
    });
    let claims = verifier(&pool).access_at(&key.token(HEADER, &claims.to_string()), NOW).await.unwrap();
    assert_eq!((claims.subject(), claims.username(), claims.groups().len()), (CLIENT, None, 0));
}

#[tokio::test]
async fn an_id_token_has_the_user() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let (verifier, mut claims) = (verifier(&pool), id_claims());
    for (verified, expected) in [
        (json!(true), Some("ada@example.com")),
        (json!("true"), Some("ada@example.com")),
        (json!(false), None),
        (json!("false"), None),
        (json!(1), None),
        (Value::Null, None),
    ] {
        claims["email_verified"] = verified;
        let user = verifier.id_at(&key.token(HEADER, &claims.to_string()), NOW).await.unwrap();
        assert_eq!(user.email(), Some("ada@example.com"));
        assert_eq!(user.verified_email(), expected);
        assert_eq!((user.username(), user.groups()), (Some("ada"), &["admin".to_owned()][..]));
    }
    assert_eq!(pool.count(), 1);
}

#[tokio::test]
async fn an_id_token_must_have_the_nonce_of_its_login() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let verifier = verifier(&pool);
    let mut claims = id_claims();
    claims["exp"] = json!(u32::MAX);
    let token = key.token(HEADER, &claims.to_string());
    let nonce = |text: &str| SecretString::from(text);
    assert!(verifier.id_of_login(&token, &nonce("of this login")).await.is_ok());
    assert_eq!(verifier.id_of_login(&token, &nonce("of another")).await, Err(TokenError::Nonce));
    claims.as_object_mut().unwrap().remove("nonce");
    let token = key.token(HEADER, &claims.to_string());
    assert_eq!(verifier.id_of_login(&token, &nonce("")).await, Err(TokenError::Missing("nonce")));
}

#[tokio::test]
async fn clocks_may_differ_a_little() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let verifier = verifier(&pool);
    let mut claims = access_claims();
    claims["exp"] = json!(NOW - 9);
    claims["iat"] = json!(NOW + 10);
    let token = key.token(HEADER, &claims.to_string());
    assert!(verifier.access_at(&token, NOW).await.is_ok());
    let strict = verifier.leeway(std::time::Duration::ZERO);
    assert_eq!(strict.access_at(&token, NOW).await, Err(TokenError::Expired(9)));
}

#[tokio::test]
async fn a_balancers_user_is_accepted_with_and_without_padding() {
    let key = P256::generate();
    let balancers = balancers(&key).await;
    let verifier = alb(&balancers);
    let mut padded = 0;
    for name in ["a", "ab", "abc"] {
        let mut claims = alb_claims();
        claims["username"] = json!(name);
        let token = key.token(&alb_header().to_string(), &claims.to_string());
        padded += usize::from(token.contains('='));
        let user = verifier.verify_at(&token, NOW).await.unwrap();
        assert_eq!((user.username(), user.email()), (Some(name), Some("ada@example.com")));
        assert_eq!((user.subject(), user.signer(), user.expires_at()), ("aaaaaaaa", BALANCER, NOW + 120));
    }
    assert!(padded > 0);
    assert_eq!(balancers.count(), 1);
}

#[tokio::test]
async fn a_second_balancer_is_accepted_if_named() {
    let key = P256::generate();
    let balancers = balancers(&key).await;
    let other = BALANCER.replace("web", "new");
    let mut header = alb_header();
    header["signer"] = json!(other);
    let token = key.token(&header.to_string(), &alb_claims().to_string());
    assert!(alb(&balancers).verify_at(&token, NOW).await.is_err());
    let both = alb(&balancers).or_signer(&other).unwrap();
    assert!(both.verify_at(&token, NOW).await.is_ok());
    // Without `client` and `issuer` the balancer's rules decide.
    let plain = AlbVerifier::new(&other).unwrap().keys_from(balancers.base().clone());
    assert!(plain.verify_at(&token, NOW).await.is_ok());
}
