//! A simulator of CloudFormation, and the engine against it: every status, a thousand bad days, thirty stacks.
//!
//! It shares no code with the engine and is written from AWS's API reference, so that the two can disagree.

mod api;
mod begin;
mod faults;
mod fixture;
#[path = "../http/mod.rs"]
mod http;
mod many;
mod nested;
mod operation;
mod rules;
mod schedules;
mod server;
mod setup;
mod stack;
mod statuses;
mod template;
mod world;
mod xml;
