//! Buckets: private, over TLS, kept; the CDK's ids and texts, grants, and what is refused.

use core::time::Duration;

use purlin::cfn::s3::{BucketCorsRuleAllowedMethods, BucketTransitionStorageClass};
use purlin::iam::{PolicyStatement, Principal, Role};
use purlin::kms::Key;
use purlin::s3::{Bucket, BucketProps, CorsRule, LifecycleRule};
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, RemovalPolicy, Stack};
use serde_json::json;

use super::check;

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

#[test]
fn buckets() {
    check("s3", |stack| {
        stack.add("Plain", Bucket::props());
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let logs = stack.add("Logs", Bucket::props().removal_policy(RemovalPolicy::Destroy));
        let full = Bucket::props()
            .name("shop-reports")
            .encryption_key(&key)
            .versioned()
            .lifecycle_rule(LifecycleRule::expire_after(days(3)).prefix("drafts/"))
            .lifecycle_rule(LifecycleRule::expire_old_versions(days(30)))
            .lifecycle_rule(LifecycleRule::abort_incomplete_uploads(days(1)))
            .lifecycle_rule(LifecycleRule::move_to(BucketTransitionStorageClass::STANDARD_IA, days(60)))
            .cors_rule(CorsRule::read_from(["https://app.example.com"]).max_age(Duration::from_mins(5)))
            .cors_rule(
                CorsRule::new(["*"], [BucketCorsRuleAllowedMethods::PUT]).allow_headers(["*"]).expose_headers(["ETag"]),
            )
            .access_logs(&logs, "reports/");
        let full = stack.add("Full", full);
        let other = PolicyStatement::allow()
            .action("s3:GetObject")
            .resource(full.arn_for_objects("*"))
            .principal(Principal::account("444455556666"));
        assert!(full.add_to_resource_policy(other));
        let role = |id: &str| stack.add(id, Role::props(Principal::service("lambda.amazonaws.com")));
        full.grant_read(&role("Reader"));
        full.grant_write(&role("Writer"));
        full.grant_read_write(&role("Owner"));
        full.grant_put(&role("Uploader"), "in/*");
        full.grant_delete(&role("Cleaner"), "in/*");
        stack.add("Domain", CfnOutput::new(full.regional_domain_name()));
        stack.add("Open", Bucket::props().allow_public_access().allow_plain_http());
    });
}

#[test]
fn imported_buckets_have_arns_and_host_names() {
    let template = Template::of(|stack| {
        let named = Bucket::from_name(stack, "Named", "shop-web");
        assert!(named.cfn().is_none() && !named.add_to_resource_policy(PolicyStatement::allow()));
        stack.add("Arn", CfnOutput::new(named.arn_for_objects("a/*")));
        stack.add("Host", CfnOutput::new(named.regional_domain_name()));
        let role = stack.add("Role", Role::props(Principal::service("lambda.amazonaws.com")));
        named.grant_read(&role);
    });
    let output = |name: &str| template.json()["Outputs"][name]["Value"]["Fn::Join"][1].clone();
    assert_eq!(output("Arn"), json!(["arn:", {"Ref": "AWS::Partition"}, ":s3:::shop-web/a/*"]));
    assert_eq!(output("Host"), json!(["shop-web.s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]));
}

#[test]
fn buckets_that_s3_refuses_are_problems() {
    let refused = |bucket: BucketProps| {
        let found = problems(|stack: &Stack| drop(stack.add("Bucket", bucket)));
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let props = Bucket::props;
    let cases = [
        (
            refused(props().name("Shop")),
            "the bucket's name is `Shop`, but AWS takes names that have lower-case letters",
        ),
        (refused(props().name("ab")), "the bucket's name is `ab`, but AWS takes names that have 3 to 63 characters"),
        (refused(props().removal_policy(RemovalPolicy::Snapshot)), "a bucket has no snapshots"),
        (
            refused(props().lifecycle_rule(LifecycleRule::expire_after(Duration::from_hours(1)))),
            "an age in a lifecycle rule is `3600s`, but AWS takes",
        ),
        (
            refused(props().cors_rule(CorsRule::read_from(["https://a.example.com/x"]))),
            "an origin is `https://a.example.com/x`, but AWS takes",
        ),
        (refused(props().cors_rule(CorsRule::new(["*"], []))), "has no origin or no method"),
        (
            refused(props().cors_rule(CorsRule::read_from(["*"]).max_age(Duration::from_millis(500)))),
            "the maximum age of a CORS rule is `500ms`, but AWS takes whole seconds",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}

#[test]
fn a_rule_about_versions_without_versioning_is_a_warning() {
    let template = Template::of(|stack| {
        stack.add("Bucket", Bucket::props().lifecycle_rule(LifecycleRule::expire_old_versions(days(1))));
    });
    assert!(template.notices()[0].message.contains("about old versions, but the bucket does not keep any"));
}
