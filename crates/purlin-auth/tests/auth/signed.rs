//! Credentials of an identity pool, and requests signed with them.

use std::time::{Duration, SystemTime};

use http::Request;
use purlin_auth::{AwsCredentials, ExposeSecret as _, IdentityError, IdentityPool, Signer};
use serde_json::{Value, json};

use crate::server::{Asked, Server};

const POOL: &str = "eu-west-1:01234567-89ab-cdef-0123-456789abcdef";

async fn service() -> Server {
    Server::start(|asked: &Asked| {
        let answer = if asked.headers.contains("AWSCognitoIdentityService.GetId") {
            json!({ "IdentityId": "eu-west-1:an-identity" })
        } else {
            json!({ "IdentityId": "eu-west-1:an-identity", "Credentials": {
                "AccessKeyId": "ASIAEXAMPLE", "SecretKey": "not a real key", "SessionToken": "not a real token",
                "Expiration": 1.700_003_6e9,
            } })
        };
        (200, answer.to_string())
    })
    .await
}

fn bodies(server: &Server) -> Vec<Value> {
    server.asked().iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect()
}

#[tokio::test]
async fn a_guest_and_a_user_get_credentials() {
    let service = service().await;
    let pool = IdentityPool::new(POOL).unwrap().endpoint(service.base().clone());
    let guest = pool.guest().await.unwrap();
    assert_eq!(guest.access_key_id, "ASIAEXAMPLE");
    assert_eq!(guest.secret_access_key.expose_secret(), "not a real key");
    assert_eq!(guest.expires_at, Some(1_700_003_600));
    assert!(!format!("{guest:?}").contains("not a real"), "{guest:?}");
    assert_eq!(bodies(&service), [json!({ "IdentityPoolId": POOL }), json!({ "IdentityId": "eu-west-1:an-identity" })]);

    let provider = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
    pool.signed_in(provider, &"the id token".into()).await.unwrap();
    let logins = json!({ provider: "the id token" });
    assert_eq!(
        bodies(&service)[2..],
        [
            json!({ "IdentityPoolId": POOL, "Logins": logins }),
            json!({ "IdentityId": "eu-west-1:an-identity", "Logins": logins })
        ]
    );
    assert!(service.asked()[0].headers.contains("content-type: application/x-amz-json-1.1"));
}

#[tokio::test]
async fn refusals_have_their_usual_cause() {
    for (status, body, expected) in [
        (
            400,
            r#"{"__type":"com.amazonaws#NotAuthorizedException","message":"Unauthenticated access is not supported"}"#,
            "refused with `NotAuthorizedException` (Unauthenticated access is not supported); usually: the pool allows no",
        ),
        (400, r#"{"__type":"ResourceNotFoundException"}"#, "usually: the pool is in another region"),
        (400, r#"{"__type":"InvalidIdentityPoolConfigurationException"}"#, "usually: the pool has no role"),
        (500, "", "answered with status 500"),
        (200, "{}", "did not answer with an identity or credentials"),
    ] {
        let service = Server::start(move |_| (status, body.to_owned())).await;
        let pool = IdentityPool::new(POOL).unwrap().endpoint(service.base().clone());
        let error = pool.guest().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(matches!(error, IdentityError::Refused { .. }), status == 400);
    }
    for bad in ["", "pool", "eu-west-1_AbC", "eu-west-1:", "evil.example/:1", "eu-west-1:a/b"] {
        assert!(IdentityPool::new(bad).is_err(), "{bad}");
    }
}

/// The example credentials of AWS's documentation and test suite.
fn example(session_token: Option<&str>) -> AwsCredentials {
    AwsCredentials {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        session_token: session_token.map(Into::into),
        expires_at: None,
    }
}

/// 2015-08-30T12:36:00Z, the time of AWS's test suite.
fn suite_time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_mins(24_015_636)
}

const SESSION: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoI\
                       YRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSX\
                       Dvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8f\
                       POLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

/// Name, method, address, header, body, session token, signed headers, signature, from AWS's Signature Version 4 test
/// suite, `aws-sig-v4-test-suite`.
type Vector = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
);

const SUITE: [Vector; 8] = [
    (
        "get-vanilla",
        "GET",
        "/",
        None,
        "",
        None,
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        "get-vanilla-query-order-key-case",
        "GET",
        "/?Param2=value2&Param1=value1",
        None,
        "",
        None,
        "host;x-amz-date",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-unreserved",
        "GET",
        "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        None,
        "",
        None,
        "host;x-amz-date",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    (
        "post-vanilla",
        "POST",
        "/",
        None,
        "",
        None,
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    (
        "post-header-key-sort",
        "POST",
        "/",
        Some(("My-Header1", "value1")),
        "",
        None,
        "host;my-header1;x-amz-date",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    (
        "post-header-value-case",
        "POST",
        "/",
        Some(("My-Header1", "VALUE1")),
        "",
        None,
        "host;my-header1;x-amz-date",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    (
        "post-x-www-form-urlencoded",
        "POST",
        "/",
        Some(("Content-Type", "application/x-www-form-urlencoded")),
        "Param1=value1",
        None,
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    (
        "post-sts-header-before",
        "POST",
        "/",
        None,
        "",
        Some(SESSION),
        "host;x-amz-date;x-amz-security-token",
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
];

#[test]
fn signatures_are_those_of_awss_test_suite() {
    let suite = Signer::new("us-east-1", "service");
    for (name, method, path, header, body, session, headers, signature) in SUITE {
        let mut request = Request::builder().method(method).uri(format!("https://example.amazonaws.com{path}"));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(body.as_bytes().to_vec()).unwrap();
        let signed = suite.sign_at(request, &example(session), suite_time()).unwrap();
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders={headers}, Signature={signature}"
        );
        assert_eq!(signed.headers()["authorization"], expected, "{name}");
        assert_eq!(signed.headers()["x-amz-date"], "20150830T123600Z");
        assert_eq!(signed.headers().get("x-amz-security-token").map(|token| token.to_str().unwrap()), session);
    }
}

#[tokio::test]
async fn a_request_is_sent_as_signed() {
    let api = Server::start(|_| (200, "hello".to_owned())).await;
    let request = Request::get(api.base().join("/prod/require-auth?b=2&a=1")).header("x-api-key", "k");
    let signed = Signer::api("eu-west-1").sign(request.body(Vec::new()).unwrap(), &example(Some("token"))).unwrap();
    let answer = purlin_auth::Http::new().send(signed).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (200, &b"hello"[..]));
    let Asked { line, headers, .. } = api.asked().remove(0);
    assert_eq!(line, "GET /prod/require-auth?b=2&a=1");
    assert!(
        headers.contains(
            "/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token;x-api-key, "
        ),
        "{headers}"
    );
}

#[test]
fn a_header_that_is_not_text_is_an_error() {
    let value = http::HeaderValue::from_bytes(&[0xff]).unwrap();
    let request = Request::get("https://example.amazonaws.com/").header("x-a", value).body(Vec::new()).unwrap();
    let error = Signer::api("eu-west-1").sign(request, &example(None)).unwrap_err();
    assert_eq!(error.to_string(), "the request cannot be signed: the header `x-a` is not text");
}
