//! Step scaling: the capacity changes more, the further a metric is from its normal range.

use core::time::Duration;

use purlin_cfn::applicationautoscaling::{
    CfnScalingPolicy, ScalingPolicyPolicyType, ScalingPolicyStepAdjustment, ScalingPolicyStepScalingPolicyConfiguration,
};
use purlin_cfn::cloudwatch::CfnAlarm;
use purlin_construct::{Ref, Scope, Value, Word};

use super::policy::{Metric, whole_if_possible};
use super::target::unique_id;

use crate::check::Checks;
use crate::time::seconds;

/// The meaning of a step's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// The number is added to the capacity.
    Change,
    /// The number is a percentage of the capacity, which is added to it.
    PercentChange,
    /// The number is the new capacity.
    Exact,
}

impl Adjustment {
    const fn name(self) -> &'static str {
        match self {
            Self::Change => "ChangeInCapacity",
            Self::PercentChange => "PercentChangeInCapacity",
            Self::Exact => "ExactCapacity",
        }
    }
}

/// Changes the capacity by steps: more, the further a metric is from its normal range
/// (<https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html>).
///
/// ```
/// use purlin::applicationautoscaling::{Metric, StepScaling};
///
/// let backlog = Metric::new("Shop", "Backlog").maximum();
/// let scaling = StepScaling::on(backlog).below(10, -1).above(50, 1).above(200, 5);
/// # drop(scaling);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a policy does nothing until it is given to a scaling"]
pub struct StepScaling {
    metric: Metric,
    above: Vec<(f64, i32)>,
    below: Vec<(f64, i32)>,
    adjustment: Adjustment,
    cooldown: Option<Duration>,
    period: Duration,
    evaluation_periods: u32,
    datapoints: Option<u32>,
    min_magnitude: Option<u32>,
}

impl StepScaling {
    /// A scaling by a metric, with one period of 5 minutes.
    pub fn on(metric: Metric) -> Self {
        Self {
            metric,
            above: Vec::new(),
            below: Vec::new(),
            adjustment: Adjustment::Change,
            cooldown: None,
            period: Duration::from_mins(5),
            evaluation_periods: 1,
            datapoints: None,
            min_magnitude: None,
        }
    }

    /// The change of the capacity from this value of the metric up to the next step.
    pub fn above(mut self, value: impl Into<f64>, change: i32) -> Self {
        self.above.push((value.into(), change));
        self
    }

    /// The change of the capacity from this value of the metric down to the next step: `-1` removes one.
    pub fn below(mut self, value: impl Into<f64>, change: i32) -> Self {
        self.below.push((value.into(), change));
        self
    }

    /// The meaning of a step's number; it is added to the capacity unless given.
    pub fn adjustment(self, adjustment: Adjustment) -> Self {
        Self { adjustment, ..self }
    }

    /// The smallest change by [`Adjustment::PercentChange`]; one unless given.
    pub fn min_adjustment_magnitude(self, magnitude: u32) -> Self {
        Self { min_magnitude: Some(magnitude), ..self }
    }

    /// The time after a change before the next one; AWS's default for the type of target unless given.
    pub fn cooldown(self, time: Duration) -> Self {
        Self { cooldown: Some(time), ..self }
    }

    /// The period of the metric: 5 minutes unless given; 10 or 30 seconds, or whole minutes.
    pub fn period(self, period: Duration) -> Self {
        Self { period, ..self }
    }

    /// The number of periods in a row that are evaluated: one unless given.
    pub fn evaluation_periods(self, periods: u32) -> Self {
        Self { evaluation_periods: periods, ..self }
    }

    /// The number of evaluated periods that must be beyond the step: all unless given.
    pub fn datapoints_to_alarm(self, datapoints: u32) -> Self {
        Self { datapoints: Some(datapoints), ..self }
    }

    fn check(&self, scope: &Scope) {
        if self.above.is_empty() && self.below.is_empty() {
            scope.error("the step scaling has no steps", "add some: `.above(70, 2)`, `.below(20, -1)`");
        }
        if self.min_magnitude.is_some() && self.adjustment != Adjustment::PercentChange {
            scope.error(
                "the step scaling has a minimum magnitude, but its steps are not percentages",
                "leave out `.min_adjustment_magnitude(..)`, or use `Adjustment::PercentChange`",
            );
        }
        let least_above = self.above.iter().map(|(value, _)| *value).fold(f64::INFINITY, f64::min);
        let greatest_below = self.below.iter().map(|(value, _)| *value).fold(f64::NEG_INFINITY, f64::max);
        if greatest_below >= least_above {
            scope.error(
                format!("steps overlap: the capacity changes below {greatest_below} and above {least_above}"),
                "leave a range without change between `.below(..)` and `.above(..)`",
            );
        }
        for steps in [&self.above, &self.below] {
            for (index, (value, _)) in steps.iter().enumerate() {
                if !value.is_finite() || steps[..index].iter().any(|(other, _)| other.total_cmp(value).is_eq()) {
                    scope.error(
                        format!("the step at {value} is not a number, or given twice"),
                        "give each step a different value",
                    );
                }
            }
        }
        if self.datapoints.is_some_and(|datapoints| datapoints == 0 || datapoints > self.evaluation_periods) {
            scope.error(
                format!(
                    "{} of {} evaluated periods must be beyond a step",
                    self.datapoints.unwrap_or_default(),
                    self.evaluation_periods
                ),
                "give `.datapoints_to_alarm(..)` from 1 to `.evaluation_periods(..)`",
            );
        }
        scope.check("the cooldown of the step scaling").whole_seconds(self.cooldown, ..);
        let period = self.period.as_secs();
        let is_allowed = [10, 30].contains(&period) || (period > 0 && period.is_multiple_of(60));
        if !is_allowed || self.period.subsec_nanos() != 0 {
            scope.error(
                format!(
                    "the period of the metric is `{:?}`, but AWS takes 10 or 30 seconds, or whole minutes",
                    self.period
                ),
                "set it by `.period(Duration::from_secs(60))`",
            );
        }
    }

    /// The policies and their alarms, with the CDK's ids.
    pub(super) fn build(mut self, scope: &Scope, target_id: &Value<String>) {
        self.check(scope);
        self.above.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        self.below.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        if let Some((threshold, _)) = self.below.first().copied() {
            let steps = self.below.iter().enumerate().map(|(index, (value, change))| {
                let next = self.below.get(index + 1).map(|(value, _)| value - threshold);
                adjustment(next, Some(value - threshold), *change)
            });
            let policy = self.policy(&scope.child("LowerPolicy"), target_id, steps.collect());
            let alarm = self.alarm("Lower threshold scaling alarm", "LessThanOrEqualToThreshold", threshold, &policy);
            scope.child("LowerAlarm").add("Resource", alarm);
        }
        if let Some((threshold, _)) = self.above.first().copied() {
            let steps = self.above.iter().enumerate().map(|(index, (value, change))| {
                let next = self.above.get(index + 1).map(|(value, _)| value - threshold);
                adjustment(Some(value - threshold), next, *change)
            });
            let policy = self.policy(&scope.child("UpperPolicy"), target_id, steps.collect());
            let alarm =
                self.alarm("Upper threshold scaling alarm", "GreaterThanOrEqualToThreshold", threshold, &policy);
            scope.child("UpperAlarm").add("Resource", alarm);
        }
    }

    fn policy(
        &self,
        scope: &Scope,
        target_id: &Value<String>,
        steps: Vec<ScalingPolicyStepAdjustment>,
    ) -> Ref<CfnScalingPolicy> {
        let mut configuration = ScalingPolicyStepScalingPolicyConfiguration::new()
            .adjustment_type(Word::known(self.adjustment.name()))
            .metric_aggregation_type(Word::known(self.metric.aggregation()))
            .step_adjustments(steps);
        if let Some(time) = self.cooldown {
            configuration = configuration.cooldown(seconds(time));
        }
        if let Some(magnitude) = self.min_magnitude {
            configuration = configuration.min_adjustment_magnitude(magnitude);
        }
        let policy = CfnScalingPolicy::new(unique_id(scope), ScalingPolicyPolicyType::STEP_SCALING)
            .scaling_target_id(target_id)
            .step_scaling_policy_configuration(configuration);
        scope.add("Resource", policy)
    }

    fn alarm(
        &self,
        description: &str,
        operator: &'static str,
        threshold: f64,
        policy: &Ref<CfnScalingPolicy>,
    ) -> CfnAlarm {
        let alarm = CfnAlarm::new()
            .alarm_actions([policy.id()])
            .alarm_description(description)
            .comparison_operator(Word::known(operator))
            .evaluation_periods(self.evaluation_periods)
            .period(seconds(self.period))
            .threshold(whole_if_possible(threshold));
        let alarm = self.metric.alarmed(alarm);
        match self.datapoints {
            Some(datapoints) => alarm.datapoints_to_alarm(datapoints),
            None => alarm,
        }
    }
}

/// A step between two distances from the alarm's threshold.
fn adjustment(lower: Option<f64>, upper: Option<f64>, change: i32) -> ScalingPolicyStepAdjustment {
    let mut step = ScalingPolicyStepAdjustment::new(change);
    if let Some(lower) = lower {
        step = step.metric_interval_lower_bound(whole_if_possible(lower));
    }
    match upper {
        Some(upper) => step.metric_interval_upper_bound(whole_if_possible(upper)),
        None => step,
    }
}
