//! Health checks of a target group.

use std::time::Duration;

use purlin_cfn::elasticloadbalancingv2::{CfnTargetGroup, TargetGroupMatcher};
use purlin_construct::{IntoValue, Scope, Value, Word};

use super::check;
use super::protocol::Protocol;
use super::target_group_props::{ProtocolVersion, TargetType};
use crate::check::Checks;
use crate::time::seconds;

/// The health check of targets. Settings that are not given have AWS's defaults
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>).
/// For addresses and instances: every 30 seconds a request for `/` on the traffic port, 5 seconds to answer with 200
/// (gRPC: 12); healthy after 5 successes, unhealthy after 2 failures.
///
/// ```
/// use std::time::Duration;
/// use purlin::elbv2::HealthCheck;
///
/// HealthCheck::path("/health").interval(Duration::from_secs(15)).healthy_http_codes("200-299");
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a health check does nothing until it is given to a target group"]
pub struct HealthCheck {
    enabled: Option<bool>,
    path: Option<Value<String>>,
    port: Option<u16>,
    protocol: Option<Protocol>,
    interval: Option<Duration>,
    timeout: Option<Duration>,
    healthy_threshold: Option<u8>,
    unhealthy_threshold: Option<u8>,
    http_codes: Option<String>,
    grpc_codes: Option<String>,
}

impl HealthCheck {
    /// A health check with AWS's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// A health check that requests this path; for gRPC a method, such as `/grpc.health.v1.Health/Check`.
    pub fn path(path: impl IntoValue<String>) -> Self {
        Self { path: Some(path.into_value()), ..Self::default() }
    }

    /// No health checks: for target groups of a Lambda function, where it is the default.
    pub fn disabled() -> Self {
        Self { enabled: Some(false), ..Self::default() }
    }

    /// Turns health checks on where they are off by default: for Lambda functions.
    pub fn enabled(self) -> Self {
        Self { enabled: Some(true), ..self }
    }

    /// The port of the checks; the port of the traffic unless given.
    pub fn port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// The protocol of the checks; HTTP unless given, even if the traffic is HTTPS.
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol: Some(protocol), ..self }
    }

    /// The time between two checks: 5 to 300 seconds, and longer than the timeout.
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval: Some(interval), ..self }
    }

    /// The time to answer: 2 to 120 seconds.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Successes in a row after which a target is healthy: 2 to 10.
    pub fn healthy_threshold(self, count: u8) -> Self {
        Self { healthy_threshold: Some(count), ..self }
    }

    /// Failures in a row after which a target is unhealthy: 2 to 10.
    pub fn unhealthy_threshold(self, count: u8) -> Self {
        Self { unhealthy_threshold: Some(count), ..self }
    }

    /// The HTTP statuses of a success, from 200 to 499: `200,202` or `200-299`.
    pub fn healthy_http_codes(self, codes: impl Into<String>) -> Self {
        Self { http_codes: Some(codes.into()), ..self }
    }

    /// The gRPC statuses of a success, from 0 to 99: `0,1` or `0-5`.
    pub fn healthy_grpc_codes(self, codes: impl Into<String>) -> Self {
        Self { grpc_codes: Some(codes.into()), ..self }
    }

    /// The port of the checks, if it is given.
    pub(super) fn own_port(&self) -> Option<u16> {
        self.port
    }

    /// Sets the properties of the target group, and checks them.
    pub(super) fn apply(
        &self,
        scope: &Scope,
        target_type: TargetType,
        version: Option<ProtocolVersion>,
        mut to: CfnTargetGroup,
    ) -> CfnTargetGroup {
        self.check_codes(scope, version);
        self.check_times(scope, target_type);
        if let Some(enabled) = self.enabled {
            to = to.health_check_enabled(enabled);
        }
        if let Some(path) = &self.path {
            check::path(scope, "the path of the health check", Some(path));
            to = to.health_check_path(path);
        }
        if let Some(port) = self.port {
            to = to.health_check_port(port.to_string());
        }
        if let Some(protocol) = self.protocol {
            to = to.health_check_protocol(Word::known(protocol.name()));
        }
        if let Some(interval) = self.interval {
            to = to.health_check_interval_seconds(seconds(interval));
        }
        if let Some(timeout) = self.timeout {
            to = to.health_check_timeout_seconds(seconds(timeout));
        }
        if let Some(count) = self.healthy_threshold {
            to = to.healthy_threshold_count(count);
        }
        if let Some(count) = self.unhealthy_threshold {
            to = to.unhealthy_threshold_count(count);
        }
        match (&self.http_codes, &self.grpc_codes) {
            (Some(codes), _) => to.matcher(TargetGroupMatcher::new().http_code(codes)),
            (None, Some(codes)) => to.matcher(TargetGroupMatcher::new().grpc_code(codes)),
            (None, None) => to,
        }
    }

    fn check_times(&self, scope: &Scope, target_type: TargetType) {
        scope.check("the interval of the health check").whole_seconds(self.interval, ..);
        scope.check("the timeout of the health check").whole_seconds(self.timeout, ..);
        let is_function = target_type == TargetType::Lambda;
        let (interval, timeout) = if is_function { (35, 30) } else { (30, 5) };
        let hint =
            format!("raise `interval` above `timeout` (their defaults are {interval} and {timeout} seconds here)");
        let interval = self.interval.unwrap_or(Duration::from_secs(interval));
        let timeout = self.timeout.unwrap_or(Duration::from_secs(timeout));
        if timeout >= interval {
            scope.error(
                format!("the health check has timeout `{timeout:?}` and interval `{interval:?}`, but AWS takes longer intervals than timeouts"),
                hint,
            );
        }
        if self.enabled == Some(false) && !is_function {
            scope.error(
                "health checks are disabled, but AWS always checks addresses and instances",
                "leave out `HealthCheck::disabled()`, or call `.target_type(TargetType::Lambda)`",
            );
        }
    }

    fn check_codes(&self, scope: &Scope, version: Option<ProtocolVersion>) {
        let is_grpc = version == Some(ProtocolVersion::Grpc);
        let (codes, allowed, what) = match (&self.http_codes, &self.grpc_codes) {
            (Some(_), Some(_)) => {
                scope.error(
                    "the health check has both HTTP and gRPC codes, but AWS takes one of the two",
                    "keep the codes of the target group's protocol version",
                );
                return;
            }
            (Some(codes), None) => (codes, 200..=499_u16, "HTTP"),
            (None, Some(codes)) => (codes, 0..=99, "gRPC"),
            (None, None) => return,
        };
        if is_grpc != (what == "gRPC") {
            let version = if is_grpc { "gRPC" } else { "HTTP" };
            scope.error(
                format!("the health check has {what} codes, but the protocol version of the target group is {version}"),
                format!("call `healthy_{}_codes` instead", version.to_lowercase()),
            );
        }
        let is_code = |code: &str| code.parse::<u16>().is_ok_and(|code| allowed.contains(&code));
        let is_item =
            |item: &str| item.split_once('-').map_or_else(|| is_code(item), |(a, b)| is_code(a) && is_code(b));
        if !codes.split(',').all(is_item) {
            scope.error(
                format!(
                    "the {what} codes of the health check are `{codes}`, but AWS takes {} to {}",
                    allowed.start(),
                    allowed.end()
                ),
                "separate codes by commas, and write ranges with a dash: `200,202` or `200-299`",
            );
        }
    }
}
