//! Files published to a bucket when a stack is deployed: static sites, and small texts with values that only the
//! deployment knows.

mod deployment;
mod props;
mod source;

pub use deployment::BucketDeployment;
pub use props::BucketDeploymentProps;
pub use source::{CacheControl, Source};
