//! Domains, and the URLs of signing in and out. Tests `cdk_N_..` hold the rows of `docs/cdk-differences.md`.

use purlin::certificatemanager::Certificate;
use purlin::cfn::cognito::CfnManagedLoginBranding;
use purlin::cognito::{
    DomainProps, FeaturePlan, ManagedLoginVersion, OAuthScope, UserPool, UserPoolClient, UserPoolDomain,
};
use purlin::route53::{ARecord, HostedZone, RecordTarget};
use purlin::testing::Template;
use purlin::{CfnOutput, Stack};
use serde_json::json;

use super::{CALLBACK, CLIENT, HOME, assert_fine, assert_problem, properties_of, users};

#[test]
fn cdk_13_domain_prefixes_are_looked_at() {
    let with =
        |prefix: &'static str| move |stack: &Stack| drop(users(stack).add_domain("D", DomainProps::prefix(prefix)));
    assert_problem("contains the word `cognito`", with("my-cognito-app"));
    assert_problem("contains the word `aws`", with("laws-of-web"));
    assert_problem("contains the word `amazon`", with("amazonia"));
    assert_problem("lower-case letters", with("Acme"));
    assert_problem("begins or ends with a hyphen", with("acme-"));
    assert_problem("begins or ends with a hyphen", with("-acme"));
    assert_problem("lower-case letters", with(""));
    assert_problem("lower-case letters", with("a-prefix-that-goes-on-and-on-and-on-until-it-does-not-fit-a-label"));
    assert_fine(with("acme-shop-2"));
}

#[test]
fn a_pool_has_one_domain_of_each_kind() {
    let certificate = || Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/1");
    assert_fine(|stack| {
        let pool = users(stack);
        pool.add_domain("Prefix", DomainProps::prefix("acme"));
        pool.add_domain("Custom", DomainProps::custom("auth.example.com", &certificate()));
    });
    assert_problem("has two domain prefixes, this one and `Stack/P/One`", |stack| {
        let pool = users(stack);
        pool.add_domain("One", DomainProps::prefix("acme"));
        pool.add_domain("Two", DomainProps::prefix("acme-2"));
    });
}

#[test]
fn cdk_15_the_certificate_of_a_custom_domain_is_in_us_east_1() {
    let with = |region: &'static str| {
        move |stack: &Stack| {
            let certificate = Certificate::from_arn(format!("arn:aws:acm:{region}:111122223333:certificate/1"));
            users(stack).add_domain("D", DomainProps::custom("auth.example.com", &certificate));
        }
    };
    assert_problem("is in `eu-west-1`, but AWS takes one of `us-east-1` only", with("eu-west-1"));
    assert_fine(with("us-east-1"));
}

#[test]
fn cdk_16_managed_login_has_a_branding_style_for_each_client() {
    let build = |stack: &Stack, is_off: bool, is_branded: bool| {
        if is_off {
            stack.without_patch("managed-login-branding");
        }
        let pool = users(stack);
        let domain = DomainProps::prefix("acme").managed_login_version(ManagedLoginVersion::NewerManagedLogin);
        pool.add_domain("D", domain);
        let code = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]).callback_url(CALLBACK);
        let client = pool.add_client("C", code);
        pool.add_client("Api", UserPoolClient::props());
        if is_branded {
            let style = CfnManagedLoginBranding::new(pool.id()).client_id(client.id());
            stack.add("Style", style.use_cognito_provided_values(true));
        }
    };
    let branding = "AWS::Cognito::ManagedLoginBranding";
    let template = Template::of(|stack| build(stack, false, false));
    let expect = json!({
        "ClientId": {"Ref": "PC37646B7B"}, "UseCognitoProvidedValues": true, "UserPoolId": {"Ref": "P4E0919BE"},
    });
    assert_eq!(properties_of(&template, branding), expect);
    assert_eq!(template.patches()[0].name, "managed-login-branding");
    let own = Template::of(|stack| build(stack, false, true));
    assert_eq!(own.resources_of(branding)[0].0, "Style");
    assert!(own.patches().is_empty());
    let off = Template::of(|stack| build(stack, true, false));
    assert!(off.resources_of(branding).is_empty());
    assert!(off.notices().iter().any(|notice| notice.message.contains("no branding style")));
    assert_problem("not part of the feature plan", |stack| {
        let pool = stack.add("P", UserPool::props().feature_plan(FeaturePlan::Lite));
        let domain = DomainProps::prefix("acme").managed_login_version(ManagedLoginVersion::NewerManagedLogin);
        pool.add_domain("D", domain);
    });
}

#[test]
fn cdk_17_sign_out_urls_are_made_and_registered() {
    let template = Template::of(|stack| {
        let pool = users(stack);
        let domain = pool.add_domain("D", DomainProps::prefix("acme"));
        let code = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]).callback_url(CALLBACK);
        let client = pool.add_client("C", code);
        stack.add("Again", CfnOutput::new(domain.sign_out_url(&client, HOME)));
        stack.add("Goodbye", CfnOutput::new(domain.sign_out_page_url(&client, "https://app.example.com/bye?a=b")));
        stack.add("In", CfnOutput::new(domain.sign_in_url(&client, CALLBACK)));
    });
    let output = |name: &str| template.json()["Outputs"][name]["Value"]["Fn::Join"][1].clone();
    let (domain, client) = (json!({"Ref": "PD23B3E156"}), json!({"Ref": "PC37646B7B"}));
    let region = json!({"Ref": "AWS::Region"});
    let rest = "&redirect_uri=https%3A%2F%2Fapp.example.com%2F&response_type=code&state=STATE&scope=openid";
    let again = json!(["https://", domain, ".auth.", region, ".amazoncognito.com/logout?client_id=", client, rest]);
    assert_eq!(output("Again"), again);
    let goodbye = output("Goodbye");
    assert_eq!(goodbye[6], "&logout_uri=https%3A%2F%2Fapp.example.com%2Fbye%3Fa%3Db");
    let registered = properties_of(&template, CLIENT);
    assert_eq!(registered["CallbackURLs"], json!([CALLBACK, HOME]));
    assert_eq!(registered["LogoutURLs"], json!([HOME, "https://app.example.com/bye?a=b"]));
    let patches: Vec<&str> = template.patches().iter().map(|patch| patch.name).collect();
    assert_eq!(patches, ["register-callback-url", "register-logout-url", "register-logout-url"]);
}

#[test]
fn patches_that_register_urls_can_be_turned_off() {
    let build = |stack: &Stack, is_named: bool| {
        stack.without_patch("register-logout-url");
        let pool = users(stack);
        let code = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]).callback_url(CALLBACK);
        let client = pool.add_client("C", code);
        let domain = pool.add_domain("D", DomainProps::prefix("acme"));
        stack.add("Out", CfnOutput::new(domain.sign_out_page_url(&client, HOME)));
        if is_named {
            client.add_logout_url(HOME);
        }
    };
    let off = Template::of(|stack| build(stack, false));
    assert!(off.patches().is_empty());
    assert!(off.notices()[0].message.contains("is not in the `LogoutURLs` of the client"), "{:?}", off.notices());
    assert!(Template::of(|stack| build(stack, true)).notices().is_empty());
}

#[test]
fn a_custom_domain_has_a_record_and_an_imported_domain_has_urls() {
    let template = Template::of(|stack| {
        let certificate = Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/1");
        let domain = users(stack).add_domain("D", DomainProps::custom("auth.example.com", &certificate));
        let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789ABCDEFGHIJ", "example.com");
        stack.add("Record", ARecord::props(&zone, RecordTarget::alias(&domain)).record_name("auth"));
        let imported = UserPoolDomain::from_prefix(stack, "Old", "acme");
        stack.add("Url", CfnOutput::new(imported.base_url()));
    });
    let target = &properties_of(&template, "AWS::Route53::RecordSet")["AliasTarget"];
    assert_eq!(target["DNSName"], json!({"Fn::GetAtt": ["PD23B3E156", "CloudFrontDistribution"]}));
    assert_eq!(template.json()["Outputs"]["Url"]["Value"]["Fn::Join"][1][0], "https://acme.auth.");
    assert_problem("points to a user pool domain", |stack| {
        let domain = users(stack).add_domain("D", DomainProps::prefix("acme"));
        let zone = HostedZone::from_attributes(stack, "Zone", "Z0123456789ABCDEFGHIJ", "example.com");
        stack.add("Record", ARecord::props(&zone, RecordTarget::alias(&domain)).record_name("auth"));
    });
}
