//! Whole services from one recipe: behind a load balancer, behind a login.
//!
//! [`ApplicationLoadBalancedFargateService`] runs a container on Fargate behind a balancer;
//! [`CognitoAuthenticatedService`] puts a login in front of it. Both are made of constructs that can be had alone, and
//! take a change to the recipe of each: `.service(|service| service.desired_count(2))`.

mod authenticated;
mod balanced;
mod balanced_props;
mod task_image;

pub use authenticated::{CognitoAuthenticatedService, CognitoAuthenticatedServiceProps, SignIn};
pub use balanced::{ApplicationLoadBalancedFargateService, PublicListener};
pub use balanced_props::{ApplicationLoadBalancedFargateServiceProps, RecordType, Site};
pub use task_image::TaskImage;
