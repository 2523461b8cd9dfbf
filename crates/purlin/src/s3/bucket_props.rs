//! The recipe of a bucket and its checks.

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
    logs: Option<(Bucket, String)>,
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
    /// The bucket's name, unique among all accounts: 3 to 63 lower-case letters, digits, `.` and `-`. By default
    /// CloudFormation generates one. Prefer that: a bucket with a name cannot be replaced.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Encrypts objects with this key of AWS KMS, through a bucket key, which reduces requests to KMS. By default S3
    /// encrypts them with its own keys
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>).
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// Allows policies and access control lists that make objects public. By default S3 blocks them
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>).
    pub fn allow_public_access(self) -> Self {
        Self { public: true, ..self }
    }

    /// Allows requests without TLS. By default the bucket's policy denies them.
    pub fn allow_plain_http(self) -> Self {
        Self { plain_http: true, ..self }
    }

    /// Keeps old versions of objects that are overwritten or deleted. They cost as much as new ones: expire them with
    /// [`LifecycleRule::expire_old_versions`].
    pub fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// Adds a rule that deletes or moves objects. Without rules, objects are kept.
    pub fn lifecycle_rule(mut self, rule: LifecycleRule) -> Self {
        self.lifecycle.push(rule);
        self
    }

    /// Adds a rule that allows requests from pages of other origins. Without rules, browsers block them.
    pub fn cors_rule(mut self, rule: CorsRule) -> Self {
        self.cors.push(rule);
        self
    }

    /// Writes a log of requests to another bucket, below a prefix. The policy of that bucket permits it; that of an
    /// imported bucket has to permit `logging.s3.amazonaws.com` to put objects already. S3 writes no logs to a bucket
    /// that is encrypted with a key of AWS KMS
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html>).
    pub fn access_logs(self, bucket: &Bucket, prefix: impl Into<String>) -> Self {
        Self { logs: Some((bucket.clone(), prefix.into())), ..self }
    }

    /// What happens to the bucket when it is removed from the stack: it is kept unless given. CloudFormation deletes a
    /// bucket only if it is empty.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    fn check(&self, scope: &Scope) {
        if let Some(name) = self.name.as_ref().and_then(Value::as_str)
            && let Some(wrong) = broken_rule(name)
        {
            scope.error(
                format!("the bucket's name is `{name}`, but AWS takes names that {wrong}"),
                "choose 3 to 63 lower-case letters, digits, `.` and `-`, or leave it out: CloudFormation generates one",
            );
        }
        if self.removal == RemovalPolicy::Snapshot {
            scope.error(
                "a bucket has no snapshots, but its removal policy is `Snapshot`",
                "choose `RemovalPolicy::Retain` or `RemovalPolicy::Destroy`",
            );
        }
        if let Some((logs, _)) = self.logs.as_ref().filter(|(logs, _)| logs.encryption_key().is_some()) {
            scope.warning(
                format!(
                    "the bucket's access log goes to `{}`, which is encrypted with a key of AWS KMS: S3 writes no logs \
                     there",
                    logs.scope().path()
                ),
                "give a bucket without `.encryption_key(..)`",
            );
        }
        rules::check(scope, &self.lifecycle, self.versioned);
        self.cors.iter().for_each(|rule| rule.check(scope));
    }
}

/// The rule of S3 that a name breaks
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
fn broken_rule(name: &str) -> Option<&'static str> {
    let is_edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        return Some("have 3 to 63 characters");
    }
    if !name.chars().all(|c| is_edge(c) || c == '.' || c == '-') {
        return Some("have lower-case letters, digits, `.` and `-` only");
    }
    if !(name.starts_with(is_edge) && name.ends_with(is_edge)) {
        return Some("begin and end with a letter or digit");
    }
    if name.contains("..") {
        return Some("have no two dots in a row");
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some("are not IP addresses");
    }
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix));
    reserved.then_some("have no prefix or suffix that is reserved for AWS")
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
        if let Some((logs, prefix)) = &self.logs {
            let logging = BucketLoggingConfiguration::new().destination_bucket_name(logs.name());
            bucket = bucket.logging_configuration(logging.log_file_prefix(prefix));
        }
        let cfn = scope.scope().add("Resource", bucket);
        cfn.removal_policy(self.removal);
        let bucket = Bucket::made(scope, cfn, self.removal, self.key);
        if !self.plain_http {
            bucket.enforce_tls();
        }
        if let Some((logs, prefix)) = &self.logs {
            logs.permit_access_logs(&bucket, prefix);
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
    use super::broken_rule;

    #[test]
    fn names_of_buckets_follow_the_rules_of_s3() {
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
            assert_eq!(broken_rule(name).is_none(), good, "{name}");
        }
    }
}
