//! Tokens of a user pool, signed by `openssl`: with the original issuer, with the updated one, and of a replica.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Company, Settings};

const POOL: &str = "eu-west-1_AbCdEfGhI";

/// A pool's key.
struct Key(TempDir);

impl Key {
    fn new() -> Self {
        let key = Self(tempfile::tempdir().expect("a folder"));
        key.openssl(&["genrsa", "-out", "key.pem", "2048"], b"");
        key
    }

    fn openssl(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(&self.0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("`openssl` is there: apt-get install openssl");
        process.stdin.take().expect("it has an input").write_all(input).expect("it reads");
        let output = process.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{arguments:?}");
        output.stdout
    }

    /// The pool's key set.
    fn jwks(&self) -> String {
        let modulus = self.openssl(&["rsa", "-in", "key.pem", "-noout", "-modulus"], b"");
        let modulus = String::from_utf8(modulus).expect("hexadecimal digits");
        let digits = modulus.trim().trim_start_matches("Modulus=").as_bytes();
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
        let n = URL_SAFE_NO_PAD.encode(digits.chunks(2).filter_map(byte).collect::<Vec<u8>>());
        json!({ "keys": [{ "kid": "k", "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": "AQAB" }] }).to_string()
    }

    /// An access token of this issuer.
    fn token(&self, issuer: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = json!({
            "iss": issuer, "sub": "s", "client_id": "machine", "token_use": "access", "scope": "a/b",
            "iat": now.as_secs(), "exp": (now + Duration::from_mins(5)).as_secs(), "jti": "j",
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "kid": "k", "alg": "RS256" })), part(&claims));
        let signature = self.openssl(&["dgst", "-sha256", "-sign", "key.pem"], signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[test]
fn tokens_of_each_issuer_of_a_pool_are_genuine() {
    let (company, key) = (Company::new(), Key::new());
    company.https.publishes(key.jwks());
    let named = format!("token decode --token-env TOKEN --user-pool {POOL}");
    let bare = "token decode --token-env TOKEN".to_owned();
    // No one answers on behalf of Cognito.
    let nowhere: Settings = &[("HTTPS_PROXY", "http://127.0.0.1:1")];
    let host = |host: &str| format!("https://{host}/{POOL}");
    let cases: [(&str, &str, Settings, i32, &str); 9] = [
        (
            &named,
            &host("cognito-idp.eu-west-1.amazonaws.com"),
            &[],
            0,
            "a genuine access token of `https://cognito-idp.eu",
        ),
        (
            &named,
            &host("issuer-cognito-idp.eu-west-1.amazonaws.com"),
            &[],
            0,
            "token of `https://issuer-cognito-idp.eu-w",
        ),
        (&named, &host("cognito-idp.us-east-1.amazonaws.com"), &[], 0, "token of `https://cognito-idp.us-east-1"),
        (&named, &host("cognito-idp.eu-west-1.amazonaws.com.evil.example"), &[], 4, "hint: it is of another user pool"),
        (
            &named,
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other",
            &[],
            4,
            "hint: it is of another user pool",
        ),
        (
            &bare,
            &host("cognito-idp.eu-west-1.amazonaws.com"),
            nowhere,
            4,
            "`cognito-idp.eu-west-1.amazonaws.com` cannot be",
        ),
        (
            &bare,
            &host("issuer-cognito-idp.eu-west-1.amazonaws.com"),
            nowhere,
            4,
            "`issuer-cognito-idp.eu-west-1.amazonaws.",
        ),
        (
            &bare,
            &host("cognito-idp.us-east-1.amazonaws.com"),
            nowhere,
            4,
            "`cognito-idp.us-east-1.amazonaws.com` cannot",
        ),
        (
            &bare,
            "https://login.example.com",
            nowhere,
            4,
            "the token is not of a user pool: its `iss` is `https://login.",
        ),
    ];
    for (line, issuer, environment, code, says) in cases {
        let token = key.token(issuer);
        let ended = company.runs(line, &[&[("TOKEN", token.as_str())], environment].concat());
        assert!(ended.code == Some(code) && ended.err.contains(says), "{line} {issuer}: {ended:#?}");
    }
}
