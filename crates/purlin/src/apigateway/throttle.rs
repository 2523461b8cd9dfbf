//! Limits of the rate of calls.

use purlin_construct::Scope;

/// A rate of calls, and a burst that may exceed it
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>).
///
/// A token bucket: its size is the burst, it is refilled at the rate, and each call takes one token. A call without a
/// token gets status 429.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "a throttle does nothing until it is given to a plan or a stage"]
pub struct Throttle {
    pub(crate) rate: f64,
    pub(crate) burst: Option<u32>,
}

impl Throttle {
    /// The average number of calls per second; the burst is that of the account unless given.
    pub fn per_second(rate: impl Into<f64>) -> Self {
        Self { rate: rate.into(), burst: None }
    }

    /// The number of concurrent calls.
    pub const fn burst(self, calls: u32) -> Self {
        Self { burst: Some(calls), ..self }
    }

    /// Reports a throttle that allows no call.
    pub(crate) fn check(self, scope: &Scope) {
        if !self.rate.is_finite() || self.rate <= 0.0 {
            scope.error(format!("a throttle of `{}` calls a second allows no call", self.rate), "set a rate above 0");
        }
        if self.burst == Some(0) {
            scope.error(
                "a throttle with a burst of `0` calls allows no call",
                "set a burst of at least 1, or none for the account's",
            );
        }
    }
}
