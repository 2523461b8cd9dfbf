//! Credentials of an identity pool, and requests signed with them.

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
