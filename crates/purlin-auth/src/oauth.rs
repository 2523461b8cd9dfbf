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
use serde_json::Value;

use crate::domain::UserPoolDomain;
use crate::endpoint::is_user_pool;
use crate::error::shown;
use crate::http::{Http, HttpError, build};
use crate::jose::{Unverified, seconds_of};
use crate::json;
use crate::login::{LoginRequest, PendingLogin};
use crate::oauth_error::{OAuthError, OAuthErrorCode, Step};

/// Longer is no lifetime that a program plans with, and a time that far away cannot be computed.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);
const SHORTEST: Duration = Duration::from_mins(5);
const LONGEST_WAIT: Duration = Duration::from_hours(24);

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
    issuers: Vec<String>,
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
    /// How long access and ID token are valid from now, at most 10 years. If the answer has no usable `expires_in`: as
    /// long as the access token says, or else 5 minutes, the shortest that Cognito offers.
    pub expires_in: Duration,
    /// The scopes that were granted, if the answer names them. Otherwise they are the requested ones.
    pub scopes: Option<Vec<String>>,
}

impl OAuthClient {
    /// An app client without a secret, by its id.
    pub fn new(domain: UserPoolDomain, id: impl Into<String>) -> Self {
        Self { domain, id: id.into(), secret: None, issuers: Vec::new(), http: Http::new() }
    }

    /// The issuer that a login must come from if the browser returns with `iss` ([RFC
    /// 9207](https://www.rfc-editor.org/rfc/rfc9207)), such as `https://cognito-idp.REGION.amazonaws.com/POOL_ID`. Call it
    /// again for further ones. Default: the domain's address, or any user pool.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
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
    /// If the query's `state` or `iss` is not the login's, no request is sent. A code can be exchanged once.
    pub async fn finish(&self, login: PendingLogin, query: &str) -> Result<Tokens, OAuthError> {
        let code = login.code(query, |issuer| self.is_issuer(issuer))?;
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
        let scope = joined(scopes);
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", self.id.as_str())];
        if !scope.is_empty() {
            form.push(("scope", &scope));
        }
        self.tokens(Step::ClientCredentials, &form).await
    }

    async fn tokens(&self, step: Step, form: &[(&str, &str)]) -> Result<Tokens, OAuthError> {
        Tokens::read(&self.post(step, self.domain.token_url(), form).await?)
    }

    fn is_issuer(&self, issuer: &str) -> bool {
        match &self.issuers[..] {
            [] => issuer.trim_end_matches('/') == self.domain.as_str() || is_user_pool(issuer),
            issuers => issuers.iter().any(|expected| expected == issuer),
        }
    }

    async fn post(&self, step: Step, address: String, form: &[(&str, &str)]) -> Result<Bytes, OAuthError> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post(&address)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if let Some(secret) = &self.secret {
            // RFC 7617: what is before the first colon is the user.
            if self.id.contains(':') {
                return Err(OAuthError::ClientId(shown(&self.id)));
            }
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
        let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        return OAuthError::Throttled(after.map(|seconds: u64| Duration::from_secs(seconds).min(LONGEST_WAIT)));
    }
    read_refusal(step, answer.body()).unwrap_or_else(|| HttpError::Status { address, status }.into())
}

/// A refusal of RFC 6749, section 5.2. Only its code must be understood.
pub(crate) fn read_refusal(step: Step, body: &[u8]) -> Option<OAuthError> {
    let refusal = json::object(body).ok()?;
    let code = OAuthErrorCode::parse(refusal.get("error")?.as_str()?);
    let description = refusal.get("error_description").and_then(Value::as_str).filter(|text| !text.is_empty());
    Some(OAuthError::Refused { step, code, description: description.map(shown) })
}

impl Tokens {
    /// Reads an answer of RFC 6749, section 5.1.
    pub(crate) fn read(body: &[u8]) -> Result<Self, OAuthError> {
        let nothing = || OAuthError::Unexpected("it has no tokens");
        let mut answer = json::object(body).map_err(|_| nothing())?;
        // Moved out, not copied: the rest of the answer is no secret.
        let mut token = |name: &str| match answer.shift_remove(name) {
            Some(Value::String(token)) if !token.is_empty() => Some(SecretString::from(token)),
            _ => None,
        };
        let (access, id, refresh) = (token("access_token"), token("id_token"), token("refresh_token"));
        let access = access.ok_or_else(nothing)?;
        // RFC 6749, appendix A.12.
        if !access.expose_secret().bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(OAuthError::Unexpected("its access token is not visible ASCII"));
        }
        if !answer.get("token_type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(OAuthError::Unexpected("the tokens are not of type `Bearer`"));
        }
        let expires_in = match answer.get("expires_in").and_then(seconds) {
            Some(seconds) if seconds < 0.0 => {
                return Err(OAuthError::Unexpected("it has no tokens that are valid: `expires_in` is negative"));
            }
            Some(seconds) => Duration::try_from_secs_f64(seconds.floor()).unwrap_or(LONGEST).min(LONGEST),
            None => lifetime(access.expose_secret()).unwrap_or(SHORTEST),
        };
        let scopes = answer.get("scope").and_then(Value::as_str);
        let scopes = scopes.map(|scopes| scopes.split_ascii_whitespace().map(str::to_owned).collect());
        Ok(Self { access, id, refresh, expires_in, scopes })
    }
}

/// A number of seconds, also as text or with a fraction. Mocks and proxies write both.
fn seconds(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (!number.is_nan()).then_some(number)
}

/// How long an access token is valid by its own times, if it has them. Clocks may differ: both are the issuer's.
fn lifetime(token: &str) -> Option<Duration> {
    let claims = Unverified::read(token).ok()?.claims;
    let time = |name| seconds_of(&claims, name).ok().flatten();
    let lifetime = time("exp")?.checked_sub(time("iat")?)?;
    Some(Duration::from_secs(lifetime).min(LONGEST))
}

/// Scopes as one parameter. An empty one is none.
pub(crate) fn joined(scopes: &[String]) -> String {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.trim()).filter(|scope| !scope.is_empty()).collect();
    scopes.join(" ")
}
