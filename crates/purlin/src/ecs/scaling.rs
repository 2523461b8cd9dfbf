//! Scaling of a service.

use purlin_cfn::applicationautoscaling::CfnScalingPolicy;
use purlin_construct::{HasScope, Ref, Scope, sub};

use super::service::FargateService;
use crate::applicationautoscaling::{
    Metric, ScalableTarget, ScheduledCapacity, StepScaling, TargetTracking, TrackedMetric,
};
use crate::elbv2::ApplicationTargetGroup;

/// A number of tasks that scales between two bounds
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html>).
///
/// ```
/// use purlin::applicationautoscaling::{Schedule, ScheduledCapacity, TargetTracking};
/// # use purlin::ec2::Vpc;
/// # use purlin::ecs::{Cluster, FargateService, FargateTaskDefinition};
/// # let app = purlin::App::new();
/// # let stack = app.add("Worker", purlin::Stack::props());
/// # let vpc = stack.add("Vpc", Vpc::props());
/// # let cluster = stack.add("Cluster", Cluster::props(&vpc));
/// # let task = stack.add("Task", FargateTaskDefinition::props());
/// # let service = stack.add("Service", FargateService::props(&cluster, &task));
/// let tasks = service.auto_scale(2, 20);
/// tasks.scale_on_cpu_utilization("Cpu", TargetTracking::at(60));
/// tasks.scale_on_schedule("Morning", ScheduledCapacity::on(Schedule::cron("0 7 ? * MON-FRI *")).min(6));
/// ```
#[derive(Debug, Clone)]
pub struct ScalableTaskCount {
    target: ScalableTarget,
}

impl ScalableTaskCount {
    #[track_caller]
    pub(super) fn new(service: &FargateService, min: u32, max: u32) -> Self {
        let scope = service.scope().child("TaskCount");
        let stack = scope.stack();
        let role = sub!(
            "arn:{}:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/\
             AWSServiceRoleForApplicationAutoScaling_ECSService",
            stack.partition(),
            stack.account()
        );
        let resource = sub!("service/{}/{}", service.cluster().name(), service.name());
        let target = ScalableTarget::props("ecs", "ecs:service:DesiredCount", resource)
            .min_capacity(min)
            .max_capacity(max)
            .role_arn(role);
        Self { target: scope.add("Target", target) }
    }

    /// The scalable target.
    pub fn target(&self) -> &ScalableTarget {
        &self.target
    }

    /// Keeps the average CPU utilization near a percentage: `TargetTracking::at(60)`.
    #[track_caller]
    pub fn scale_on_cpu_utilization(&self, id: impl AsRef<str>, tracking: TargetTracking) -> Ref<CfnScalingPolicy> {
        self.target.track(id, TrackedMetric::Predefined("ECSServiceAverageCPUUtilization"), tracking)
    }

    /// Keeps the average memory utilization near a percentage: `TargetTracking::at(60)`.
    #[track_caller]
    pub fn scale_on_memory_utilization(&self, id: impl AsRef<str>, tracking: TargetTracking) -> Ref<CfnScalingPolicy> {
        self.target.track(id, TrackedMetric::Predefined("ECSServiceAverageMemoryUtilization"), tracking)
    }

    /// Keeps the requests per minute and task from a target group near a number: `TargetTracking::at(1000)`.
    #[track_caller]
    pub fn scale_on_request_count(
        &self,
        id: impl AsRef<str>,
        group: &ApplicationTargetGroup,
        tracking: TargetTracking,
    ) -> Ref<CfnScalingPolicy> {
        let metric = TrackedMetric::Labelled("ALBRequestCountPerTarget", group.request_count_label());
        self.target.track(id, metric, tracking)
    }

    /// Keeps a custom metric near a value. It must fall when the number of tasks rises.
    #[track_caller]
    pub fn scale_to_track_custom_metric(
        &self,
        id: impl AsRef<str>,
        metric: Metric,
        tracking: TargetTracking,
    ) -> Ref<CfnScalingPolicy> {
        self.target.track(id, TrackedMetric::Custom(metric), tracking)
    }

    /// Changes the number of tasks by steps: more, the further a metric is from its normal range.
    #[track_caller]
    pub fn scale_on_metric(&self, id: impl AsRef<str>, scaling: StepScaling) {
        self.target.step(id, scaling);
    }

    /// Changes the bounds by a schedule.
    pub fn scale_on_schedule(&self, id: impl AsRef<str>, capacity: ScheduledCapacity) {
        self.target.schedule(id, capacity);
    }
}

impl HasScope for ScalableTaskCount {
    fn scope(&self) -> &Scope {
        self.target.scope()
    }
}
