//! How ECS finds out whether a container works.

use core::time::Duration;

use purlin_cfn::ecs::TaskDefinitionHealthCheck;
use purlin_construct::{IntoValue, Scope, Value};

use crate::time::seconds;

/// A command that ECS runs inside a container to see whether it works
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html>).
///
/// Every 30 seconds, with 5 seconds to answer; three failures in a row make the container unhealthy.
#[derive(Debug, Clone)]
#[must_use = "a health check does nothing until it is given to a container"]
pub struct HealthCheck {
    command: Vec<Value<String>>,
    interval: Duration,
    timeout: Duration,
    retries: u32,
    start_period: Option<Duration>,
}

impl HealthCheck {
    /// A command for the container's shell; its exit code 0 says healthy: `curl -f http://localhost/health || exit 1`.
    pub fn shell(command: impl IntoValue<String>) -> Self {
        Self::new(vec!["CMD-SHELL".into_value(), command.into_value()])
    }

    /// A program with its arguments, run without a shell.
    pub fn command<A: IntoValue<String>>(program_and_arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = program_and_arguments.into_iter().map(IntoValue::into_value);
        Self::new([IntoValue::<String>::into_value("CMD")].into_iter().chain(arguments).collect())
    }

    fn new(command: Vec<Value<String>>) -> Self {
        let (interval, timeout) = (Duration::from_secs(30), Duration::from_secs(5));
        Self { command, interval, timeout, retries: 3, start_period: None }
    }

    /// How long after a check the next one follows: 30 seconds; 5 to 300 are allowed.
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// How long a check may take: 5 seconds; 2 to 60 are allowed.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How many checks in a row have to fail: 3; 1 to 10 are allowed.
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// How long after its start failures do not count: no time unless given; up to 300 seconds.
    pub fn start_period(self, period: Duration) -> Self {
        Self { start_period: Some(period), ..self }
    }

    /// How long after the container's start the first check runs; within a start period that is up to Docker.
    pub(super) fn first_after(&self) -> Option<Duration> {
        self.start_period.is_none().then_some(self.interval)
    }

    pub(super) fn check(&self, scope: &Scope) {
        range(scope, "a health check's interval", self.interval, 5, 300, "interval");
        range(scope, "a health check's timeout", self.timeout, 2, 60, "timeout");
        if let Some(period) = self.start_period {
            range(scope, "a health check's start period", period, 0, 300, "start_period");
        }
        if !(1..=10).contains(&self.retries) {
            scope.error(
                format!("a health check's retries are {}, ECS allows 1 to 10", self.retries),
                "set them by `.retries(..)`",
            );
        }
        if self.command.len() < 2 {
            scope.error("a health check has no command", "name a program: `HealthCheck::command([\"/bin/check\"])`");
        }
    }

    pub(super) fn render(&self) -> TaskDefinitionHealthCheck {
        let check = TaskDefinitionHealthCheck::new()
            .command(self.command.clone())
            .interval(seconds(self.interval))
            .retries(self.retries)
            .timeout(seconds(self.timeout));
        match self.start_period {
            Some(period) => check.start_period(seconds(period)),
            None => check,
        }
    }
}

/// Reports a time that is out of range, or not in whole seconds.
pub(super) fn range(scope: &Scope, what: &str, time: Duration, least: u64, greatest: u64, setter: &str) {
    let whole = time.subsec_nanos() == 0;
    if !(least..=greatest).contains(&time.as_secs()) || !whole {
        scope.error(
            format!("{what} is {time:?}, ECS allows {least} to {greatest} whole seconds"),
            format!("set it by `.{setter}(Duration::from_secs(..))`"),
        );
    }
}
