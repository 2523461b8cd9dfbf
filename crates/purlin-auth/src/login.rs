//! A browser's login up to the authorization code, with state, nonce and PKCE.

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::domain::UserPoolDomain;
use crate::error::shown;
use crate::oauth::joined;
use crate::oauth_error::{OAuthError, OAuthErrorCode, Step};
use crate::random;

/// A login to begin, from [`OAuthClient::login`](crate::OAuthClient::login).
#[derive(Debug, Clone)]
#[must_use = "a login begins by `begin`"]
pub struct LoginRequest {
    domain: UserPoolDomain,
    client_id: String,
    redirect_uri: String,
    page: &'static str,
    scopes: Vec<String>,
    hints: Vec<(&'static str, String)>,
}

/// A login that has begun: redirect the browser to `url`, and keep `pending` until it returns.
#[derive(Debug)]
#[must_use = "the login ends with `OAuthClient::finish`"]
pub struct Login {
    /// The address to redirect the browser to.
    pub url: String,
    /// Keep it on the server, or in a cookie that is encrypted, `Secure`, `HttpOnly` and `SameSite=Lax`.
    pub pending: PendingLogin,
}

/// The state of a login that has begun, for one browser and one login: [`OAuthClient::finish`](crate::OAuthClient::finish)
/// consumes it.
#[derive(Debug)]
pub struct PendingLogin {
    state: SecretString,
    nonce: SecretString,
    verifier: SecretString,
    redirect_uri: String,
}

impl LoginRequest {
    pub(crate) fn new(domain: UserPoolDomain, client_id: String, redirect_uri: String) -> Self {
        Self { domain, client_id, redirect_uri, page: "/oauth2/authorize", scopes: Vec::new(), hints: Vec::new() }
    }

    /// Requests a scope. Call it again for further scopes. Default: all that the app client is allowed. Only the scope
    /// `openid` gives an ID token.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Goes directly to an identity provider, by its name in the pool, such as `Google`. Default: the user chooses.
    pub fn identity_provider(self, name: impl Into<String>) -> Self {
        self.hint("identity_provider", name)
    }

    /// Goes directly to the identity provider that has this identifier, such as an email domain.
    pub fn idp_identifier(self, identifier: impl Into<String>) -> Self {
        self.hint("idp_identifier", identifier)
    }

    /// Fills in the user's name.
    pub fn login_hint(self, name: impl Into<String>) -> Self {
        self.hint("login_hint", name)
    }

    /// The language of the pages, such as `de`. Only for managed login. Default: the browser's.
    pub fn language(self, tag: impl Into<String>) -> Self {
        self.hint("lang", tag)
    }

    /// Asks for the password even if the browser has a session with the pool. Only for managed login.
    pub fn ask_again(self) -> Self {
        self.hint("prompt", "login")
    }

    /// Begins on the login page, even if the browser has a session with the pool.
    pub fn on_login_page(mut self) -> Self {
        self.page = "/login";
        self
    }

    /// Begins on the page where new users sign up.
    pub fn on_sign_up_page(mut self) -> Self {
        self.page = "/signup";
        self
    }

    /// Begins the login with a new state, nonce and code verifier.
    pub fn begin(self) -> Result<Login, OAuthError> {
        let (state, nonce, verifier) = (random::secret()?, random::secret()?, random::secret()?);
        let challenge = random::challenge(verifier.expose_secret());
        let scope = joined(&self.scopes);
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("state", state.expose_secret()),
            ("nonce", nonce.expose_secret()),
            ("code_challenge_method", "S256"),
            ("code_challenge", &challenge),
        ];
        if !scope.is_empty() {
            query.push(("scope", &scope));
        }
        query.extend(self.hints.iter().map(|(name, value)| (*name, value.as_str())));
        let url = self.domain.page(self.page, query);
        Ok(Login { url, pending: PendingLogin { state, nonce, verifier, redirect_uri: self.redirect_uri } })
    }

    fn hint(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hints.push((name, value.into()));
        self
    }
}

impl PendingLogin {
    /// Builds it from its parts, which you have kept. If one of them is empty, the login does not finish: a cookie that is
    /// missing is no login.
    pub fn restore(
        state: SecretString,
        nonce: SecretString,
        verifier: SecretString,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self { state, nonce, verifier, redirect_uri: redirect_uri.into() }
    }

    /// The `state`, which the browser returns with: the key to store this value by.
    pub fn state(&self) -> &SecretString {
        &self.state
    }

    /// The nonce, which the ID token must have: see [`CognitoVerifier::id_of_login`](crate::CognitoVerifier::id_of_login).
    pub fn nonce(&self) -> &SecretString {
        &self.nonce
    }

    /// The PKCE code verifier, which the token endpoint requires.
    pub fn verifier(&self) -> &SecretString {
        &self.verifier
    }

    /// The address that the browser returns to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The authorization code in the query that the browser returned with, if the query has this login's state and issuer.
    pub(crate) fn code(&self, query: &str, is_issuer: impl Fn(&str) -> bool) -> Result<SecretString, OAuthError> {
        for (name, part) in [("state", &self.state), ("nonce", &self.nonce), ("verifier", &self.verifier)] {
            if part.expose_secret().is_empty() {
                return Err(OAuthError::Pending(name));
            }
        }
        let answer = Answer::parse(query)?;
        let state = answer.state.ok_or(OAuthError::Callback("it has no `state`"))?;
        if !bool::from(state.as_bytes().ct_eq(self.state.expose_secret().as_bytes())) {
            return Err(OAuthError::State);
        }
        if let Some(issuer) = answer.issuer.filter(|issuer| !is_issuer(issuer)) {
            return Err(OAuthError::Issuer(shown(&issuer)));
        }
        if let Some(error) = answer.error {
            let code = OAuthErrorCode::parse(&error);
            let description = answer.description.map(|text| shown(&text));
            return Err(OAuthError::Refused { step: Step::Login, code, description });
        }
        let code = answer.code.filter(|code| !code.is_empty()).ok_or(OAuthError::Callback("it has no `code`"))?;
        // RFC 6749, appendix A.11. Bytes that are no text became U+FFFD.
        if !code.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(OAuthError::Callback("its `code` is not visible ASCII"));
        }
        Ok(code.into())
    }
}

/// The `state` in the query that a browser returned with: the key of its [`PendingLogin`].
///
/// ```
/// assert_eq!(purlin_auth::state_of("code=1&state=abc").as_deref(), Some("abc"));
/// assert_eq!(purlin_auth::state_of("code=1"), None);
/// ```
pub fn state_of(query: &str) -> Option<String> {
    Answer::parse(query).ok()?.state
}

/// The parameters of a query, each at most once.
#[derive(Default)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
    issuer: Option<String>,
}

impl Answer {
    fn parse(query: &str) -> Result<Self, OAuthError> {
        let mut answer = Self::default();
        let query = query.strip_prefix('?').unwrap_or(query);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match &*name {
                "state" => &mut answer.state,
                "code" => &mut answer.code,
                "error" => &mut answer.error,
                "error_description" => &mut answer.description,
                "iss" => &mut answer.issuer,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(OAuthError::Callback("a parameter occurs twice"));
            }
        }
        Ok(answer)
    }
}
