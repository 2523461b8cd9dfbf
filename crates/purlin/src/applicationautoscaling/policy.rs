//! Target tracking: AWS keeps a metric near a value by changing the capacity.

use core::time::Duration;
use std::collections::BTreeMap;

use purlin_cfn::applicationautoscaling::{
    ScalingPolicyCustomizedMetricSpecification, ScalingPolicyMetricDimension,
    ScalingPolicyPredefinedMetricSpecification, ScalingPolicyTargetTrackingScalingPolicyConfiguration,
};
use purlin_cfn::cloudwatch::{AlarmDimension, CfnAlarm};
use purlin_construct::{IntoValue, Scope, Value, Word};

use crate::time::seconds;

/// A metric of Amazon CloudWatch: the average unless it says otherwise.
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

    /// What a step-scaling policy does with several values.
    pub(super) fn aggregation(&self) -> &'static str {
        match self.statistic {
            "Minimum" | "Maximum" => self.statistic,
            _ => "Average",
        }
    }

    /// The alarm, looking at this metric.
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

/// What a target-tracking policy looks at.
#[derive(Debug, Clone)]
pub enum TrackedMetric {
    /// A metric AWS has for the kind of target, such as `ECSServiceAverageCPUUtilization`.
    Predefined(&'static str),
    /// A metric AWS has for a part of the target, such as `ALBRequestCountPerTarget`, and the part's label.
    Labelled(&'static str, Value<String>),
    /// A metric of one's own. It has to fall when the capacity rises.
    Custom(Metric),
}

/// The value that a target-tracking policy keeps a metric at, and how fast it acts
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
    /// Keeps the metric at this value. Scales in both directions, and waits as long as AWS has it for the kind of
    /// target: 300 seconds for services of ECS.
    pub fn at(target: impl Into<f64>) -> Self {
        Self { target: target.into(), name: None, scale_in_cooldown: None, scale_out_cooldown: None, scale_in: true }
    }

    /// How long after taking capacity away no more is taken: whole seconds.
    pub fn scale_in_cooldown(self, time: Duration) -> Self {
        Self { scale_in_cooldown: Some(time), ..self }
    }

    /// How long after adding capacity no more is added: whole seconds.
    pub fn scale_out_cooldown(self, time: Duration) -> Self {
        Self { scale_out_cooldown: Some(time), ..self }
    }

    /// Adds capacity and never takes it away.
    pub fn without_scale_in(self) -> Self {
        Self { scale_in: false, ..self }
    }

    /// The policy's name; one made of its place in the app unless given.
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
                format!("a scaling policy keeps its metric at `{}`, which is not above zero", self.target),
                "say which value is healthy, for example 60 for 60 % of the CPU",
            );
        }
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

/// A whole number is written as one: `60`, not `60.0`.
pub(super) fn whole_if_possible(number: f64) -> Value<f64> {
    #[expect(clippy::cast_possible_truncation, reason = "only where the number is whole and small")]
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Value::new(purlin_construct::Expr::Int(number as i64));
    }
    number.into_value()
}
