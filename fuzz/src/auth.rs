//! What browsers and sign-in services send: cookies, callbacks, answers of the token endpoint.

use std::time::{Instant, SystemTime};

use purlin_auth::{
    Endpoint, ExposeSecret as _, OAuthClient, OAuthError, PendingLogin, SecretString, expired_alb_cookies, state_of,
};

use crate::head::target;
use crate::parts;
use crate::server::Server;

thread_local! {
    static SERVER: (Server, OAuthClient) = {
        let server = Server::start();
        let address: Endpoint = server.address.parse().expect("loopback is an address");
        let client = OAuthClient::new(address.into(), "4example5client6id").issuer("https://issuer.example");
        (server, client)
    };
}

/// Lines that expire cookies are headers for the session's cookies, however many cookies a request has.
pub(crate) fn cookies(data: &[u8]) {
    let Some([name, first, second]) = parts(data) else { return };
    let Ok(lines) = expired_alb_cookies(name, [first, second]) else { return };
    assert!((4..=16).contains(&lines.len()));
    for line in &lines {
        assert!(line.starts_with(&format!("{name}-")) && line.matches('=').count() >= 4, "{line}");
        assert!(http::HeaderValue::from_str(line).is_ok(), "{line:?}");
    }
}

/// A request to the login's listener is this login's answer only with its state.
pub(crate) fn listener(data: &[u8]) {
    let Some(target) = target(data) else { return };
    assert!(data.starts_with(b"GET ") && !target.contains([' ', '\n']), "{target:?}");
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let state = state_of(query);
    let secret = |text: &str| SecretString::from(text.to_owned());
    let login =
        PendingLogin::restore(secret("right"), secret("nonce"), secret("verifier"), "http://localhost/callback");
    SERVER.with(|(server, client)| {
        server.answer(400, br#"{"error":"invalid_grant"}"#);
        // The code is sent only for the right state.
        let is_sent = match server.runtime.block_on(client.finish(login, query)) {
            Ok(_) => panic!("the endpoint refused"),
            Err(OAuthError::Http(error)) => panic!("{error}"),
            Err(OAuthError::Refused { step, .. }) => step == purlin_auth::Step::AuthorizationCode,
            Err(error) => {
                assert!(!error.to_string().contains(char::is_control), "{error}");
                false
            }
        };
        assert!(!is_sent || state.as_deref() == Some("right"), "{query}");
    });
}

/// Tokens are taken from a success alone, can be sent in a header and expire in this age; no error has control characters.
pub(crate) fn oauth(data: &[u8]) {
    let Some((status, body)) = data.split_first() else { return };
    let status = [200, 200, 200, 400, 401, 429, 500, 204][usize::from(status % 8)];
    let secret = SecretString::from("the-refresh-token");
    SERVER.with(|(server, client)| {
        server.answer(status, if status == 204 { b"" } else { body });
        match server.runtime.block_on(client.refresh(&secret)) {
            Ok(tokens) => {
                let access = tokens.access.expose_secret();
                assert!(status == 200 && !access.is_empty());
                assert!(http::HeaderValue::from_str(access).is_ok(), "{access:?}");
                assert!(Instant::now().checked_add(tokens.expires_in).is_some(), "{:?}", tokens.expires_in);
                assert!(SystemTime::now().checked_add(tokens.expires_in).is_some(), "{:?}", tokens.expires_in);
            }
            Err(error) => {
                let message = error.to_string();
                assert!(!message.contains(char::is_control) && message.len() < 1000, "{message:?}");
                assert!(!message.contains("the-refresh-token"), "{message}");
                assert!(!error.is_transient() || status != 200, "{message}");
            }
        }
    });
}
