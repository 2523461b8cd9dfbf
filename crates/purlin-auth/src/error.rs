//! Why a token is not accepted: one reason each, for a log, without secrets.

use crate::http::HttpError;

/// Why a token is not accepted.
///
/// If [`is_transient`](Self::is_transient), answer 503: without the keys the token can be neither accepted nor refused.
/// Otherwise answer 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not a token.
    #[error("the token is malformed: {0}")]
    Malformed(String),
    /// Larger than any token that fits in a request.
    #[error("the token has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The largest that is read.
        limit: usize,
    },
    /// Another algorithm than the issuer's.
    #[error("the token is signed with `{found}`; only `{expected}` is accepted")]
    Algorithm {
        /// The algorithm in the token.
        found: String,
        /// The algorithm of the issuer.
        expected: &'static str,
    },
    /// A header field by which a token brings its own key, or requires an extension.
    #[error("the token's header has `{0}`, which its issuer does not write")]
    Header(&'static str),
    /// A key id that cannot be part of an address.
    #[error("the token's key id `{0}` is not one of AWS's")]
    KeyId(String),
    /// The issuer has no such key, or published it since the last request for keys.
    #[error("the issuer has no key `{0}`")]
    UnknownKey(String),
    /// The issuer has several keys of this id: which one is meant depends on the reader.
    #[error("the issuer has several keys `{0}`; ask it to give each its own id")]
    AmbiguousKey(String),
    /// The keys cannot be fetched.
    #[error("the issuer's public keys cannot be read: {0}")]
    Keys(#[from] HttpError),
    /// Tokens had too many unknown key ids in a short time: this one may be new. The value is the seconds to wait.
    #[error("too many tokens had unknown key ids; keys are not fetched again for {0} s")]
    RateLimited(u64),
    /// The key does not fit, or the token was changed.
    #[error("the signature does not fit the token")]
    Signature,
    /// A required claim or header field is missing.
    #[error("the token has no `{0}`")]
    Missing(&'static str),
    /// A claim or header field has the wrong type.
    #[error("the token's `{claim}` is not {expected}")]
    Type {
        /// Which.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A claim or header field has another value: the token is from another issuer, or for another app client.
    #[error("the token's `{claim}` is `{found}`; expected {expected}")]
    Mismatch {
        /// Which.
        claim: &'static str,
        /// Its value, cut to 100 characters.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The ID token answers another login than this one: it may be replayed.
    #[error("the token's `nonce` is not the one of this login; start the login again")]
    Nonce,
    /// It expired. The value is the number of seconds since then.
    #[error("the token expired {0} s ago")]
    Expired(u64),
    /// It is not valid yet.
    #[error("the token's `{claim}` is {seconds} s in the future; is this machine's clock right?")]
    Early {
        /// `nbf`, `iat` or `auth_time`.
        claim: &'static str,
        /// How many seconds from now.
        seconds: u64,
    },
}

impl TokenError {
    /// Whether the keys could not be fetched: the token may be valid, and a later attempt may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Keys(_) | Self::RateLimited(_))
    }

    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed(reason.into())
    }
}

/// A valid token that does not suffice: answer 403.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The access token lacks a scope.
    #[error("the token has no scope `{0}`; allow the scope for the app client, and request it")]
    Scope(String),
    /// The user is not in a group.
    #[error("the user is not in the group `{0}`")]
    Group(String),
    /// The access token has none of these scopes.
    #[error("the token has no scope `{}`; allow one for the app client, and request it", .0.join("` or `"))]
    AnyScope(Vec<String>),
    /// The user is in none of these groups.
    #[error("the user is not in the group `{}`", .0.join("` or `"))]
    AnyGroup(Vec<String>),
}

/// Text from outside, for a message: at most 100 characters, without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}
