//! Typed AWS infrastructure in Rust: constructs that synthesize to CloudFormation, and are deployed by `purlin`.
//!
//! There is one module per AWS service. A recipe (`Vpc::props()`) added to a scope returns a handle (`Vpc`); the raw
//! CloudFormation types are in [`cfn`], and every construct returns its own by `cfn()`.

pub mod apigateway;
pub mod apigatewayv2;
mod app;
pub mod applicationautoscaling;
mod asset;
pub mod certificatemanager;
mod check;
pub mod cloudfront;
pub mod cognito;
pub mod cognito_identity;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod ecs_patterns;
pub mod elbv2;
mod entries;
pub mod iam;
pub mod kms;
pub mod lambda;
pub mod logs;
mod name_tag;
mod owner;
pub mod route53;
pub mod run;
pub mod s3;
pub mod s3_deployment;
mod schema;
pub mod secretsmanager;
pub mod ssm;
mod table_keys;
pub mod testing;
mod time;

pub use app::App;
pub use purlin_cfn as cfn;
pub use purlin_construct::*;
pub use run::{Options, Program, run};

/// The Rust of README and manual compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../../../docs/constructs.md")]
struct Manual;
