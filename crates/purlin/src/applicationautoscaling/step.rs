//! Step scaling: the further a metric is from where it should be, the more the capacity changes.

use core::time::Duration;

use purlin_cfn::applicationautoscaling::{
    CfnScalingPolicy, ScalingPolicyPolicyType, ScalingPolicyStepAdjustment, ScalingPolicyStepScalingPolicyConfiguration,
};
use purlin_cfn::cloudwatch::CfnAlarm;
use purlin_construct::{Ref, Scope, Value, Word};

use super::policy::{Metric, whole_if_possible};
use super::target::unique_id;

use crate::time::seconds;

/// What the number of a step means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// So much is added to the capacity.
    Change,
    /// So many percent of the capacity are added to it.
    PercentChange,
    /// It is the capacity.
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

/// Changes the capacity by steps, the more the further a metric is from where it should be
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
    /// Looks at a metric over 5 minutes at a time, and acts on the first.
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

    /// From this value of the metric upwards, up to the next step, the capacity changes so much.
    pub fn above(mut self, value: impl Into<f64>, change: i32) -> Self {
        self.above.push((value.into(), change));
        self
    }

    /// From this value of the metric downwards, down to the next step, the capacity changes so much: `-1` takes one away.
    pub fn below(mut self, value: impl Into<f64>, change: i32) -> Self {
        self.below.push((value.into(), change));
        self
    }

    /// What the number of a step means: so much is added unless given.
    pub fn adjustment(self, adjustment: Adjustment) -> Self {
        Self { adjustment, ..self }
    }

    /// Where steps are percentages, the least change. One unless given.
    pub fn min_adjustment_magnitude(self, magnitude: u32) -> Self {
        Self { min_magnitude: Some(magnitude), ..self }
    }

    /// How long after a change smaller ones wait: as long as AWS has it for the kind of target unless given.
    pub fn cooldown(self, time: Duration) -> Self {
        Self { cooldown: Some(time), ..self }
    }

    /// Over how long the metric is put together: 5 minutes unless given; 10 or 30 seconds, or whole minutes.
    pub fn period(self, period: Duration) -> Self {
        Self { period, ..self }
    }

    /// How many periods in a row are looked at: one unless given.
    pub fn evaluation_periods(self, periods: u32) -> Self {
        Self { evaluation_periods: periods, ..self }
    }

    /// How many of the periods looked at have to be beyond the step: all unless given.
    pub fn datapoints_to_alarm(self, datapoints: u32) -> Self {
        Self { datapoints: Some(datapoints), ..self }
    }

    fn check(&self, scope: &Scope) {
        if self.above.is_empty() && self.below.is_empty() {
            scope.error("a step scaling has no steps", "add some: `.above(70, 2)`, `.below(20, -1)`");
        }
        let least_above = self.above.iter().map(|(value, _)| *value).fold(f64::INFINITY, f64::min);
        let greatest_below = self.below.iter().map(|(value, _)| *value).fold(f64::NEG_INFINITY, f64::max);
        if greatest_below >= least_above {
            scope.error(
                format!("steps overlap: the capacity changes below {greatest_below} and above {least_above}"),
                "leave room between `.below(..)` and `.above(..)`, where nothing changes",
            );
        }
        for steps in [&self.above, &self.below] {
            for (index, (value, _)) in steps.iter().enumerate() {
                if !value.is_finite() || steps[..index].iter().any(|(other, _)| other.total_cmp(value).is_eq()) {
                    scope
                        .error(format!("a step at {value} is not a number, or there twice"), "give each its own value");
                }
            }
        }
        if self.datapoints.is_some_and(|datapoints| datapoints == 0 || datapoints > self.evaluation_periods) {
            scope.error(
                format!(
                    "{} of {} periods have to be beyond a step",
                    self.datapoints.unwrap_or_default(),
                    self.evaluation_periods
                ),
                "let `.datapoints_to_alarm(..)` be from 1 to `.evaluation_periods(..)`",
            );
        }
        let period = self.period.as_secs();
        if self.period.subsec_nanos() != 0 || period == 0 || !([10, 30].contains(&period) || period.is_multiple_of(60))
        {
            scope.error(
                format!(
                    "a metric is put together over {:?}, CloudWatch has 10 and 30 seconds and whole minutes",
                    self.period
                ),
                "set it by `.period(Duration::from_secs(60))`",
            );
        }
    }

    /// The policies and their alarms, under the CDK's ids.
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
