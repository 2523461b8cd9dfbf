//! The caches of keys: a set is fetched when needed, by one request, and not for every token.

use std::time::Duration;

use purlin_auth::{CognitoVerifier, HttpError, TokenError};
use serde_json::json;

use crate::good::{alb, balancers, pool, verifier};
use crate::keys::{ALB_KEY, NOW, P256, Rsa, access_claims, alb_claims, alb_header};
use crate::server::Server;

fn token(key: &Rsa, id: &str) -> String {
    key.token(&json!({ "alg": "RS256", "kid": id }).to_string(), &access_claims().to_string())
}

fn set(keys: &[(&Rsa, &str)]) -> String {
    json!({ "keys": keys.iter().map(|(key, id)| key.jwk(id)).collect::<Vec<_>>() }).to_string()
}

async fn check(verifier: &CognitoVerifier, token: &str) -> Result<(), TokenError> {
    verifier.access_at(token, NOW).await.map(drop)
}

/// Advances tokio's clock only, so that real connections do not time out.
async fn advance(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_hundred_requests_fetch_the_set_once() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let (verifier, token) = (verifier(&pool), token(&key, "pool-key"));
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { check(&verifier, &token).await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), Ok(()));
    }
    assert_eq!(pool.count(), 1);
}

#[tokio::test]
async fn new_keys_are_added_and_withdrawn_ones_removed() {
    let (old, new) = (Rsa::published("rfc7515_a2"), Rsa::published("rfc7517_a2"));
    let pool = pool(&old).await;
    let verifier = verifier(&pool);
    assert_eq!(check(&verifier, &token(&old, "pool-key")).await, Ok(()));
    let both = set(&[(&old, "pool-key"), (&new, "next")]);
    pool.answer(move |_| (200, both.clone()));
    // At once, and in either order.
    assert_eq!(check(&verifier, &token(&new, "next")).await, Ok(()));
    assert_eq!(check(&verifier, &token(&old, "pool-key")).await, Ok(()));
    assert_eq!(pool.count(), 2);
    let after = set(&[(&new, "next")]);
    pool.answer(move |_| (200, after.clone()));
    advance(3600).await;
    assert_eq!(check(&verifier, &token(&old, "pool-key")).await, Err(TokenError::UnknownKey("pool-key".into())));
    assert_eq!(check(&verifier, &token(&new, "next")).await, Ok(()));
    assert_eq!(pool.count(), 3);
}

#[tokio::test]
async fn forged_key_ids_cause_few_requests_and_do_not_lock_a_new_key_out() {
    let (old, new) = (Rsa::published("rfc7515_a2"), Rsa::published("rfc7517_a2"));
    let pool = pool(&old).await;
    let verifier = verifier(&pool);
    assert_eq!(check(&verifier, &token(&old, "pool-key")).await, Ok(()));
    for round in 1..=10 {
        for forged in 0..50 {
            let error = check(&verifier, &token(&old, &format!("forged-{round}-{forged}"))).await.unwrap_err();
            // Whether a key is new cannot be known before the next request: that is no refusal.
            let limited = matches!(error, TokenError::RateLimited(1..=5));
            assert!(
                if forged == 0 { error == TokenError::UnknownKey(format!("forged-{round}-0")) } else { limited },
                "{error}"
            );
            assert_eq!(error.is_transient(), limited);
        }
        // An id that the pool does not have is not asked for again so soon: its user signs in again.
        let known = check(&verifier, &token(&old, &format!("forged-{round}-0"))).await;
        assert_eq!(known, Err(TokenError::UnknownKey(format!("forged-{round}-0"))));
        assert_eq!(pool.count(), 1 + round);
        advance(5).await;
    }
    assert!(check(&verifier, &token(&old, "forged")).await.is_err());
    let both = set(&[(&old, "pool-key"), (&new, "next")]);
    pool.answer(move |_| (200, both.clone()));
    assert_eq!(check(&verifier, &token(&old, "pool-key")).await, Ok(()));
    assert!(check(&verifier, &token(&new, "next")).await.unwrap_err().is_transient());
    advance(5).await;
    assert_eq!(check(&verifier, &token(&new, "next")).await, Ok(()));
}

#[tokio::test]
async fn forged_key_ids_do_not_lock_a_balancers_new_key_out() {
    let (old, new) = (P256::generate(), P256::generate());
    let pems = [(ALB_KEY.to_owned(), old.pem()), ("next".to_owned(), new.pem())];
    let keys = Server::start(move |asked| {
        let id = asked.line.strip_prefix("GET /").unwrap_or_default();
        pems.iter().find(|(known, _)| known == id).map_or((404, String::new()), |(_, pem)| (200, pem.clone()))
    })
    .await;
    let verifier = alb(&keys);
    let token = |key: &P256, id: &str| {
        let mut header = alb_header();
        header["kid"] = json!(id);
        key.token(&header.to_string(), &alb_claims().to_string())
    };
    // Forged ids come first in each second, and the true one is asked for all the same: the first key of all, and a new one.
    let mut seconds = 0;
    for (key, id) in [(&old, ALB_KEY), (&new, "next")] {
        for round in 0..4 {
            for forged in 0..50 {
                assert!(verifier.verify_at(&token(&old, &format!("forged-{id}-{round}-{forged}")), NOW).await.is_err());
            }
            match verifier.verify_at(&token(key, id), NOW).await {
                Ok(_) => break,
                Err(error) => assert!(error.is_transient() && round < 3, "{id}: {error}"),
            }
            seconds += 1;
            advance(1).await;
        }
    }
    assert!(keys.count() <= 30 + seconds, "{} requests in {seconds} s", keys.count());
    // An unknown id is not asked for again so soon.
    advance(60).await;
    let count = keys.count();
    for _ in 0..20 {
        let error = verifier.verify_at(&token(&old, "unknown"), NOW).await.unwrap_err();
        assert_eq!(error, TokenError::UnknownKey("unknown".into()));
    }
    assert_eq!(keys.count(), count + 1);
}

#[tokio::test]
async fn old_keys_stay_in_use_if_the_set_cannot_be_fetched() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let (verifier, token) = (verifier(&pool), token(&key, "pool-key"));
    assert_eq!(check(&verifier, &token).await, Ok(()));
    pool.answer(|_| (503, String::new()));
    advance(3600).await;
    for _ in 0..10 {
        assert_eq!(check(&verifier, &token).await, Ok(()));
    }
    assert_eq!(pool.count(), 2);
    advance(2).await;
    assert_eq!(check(&verifier, &token).await, Ok(()));
    assert_eq!(pool.count(), 3);
}

#[tokio::test]
async fn a_failed_fetch_is_transient_and_soon_retried() {
    let key = Rsa::published("rfc7515_a2");
    let broken = Server::start(|_| (500, String::new())).await;
    let (verifier, token) = (verifier(&broken), token(&key, "pool-key"));
    for _ in 0..5 {
        let error = check(&verifier, &token).await.unwrap_err();
        assert!(matches!(&error, TokenError::Keys(HttpError::Status { status: 500, .. })) && error.is_transient());
    }
    assert_eq!(broken.count(), 1);
    let good = set(&[(&key, "pool-key")]);
    broken.answer(move |_| (200, good.clone()));
    advance(2).await;
    assert_eq!(check(&verifier, &token).await, Ok(()));
}

#[tokio::test]
async fn answers_without_a_key_set_are_errors() {
    let key = Rsa::published("rfc7515_a2");
    for (body, reason) in [
        ("<html>".to_owned(), "did not answer with a set of RSA keys"),
        ("[]".to_owned(), "did not answer with a set of RSA keys"),
        (r#"{"keys":{}}"#.to_owned(), "did not answer with a set of RSA keys"),
        (set(&[(&key, "pool-key")]).replacen('{', r#"{"keys":[],"#, 1), "did not answer with a set of RSA keys"),
        ("a".repeat(300 * 1024), "cannot be read: length limit exceeded"),
    ] {
        let server = Server::start(move |_| (200, body.clone())).await;
        let error = check(&verifier(&server), &token(&key, "pool-key")).await.unwrap_err();
        assert!(error.is_transient() && error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_a_timeout() {
    let server = Server::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        (200, String::new())
    })
    .await;
    let http = purlin_auth::Http::new().timeout(Duration::from_millis(50));
    let error = check(&verifier(&server).http(http), &token(&Rsa::published("rfc7515_a2"), "k")).await.unwrap_err();
    assert!(matches!(error, TokenError::Keys(HttpError::Timeout { .. })), "{error}");
}

#[tokio::test]
async fn a_hundred_requests_fetch_a_balancers_key_once() {
    let key = P256::generate();
    let keys = balancers(&key).await;
    let (verifier, token) = (alb(&keys), key.token(&alb_header().to_string(), &alb_claims().to_string()));
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verifier.verify_at(&token, NOW).await })
        })
        .collect();
    for request in requests {
        assert!(request.await.unwrap().is_ok());
    }
    assert_eq!(keys.count(), 1);
}

#[tokio::test]
async fn a_failing_key_endpoint_is_transient() {
    let key = P256::generate();
    let token = key.token(&alb_header().to_string(), &alb_claims().to_string());
    let server = Server::start(|_| (500, String::new())).await;
    let verifier = alb(&server);
    for _ in 0..5 {
        assert!(verifier.verify_at(&token, NOW).await.unwrap_err().is_transient());
    }
    assert_eq!(server.count(), 1);
    let pem = key.pem();
    server.answer(move |_| (200, pem.clone()));
    advance(2).await;
    assert!(verifier.verify_at(&token, NOW).await.is_ok());
}
