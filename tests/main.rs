//! Tests of the house as a whole, in one binary: what holds between the crates, and what a user sees.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod architecture;
mod cli;
mod determinism;
mod differences;
mod docker;
mod docs;
mod e2e;
mod golden;
mod house;
mod images;
mod misuse;
mod oracle;
mod programs;
mod publisher;
mod random;
mod tools;
mod web;
