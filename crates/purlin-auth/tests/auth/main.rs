//! What the crate accepts and refuses, over HTTP on loopback where keys and tokens come from.

#![expect(clippy::unwrap_used, reason = "a test fails where it is surprised")]

mod bad_alb;
mod bad_cognito;
mod every_byte;
mod good;
mod handlers;
mod key_sets;
mod keys;
mod server;
mod signed;
mod tokens;
