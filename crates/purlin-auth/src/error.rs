//! Why a token is not believed: one reason each, in words for a log, none of them telling a secret.

use crate::http::HttpError;

/// Why a token is not believed.
///
/// [`is_ours`](Self::is_ours) tells the caller's faults (answer 401) from ours (answer 503): keys that cannot be had say
/// nothing about the token.
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
    /// Another algorithm could be one that anybody can sign with.
    #[error("the token is signed with `{found}`; only `{expected}` is accepted")]
    Algorithm {
        /// What the token says.
        found: String,
        /// What its issuer signs with.
        expected: &'static str,
    },
    /// A header field by which a token brings its own key, or asks for rules that are not known here.
    #[error("the token's header has `{0}`, which its issuer does not write")]
    Header(&'static str),
    /// It would become part of an address.
    #[error("the token's key id `{0}` is not one that AWS gives")]
    KeyId(String),
    /// The issuer has no such key, or has it since a moment ago.
    #[error("the issuer has no key `{0}`")]
    UnknownKey(String),
    /// The keys cannot be had.
    #[error("the issuer's public keys cannot be read: {0}")]
    Keys(#[from] HttpError),
    /// So many unknown keys were asked for that no more are fetched for a while.
    #[error("too many unknown keys were asked for; no more are fetched for {0} s")]
    Flooded(u64),
    /// Someone else signed, or the token was changed.
    #[error("the signature does not fit the token")]
    Signature,
    /// A claim or header field that must be there is not.
    #[error("the token has no `{0}`")]
    Missing(&'static str),
    /// A claim or header field is of another type.
    #[error("the token's `{claim}` is not {expected}")]
    Type {
        /// Which.
        claim: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A claim or header field says something else: the token is for or from someone else.
    #[error("the token's `{claim}` is `{found}`; expected {expected}")]
    Stranger {
        /// Which.
        claim: &'static str,
        /// What it says, cut to 100 characters.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// The ID token answers another login than this one: it may be replayed.
    #[error("the token's `nonce` is not the one of this login; start the login again")]
    Nonce,
    /// Its time is over.
    #[error("the token expired {0} s ago")]
    Expired(u64),
    /// Its time has not come.
    #[error("the token's `{claim}` is {seconds} s in the future; is this machine's clock right?")]
    Early {
        /// `nbf`, `iat` or `auth_time`.
        claim: &'static str,
        /// How far.
        seconds: u64,
    },
}

impl TokenError {
    /// Whether the fault is ours or the network's: the token may be good, and asking again later may help.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Keys(_) | Self::Flooded(_))
    }

    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed(reason.into())
    }
}

/// A believed user who may not do this: answer 403.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The access token lacks a scope.
    #[error("the token has no scope `{0}`; the app client has to be allowed it and ask for it")]
    Scope(String),
    /// The user is not in a group.
    #[error("the user is not in the group `{0}`")]
    Group(String),
}

/// Text from outside as it may stand in a message: short, without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}
