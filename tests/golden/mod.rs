//! Golden templates: what each construct writes, as a person reads it. Review changes with `cargo insta review`.

mod apigateway;
mod apigateway_cdk;
mod apigateway_stage;
mod apigateway_usage;
mod apigatewayv2;
mod assets;
mod certificatemanager;
mod cloudfront;
mod cognito;
mod cognito_identity;
mod ec2;
mod ecr;
mod ecs;
mod ecs_patterns;
mod ecs_task;
mod elbv2;
mod iam;
mod lambda;
mod login;
mod logs;
mod raw;
mod references;
mod route53;
mod s3;
mod s3_deployment;
mod secrets;
mod stacks;

use purlin::Stack;
use purlin::testing::{Template, problems};
use purlin_template::to_yaml;

/// Compares the template of a stack with `golden/snapshots/NAME.snap`; cfn-lint reads the snapshot too (`oracle`).
#[track_caller]
pub fn check(name: &str, build: impl FnOnce(&Stack)) {
    let template = Template::of(build);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, to_yaml(&template.snapshot())));
}

/// The message of the only problem.
#[track_caller]
fn problem(build: impl FnOnce(&Stack)) -> String {
    let found = problems(build);
    let [only] = found.as_slice() else { panic!("one problem was expected, found {found:#?}") };
    assert!(!only.hint.is_empty(), "{only}");
    only.message.clone()
}
