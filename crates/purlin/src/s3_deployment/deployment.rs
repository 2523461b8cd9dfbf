//! Deployments of files, and the function of a stack that performs them.

use std::rc::Rc;
use std::time::Duration;

use purlin_construct::{CfnResource, HasScope, Ref, RemovalPolicy, Scope};

use super::{BucketDeploymentProps, Source};
use crate::lambda::{Code, Function, Runtime};
use crate::s3::Bucket;

const HANDLER: &str = include_str!("handler.py");
/// The id of the function's scope in a stack.
const PUBLISHER: &str = "BucketDeployment";

/// Files that a custom resource, a Lambda function of the stack, publishes to a bucket when the stack is deployed.
///
/// The function uploads pages after the files that they link to, sets the `Content-Type` of each file, and deletes files
/// that it published before and that are not in the sources any more. It reads the metadata of all other files below the
/// prefix for that, so let users upload to another bucket or prefix. It runs again only when a file, a text or a setting
/// changes. A folder requires a bootstrapped account: `purlin bootstrap`.
///
/// ```
/// use purlin::s3::Bucket;
/// use purlin::s3_deployment::{BucketDeployment, CacheControl, Source};
/// use purlin::{App, Stack};
///
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// let site = stack.add("Site", Bucket::props());
/// let config = serde_json::json!({ "region": "eu-west-1" });
/// stack.add(
///     "Publish",
///     BucketDeployment::props(&site, Source::text("index.html", "<!doctype html><title>Hello</title>"))
///         .source(Source::json("config.json", config))
///         .cache_control("*", CacheControl::no_cache()),
/// );
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct BucketDeployment {
    scope: Scope,
    cfn: Ref<CfnResource>,
    bucket: Bucket,
}

impl BucketDeployment {
    /// Publishes a source to the bucket.
    pub fn props(bucket: &Bucket, source: Source) -> BucketDeploymentProps {
        BucketDeploymentProps::new(bucket, source)
    }

    pub(super) fn made(scope: Scope, cfn: Ref<CfnResource>, bucket: Bucket) -> Self {
        Self { scope, cfn, bucket }
    }

    /// The raw custom resource. Constructs that depend on it are created after the files are published.
    pub fn cfn(&self) -> &Ref<CfnResource> {
        &self.cfn
    }

    /// The bucket that the files are in.
    pub fn bucket(&self) -> &Bucket {
        &self.bucket
    }
}

impl HasScope for BucketDeployment {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// The function of the scope's stack, made when it is first needed.
pub(super) fn publisher(scope: &Scope) -> Function {
    let stack = scope.stack();
    let made = stack.scope().try_child(PUBLISHER).and_then(|place| place.extension::<Function>());
    if let Some(function) = made {
        return (*function).clone();
    }
    let place = stack.scope().child(PUBLISHER);
    let code = Code::from_inline(Runtime::PYTHON3_13, "index.handler", HANDLER);
    let function = Function::props(code)
        .description("Publishes files to buckets of this stack")
        .memory_size(512)
        .timeout(Duration::from_mins(15))
        .log_removal_policy(RemovalPolicy::Destroy);
    let function = place.add("Function", function);
    place.set_extension(Rc::new(function.clone()));
    function
}
