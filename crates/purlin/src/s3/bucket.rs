//! The handle of a bucket, and grants on it.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::s3::{CfnBucket, CfnBucketPolicy};
use purlin_construct::{Expr, HasScope, IntoValue, Ref, RemovalPolicy, Scope, Value, intrinsics, sub};

use super::BucketProps;
use crate::iam::{self, Grant, Grantee, PolicyDocument, PolicyStatement};
use crate::kms::Key;

const READ: [&str; 3] = ["s3:GetObject*", "s3:GetBucket*", "s3:List*"];
const PUT: [&str; 5] = [
    "s3:PutObject",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
];
const ABORT: &str = "s3:Abort*";
const DELETE: &str = "s3:DeleteObject*";

/// A bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html>).
///
/// ```
/// use purlin::s3::{Bucket, LifecycleRule};
/// # use purlin::{App, Stack, iam::{Principal, Role}};
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// # let role = stack.add("Role", Role::props(Principal::service("lambda.amazonaws.com")));
/// let month = core::time::Duration::from_secs(30 * 24 * 60 * 60);
/// let reports = stack.add("Reports", Bucket::props().versioned().lifecycle_rule(LifecycleRule::expire_old_versions(month)));
/// reports.grant_read(&role);
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct Bucket {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    scope: Scope,
    name: Value<String>,
    made: Option<Made>,
    key: Option<Key>,
}

#[derive(Debug)]
struct Made {
    cfn: Ref<CfnBucket>,
    removal: RemovalPolicy,
    policy: RefCell<Option<Ref<CfnBucketPolicy>>>,
}

impl Bucket {
    /// A private bucket that requires TLS and is kept when it is removed from the stack.
    pub fn props() -> BucketProps {
        BucketProps::default()
    }

    /// A bucket that exists already, by its name. Its region has to be that of the stack.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        Self { inner: Rc::new(Inner { scope, name, made: None, key: None }) }
    }

    pub(super) fn made(scope: Scope, cfn: Ref<CfnBucket>, removal: RemovalPolicy, key: Option<Key>) -> Self {
        let name = cfn.id();
        let at = cfn.scope().clone();
        let made = Some(Made { cfn, removal, policy: RefCell::default() });
        let inner = Rc::new(Inner { scope, name, made, key });
        at.set_extension(Rc::clone(&inner));
        Self { inner }
    }

    /// The bucket of the app that a name or an ARN refers to, and what follows a `/` after it.
    pub(crate) fn referred(scope: &Scope, text: &Value<String>) -> Option<(Self, String)> {
        let (reference, folder) = match text.expr() {
            Expr::Join(between, parts) if between.is_empty() => match &parts[..] {
                [reference, Expr::Str(rest)] => (reference, rest.strip_prefix('/')?.to_owned()),
                _ => return None,
            },
            reference => (reference, String::new()),
        };
        let inner = scope.scope_of(reference.target()?)?.extension::<Inner>()?;
        Some((Self { inner }, folder))
    }

    /// The raw resource; none for an imported bucket.
    pub fn cfn(&self) -> Option<&Ref<CfnBucket>> {
        self.inner.made.as_ref().map(|made| &made.cfn)
    }

    /// The bucket's name.
    pub fn name(&self) -> Value<String> {
        self.inner.name.clone()
    }

    /// The bucket's ARN.
    pub fn arn(&self) -> Value<String> {
        let Some(made) = &self.inner.made else {
            return sub!("arn:{}:s3:::{}", intrinsics::partition(), self.name());
        };
        made.cfn.att(CfnBucket::ATTR_ARN)
    }

    /// The ARN of the objects whose keys match a pattern: `*`, `reports/*`.
    pub fn arn_for_objects(&self, pattern: impl IntoValue<String>) -> Value<String> {
        sub!("{}/{}", self.arn(), pattern.into_value())
    }

    /// The host name of the bucket in its region.
    pub fn regional_domain_name(&self) -> Value<String> {
        let Some(made) = &self.inner.made else {
            return sub!("{}.s3.{}.{}", self.name(), self.inner.scope.stack().region(), intrinsics::url_suffix());
        };
        made.cfn.att(CfnBucket::ATTR_REGIONAL_DOMAIN_NAME)
    }

    /// Your key that objects are encrypted with; none if S3 uses its own.
    pub fn encryption_key(&self) -> Option<&Key> {
        self.inner.key.as_ref()
    }

    /// Whether the bucket is deleted with its stack. CloudFormation deletes it only if it is empty.
    pub fn is_destroyed_with_the_stack(&self) -> bool {
        self.inner.made.as_ref().is_some_and(|made| made.removal == RemovalPolicy::Destroy)
    }

    /// Adds a statement to the bucket's own policy. `false` for an imported bucket, whose policy the app does not change.
    pub fn add_to_resource_policy(&self, statement: PolicyStatement) -> bool {
        let Some(made) = &self.inner.made else { return false };
        let mut policy = made.policy.borrow_mut();
        if let Some(cfn) = &*policy {
            iam::add_statement(cfn, "PolicyDocument", &statement);
        } else {
            let document = PolicyDocument::new().statement(statement);
            let scope = self.inner.scope.child("Policy");
            let cfn = scope.add("Resource", CfnBucketPolicy::new(self.name(), &document));
            *policy = Some(cfn);
        }
        true
    }

    /// The raw policy of the bucket, if it has one.
    pub fn policy(&self) -> Option<Ref<CfnBucketPolicy>> {
        let made = self.inner.made.as_ref()?;
        made.policy.borrow().clone()
    }

    /// Denies requests without TLS.
    pub(super) fn enforce_tls(&self) {
        let statement = PolicyStatement::deny()
            .action("s3:*")
            .principal(crate::iam::Principal::any())
            .resources([self.arn(), self.arn_for_objects("*")])
            .condition("Bool", "aws:SecureTransport", "false");
        self.add_to_resource_policy(statement);
    }

    /// Permits reading the objects whose keys match a pattern, and listing the bucket.
    pub fn grant_read_of(&self, grantee: &impl Grantee, pattern: &str) -> Grant {
        let grant = Grant::add_to_principal(grantee, READ, [self.arn(), self.arn_for_objects(pattern)]);
        self.with_key(grant, |key| key.grant_decrypt(grantee))
    }

    /// Permits reading and listing all objects.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        self.grant_read_of(grantee, "*")
    }

    /// Permits writing and deleting objects.
    pub fn grant_write(&self, grantee: &impl Grantee) -> Grant {
        let actions = [DELETE].into_iter().chain(PUT).chain([ABORT]);
        let grant = Grant::add_to_principal(grantee, actions, [self.arn(), self.arn_for_objects("*")]);
        self.with_key(grant, |key| key.grant_encrypt_decrypt(grantee))
    }

    /// Permits writing objects whose keys match a pattern, but not deleting them.
    pub fn grant_put(&self, grantee: &impl Grantee, pattern: &str) -> Grant {
        let actions = PUT.into_iter().chain([ABORT]);
        let grant = Grant::add_to_principal(grantee, actions, [self.arn_for_objects(pattern)]);
        // S3 decrypts the parts of a large object when it puts them together.
        self.with_key(grant, |key| key.grant_encrypt_decrypt(grantee))
    }

    /// Permits deleting objects whose keys match a pattern.
    pub fn grant_delete(&self, grantee: &impl Grantee, pattern: &str) -> Grant {
        Grant::add_to_principal(grantee, [DELETE], [self.arn_for_objects(pattern)])
    }

    /// Permits reading, writing and deleting objects.
    pub fn grant_read_write(&self, grantee: &impl Grantee) -> Grant {
        let actions = READ.into_iter().chain([DELETE]).chain(PUT).chain([ABORT]);
        let grant = Grant::add_to_principal(grantee, actions, [self.arn(), self.arn_for_objects("*")]);
        self.with_key(grant, |key| key.grant_encrypt_decrypt(grantee))
    }

    fn with_key(&self, grant: Grant, permit: impl FnOnce(&Key) -> Grant) -> Grant {
        match &self.inner.key {
            Some(key) => grant.combine(permit(key)),
            None => grant,
        }
    }
}

impl HasScope for Bucket {
    fn scope(&self) -> &Scope {
        &self.inner.scope
    }
}
