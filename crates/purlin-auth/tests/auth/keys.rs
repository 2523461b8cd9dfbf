//! Keys to sign tokens with: generated P-256 keys, and the RSA keys in RFCs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

pub const NOW: u64 = 1_700_000_000;
pub const POOL: &str = "eu-west-1_AbCdEfGhI";
pub const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
pub const CLIENT: &str = "4example5client6id";
pub const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef";
pub const ALB_KEY: &str = "12345678-1234-1234-1234-123456789012";

pub fn unpadded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn padded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE.encode(bytes)
}

/// A user pool's key.
pub struct Rsa {
    pair: RsaKeyPair,
    jwk: Value,
}

impl Rsa {
    /// `rfc7515_a2` or `rfc7517_a2`.
    pub fn published(name: &str) -> Self {
        let vectors: Value = serde_json::from_str(include_str!("vectors/rsa.json")).unwrap();
        let key = &vectors[name];
        let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let pair = RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n: number("n"), e: number("e") },
            d: number("d"),
            p: number("p"),
            q: number("q"),
            dP: number("dp"),
            dQ: number("dq"),
            qInv: number("qi"),
        });
        Self { pair: pair.unwrap(), jwk: json!({ "kty": "RSA", "n": key["n"], "e": key["e"] }) }
    }

    /// The public key as a user pool publishes it.
    pub fn jwk(&self, id: &str) -> Value {
        let mut jwk = self.jwk.clone();
        for (name, value) in [("kid", id), ("alg", "RS256"), ("use", "sig")] {
            jwk[name] = value.into();
        }
        jwk
    }

    pub fn sign(&self, text: &str) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        signature
    }

    /// A token of this header and these claims.
    pub fn token(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", unpadded(header), unpadded(claims));
        format!("{signed}.{}", unpadded(self.sign(&signed)))
    }
}

/// A balancer's key.
pub struct P256(EcdsaKeyPair);

impl P256 {
    pub fn generate() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap())
    }

    /// The public key as AWS publishes it.
    pub fn pem(&self) -> String {
        pem(self.0.public_key().as_ref())
    }

    pub fn sign(&self, text: &str) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec()
    }

    /// A token of this header and these claims, with padded base64 as balancers write it.
    pub fn token(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", padded(header), padded(claims));
        format!("{signed}.{}", padded(self.sign(&signed)))
    }
}

/// A point on P-256 as a PEM file.
pub fn pem(point: &[u8]) -> String {
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let byte = |at: usize| u8::from_str_radix(&prefix[at..at + 2], 16).unwrap();
    let der = [(0..prefix.len()).step_by(2).map(byte).collect(), point.to_vec()].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

pub fn access_claims() -> Value {
    json!({
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "iss": ISSUER, "client_id": CLIENT, "token_use": "access",
        "scope": "openid mydomain.com/API_ACCESS", "cognito:groups": ["admin", "user"], "username": "ada",
        "iat": NOW - 60, "auth_time": NOW - 60, "exp": NOW + 3600, "jti": "1",
    })
}

pub fn id_claims() -> Value {
    json!({
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "iss": ISSUER, "aud": CLIENT, "token_use": "id",
        "cognito:groups": ["admin"], "cognito:username": "ada", "email": "ada@example.com", "email_verified": true,
        "iat": NOW - 60, "auth_time": NOW - 60, "exp": NOW + 3600, "nonce": "of this login",
    })
}

pub fn alb_header() -> Value {
    json!({
        "typ": "JWT", "alg": "ES256", "kid": ALB_KEY, "signer": BALANCER, "client": CLIENT, "iss": ISSUER,
        "exp": NOW + 120,
    })
}

pub fn alb_claims() -> Value {
    json!({ "sub": "aaaaaaaa", "email": "ada@example.com", "username": "ada", "exp": NOW + 120, "iss": ISSUER })
}
