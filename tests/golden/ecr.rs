//! Repositories of images: the CDK's ids and texts, grants, and mistakes that ECR would refuse.

use core::time::Duration;

use purlin::ecr::{LifecycleRule, Repository, RepositoryProps};
use purlin::iam::{PolicyStatement, Principal, Role};
use purlin::kms::Key;
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, Stack};
use serde_json::json;

use super::check;

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

#[test]
fn repositories() {
    check("ecr", |stack| {
        let plain = stack.add("Plain", Repository::props());
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let full = Repository::props()
            .name("shop/web")
            .scan_on_push()
            .immutable_tags_except(["latest", "dev-*"])
            .lifecycle_rule(LifecycleRule::keep_newest(5))
            .lifecycle_rule(LifecycleRule::expire_after(days(3)).tag_prefixes(["a"]).priority(1).description("d"))
            .lifecycle_rule(LifecycleRule::expire_after(days(1)).untagged())
            .lifecycle_rule(LifecycleRule::keep_newest(9).tag_patterns(["v*"]))
            .encryption_key(&key)
            .empty_on_delete();
        let full = stack.add("Full", full);
        let other = PolicyStatement::allow().action("ecr:BatchGetImage").principal(Principal::account("444455556666"));
        assert!(full.add_to_resource_policy(other));
        let role = stack.add("Role", Role::props(Principal::service("ecs-tasks.amazonaws.com")));
        plain.grant_pull(&role);
        full.grant_pull_push(&role);
        plain.grant_read(&role);
        stack.add("Tag", CfnOutput::new(plain.uri_for_tag("1.4")));
        stack.add("Digest", CfnOutput::new(full.uri_for_digest("sha256:0123")));
    });
}

#[test]
fn imported_repositories_have_uris() {
    let template = Template::of(|stack| {
        let named = Repository::from_name(stack, "Named", "shop/web");
        let arn = "arn:aws:ecr:eu-west-1:111122223333:repository/shop/api";
        let by_arn = Repository::from_arn(stack, "ByArn", arn);
        assert_eq!(by_arn.name().as_str(), Some("shop/api"));
        assert!(named.cfn().is_none() && !named.add_to_resource_policy(PolicyStatement::allow()));
        stack.add("Named/Uri", CfnOutput::new(named.uri_for_tag("1")));
        stack.add("ArnUri", CfnOutput::new(by_arn.uri_for_tag("1")));
        stack.add("Role", Role::props(Principal::service("ecs-tasks.amazonaws.com")));
    });
    let uri = |name: &str| template.json()["Outputs"][name]["Value"]["Fn::Join"][1].clone();
    let here = json!([
        {"Ref": "AWS::AccountId"}, ".dkr.ecr.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/shop/web:1"
    ]);
    assert_eq!(uri("NamedUri"), here);
    let there = json!(["111122223333.dkr.ecr.eu-west-1.", {"Ref": "AWS::URLSuffix"}, "/shop/api:1"]);
    assert_eq!(uri("ArnUri"), there);
}

#[test]
fn repositories_that_ecr_refuses_are_problems() {
    let refused = |repository: RepositoryProps| {
        let found = problems(|stack: &Stack| drop(stack.add("Repository", repository)));
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let rules = |rules: Vec<LifecycleRule>| {
        refused(rules.into_iter().fold(Repository::props(), RepositoryProps::lifecycle_rule))
    };
    let keep = LifecycleRule::keep_newest;
    let cases = [
        (refused(Repository::props().name("Shop")), "the name of the repository is `Shop`"),
        (
            refused(Repository::props().immutable_tags_except(["a", "b", "c", "d", "e", "f"])),
            "`ImageTagMutabilityExclusionFilters` has 6 items; it takes at most 5",
        ),
        (refused(Repository::props().immutable_tags_except(["a b"])), "the tag pattern is `a b`"),
        (rules(vec![keep(0)]), "the lifecycle rule keeps is `0`, but AWS takes at least 1"),
        (
            rules(vec![LifecycleRule::expire_after(Duration::from_mins(1))]),
            "is `60s`, but AWS takes at least 1 whole days",
        ),
        (rules(vec![keep(1), keep(2)]), "has 2 lifecycle rules for all images, but AWS takes one"),
        (rules(vec![keep(1).untagged().priority(3), keep(2).tag_prefixes(["v"]).priority(3)]), "have the priority `3`"),
        (rules(vec![keep(1).priority(1), keep(2).untagged()]), "two lifecycle rules have the priority `1`"),
        (rules(vec![keep(1).priority(1), keep(2).untagged().priority(2)]), "does not have the highest priority number"),
        (rules(vec![keep(1).tag_patterns(["*a*b*c*d*"])]), "has 5 `*`, but AWS takes at most 4"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}
