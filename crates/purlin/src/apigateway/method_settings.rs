//! What a stage logs, measures, slows and caches of its methods.

use std::time::Duration;

use purlin_cfn::apigateway::StageMethodSetting;
use purlin_construct::Scope;

use super::Throttle;
use crate::time::seconds;

/// How much API Gateway writes about the execution of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggingLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// Every step.
    Info,
}

/// How methods are treated on a stage
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

/// Whether answers are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Cache {
    /// As the stage does.
    #[default]
    Inherited,
    Off,
    For(Duration),
}

/// API Gateway keeps an answer no longer.
const LONGEST_TTL: Duration = Duration::from_hours(1);

impl MethodSettings {
    /// Nothing logged, measured or cached, and no limit but the account's.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes about the execution of calls into the log group `API-Gateway-Execution-Logs_{api}/{stage}`.
    ///
    /// The account needs a role for it, which is [made](super::StageOptions::access_log) where there is none.
    pub fn logging(self, level: LoggingLevel) -> Self {
        Self { logging: Some(level), ..self }
    }

    /// Writes whole requests and answers into the log too: with the tokens and personal data in them. For debugging,
    /// and never for good.
    pub fn data_trace(self) -> Self {
        Self { traces_data: true, ..self }
    }

    /// Measures each method, which costs as custom metrics do; the stage as a whole is always measured.
    pub fn metrics(self) -> Self {
        Self { has_metrics: true, ..self }
    }

    /// How fast all callers together may call; as fast as the account's limit unless given.
    pub fn throttle(self, throttle: Throttle) -> Self {
        Self { throttle: Some(throttle), ..self }
    }

    /// Keeps answers to `GET`, for at most an hour, in whole seconds. The stage gets a cache, which costs by the hour.
    pub fn cache(self, ttl: Duration) -> Self {
        Self { cache: Cache::For(ttl), ..self }
    }

    /// Keeps answers encrypted.
    pub fn encrypt_cache(self) -> Self {
        Self { encrypts_cache: true, ..self }
    }

    /// Keeps no answers of the method, though the stage does of others.
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
        if let Cache::For(ttl) = self.cache
            && (ttl > LONGEST_TTL || ttl.subsec_nanos() != 0)
        {
            scope.error(
                format!("answers are cached for {ttl:?}, API Gateway takes whole seconds up to an hour"),
                "give a time up to `Duration::from_secs(3600)`",
            );
        }
        if self.traces_data && !self.logs() {
            scope.error(
                "requests and answers are to be written into a log that is off",
                "turn it on, `.logging(LoggingLevel::Info)`, or remove `.data_trace()`",
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
