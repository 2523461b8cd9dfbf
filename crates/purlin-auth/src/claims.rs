//! The claims of verified tokens, typed: access tokens have what the caller may do, ID tokens who the user is.

use serde_json::{Map, Value};

use crate::error::{AccessError, TokenError};
use crate::jose::text_of;

/// A verified access token's claims.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>
#[derive(Debug, Clone, PartialEq)]
pub struct AccessClaims {
    scopes: Vec<String>,
    claims: Claims,
}

/// A verified ID token's claims.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>
#[derive(Debug, Clone, PartialEq)]
pub struct IdClaims {
    claims: Claims,
}

#[derive(Debug, Clone, PartialEq)]
struct Claims {
    subject: String,
    client_id: String,
    groups: Vec<String>,
    expires_at: u64,
    all: Map<String, Value>,
}

impl AccessClaims {
    pub(crate) fn new(client_id: String, expires_at: u64, all: Map<String, Value>) -> Result<Self, TokenError> {
        let scope = if all.contains_key("scope") { text_of(&all, "scope")? } else { "" };
        let scopes = scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        Ok(Self { scopes, claims: Claims::new(client_id, expires_at, all)? })
    }

    /// The user's name in the pool. A machine's token has none.
    pub fn username(&self) -> Option<&str> {
        self.claims.text("username")
    }

    /// The token's scopes, such as `mydomain.com/API_ACCESS`.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether the token has a scope. If not, the error is the reason for a 403.
    pub fn require_scope(&self, scope: &str) -> Result<(), AccessError> {
        let has = self.scopes.iter().any(|found| found == scope);
        if has { Ok(()) } else { Err(AccessError::Scope(scope.to_owned())) }
    }

    /// Whether the token has at least one of these scopes. If not, the error is the reason for a 403.
    pub fn require_any_scope<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> Result<(), AccessError> {
        any(&self.scopes, scopes).map_err(AccessError::AnyScope)
    }
}

impl IdClaims {
    pub(crate) fn new(client_id: String, expires_at: u64, all: Map<String, Value>) -> Result<Self, TokenError> {
        Ok(Self { claims: Claims::new(client_id, expires_at, all)? })
    }

    /// The user's name in the pool.
    pub fn username(&self) -> Option<&str> {
        self.claims.text("cognito:username")
    }

    /// The user's email address, verified or not.
    pub fn email(&self) -> Option<&str> {
        self.claims.text("email")
    }

    /// The user's email address if the pool has verified it. Find records only by this one.
    pub fn verified_email(&self) -> Option<&str> {
        let verified = match self.claims.all.get("email_verified")? {
            Value::Bool(verified) => *verified,
            // Federated users have it as text.
            Value::String(text) => text == "true",
            _ => false,
        };
        self.email().filter(|_| verified)
    }
}

/// Accessors that both kinds of claims have.
macro_rules! accessors {
    ($($claims:ident)*) => {$(
        impl $claims {
            /// The user's id in the pool, which never changes. In a machine's access token it is the app client's id.
            pub fn subject(&self) -> &str {
                &self.claims.subject
            }

            /// The app client that the token was issued to.
            pub fn client_id(&self) -> &str {
                &self.claims.client_id
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

            /// Whether the user is in a group. If not, the error is the reason for a 403.
            pub fn require_group(&self, group: &str) -> Result<(), AccessError> {
                let is_member = self.claims.groups.iter().any(|found| found == group);
                if is_member { Ok(()) } else { Err(AccessError::Group(group.to_owned())) }
            }

            /// Whether the user is in at least one of these groups. If not, the error is the reason for a 403.
            pub fn require_any_group<'g>(&self, groups: impl IntoIterator<Item = &'g str>) -> Result<(), AccessError> {
                any(&self.claims.groups, groups).map_err(AccessError::AnyGroup)
            }
        }
    )*};
}

accessors!(AccessClaims IdClaims);

impl Claims {
    fn new(client_id: String, expires_at: u64, all: Map<String, Value>) -> Result<Self, TokenError> {
        let subject = text_of(&all, "sub")?.to_owned();
        Ok(Self { subject, client_id, groups: groups(&all)?, expires_at, all })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name)?.as_str()
    }
}

/// Whether one of the names is among those that are there. If not, the names.
fn any<'n>(there: &[String], names: impl IntoIterator<Item = &'n str>) -> Result<(), Vec<String>> {
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    if names.iter().any(|name| there.contains(name)) { Ok(()) } else { Err(names) }
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
