//! Log groups: how long events are kept, and who may write them.

use purlin::RemovalPolicy;
use purlin::iam::{Principal, Role};
use purlin::kms::Key;
use purlin::logs::{LogGroup, LogGroupClass, Retention};

use super::check;

/// The CDK's log groups of tasks keep events forever. These keep them for the time that is set, two years by default.
#[test]
fn cdk_27_log_groups_say_how_long_they_keep_events() {
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
