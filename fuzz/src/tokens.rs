//! Tokens of anybody, and key sets.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use purlin_auth::{CognitoVerifier, Endpoint, Unverified};
use ring::rand::SystemRandom;
use ring::rsa::KeyPairComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::parts;

const NOW: u64 = 1_700_000_000;
const POOL: &str = "eu-west-1_AbCdEfGhI";
const CLIENT: &str = "4example5client6id";
const HEADER: &str = r#"{"kid":"pool-key","alg":"RS256"}"#;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
}

/// The key of RFC 7515, appendix A.2.
static KEY: LazyLock<Value> = LazyLock::new(|| {
    let vectors = include_str!("../../crates/purlin-auth/tests/auth/vectors/rsa.json");
    serde_json::from_str::<Value>(vectors).expect("the vectors are JSON")["rfc7515_a2"].take()
});

static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(text(&KEY[name])).expect("the key is base64");
    let (n, e, d, p, q) = (number("n"), number("e"), number("d"), number("p"), number("q"));
    let (dp, dq, qi) = (number("dp"), number("dq"), number("qi"));
    let public_key = ring::rsa::PublicKeyComponents { n, e };
    #[rustfmt::skip]
    let pair = KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi };
    RsaKeyPair::from_components(&pair).expect("the key is one")
});

static VERIFIER: LazyLock<CognitoVerifier> = LazyLock::new(|| {
    let jwk = json!({ "kty": "RSA", "n": KEY["n"], "e": KEY["e"], "kid": "pool-key", "alg": "RS256", "use": "sig" });
    with_keys(&json!({ "keys": [jwk] }).to_string()).expect("the key is one")
});

/// A token that the pool signed.
static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let issuer = format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}");
    let claims = json!({
        "sub": "a", "iss": issuer, "client_id": CLIENT, "token_use": "access", "iat": NOW, "exp": NOW + 60,
    });
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims.to_string()));
    format!("{signed}.{}", sign(&signed))
});

/// A verifier that has no other keys: nothing listens where it would fetch some.
fn with_keys(keys: &str) -> Option<CognitoVerifier> {
    let nowhere: Endpoint = "http://127.0.0.1:1".parse().expect("loopback is an address");
    let verifier = CognitoVerifier::new(POOL).expect("the id is one").client(CLIENT);
    Some(verifier.known_keys(keys).ok()?.keys_from(&nowhere))
}

/// A text is no token: nothing is accepted that was not signed. Claims that are signed are accepted only if they are for this
/// pool, this client and this time.
pub(crate) fn jwt(data: &[u8]) {
    let Some([header, claims, mode]) = parts(data) else { return };
    let own = Unverified::read(header);
    // A header with the pool's key, so that no other is fetched.
    if own.is_ok_and(|token| token.header.get("kid").is_some_and(|kid| kid == "pool-key")) {
        assert!(!is_accepted(header), "{header}");
    }
    let header = if mode.is_empty() { HEADER } else { header };
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    if Unverified::read(&format!("{signed}.c2ln")).is_ok_and(|it| it.header.get("kid") != Some(&json!("pool-key"))) {
        return;
    }
    // A signature of another text.
    assert!(!is_accepted(&format!("{signed}.{}", sign("another text"))));
    let token = format!("{signed}.{}", sign(&signed));
    if is_accepted(&token) {
        let (head, claims) = (object(header), object(claims));
        let is_time =
            |claim: &str, test: &dyn Fn(f64) -> bool| claims.get(claim).and_then(Value::as_f64).is_none_or(test);
        #[expect(clippy::cast_precision_loss, reason = "a second more or less is no matter")]
        let (now, leeway) = (NOW as f64, 300.0);
        assert!(head["alg"] == "RS256" && !head.contains_key("crit") && !head.contains_key("jwk"), "{head:?}");
        assert!(text(&claims["iss"]).contains(POOL) && text(&claims["iss"]).starts_with("https://"), "{claims:?}");
        assert!(claims["client_id"] == CLIENT && claims["token_use"] == "access", "{claims:?}");
        assert!(claims.contains_key("exp") && is_time("exp", &|exp| exp > now - leeway), "{claims:?}");
        assert!(is_time("nbf", &|nbf| nbf < now + leeway), "{claims:?}");
        let (signed, last) = token.split_at(token.len() - 1);
        let other = if last == "A" { "Q" } else { "A" };
        assert!(!is_accepted(&format!("{signed}{other}")) && !is_accepted(signed), "{token}");
    }
}

/// A token is accepted only by a set that has its key.
pub(crate) fn jwks(data: &[u8]) {
    let Some([keys]) = parts(data) else { return };
    let Some(verifier) = with_keys(keys) else { return };
    assert!(is_accepted(&TOKEN));
    let is_ours = |key: &Value| {
        let modulus = URL_SAFE_NO_PAD.decode(text(&key["n"])).unwrap_or_default();
        let own = URL_SAFE_NO_PAD.decode(text(&KEY["n"])).expect("the key is base64");
        key["kid"] == "pool-key" && modulus.ends_with(&own)
    };
    let set: Value = serde_json::from_str(keys).unwrap_or_default();
    let has_ours = set["keys"].as_array().is_some_and(|keys| keys.iter().any(is_ours));
    let accepted = RUNTIME.with(|runtime| runtime.block_on(verifier.access_at(&TOKEN, NOW)));
    assert!(accepted.is_err() || has_ours, "{keys}");
}

fn is_accepted(token: &str) -> bool {
    RUNTIME.with(|runtime| runtime.block_on(VERIFIER.access_at(token, NOW))).is_ok()
}

fn sign(text: &str) -> String {
    let mut signature = vec![0; PAIR.public().modulus_len()];
    PAIR.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("the key signs");
    URL_SAFE_NO_PAD.encode(signature)
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("an accepted token is JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
