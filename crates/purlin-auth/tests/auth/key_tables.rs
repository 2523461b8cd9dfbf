//! Sets of keys as issuers publish them and as they should not: cases in the manner of Wycheproof's `json_web_key` and of
//! aws-jwt-verify, with keys and tokens of our own.

use purlin_auth::TokenError;
use serde_json::{Value, json};

use crate::good::verifier;
use crate::keys::{NOW, Rsa, access_claims, unpadded};
use crate::server::Server;

/// What becomes of a token with the key id `k`, which is signed with this key, if the pool publishes these keys.
async fn with(keys: Vec<Value>, key: &Rsa) -> String {
    let set = json!({ "keys": keys }).to_string();
    let server = Server::start(move |_| (200, set.clone())).await;
    let token = key.token(r#"{"kid":"k","alg":"RS256"}"#, &access_claims().to_string());
    match verifier(&server).access_at(&token, NOW).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn changed(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

#[tokio::test]
async fn keys_are_used_for_what_they_are_published() {
    let key = Rsa::published("rfc7515_a2");
    let is = |name: &str, value: Value| changed(key.jwk("k"), name, value);
    let without = |names: &[&str]| {
        let mut jwk = key.jwk("k");
        jwk.as_object_mut().unwrap().retain(|name, _| !names.contains(&name.as_str()));
        jwk
    };
    let n = key.jwk("k")["n"].as_str().unwrap().to_owned();
    let none = "did not answer with a set of RSA keys";
    for (name, jwk, expected) in [
        ("as published", key.jwk("k"), "accepted"),
        ("neither use nor alg", without(&["use", "alg"]), "accepted"),
        ("further members", is("x5t", json!("x")), "accepted"),
        ("key_ops verify", is("key_ops", json!(["verify"])), "accepted"),
        ("key_ops verify and more", is("key_ops", json!(["sign", "verify"])), "accepted"),
        ("key_ops encrypt", is("key_ops", json!(["encrypt"])), none),
        ("key_ops encrypt, no use", changed(without(&["use"]), "key_ops", json!(["encrypt"])), none),
        ("key_ops sign", is("key_ops", json!(["sign"])), none),
        ("key_ops empty", is("key_ops", json!([])), none),
        ("key_ops text", is("key_ops", json!("verify")), none),
        ("use enc", is("use", json!("enc")), none),
        ("alg PS256", is("alg", json!("PS256")), none),
        ("alg none", is("alg", json!("none")), none),
        ("kty EC", is("kty", json!("EC")), none),
        ("kty lower", is("kty", json!("rsa")), none),
        ("no kty", without(&["kty"]), none),
        ("no kid", without(&["kid"]), none),
        ("kid a number", is("kid", json!(7)), none),
        ("no n", without(&["n"]), none),
        ("no e", without(&["e"]), none),
        ("n empty", is("n", json!("")), none),
        ("n a number", is("n", json!(7)), none),
        ("n with a line feed", is("n", json!(format!("{n}\n"))), none),
        // RFC 7518 forbids padding; the value is plain.
        ("n padded", is("n", json!(format!("{n}=="))), "accepted"),
        ("n with a leading zero", is("n", json!(leading_zero(&n))), "accepted"),
        ("e of 1", is("e", json!("AQ")), "the signature does not fit"),
        ("e of 0", is("e", json!("AA")), "the signature does not fit"),
    ] {
        let found = with(vec![jwk.clone()], &key).await;
        assert!(found.contains(expected), "{name}: {found}");
        // The others of the set are not affected, wherever it stands.
        for keys in [vec![jwk.clone(), good("other")], vec![good("other"), jwk]] {
            let found = with(keys, &key).await;
            assert!(found.contains(if expected == none { "has no key `k`" } else { expected }), "{name}: {found}");
        }
    }
}

fn good(id: &str) -> Value {
    Rsa::published("rfc7517_a2").jwk(id)
}

fn leading_zero(n: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(n).unwrap();
    crate::keys::unpadded([vec![0], bytes].concat())
}

#[tokio::test]
async fn what_is_no_key_does_not_spoil_the_set() {
    let key = Rsa::published("rfc7515_a2");
    for odd in
        [json!(null), json!(7), json!("k"), json!([]), json!({}), json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" })]
    {
        assert_eq!(with(vec![odd.clone(), key.jwk("k"), odd.clone()], &key).await, "accepted", "{odd}");
    }
    // However many there are.
    let many = (0..300).map(|id| good(&id.to_string())).chain([key.jwk("k")]).collect();
    assert_eq!(with(many, &key).await, "accepted");
}

#[tokio::test]
async fn an_id_of_several_keys_is_refused_in_any_order() {
    let key = Rsa::published("rfc7515_a2");
    let ambiguous = "the issuer has several keys `k`; ask it to give each its own id";
    let unused = changed(good("k"), "use", json!("enc"));
    for (keys, expected) in [
        (vec![key.jwk("k"), good("k")], ambiguous),
        (vec![good("k"), key.jwk("k")], ambiguous),
        (vec![good("k"), key.jwk("k"), good("k")], ambiguous),
        (vec![key.jwk("k"), good("k"), key.jwk("k")], ambiguous),
        // The same key twice, or a second one for another purpose, is not ambiguous.
        (vec![key.jwk("k"), key.jwk("k")], "accepted"),
        (vec![key.jwk("k"), unused.clone()], "accepted"),
        (vec![unused, key.jwk("k")], "accepted"),
        // Tokens with other ids are not affected.
        (vec![good("x"), key.jwk("x"), key.jwk("k")], "accepted"),
        (vec![key.jwk("k"), good("x"), key.jwk("x")], "accepted"),
    ] {
        assert_eq!(with(keys.clone(), &key).await, expected, "{keys:?}");
    }
}

/// Signatures in the manner of Wycheproof's `rsa_signature`: made with the private key of RFC 7515, A.2, by a program that
/// pads in every wrong way, so that only the check of the padding can refuse them.
#[tokio::test]
async fn only_one_padding_is_accepted() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/pkcs1.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pool = crate::good::pool(&Rsa::published("rfc7515_a2")).await;
    let verifier = verifier(&pool);
    let rows = vectors["rows"].as_array().unwrap();
    assert!(rows.len() >= 40, "{} rows", rows.len());
    for row in rows {
        let (header, claims) = (unpadded(text(&vectors["header"])), unpadded(text(&vectors["claims"])));
        let token = format!("{header}.{claims}.{}", text(&row["signature"]));
        let found = verifier.access_at(&token, NOW).await;
        let expected = if row["valid"] == true { Ok(()) } else { Err(TokenError::Signature) };
        assert_eq!(found.map(drop), expected, "{}", row["name"]);
    }
}
