//! Files that are published to a bucket when a stack is deployed: static sites, and small texts with values that are
//! resolved at deployment.

mod deployment;
mod props;
mod source;

pub use deployment::BucketDeployment;
pub use props::BucketDeploymentProps;
pub use source::{CacheControl, Source};
