//! An app client of a user pool, and its requests to the token endpoint.
//!
//! This crate has its own client because `oauth2` adds `url`, `chrono`, `rand` and, by default, `reqwest` as a second HTTP
//! client, and because `openidconnect` also links `rsa` (RUSTSEC-2023-0071). Neither caches a machine's tokens.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Request, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::domain::UserPoolDomain;
use crate::error::shown;
use crate::http::{Http, HttpError, build};
use crate::login::{LoginRequest, PendingLogin};
use crate::oauth_error::{OAuthError, OAuthErrorCode, Step};

/// An app client of a user pool: begins and finishes logins, and requests tokens.
///
/// ```no_run
/// # async fn example(query: &str, secret: purlin_auth::SecretString) -> Result<(), Box<dyn std::error::Error>> {
/// use purlin_auth::{CognitoVerifier, ExposeSecret as _, OAuthClient, UserPoolDomain};
///
/// let domain = UserPoolDomain::from_prefix("my-app", "eu-west-1")?;
/// let client = OAuthClient::new(domain, "4example5client6id").secret(secret);
/// let login = client.login("https://app.example.com/callback").scope("openid").scope("email").begin()?;
/// // Redirect the browser to `login.url`. It returns with a query:
/// let nonce = login.pending.nonce().clone();
/// let tokens = client.finish(login.pending, query).await?;
/// let verifier = CognitoVerifier::new("eu-west-1_AbCdEfGhI")?.client("4example5client6id");
/// let id = tokens.id.as_ref().ok_or("no scope `openid`")?;
/// let user = verifier.id_of_login(id.expose_secret(), &nonce).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct OAuthClient {
    domain: UserPoolDomain,
    id: String,
    secret: Option<SecretString>,
    http: Http,
}

/// Tokens from the token endpoint. None is verified yet; `Debug` shows none.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token, for APIs.
    pub access: SecretString,
    /// The ID token, if the scopes include `openid`.
    pub id: Option<SecretString>,
    /// The refresh token. If the answer to a refresh has one, it replaces the old one.
    pub refresh: Option<SecretString>,
    /// How long access and ID token are valid from now.
    pub expires_in: Duration,
}

impl OAuthClient {
    /// An app client without a secret, by its id.
    pub fn new(domain: UserPoolDomain, id: impl Into<String>) -> Self {
        Self { domain, id: id.into(), secret: None, http: Http::new() }
    }

    /// The app client's secret.
    pub fn secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }

    /// The HTTP client. Default: a new one.
    pub fn http(mut self, http: Http) -> Self {
        self.http = http;
        self
    }

    /// The app client's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The user pool's domain.
    pub fn domain(&self) -> &UserPoolDomain {
        &self.domain
    }

    /// A login to begin. The browser returns to `redirect_uri`, which must be exactly one of the app client's callback URLs.
    pub fn login(&self, redirect_uri: impl Into<String>) -> LoginRequest {
        LoginRequest::new(self.domain.clone(), self.id.clone(), redirect_uri.into())
    }

    /// The address at which a browser signs out of the pool. It redirects to `logout_uri`, one of the app client's sign-out
    /// URLs.
    pub fn logout_url(&self, logout_uri: &str) -> String {
        self.domain.logout_url(&self.id, logout_uri)
    }

    /// Finishes a login: exchanges the code in the query that the browser returned with, after `?`, for tokens.
    ///
    /// If the query's `state` is not the login's, no request is sent. A code can be exchanged once.
    pub async fn finish(&self, login: PendingLogin, query: &str) -> Result<Tokens, OAuthError> {
        let code = login.code(query)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", login.redirect_uri()),
            ("code_verifier", login.verifier().expose_secret()),
            ("client_id", &self.id),
        ];
        self.tokens(Step::AuthorizationCode, &form).await
    }

    /// New tokens for a refresh token.
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, OAuthError> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose_secret()), ("client_id", &self.id)];
        self.tokens(Step::Refresh, &form).await
    }

    /// Revokes a refresh token, and its access and ID tokens for Cognito's own APIs. APIs that verify access tokens by
    /// their signature accept them until they expire.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), OAuthError> {
        let mut form = vec![("token", token.expose_secret())];
        if self.secret.is_none() {
            form.push(("client_id", &self.id));
        }
        self.post(Step::Revoke, self.domain.revoke_url(), &form).await.map(drop)
    }

    /// A new token for this app client itself.
    pub(crate) async fn machine_token(&self, scopes: &[String]) -> Result<Tokens, OAuthError> {
        let scope = scopes.join(" ");
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", self.id.as_str())];
        if !scope.is_empty() {
            form.push(("scope", &scope));
        }
        self.tokens(Step::ClientCredentials, &form).await
    }

    async fn tokens(&self, step: Step, form: &[(&str, &str)]) -> Result<Tokens, OAuthError> {
        let body = self.post(step, self.domain.token_url(), form).await?;
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| OAuthError::Unexpected("it has no tokens"))?;
        if !answer.token_type.eq_ignore_ascii_case("bearer") {
            return Err(OAuthError::Unexpected("the tokens are not of type `Bearer`"));
        }
        Ok(Tokens {
            access: answer.access_token.into(),
            id: answer.id_token.map(Into::into),
            refresh: answer.refresh_token.map(Into::into),
            expires_in: Duration::from_secs(answer.expires_in),
        })
    }

    async fn post(&self, step: Step, address: String, form: &[(&str, &str)]) -> Result<Bytes, OAuthError> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post(&address)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if let Some(secret) = &self.secret {
            request = request.header(AUTHORIZATION, basic(&self.id, secret));
        }
        let answer = self.http.send(build(request, body.into_bytes())).await?;
        match answer.status().as_u16() {
            200 => Ok(answer.into_body()),
            status => Err(refusal(step, status, &answer, address)),
        }
    }
}

/// Cognito requires id and secret as they are, without percent-encoding.
fn basic(id: &str, secret: &SecretString) -> HeaderValue {
    let text = STANDARD.encode(format!("{id}:{}", secret.expose_secret()));
    let mut value = HeaderValue::try_from(format!("Basic {text}")).expect("base64 is visible ASCII");
    value.set_sensitive(true);
    value
}

fn refusal(step: Step, status: u16, answer: &Response<Bytes>, address: String) -> OAuthError {
    if status == 429 {
        let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        return OAuthError::Throttled(after.map(Duration::from_secs));
    }
    match serde_json::from_slice::<Refusal>(answer.body()) {
        Ok(refusal) => {
            let description = refusal.error_description.filter(|text| !text.is_empty()).map(|text| shown(&text));
            OAuthError::Refused { step, code: OAuthErrorCode::parse(&refusal.error), description }
        }
        Err(_) => HttpError::Status { address, status }.into(),
    }
}

/// Has no `Debug`: it holds secrets.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: u64,
    token_type: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}
