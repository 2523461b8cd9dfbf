//! Signature Version 4 for the requests of tests, as AWS documents it; independent of the SDK and of `purlin-auth`.

use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::http::encode;

/// An access key of the emulator.
#[derive(Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// The headers that sign a request to `host`. The query of `path` has to be sorted.
pub fn headers(
    key: &Key,
    scope: (&str, &str),
    method: &str,
    host: &str,
    path: &str,
    body: &str,
) -> Vec<(String, String)> {
    let (region, service) = scope;
    let (day, time) = now();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let payload = hex(&Sha256::digest(body));
    // All services but S3 encode the path once more.
    let path = if service == "s3" { path.to_owned() } else { encode(path).replace("%2F", "/") };
    let signed = format!("host:{host}\nx-amz-content-sha256:{payload}\nx-amz-date:{time}\n");
    let names = "host;x-amz-content-sha256;x-amz-date";
    let request = format!("{method}\n{path}\n{query}\n{signed}\n{names}\n{payload}");
    let credential = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{credential}\n{}", hex(&Sha256::digest(request)));
    let first = format!("AWS4{}", key.secret).into_bytes();
    let parts = [&day, region, service, "aws4_request", text.as_str()];
    let signature = hex(&parts.iter().fold(first, |secret, part| hmac(&secret, part)));
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={}/{credential}, SignedHeaders={names}, Signature={signature}", key.id);
    let headers = [("Authorization", authorization), ("X-Amz-Date", time), ("X-Amz-Content-Sha256", payload)];
    headers.map(|(name, value)| (name.to_owned(), value)).into()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut block = [0; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// The SHA-256 of a text.
pub fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The day as `20261201`, and the time as `20261201T130000Z`.
fn now() -> (String, String) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_secs();
    let (second, days) = (since % 86_400, since / 86_400);
    let mut rest = days;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while rest >= 365 + u64::from(leap(year)) {
        rest -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    let day = format!("{year:04}{month:02}{:02}", rest + 1);
    let time = format!("{day}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60);
    (day, time)
}
