//! Compares a token's times with the clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::error::TokenError;
use crate::jose::seconds_of;

/// How much clocks may differ by default.
pub(crate) const LEEWAY: Duration = Duration::from_secs(10);

/// Now, in seconds since 1970. A clock before 1970 makes every token too early.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Checks `exp`, which is required, and returns it. Checks `nbf`, `iat` and `auth_time` if present.
pub(crate) fn check(map: &Map<String, Value>, now: u64, leeway: Duration) -> Result<u64, TokenError> {
    let expires_at = seconds_of(map, "exp")?.ok_or(TokenError::Missing("exp"))?;
    check_expiry(expires_at, now, leeway)?;
    for claim in ["nbf", "iat", "auth_time"] {
        if let Some(begins) = seconds_of(map, claim)?
            && begins > now.saturating_add(leeway.as_secs())
        {
            return Err(TokenError::Early { claim, seconds: begins - now });
        }
    }
    Ok(expires_at)
}

/// Checks that a time to expire at is not over.
pub(crate) fn check_expiry(expires_at: u64, now: u64, leeway: Duration) -> Result<(), TokenError> {
    let is_over = expires_at.saturating_add(leeway.as_secs()) <= now;
    if is_over { Err(TokenError::Expired(now - expires_at)) } else { Ok(()) }
}
