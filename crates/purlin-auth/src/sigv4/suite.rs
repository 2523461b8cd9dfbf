//! AWS's test suite of signatures, every case for headers: facts from `tests/aws-signing-test-suite/v4` of
//! <https://github.com/awslabs/aws-c-auth> (Apache-2.0), and what differs by service.

use std::time::{Duration, SystemTime};

use http::{HeaderName, Request};
use serde_json::Value;

use super::{Payload, Signer, Style, letter};
use crate::identity_pool::AwsCredentials;

fn example(session_token: Option<&str>) -> AwsCredentials {
    AwsCredentials {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        session_token: session_token.map(Into::into),
        expires_at: None,
    }
}

/// 2015-08-30T12:36:00Z.
fn suite_time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_mins(24_015_636)
}

#[test]
fn signatures_are_those_of_awss_test_suite() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../tests/auth/vectors/sigv4.json")).unwrap();
    assert_eq!(rows.len(), 38);
    for row in &rows {
        let text = |name: &str| row[name].as_str().unwrap();
        let (path, has_spaces) = (text("path").replace(' ', "%20"), text("path").contains(' '));
        let normalizes = row["normalize"] == true;
        let style = Style {
            // The suite encodes the path as it is written there, once.
            encodes_once: !normalizes || has_spaces,
            normalizes,
            payload: if row["sign_body"] == true { Payload::HashHeader } else { Payload::Hash },
            token_after: row["token_after"] == true,
            token_header: None,
        };
        let session = row["token"].as_str();
        let address = format!("https://example.amazonaws.com{path}");
        let mut request = Request::builder().method(text("method")).uri(address);
        for header in row["headers"].as_array().unwrap() {
            let (name, value) = header.as_str().unwrap().split_once(": ").unwrap();
            request = request.header(name.parse::<HeaderName>().unwrap(), value);
        }
        let request = request.body(text("body").as_bytes().to_vec()).unwrap();
        let suite = Signer::new("us-east-1", "service");
        let signed = suite.sign_as(style, request, &example(session), suite_time()).unwrap();
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, Signature={}",
            text("signed"),
            text("signature"),
        );
        assert_eq!(signed.headers()["authorization"], expected, "{}", text("name"));
        assert_eq!(signed.headers()["x-amz-date"], "20150830T123600Z");
        let token = signed.headers().get("x-amz-security-token").map(|token| token.to_str().unwrap());
        assert_eq!(token, session, "{}", text("name"));
    }
}

/// A canonical request, hashed and signed by an implementation of its own: AWS's description, not its signer.
fn by_hand(service: &str, canonical: &str) -> String {
    let hex = |bytes: &[u8]| -> String {
        bytes
            .iter()
            .flat_map(|byte| [letter(byte >> 4), letter(byte & 15)])
            .map(|letter| letter.to_ascii_lowercase())
            .collect()
    };
    let sign = |key: &[u8], text: &str| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        ring::hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    };
    let hash = hex(ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes()).as_ref());
    let scope = format!("20150830/us-east-1/{service}/aws4_request");
    let mut key = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec();
    for part in ["20150830", "us-east-1", service, "aws4_request"] {
        key = sign(&key, part);
    }
    hex(&sign(&key, &format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{hash}")))
}

#[test]
fn services_are_signed_as_they_need_it() {
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const HASH: &[&str] = &["x-amz-content-sha256"];
    // Service, host, path as sent, canonical path, headers that are signed too, and the value of the first.
    for (service, host, path, canonical, more, value) in [
        ("s3", "b.s3.us-east-1.amazonaws.com", "/a%20b", "/a%20b", HASH, EMPTY),
        ("s3", "b.s3.us-east-1.amazonaws.com", "/a//b/./c/../d", "/a//b/./c/../d", HASH, EMPTY),
        ("s3", "b.s3.us-east-1.amazonaws.com", "/a+b=(c)@d", "/a%2Bb%3D%28c%29%40d", HASH, EMPTY),
        ("s3", "b.s3.us-east-1.amazonaws.com", "/%c3%a9%7Ex%2525", "/%C3%A9~x%2525", HASH, EMPTY),
        ("s3", "b.s3.us-east-1.amazonaws.com", "/é100%", "/%C3%A9100%25", HASH, EMPTY),
        ("s3", "b.s3.us-east-1.amazonaws.com", "", "/", HASH, EMPTY),
        ("s3-outposts", "x.s3-outposts.us-east-1.amazonaws.com", "/a%20b", "/a%20b", HASH, EMPTY),
        ("s3-object-lambda", "x.s3-object-lambda.us-east-1.amazonaws.com", "/a//b", "/a//b", HASH, EMPTY),
        (
            "s3express",
            "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
            "/a%20b",
            "/a%20b",
            &["x-amz-content-sha256", "x-amz-s3session-token"],
            EMPTY,
        ),
        (
            "s3express",
            "s3express-control.us-east-1.amazonaws.com",
            "/b",
            "/b",
            &["x-amz-content-sha256", "x-amz-security-token"],
            EMPTY,
        ),
        ("aoss", "x.us-east-1.aoss.amazonaws.com", "/a%20b/../c", "/c", HASH, EMPTY),
        ("vpc-lattice-svcs", "x.vpc-lattice-svcs.us-east-1.on.aws", "/a%20b", "/a%2520b", HASH, "UNSIGNED-PAYLOAD"),
        ("execute-api", "x.execute-api.us-east-1.amazonaws.com", "/a%20b//c", "/a%2520b/c", &[], EMPTY),
    ] {
        let session = (more.len() > 1).then_some("token");
        let request = Request::get(format!("https://{host}{path}")).body(Vec::new()).unwrap();
        let signed = Signer::new("us-east-1", service).sign_at(request, &example(session), suite_time()).unwrap();
        let mut lines = vec![format!("host:{host}"), "x-amz-date:20150830T123600Z".to_owned()];
        for name in more {
            let expected = if name.ends_with("sha256") { value } else { "token" };
            assert_eq!(signed.headers()[*name], expected, "{service}");
            lines.push(format!("{name}:{expected}"));
        }
        lines.sort();
        let names: Vec<&str> = lines.iter().filter_map(|line| line.split(':').next()).collect();
        let names = names.join(";");
        let request = format!("GET\n{canonical}\n\n{}\n\n{names}\n{value}", lines.join("\n"));
        let expected = format!("SignedHeaders={names}, Signature={}", by_hand(service, &request));
        let found = signed.headers()["authorization"].to_str().unwrap();
        assert!(found.ends_with(&expected), "{service} {path}: {found} instead of {expected}");
    }
}

#[test]
fn a_session_of_s3_express_is_created_with_credentials_of_iam() {
    for (query, header, other) in [
        ("?session", "x-amz-security-token", "x-amz-s3session-token"),
        ("?session=&x=y", "x-amz-security-token", "x-amz-s3session-token"),
        ("?sessions", "x-amz-s3session-token", "x-amz-security-token"),
    ] {
        let address = format!("https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/{query}");
        let request = Request::get(address).body(Vec::new()).unwrap();
        let express = Signer::new("us-east-1", "s3express");
        let request = express.sign_at(request, &example(Some("token")), suite_time()).unwrap();
        assert_eq!(request.headers()[header], "token", "{query}");
        assert!(!request.headers().contains_key(other), "{query}");
    }
}

#[test]
fn headers_that_change_on_the_way_are_not_signed() {
    let mut request = Request::get("https://example.amazonaws.com/").body(Vec::new()).unwrap();
    for name in
        ["connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-a"]
    {
        request.headers_mut().insert(name, "x".parse().unwrap());
    }
    let signed = Signer::api("us-east-1").sign_at(request, &example(None), suite_time()).unwrap();
    let found = signed.headers()["authorization"].to_str().unwrap();
    assert!(found.contains("SignedHeaders=host;x-a;x-amz-date,"), "{found}");
    assert_eq!(signed.headers()["connection"], "x");
}

#[test]
fn a_given_content_hash_is_used_or_refused() {
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    for service in ["s3", "execute-api"] {
        for (given, expected) in [
            (hello, Ok(hello)),
            (&hello.to_uppercase(), Ok(hello)),
            ("UNSIGNED-PAYLOAD", Ok("UNSIGNED-PAYLOAD")),
            ("unsigned-payload", Err("the SHA-256 of the body, or `UNSIGNED-PAYLOAD`")),
            ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Err("the SHA-256 of the body")),
            ("", Err("the SHA-256 of the body")),
            (&hello.replace('2', "3"), Err("the SHA-256 of the body")),
        ] {
            let request = Request::put("https://b.s3.us-east-1.amazonaws.com/k").header("x-amz-content-sha256", given);
            let request = request.body(b"hello".to_vec()).unwrap();
            let signed = Signer::new("us-east-1", service).sign_at(request, &example(None), suite_time());
            match (signed, expected) {
                (Ok(signed), Ok(value)) => {
                    assert_eq!(signed.headers()["x-amz-content-sha256"], value);
                    let canonical = format!(
                        "PUT\n/k\n\nhost:b.s3.us-east-1.amazonaws.com\nx-amz-content-sha256:{value}\n\
                         x-amz-date:20150830T123600Z\n\nhost;x-amz-content-sha256;x-amz-date\n{value}"
                    );
                    let found = signed.headers()["authorization"].to_str().unwrap();
                    assert!(found.ends_with(&by_hand(service, &canonical)), "{service} {given}");
                }
                (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
                (found, _) => panic!("{service} `{given}`: {found:?}"),
            }
        }
    }
}

#[test]
fn what_cannot_be_signed_is_an_error() {
    let get = |address: &str| Request::get(address).body(Vec::new()).unwrap();
    let good = || get("https://example.amazonaws.com/");
    let key = |id: &str, secret: &str, token: Option<&str>| AwsCredentials {
        access_key_id: id.into(),
        secret_access_key: secret.into(),
        session_token: token.map(Into::into),
        expires_at: None,
    };
    let with_headers = |count: usize| {
        let mut request = good();
        for _ in 0..count {
            request.headers_mut().append("x-a", "b".parse().unwrap());
        }
        request
    };
    let years = |years: u64| Duration::from_secs(years * 365 * 24 * 3600);
    let now = suite_time();
    let api = || Signer::api("us-east-1");
    for (signer, request, credentials, time, expected) in [
        (api(), get("/prod/x"), example(None), now, "the address `/prod/x` has no host or no path"),
        (api(), get("*"), example(None), now, "has no host or no path"),
        (api(), get("example.amazonaws.com:443"), example(None), now, "has no host or no path"),
        (api(), get("https://u:p@example.amazonaws.com/"), example(None), now, "leave out what is before `@`"),
        (api(), good(), key("AKIDEXAMPLE\n", "s", None), now, "the access key id has `\\n` in it"),
        (api(), good(), key("AKID\r\nX: y", "s", None), now, "the access key id has `\\r` in it"),
        (api(), good(), key("AKIDÉ", "s", None), now, "the access key id has `É` in it"),
        (api(), good(), key("AKID/x", "s", None), now, "has letters and digits"),
        (api(), good(), key("", "s", None), now, "the access key id is empty"),
        (api(), good(), key("AKID", "s\n", None), now, "the secret access key has `\\n` in it"),
        (api(), good(), key("AKID", "", None), now, "the secret access key is empty"),
        (api(), good(), key("AKID", "s", Some("t\n")), now, "the session token has `\\n` in it"),
        (Signer::api("eu-west-1\n"), good(), example(None), now, "`eu-west-1\\n` is not the name of a region"),
        (Signer::api(""), good(), example(None), now, "`` is not the name of a region"),
        (Signer::new("é", "s3"), good(), example(None), now, "not the name of a region"),
        (Signer::new("eu-west-1", "s3/x"), good(), example(None), now, "`s3/x` is not the name of a service"),
        (Signer::new("eu-west-1", "s3-express"), good(), example(None), now, "is `s3express`"),
        (api(), good(), example(None), SystemTime::UNIX_EPOCH - years(1), "before 1970"),
        (api(), good(), example(None), SystemTime::UNIX_EPOCH - years(1970), "before 1970"),
        (api(), good(), example(None), SystemTime::UNIX_EPOCH - years(50_000), "before 1970"),
        (api(), good(), example(None), now + years(8000), "after 9999"),
        (api(), good(), example(None), now + years(500_000), "after 9999"),
        (api(), with_headers(30_000), example(None), now, "it has 30000 headers"),
    ] {
        let error = signer.sign_at(request, &credentials, time).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}: {expected}");
    }
    // At the limits requests are signed, and an empty session token is none.
    let request = get("/prod/x");
    let (mut parts, body) = request.into_parts();
    parts.headers.insert("host", "example.amazonaws.com".parse().unwrap());
    assert!(api().sign_at(Request::from_parts(parts, body), &example(None), now).is_ok());
    assert!(api().sign_at(with_headers(1000), &example(None), SystemTime::UNIX_EPOCH).is_ok());
    let mut huge = good();
    huge.headers_mut().insert("x-a", "b".repeat(1 << 20).parse().unwrap());
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    let signed = api().sign_at(huge, &example(Some("")), last).unwrap();
    assert_eq!(signed.headers()["x-amz-date"], "99991231T235959Z");
    assert!(!signed.headers().contains_key("x-amz-security-token"));
}
