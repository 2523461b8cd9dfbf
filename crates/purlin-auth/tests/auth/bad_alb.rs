//! Invalid tokens of balancers, each refused for its own reason.

use purlin_auth::TokenError;
use serde_json::{Value, json};

use crate::good::{alb, balancers};
use crate::keys::{ALB_KEY, BALANCER, NOW, P256, Rsa, alb_claims, alb_header, padded, pem};
use crate::server::Server;

struct Forge {
    balancer: P256,
    other: P256,
}

impl Forge {
    /// Signed by the balancer, with a changed or missing header field.
    fn header(&self, name: &str, value: Option<Value>) -> String {
        let mut header = alb_header();
        match value {
            Some(value) => header[name] = value,
            None => drop(header.as_object_mut().unwrap().remove(name)),
        }
        self.balancer.token(&header.to_string(), &alb_claims().to_string())
    }

    /// The good token with another signature.
    fn signature(&self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
        let signed = format!("{}.{}", padded(alb_header().to_string()), padded(alb_claims().to_string()));
        format!("{signed}.{}", padded(change(self.balancer.sign(&signed))))
    }
}

/// r and s as a DER sequence: the form of X.509 and most libraries, but not of JOSE.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let bytes: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = if bytes[0] >= 0x80 { vec![0] } else { Vec::new() };
        let length = u8::try_from(sign.len() + bytes.len()).unwrap();
        [vec![2, length], sign, bytes].concat()
    };
    let both = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat()
}

/// The order of P-256's group: r and s are less.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

fn headers(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let is = |name: &str, value: Value| forge.header(name, Some(value));
    let without = |name: &str| forge.header(name, None);
    let rsa = Rsa::published("rfc7515_a2");
    let other = BALANCER.replace("app/web", "app/evil");
    vec![
        ("another balancer", is("signer", json!(other)), "`signer` is `arn:aws"),
        ("a balancer by a longer name", is("signer", json!(format!("{BALANCER}0"))), "`signer` is `arn:aws"),
        ("a balancer in other letters", is("signer", json!(BALANCER.to_uppercase())), "`signer` is `ARN:AWS"),
        ("no balancer", without("signer"), "has no `signer`"),
        ("two balancers", is("signer", json!([BALANCER])), "`signer` is not text"),
        ("another app client", is("client", json!("other")), "`client` is `other`"),
        ("no app client", without("client"), "has no `client`"),
        ("another issuer", is("iss", json!("https://evil.example")), "`iss` is `https://evil.example`"),
        ("no issuer", without("iss"), "has no `iss`"),
        ("expired", is("exp", json!(NOW - 120)), "expired 120 s ago"),
        ("no expiry", without("exp"), "has no `exp`"),
        ("an expiry that is text", is("exp", json!("later")), "`exp` is not a number of seconds"),
        ("issued in the future", is("iat", json!(NOW + 60)), "`iat` is 60 s in the future"),
        ("alg none", is("alg", json!("none")), "signed with `none`; only `ES256`"),
        ("alg RS256", is("alg", json!("RS256")), "signed with `RS256`"),
        ("alg RS256, by a pool", rsa.token(r#"{"alg":"RS256","kid":"1"}"#, "{}"), "signed with `RS256`"),
        ("alg ES256, signed with RSA", rsa.token(&alb_header().to_string(), "{\"sub\":\"a\"}"), "does not fit"),
        ("alg ES384", is("alg", json!("ES384")), "signed with `ES384`"),
        ("no kid", without("kid"), "has no `kid`"),
        ("kid leads elsewhere", is("kid", json!("../../evil")), "key id `../../evil` is not one of AWS's"),
        ("kid with a query", is("kid", json!("a?b")), "is not one of AWS's"),
        ("kid with a host", is("kid", json!("@evil.example")), "is not one of AWS's"),
        ("kid with a line feed", is("kid", json!("a\r\nb")), "key id `a\\r\\nb` is not"),
        ("kid is empty", is("kid", json!("")), "is not one of AWS's"),
        ("kid is long", is("kid", json!("a".repeat(65))), "is not one of AWS's"),
        ("unknown kid", is("kid", json!("87654321-1234-1234-1234-123456789012")), "the issuer has no key `8765"),
        ("an embedded key", is("jwk", json!({ "kty": "EC" })), "header has `jwk`"),
        ("a key set elsewhere", is("jku", json!("https://evil.example")), "header has `jku`"),
        ("an extension", is("crit", json!(["signer"])), "header has `crit`"),
        ("a typ of another kind", is("typ", json!("JOSE")), "`typ` is not `JWT`"),
    ]
}

/// The group's order minus one.
fn below() -> Vec<u8> {
    let mut below = ORDER.to_vec();
    below[31] -= 1;
    below
}

fn one() -> Vec<u8> {
    [vec![0; 31], vec![1]].concat()
}

fn bodies(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let wrong = "the signature does not fit the token";
    let (header, claims) = (alb_header().to_string(), alb_claims().to_string());
    let good = forge.balancer.token(&header, &claims);
    let [head, body, signature] = <[&str; 3]>::try_from(good.split('.').collect::<Vec<_>>()).unwrap();
    let stripped = good.replace('=', "");
    let signed = |claims: &str| forge.balancer.token(&header, claims);
    let twice = header.replacen('{', r#"{"signer":"arn:evil","#, 1);
    vec![
        ("another key", forge.other.token(&header, &claims), wrong),
        ("claims changed", format!("{head}.{}.{signature}", padded(r#"{"sub":"root"}"#)), wrong),
        ("padding taken away, which was signed", stripped, wrong),
        ("a DER signature", forge.signature(|raw| der(&raw)), wrong),
        ("r is zero", forge.signature(|raw| [vec![0; 32], raw[32..].to_vec()].concat()), wrong),
        ("s is zero", forge.signature(|raw| [raw[..32].to_vec(), vec![0; 32]].concat()), wrong),
        ("r and s are zero", forge.signature(|_| vec![0; 64]), wrong),
        ("r is the group's order", forge.signature(|raw| [ORDER.to_vec(), raw[32..].to_vec()].concat()), wrong),
        ("s is the group's order", forge.signature(|raw| [raw[..32].to_vec(), ORDER.to_vec()].concat()), wrong),
        ("r and s are the order minus one", forge.signature(|_| [below(), below()].concat()), wrong),
        ("s is one", forge.signature(|raw| [raw[..32].to_vec(), one()].concat()), wrong),
        ("r and s are one", forge.signature(|_| [one(), one()].concat()), wrong),
        ("r and s are ff", forge.signature(|_| vec![0xff; 64]), wrong),
        ("r and s without their first bytes", forge.signature(|raw| [&raw[1..32], &raw[33..]].concat()), wrong),
        ("r and s with zeros before", forge.signature(|raw| [&[0], &raw[..32], &[0], &raw[32..]].concat()), wrong),
        ("r and s changed places", forge.signature(|raw| [raw[32..].to_vec(), raw[..32].to_vec()].concat()), wrong),
        ("63 bytes", forge.signature(|raw| raw[..63].to_vec()), wrong),
        ("65 bytes", forge.signature(|raw| [raw, vec![0]].concat()), wrong),
        ("no signature", format!("{head}.{body}."), "its signature is empty"),
        ("no claims", format!("{head}..{signature}"), "in its claims: not JSON"),
        ("two parts", format!("{head}.{body}"), "it has 2 parts"),
        ("padding in the middle", format!("e30=e30=.{body}.{signature}"), "in its header: not base64"),
        ("noise", "x".into(), "it has 1 parts"),
        ("huge", format!("{head}.{}.{signature}", "A".repeat(40_000)), "at most 32768"),
        ("two balancers, the last one right", forge.balancer.token(&twice, &claims), "`signer` twice"),
        ("two subjects", signed(r#"{"sub":"a","sub":"b"}"#), "`sub` twice"),
        ("no subject", signed("{}"), "has no `sub`"),
        ("a subject that is a list", signed(r#"{"sub":["a"]}"#), "`sub` is not text"),
        ("claims of another issuer", signed(r#"{"sub":"a","iss":"https://evil.example"}"#), "`iss` is `https://evil"),
        ("claims that expired", signed(r#"{"sub":"a","exp":1600000000}"#), "expired 100000000 s ago"),
        ("claims that are a list", signed("[]"), "not a JSON object"),
    ]
}

#[tokio::test]
async fn a_bad_token_is_refused_for_its_reason() {
    let forge = Forge { balancer: P256::generate(), other: P256::generate() };
    let keys = balancers(&forge.balancer).await;
    let verifier = alb(&keys);
    let good = forge.balancer.token(&alb_header().to_string(), &alb_claims().to_string());
    assert!(good.contains('='), "the claims need padding");
    assert!(verifier.verify_at(&good, NOW).await.is_ok());
    let table = [headers(&forge), bodies(&forge)].concat();
    assert!(table.len() >= 50, "{} tokens", table.len());
    let mut wrong = Vec::new();
    for (name, token, reason) in table {
        match verifier.verify_at(&token, NOW).await {
            Err(error) if error.to_string().contains(reason) && error.to_string().len() < 400 => (),
            other => wrong.push(format!("{name}: {other:?} instead of `{reason}`")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // One request for the key, one for the unknown key.
    assert_eq!(keys.count(), 2);
}

#[tokio::test]
async fn only_p256_keys_are_accepted() {
    let key = P256::generate();
    let token = key.token(&alb_header().to_string(), &alb_claims().to_string());
    let compressed = [vec![2], vec![1; 32]].concat();
    for published in [
        String::new(),
        "<html>".into(),
        pem(&[4; 64]),
        pem(&[5; 65]),
        pem(&compressed),
        key.pem().replace("PUBLIC", "PRIVATE"),
        // P-384's name.
        "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE\n-----END PUBLIC KEY-----\n".into(),
    ] {
        let server = Server::start(move |_| (200, published.clone())).await;
        let error = alb(&server).verify_at(&token, NOW).await.unwrap_err();
        assert!(
            error.is_transient() && error.to_string().ends_with("did not answer with a P-256 key in PEM form"),
            "{error}"
        );
    }
    // A point that is not on the curve verifies no signature.
    let server = Server::start(|_| (200, pem(&[4; 65]))).await;
    assert_eq!(alb(&server).verify_at(&token, NOW).await, Err(TokenError::Signature));
}

#[tokio::test]
async fn requests_for_forged_key_ids_are_limited() {
    let key = P256::generate();
    let keys = balancers(&key).await;
    let verifier = alb(&keys);
    let token = |id: &str| {
        let mut header = alb_header();
        header["kid"] = json!(id);
        key.token(&header.to_string(), &alb_claims().to_string())
    };
    assert!(verifier.verify_at(&token(ALB_KEY), NOW).await.is_ok());
    for forged in 0..40 {
        let error = verifier.verify_at(&token(&format!("forged-{forged}")), NOW).await.unwrap_err();
        let limited = matches!(error, TokenError::RateLimited(1));
        assert!(if forged < 10 { !limited } else { limited || keys.count() > 11 }, "{forged}: {error}");
    }
    // Ten at once; on a slow machine some more, one in each second.
    assert!((11..=16).contains(&keys.count()), "{} requests", keys.count());
    // Tokens with the known key are still accepted.
    assert!(verifier.verify_at(&token(ALB_KEY), NOW).await.is_ok());
}
