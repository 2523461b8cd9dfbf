//! Log groups: retention, names and grants.

use purlin::RemovalPolicy;
use purlin::iam::{Principal, Role};
use purlin::kms::Key;
use purlin::logs::{LogGroup, LogGroupClass, Retention};
use purlin::testing::problems;

use super::check;

/// The CDK's log groups of tasks keep events forever. These have a retention, two years by default.
#[test]
fn cdk_27_log_groups_have_a_retention() {
    check("log_groups", |stack| {
        stack.add("Default", LogGroup::props());
        stack.add("Forever", LogGroup::props().retention(Retention::Infinite));
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let month = LogGroup::props().retention(Retention::OneMonth).name("/app/web").encryption_key(&key);
        let month = stack.add("Month", month.class(LogGroupClass::Standard).removal_policy(RemovalPolicy::Destroy));
        let role = stack.add("Role", Role::props(Principal::service("ecs-tasks.amazonaws.com")));
        month.grant_write(&role);
        month.grant_read(&role);
        LogGroup::from_name(stack, "Imported", "/app/other").grant_write(&role);
    });
}

#[test]
fn names_that_cloudwatch_refuses_are_problems() {
    for (name, is_allowed) in [("/ecs/web", true), ("with space", false), ("", false), ("aws/lambda/x", false)] {
        let found = problems(|stack| drop(stack.add("Logs", LogGroup::props().name(name))));
        assert_eq!(found.is_empty(), is_allowed, "{name}: {found:?}");
    }
}
