//! Signs requests for AWS's APIs (Signature Version 4), with the signer of AWS's SDK.

mod check;
#[cfg(test)]
mod suite;

use std::borrow::Cow;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use http::{Request, Uri};
use secrecy::ExposeSecret as _;

use crate::identity_pool::AwsCredentials;

/// Signs requests to one service of one region.
///
/// Signatures differ by service, and follow its signing name:
///
/// | name | what differs |
/// |---|---|
/// | `s3`, `s3-outposts`, `s3-object-lambda` | the path is encoded once and stays as it is: `a//b` is a key; the header `x-amz-content-sha256` is added |
/// | `s3express` | the same; the token of a session goes into `x-amz-s3session-token` |
/// | `aoss` | the header `x-amz-content-sha256` is added |
/// | `vpc-lattice-svcs` | the body is not signed: `x-amz-content-sha256: UNSIGNED-PAYLOAD` is added |
///
/// A request that has `x-amz-content-sha256` already is signed with it: the body's SHA-256, or `UNSIGNED-PAYLOAD`.
///
/// ```no_run
/// # async fn example(credentials: purlin_auth::AwsCredentials) -> Result<(), Box<dyn std::error::Error>> {
/// use purlin_auth::{Http, Signer};
///
/// let request = http::Request::get("https://abcdef1234.execute-api.eu-west-1.amazonaws.com/prod/require-auth");
/// let request = request.header("x-api-key", "a key").body(Vec::new())?;
/// let signed = Signer::api("eu-west-1").sign(request, &credentials)?;
/// let answer = Http::new().send(signed).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    region: String,
    service: String,
}

/// A request that cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct SignError(String);

/// How a service wants its requests signed.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// The canonical path is the path encoded once. Otherwise the path as it is sent, encoded once more.
    encodes_once: bool,
    /// Dots and double slashes are taken out of the canonical path.
    normalizes: bool,
    payload: Payload,
    /// The session token is sent, and not signed.
    token_after: bool,
    /// The header of the session token, if it is not `x-amz-security-token`.
    token_header: Option<&'static str>,
}

/// What is signed of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payload {
    Hash,
    /// The hash is a header too.
    HashHeader,
    /// A header says that nothing is.
    Unsigned,
}

/// Headers that a hop on the way may change or take out: not signed. RFC 9110, section 7.6.1. The SDK leaves out others.
const PER_HOP: [&str; 8] =
    ["connection", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "upgrade"];

impl Signer {
    /// Signs requests to a service by its signing name, such as `lambda`.
    pub fn new(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { region: region.into(), service: service.into() }
    }

    /// Signs requests to APIs of API Gateway: the service `execute-api`.
    pub fn api(region: impl Into<String>) -> Self {
        Self::new(region, "execute-api")
    }

    /// The request with its signature. It is valid for 5 minutes, and for exactly this method, address, body, and these
    /// headers.
    pub fn sign(&self, request: Request<Vec<u8>>, credentials: &AwsCredentials) -> Result<Request<Vec<u8>>, SignError> {
        self.sign_at(request, credentials, SystemTime::now())
    }

    /// The same at another time than now.
    pub fn sign_at(
        &self,
        request: Request<Vec<u8>>,
        credentials: &AwsCredentials,
        time: SystemTime,
    ) -> Result<Request<Vec<u8>>, SignError> {
        check::names(&self.region, &self.service)?;
        let style = Style::of(&self.service, request.uri());
        self.sign_as(style, request, credentials, time)
    }

    fn sign_as(
        &self,
        style: Style,
        mut request: Request<Vec<u8>>,
        credentials: &AwsCredentials,
        time: SystemTime,
    ) -> Result<Request<Vec<u8>>, SignError> {
        check::credentials(credentials)?;
        check::time(time)?;
        check::request(&request)?;
        let payload = check::payload(&request)?.unwrap_or(style.payload);
        let failed = |error: &dyn std::fmt::Display| SignError(error.to_string());
        let token = credentials.session_token.as_ref().map(|token| token.expose_secret().to_owned());
        let identity = Credentials::new(
            &credentials.access_key_id,
            credentials.secret_access_key.expose_secret(),
            token.filter(|token| !token.is_empty()),
            None,
            "purlin-auth",
        )
        .into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(time)
            .settings(style.settings(payload))
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let headers = request.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = match payload {
            Payload::Unsigned => SignableBody::UnsignedPayload,
            _ => SignableBody::Bytes(request.body()),
        };
        let signable = SignableRequest::new(request.method().as_str(), style.address(request.uri()), headers, body)
            .map_err(|error| failed(&error))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| failed(&error))?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

impl Style {
    const USUAL: Self =
        Self { encodes_once: false, normalizes: true, payload: Payload::Hash, token_after: false, token_header: None };
    const S3: Self = Self { encodes_once: true, normalizes: false, payload: Payload::HashHeader, ..Self::USUAL };

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    fn of(service: &str, address: &Uri) -> Self {
        match service {
            "s3" | "s3-outposts" | "s3-object-lambda" => Self::S3,
            // Sessions are created, and buckets are managed, with credentials of IAM.
            // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>
            "s3express" => {
                let manages = address.host().is_some_and(|host| host.starts_with("s3express-control."));
                let creates = address.query().is_some_and(|query| query.split('&').any(is_session));
                let token_header = (!manages && !creates).then_some("x-amz-s3session-token");
                Self { token_header, ..Self::S3 }
            }
            // <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html>
            "aoss" => Self { payload: Payload::HashHeader, ..Self::USUAL },
            // <https://docs.aws.amazon.com/vpc-lattice/latest/ug/sigv4-authenticated-requests.html>
            "vpc-lattice-svcs" => Self { payload: Payload::Unsigned, ..Self::USUAL },
            _ => Self::USUAL,
        }
    }

    fn settings(self, payload: Payload) -> SigningSettings {
        let mut settings = SigningSettings::default();
        // An address that is encoded once is encoded here.
        if self.encodes_once {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
        }
        settings.uri_path_normalization_mode = UriPathNormalizationMode::from(self.normalizes);
        if payload != Payload::Hash {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if self.token_after {
            settings.session_token_mode = SessionTokenMode::Exclude;
        }
        settings.session_token_name_override = self.token_header;
        settings.excluded_headers.get_or_insert_default().extend(PER_HOP.map(Cow::Borrowed));
        settings
    }

    /// The address to sign. S3 decodes the path that is sent and encodes it in one way: `+` is `%2B`.
    fn address(self, address: &Uri) -> String {
        let whole = address.to_string();
        let path = address.path();
        // The first slash that is no part of `https://`.
        let start = whole.find("://").map_or(0, |at| at + 3);
        match whole[start..].find('/') {
            Some(at) if self.encodes_once && !path.is_empty() => {
                let (before, rest) = whole.split_at(start + at);
                format!("{before}{}{}", encoded_once(path), rest.strip_prefix(path).unwrap_or_default())
            }
            _ => whole,
        }
    }
}

fn is_session(parameter: &str) -> bool {
    parameter.split('=').next() == Some("session")
}

/// The path with every byte but letters, digits, `-._~` and slashes as `%XX`, whichever way it was written.
fn encoded_once(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    let mut bytes = path.as_bytes().iter();
    while let Some(byte) = bytes.next() {
        let byte = match (byte, bytes.as_slice()) {
            (b'%', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.nth(1);
                digit(*high) << 4 | digit(*low)
            }
            _ => *byte,
        };
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', letter(byte >> 4), letter(byte & 15)]);
        }
    }
    encoded
}

fn letter(half: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(half)])
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => (hex | 0x20) - b'a' + 10,
    }
}
