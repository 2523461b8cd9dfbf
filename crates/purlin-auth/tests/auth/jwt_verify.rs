//! What [aws-jwt-verify](https://github.com/awslabs/aws-jwt-verify) accepts and refuses by its tests, and where this crate
//! differs: on purpose, and nowhere else.

use std::time::Duration;

use serde_json::{Value, json};

use crate::good::{pool, verifier};
use crate::keys::{CLIENT, NOW, Rsa, access_claims, id_claims};

#[derive(Debug, PartialEq)]
enum Theirs {
    Accepts,
    Refuses,
}
use Theirs::{Accepts, Refuses};

/// What is changed, the header, the changed claim, what they do, and whether this crate does the same.
type Row = (&'static str, Value, Option<(&'static str, Option<Value>)>, Theirs, bool);

fn rows() -> Vec<Row> {
    let header = || json!({ "alg": "RS256", "kid": "pool-key" });
    let with = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        header
    };
    let is = |name: &'static str, value: Value| Some((name, Some(value)));
    vec![
        ("as issued", header(), None, Accepts, true),
        ("typ JWT", with("typ", json!("JWT")), None, Accepts, true),
        ("unicode in a claim", header(), is("name", json!("山田 🦀 \u{0}")), Accepts, true),
        ("an unknown claim", header(), is("https://example.com/x", json!({ "a": [1, null] })), Accepts, true),
        ("a fraction in exp", header(), is("exp", json!(1_700_003_600.5)), Accepts, true),
        ("no scope", header(), Some(("scope", None)), Accepts, true),
        ("no groups", header(), Some(("cognito:groups", None)), Accepts, true),
        ("no iat", header(), Some(("iat", None)), Accepts, true),
        ("jti is a number", header(), is("jti", json!(1)), Refuses, false),
        ("expired now", header(), is("exp", json!(NOW)), Accepts, false),
        ("expired", header(), is("exp", json!(NOW - 1)), Refuses, true),
        ("nonsense exp", header(), is("exp", json!("nonsense")), Refuses, true),
        ("not before", header(), is("nbf", json!(NOW + 1)), Refuses, true),
        ("nonsense nbf", header(), is("nbf", json!("nonsense")), Refuses, true),
        ("iat is text", header(), is("iat", json!("1")), Refuses, true),
        ("iat ahead", header(), is("iat", json!(NOW + 1)), Accepts, false),
        ("exp missing", header(), Some(("exp", None)), Accepts, false),
        ("sub missing", header(), Some(("sub", None)), Accepts, false),
        ("sub is a number", header(), is("sub", json!(1)), Refuses, true),
        ("iss is a number", header(), is("iss", json!(1)), Refuses, true),
        ("iss missing", header(), Some(("iss", None)), Refuses, true),
        ("iss of another pool", header(), is("iss", json!("https://x.example")), Refuses, true),
        ("scope is a list", header(), is("scope", json!(["openid"])), Refuses, true),
        ("token_use id", header(), is("token_use", json!("id")), Refuses, true),
        ("token_use missing", header(), Some(("token_use", None)), Refuses, true),
        ("client_id of another", header(), is("client_id", json!("x")), Refuses, true),
        ("client_id missing", header(), Some(("client_id", None)), Refuses, true),
        ("kid missing", json!({ "alg": "RS256" }), None, Refuses, true),
        ("kid is a number", with("kid", json!(1)), None, Refuses, true),
        ("kid unknown", with("kid", json!("x")), None, Refuses, true),
        ("alg RS512", with("alg", json!("RS512")), None, Refuses, true),
        ("alg none", with("alg", json!("none")), None, Refuses, true),
        ("alg missing", json!({ "kid": "pool-key" }), None, Refuses, true),
        ("alg is a number", with("alg", json!(1)), None, Refuses, true),
        // RFC 9068 and RFC 7515 allow these; user pools write none of them.
        ("typ at+jwt", with("typ", json!("at+jwt")), None, Accepts, false),
        ("x5t", with("x5t", json!("x")), None, Accepts, false),
        ("crit", with("crit", json!([])), None, Accepts, false),
    ]
}

#[tokio::test]
async fn the_differences_are_these() {
    let key = Rsa::published("rfc7515_a2");
    let verifier = verifier(&pool(&key).await).leeway(Duration::ZERO).refetch_interval(Duration::ZERO);
    for (name, header, change, theirs, same) in rows() {
        let mut claims = access_claims();
        match change {
            Some((name, Some(value))) => claims[name] = value,
            Some((name, None)) => drop(claims.as_object_mut().unwrap().remove(name)),
            None => (),
        }
        let found = verifier.access_at(&key.token(&header.to_string(), &claims.to_string()), NOW).await;
        assert_eq!(found.is_ok(), (theirs == Accepts) == same, "{name}: {found:?}");
    }
    // The audience of an ID token is one app client, as their verifier of Cognito's tokens has it.
    for (audience, accepted) in
        [(json!(CLIENT), true), (json!([CLIENT]), false), (json!("x"), false), (json!([]), false)]
    {
        let mut claims = id_claims();
        claims["aud"] = audience.clone();
        let token = key.token(r#"{"alg":"RS256","kid":"pool-key"}"#, &claims.to_string());
        assert_eq!(verifier.id_at(&token, NOW).await.is_ok(), accepted, "{audience}");
    }
}
