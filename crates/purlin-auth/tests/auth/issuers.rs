//! Pools with either issuer, in several regions, several pools in one verifier, and what balancers send.

use std::time::Duration;

use purlin_auth::{AccessError, AlbVerifier, CognitoVerifier, SecretString, TokenError};
use serde_json::{Value, json};

use crate::good::{alb, balancers, pool, verifier};
use crate::keys::{
    BALANCER, CLIENT, ISSUER, NOW, P256, POOL, Rsa, access_claims, alb_claims, alb_header, id_claims, unpadded,
};
use crate::server::Server;

const HEADER: &str = r#"{"kid":"pool-key","alg":"RS256"}"#;
const UPDATED: &str = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";

fn token(key: &Rsa, issuer: &str, client: &str) -> String {
    let mut claims = access_claims();
    (claims["iss"], claims["client_id"]) = (json!(issuer), json!(client));
    key.token(HEADER, &claims.to_string())
}

#[tokio::test]
async fn a_pool_has_either_issuer() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let replica = ISSUER.replace("idp.eu-west-1", "idp.us-east-1");
    let plain = verifier(&pool);
    assert_eq!(plain.issuers().collect::<Vec<_>>(), [ISSUER, UPDATED]);
    assert_eq!(plain.issuer(), ISSUER);
    let only: CognitoVerifier =
        CognitoVerifier::from_issuer(UPDATED.parse().unwrap()).client(CLIENT).keys_from(pool.base());
    let with_replica = verifier(&pool).replica("us-east-1").unwrap();
    for (verifier, issuer, accepted) in [
        (&plain, ISSUER, true),
        (&plain, UPDATED, true),
        (&plain, &replica, false),
        (&plain, &UPDATED.replace("amazonaws.com", "amazonaws.com.evil.example"), false),
        (&plain, &UPDATED.replace("eu-west-1_AbC", "eu-west-1_Xyz"), false),
        (&plain, &UPDATED.replace("https", "http"), false),
        (&plain, &UPDATED.to_uppercase(), false),
        (&plain, &format!("{UPDATED}/"), false),
        (&only, UPDATED, true),
        (&only, ISSUER, false),
        (&with_replica, &replica, true),
        (&with_replica, ISSUER, true),
        (&with_replica, UPDATED, true),
        (&with_replica, &ISSUER.replace("idp.eu-west-1", "idp.us-west-2"), false),
    ] {
        let found = verifier.access_at(&token(&key, issuer, CLIENT), NOW).await;
        assert_eq!(found.is_ok(), accepted, "{issuer}: {found:?}");
        if let Err(error) = found {
            assert!(matches!(error, TokenError::Mismatch { claim: "iss", .. }), "{error}");
        }
    }
    assert!(verifier(&pool).replica("evil.example").is_err());
    for other in ["https://login.example.com", "https://login.example.com/eu-west-1_AbCdEfGhI"] {
        let issuer = CognitoVerifier::from_issuer(other.parse().unwrap());
        assert!(issuer.replica("us-east-1").unwrap_err().to_string().contains("is not a user pool"), "{other}");
    }
    let gov = CognitoVerifier::new("us-gov-west-1_AbC").unwrap();
    assert!(gov.issuers().all(|issuer| issuer.ends_with("cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbC")));
    let eu = CognitoVerifier::new("eusc-de-east-1_AbC").unwrap();
    assert_eq!(eu.issuer(), "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_AbC");
}

#[tokio::test]
async fn ids_of_pools_are_checked() {
    for bad in [
        "",
        "eu-west-1",
        "eu-west-1_",
        "_AbC",
        "eu-west-1_AbC\n",
        "eu-west-1_A/b",
        "eu-west-1_A_b",
        "west_AbC",
        "eu-west-1:AbC",
        "EU-WEST-1_AbC",
        "eu-west-1_É",
    ] {
        let error = CognitoVerifier::new(bad).unwrap_err().to_string();
        assert!(error.contains("is not a user pool's id"), "{error}");
        assert!(CognitoVerifier::new(POOL).unwrap().or_pool(bad).is_err(), "{bad}");
    }
    assert!(CognitoVerifier::new(&format!("eu-west-1_{}", "A".repeat(70_000))).is_err());
}

#[tokio::test]
async fn an_issuer_may_end_with_a_slash() {
    let key = Rsa::published("rfc7515_a2");
    let jwks = json!({ "keys": [key.jwk("pool-key")] }).to_string();
    for given in ["https://i.example/", "https://i.example"] {
        let verifier = CognitoVerifier::from_issuer(given.parse().unwrap()).any_client().known_keys(&jwks).unwrap();
        for (issuer, accepted) in
            [("https://i.example", true), ("https://i.example/", true), ("https://i.example//", false)]
        {
            let found = verifier.access_at(&token(&key, issuer, CLIENT), NOW).await;
            assert_eq!(found.is_ok(), accepted, "{given} {issuer}: {found:?}");
        }
    }
}

#[tokio::test]
async fn several_pools_have_each_their_keys_and_clients() {
    let (one, other) = (Rsa::published("rfc7515_a2"), Rsa::published("rfc7517_a2"));
    let set = |key: &Rsa| json!({ "keys": [key.jwk("pool-key")] }).to_string();
    let (first, second) = (set(&one), set(&other));
    let server = Server::start(move |asked| match asked.line.as_str() {
        "GET /eu-west-1_AbCdEfGhI/.well-known/jwks.json" => (200, first.clone()),
        "GET /us-east-1_Second/.well-known/jwks.json" => (200, second.clone()),
        _ => (404, String::new()),
    })
    .await;
    let verifier = CognitoVerifier::new(POOL).unwrap().client("a").client("b");
    let verifier = verifier.or_pool("us-east-1_Second").unwrap().client("c").keys_from(server.base());
    let second = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Second";
    for (key, issuer, client, reason) in [
        (&one, ISSUER, "a", None),
        (&one, UPDATED, "b", None),
        (&other, second, "c", None),
        (&one, ISSUER, "c", Some("expected `a` or `b`")),
        (&other, second, "a", Some("expected `c`")),
        (&other, ISSUER, "a", Some("the signature does not fit")),
        (&one, second, "c", Some("the signature does not fit")),
        (&one, "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Third", "c", Some("`iss` is")),
    ] {
        let found = verifier.access_at(&token(key, issuer, client), NOW).await;
        match reason {
            None => assert!(found.is_ok(), "{issuer} {client}: {found:?}"),
            Some(reason) => assert!(found.unwrap_err().to_string().contains(reason), "{issuer} {client}"),
        }
    }
}

#[tokio::test]
async fn a_pool_that_is_named_again_is_the_same_one() {
    let key = Rsa::published("rfc7515_a2");
    let pool = pool(&key).await;
    let again = CognitoVerifier::new(POOL).unwrap().client("a").or_pool("us-east-1_B").unwrap().client("b");
    let again = again.or_issuer(ISSUER.parse().unwrap()).client("c").keys_from(pool.base());
    for (client, accepted) in [("a", true), ("b", false), ("c", true)] {
        assert_eq!(again.access_at(&token(&key, ISSUER, client), NOW).await.is_ok(), accepted, "{client}");
    }
}

#[tokio::test]
async fn known_keys_need_no_request() {
    let (old, new) = (Rsa::published("rfc7515_a2"), Rsa::published("rfc7517_a2"));
    let jwks = json!({ "keys": [old.jwk("pool-key")] }).to_string();
    let next = json!({ "keys": [old.jwk("pool-key"), new.jwk("next")] }).to_string();
    let server = Server::start(move |_| (200, next.clone())).await;
    let verifier = verifier(&server).known_keys(&jwks).unwrap();
    assert!(verifier.access_at(&token(&old, ISSUER, CLIENT), NOW).await.is_ok());
    assert_eq!(server.count(), 0);
    let rotated = new.token(r#"{"kid":"next","alg":"RS256"}"#, &access_claims().to_string());
    assert!(verifier.access_at(&rotated, NOW).await.is_ok());
    assert_eq!(server.count(), 1);
    for bad in ["", "[]", "{}", r#"{"keys":[]}"#, "<html>"] {
        let error = CognitoVerifier::new(POOL).unwrap().known_keys(bad).unwrap_err().to_string();
        assert!(error.contains("is not a set of RSA keys"), "{error}");
    }
}

#[tokio::test]
async fn one_of_several_scopes_or_groups_suffices() {
    let key = Rsa::published("rfc7515_a2");
    let claims = verifier(&pool(&key).await).access_at(&token(&key, ISSUER, CLIENT), NOW).await.unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (given, scope, group) in [
        (&["mydomain.com/API_ACCESS"][..], true, false),
        (&["x", "openid"][..], true, false),
        (&["user", "x"][..], false, true),
        (&["x", "y"][..], false, false),
        (&["open"][..], false, false),
        (&[""][..], false, false),
        (&[][..], false, false),
    ] {
        let (scopes, groups) = (AccessError::AnyScope(names(given)), AccessError::AnyGroup(names(given)));
        let given = || given.iter().copied();
        assert_eq!(claims.require_any_scope(given()), if scope { Ok(()) } else { Err(scopes) });
        assert_eq!(claims.require_any_group(given()), if group { Ok(()) } else { Err(groups) });
    }
    let error = claims.require_any_scope(["a", "b"]).unwrap_err().to_string();
    assert!(error.contains("no scope `a` or `b`; allow one"), "{error}");
}

#[tokio::test]
async fn times_may_have_fractions() {
    let key = Rsa::published("rfc7515_a2");
    let verifier = verifier(&pool(&key).await).leeway(Duration::ZERO);
    for (name, value, expected) in [
        ("exp", "1700000000.5", Err("expired 0 s ago")),
        ("exp", "1700000001.5", Ok(NOW + 1)),
        ("exp", "1.7000036e9", Ok(NOW + 3600)),
        ("exp", "18446744073709551615", Ok(u64::MAX)),
        ("exp", "18446744073709551616", Err("`exp` is not a number of seconds")),
        ("exp", "-0.5", Err("`exp` is not a number of seconds")),
        ("exp", "1e300", Err("`exp` is not a number of seconds")),
        ("exp", "\"1700003600\"", Err("`exp` is not a number of seconds")),
        ("nbf", "1699999999.9", Ok(NOW + 3600)),
        ("nbf", "1700000001.5", Err("`nbf` is 1 s in the future")),
        ("iat", "1.7e9", Ok(NOW + 3600)),
        ("iat", "18446744073709551615", Err("s in the future")),
        ("auth_time", "1699999940.25", Ok(NOW + 3600)),
    ] {
        let mut claims = access_claims();
        claims[name] = json!("TIME");
        let claims = claims.to_string().replace("\"TIME\"", value);
        let found = verifier.access_at(&key.token(HEADER, &claims), NOW).await;
        match (&found, expected) {
            (Ok(claims), Ok(expires_at)) => assert_eq!(claims.expires_at(), expires_at, "{name} {value}"),
            (Err(error), Err(reason)) => assert!(error.to_string().contains(reason), "{name} {value}: {error}"),
            _ => panic!("{name} {value}: {found:?}"),
        }
    }
    let ever = CognitoVerifier::new(POOL).unwrap().leeway(Duration::MAX).refetch_interval(Duration::MAX);
    assert!(ever.any_client().access_at("a.b.c", u64::MAX).await.is_err());
}

#[tokio::test]
async fn an_empty_nonce_fits_no_token() {
    let key = Rsa::published("rfc7515_a2");
    let verifier = verifier(&pool(&key).await);
    for (nonce, expected, accepted) in [("n", "n", true), ("", "", false), ("n", "", false), ("", "n", false)] {
        let mut claims = id_claims();
        (claims["exp"], claims["nonce"]) = (json!(u32::MAX), json!(nonce));
        let found = verifier.id_of_login(&key.token(HEADER, &claims.to_string()), &SecretString::from(expected)).await;
        assert_eq!(found.map(drop), if accepted { Ok(()) } else { Err(TokenError::Nonce) });
    }
}

#[tokio::test]
async fn a_balancer_may_have_several_clients_and_issuers() {
    let key = P256::generate();
    let balancers = balancers(&key).await;
    let verifier = AlbVerifier::new(BALANCER).unwrap().keys_from(balancers.base().clone());
    let verifier = verifier.client("a").client("b").issuer(ISSUER).issuer("https://i.example");
    for (client, header, claims, reason) in [
        ("a", ISSUER, ISSUER, None),
        ("b", "https://i.example", "https://i.example", None),
        ("c", ISSUER, ISSUER, Some("`client` is `c`; expected `a` or `b`")),
        ("a", "https://evil.example", ISSUER, Some("`iss` is `https://evil.example`")),
        // The claims repeat the header's issuer, not another one that is accepted.
        ("a", ISSUER, "https://i.example", Some("`iss` is `https://i.example`; expected `https://cognito-idp")),
    ] {
        let (mut head, mut body) = (alb_header(), alb_claims());
        (head["client"], head["iss"], body["iss"]) = (json!(client), json!(header), json!(claims));
        let found = verifier.verify_at(&key.token(&head.to_string(), &body.to_string()), NOW).await;
        match reason {
            None => assert!(found.is_ok(), "{client} {header}: {found:?}"),
            Some(reason) => assert!(found.unwrap_err().to_string().contains(reason), "{client} {header}"),
        }
    }
}

#[tokio::test]
async fn times_of_an_issuers_user_info_are_not_the_tokens() {
    let key = P256::generate();
    let verifier = alb(&balancers(&key).await);
    for (name, value, reason) in [
        ("auth_time", json!("1699999940"), None),
        ("auth_time", json!(NOW + 9999), None),
        ("nbf", json!(1_699_999_999.5), None),
        ("nbf", json!("later"), None),
        ("iat", json!(null), None),
        ("iat", json!(NOW + 9999), None),
        ("exp", json!("2030-01-01"), None),
        ("exp", json!(null), None),
        ("exp", json!(1_700_000_100.5), None),
        ("exp", json!(NOW - 60), Some("expired 60 s ago")),
        ("updated_at", json!("never"), None),
    ] {
        let mut claims = alb_claims();
        claims[name] = value.clone();
        let found = verifier.verify_at(&key.token(&alb_header().to_string(), &claims.to_string()), NOW).await;
        match reason {
            None => assert_eq!(found.unwrap().claims()[name], value),
            Some(reason) => assert!(found.unwrap_err().to_string().contains(reason), "{name}"),
        }
    }
    // The header's times are the token's.
    for (name, value, reason) in [
        ("exp", json!("1700000120"), "`exp` is not a number of seconds"),
        ("exp", Value::Null, "`exp` is not a number of seconds"),
        ("nbf", json!(NOW + 60), "`nbf` is 60 s in the future"),
    ] {
        let mut header = alb_header();
        header[name] = value;
        let error =
            verifier.verify_at(&key.token(&header.to_string(), &alb_claims().to_string()), NOW).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_balancers_access_token_is_the_users() {
    assert_eq!(purlin_auth::OIDC_ACCESS_TOKEN, "x-amzn-oidc-accesstoken");
    assert_eq!(purlin_auth::OIDC_IDENTITY, "x-amzn-oidc-identity");
    let (key, balancer) = (Rsa::published("rfc7515_a2"), P256::generate());
    let pool = verifier(&pool(&key).await);
    let user = balancer.token(&alb_header().to_string(), &alb_claims().to_string());
    let user = alb(&balancers(&balancer).await).verify_at(&user, NOW).await.unwrap();
    for (subject, accepted) in [(user.subject(), true), ("another", false)] {
        let mut claims = access_claims();
        (claims["exp"], claims["sub"]) = (json!(u32::MAX), json!(subject));
        let found = pool.access_of_user(&key.token(HEADER, &claims.to_string()), &user).await;
        assert_eq!(found.is_ok(), accepted, "{found:?}");
    }
    let forged = format!("{}.{}.c2ln", unpadded(HEADER), unpadded(access_claims().to_string()));
    assert_eq!(pool.access_of_user(&forged, &user).await.unwrap_err(), TokenError::Signature);
}
