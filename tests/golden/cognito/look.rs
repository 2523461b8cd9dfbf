//! The style of the sign-in pages: style sheets of the classic hosted UI, styles and images of managed login.

use purlin::cognito::{
    BrandingAsset, BrandingAssetCategory, CodeGrant, ColorMode, DomainProps, ManagedLoginBranding,
    ManagedLoginBrandingProps, ManagedLoginVersion, OAuthScope, Public, UiCustomization, UserPool, UserPoolClient,
};
use purlin::testing::{Template, problems};
use purlin::{App, Stack};
use serde_json::json;

use super::{CALLBACK, assert_fine, assert_problem, check, properties_of, users};

const LOOK: &str = "AWS::Cognito::UserPoolUICustomizationAttachment";
const STYLE: &str = "AWS::Cognito::ManagedLoginBranding";
const CSS: &str = "/* ours: @all */ .banner-customizable, .label-customizable { color: #0b5cab; }\n\
                   .submitButton-customizable:hover { color: white; }";
const IMAGE: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'/>";

fn domain(version: ManagedLoginVersion) -> DomainProps {
    DomainProps::prefix("acme").managed_login_version(version)
}

fn web(pool: &UserPool) -> UserPoolClient<Public, CodeGrant> {
    let client = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
    pool.add_client("Web", client.callback_url(CALLBACK))
}

#[test]
fn pages_of_both_generations() {
    check("cognito_look", |stack| {
        let pool = users(stack);
        pool.add_ui_customization("Look", UiCustomization::css(CSS));
        pool.add_domain("Domain", domain(ManagedLoginVersion::ClassicHostedUi));
        let client = web(&pool);
        let own = UiCustomization::css(".logo-customizable { max-width: 60%; }").client(&client);
        stack.add("Own", own.in_pool(&pool));
        let managed = stack.add("Managed", UserPool::props());
        managed.add_domain(
            "Domain",
            DomainProps::prefix("acme-2").managed_login_version(ManagedLoginVersion::NewerManagedLogin),
        );
        let settings = json!({"categories": {"global": {"colorSchemeMode": "LIGHT"}}});
        let logo = BrandingAsset::svg(BrandingAssetCategory::FormLogo, ColorMode::Light, IMAGE);
        let icon =
            BrandingAsset::png(BrandingAssetCategory::IdpButtonIcon, ColorMode::Dynamic, "image").resource_id("Okta");
        let style = ManagedLoginBranding::props(&web(&managed)).settings(settings).assets([logo, icon]);
        stack.add("Style", style);
    });
}

#[test]
fn a_style_sheet_is_created_after_a_domain_that_is_added_later() {
    let template = Template::of(|stack| {
        let pool = users(stack);
        pool.add_ui_customization("Look", UiCustomization::css(CSS));
        pool.add_domain("Domain", DomainProps::prefix("acme"));
    });
    let (domain, _) = template.resources_of("AWS::Cognito::UserPoolDomain")[0];
    assert_eq!(template.only(LOOK)["DependsOn"], json!([domain]));
    assert_eq!(properties_of(&template, LOOK)["ClientId"], "ALL");
}

#[test]
fn style_sheets_that_cognito_refuses_are_problems() {
    let refused = |css: &str| {
        let found = problems(|stack: &Stack| {
            let pool = users(stack);
            pool.add_domain("Domain", DomainProps::prefix("acme"));
            pool.add_ui_customization("Look", UiCustomization::css(css));
        });
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let cases = [
        (refused("@media (width > 1px) {}"), "has the rule `@media`, but AWS takes no `@`-rules"),
        (refused(".banner { color: red; }"), "the selector `.banner`, but AWS takes only Cognito's classes"),
        (refused("body { color: red; }"), "the selector `body`"),
        (refused(".label-customizable:hover { color: red; }"), "the selector `.label-customizable:hover`"),
        (refused(".logo-customizable, a { color: red; }"), "the selector `a`"),
        (refused(&" ".repeat(131_073)), "has 131073 characters, but AWS takes at most 131072"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    assert_eq!(refused(CSS), "");
    assert_problem("the pool has no domain for them", |stack| {
        users(stack).add_ui_customization("Look", UiCustomization::css(CSS));
    });
    assert_problem("the style sheet is for all clients of the pool, and so is that of `Stack/P/A`", |stack| {
        let pool = users(stack);
        pool.add_domain("Domain", DomainProps::prefix("acme"));
        pool.add_ui_customization("A", UiCustomization::css(CSS));
        pool.add_ui_customization("B", UiCustomization::css(CSS));
    });
    assert_fine(|stack| {
        let pool = UserPool::from_id(stack, "Theirs", "eu-west-1_AbCdEfGhI");
        pool.add_ui_customization("Look", UiCustomization::css(CSS));
    });
}

#[test]
fn a_style_for_the_other_generation_of_pages_is_a_warning() {
    let notices = |build: fn(&Stack)| {
        let template = Template::of(build);
        template.notices().iter().map(|notice| notice.message.clone()).collect::<String>()
    };
    let classic = notices(|stack| {
        let pool = users(stack);
        pool.add_domain("Domain", DomainProps::prefix("acme"));
        stack.add("Style", ManagedLoginBranding::props(&web(&pool)));
    });
    assert!(classic.contains("is for managed login, but the pool's domain does not have it"), "{classic}");
    let managed = notices(|stack| {
        let pool = users(stack);
        pool.add_domain("Domain", domain(ManagedLoginVersion::NewerManagedLogin));
        pool.add_ui_customization("Look", UiCustomization::css(CSS));
    });
    assert!(managed.contains("is for the classic hosted UI, but the pool's domain shows managed login"), "{managed}");
}

#[test]
fn a_style_without_settings_is_cognitos_own() {
    let template = Template::of(|stack| {
        let pool = users(stack);
        pool.add_domain("Domain", domain(ManagedLoginVersion::NewerManagedLogin));
        let style = stack.add("Style", ManagedLoginBranding::props(&web(&pool)));
        assert!(style.id().as_str().is_none());
    });
    assert_eq!(properties_of(&template, STYLE)["UseCognitoProvidedValues"], true);
    assert!(template.patches().is_empty());
}

#[test]
fn styles_that_cognito_refuses_are_problems() {
    use BrandingAssetCategory::{FaviconIco, FormLogo};
    let refused = |with: fn(ManagedLoginBrandingProps) -> ManagedLoginBrandingProps| {
        let app = App::new();
        let stack = app.add("Stack", Stack::props());
        let pool = users(&stack);
        pool.add_domain("Domain", domain(ManagedLoginVersion::NewerManagedLogin));
        let style = with(ManagedLoginBranding::props(&web(&pool)));
        stack.add("Style", style);
        app.synth().err().into_iter().flatten().map(|problem| problem.message).collect::<String>()
    };
    let logo = || BrandingAsset::svg(FormLogo, ColorMode::Light, IMAGE);
    assert_eq!(refused(|style| style.asset(BrandingAsset::ico(FaviconIco, ColorMode::Dynamic, "icon"))), "");
    let cases = [
        (refused(|style| style.asset(BrandingAsset::png(FaviconIco, ColorMode::Light, "icon"))), "but AWS takes `ICO`"),
        (
            refused(|style| style.asset(BrandingAsset::jpeg(FormLogo, ColorMode::Dark, ""))),
            "has 0 characters in Base64",
        ),
        (
            refused(|style| style.asset(BrandingAsset::webp(FormLogo, ColorMode::Dark, vec![0; 750_001]))),
            "has 1000004 characters in Base64, but AWS takes 1 to 1000000",
        ),
        (
            refused(|style| {
                let logo = || BrandingAsset::svg(FormLogo, ColorMode::Light, IMAGE);
                style.asset(logo()).asset(logo())
            }),
            "two images `FORM_LOGO` for the mode `LIGHT`",
        ),
        (
            refused(|style| {
                let icon =
                    |at: usize| BrandingAsset::svg(FormLogo, ColorMode::Light, IMAGE).resource_id(at.to_string());
                style.assets((0..41).map(icon))
            }),
            "`Assets` has 41 items; it takes at most 40",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    assert_problem("the client has two branding styles", |stack| {
        let pool = users(stack);
        pool.add_domain("Domain", domain(ManagedLoginVersion::NewerManagedLogin));
        let client = web(&pool);
        stack.add("A", ManagedLoginBranding::props(&client).asset(logo()));
        stack.add("B", ManagedLoginBranding::props(&client));
    });
}
