//! What verified tokens say, typed: access tokens tell what their bearer may do, ID tokens who the user is.

use serde_json::{Map, Value};

use crate::error::{AccessError, TokenError};
use crate::jose::text_of;

/// A verified access token's claims.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>
#[derive(Debug, Clone, PartialEq)]
pub struct AccessClaims {
    client_id: String,
    scopes: Vec<String>,
    claims: Claims,
}

/// A verified ID token's claims.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>
#[derive(Debug, Clone, PartialEq)]
pub struct IdClaims {
    client_id: String,
    claims: Claims,
}

#[derive(Debug, Clone, PartialEq)]
struct Claims {
    subject: String,
    groups: Vec<String>,
    expires_at: u64,
    all: Map<String, Value>,
}

impl AccessClaims {
    pub(crate) fn new(client_id: String, expires_at: u64, all: Map<String, Value>) -> Result<Self, TokenError> {
        let scope = if all.contains_key("scope") { text_of(&all, "scope")? } else { "" };
        let scopes = scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        Ok(Self { client_id, scopes, claims: Claims::new(expires_at, all)? })
    }

    /// The user's id in the pool; for a machine's token the app client's id.
    pub fn subject(&self) -> &str {
        &self.claims.subject
    }

    /// The user's name in the pool. A machine has none.
    pub fn username(&self) -> Option<&str> {
        self.claims.text("username")
    }

    /// The app client that the token was issued to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What the bearer may do, such as `mydomain.com/API_ACCESS`.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The user's groups.
    pub fn groups(&self) -> &[String] {
        &self.claims.groups
    }

    /// When the token expires, in seconds since 1970.
    pub fn expires_at(&self) -> u64 {
        self.claims.expires_at
    }

    /// Every claim.
    pub fn all(&self) -> &Map<String, Value> {
        &self.claims.all
    }

    /// Whether the bearer has a scope; else the reason for a 403.
    pub fn require_scope(&self, scope: &str) -> Result<(), AccessError> {
        let has = self.scopes.iter().any(|found| found == scope);
        if has { Ok(()) } else { Err(AccessError::Scope(scope.to_owned())) }
    }

    /// Whether the user is in a group; else the reason for a 403.
    pub fn require_group(&self, group: &str) -> Result<(), AccessError> {
        self.claims.require_group(group)
    }
}

impl IdClaims {
    pub(crate) fn new(client_id: String, expires_at: u64, all: Map<String, Value>) -> Result<Self, TokenError> {
        Ok(Self { client_id, claims: Claims::new(expires_at, all)? })
    }

    /// The user's id in the pool: stays the same for as long as the user exists.
    pub fn subject(&self) -> &str {
        &self.claims.subject
    }

    /// The user's name in the pool.
    pub fn username(&self) -> Option<&str> {
        self.claims.text("cognito:username")
    }

    /// The user's e-mail address, verified or not.
    pub fn email(&self) -> Option<&str> {
        self.claims.text("email")
    }

    /// The user's e-mail address if the pool says it is verified: the only one to find a record by.
    pub fn verified_email(&self) -> Option<&str> {
        let verified = match self.claims.all.get("email_verified")? {
            Value::Bool(verified) => *verified,
            // Federated users have it as text.
            Value::String(text) => text == "true",
            _ => false,
        };
        self.email().filter(|_| verified)
    }

    /// The app client that the user signed in to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The user's groups.
    pub fn groups(&self) -> &[String] {
        &self.claims.groups
    }

    /// When the token expires, in seconds since 1970.
    pub fn expires_at(&self) -> u64 {
        self.claims.expires_at
    }

    /// Every claim.
    pub fn all(&self) -> &Map<String, Value> {
        &self.claims.all
    }

    /// Whether the user is in a group; else the reason for a 403.
    pub fn require_group(&self, group: &str) -> Result<(), AccessError> {
        self.claims.require_group(group)
    }
}

impl Claims {
    fn new(expires_at: u64, all: Map<String, Value>) -> Result<Self, TokenError> {
        let subject = text_of(&all, "sub")?.to_owned();
        Ok(Self { subject, groups: groups(&all)?, expires_at, all })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name)?.as_str()
    }

    fn require_group(&self, group: &str) -> Result<(), AccessError> {
        let is_member = self.groups.iter().any(|found| found == group);
        if is_member { Ok(()) } else { Err(AccessError::Group(group.to_owned())) }
    }
}

fn groups(all: &Map<String, Value>) -> Result<Vec<String>, TokenError> {
    let wrong = || TokenError::Type { claim: "cognito:groups", expected: "a list of names" };
    match all.get("cognito:groups") {
        None => Ok(Vec::new()),
        Some(Value::Array(groups)) => {
            groups.iter().map(|group| group.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}
