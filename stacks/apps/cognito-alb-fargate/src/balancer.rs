//! A load balancer for tests: it publishes a key and signs claims with it.

use std::io::{Read, Write};
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::settings::Settings;

pub const SIGNER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef";

pub struct Balancer {
    key: EcdsaKeyPair,
    keys: String,
}

impl Balancer {
    /// Starts one with a new key.
    pub fn start() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let pem = pem(key.public_key().as_ref());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let keys = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 2048]).unwrap();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", pem.len());
                stream.write_all(format!("{head}{pem}").as_bytes()).unwrap();
            }
        });
        Self { key, keys }
    }

    /// The settings of an app behind it.
    pub fn settings(&self) -> Settings {
        Settings::from_env(|name| match name {
            "EXPECTED_SIGNER" => Some(SIGNER.to_owned()),
            "PUBLIC_KEY_URL" => Some(self.keys.clone()),
            _ => None,
        })
        .unwrap()
    }

    /// Signed claims as a balancer sends them: with padded base64, and the padding signed.
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": "a-key", "signer": SIGNER, "exp": u32::MAX });
        let part = |value: &Value| URL_SAFE.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE.encode(signature))
    }
}

/// A point on P-256 as a PEM file.
fn pem(point: &[u8]) -> String {
    let prefix = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let der = STANDARD.encode([&prefix[..], point].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
}
