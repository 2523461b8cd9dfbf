//! Settings of methods on a stage: logs, metrics, throttling and caches.

use std::time::Duration;

use purlin_cfn::apigateway::StageMethodSetting;
use purlin_construct::Scope;

use super::Throttle;
use crate::check::Checks;
use crate::time::seconds;

/// How much API Gateway writes about the execution of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggingLevel {
    /// Nothing.
    Off,
    /// Errors.
    Error,
    /// Every step.
    Info,
}

/// Settings of methods on a stage
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html>).
#[derive(Debug, Clone, Default)]
#[must_use = "settings do nothing until they are given to a stage"]
pub struct MethodSettings {
    logging: Option<LoggingLevel>,
    traces_data: bool,
    has_metrics: bool,
    throttle: Option<Throttle>,
    cache: Cache,
    encrypts_cache: bool,
}

/// Whether responses are cached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Cache {
    /// The setting of the stage.
    #[default]
    Inherited,
    Off,
    For(Duration),
}

impl MethodSettings {
    /// No logs, metrics or cache, and only the account's limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Logs the execution of calls to the log group `API-Gateway-Execution-Logs_{api}/{stage}`.
    ///
    /// It requires a role of the account, which is [made](super::StageOptions::access_log) if there is none.
    pub fn logging(self, level: LoggingLevel) -> Self {
        Self { logging: Some(level), ..self }
    }

    /// Also logs full requests and responses, with tokens and personal data. Only for debugging.
    pub fn data_trace(self) -> Self {
        Self { traces_data: true, ..self }
    }

    /// Adds metrics of each method, at the price of custom metrics; the stage always has metrics.
    pub fn metrics(self) -> Self {
        Self { has_metrics: true, ..self }
    }

    /// The limit of all callers together; the account's unless given.
    pub fn throttle(self, throttle: Throttle) -> Self {
        Self { throttle: Some(throttle), ..self }
    }

    /// Caches responses to `GET`, for at most an hour, in whole seconds. The stage gets a cache with an hourly price.
    pub fn cache(self, ttl: Duration) -> Self {
        Self { cache: Cache::For(ttl), ..self }
    }

    /// Encrypts cached responses.
    pub fn encrypt_cache(self) -> Self {
        Self { encrypts_cache: true, ..self }
    }

    /// Turns the cache off for the method.
    pub fn without_cache(self) -> Self {
        Self { cache: Cache::Off, ..self }
    }

    pub(super) fn logs(&self) -> bool {
        self.logging.is_some_and(|level| level != LoggingLevel::Off)
    }

    pub(super) fn caches(&self) -> bool {
        matches!(self.cache, Cache::For(_))
    }

    pub(super) fn check(&self, scope: &Scope) {
        if let Some(throttle) = self.throttle {
            throttle.check(scope);
        }
        if let Cache::For(ttl) = self.cache {
            scope.check("the lifetime of cached responses").whole_seconds(ttl, 0..=3600);
        }
        if self.traces_data && !self.logs() {
            scope.error(
                "requests and responses are logged, but the log is off",
                "turn it on with `.logging(LoggingLevel::Info)`, or remove `.data_trace()`",
            );
        }
    }

    /// The setting for a path, with `~1` for each slash, and an HTTP method; either may be `*`.
    pub(super) fn render(&self, path: &str, verb: &str) -> StageMethodSetting {
        let mut setting = StageMethodSetting::new().resource_path(path).http_method(verb);
        if let Some(level) = self.logging {
            setting = setting.logging_level(match level {
                LoggingLevel::Off => "OFF",
                LoggingLevel::Error => "ERROR",
                LoggingLevel::Info => "INFO",
            });
        }
        if self.logging.is_some() || self.traces_data {
            setting = setting.data_trace_enabled(self.traces_data);
        }
        if self.has_metrics {
            setting = setting.metrics_enabled(true);
        }
        if let Some(throttle) = self.throttle {
            setting = setting.throttling_rate_limit(throttle.rate);
            if let Some(burst) = throttle.burst {
                setting = setting.throttling_burst_limit(burst);
            }
        }
        setting = match self.cache {
            Cache::Inherited => setting,
            Cache::Off => setting.caching_enabled(false),
            Cache::For(ttl) => setting.caching_enabled(true).cache_ttl_in_seconds(seconds(ttl)),
        };
        if self.encrypts_cache { setting.cache_data_encrypted(true) } else { setting }
    }
}
