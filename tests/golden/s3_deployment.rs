//! Files published to buckets: one function for a stack, texts with values of the deployment; and what is refused.

use core::time::Duration;
use std::fs;

use purlin::cloudfront::{Distribution, Origin};
use purlin::s3::Bucket;
use purlin::s3_deployment::{BucketDeployment, BucketDeploymentProps, CacheControl, Source};
use purlin::testing::{Template, problems};
use purlin::{RemovalPolicy, Stack};
use serde_json::json;

use super::check;

#[test]
fn deployments_of_files() {
    check("s3_deployment", |stack| {
        let site = stack.add("Site", Bucket::props().removal_policy(RemovalPolicy::Destroy));
        let distribution = stack.add("Distribution", Distribution::props(Origin::bucket(&site)));
        stack.add("Plain", BucketDeployment::props(&site, Source::text("robots.txt", "User-agent: *\n")));

        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index.html"), "<!doctype html><title>Shop</title>").unwrap();
        let kept = stack.add("Kept", Bucket::props());
        let full = BucketDeployment::props(&kept, Source::folder(folder.path()))
            .source(Source::json_object("config.json", [("url", distribution.url())]))
            .source(Source::json("version.json", json!({ "version": 3 })))
            .prefix("docs")
            .cache_control("*.html", CacheControl::no_cache())
            .cache_control("static/*", CacheControl::immutable())
            .cache_control("*.json", CacheControl::max_age(Duration::from_mins(1)))
            .cache_control("*", CacheControl::custom("no-store"))
            .invalidate(&distribution, ["/docs/*"])
            .wait_for_invalidation()
            .keep_other_files()
            .empty_on_delete();
        stack.add("Full", full);
    });
}

#[test]
fn a_stack_has_one_function_and_files_are_deleted_with_their_bucket() {
    let template = Template::of(|stack| {
        let destroyed = stack.add("Destroyed", Bucket::props().removal_policy(RemovalPolicy::Destroy));
        let kept = stack.add("Kept", Bucket::props());
        stack.add("One", BucketDeployment::props(&destroyed, Source::text("a", "b")));
        stack.add("Two", BucketDeployment::props(&kept, Source::text("a", "b")));
    });
    assert_eq!(template.resources_of("AWS::Lambda::Function").len(), 1);
    let deployments = template.resources_of("Custom::PurlinBucketDeployment");
    let retained: Vec<_> = deployments.iter().map(|(_, it)| it["Properties"]["OnDelete"].clone()).collect();
    assert_eq!(retained, [json!("empty"), json!("retain")]);
    let waits = deployments[0].1["DependsOn"].to_string();
    assert!(waits.contains("DefaultPolicy"), "the function may write before it is asked to: {waits}");
}

#[test]
fn deployments_with_mistakes_are_problems() {
    let refused = |change: fn(BucketDeploymentProps) -> BucketDeploymentProps| {
        let found = problems(|stack: &Stack| {
            let bucket = stack.add("Bucket", Bucket::props());
            stack.add("Files", change(BucketDeployment::props(&bucket, Source::text("a.txt", "a"))));
        });
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let cases = [
        (refused(|it| it.prefix("/docs")), "the prefix `/docs` begins or ends with `/`"),
        (refused(|it| it.source(Source::text("/a", "b"))), "`/a` is not the path of a file"),
        (refused(|it| it.source(Source::folder("/no/such/folder"))), "`/no/such/folder` is not a folder"),
        (refused(BucketDeploymentProps::wait_for_invalidation), "there is no invalidation to wait for"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    let found = problems(|stack: &Stack| {
        let bucket = stack.add("Bucket", Bucket::props());
        let distribution = stack.add("Distribution", Distribution::props(Origin::bucket(&bucket)));
        let files = BucketDeployment::props(&bucket, Source::text("a.txt", "a"));
        stack.add("Files", files.clone().invalidate(&distribution, ["docs/*"]));
        stack.add("More", files.invalidate(&distribution, [""; 0]));
    });
    let found: String = found.into_iter().map(|problem| problem.message).collect();
    assert!(found.contains("the path `docs/*` of an invalidation does not begin with `/`"), "{found}");
    assert!(found.contains("an invalidation has no path"), "{found}");
}
