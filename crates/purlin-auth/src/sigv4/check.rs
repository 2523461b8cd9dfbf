//! Refuses what the signer of AWS's SDK panics on, and what no service would accept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use http::header::HOST;
use ring::digest::{SHA256, digest};
use secrecy::ExposeSecret;

use super::{Payload, SignError, letter};
use crate::error::shown;
use crate::identity_pool::AwsCredentials;

/// AWS's endpoints take 8 to 16 KiB of headers.
const MAX_HEADERS: usize = 1000;
/// The end of the year 9999: dates have four digits.
const LAST_TIME: Duration = Duration::from_secs(253_402_300_799);
const CONTENT_SHA256: &str = "x-amz-content-sha256";

fn refused<T>(why: impl Into<String>) -> Result<T, SignError> {
    Err(SignError(why.into()))
}

/// Region and service are parts of the signature's scope, which slashes divide.
pub(super) fn names(region: &str, service: &str) -> Result<(), SignError> {
    for (what, name) in [("region", region), ("service", service)] {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_name) {
            return refused(format!("`{}` is not the name of a {what}: letters, digits and dashes", shown(name)));
        }
    }
    match service {
        "s3-express" => refused("the signing name of S3 Express is `s3express`"),
        _ => Ok(()),
    }
}

/// What is not visible ASCII never fits: most often a line feed at the end, from a file or a secret of CI.
pub(super) fn credentials(credentials: &AwsCredentials) -> Result<(), SignError> {
    let token = credentials.session_token.as_ref().map(ExposeSecret::expose_secret);
    for (what, text) in [
        ("access key id", Some(credentials.access_key_id.as_str())),
        ("secret access key", Some(credentials.secret_access_key.expose_secret())),
        // Without a session it may be empty.
        ("session token", token.filter(|token| !token.is_empty())),
    ] {
        let Some(text) = text else { continue };
        if text.is_empty() {
            return refused(format!("the {what} is empty"));
        }
        if let Some(wrong) = text.chars().find(|letter| !letter.is_ascii_graphic()) {
            let wrong = wrong.escape_debug();
            return refused(format!("the {what} has `{wrong}` in it; it is visible ASCII: copy it again"));
        }
    }
    if credentials.access_key_id.contains(['/', ',', '=']) {
        return refused("the access key id has a `/`, `,` or `=` in it; it has letters and digits");
    }
    Ok(())
}

pub(super) fn time(time: SystemTime) -> Result<(), SignError> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) if since <= LAST_TIME => Ok(()),
        _ => refused("the time is before 1970 or after 9999; is this machine's clock right?"),
    }
}

pub(super) fn request(request: &Request<Vec<u8>>) -> Result<(), SignError> {
    let (address, headers) = (request.uri(), request.headers());
    if headers.len() > MAX_HEADERS {
        return refused(format!("it has {} headers; at most {MAX_HEADERS} are signed", headers.len()));
    }
    if let Some((name, _)) = headers.iter().find(|(_, value)| value.to_str().is_err()) {
        return refused(format!("the header `{name}` is not text"));
    }
    let host = address.host().filter(|host| !host.is_empty());
    let has_host = host.is_some() || headers.get(HOST).is_some_and(|host| !host.is_empty());
    // `HOST:PORT` alone has no path, nor has `*`.
    if !has_host || !address.path().starts_with('/') {
        let address = shown(&address.to_string());
        return refused(format!(
            "the address `{address}` has no host or no path; give all of it, such as `https://HOST/PATH`"
        ));
    }
    // It is not sent in `Host`, so the signature would not fit.
    if address.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return refused("the address has a user or password; leave out what is before `@`");
    }
    Ok(())
}

/// What the request itself says of its body.
pub(super) fn payload(request: &Request<Vec<u8>>) -> Result<Option<Payload>, SignError> {
    let mut given = request.headers().get_all(CONTENT_SHA256).iter();
    let (first, second) = (given.next(), given.next());
    let Some(first) = first else { return Ok(None) };
    if second.is_some() {
        return refused(format!("it has the header `{CONTENT_SHA256}` twice"));
    }
    let text = first.to_str().unwrap_or_default();
    if text == "UNSIGNED-PAYLOAD" {
        return Ok(Some(Payload::Unsigned));
    }
    let hash = digest(&SHA256, request.body());
    let hex = hash.as_ref().iter().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]);
    if hex.eq(text.chars().map(|letter| letter.to_ascii_uppercase())) {
        return Ok(Some(Payload::HashHeader));
    }
    refused(format!(
        "its header `{CONTENT_SHA256}` is `{}`; it must be the SHA-256 of the body, or `UNSIGNED-PAYLOAD`: leave it out",
        shown(text)
    ))
}
