//! Takes signed tokens apart and checks their signatures. The strict half of RFC 7515: what no issuer of ours writes is
//! refused rather than interpreted. The cryptography is ring's.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::{Map, Value};

use crate::error::{TokenError, shown};
use crate::json;

/// The largest token that is looked at, in bytes. Servers and balancers refuse larger headers anyway.
pub const LARGEST_TOKEN: usize = 32 * 1024;

/// Header fields that bring a key, point to one, or change what is signed.
const REFUSED: [&str; 8] = ["crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "x5t"];

const UNPADDED: GeneralPurpose = engine(DecodePaddingMode::RequireNone);
/// Balancers pad their base64, which RFC 7515 forbids, and sign it as it stands.
const PADDED_OR_NOT: GeneralPurpose = engine(DecodePaddingMode::Indifferent);

const fn engine(padding: DecodePaddingMode) -> GeneralPurpose {
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(padding))
}

/// What is told apart before any key is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Balancers: ECDSA on P-256 with SHA-256, r and s of 32 bytes each; base64 with padding.
    Es256,
    /// User pools: RSA PKCS #1 v1.5 with SHA-256; base64 as it should be.
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

/// A token, taken apart and not yet believed.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes a token apart that has to be signed with `algorithm`.
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

    /// The id of the key that is said to have signed.
    pub(crate) fn key_id(&self) -> Result<&str, TokenError> {
        text_of(&self.header, "kid")
    }

    /// Whether the owner of the key signed exactly this.
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

/// A key by its algorithm: one is never taken for another.
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
    /// A P-256 key from a PEM file, as balancers publish theirs.
    pub(crate) fn p256_from_pem(pem: &[u8]) -> Option<Self> {
        use rustls_pki_types::SubjectPublicKeyInfoDer;
        use rustls_pki_types::pem::PemObject as _;

        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok()?;
        let point = der.strip_prefix(&P256_PREFIX[..])?;
        (point.len() == P256_POINT && point[0] == 4).then(|| Self::P256(point.to_vec()))
    }

    /// An RSA key for RS256 from a JSON Web Key, and its id. Keys for anything else are none.
    pub(crate) fn rsa_from_jwk(jwk: &Value) -> Option<(String, Self)> {
        let text = |name: &str| jwk.get(name)?.as_str();
        let says_or_not = |name: &str, value: &str| jwk.get(name).is_none_or(|found| found == value);
        if text("kty")? != "RSA" || !says_or_not("use", "sig") || !says_or_not("alg", "RS256") {
            return None;
        }
        let number = |name: &str| UNPADDED.decode(text(name)?).ok();
        // ring takes no leading zeros, which some issuers write.
        let trimmed = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        Some((text("kid")?.to_owned(), Self::Rsa { n: trimmed(number("n")?), e: trimmed(number("e")?) }))
    }
}

/// What a token says, whoever wrote it: to look at, never to believe.
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
    /// Reads a token of any algorithm without checking its signature, its times or anything else.
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
        return Err(TokenError::Malformed(format!("it has {count} parts, which dots divide; a signed token has 3")));
    };
    Ok([header, claims, signature])
}

fn decode(base64: &GeneralPurpose, part: &str, text: &str) -> Result<Vec<u8>, TokenError> {
    base64.decode(text).map_err(|_| TokenError::Malformed(format!("in its {part}: not base64 for web addresses")))
}

fn object(base64: &GeneralPurpose, part: &str, text: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = decode(base64, part, text)?;
    json::object(&bytes).map_err(|reason| TokenError::Malformed(format!("in its {part}: {reason}")))
}

/// A field that must be there and be text.
pub(crate) fn text_of<'m>(map: &'m Map<String, Value>, name: &'static str) -> Result<&'m str, TokenError> {
    match map.get(name) {
        None => Err(TokenError::Missing(name)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(TokenError::Type { claim: name, expected: "text" }),
    }
}

/// A moment in seconds since 1970, if it is there.
pub(crate) fn seconds_of(map: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TokenError> {
    let Some(value) = map.get(name) else { return Ok(None) };
    let wrong = TokenError::Type { claim: name, expected: "a number of seconds since 1970" };
    value.as_u64().map(Some).ok_or(wrong)
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
    fn a_key_is_never_taken_for_another_kind() {
        let ((rsa, rsa_key), (ec, ec_key)) = (rs256(), es256());
        assert_eq!(Token::parse(&rsa, Algorithm::Rs256).unwrap().verify(&ec_key), Err(TokenError::Signature));
        assert_eq!(Token::parse(&ec, Algorithm::Es256).unwrap().verify(&rsa_key), Err(TokenError::Signature));
        assert!(matches!(Token::parse(&ec, Algorithm::Rs256), Err(TokenError::Algorithm { .. })));
    }
}
