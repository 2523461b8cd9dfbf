//! Deploys cloud assemblies to AWS and explains what happened.

pub mod local;
