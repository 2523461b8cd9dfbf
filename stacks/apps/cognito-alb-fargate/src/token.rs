//! Decides whether to believe `x-amzn-oidc-data`: the claims a load balancer signs and sends with each request.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::settings::Settings;

/// Balancers pad their base64, which standard tokens must not, and sign it as it stands.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why claims are not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It is not a token.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// Another algorithm could be one that anybody can sign with.
    #[error("the token is signed with `{0}`; balancers sign with `ES256`")]
    Algorithm(String),
    /// It would become part of an address.
    #[error("the key id `{0}` is not one that AWS gives: letters, digits and dashes, at most 64")]
    KeyId(String),
    /// Another balancer, client or user pool than ours.
    #[error("the token's {field} is `{found}`; expected `{expected}`")]
    Stranger {
        /// The field of the token's header.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// Its time is over.
    #[error("the token expired {0} s ago")]
    Expired(u64),
    /// The key could not be had.
    #[error("the balancer's public key cannot be read: {0}")]
    Key(String),
    /// Someone else signed, or the token was changed.
    #[error("the signature does not fit the token")]
    Signature,
}

/// Whatever the decoder says, this is what is wrong.
fn malformed<E>(what: &'static str) -> impl FnOnce(E) -> Doubt {
    move |_| Doubt::Malformed(what)
}

/// The token's first part.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default)]
    signer: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    iss: String,
    exp: u64,
}

/// A token, taken apart and not yet believed.
#[derive(Debug)]
pub struct Token<'a> {
    header: Header,
    /// What the balancer says of the user.
    pub claims: Map<String, Value>,
    signed: &'a str,
    signature: Signature,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub fn parse(text: &'a str) -> Result<Self, Doubt> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Doubt::Malformed("it has no signature"))?;
        let (header, claims) = signed.split_once('.').ok_or(Doubt::Malformed("it has no claims"))?;
        let decode = |part: &str| BASE64.decode(part).map_err(malformed("it is not base64"));
        Ok(Self {
            header: serde_json::from_slice(&decode(header)?).map_err(malformed("its header is not understood"))?,
            claims: serde_json::from_slice(&decode(claims)?).map_err(malformed("its claims are not a JSON object"))?,
            signature: Signature::from_slice(&decode(signature)?)
                .map_err(malformed("its signature has a wrong size"))?,
            signed,
        })
    }

    /// All that can be checked without the key. The answer is the id of the key, fit to be part of an address.
    pub fn plausible(&self, settings: &Settings, now: u64) -> Result<&str, Doubt> {
        let header = &self.header;
        if header.alg != "ES256" {
            return Err(Doubt::Algorithm(header.alg.clone()));
        }
        let id = header.kid.as_str();
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(Doubt::KeyId(id.chars().take(64).collect()));
        }
        expect("signer", &header.signer, settings.signer.as_ref())?;
        expect("client", &header.client, settings.client.as_ref())?;
        expect("issuer", &header.iss, settings.issuer.as_ref())?;
        if header.exp <= now {
            return Err(Doubt::Expired(now - header.exp));
        }
        Ok(id)
    }

    /// Whether the owner of the key signed exactly this.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), Doubt> {
        key.verify(self.signed.as_bytes(), &self.signature).map_err(|_| Doubt::Signature)
    }

    /// The balancer that claims to have signed.
    pub fn signer(&self) -> &str {
        &self.header.signer
    }
}

fn expect(field: &'static str, found: &str, expected: Option<&String>) -> Result<(), Doubt> {
    match expected {
        Some(expected) if expected != found => {
            Err(Doubt::Stranger { field, found: found.to_owned(), expected: expected.clone() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub mod tests {
    use base64::Engine as _;
    use p256::ecdsa::signature::Signer as _;
    use p256::ecdsa::{Signature, SigningKey};
    use serde_json::{Value, json};

    use super::{BASE64, Token};
    use crate::settings::Settings;

    pub const NOW: u64 = 1_700_000_000;
    pub const KEY_ID: &str = "12345678-1234-1234-1234-123456789012";

    pub fn key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).unwrap()
    }

    pub fn settings() -> Settings {
        let mut settings = Settings::from_env(|_| None).unwrap();
        settings.signer = Some("arn:ours".into());
        settings.client = Some("client".into());
        settings.issuer = Some("https://pool".into());
        settings
    }

    pub fn header() -> Value {
        json!({
            "alg": "ES256", "kid": KEY_ID, "signer": "arn:ours", "client": "client",
            "iss": "https://pool", "exp": NOW + 60,
        })
    }

    /// Signs as balancers do: the base64 is padded and the padding is signed.
    pub fn sign(header: &Value, claims: &Value, key: &SigningKey) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature: Signature = key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }

    fn check(text: &str) -> Result<(), String> {
        let token = Token::parse(text).map_err(|doubt| doubt.to_string())?;
        token.plausible(&settings(), NOW).map_err(|doubt| doubt.to_string())?;
        token.verify(key(1).verifying_key()).map_err(|doubt| doubt.to_string())
    }

    #[test]
    fn a_balancers_token_is_believed_padded_or_not() {
        let mut padded = 0;
        for name in ["a", "ab", "abc"] {
            let text = sign(&header(), &json!({ "sub": name }), &key(1));
            padded += usize::from(text.contains('='));
            assert_eq!(check(&text), Ok(()), "{text}");
        }
        assert!(padded > 0);
    }

    #[test]
    fn what_a_header_must_not_say() {
        for (field, value, reason) in [
            ("alg", json!("none"), "the token is signed with `none`; balancers sign with `ES256`"),
            ("alg", json!("HS256"), "the token is signed with `HS256`; balancers sign with `ES256`"),
            ("kid", json!("../../evil"), "the key id `../../evil` is not one that AWS gives"),
            ("kid", json!(""), "the key id `` is not one that AWS gives"),
            ("kid", json!("a".repeat(65)), "is not one that AWS gives"),
            ("signer", json!("arn:theirs"), "the token's signer is `arn:theirs`; expected `arn:ours`"),
            ("client", json!("other"), "the token's client is `other`; expected `client`"),
            ("iss", json!("https://evil"), "the token's issuer is `https://evil`; expected `https://pool`"),
            ("exp", json!(NOW), "the token expired 0 s ago"),
            ("exp", json!(NOW - 5), "the token expired 5 s ago"),
            ("exp", json!("later"), "its header is not understood"),
        ] {
            let mut header = header();
            header[field] = value;
            let doubt = check(&sign(&header, &json!({}), &key(1))).unwrap_err();
            assert!(doubt.contains(reason), "{field}: {doubt}");
        }
    }

    #[test]
    fn a_forged_or_changed_token_is_not_believed() {
        let wrong = "the signature does not fit the token";
        assert_eq!(check(&sign(&header(), &json!({ "sub": "x" }), &key(2))).unwrap_err(), wrong);
        let text = sign(&header(), &json!({ "sub": "x" }), &key(1));
        let (head, rest) = text.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let other = BASE64.encode(json!({ "sub": "admin" }).to_string());
        assert_eq!(check(&format!("{head}.{other}.{signature}")).unwrap_err(), wrong);
    }

    #[test]
    fn noise_is_not_a_token() {
        for noise in ["", ".", "..", "a.b", "a.b.c", "é.é.é", "e30=.e30=.", "e30=.W10=.AAAA"] {
            assert!(check(noise).unwrap_err().starts_with("the token is malformed"), "{noise}");
        }
    }

    #[test]
    fn without_expectations_any_balancer_will_do() {
        let mut stranger = header();
        stranger["signer"] = json!("arn:theirs");
        let text = sign(&stranger, &json!({}), &key(1));
        let lenient = Settings::from_env(|_| None).unwrap();
        assert_eq!(Token::parse(&text).unwrap().plausible(&lenient, NOW), Ok(KEY_ID));
    }
}
