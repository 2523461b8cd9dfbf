//! The targets of records.

use purlin_construct::{IntoValue, Value};

/// The hosted zone of all CloudFront distributions, and of Cognito's custom domains
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-route53-recordset-aliastarget.html>).
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// An AWS resource that is the target of an alias record; queries for it are free.
#[derive(Debug, Clone)]
pub struct AliasTarget {
    pub(crate) dns_name: Value<String>,
    pub(crate) hosted_zone_id: Value<String>,
    pub(crate) evaluate_health: bool,
}

impl AliasTarget {
    /// The resource with this DNS name, in this hosted zone of AWS.
    pub fn new(dns_name: impl IntoValue<String>, hosted_zone_id: impl IntoValue<String>) -> Self {
        Self { dns_name: dns_name.into_value(), hosted_zone_id: hosted_zone_id.into_value(), evaluate_health: false }
    }

    /// A CloudFront distribution by its DNS name, or the one of a user pool's custom domain.
    pub fn cloudfront(dns_name: impl IntoValue<String>) -> Self {
        Self::new(dns_name, CLOUDFRONT_ZONE)
    }

    /// Returns the record only while its target is healthy. Not for CloudFront.
    pub fn evaluate_target_health(self) -> Self {
        Self { evaluate_health: true, ..self }
    }
}

/// The target of an [`ARecord`](super::ARecord) or [`AaaaRecord`](super::AaaaRecord).
#[derive(Debug, Clone)]
pub struct RecordTarget(pub(crate) Kind);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Alias(AliasTarget),
    Values(Vec<Value<String>>),
}

impl RecordTarget {
    /// An AWS resource.
    pub fn alias(target: impl Into<AliasTarget>) -> Self {
        Self(Kind::Alias(target.into()))
    }

    /// IP addresses.
    pub fn ip_addresses<V: IntoValue<String>>(addresses: impl IntoIterator<Item = V>) -> Self {
        Self::values(addresses)
    }

    /// The values of the record.
    pub fn values<V: IntoValue<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self(Kind::Values(values.into_iter().map(IntoValue::into_value).collect()))
    }
}

impl From<AliasTarget> for RecordTarget {
    fn from(target: AliasTarget) -> Self {
        Self::alias(target)
    }
}
