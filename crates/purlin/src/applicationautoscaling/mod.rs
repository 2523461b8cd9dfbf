//! Application Auto Scaling: targets that scale, and the policies that scale them.
//!
//! Services give a scaling of their own on top of it: [`FargateService::auto_scale`](crate::ecs::FargateService::auto_scale).

mod policy;
mod schedule;
mod step;
mod target;

pub use policy::{Metric, TargetTracking, TrackedMetric};
pub use schedule::{Schedule, ScheduledCapacity};
pub use step::{Adjustment, StepScaling};
pub(crate) use target::unique_id;
pub use target::{ScalableTarget, ScalableTargetProps};
