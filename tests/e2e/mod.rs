//! The reference stack, deployed to an emulator by the real programs, and read back through the services' own APIs.
//!
//! Each test has an emulator, a home and a working folder of its own, so they run side by side.

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
mod publish;
mod readback;
mod secrets;
mod smoke;
mod tokens;
mod users;
pub mod web_login;
pub mod world;

/// Where the app is reached, by the stack's own settings.
pub const HOST: &str = "app.example.com";
/// The first part of the login pages' host name.
const PREFIX: &str = "purlin-example-login";
/// The hosted zone the stack imports.
const ZONE: &str = "Z0123456789EXAMPLE";
