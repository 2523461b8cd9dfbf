//! The reference stacks, one module each. They are what users start from, so they read as documentation.

pub mod cognito_alb_fargate;
pub mod groups_cerbos;
pub mod m2m_api;
pub mod settings;
pub mod spa_identity_pool;
pub mod web_login;
