//! Amazon CloudFront: distributions in front of buckets and web servers, over HTTPS.

mod behavior;
mod distribution;
mod distribution_props;
mod headers;
mod origin;
mod policies;

pub use behavior::{AllowedMethods, Behavior, ViewerProtocol};
pub use distribution::Distribution;
pub use distribution_props::{DistributionProps, ErrorResponse, PriceClass};
pub use headers::{ResponseHeadersPolicy, ResponseHeadersPolicyProps};
pub use origin::{Origin, OriginProtocol};
pub use policies::{CachePolicy, OriginRequestPolicy};
