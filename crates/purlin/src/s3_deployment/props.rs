//! The recipe of a deployment of files.

use std::collections::BTreeMap;

use purlin_construct::{CfnResource, Construct, Expr, Ref, Scope, Value, intrinsics, sub};

use super::deployment::{BucketDeployment, publisher};
use super::source::{CacheControl, Source, Staged};
use crate::cloudfront::Distribution;
use crate::iam::{Grant, PolicyStatement};
use crate::lambda::Function;
use crate::s3::Bucket;

const TYPE: &str = "Custom::PurlinBucketDeployment";
/// Lambda's longest timeout, and time to start. CloudFormation's default is an hour.
const TIMEOUT_SECONDS: i64 = 960;

/// The recipe of a [`BucketDeployment`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct BucketDeploymentProps {
    bucket: Bucket,
    sources: Vec<Source>,
    prefix: String,
    cache_control: Vec<(String, CacheControl)>,
    keep_others: bool,
    retain: Option<bool>,
    distribution: Option<(Distribution, Vec<String>)>,
    wait: bool,
}

impl BucketDeploymentProps {
    pub(super) fn new(bucket: &Bucket, source: Source) -> Self {
        Self {
            bucket: bucket.clone(),
            sources: vec![source],
            prefix: String::new(),
            cache_control: Vec::new(),
            keep_others: false,
            retain: None,
            distribution: None,
            wait: false,
        }
    }

    /// Adds files. If two sources have the same file, the later one is used, and texts are used before folders.
    pub fn source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// Publishes below this prefix, for example `docs`; at the root of the bucket unless given.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// How long files are cached whose path matches a pattern with `*` and `?`, where `*` matches `/` too: `*.html`. The
    /// first pattern that matches is used; if none matches, the browser's default applies.
    pub fn cache_control(mut self, pattern: impl Into<String>, cache: CacheControl) -> Self {
        self.cache_control.push((pattern.into(), cache));
        self
    }

    /// Keeps files that this deployment published before and that are not in the sources any more. By default they are
    /// deleted. Files of other deployments, and files that were not published with this library, always stay.
    pub fn keep_other_files(self) -> Self {
        Self { keep_others: true, ..self }
    }

    /// Keeps the files in the bucket when the deployment is removed from the stack, or the stack is deleted. This is the
    /// default unless the bucket is deleted with its stack, which requires that it is empty.
    pub fn retain_on_delete(self) -> Self {
        Self { retain: Some(true), ..self }
    }

    /// Deletes the deployment's own files, with old versions, when it is removed from the stack; when the stack is deleted
    /// together with the bucket, all files below the prefix. What a renamed or moved deployment has published stays.
    pub fn empty_on_delete(self) -> Self {
        Self { retain: Some(false), ..self }
    }

    /// Invalidates the cache of a distribution for these paths at each publication: `/*` for all.
    pub fn invalidate<P: Into<String>>(self, distribution: &Distribution, paths: impl IntoIterator<Item = P>) -> Self {
        Self { distribution: Some((distribution.clone(), paths.into_iter().map(Into::into).collect())), ..self }
    }

    /// Waits until the invalidation is complete, which takes minutes.
    pub fn wait_for_invalidation(self) -> Self {
        Self { wait: true, ..self }
    }

    fn check(&self, scope: &Scope) {
        if self.prefix.starts_with('/') || self.prefix.ends_with('/') {
            scope.error(
                format!("the prefix `{}` begins or ends with `/`", self.prefix),
                "write it like `docs`, or leave it out for the root of the bucket",
            );
        }
        let Some((_, paths)) = &self.distribution else {
            if self.wait {
                scope.error("there is no invalidation to wait for", "add the distribution with `.invalidate(..)`");
            }
            return;
        };
        if paths.is_empty() {
            scope.error("an invalidation has no path", "pass `/*` for all, or leave `.invalidate(..)` out");
        }
        for path in paths.iter().filter(|path| !path.starts_with('/')) {
            scope.error(format!("the path `{path}` of an invalidation does not begin with `/`"), "write it like `/*`");
        }
    }

    /// What the function deletes with the resource: nothing, its own files, or everything when the whole stack is deleted.
    fn on_delete(&self) -> &'static str {
        let is_emptied = self.bucket.is_destroyed_with_the_stack();
        match (self.retain.unwrap_or(!is_emptied), is_emptied) {
            (true, _) => "retain",
            (false, true) => "empty",
            (false, false) => "own",
        }
    }

    /// The custom resource with its files.
    fn resource(&self, function: &Function, staged: Vec<Staged>) -> CfnResource {
        let (mut assets, mut texts) = (Vec::new(), BTreeMap::new());
        for source in staged {
            match source {
                Staged::Folder(place) => assets.push(place),
                Staged::Text(path, text) => drop(texts.insert(path, text)),
            }
        }
        let word = |is: bool| Expr::from(if is { "true" } else { "false" });
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let mut resource = CfnResource::new(TYPE)
            .property("ServiceToken", function.arn())
            .property("ServiceTimeout", TIMEOUT_SECONDS)
            .property("Bucket", self.bucket.name())
            .property("Prefix", prefix)
            .property("Assets", Expr::List(assets))
            .property("Texts", Expr::map(texts))
            .property("CacheControl", rules(&self.cache_control))
            .property("Prune", word(!self.keep_others))
            .property("OnDelete", self.on_delete());
        if let Some((distribution, paths)) = &self.distribution {
            let paths = paths.iter().map(|path| Expr::from(path.as_str())).collect();
            resource = resource
                .property("Distribution", distribution.id())
                .property("DistributionPaths", Expr::List(paths))
                .property("Wait", word(self.wait));
        }
        resource
    }
}

fn rules(rules: &[(String, CacheControl)]) -> Expr {
    let rule = |(pattern, cache): &(String, CacheControl)| {
        Expr::map([("Pattern", Expr::from(pattern.as_str())), ("Value", Expr::from(cache.0.as_str()))])
    };
    Expr::List(rules.iter().map(rule).collect())
}

impl Construct for BucketDeploymentProps {
    type Handle = BucketDeployment;
    fn build(mut self, scope: Scope) -> BucketDeployment {
        self.check(&scope);
        let function = publisher(&scope);
        let sources = std::mem::take(&mut self.sources);
        let staged: Vec<_> = sources.into_iter().filter_map(|source| source.stage(&scope)).collect();
        let role = function.role().expect("a function of the stack has a role");
        let mut grant = self.bucket.grant_read_write(role);
        for source in &staged {
            let Staged::Folder(place) = source else { continue };
            let object = read_of(place);
            grant = grant.combine(Grant::statement(role, object));
        }
        if self.on_delete() != "retain" {
            let status = PolicyStatement::allow().action("cloudformation:DescribeStacks");
            grant = grant.combine(Grant::statement(role, status.resource(intrinsics::stack_id())));
        }
        if let Some((distribution, _)) = &self.distribution {
            grant = grant.combine(distribution.grant_create_invalidation(role));
        }
        let cfn: Ref<CfnResource> = scope.add("Resource", self.resource(&function, staged));
        grant.apply_before(&cfn);
        if let Some(policy) = self.bucket.policy() {
            cfn.depends_on(&policy);
        }
        BucketDeployment::made(scope, cfn, self.bucket)
    }
}

/// Permission to read an object of the bootstrap bucket.
fn read_of(place: &Expr) -> PolicyStatement {
    let part = |name: &str| Value::<String>::new(place.get(name).cloned().unwrap_or(Expr::Null));
    let object = sub!("arn:{}:s3:::{}/{}", intrinsics::partition(), part("Bucket"), part("Key"));
    PolicyStatement::allow().action("s3:GetObject").resource(object)
}
