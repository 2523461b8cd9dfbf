//! The reference stacks, one module each. They are what users start from, so they read as documentation.

pub mod cognito_alb_fargate;
pub mod settings;
