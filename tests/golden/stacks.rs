//! The reference stacks, as they are deployed.

use purlin::{App, Stack};
use purlin_template::to_yaml;
use stacks::cognito_alb_fargate::{CognitoAlbFargateSettings, cognito_alb_fargate};
use stacks::groups_cerbos::{GroupsCerbosSettings, groups_cerbos};
use stacks::m2m_api::{M2mApiSettings, m2m_api};
use stacks::settings::Settings;
use stacks::web_login::{WebLoginSettings, web_login};

#[track_caller]
fn check(name: &str, build: impl FnOnce(&App) -> Stack) {
    let app = App::new();
    build(&app);
    let synthesis = app.synth().unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // An image is named by its sources, and apps change more often than their stacks.
    settings.add_filter(":[0-9a-f]{64}\"", ":(hash)\"");
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

#[test]
fn the_web_login_stack() {
    let settings = WebLoginSettings::load(None).unwrap();
    check("stack_web_login", |app| web_login(app, &settings));
}

#[test]
fn the_groups_cerbos_stack() {
    let settings = GroupsCerbosSettings::load(None).unwrap();
    check("stack_groups_cerbos", |app| groups_cerbos(app, &settings));
}

#[test]
fn an_app_on_the_developers_machine_needs_the_users_alone() {
    let settings = GroupsCerbosSettings { hosted: None, ..GroupsCerbosSettings::load(None).unwrap() };
    let app = App::new();
    groups_cerbos(&app, &settings);
    let synthesis = app.synth().unwrap();
    let template = synthesis.stacks[0].template.to_string();
    assert!(template.contains("http://localhost:8000/callback") && !template.contains("AWS::ECS::"), "{template}");
    assert!(!template.contains("contacts.example.com"), "{template}");
}
