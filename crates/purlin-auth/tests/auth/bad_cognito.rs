//! Invalid tokens of a user pool, each refused for its own reason.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use purlin_auth::TokenError;
use serde_json::{Value, json};

use crate::good::{pool, verifier};
use crate::keys::{NOW, P256, Rsa, access_claims, id_claims, unpadded};

/// The pool's key, and two others.
struct Forge {
    pool: Rsa,
    other: Rsa,
    balancer: P256,
}

const HEADER: &str = r#"{"kid":"pool-key","alg":"RS256"}"#;

impl Forge {
    fn new() -> Self {
        Self { pool: Rsa::published("rfc7515_a2"), other: Rsa::published("rfc7517_a2"), balancer: P256::generate() }
    }

    /// Signed by the pool, with another header.
    fn header(&self, header: &str) -> String {
        self.pool.token(header, &access_claims().to_string())
    }

    /// Signed by the pool, with a changed or missing claim.
    fn claim(&self, name: &str, value: Option<Value>) -> String {
        let mut claims = access_claims();
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        self.pool.token(HEADER, &claims.to_string())
    }

    /// Signed by the pool, with any claims.
    fn claims(&self, claims: &str) -> String {
        self.pool.token(HEADER, claims)
    }

    fn good(&self) -> String {
        self.header(HEADER)
    }

    /// The good token with other parts.
    fn parts(&self, change: impl FnOnce([String; 3]) -> String) -> String {
        let good = self.good();
        let parts: Vec<String> = good.split('.').map(str::to_owned).collect();
        change(parts.try_into().unwrap())
    }
}

/// Each name, the token, and part of the reason.
fn table(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    [shapes(forge), headers(forge), signatures(forge), claims(forge), twice(forge)].concat()
}

fn shapes(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let cut = |at: usize| {
        forge.parts(|mut parts| {
            let mut bytes = URL_SAFE_NO_PAD.decode(&parts[at]).unwrap();
            bytes.pop();
            parts[at] = unpadded(bytes);
            parts.join(".")
        })
    };
    let cut_by_a_character = |at: usize| {
        forge.parts(|mut parts| {
            // One character is left of the last four: six bits are no byte.
            let length = parts[at].len() / 4 * 4 - 3;
            parts[at].truncate(length);
            parts.join(".")
        })
    };
    vec![
        ("nothing", String::new(), "it has 1 parts"),
        ("a word", "token".into(), "it has 1 parts"),
        ("dots", "..".into(), "in its header: not JSON"),
        ("two parts", forge.parts(|[header, claims, _]| format!("{header}.{claims}")), "it has 2 parts"),
        ("four parts", format!("{}.", forge.good()), "it has 4 parts"),
        ("five parts, as if encrypted", "a.b.c.d.e".into(), "it has 5 parts"),
        ("a signature cut by a character", cut_by_a_character(2), "in its signature: not base64"),
        ("a signature cut by a byte", cut(2), "the signature does not fit"),
        ("claims cut by a byte", cut(1), "in its claims: not JSON"),
        ("a header cut by a character", cut_by_a_character(0), "in its header: not base64"),
        ("claims cut by a character", cut_by_a_character(1), "in its claims: not base64"),
        ("a header cut by a byte", cut(0), "in its header: not JSON"),
        ("an empty signature", forge.parts(|[header, claims, _]| format!("{header}.{claims}.")), "signature is empty"),
        (
            "no claims",
            forge.parts(|[header, _, signature]| format!("{header}..{signature}")),
            "in its claims: not JSON",
        ),
        ("a blank before it", format!(" {}", forge.good()), "in its header: not base64"),
        ("a line feed after it", format!("{}\n", forge.good()), "in its signature: not base64"),
        ("base64 with padding", forge.parts(|[h, c, s]| format!("{h}=.{c}.{s}")), "in its header: not base64"),
        (
            "base64 of the other alphabet",
            forge.parts(|[h, c, _]| format!("{h}.{c}.+/+/")),
            "in its signature: not base64",
        ),
        ("bits beyond the last byte", forge.parts(|[h, c, _]| format!("{h}.{c}.AB")), "in its signature: not base64"),
        ("letters beyond ASCII", "é.é.é".into(), "in its header: not base64"),
        ("a megabyte", format!("{}.{}.a", unpadded(HEADER), "A".repeat(1 << 20)), "at most 32768 are read"),
        ("one byte too many", "a".repeat(32 * 1024 + 1), "the token has 32769 bytes"),
        ("deep nesting", forge.claims(&("[".repeat(5000) + &"]".repeat(5000))), "in its claims: not JSON"),
        ("a list for a header", forge.header("[]"), "in its header: not a JSON object"),
        ("a list of claims", forge.claims("[1]"), "in its claims: not a JSON object"),
        ("claims that are text", forge.claims(r#""sub""#), "not a JSON object"),
        ("claims that are nothing", forge.claims("null"), "not a JSON object"),
        (
            "claims that are no UTF-8",
            forge.parts(|[h, _, s]| format!("{h}.{}.{s}", unpadded([0xff, 0xfe]))),
            "not JSON",
        ),
        ("something after the claims", forge.claims(r#"{"sub":"a"} {}"#), "in its claims: not JSON"),
        ("a comma too many", forge.claims(r#"{"sub":"a",}"#), "in its claims: not JSON"),
    ]
}

fn headers(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let with = |field: &str, value: Value| {
        let mut header: Value = serde_json::from_str(HEADER).unwrap();
        header[field] = value;
        forge.header(&header.to_string())
    };
    let jwk = forge.other.jwk("pool-key");
    let embedded = format!(r#"{{"alg":"RS256","kid":"pool-key","jwk":{jwk}}}"#);
    vec![
        ("alg none", with("alg", json!("none")), "signed with `none`; only `RS256`"),
        ("alg None", with("alg", json!("None")), "signed with `None`"),
        ("alg NONE, not signed", none(forge, "NONE"), "signed with `NONE`"),
        ("alg none, not signed", none(forge, "none"), "signed with `none`"),
        ("alg HS256 with the public key", hs256(forge), "signed with `HS256`"),
        ("alg ES256 with the balancer's key", es256(forge), "signed with `ES256`"),
        ("alg RS384", with("alg", json!("RS384")), "signed with `RS384`"),
        ("alg RS512", with("alg", json!("RS512")), "signed with `RS512`"),
        ("alg PS256", with("alg", json!("PS256")), "signed with `PS256`"),
        ("alg rs256", with("alg", json!("rs256")), "signed with `rs256`"),
        ("alg with a control character", with("alg", json!("RS256\n")), "signed with `RS256\\n`"),
        ("alg is a list", with("alg", json!(["RS256"])), "`alg` is not text"),
        ("no alg", forge.header(r#"{"kid":"pool-key"}"#), "has no `alg`"),
        ("no kid", forge.header(r#"{"alg":"RS256"}"#), "has no `kid`"),
        ("unknown kid", with("kid", json!("other")), "the issuer has no key `other`"),
        ("kid is empty", with("kid", json!("")), "the issuer has no key ``"),
        ("kid is a path", with("kid", json!("../../etc/passwd")), "has no key `../../etc/passwd`"),
        ("kid is a number", with("kid", json!(1)), "`kid` is not text"),
        ("kid is nothing", with("kid", Value::Null), "`kid` is not text"),
        ("an embedded key", forge.other.token(&embedded, &access_claims().to_string()), "header has `jwk`"),
        ("an embedded key, signed by the pool", with("jwk", jwk), "header has `jwk`"),
        ("a key set elsewhere", with("jku", json!("https://evil.example/keys")), "header has `jku`"),
        ("a certificate elsewhere", with("x5u", json!("https://evil.example/x")), "header has `x5u`"),
        ("a certificate", with("x5c", json!(["MIIB"])), "header has `x5c`"),
        ("an extension", with("crit", json!(["exp"])), "header has `crit`"),
        ("no extension", with("crit", json!([])), "header has `crit`"),
        ("a payload that is not encoded", with("b64", json!(false)), "header has `b64`"),
        ("compression", with("zip", json!("DEF")), "header has `zip`"),
        ("an encrypted token's type", with("typ", json!("JWE")), "`typ` is not `JWT`"),
        ("a type that is a number", with("typ", json!(1)), "`typ` is not `JWT`"),
    ]
}

fn signatures(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let wrong = "the signature does not fit the token";
    let signed = |signature: Vec<u8>| forge.parts(|[h, c, _]| format!("{h}.{c}.{}", unpadded(signature)));
    let good = forge.good();
    let (message, _) = good.rsplit_once('.').unwrap();
    let mut flipped = forge.pool.sign(message);
    flipped[100] ^= 1;
    let padded_left = [vec![0], forge.pool.sign(message)].concat();
    let admin = {
        let mut claims = access_claims();
        claims["username"] = json!("root");
        unpadded(claims.to_string())
    };
    vec![
        ("signed with another key", forge.other.token(HEADER, &access_claims().to_string()), wrong),
        ("claims changed", forge.parts(|[h, _, s]| format!("{h}.{admin}.{s}")), wrong),
        (
            "header changed",
            forge.parts(|[_, c, s]| format!("{}.{c}.{s}", unpadded(r#"{"alg":"RS256","kid":"pool-key"}"#))),
            wrong,
        ),
        ("a bit flipped", signed(flipped), wrong),
        ("a zero before the signature", signed(padded_left), wrong),
        ("zeros", signed(vec![0; 256]), wrong),
        ("ones", signed(vec![0xff; 256]), wrong),
        ("one byte", signed(vec![1]), wrong),
        (
            "the signature of another token",
            forge.parts(|[h, c, _]| {
                let other = forge.claim("username", Some(json!("eve")));
                format!("{h}.{c}.{}", other.rsplit_once('.').unwrap().1)
            }),
            wrong,
        ),
        (
            "the signature of the claims alone",
            {
                let claims = access_claims().to_string();
                signed(forge.pool.sign(&claims))
            },
            wrong,
        ),
    ]
}

fn claims(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let is = |name: &str, value: Value| forge.claim(name, Some(value));
    let without = |name: &str| forge.claim(name, None);
    let id_token = forge.claims(&id_claims().to_string());
    vec![
        ("another pool", is("iss", json!("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other")), "`iss` is"),
        ("a pool by a longer name", is("iss", json!(format!("{}x", crate::keys::ISSUER))), "`iss` is"),
        ("a pool with a slash", is("iss", json!(format!("{}/", crate::keys::ISSUER))), "`iss` is"),
        ("a pool by plain http", is("iss", json!(crate::keys::ISSUER.replace("https", "http"))), "`iss` is"),
        ("no issuer", without("iss"), "has no `iss`"),
        ("two issuers", is("iss", json!([crate::keys::ISSUER])), "`iss` is not text"),
        ("another app client", is("client_id", json!("other")), "`client_id` is `other`"),
        ("no app client", without("client_id"), "has no `client_id`"),
        ("app clients", is("client_id", json!([crate::keys::CLIENT])), "`client_id` is not text"),
        ("an ID token", id_token, "`token_use` is `id`; expected `access`"),
        ("a refresh token", is("token_use", json!("refresh")), "`token_use` is `refresh`"),
        ("no use", without("token_use"), "has no `token_use`"),
        ("a use that is true", is("token_use", json!(true)), "`token_use` is not text"),
        ("expired", is("exp", json!(NOW - 60)), "expired 60 s ago"),
        ("expired at the last moment", is("exp", json!(NOW - 10)), "expired 10 s ago"),
        ("expired in 1970", is("exp", json!(0)), "expired 1700000000 s ago"),
        ("no expiry", without("exp"), "has no `exp`"),
        ("an expiry that is text", is("exp", json!((NOW + 60).to_string())), "`exp` is not a number of seconds"),
        ("a negative expiry", is("exp", json!(-1)), "`exp` is not a number of seconds"),
        (
            "an expiry that is a fraction",
            forge.claims(&access_claims().to_string().replace(&(NOW + 3600).to_string(), "1.5e300")),
            "`exp` is not",
        ),
        (
            "an expiry that is infinite",
            forge.claims(&access_claims().to_string().replace(&(NOW + 3600).to_string(), "1e999")),
            "not JSON",
        ),
        ("an expiry that is nothing", is("exp", Value::Null), "`exp` is not a number of seconds"),
        ("not yet", is("nbf", json!(NOW + 60)), "`nbf` is 60 s in the future"),
        ("a beginning that is text", is("nbf", json!("now")), "`nbf` is not a number of seconds"),
        ("issued in the future", is("iat", json!(NOW + 11)), "`iat` is 11 s in the future"),
        ("issued at no time", is("iat", json!("then")), "`iat` is not a number of seconds"),
        ("signed in in the future", is("auth_time", json!(NOW + 3600)), "`auth_time` is 3600 s in the future"),
        ("no subject", without("sub"), "has no `sub`"),
        ("a subject that is a number", is("sub", json!(1)), "`sub` is not text"),
        ("groups that are text", is("cognito:groups", json!("admin")), "`cognito:groups` is not a list of names"),
        ("groups that are an object", is("cognito:groups", json!({"admin": true})), "is not a list of names"),
        ("a group that is a number", is("cognito:groups", json!(["user", 1])), "is not a list of names"),
        ("groups that are nothing", is("cognito:groups", Value::Null), "is not a list of names"),
        ("a scope that is a list", is("scope", json!(["openid"])), "`scope` is not text"),
    ]
}

fn twice(forge: &Forge) -> Vec<(&'static str, String, &'static str)> {
    let claims = access_claims().to_string();
    let more = |more: &str| forge.claims(&claims.replacen('{', &format!("{{{more},"), 1));
    vec![
        ("two subjects", more(r#""sub":"root""#), "in its claims: `sub` twice"),
        ("two expiries", more(r#""exp":9999999999"#), "`exp` twice"),
        ("two subjects, one with escapes", more(r#""\u0073ub":"root""#), "`sub` twice"),
        ("the same twice", more(r#""username":"ada""#), "`username` twice"),
        ("something twice inside", more(r#""address":{"a":1,"a":2}"#), "`a` twice"),
        (
            "two algorithms",
            forge.header(r#"{"alg":"none","kid":"pool-key","alg":"RS256"}"#),
            "in its header: `alg` twice",
        ),
        ("two keys", forge.header(r#"{"alg":"RS256","kid":"other","kid":"pool-key"}"#), "`kid` twice"),
    ]
}

fn none(forge: &Forge, name: &str) -> String {
    let header = unpadded(json!({ "alg": name, "kid": "pool-key" }).to_string());
    forge.parts(|[_, claims, _]| format!("{header}.{claims}."))
}

/// Signed with the public key as an HMAC secret, which a careless verifier accepts.
fn hs256(forge: &Forge) -> String {
    let header = unpadded(r#"{"alg":"HS256","kid":"pool-key"}"#);
    let signed = forge.parts(|[_, claims, _]| format!("{header}.{claims}"));
    let modulus = forge.pool.jwk("pool-key")["n"].as_str().unwrap().to_owned();
    let secret = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
    format!("{signed}.{}", unpadded(ring::hmac::sign(&key, signed.as_bytes())))
}

fn es256(forge: &Forge) -> String {
    let header = unpadded(r#"{"alg":"ES256","kid":"pool-key"}"#);
    let signed = forge.parts(|[_, claims, _]| format!("{header}.{claims}"));
    format!("{signed}.{}", unpadded(forge.balancer.sign(&signed)))
}

#[tokio::test]
async fn a_bad_token_is_refused_for_its_reason() {
    let forge = Forge::new();
    let pool = pool(&forge.pool).await;
    let verifier = verifier(&pool).refetch_interval(std::time::Duration::ZERO);
    assert!(verifier.access_at(&forge.good(), NOW).await.is_ok());
    let table = table(&forge);
    assert!(table.len() >= 100, "{} tokens", table.len());
    let mut wrong = Vec::new();
    for (name, token, reason) in table {
        match verifier.access_at(&token, NOW).await {
            Err(error) if error.to_string().contains(reason) && error.to_string().len() < 400 => (),
            other => wrong.push(format!("{name}: {other:?} instead of `{reason}`")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // One request for the keys, and one for each of the three unknown keys.
    assert_eq!(pool.count(), 4);
}

#[tokio::test]
async fn an_access_token_is_not_accepted_as_an_id_token() {
    let forge = Forge::new();
    let pool = pool(&forge.pool).await;
    let verifier = verifier(&pool);
    let error = verifier.id_at(&forge.good(), NOW).await.unwrap_err();
    assert_eq!(error.to_string(), "the token's `token_use` is `access`; expected `id`");
    let mut claims = id_claims();
    for (value, reason) in [
        (json!("other"), "`aud` is `other`; expected `4example5client6id`"),
        (json!(["4example5client6id", "other"]), "`aud` is not text"),
        (Value::Null, "`aud` is not text"),
    ] {
        claims["aud"] = value;
        let error = verifier.id_at(&forge.claims(&claims.to_string()), NOW).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_verifier_without_an_app_client_accepts_no_token() {
    let forge = Forge::new();
    let pool = pool(&forge.pool).await;
    let verifier = purlin_auth::CognitoVerifier::new(crate::keys::POOL).unwrap().keys_from(pool.base());
    let error = verifier.access_at(&forge.good(), NOW).await.unwrap_err();
    assert!(
        error.to_string().ends_with("an app client of the verifier, which has none; add one with `client`"),
        "{error}"
    );
    let two = verifier.clone().client("one").client("two").access_at(&forge.good(), NOW).await.unwrap_err();
    assert!(two.to_string().ends_with("expected `one` or `two`"), "{two}");
    assert!(verifier.any_client().access_at(&forge.good(), NOW).await.is_ok());
}

#[tokio::test]
async fn keys_for_other_purposes_are_ignored() {
    let key = Rsa::published("rfc7515_a2");
    let token = key.token(HEADER, &access_claims().to_string());
    let change = |name: &str, value: Value| {
        let mut jwk = key.jwk("pool-key");
        jwk[name] = value;
        jwk
    };
    let mut small = key.jwk("pool-key");
    small["n"] = json!(unpadded([0xff; 128]));
    for (keys, expected) in [
        (json!([change("use", json!("enc"))]), "did not answer with a set of RSA keys"),
        (json!([change("alg", json!("RS512"))]), "did not answer with a set of RSA keys"),
        (json!([change("kty", json!("oct"))]), "did not answer with a set of RSA keys"),
        (json!([change("n", json!("not base64!"))]), "did not answer with a set of RSA keys"),
        (json!([]), "did not answer with a set of RSA keys"),
        (json!([change("kid", json!("other"))]), "the issuer has no key `pool-key`"),
        // 1024 bits are too few.
        (json!([small]), "the signature does not fit"),
        // With an exponent of 1 every text is its own signature.
        (json!([change("e", json!("AQ"))]), "the signature does not fit"),
    ] {
        let body = json!({ "keys": keys }).to_string();
        let server = crate::server::Server::start(move |_| (200, body.clone())).await;
        let error = verifier(&server).access_at(&token, NOW).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{keys}: {error}");
        assert_eq!(error.is_transient(), matches!(error, TokenError::Keys(_)));
    }
}
