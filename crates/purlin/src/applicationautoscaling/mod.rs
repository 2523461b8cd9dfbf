//! Application Auto Scaling: scalable targets and their policies.
//!
//! For services of ECS use [`FargateService::auto_scale`](crate::ecs::FargateService::auto_scale).

mod policy;
mod schedule;
mod step;
mod target;

pub use policy::{Metric, TargetTracking, TrackedMetric};
pub use schedule::{Schedule, ScheduledCapacity};
pub use step::{Adjustment, StepScaling};
pub(crate) use target::unique_id;
pub use target::{ScalableTarget, ScalableTargetProps};
