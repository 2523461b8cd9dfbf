//! The recipe of a bucket, and what S3 would refuse of it.

use purlin_cfn::s3::{
    BucketBucketEncryption, BucketCorsConfiguration, BucketLifecycleConfiguration, BucketLoggingConfiguration,
    BucketPublicAccessBlockConfiguration, BucketServerSideEncryptionByDefault,
    BucketServerSideEncryptionByDefaultSSEAlgorithm, BucketServerSideEncryptionRule, BucketVersioningConfiguration,
    BucketVersioningConfigurationStatus, CfnBucket,
};
use purlin_construct::{Construct, HasScope, IntoValue, RemovalPolicy, Scope, Value};

use super::Bucket;
use super::rules::{self, CorsRule, LifecycleRule};
use crate::kms::Key;

/// The recipe of a [`Bucket`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct BucketProps {
    name: Option<Value<String>>,
    key: Option<Key>,
    public: bool,
    plain_http: bool,
    versioned: bool,
    lifecycle: Vec<LifecycleRule>,
    cors: Vec<CorsRule>,
    logs: Option<(Value<String>, Option<String>)>,
    removal: RemovalPolicy,
}

impl Default for BucketProps {
    fn default() -> Self {
        Self {
            name: None,
            key: None,
            public: false,
            plain_http: false,
            versioned: false,
            lifecycle: Vec::new(),
            cors: Vec::new(),
            logs: None,
            removal: RemovalPolicy::Retain,
        }
    }
}

impl BucketProps {
    /// The bucket's name, which no other bucket of any account has: 3 to 63 lower-case letters, digits, `.` and `-`.
    /// CloudFormation makes one up unless given, which is the better choice: a bucket with a name cannot be replaced.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Encrypts objects with this key of AWS KMS, through a bucket key, which asks KMS less often. Unless given, S3
    /// encrypts them with keys of its own
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>).
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// Lets policies and access control lists make objects public. All of that is blocked unless this is said
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>).
    pub fn allow_public_access(self) -> Self {
        Self { public: true, ..self }
    }

    /// Answers requests over plain HTTP too. Unless this is said, the bucket's policy refuses them.
    pub fn allow_plain_http(self) -> Self {
        Self { plain_http: true, ..self }
    }

    /// Keeps what objects were before they were overwritten or deleted. Old versions cost as much as new ones: expire
    /// them by [`LifecycleRule::expire_old_versions`].
    pub fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// A rule by which objects are deleted. None are unless there is one.
    pub fn lifecycle_rule(mut self, rule: LifecycleRule) -> Self {
        self.lifecycle.push(rule);
        self
    }

    /// A rule by which pages of other origins may ask for objects. None may unless there is one.
    pub fn cors_rule(mut self, rule: CorsRule) -> Self {
        self.cors.push(rule);
        self
    }

    /// Writes who asked for what to another bucket, under a prefix. That bucket's policy has to let
    /// `logging.s3.amazonaws.com` put objects.
    pub fn access_logs(self, bucket: &Bucket, prefix: impl Into<String>) -> Self {
        Self { logs: Some((bucket.name(), Some(prefix.into()))), ..self }
    }

    /// What happens to the bucket when it leaves the stack: it is kept, unless said otherwise. CloudFormation deletes a
    /// bucket only when it is empty.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    fn check(&self, scope: &Scope) {
        if let Some(name) = self.name.as_ref().and_then(Value::as_str)
            && let Some(wrong) = wrong_with_name(name)
        {
            scope.error(
                format!("`{name}` is not a name of a bucket: {wrong}"),
                "choose 3 to 63 lower-case letters, digits, `.` and `-`, or leave it out and CloudFormation makes one up",
            );
        }
        if self.removal == RemovalPolicy::Snapshot {
            scope.error("a bucket has no snapshots", "choose `RemovalPolicy::Retain` or `RemovalPolicy::Destroy`");
        }
        rules::check(scope, &self.lifecycle, self.versioned);
        self.cors.iter().for_each(|rule| rule.check(scope));
    }
}

/// What S3 has against a name
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
fn wrong_with_name(name: &str) -> Option<&'static str> {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        return Some("it has to have 3 to 63 characters");
    }
    if !name.chars().all(|c| is_edge(c) || c == '.' || c == '-') {
        return Some("it may have lower-case letters, digits, `.` and `-` only");
    }
    if !(name.starts_with(is_edge) && name.ends_with(is_edge)) {
        return Some("it has to begin and end with a letter or digit");
    }
    if name.contains("..") {
        return Some("two dots may not follow each other");
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some("it may not look like an IP address");
    }
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix));
    reserved.then_some("its beginning or end is reserved for AWS")
}

impl Construct for BucketProps {
    type Handle = Bucket;
    fn build(self, scope: Scope) -> Bucket {
        self.check(&scope);
        let mut bucket = CfnBucket::new();
        if let Some(name) = self.name {
            bucket = bucket.bucket_name(name);
        }
        if let Some(key) = &self.key {
            bucket = bucket.bucket_encryption(encryption(key));
        }
        if !self.public {
            bucket = bucket.public_access_block_configuration(
                BucketPublicAccessBlockConfiguration::new()
                    .block_public_acls(true)
                    .block_public_policy(true)
                    .ignore_public_acls(true)
                    .restrict_public_buckets(true),
            );
        }
        if self.versioned {
            let enabled = BucketVersioningConfiguration::new(BucketVersioningConfigurationStatus::ENABLED);
            bucket = bucket.versioning_configuration(enabled);
        }
        if !self.lifecycle.is_empty() {
            let rules: Vec<_> = self.lifecycle.iter().map(LifecycleRule::render).collect();
            bucket = bucket.lifecycle_configuration(BucketLifecycleConfiguration::new(rules));
        }
        if !self.cors.is_empty() {
            let rules: Vec<_> = self.cors.into_iter().map(CorsRule::render).collect();
            bucket = bucket.cors_configuration(BucketCorsConfiguration::new(rules));
        }
        if let Some((logs, prefix)) = self.logs {
            let mut logging = BucketLoggingConfiguration::new().destination_bucket_name(logs);
            if let Some(prefix) = prefix {
                logging = logging.log_file_prefix(prefix);
            }
            bucket = bucket.logging_configuration(logging);
        }
        let cfn = scope.scope().add("Resource", bucket);
        cfn.removal_policy(self.removal);
        let bucket = Bucket::made(scope, cfn, self.removal, self.key);
        if !self.plain_http {
            bucket.enforce_tls();
        }
        bucket
    }
}

fn encryption(key: &Key) -> BucketBucketEncryption {
    let kms = BucketServerSideEncryptionByDefaultSSEAlgorithm::AWS_KMS;
    let by_default = BucketServerSideEncryptionByDefault::new(kms).kms_master_key_id(key.arn());
    let rule = BucketServerSideEncryptionRule::new().server_side_encryption_by_default(by_default);
    BucketBucketEncryption::new([rule.bucket_key_enabled(true)])
}

#[cfg(test)]
mod tests {
    use super::wrong_with_name;

    #[test]
    fn knows_names_of_buckets() {
        let cases = [
            ("reports", true),
            ("a.b-1", true),
            ("ab", false),
            ("Reports", false),
            ("reports-", false),
            ("a..b", false),
            ("192.168.5.4", false),
            ("xn--reports", false),
            ("reports-s3alias", false),
        ];
        for (name, good) in cases {
            assert_eq!(wrong_with_name(name).is_none(), good, "{name}");
        }
    }
}
