//! The reference stacks, deployed to an emulator by the real programs, and checked through the services' APIs.
//!
//! Each test has its own emulator, home and working folder, so tests run in parallel.

mod apis;
pub mod aws;
mod bootstrap;
mod browser;
mod cdk;
pub mod contacts;
mod functions;
pub mod http;
mod killed;
mod life;
pub mod login;
mod machines;
mod orphans;
pub mod owner;
mod publish;
pub mod readback;
mod secrets;
pub mod signed;
mod smoke;
mod tokens;
mod users;
pub mod web_login;
pub mod world;

/// The app's DNS name in the stack's settings.
pub const HOST: &str = "app.example.com";
/// The first part of the login pages' host name.
const PREFIX: &str = "purlin-example-login";
/// The hosted zone the stack imports.
const ZONE: &str = "Z0123456789EXAMPLE";
