//! Amazon S3: buckets, private and encrypted by default.

mod bucket;
mod bucket_props;
mod log_delivery;
mod rules;

pub use bucket::Bucket;
pub use bucket_props::BucketProps;
pub use rules::{CorsRule, LifecycleRule};
