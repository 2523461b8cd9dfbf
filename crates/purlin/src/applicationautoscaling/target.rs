//! Scalable targets: the capacity of a resource, between two bounds.

use purlin_cfn::applicationautoscaling::{CfnScalableTarget, CfnScalingPolicy, ScalingPolicyPolicyType};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, Word, logical_id};

use super::policy::{TargetTracking, TrackedMetric};
use super::schedule::ScheduledCapacity;
use super::step::StepScaling;

/// A resource whose capacity AWS changes between two bounds
/// (<https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html>).
#[derive(Debug, Clone)]
pub struct ScalableTarget {
    scope: Scope,
    cfn: Ref<CfnScalableTarget>,
}

/// The recipe of a [`ScalableTarget`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ScalableTargetProps {
    namespace: &'static str,
    dimension: String,
    resource_id: Value<String>,
    min: u32,
    max: u32,
    role_arn: Option<Value<String>>,
}

impl ScalableTarget {
    /// A target by its service (`ecs`), the capacity that changes (`ecs:service:DesiredCount`) and the resource
    /// (`service/cluster/name`). Both bounds are 1 unless given.
    pub fn props(
        namespace: &'static str,
        dimension: impl Into<String>,
        resource_id: impl IntoValue<String>,
    ) -> ScalableTargetProps {
        let (dimension, resource_id) = (dimension.into(), resource_id.into_value());
        ScalableTargetProps { namespace, dimension, resource_id, min: 1, max: 1, role_arn: None }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnScalableTarget> {
        &self.cfn
    }

    /// The target's id.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// Keeps a metric at a value by changing the capacity.
    #[track_caller]
    pub fn track(&self, id: impl AsRef<str>, metric: TrackedMetric, tracking: TargetTracking) -> Ref<CfnScalingPolicy> {
        let scope = self.scope.child(id);
        let name = tracking.name().unwrap_or_else(|| unique_id(&scope));
        let policy = CfnScalingPolicy::new(name, ScalingPolicyPolicyType::TARGET_TRACKING_SCALING)
            .scaling_target_id(self.id())
            .target_tracking_scaling_policy_configuration(tracking.render(&scope, metric));
        scope.add("Resource", policy)
    }

    /// Changes the capacity by steps: more, the further a metric is from its normal range.
    #[track_caller]
    pub fn step(&self, id: impl AsRef<str>, scaling: StepScaling) {
        scaling.build(&self.scope.child(id), &self.id());
    }

    /// Changes the bounds of the capacity by a schedule. The id is the name of the scheduled action.
    pub fn schedule(&self, id: impl AsRef<str>, capacity: ScheduledCapacity) {
        let action = capacity.render(&self.scope, id.as_ref());
        self.cfn.append("ScheduledActions", action);
    }
}

impl HasScope for ScalableTarget {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// A name that is unique within the app, by the CDK's rule from a construct's path.
pub(crate) fn unique_id(scope: &Scope) -> String {
    let path = scope.path();
    logical_id(&path.split('/').collect::<Vec<_>>()).unwrap_or(path)
}

impl ScalableTargetProps {
    /// The minimum capacity: 1 unless given.
    pub fn min_capacity(self, min: u32) -> Self {
        Self { min, ..self }
    }

    /// The maximum capacity: 1 unless given.
    pub fn max_capacity(self, max: u32) -> Self {
        Self { max, ..self }
    }

    /// The role that changes the capacity; the service-linked role unless given.
    pub fn role_arn(self, arn: impl IntoValue<String>) -> Self {
        Self { role_arn: Some(arn.into_value()), ..self }
    }
}

impl Construct for ScalableTargetProps {
    type Handle = ScalableTarget;
    fn build(self, scope: Scope) -> ScalableTarget {
        if self.min > self.max {
            scope.error(
                format!("the scaling has a minimum capacity of {}, above its maximum of {}", self.min, self.max),
                "give a minimum capacity that is not above the maximum",
            );
        }
        let mut target = CfnScalableTarget::new(
            self.max,
            self.min,
            self.resource_id,
            self.dimension.into_value(),
            Word::known(self.namespace),
        );
        if let Some(arn) = self.role_arn {
            target = target.role_arn(arn);
        }
        let cfn = scope.add("Resource", target);
        ScalableTarget { scope, cfn }
    }
}
