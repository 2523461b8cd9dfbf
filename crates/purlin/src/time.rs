//! Times in CloudFormation's form.

use std::time::Duration;

/// The whole seconds of a time; a fraction is dropped, and reported by `Check::whole_seconds`.
pub(crate) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
