//! Whole services from one recipe: behind a load balancer, behind a login.
//!
//! [`ApplicationLoadBalancedFargateService`] runs a container on Fargate behind a balancer;
//! [`CognitoAuthenticatedService`] adds a login. Both consist of public constructs, and you can change the recipe of
//! each: `.service(|service| service.desired_count(2))`.

mod authenticated;
mod balanced;
mod balanced_props;
mod task_image;

pub use authenticated::{CognitoAuthenticatedService, CognitoAuthenticatedServiceProps, SignIn};
pub use balanced::{ApplicationLoadBalancedFargateService, PublicListener};
pub use balanced_props::{ApplicationLoadBalancedFargateServiceProps, RecordType, Site};
pub use task_image::TaskImage;
