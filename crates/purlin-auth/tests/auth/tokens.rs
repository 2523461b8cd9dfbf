//! The token endpoint: the requests, the errors for its refusals, and that tokens are requested once.

use std::time::Duration;

use purlin_auth::{ExposeSecret as _, HttpError, OAuthClient, OAuthError, OAuthErrorCode, SecretString, Step};
use serde_json::json;

use crate::keys::CLIENT;
use crate::server::{Asked, Server};

const CALLBACK: &str = "http://localhost:8000/callback";

fn client(server: &Server) -> OAuthClient {
    OAuthClient::new(server.base().clone().into(), CLIENT)
}

fn answer() -> String {
    json!({
        "access_token": "the access token", "id_token": "the id token", "refresh_token": "the refresh token",
        "expires_in": 3600, "token_type": "Bearer",
    })
    .to_string()
}

/// A value of a form or query.
fn value(form: &str, name: &str) -> Option<String> {
    let query = form.split_once('?').map_or(form, |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_login_returns_tokens() {
    let server = Server::start(|_| (200, answer())).await;
    let client = client(&server).secret("not a real secret".into());
    let login = client.login(CALLBACK).scope("openid").scope("email").identity_provider("Google").begin().unwrap();
    assert!(login.url.starts_with(&format!("{}/oauth2/authorize?", server.base())), "{}", login.url);
    let sent = |name: &str| value(&login.url, name).unwrap();
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email"),
        ("identity_provider", "Google"),
        ("code_challenge_method", "S256"),
        ("state", login.pending.state().expose_secret()),
        ("nonce", login.pending.nonce().expose_secret()),
    ] {
        assert_eq!(sent(name), expected);
    }
    let (state, verifier) = (sent("state"), login.pending.verifier().clone());
    let challenge = ring::digest::digest(&ring::digest::SHA256, verifier.expose_secret().as_bytes());
    assert_eq!(sent("code_challenge"), crate::keys::unpadded(challenge));

    let tokens = client.finish(login.pending, &format!("code=the+code&state={state}")).await.unwrap();
    assert_eq!(tokens.access.expose_secret(), "the access token");
    assert_eq!(tokens.id.as_ref().map(purlin_auth::ExposeSecret::expose_secret), Some("the id token"));
    assert_eq!(tokens.expires_in, Duration::from_hours(1));
    assert!(!format!("{tokens:?}{client:?}").contains("the "), "{tokens:?}");
    let Asked { line, headers, body } = server.asked().remove(0);
    assert_eq!(line, "POST /oauth2/token");
    let basic = "authorization: Basic NGV4YW1wbGU1Y2xpZW50NmlkOm5vdCBhIHJlYWwgc2VjcmV0";
    assert!(headers.contains(basic), "{headers}");
    for (name, expected) in [
        ("grant_type", "authorization_code"),
        ("code", "the code"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier.expose_secret()),
        ("client_id", CLIENT),
    ] {
        assert_eq!(value(&body, name).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_wrong_answer_to_a_login_causes_no_request() {
    let server = Server::start(|_| (200, answer())).await;
    let refused = |code, description: &str| OAuthError::Refused {
        step: Step::Login,
        code,
        description: Some(description.to_owned()).filter(|text| !text.is_empty()),
    };
    for (query, expected) in [
        ("code=1", OAuthError::Callback("it has no `state`")),
        ("code=1&state=forged", OAuthError::State),
        ("code=1&state=", OAuthError::State),
        ("state=STATE", OAuthError::Callback("it has no `code`")),
        ("state=STATE&code=", OAuthError::Callback("it has no `code`")),
        ("state=STATE&code=1&code=2", OAuthError::Callback("a parameter occurs twice")),
        ("state=forged&state=STATE&code=1", OAuthError::Callback("a parameter occurs twice")),
        ("error=access_denied&state=forged", OAuthError::State),
        ("error=access_denied&state=STATE", refused(OAuthErrorCode::AccessDenied, "")),
        (
            "error=invalid_request&error_description=invalid_scope&state=STATE",
            refused(OAuthErrorCode::InvalidRequest, "invalid_scope"),
        ),
        ("?error=a%0d%0ab&state=STATE", refused(OAuthErrorCode::Other("a\\r\\nb".into()), "")),
    ] {
        let login = client(&server).login(CALLBACK).begin().unwrap();
        let query = query.replace("STATE", login.pending.state().expose_secret());
        assert_eq!(client(&server).finish(login.pending, &query).await.unwrap_err(), expected, "{query}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_pending_login_can_be_stored_as_its_parts() {
    let server = Server::start(|_| (200, answer())).await;
    let login = client(&server).login(CALLBACK).begin().unwrap().pending;
    let (state, nonce, verifier) = (login.state().clone(), login.nonce().clone(), login.verifier().clone());
    let query = format!("code=1&state={}", state.expose_secret());
    let restored = purlin_auth::PendingLogin::restore(state, nonce, verifier, login.redirect_uri());
    assert!(client(&server).finish(restored, &query).await.is_ok());
}

#[tokio::test]
async fn refusals_are_typed_and_have_their_usual_cause() {
    let error = |word: &str| json!({ "error": word }).to_string();
    for (status, body, code, meaning) in [
        (400, error("invalid_grant"), Some(OAuthErrorCode::InvalidGrant), "the user must sign in again"),
        (400, error("invalid_client"), Some(OAuthErrorCode::InvalidClient), "has a secret and none was sent"),
        (401, error("invalid_client"), Some(OAuthErrorCode::InvalidClient), "has a secret and none was sent"),
        (400, error("unauthorized_client"), Some(OAuthErrorCode::UnauthorizedClient), "does not allow this flow"),
        (400, error("invalid_scope"), Some(OAuthErrorCode::InvalidScope), "no resource server"),
        (400, error("invalid_request"), Some(OAuthErrorCode::InvalidRequest), "a parameter is missing"),
        (400, error("unsupported_grant_type"), Some(OAuthErrorCode::UnsupportedGrantType), "not that of a user pool"),
        (400, error("teapot"), Some(OAuthErrorCode::Other("teapot".into())), "`teapot`"),
        (404, "<html>".to_owned(), None, "/oauth2/token` answered with status 404"),
        (503, String::new(), None, "/oauth2/token` answered with status 503"),
        (302, String::new(), None, "/oauth2/token` answered with status 302"),
        (429, String::new(), None, "try again in 7 s"),
        (200, "{}".to_owned(), None, "it has no tokens"),
        (200, "<html>".to_owned(), None, "it has no tokens"),
        (200, answer().replace("Bearer", "MAC"), None, "not of type `Bearer`"),
        (200, answer().replace("3600", "-1"), None, "it has no tokens"),
    ] {
        let server = Server::start(move |_| (status, body.clone())).await;
        let error = client(&server).refresh(&"the refresh token".into()).await.unwrap_err();
        assert_eq!(error.code(), code.as_ref(), "{error}");
        assert!(error.to_string().contains(meaning), "{error}");
        assert_eq!(error.is_transient(), [429, 503].contains(&status), "{error}");
        assert!(!format!("{error} {error:?}").contains("the refresh token\""), "{error:?}");
    }
}

#[tokio::test]
async fn a_public_client_sends_its_id_to_revoke() {
    let server = Server::start(|_| (200, String::new())).await;
    client(&server).revoke(&"t".into()).await.unwrap();
    client(&server).secret("s".into()).revoke(&"t".into()).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /oauth2/revoke");
    assert_eq!(asked[0].body, format!("token=t&client_id={CLIENT}"));
    assert!(!asked[0].headers.contains("authorization"));
    assert_eq!(asked[1].body, "token=t");
    assert!(asked[1].headers.contains("authorization: Basic "));
}

#[tokio::test]
async fn concurrent_callers_cause_one_request_for_a_machines_token() {
    let server = Server::start(|_| (200, answer())).await;
    let tokens = client(&server).secret("s".into()).client_credentials(["mydomain.com/API_ACCESS"]);
    let callers = (0..20).map(|_| {
        let tokens = tokens.clone();
        tokio::spawn(async move { tokens.token().await })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert_eq!(caller.await.unwrap().unwrap().expose_secret(), "the access token");
    }
    assert_eq!(server.count(), 1);
    assert_eq!(
        server.asked()[0].body,
        format!("grant_type=client_credentials&client_id={CLIENT}&scope=mydomain.com%2FAPI_ACCESS")
    );
    // After a refusal by an API the next token is new. Refusing an older token changes nothing.
    tokens.forget(&"an older token".into()).await;
    tokens.token().await.unwrap();
    assert_eq!(server.count(), 1);
    tokens.forget(&"the access token".into()).await;
    tokens.token().await.unwrap();
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_machines_token_is_replaced_before_it_expires() {
    // A token of 10 s is replaced after 9 s.
    let server = Server::start(|_| (200, answer().replace("3600", "10"))).await;
    let tokens = client(&server).client_credentials([""; 0]);
    for (wait, asked) in [(0, 1), (8, 1), (2, 2)] {
        advance(wait).await;
        tokens.token().await.unwrap();
        assert_eq!(server.count(), asked, "after {wait} s");
    }
    assert_eq!(server.asked()[0].body, format!("grant_type=client_credentials&client_id={CLIENT}"));
}

#[tokio::test]
async fn all_waiting_callers_get_a_failure_and_later_ones_retry() {
    let server = Server::start(|_| (400, json!({ "error": "invalid_client" }).to_string())).await;
    let tokens = client(&server).client_credentials(["a/b"]);
    let callers: Vec<_> = (0..5)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { tokens.token().await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap_err().code(), Some(&OAuthErrorCode::InvalidClient));
    }
    assert_eq!(server.count(), 1);
    server.answer(|_| (200, answer()));
    advance(1).await;
    assert!(tokens.token().await.is_ok());
}

#[tokio::test]
async fn an_unreachable_host_is_transient() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let domain = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = OAuthClient::new(domain, CLIENT).refresh(&SecretString::from("t")).await.unwrap_err();
    assert!(matches!(&error, OAuthError::Http(HttpError::Unreachable { reason, .. }) if reason.contains("refused")));
    assert!(error.is_transient());
}

/// Advances tokio's clock only, so that real connections do not time out.
async fn advance(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
