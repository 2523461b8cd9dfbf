//! Capacity by the clock.

use core::time::Duration;

use purlin_cfn::applicationautoscaling::{ScalableTargetScalableTargetAction, ScalableTargetScheduledAction};
use purlin_construct::Scope;

/// When a scheduled change of capacity happens
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

    /// Every so often: whole minutes, one at least.
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
            Kind::Every(interval) if interval.as_secs() < 60 || interval.as_secs() % 60 != 0 => scope.error(
                format!("capacity is scheduled every {interval:?}, AWS counts in whole minutes, one at least"),
                "give a number of minutes: `Schedule::every(Duration::from_secs(30 * 60))`",
            ),
            Kind::Expression(text) if text.starts_with("cron(") && text.split_whitespace().count() != 6 => scope.error(
                format!("the schedule `{text}` does not have six fields"),
                "name minutes, hours, day of the month, month, day of the week and year: \
                     `Schedule::cron(\"0 8 ? * MON-FRI *\")`",
            ),
            Kind::Every(_) | Kind::Expression(_) => (),
        }
    }
}

/// Bounds of the capacity that hold from a time on.
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
    /// What is set by a schedule; give it at least a `min` or a `max`.
    pub fn on(schedule: Schedule) -> Self {
        Self { schedule, min: None, max: None, time_zone: None, start: None, end: None }
    }

    /// The least capacity from then on; unchanged unless given.
    pub fn min(self, capacity: u32) -> Self {
        Self { min: Some(capacity), ..self }
    }

    /// The greatest capacity from then on; unchanged unless given.
    pub fn max(self, capacity: u32) -> Self {
        Self { max: Some(capacity), ..self }
    }

    /// The time zone of the schedule, as `Europe/Vienna`; UTC unless given.
    pub fn time_zone(self, name: impl Into<String>) -> Self {
        Self { time_zone: Some(name.into()), ..self }
    }

    /// When the schedule begins, as `2027-01-31T08:00:00Z`; at once unless given.
    pub fn start(self, time: impl Into<String>) -> Self {
        Self { start: Some(time.into()), ..self }
    }

    /// When the schedule ends, as `2027-01-31T08:00:00Z`; never unless given.
    pub fn end(self, time: impl Into<String>) -> Self {
        Self { end: Some(time.into()), ..self }
    }

    pub(super) fn render(self, scope: &Scope, name: &str) -> ScalableTargetScheduledAction {
        self.schedule.check(scope);
        let mut capacity = ScalableTargetScalableTargetAction::new();
        match (self.min, self.max) {
            (None, None) => scope.error(
                format!("the scheduled scaling `{name}` sets neither a least nor a greatest capacity"),
                "say what changes: `.min(4)`, `.max(20)` or both",
            ),
            (Some(min), Some(max)) if min > max => scope.error(
                format!("the scheduled scaling `{name}` has a least capacity of {min}, above its greatest of {max}"),
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
