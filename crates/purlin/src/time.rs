//! Times as CloudFormation takes them.

use std::time::Duration;

/// The whole seconds of a time; a rest is dropped, which checks report where AWS would not take it.
pub(crate) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
