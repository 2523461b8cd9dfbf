//! Amazon ECS on Fargate: clusters, task definitions, containers, services.

mod capacity;
mod cluster;
mod container;
mod container_check;
mod container_props;
mod container_render;
mod deployment;
mod exec;
mod health;
mod image;
mod limits;
mod log_driver;
mod platform;
mod port;
mod scaling;
mod secret;
mod service;
mod service_check;
mod service_import;
mod service_props;
mod size;
mod task;
mod task_check;
mod task_props;
mod volume;

pub use capacity::{CapacityProvider, CapacityProviderStrategy};
pub use cluster::{Cluster, ClusterProps, ContainerInsights};
pub use container::{ContainerCondition, ContainerDefinition};
pub use container_props::{ContainerDefinitionProps, FirelensRouter};
pub use deployment::{CircuitBreaker, DeploymentAlarms, DeploymentController};
pub use exec::ExecuteCommandConfiguration;
pub use health::HealthCheck;
pub use image::{AssetImage, ContainerImage};
pub use limits::{LinuxParameters, RestartPolicy, SystemControl, Ulimit, VersionConsistency};
pub use log_driver::LogDriver;
pub use platform::{CpuArchitecture, OperatingSystemFamily, Platform};
pub use port::{AppProtocol, PortMapping, Protocol};
pub use scaling::ScalableTaskCount;
pub use secret::{EnvironmentFile, Secret};
pub use service::FargateService;
pub use service_import::ImportedFargateService;
pub use service_props::{
    AvailabilityZoneRebalancing, FargatePlatformVersion, FargateServiceProps, PropagatedTagSource,
};
pub use size::Cpu;
pub use task::FargateTaskDefinition;
pub use task_props::FargateTaskDefinitionProps;
pub use volume::{MountPoint, Volume};
