//! The reference stacks, as they are deployed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use purlin::{App, Stack};
use purlin_template::to_yaml;
use stacks::cognito_alb_fargate::{CognitoAlbFargateSettings, cognito_alb_fargate};
use stacks::groups_cerbos::{GroupsCerbosSettings, groups_cerbos};
use stacks::m2m_api::{M2mApiSettings, m2m_api};
use stacks::settings::{Image, Settings};
use stacks::spa_identity_pool::{SiteDomain, SpaIdentityPoolSettings, spa_identity_pool};
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
fn the_spa_identity_pool_stack() {
    let settings = SpaIdentityPoolSettings::load(None).unwrap();
    check("stack_spa_identity_pool", |app| spa_identity_pool(app, &settings));
}

#[test]
fn the_page_has_the_domain_name_of_the_settings() {
    let domain = SiteDomain {
        name: "spa.example.com".into(),
        hosted_zone_id: "Z0123456789EXAMPLE".into(),
        hosted_zone_name: "example.com".into(),
        certificate_arn: "arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".into(),
    };
    let settings = SpaIdentityPoolSettings { domain: Some(domain), ..SpaIdentityPoolSettings::load(None).unwrap() };
    let app = App::new();
    spa_identity_pool(&app, &settings);
    let template = app.synth().unwrap().stacks.swap_remove(0).template;
    let of = |kind: &str| {
        let all = template["Resources"].as_object().unwrap().values();
        all.filter(|it| it["Type"] == kind).map(|it| it["Properties"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("AWS::Route53::RecordSet").len(), 2);
    assert_eq!(of("AWS::CloudFront::Distribution")[0]["DistributionConfig"]["Aliases"][0], "spa.example.com");
    assert_eq!(of("AWS::Cognito::UserPoolClient")[0]["CallbackURLs"][0], "https://spa.example.com/");
}

#[test]
fn the_groups_cerbos_stack() {
    let settings = GroupsCerbosSettings::load(None).unwrap();
    check("stack_groups_cerbos", |app| groups_cerbos(app, &settings));
}

#[test]
fn an_app_on_the_developers_machine_has_only_the_user_pool() {
    let settings = GroupsCerbosSettings { hosted: None, ..GroupsCerbosSettings::load(None).unwrap() };
    let app = App::new();
    groups_cerbos(&app, &settings);
    let synthesis = app.synth().unwrap();
    let template = synthesis.stacks[0].template.to_string();
    assert!(template.contains("http://localhost:8000/callback") && !template.contains("AWS::ECS::"), "{template}");
    assert!(!template.contains("contacts.example.com"), "{template}");
}

/// Else every edit anywhere in the repository would build, push and deploy the app again.
#[test]
fn an_image_is_built_only_from_its_app_and_purlin_auth() {
    let settings = CognitoAlbFargateSettings { image: Image::Build, ..CognitoAlbFargateSettings::load(None).unwrap() };
    let app = App::new();
    cognito_alb_fargate(&app, &settings);
    groups_cerbos(&app, &GroupsCerbosSettings::load(None).unwrap());
    let folder = tempfile::tempdir().unwrap();
    app.synth().unwrap().assembly.write(folder.path()).unwrap();
    let assets = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let contexts: Vec<_> = assets.filter(|asset| asset.join("crates").is_dir()).map(|asset| parts(&asset)).collect();
    assert_eq!(contexts.len(), 2);
    for context in contexts {
        let other = context.iter().find(|part| {
            let known = ["crates/purlin-auth/Cargo.toml", "crates/purlin-auth/src"].contains(&part.as_str());
            !known
                && !part.starts_with("stacks/apps/cognito-alb-fargate/")
                && !part.starts_with("stacks/apps/groups-cerbos/")
        });
        assert_eq!(other, None, "{context:?}");
        assert!(context.iter().any(|part| part.ends_with("/Cargo.lock")), "{context:?}");
    }
}

/// The paths three folders deep below a folder, or four for an app.
fn parts(folder: &Path) -> BTreeSet<String> {
    let mut open = vec![(folder.to_owned(), 0)];
    let mut found = BTreeSet::new();
    while let Some((path, depth)) = open.pop() {
        let relative = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        if path.is_file() || depth == if relative.starts_with("stacks") { 4 } else { 3 } {
            found.insert(relative);
        } else {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| (entry.unwrap().path(), depth + 1)));
        }
    }
    found
}
