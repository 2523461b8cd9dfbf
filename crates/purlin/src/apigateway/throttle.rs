//! How fast an API may be called.

use purlin_construct::Scope;

/// A rate, and how far it may be exceeded for a moment
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>).
///
/// A bucket of tokens: it holds as many as the burst, gets as many a second as the rate, and each call takes one. Calls
/// beyond are answered with 429.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "a throttle does nothing until it is given to a plan or a stage"]
pub struct Throttle {
    pub(crate) rate: f64,
    pub(crate) burst: Option<u32>,
}

impl Throttle {
    /// As many calls a second, on average; the burst is that of the account unless given.
    pub fn per_second(rate: impl Into<f64>) -> Self {
        Self { rate: rate.into(), burst: None }
    }

    /// As many calls at once.
    pub const fn burst(self, calls: u32) -> Self {
        Self { burst: Some(calls), ..self }
    }

    /// Reports a throttle that lets nothing through.
    pub(crate) fn check(self, scope: &Scope) {
        if !self.rate.is_finite() || self.rate <= 0.0 {
            scope.error(
                format!("a throttle of `{}` calls a second lets no call through", self.rate),
                "give it a rate above 0",
            );
        }
        if self.burst == Some(0) {
            scope.error(
                "a throttle with a burst of `0` calls lets no call through",
                "give it a burst of at least 1, or none: it is the account's then",
            );
        }
    }
}
