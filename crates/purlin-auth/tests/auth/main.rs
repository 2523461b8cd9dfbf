//! What the crate accepts and refuses. Keys and tokens come over HTTP from loopback.

#![expect(clippy::unwrap_used, reason = "a test fails on unexpected values")]

mod answers;
mod bad_alb;
mod bad_cognito;
mod every_byte;
mod good;
mod handlers;
mod issuers;
mod jwt_verify;
mod key_sets;
mod key_tables;
mod keys;
mod server;
mod signed;
mod tokens;
