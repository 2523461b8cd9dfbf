//! Amazon S3: buckets, private and encrypted unless said otherwise.

mod bucket;
mod bucket_props;
mod rules;

pub use bucket::Bucket;
pub use bucket_props::BucketProps;
pub use rules::{CorsRule, LifecycleRule};
