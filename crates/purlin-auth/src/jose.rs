//! Parses signed tokens and checks their signatures. A strict subset of RFC 7515: what user pools and load balancers do not
//! write is refused. The cryptography is ring's.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::{Map, Value};

use crate::error::{TokenError, shown};
use crate::json;

/// The largest token that is read, in bytes. Servers and balancers refuse larger headers.
pub const LARGEST_TOKEN: usize = 32 * 1024;

/// Header fields that bring a key, point to one, or change what is signed.
const REFUSED: [&str; 8] = ["crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "x5t"];

const UNPADDED: GeneralPurpose = engine(DecodePaddingMode::RequireNone);
/// Balancers pad their base64, which RFC 7515 forbids, and sign it with the padding.
const PADDED_OR_NOT: GeneralPurpose = engine(DecodePaddingMode::Indifferent);

const fn engine(padding: DecodePaddingMode) -> GeneralPurpose {
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(padding))
}

/// The algorithms of the two issuers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Balancers: ECDSA on P-256 with SHA-256, r and s of 32 bytes each; base64 with padding.
    Es256,
    /// User pools: RSA PKCS #1 v1.5 with SHA-256; base64 without padding.
    Rs256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    fn base64(self) -> &'static GeneralPurpose {
        match self {
            Self::Es256 => &PADDED_OR_NOT,
            Self::Rs256 => &UNPADDED,
        }
    }
}

/// A parsed token whose signature is not verified yet.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Parses a token that must be signed with `algorithm`.
    pub(crate) fn parse(text: &'a str, algorithm: Algorithm) -> Result<Self, TokenError> {
        let [header, claims, signature] = parts(text)?;
        let base64 = algorithm.base64();
        let header = object(base64, "header", header)?;
        let found = text_of(&header, "alg")?;
        if found != algorithm.name() {
            return Err(TokenError::Algorithm { found: shown(found), expected: algorithm.name() });
        }
        if let Some(field) = REFUSED.into_iter().find(|field| header.contains_key(*field)) {
            return Err(TokenError::Header(field));
        }
        if let Some(kind) = header.get("typ")
            && !kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("jwt"))
        {
            return Err(TokenError::Type { claim: "typ", expected: "`JWT`" });
        }
        let claims = object(base64, "claims", claims)?;
        let signature = decode(base64, "signature", signature)?;
        if signature.is_empty() {
            return Err(TokenError::malformed("its signature is empty"));
        }
        let signed = &text[..text.rfind('.').expect("three parts have two dots")];
        Ok(Self { algorithm, header, claims, signed, signature })
    }

    /// The id of the signing key, from the header.
    pub(crate) fn key_id(&self) -> Result<&str, TokenError> {
        text_of(&self.header, "kid")
    }

    /// Checks the signature with a key.
    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), TokenError> {
        let message = self.signed.as_bytes();
        let verified = match (key, self.algorithm) {
            (PublicKey::Rsa { n, e }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, &self.signature)
            }
            (PublicKey::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &self.signature)
            }
            _ => return Err(TokenError::Signature),
        };
        verified.map_err(|_| TokenError::Signature)
    }
}

/// A key and its algorithm: an RSA key never verifies a token of the other algorithm, or the reverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
}

/// `SubjectPublicKeyInfo` of a P-256 key up to its point: RFC 5480.
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// An uncompressed point: a tag and two coordinates.
const P256_POINT: usize = 65;

impl PublicKey {
    /// A P-256 key from a PEM file: the form of balancers' keys.
    pub(crate) fn p256_from_pem(pem: &[u8]) -> Option<Self> {
        use rustls_pki_types::SubjectPublicKeyInfoDer;
        use rustls_pki_types::pem::PemObject as _;

        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok()?;
        let point = der.strip_prefix(&P256_PREFIX[..])?;
        (point.len() == P256_POINT && point[0] == 4).then(|| Self::P256(point.to_vec()))
    }

    /// The id and the RSA key of a JSON Web Key for RS256. `None` for other keys.
    pub(crate) fn rsa_from_jwk(jwk: &Value) -> Option<(String, Self)> {
        let text = |name: &str| jwk.get(name)?.as_str();
        let is_or_absent = |name: &str, value: &str| jwk.get(name).is_none_or(|found| found == value);
        let verifies =
            |operations: &Value| operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"));
        if text("kty")? != "RSA"
            || !is_or_absent("use", "sig")
            || !is_or_absent("alg", "RS256")
            || !jwk.get("key_ops").is_none_or(verifies)
        {
            return None;
        }
        let number = |name: &str| PADDED_OR_NOT.decode(text(name)?).ok().filter(|bytes| !bytes.is_empty());
        // ring refuses leading zeros, which some issuers write.
        let trimmed = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        Some((text("kid")?.to_owned(), Self::Rsa { n: trimmed(number("n")?), e: trimmed(number("e")?) }))
    }
}

/// The content of a token without verification: for display, never for decisions.
///
/// ```
/// let token = purlin_auth::Unverified::read("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.")?;
/// assert_eq!(token.header["alg"], "none");
/// assert_eq!(token.claims["sub"], "ada");
/// # Ok::<(), purlin_auth::TokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Unverified {
    /// The header's fields.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

impl Unverified {
    /// Reads a token of any algorithm. Checks neither signature nor times.
    pub fn read(token: &str) -> Result<Self, TokenError> {
        let [header, claims, _] = parts(token)?;
        let header = object(&PADDED_OR_NOT, "header", header)?;
        Ok(Self { header, claims: object(&PADDED_OR_NOT, "claims", claims)? })
    }
}

fn parts(text: &str) -> Result<[&str; 3], TokenError> {
    if text.len() > LARGEST_TOKEN {
        return Err(TokenError::TooLarge { size: text.len(), limit: LARGEST_TOKEN });
    }
    let mut parts = text.split('.');
    let three = [parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some(header), Some(claims), Some(signature), None] = three else {
        let count = text.split('.').count();
        return Err(TokenError::Malformed(format!("it has {count} parts between dots; a signed token has 3")));
    };
    Ok([header, claims, signature])
}

fn decode(base64: &GeneralPurpose, part: &str, text: &str) -> Result<Vec<u8>, TokenError> {
    base64.decode(text).map_err(|_| TokenError::Malformed(format!("in its {part}: not base64url")))
}

fn object(base64: &GeneralPurpose, part: &str, text: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = decode(base64, part, text)?;
    json::object(&bytes).map_err(|reason| TokenError::Malformed(format!("in its {part}: {reason}")))
}

/// A required text field.
pub(crate) fn text_of<'m>(map: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, TokenError> {
    match map.get(name) {
        None => Err(TokenError::Missing(name)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(TokenError::Type { claim: name, expected: "text" }),
    }
}

/// A time in seconds since 1970, if present, rounded down. RFC 7519, section 2, allows fractions.
pub(crate) fn seconds_of(map: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TokenError> {
    let Some(value) = map.get(name) else { return Ok(None) };
    let wrong = TokenError::Type { claim: name, expected: "a number of seconds since 1970" };
    value.as_u64().or_else(|| whole(value.as_f64()?)).map(Some).ok_or(wrong)
}

/// The whole part of a time that is not negative and exact to the second.
fn whole(seconds: f64) -> Option<u64> {
    (0.0..9e15)
        .contains(&seconds)
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
        .map(|time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Algorithm, PublicKey, Token, UNPADDED};
    use base64::Engine as _;

    use crate::error::TokenError;

    const CLAIMS: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    /// RFC 7515, appendix A.2.
    fn rs256() -> (String, PublicKey) {
        let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5ju\
                         jGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07\
                         Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipU\
                         TI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let vectors: Value = serde_json::from_str(include_str!("../tests/auth/vectors/rsa.json")).unwrap();
        let jwk = json!({ "kty": "RSA", "kid": "1", "n": vectors["rfc7515_a2"]["n"], "e": "AQAB" });
        (format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.{signature}"), PublicKey::rsa_from_jwk(&jwk).unwrap().1)
    }

    /// RFC 7515, appendix A.3.
    fn es256() -> (String, PublicKey) {
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        let point = [vec![4], UNPADDED.decode(x).unwrap(), UNPADDED.decode(y).unwrap()].concat();
        (format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.{signature}"), PublicKey::P256(point))
    }

    #[test]
    fn the_examples_of_rfc_7515_verify() {
        for ((text, key), algorithm) in [(rs256(), Algorithm::Rs256), (es256(), Algorithm::Es256)] {
            let token = Token::parse(&text, algorithm).unwrap();
            assert_eq!(token.claims["iss"], "joe");
            assert_eq!(token.verify(&key), Ok(()));
            assert_eq!(token.key_id(), Err(TokenError::Missing("kid")));
        }
    }

    #[test]
    fn a_key_verifies_tokens_of_its_algorithm_only() {
        let ((rsa, rsa_key), (ec, ec_key)) = (rs256(), es256());
        assert_eq!(Token::parse(&rsa, Algorithm::Rs256).unwrap().verify(&ec_key), Err(TokenError::Signature));
        assert_eq!(Token::parse(&ec, Algorithm::Es256).unwrap().verify(&rsa_key), Err(TokenError::Signature));
        assert!(matches!(Token::parse(&ec, Algorithm::Rs256), Err(TokenError::Algorithm { .. })));
    }
}
