//! Rules of a bucket: the lifecycle of objects, and CORS.

use std::time::Duration;

use purlin_cfn::s3::{
    BucketAbortIncompleteMultipartUpload, BucketCorsRule, BucketCorsRuleAllowedMethods,
    BucketNoncurrentVersionExpiration, BucketRule, BucketRuleStatus, BucketTransition, BucketTransitionStorageClass,
};
use purlin_construct::{Scope, Value, Word};

use crate::check::Checks;
use crate::time::seconds;

/// A rule that deletes objects, or moves them to cheaper storage, by their age in whole days
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html>).
#[derive(Debug, Clone, Default)]
#[must_use = "a rule does nothing until it is given to a bucket"]
pub struct LifecycleRule {
    prefix: Option<String>,
    expiration: Option<Duration>,
    old_versions: Option<Duration>,
    uploads: Option<Duration>,
    transitions: Vec<(Word<BucketTransitionStorageClass>, Duration)>,
}

impl LifecycleRule {
    /// Deletes objects of this age; in a versioned bucket they become old versions.
    pub fn expire_after(age: Duration) -> Self {
        Self { expiration: Some(age), ..Self::default() }
    }

    /// Deletes old versions this time after they were replaced; only in a versioned bucket.
    pub fn expire_old_versions(age: Duration) -> Self {
        Self { old_versions: Some(age), ..Self::default() }
    }

    /// Deletes parts of uploads that are not complete this time after their start.
    pub fn abort_incomplete_uploads(age: Duration) -> Self {
        Self { uploads: Some(age), ..Self::default() }
    }

    /// Moves objects of this age to another storage class, for example `BucketTransitionStorageClass::STANDARD_IA`.
    pub fn move_to(class: Word<BucketTransitionStorageClass>, age: Duration) -> Self {
        Self { transitions: vec![(class, age)], ..Self::default() }
    }

    /// Applies the rule only to objects whose keys begin with this.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: Some(prefix.into()), ..self }
    }

    pub(super) fn render(&self) -> BucketRule {
        let mut rule = BucketRule::new(BucketRuleStatus::ENABLED);
        if let Some(prefix) = &self.prefix {
            rule = rule.prefix(prefix);
        }
        if let Some(age) = self.expiration {
            rule = rule.expiration_in_days(whole_days(age));
        }
        if let Some(age) = self.old_versions {
            rule = rule.noncurrent_version_expiration(BucketNoncurrentVersionExpiration::new(whole_days(age)));
        }
        if let Some(age) = self.uploads {
            let abort = BucketAbortIncompleteMultipartUpload::new(whole_days(age));
            rule = rule.abort_incomplete_multipart_upload(abort);
        }
        if !self.transitions.is_empty() {
            let moves = self.transitions.iter();
            let moves = moves.map(|(class, age)| BucketTransition::new(class).transition_in_days(whole_days(*age)));
            rule = rule.transitions(moves.collect::<Vec<_>>());
        }
        rule
    }

    fn ages(&self) -> impl Iterator<Item = Duration> {
        let moves = self.transitions.iter().map(|(_, age)| *age);
        [self.expiration, self.old_versions, self.uploads].into_iter().flatten().chain(moves)
    }
}

fn whole_days(age: Duration) -> i64 {
    i64::try_from(age.as_secs() / DAY).unwrap_or(i64::MAX)
}

const DAY: u64 = 24 * 60 * 60;

pub(super) fn check(scope: &Scope, rules: &[LifecycleRule], versioned: bool) {
    for age in rules.iter().flat_map(LifecycleRule::ages) {
        let hint = "give it as `Duration::from_hours(24 * days)`";
        scope.check("an age in a lifecycle rule").hint(hint).whole_days(age, 1..=2_147_483_647);
    }
    if !versioned && rules.iter().any(|rule| rule.old_versions.is_some()) {
        scope.warning(
            "a lifecycle rule is about old versions, but the bucket does not keep any",
            "keep them with `.versioned()`, or remove the rule",
        );
    }
}

/// The pages of other origins that may request objects
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>).
#[derive(Debug, Clone)]
#[must_use = "a rule does nothing until it is given to a bucket"]
pub struct CorsRule {
    origins: Vec<Value<String>>,
    methods: Vec<Word<BucketCorsRuleAllowedMethods>>,
    headers: Vec<String>,
    exposed: Vec<String>,
    max_age: Option<Duration>,
}

impl CorsRule {
    /// Lets pages of these origins, such as `https://app.example.com`, read objects.
    pub fn read_from<V: purlin_construct::IntoValue<String>>(origins: impl IntoIterator<Item = V>) -> Self {
        let methods = vec![BucketCorsRuleAllowedMethods::GET, BucketCorsRuleAllowedMethods::HEAD];
        Self::new(origins, methods)
    }

    /// Lets pages of these origins use these methods.
    pub fn new<V: purlin_construct::IntoValue<String>>(
        origins: impl IntoIterator<Item = V>,
        methods: impl IntoIterator<Item = Word<BucketCorsRuleAllowedMethods>>,
    ) -> Self {
        Self {
            origins: origins.into_iter().map(purlin_construct::IntoValue::into_value).collect(),
            methods: methods.into_iter().collect(),
            headers: Vec::new(),
            exposed: Vec::new(),
            max_age: None,
        }
    }

    /// The headers that pages may send besides those that browsers always allow.
    pub fn allow_headers<H: Into<String>>(self, headers: impl IntoIterator<Item = H>) -> Self {
        Self { headers: headers.into_iter().map(Into::into).collect(), ..self }
    }

    /// The response headers that pages may read besides those that browsers always show.
    pub fn expose_headers<H: Into<String>>(self, headers: impl IntoIterator<Item = H>) -> Self {
        Self { exposed: headers.into_iter().map(Into::into).collect(), ..self }
    }

    /// How long browsers cache the rule, in whole seconds; each browser's own default unless given.
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(age), ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        for origin in self.origins.iter().filter_map(Value::as_str) {
            let path = origin.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
            if path || origin.matches('*').count() > 1 {
                scope.error(
                    format!("an origin is `{origin}`, but AWS takes a scheme, a host and a port, with at most one `*`"),
                    "write it without a path, like `https://app.example.com`",
                );
            }
        }
        if self.origins.is_empty() || self.methods.is_empty() {
            scope.error("a CORS rule has no origin or no method", "add at least one of each");
        }
        scope.check("the maximum age of a CORS rule").whole_seconds(self.max_age, ..);
    }

    pub(super) fn render(self) -> BucketCorsRule {
        let mut rule = BucketCorsRule::new(self.methods, self.origins);
        if !self.headers.is_empty() {
            rule = rule.allowed_headers(self.headers);
        }
        if !self.exposed.is_empty() {
            rule = rule.exposed_headers(self.exposed);
        }
        if let Some(age) = self.max_age {
            rule = rule.max_age(seconds(age));
        }
        rule
    }
}
