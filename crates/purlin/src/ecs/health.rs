//! Health checks of a container.

use core::time::Duration;

use purlin_cfn::ecs::TaskDefinitionHealthCheck;
use purlin_construct::{IntoValue, Scope, Value};

use crate::check::Checks;
use crate::time::seconds;

/// A command that ECS runs inside a container to check its health
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html>).
///
/// It runs every 30 seconds, with a timeout of 5 seconds; three failures in a row make the container unhealthy.
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
    /// A command for the container's shell; exit code 0 means healthy: `curl -f http://localhost/health || exit 1`.
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

    /// The time between two checks, 5 to 300 seconds: 30 seconds unless given.
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// The timeout of a check, 2 to 60 seconds: 5 seconds unless given.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The number of failures in a row that make the container unhealthy, 1 to 10: 3 unless given.
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// The time after the start in which failures do not count, up to 300 seconds: none unless given.
    pub fn start_period(self, period: Duration) -> Self {
        Self { start_period: Some(period), ..self }
    }

    /// The time of the first check after the container's start; none if Docker decides it, in a start period.
    pub(super) fn first_after(&self) -> Option<Duration> {
        self.start_period.is_none().then_some(self.interval)
    }

    pub(super) fn check(&self, scope: &Scope) {
        scope.check("the interval of the health check").whole_seconds(self.interval, 5..=300);
        scope.check("the timeout of the health check").whole_seconds(self.timeout, 2..=60);
        scope.check("the start period of the health check").whole_seconds(self.start_period, 0..=300);
        scope.check("the number of retries of the health check").number(self.retries, 1..=10);
        if self.command.len() < 2 {
            scope.error("the health check has no command", "give a program: `HealthCheck::command([\"/bin/check\"])`");
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
