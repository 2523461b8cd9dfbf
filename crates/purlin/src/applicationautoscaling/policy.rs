//! Target tracking: AWS keeps a metric near a value by changing the capacity.

use core::time::Duration;
use std::collections::BTreeMap;

use purlin_cfn::applicationautoscaling::{
    ScalingPolicyCustomizedMetricSpecification, ScalingPolicyMetricDimension,
    ScalingPolicyPredefinedMetricSpecification, ScalingPolicyTargetTrackingScalingPolicyConfiguration,
};
use purlin_cfn::cloudwatch::{AlarmDimension, CfnAlarm};
use purlin_construct::{IntoValue, Scope, Value, Word};

use crate::check::Checks;
use crate::time::seconds;

/// A metric of Amazon CloudWatch: the average unless another statistic is given.
#[derive(Debug, Clone)]
pub struct Metric {
    namespace: String,
    name: String,
    dimensions: BTreeMap<String, Value<String>>,
    statistic: &'static str,
    unit: Option<String>,
}

impl Metric {
    /// A metric by its namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            dimensions: BTreeMap::new(),
            statistic: "Average",
            unit: None,
        }
    }

    /// With a dimension.
    pub fn dimension(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.dimensions.insert(name.into(), value.into_value());
        self
    }

    /// The sum of the samples.
    pub fn sum(self) -> Self {
        Self { statistic: "Sum", ..self }
    }

    /// The least sample.
    pub fn minimum(self) -> Self {
        Self { statistic: "Minimum", ..self }
    }

    /// The greatest sample.
    pub fn maximum(self) -> Self {
        Self { statistic: "Maximum", ..self }
    }

    /// The number of samples.
    pub fn sample_count(self) -> Self {
        Self { statistic: "SampleCount", ..self }
    }

    /// Only samples of this unit.
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: Some(unit.into()), ..self }
    }

    /// How a step-scaling policy aggregates several values.
    pub(super) fn aggregation(&self) -> &'static str {
        match self.statistic {
            "Minimum" | "Maximum" => self.statistic,
            _ => "Average",
        }
    }

    /// The alarm with this metric.
    pub(super) fn alarmed(&self, alarm: CfnAlarm) -> CfnAlarm {
        let mut alarm = alarm
            .namespace(self.namespace.as_str())
            .metric_name(self.name.as_str())
            .statistic(Word::known(self.statistic));
        if !self.dimensions.is_empty() {
            let dimensions: Vec<_> =
                self.dimensions.iter().map(|(name, value)| AlarmDimension::new(name, value)).collect();
            alarm = alarm.dimensions(dimensions);
        }
        match &self.unit {
            Some(unit) => alarm.unit(unit.as_str().into_value()),
            None => alarm,
        }
    }

    fn render(self) -> ScalingPolicyCustomizedMetricSpecification {
        let mut metric = ScalingPolicyCustomizedMetricSpecification::new()
            .namespace(self.namespace)
            .metric_name(self.name)
            .statistic(Word::known(self.statistic));
        if !self.dimensions.is_empty() {
            let dimensions: Vec<_> = self
                .dimensions
                .into_iter()
                .map(|(name, value)| ScalingPolicyMetricDimension::new(name, value))
                .collect();
            metric = metric.dimensions(dimensions);
        }
        match self.unit {
            Some(unit) => metric.unit(unit),
            None => metric,
        }
    }
}

/// The metric of a target-tracking policy.
#[derive(Debug, Clone)]
pub enum TrackedMetric {
    /// A predefined metric for the type of target, such as `ECSServiceAverageCPUUtilization`.
    Predefined(&'static str),
    /// A predefined metric for a part of the target, such as `ALBRequestCountPerTarget`, and the part's label.
    Labelled(&'static str, Value<String>),
    /// A custom metric. It must fall when the capacity rises.
    Custom(Metric),
}

/// The target value of a target-tracking policy, and its cooldowns
/// (<https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html>).
#[derive(Debug, Clone)]
#[must_use = "a policy does nothing until it is given to a scaling"]
pub struct TargetTracking {
    target: f64,
    name: Option<String>,
    scale_in_cooldown: Option<Duration>,
    scale_out_cooldown: Option<Duration>,
    scale_in: bool,
}

impl TargetTracking {
    /// Keeps the metric at this value. Scales in both directions, with AWS's default cooldown for the type of target:
    /// 300 seconds for services of ECS.
    pub fn at(target: impl Into<f64>) -> Self {
        Self { target: target.into(), name: None, scale_in_cooldown: None, scale_out_cooldown: None, scale_in: true }
    }

    /// The time after a scale-in before the next one, in whole seconds.
    pub fn scale_in_cooldown(self, time: Duration) -> Self {
        Self { scale_in_cooldown: Some(time), ..self }
    }

    /// The time after a scale-out before the next one, in whole seconds.
    pub fn scale_out_cooldown(self, time: Duration) -> Self {
        Self { scale_out_cooldown: Some(time), ..self }
    }

    /// Only adds capacity.
    pub fn without_scale_in(self) -> Self {
        Self { scale_in: false, ..self }
    }

    /// The policy's name; built from the path unless given.
    pub fn policy_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    pub(super) fn name(&self) -> Option<String> {
        self.name.clone()
    }

    pub(super) fn render(
        self,
        scope: &Scope,
        metric: TrackedMetric,
    ) -> ScalingPolicyTargetTrackingScalingPolicyConfiguration {
        if !(self.target.is_finite() && self.target > 0.0) {
            scope.error(
                format!("the target value of the scaling policy is `{}`, but AWS takes values above 0", self.target),
                "give the value to keep, for example 60 for 60 % of the CPU",
            );
        }
        if !self.scale_in && self.scale_in_cooldown.is_some() {
            scope.error(
                "the scaling policy has a scale-in cooldown, but does not scale in",
                "leave out `.scale_in_cooldown(..)` or `.without_scale_in()`",
            );
        }
        scope.check("the scale-in cooldown").whole_seconds(self.scale_in_cooldown, ..);
        scope.check("the scale-out cooldown").whole_seconds(self.scale_out_cooldown, ..);
        let mut policy = ScalingPolicyTargetTrackingScalingPolicyConfiguration::new(whole_if_possible(self.target));
        policy = match metric {
            TrackedMetric::Predefined(kind) => policy
                .predefined_metric_specification(ScalingPolicyPredefinedMetricSpecification::new(Word::known(kind))),
            TrackedMetric::Labelled(kind, label) => policy.predefined_metric_specification(
                ScalingPolicyPredefinedMetricSpecification::new(Word::known(kind)).resource_label(label),
            ),
            TrackedMetric::Custom(metric) => policy.customized_metric_specification(metric.render()),
        };
        if !self.scale_in {
            policy = policy.disable_scale_in(true);
        }
        if let Some(time) = self.scale_in_cooldown {
            policy = policy.scale_in_cooldown(seconds(time));
        }
        if let Some(time) = self.scale_out_cooldown {
            policy = policy.scale_out_cooldown(seconds(time));
        }
        policy
    }
}

/// A number without fraction is written without one: `60`, not `60.0`.
pub(super) fn whole_if_possible(number: f64) -> Value<f64> {
    #[expect(clippy::cast_possible_truncation, reason = "only where the number is whole and small")]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Value::new(purlin_construct::Expr::Int(number as i64));
    }
    number.into_value()
}
