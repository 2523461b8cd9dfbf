//! Amazon ECS on Fargate: clusters, task definitions, containers, services.

mod container;
mod container_check;
mod container_props;
mod container_render;
mod health;
mod image;
mod limits;
mod log_driver;
mod platform;
mod port;
mod secret;
mod size;
mod task;
mod task_check;
mod task_props;
mod volume;

pub use container::{ContainerCondition, ContainerDefinition};
pub use container_props::{ContainerDefinitionProps, FirelensRouter};
pub use health::HealthCheck;
pub use image::{AssetImage, ContainerImage};
pub use limits::{LinuxParameters, RestartPolicy, SystemControl, Ulimit, VersionConsistency};
pub use log_driver::LogDriver;
pub use platform::{CpuArchitecture, OperatingSystemFamily, Platform};
pub use port::{AppProtocol, PortMapping, Protocol};
pub use secret::{EnvironmentFile, Secret};
pub use size::Cpu;
pub use task::FargateTaskDefinition;
pub use task_props::FargateTaskDefinitionProps;
pub use volume::{MountPoint, Volume};
