//! Scheduled changes of capacity.

use core::time::Duration;

use purlin_cfn::applicationautoscaling::{ScalableTargetScalableTargetAction, ScalableTargetScheduledAction};
use purlin_construct::Scope;

use crate::check::Checks;

/// The time of a scheduled change of capacity
/// (<https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Expression(String),
    Every(Duration),
}

impl Schedule {
    /// Six fields: minutes, hours, day of the month, month, day of the week, year; `0 8 ? * MON-FRI *`.
    pub fn cron(fields: &str) -> Self {
        Self(Kind::Expression(format!("cron({})", fields.trim())))
    }

    /// At an interval of whole minutes, at least one.
    pub fn every(interval: Duration) -> Self {
        Self(Kind::Every(interval))
    }

    /// Once, at this time: `2027-01-31T08:00:00`.
    pub fn at(time: &str) -> Self {
        Self(Kind::Expression(format!("at({time})")))
    }

    fn render(&self) -> String {
        match &self.0 {
            Kind::Expression(text) => text.clone(),
            Kind::Every(interval) => {
                let minutes = interval.as_secs() / 60;
                let (number, unit) = match minutes {
                    days if days > 0 && days % (24 * 60) == 0 => (days / (24 * 60), "day"),
                    hours if hours > 0 && hours % 60 == 0 => (hours / 60, "hour"),
                    minutes => (minutes, "minute"),
                };
                format!("rate({number} {unit}{})", if number == 1 { "" } else { "s" })
            }
        }
    }

    fn check(&self, scope: &Scope) {
        match &self.0 {
            Kind::Every(interval) => scope.check("the interval of the schedule").whole_minutes(*interval, 1..),
            Kind::Expression(text) if text.starts_with("cron(") && text.split_whitespace().count() != 6 => scope.error(
                format!("the schedule is `{text}`, but AWS takes six fields"),
                "give minutes, hours, day of the month, month, day of the week and year: \
                     `Schedule::cron(\"0 8 ? * MON-FRI *\")`",
            ),
            Kind::Expression(_) => (),
        }
    }
}

/// New bounds of the capacity from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a schedule does nothing until it is given to a scaling"]
pub struct ScheduledCapacity {
    schedule: Schedule,
    min: Option<u32>,
    max: Option<u32>,
    time_zone: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

impl ScheduledCapacity {
    /// New bounds by a schedule; give at least a `min` or a `max`.
    pub fn on(schedule: Schedule) -> Self {
        Self { schedule, min: None, max: None, time_zone: None, start: None, end: None }
    }

    /// The minimum capacity; unchanged unless given.
    pub fn min(self, capacity: u32) -> Self {
        Self { min: Some(capacity), ..self }
    }

    /// The maximum capacity; unchanged unless given.
    pub fn max(self, capacity: u32) -> Self {
        Self { max: Some(capacity), ..self }
    }

    /// The time zone of the schedule, such as `Europe/Vienna`; UTC unless given.
    pub fn time_zone(self, name: impl Into<String>) -> Self {
        Self { time_zone: Some(name.into()), ..self }
    }

    /// The start of the schedule, such as `2027-01-31T08:00:00Z`; immediately unless given.
    pub fn start(self, time: impl Into<String>) -> Self {
        Self { start: Some(time.into()), ..self }
    }

    /// The end of the schedule, such as `2027-01-31T08:00:00Z`; none unless given.
    pub fn end(self, time: impl Into<String>) -> Self {
        Self { end: Some(time.into()), ..self }
    }

    pub(super) fn render(self, scope: &Scope, name: &str) -> ScalableTargetScheduledAction {
        self.schedule.check(scope);
        let mut capacity = ScalableTargetScalableTargetAction::new();
        match (self.min, self.max) {
            (None, None) => scope.error(
                format!("the scheduled scaling `{name}` has neither a minimum nor a maximum capacity"),
                "add `.min(4)`, `.max(20)` or both",
            ),
            (Some(min), Some(max)) if min > max => scope.error(
                format!("the scheduled scaling `{name}` has a minimum capacity of {min}, above its maximum of {max}"),
                "give a `.min(..)` that is not above `.max(..)`",
            ),
            _ => (),
        }
        if let Some(min) = self.min {
            capacity = capacity.min_capacity(min);
        }
        if let Some(max) = self.max {
            capacity = capacity.max_capacity(max);
        }
        let mut action =
            ScalableTargetScheduledAction::new(self.schedule.render(), name).scalable_target_action(capacity);
        if let Some(time_zone) = self.time_zone {
            action = action.timezone(time_zone);
        }
        if let Some(start) = self.start {
            action = action.start_time(start);
        }
        if let Some(end) = self.end {
            action = action.end_time(end);
        }
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_schedules_as_aws_reads_them() {
        let minutes = |minutes: u64| Schedule::every(Duration::from_secs(minutes * 60)).render();
        let cases = [
            (minutes(1), "rate(1 minute)"),
            (minutes(90), "rate(90 minutes)"),
            (minutes(60), "rate(1 hour)"),
            (minutes(48 * 60), "rate(2 days)"),
            (Schedule::cron("0 8 * * ? *").render(), "cron(0 8 * * ? *)"),
            (Schedule::at("2027-01-31T08:00:00").render(), "at(2027-01-31T08:00:00)"),
        ];
        for (found, expect) in cases {
            assert_eq!(found, expect);
        }
    }
}
