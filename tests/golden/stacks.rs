//! The reference stacks, as they are deployed.

use purlin::{App, Stack};
use purlin_template::to_yaml;
use stacks::cognito_alb_fargate::{CognitoAlbFargateSettings, cognito_alb_fargate};
use stacks::m2m_api::{M2mApiSettings, m2m_api};
use stacks::settings::Settings;

#[track_caller]
fn check(name: &str, build: impl FnOnce(&App) -> Stack) {
    let app = App::new();
    build(&app);
    let synthesis = app.synth().unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, to_yaml(&synthesis.stacks[0].template)));
}

#[test]
fn the_cognito_alb_fargate_stack() {
    let settings = CognitoAlbFargateSettings::load(None).unwrap();
    check("stack_cognito_alb_fargate", |app| cognito_alb_fargate(app, &settings));
}

#[test]
fn the_m2m_api_stack() {
    let settings = M2mApiSettings::load(None).unwrap();
    check("stack_m2m_api", |app| m2m_api(app, &settings));
}
