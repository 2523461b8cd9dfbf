//! Answers of token endpoints, browsers and identity pools in every form that RFCs allow, and in forms that nothing allows.

use std::time::Duration;

use purlin_auth::{
    ExposeSecret as _, HttpError, IdentityError, IdentityPool, OAuthClient, OAuthError, OAuthErrorCode, PendingLogin,
    Tokens,
};
use serde_json::{Value, json};

use crate::keys::{CLIENT, ISSUER, unpadded};
use crate::server::Server;

fn client(server: &Server) -> OAuthClient {
    OAuthClient::new(server.base().clone().into(), CLIENT)
}

async fn refresh(answer: impl Into<String>) -> Result<Tokens, OAuthError> {
    let answer = answer.into();
    let server = Server::start(move |_| (200, answer.clone())).await;
    client(&server).refresh(&"the refresh token".into()).await
}

fn jwt(claims: &Value) -> String {
    format!("{}.{}.c2ln", unpadded(r#"{"alg":"RS256"}"#), unpadded(claims.to_string()))
}

#[tokio::test]
async fn a_lifetime_is_read_in_every_form() {
    let seconds = Duration::from_secs;
    let ten_years = seconds(10 * 365 * 24 * 3600);
    let own = jwt(&json!({ "iat": 1_700_000_000, "exp": 1_700_000_900 }));
    let backwards = jwt(&json!({ "iat": 2, "exp": 1 }));
    for (token, member, expected) in [
        ("a", r#","expires_in":3600"#, seconds(3600)),
        ("a", r#","expires_in":0"#, seconds(0)),
        ("a", r#","expires_in":"3600""#, seconds(3600)),
        ("a", r#","expires_in":" 3600 ""#, seconds(3600)),
        ("a", r#","expires_in":3599.6"#, seconds(3599)),
        ("a", r#","expires_in":"3599.6""#, seconds(3599)),
        ("a", r#","expires_in":3.6e3"#, seconds(3600)),
        // Unknown: what the token itself says, or the shortest that Cognito offers.
        ("a", "", seconds(300)),
        ("a", r#","expires_in":null"#, seconds(300)),
        ("a", r#","expires_in":"""#, seconds(300)),
        ("a", r#","expires_in":"an hour""#, seconds(300)),
        ("a", r#","expires_in":"NaN""#, seconds(300)),
        ("a", r#","expires_in":true"#, seconds(300)),
        ("a", r#","expires_in":[3600]"#, seconds(300)),
        (&own, "", seconds(900)),
        (&own, r#","expires_in":60"#, seconds(60)),
        (&backwards, "", seconds(300)),
        // More than a clock can count.
        ("a", r#","expires_in":18446744073709551615"#, ten_years),
        ("a", r#","expires_in":99999999999999999999999"#, ten_years),
        ("a", r#","expires_in":1e300"#, ten_years),
        ("a", r#","expires_in":"inf""#, ten_years),
        (&jwt(&json!({ "iat": 0, "exp": u64::MAX })), "", ten_years),
    ] {
        let answer = format!(r#"{{"access_token":"{token}","token_type":"Bearer","unknown":{{"a":[1]}}{member}}}"#);
        let tokens = refresh(answer).await.unwrap();
        assert_eq!(tokens.expires_in, expected, "{member}");
        assert!(tokens.id.is_none() && tokens.refresh.is_none() && tokens.scopes.is_none());
    }
}

#[tokio::test]
async fn granted_scopes_are_read() {
    for (member, expected) in [
        (r#","scope":"openid a/b""#, Some(vec!["openid", "a/b"])),
        (r#","scope":"  a/b ""#, Some(vec!["a/b"])),
        (r#","scope":"""#, Some(vec![])),
        (r#","scope":null"#, None),
        ("", None),
    ] {
        let tokens = refresh(format!(r#"{{"access_token":"a","token_type":"bearer"{member}}}"#)).await.unwrap();
        let found =
            tokens.scopes.map(|scopes| scopes.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(found, expected.map(|scopes| scopes.into_iter().map(str::to_owned).collect()), "{member}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    for (answer, reason) in [
        (r#"["a",null,null,3600,"Bearer"]"#, "it has no tokens"),
        (r#"[{"access_token":"a","token_type":"Bearer"}]"#, "it has no tokens"),
        (r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#, "it has no tokens"),
        (r#"{"access_token":"","token_type":"Bearer"}"#, "it has no tokens"),
        (r#"{"access_token":null,"token_type":"Bearer"}"#, "it has no tokens"),
        (r#"{"access_token":["a"],"token_type":"Bearer"}"#, "it has no tokens"),
        (r#"{"access_token":"a\nb","token_type":"Bearer"}"#, "is not visible ASCII"),
        (r#"{"access_token":"é","token_type":"Bearer"}"#, "is not visible ASCII"),
        (r#"{"access_token":"a"}"#, "not of type `Bearer`"),
        (r#"{"access_token":"a","token_type":null}"#, "not of type `Bearer`"),
        (r#"{"access_token":"a","token_type":"DPoP"}"#, "not of type `Bearer`"),
        (r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#, "`expires_in` is negative"),
        (r#"{"access_token":"a","token_type":"Bearer""#, "it has no tokens"),
        ("null", "it has no tokens"),
        ("\"a\"", "it has no tokens"),
        ("", "it has no tokens"),
    ] {
        let error = refresh(answer).await.unwrap_err();
        assert!(error.to_string().contains(reason) && !error.is_transient(), "{answer}: {error}");
    }
}

#[tokio::test]
async fn a_machine_keeps_a_token_of_any_lifetime() {
    for lifetime in ["18446744073709551615", "\"3600\"", "null"] {
        let answer = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{lifetime}}}"#);
        let server = Server::start(move |_| (200, answer.clone())).await;
        let tokens = client(&server).client_credentials(["", "a/b", " "]);
        for _ in 0..3 {
            assert_eq!(tokens.token().await.unwrap().expose_secret(), "a");
        }
        assert_eq!(server.count(), 1, "{lifetime}");
        assert!(server.asked()[0].body.ends_with("&scope=a%2Fb"), "{}", server.asked()[0].body);
    }
    let server = Server::start(|_| (200, String::new())).await;
    let login = client(&server).login("http://localhost/").scope("").scope("openid").begin().unwrap();
    assert!(login.url.ends_with("&scope=openid"), "{}", login.url);
}

#[tokio::test]
async fn a_refusal_keeps_its_code() {
    for (body, code, text) in [
        (r#"{"error":"invalid_grant","error_description":null}"#, Some(OAuthErrorCode::InvalidGrant), ""),
        (r#"{"error":"invalid_grant","error_description":["x"]}"#, Some(OAuthErrorCode::InvalidGrant), ""),
        (r#"{"error":"invalid_grant","error_description":7}"#, Some(OAuthErrorCode::InvalidGrant), ""),
        (r#"{"error":"invalid_grant","error_description":"why"}"#, Some(OAuthErrorCode::InvalidGrant), "(why)"),
        (r#"{"error":"invalid_scope","error_uri":{},"x":1}"#, Some(OAuthErrorCode::InvalidScope), ""),
        (r#"["invalid_grant",null]"#, None, "status 400"),
        (r#"{"error":["invalid_grant"]}"#, None, "status 400"),
        (r#"{"error":null}"#, None, "status 400"),
    ] {
        let server = Server::start(move |_| (400, body.to_owned())).await;
        let error = client(&server).refresh(&"t".into()).await.unwrap_err();
        assert_eq!(error.code(), code.as_ref(), "{body}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

fn pending(state: &str, nonce: &str, verifier: &str) -> PendingLogin {
    PendingLogin::restore(state.into(), nonce.into(), verifier.into(), "http://localhost/callback")
}

#[tokio::test]
async fn a_login_that_was_not_kept_does_not_finish() {
    let server = Server::start(|_| (200, String::new())).await;
    for (state, nonce, verifier, part) in
        [("", "", "", "state"), ("", "n", "v", "state"), ("s", "", "v", "nonce"), ("s", "n", "", "verifier")]
    {
        let query = format!("code=x&state={state}");
        let error = client(&server).finish(pending(state, nonce, verifier), &query).await.unwrap_err();
        assert_eq!(error, OAuthError::Pending(part));
        assert!(error.to_string().contains("start the login again"));
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_browser_returns_from_the_issuer_of_the_login() {
    let server = Server::start(|_| (200, r#"{"access_token":"a","token_type":"Bearer"}"#.to_owned())).await;
    let issuer = |text: &str| Err(OAuthError::Issuer(text.to_owned()));
    let own = server.base().to_string();
    let updated = ISSUER.replace("cognito-idp", "issuer-cognito-idp");
    let plain = client(&server);
    let bound = client(&server).issuer(ISSUER).issuer(&updated);
    let other = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other";
    for (client, query, expected) in [
        (&plain, "code=x&state=s".to_owned(), Ok(())),
        (&plain, format!("code=x&state=s&iss={own}"), Ok(())),
        (&plain, format!("code=x&state=s&iss={ISSUER}"), Ok(())),
        (&plain, "code=x&state=s&iss=https://evil.example".to_owned(), issuer("https://evil.example")),
        (&plain, "code=x&state=s&iss=".to_owned(), issuer("")),
        (&bound, format!("code=x&state=s&iss={ISSUER}"), Ok(())),
        (&bound, format!("code=x&state=s&iss={updated}"), Ok(())),
        (&bound, "code=x&state=s".to_owned(), Ok(())),
        (&bound, format!("code=x&state=s&iss={other}"), issuer(other)),
        (&bound, format!("code=x&state=s&iss={own}"), issuer(&own)),
        (&bound, format!("code=x&state=s&iss={ISSUER}/"), issuer(&format!("{ISSUER}/"))),
        // Also of a refusal.
        (&bound, format!("error=access_denied&state=s&iss={other}"), issuer(other)),
        (
            &bound,
            format!("code=x&state=s&iss={ISSUER}&iss={ISSUER}"),
            Err(OAuthError::Callback("a parameter occurs twice")),
        ),
        (&plain, "code=%ff&state=s".to_owned(), Err(OAuthError::Callback("its `code` is not visible ASCII"))),
        (&plain, "code=a%0Ab&state=s".to_owned(), Err(OAuthError::Callback("its `code` is not visible ASCII"))),
        (&plain, "code=%00&state=s".to_owned(), Err(OAuthError::Callback("its `code` is not visible ASCII"))),
        (&plain, "code=x&state=%ff".to_owned(), Err(OAuthError::State)),
    ] {
        let found = client.finish(pending("s", "n", "v"), &query).await.map(drop);
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn an_id_with_a_colon_is_not_sent_with_a_secret() {
    let server = Server::start(|_| (200, r#"{"access_token":"a","token_type":"Bearer"}"#.to_owned())).await;
    let client = OAuthClient::new(server.base().clone().into(), "a:b");
    assert!(client.refresh(&"t".into()).await.is_ok());
    let error = client.secret("s".into()).refresh(&"t".into()).await.unwrap_err();
    assert_eq!(error, OAuthError::ClientId("a:b".into()));
    assert_eq!(server.count(), 1);
}

const POOL: &str = "eu-west-1:01234567-89ab-cdef-0123-456789abcdef";

async fn guest(status: u16, body: &str) -> IdentityError {
    let body = body.to_owned();
    let service = Server::start(move |_| (status, body.clone())).await;
    IdentityPool::new(POOL).unwrap().endpoint(service.base().clone()).guest().await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_of_an_identity_pool_keeps_its_code() {
    for (body, code, message) in [
        (r#"{"__type":"TooManyRequestsException","message":"m"}"#, "TooManyRequestsException", "m"),
        (r#"{"__type":"TooManyRequestsException","message":null}"#, "TooManyRequestsException", ""),
        (r#"{"__type":"TooManyRequestsException","message":null,"Message":"M"}"#, "TooManyRequestsException", "M"),
        (r#"{"__type":"TooManyRequestsException","message":"m","Message":"M"}"#, "TooManyRequestsException", "m"),
        (r#"{"__type":"TooManyRequestsException","message":7}"#, "TooManyRequestsException", ""),
        (r#"{"__type":"a.b#TooManyRequestsException:http://x/#y"}"#, "TooManyRequestsException", ""),
        (r#"{"__type":"TooManyRequestsException:http://x/","message":"m"}"#, "TooManyRequestsException", "m"),
        (r#"{"code":"TooManyRequestsException"}"#, "TooManyRequestsException", ""),
        (r#"{"__type":"com.amazonaws.cognito#NotAuthorizedException:http://x/"}"#, "NotAuthorizedException", ""),
    ] {
        let error = guest(400, body).await;
        let expected = IdentityError::Refused { code: code.into(), message: message.into() };
        assert_eq!(error, expected, "{body}");
        assert_eq!(error.is_transient(), code.starts_with("TooMany"));
        assert!(!error.to_string().contains("()"), "{error}");
    }
    for body in
        [r#"["NotAuthorizedException","m"]"#, r#"{"message":"m"}"#, r#"{"__type":""}"#, r#"{"__type":7}"#, "<html>"]
    {
        assert!(matches!(guest(400, body).await, IdentityError::Http(HttpError::Status { status: 400, .. })), "{body}");
    }
    for body in [r#"["eu-west-1:x"]"#, r#"{"IdentityId":""}"#, r#"{"IdentityId":["x"]}"#, "", "<html>"] {
        let error = guest(200, body).await;
        assert!(error.to_string().ends_with("did not answer with an identity or credentials"), "{body}: {error}");
    }
}

#[tokio::test]
async fn credentials_are_read_by_name() {
    for (credentials, expected) in [
        (
            json!({ "AccessKeyId": "A", "SecretKey": "s", "SessionToken": "t", "Expiration": 1.7e9, "X": [] }),
            Some(1_700_000_000),
        ),
        (json!({ "AccessKeyId": "A", "SecretKey": "s", "SessionToken": "t", "Expiration": "soon" }), Some(0)),
        (json!({ "AccessKeyId": "A", "SecretKey": "s", "SessionToken": "t", "Expiration": 1e300 }), Some(0)),
        (json!({ "AccessKeyId": "A", "SecretKey": "s", "SessionToken": null }), None),
        (json!({ "AccessKeyId": "", "SecretKey": "s", "SessionToken": "t" }), None),
        (json!(["A", "s", "t", 1]), None),
        (json!(null), None),
    ] {
        let answer = json!({ "IdentityId": "eu-west-1:x", "Credentials": credentials }).to_string();
        let service = Server::start(move |_| (200, answer.clone())).await;
        let found = IdentityPool::new(POOL).unwrap().endpoint(service.base().clone()).guest().await;
        let found = found.ok().map(|found| found.expires_at.unwrap_or(0));
        assert_eq!(found, expected, "{credentials}");
    }
}
