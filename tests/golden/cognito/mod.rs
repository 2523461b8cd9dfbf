//! User pools, clients, domains and resource servers. Tests `cdk_N_..` hold the rows of `docs/cdk-differences.md`.

use std::time::Duration;

use purlin::certificatemanager::Certificate;
use purlin::cognito::{
    AccountRecovery, AttributeSettings, AuthFlow, ClientAttributes, ContactAttribute, CustomAttribute, DeviceTracking,
    DomainProps, FeaturePlan, FirstFactor, ManagedLoginVersion, Mfa, OAuthScope, PasswordPolicy, SecondFactor,
    SignInAlias, StandardAttribute, ThreatProtection, TokenTriggerVersion, Trigger, UserInvitation, UserPool,
    UserPoolClient, UserPoolEmail, UserPoolGroup, UserPoolResourceServer, UserVerification,
};
use purlin::iam::{Principal, Role};
use purlin::kms::Key;
use purlin::lambda::Function;
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, RemovalPolicy, Stack, sub};
use serde_json::{Value, json};

use super::check;

mod client;
mod domain;
mod idp;
mod look;
mod user;

const POOL: &str = "AWS::Cognito::UserPool";
const CLIENT: &str = "AWS::Cognito::UserPoolClient";
const HOME: &str = "https://app.example.com/";
const CALLBACK: &str = "https://app.example.com/oauth2/idpresponse";

fn users(stack: &Stack) -> UserPool {
    stack.add("P", UserPool::props())
}

fn properties_of(template: &Template, type_name: &str) -> Value {
    template.only(type_name)["Properties"].clone()
}

#[track_caller]
fn assert_problem(expect: &str, build: impl FnOnce(&Stack)) {
    let found = problems(build);
    assert!(found.iter().any(|problem| problem.message.contains(expect)), "{expect}: {found:?}");
}

#[track_caller]
fn assert_fine(build: impl FnOnce(&Stack)) {
    let found = problems(build);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn cognito_login() {
    check("cognito_login", |stack| {
        let users = stack.add(
            "Users",
            UserPool::props()
                .sign_in_aliases([SignInAlias::Email])
                .case_insensitive_sign_in()
                .self_sign_up()
                .required_attributes([StandardAttribute::Email])
                .account_recovery(AccountRecovery::EmailOnly),
        );
        let domain = users.add_domain("Domain", DomainProps::prefix("acme-shop"));
        let client = users.add_client(
            "Client",
            UserPoolClient::props()
                .generate_secret()
                .authorization_code_grant([OAuthScope::OPENID])
                .callback_url(CALLBACK)
                .logout_url(HOME),
        );
        stack.add("LogoutUrl", CfnOutput::new(domain.sign_out_url(&client, HOME)));
    });
}

#[test]
fn cognito_with_everything() {
    check("cognito_with_everything", |stack| {
        let function = |name| Function::from_name(stack, format!("{name}Function"), name);
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let email = UserPoolEmail::ses("login@example.com")
            .from_name("Example, Inc.")
            .reply_to("help@example.com")
            .region("eu-west-1")
            .verified_domain("example.com")
            .configuration_set("login");
        let users = stack.add(
            "Users",
            UserPool::props()
                .name("shop")
                .sign_in_aliases([SignInAlias::Username, SignInAlias::Email, SignInAlias::Phone])
                .case_sensitive_sign_in()
                .auto_verify([ContactAttribute::Email])
                .keep_original([ContactAttribute::Email])
                .standard_attribute(StandardAttribute::Email, AttributeSettings::REQUIRED)
                .standard_attribute(StandardAttribute::LastUpdateTime, AttributeSettings::OPTIONAL)
                .custom_attribute("plan", CustomAttribute::string().length(1..=16))
                .custom_attribute("age", CustomAttribute::number().range(0..=150))
                .custom_attribute("vip", CustomAttribute::boolean().immutable())
                .custom_attribute("since", CustomAttribute::date_time())
                .password_policy(PasswordPolicy::new().min_length(12).without_symbols().password_history(5))
                .first_factors([FirstFactor::Password, FirstFactor::Passkey])
                .passkey_relying_party("example.com")
                .mfa(Mfa::Optional, [SecondFactor::Sms, SecondFactor::AuthenticatorApp, SecondFactor::Email])
                .mfa_message("Your code is {####}")
                .email(email)
                .user_invitation(UserInvitation::new().email_subject("Welcome").email_body("{username}: {####}"))
                .user_verification(UserVerification::link().email_body("{##Verify##}"))
                .custom_sender_key(&key)
                .trigger(Trigger::PreSignUp, &function("gate"))
                .trigger(Trigger::CustomEmailSender, &function("mail"))
                .device_tracking(DeviceTracking::USER_OPTS_IN.challenge_on_new_device())
                .feature_plan(FeaturePlan::Plus)
                .threat_protection(ThreatProtection::FullFunction)
                .custom_auth_threat_protection(ThreatProtection::AuditOnly)
                .removal_policy(RemovalPolicy::Destroy),
        );
        users.add_trigger(Trigger::PreTokenGenerationConfig(TokenTriggerVersion::V2), &function("claims"));
        let certificate = Certificate::from_arn("arn:aws:acm:us-east-1:111122223333:certificate/1");
        let custom = DomainProps::custom("auth.example.com", &certificate);
        users.add_domain("Domain", custom.managed_login_version(ManagedLoginVersion::NewerManagedLogin));
        let admins = stack.add("AdminRole", Role::props(Principal::web_identity("cognito-identity.amazonaws.com")));
        users.add_group("Admins", UserPoolGroup::props().name("admins").precedence(1).role(&admins));
        let orders = users.add_resource_server(
            "Orders",
            UserPoolResourceServer::props("orders").scope("read", "Look at orders").scope("write", "Change orders"),
        );
        users.add_client(
            "Machine",
            UserPoolClient::props().generate_secret().client_credentials([orders.scope("read")]),
        );
        users.add_client(
            "Web",
            UserPoolClient::props()
                .name("web")
                .generate_secret()
                .authorization_code_grant([OAuthScope::OPENID, OAuthScope::EMAIL, orders.scope("write")])
                .callback_urls([CALLBACK, "http://localhost:3000/callback"])
                .default_redirect_uri(CALLBACK)
                .auth_flows([AuthFlow::User, AuthFlow::UserSrp])
                .access_token_validity(Duration::from_mins(15))
                .id_token_validity(Duration::from_hours(1))
                .refresh_token_validity(Duration::from_hours(24))
                .auth_session_validity(Duration::from_mins(5))
                .refresh_token_rotation(Duration::from_secs(30))
                .read_attributes(
                    ClientAttributes::new().standard([StandardAttribute::Email]).email_verified().custom("plan"),
                )
                .write_attributes(ClientAttributes::new().standard([StandardAttribute::Email])),
        );
    });
}

#[test]
fn ids_are_those_of_the_cdk() {
    let template = Template::of(|stack| {
        let pool = stack.add("P", UserPool::props().sign_in_aliases([SignInAlias::Phone]));
        pool.add_client("C", UserPoolClient::props());
        pool.add_domain("D", DomainProps::prefix("pre"));
        pool.add_resource_server("RS", UserPoolResourceServer::props("api").scope("read", "rd"));
        pool.add_trigger(Trigger::PreSignUp, &Function::from_name(stack, "F", "f1"));
    });
    for id in ["P4E0919BE", "PC37646B7B", "PD23B3E156", "PRS9C332B75", "PsmsRole38E9143A", "PPreSignUpCognitoBE9C64A8"]
    {
        template.resource(id);
    }
}

#[test]
fn pools_are_kept_unless_they_are_to_be_destroyed() {
    let kept = Template::of(|stack| drop(users(stack)));
    let pool = kept.only(POOL);
    assert_eq!(pool["Properties"]["DeletionProtection"], "ACTIVE");
    assert_eq!((&pool["DeletionPolicy"], &pool["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
    let destroyed = UserPool::props().removal_policy(RemovalPolicy::Destroy);
    let template = Template::of(|stack| drop(stack.add("P", destroyed.clone())));
    assert_eq!(template.only(POOL)["DeletionPolicy"], "Delete");
    assert_eq!(properties_of(&template, POOL)["DeletionProtection"], "INACTIVE");
    let template = Template::of(|stack| drop(stack.add("P", destroyed.deletion_protection())));
    assert_eq!(properties_of(&template, POOL)["DeletionProtection"], "ACTIVE");
}

#[test]
fn aliases_have_the_form_of_the_cdk() {
    use SignInAlias::{Email, Phone, PreferredUsername, Username};
    let cases = [
        (
            vec![Username, Email, PreferredUsername],
            json!(["email", "preferred_username"]),
            Value::Null,
            json!(["email"]),
        ),
        (vec![Email], Value::Null, json!(["email"]), json!(["email"])),
        (vec![Email, Phone], Value::Null, json!(["email", "phone_number"]), json!(["email", "phone_number"])),
        (vec![Username], Value::Null, Value::Null, Value::Null),
    ];
    for (aliases, alias_attributes, username_attributes, verified) in cases {
        let template = Template::of(|stack| drop(stack.add("P", UserPool::props().sign_in_aliases(aliases))));
        let pool = properties_of(&template, POOL);
        assert_eq!(pool["AliasAttributes"], alias_attributes);
        assert_eq!(pool["UsernameAttributes"], username_attributes);
        assert_eq!(pool["AutoVerifiedAttributes"], verified);
    }
}

#[test]
fn text_messages_have_a_role_if_they_are_used() {
    let template =
        Template::of(|stack| drop(stack.add("P", UserPool::props().mfa(Mfa::Required, [SecondFactor::Sms]))));
    let role = template.resource("PsmsRole38E9143A");
    let condition = json!({"StringEquals": {"sts:ExternalId": "StackP8CEA4A57"}});
    assert_eq!(role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"], condition);
    assert_eq!(properties_of(&template, POOL)["SmsConfiguration"]["ExternalId"], "StackP8CEA4A57");
    let app = UserPool::props().mfa(Mfa::Required, [SecondFactor::AuthenticatorApp]);
    let template = Template::of(|stack| drop(stack.add("P", app)));
    assert!(template.resources_of("AWS::IAM::Role").is_empty());
    assert_eq!(properties_of(&template, POOL)["MfaConfiguration"], "ON");
}

#[test]
fn a_passkey_can_be_both_factors() {
    let template = Template::of(|stack| {
        let pool = UserPool::props().first_factors([FirstFactor::Password, FirstFactor::Passkey]);
        stack.add("P", pool.mfa(Mfa::Required, [SecondFactor::AuthenticatorApp]).passkey_as_both_factors());
    });
    let pool = properties_of(&template, POOL);
    assert_eq!(pool["WebAuthnFactorConfiguration"], "MULTI_FACTOR_WITH_USER_VERIFICATION");
    assert_eq!(pool["MfaConfiguration"], "ON");
}

#[test]
fn every_schema_entry_has_its_data_type() {
    let template = Template::of(|stack| {
        let recipe = UserPool::props()
            .required_attributes([StandardAttribute::Email, StandardAttribute::LastUpdateTime])
            .custom_attribute("plan", CustomAttribute::string());
        stack.add("P", recipe);
    });
    let schema = properties_of(&template, POOL)["Schema"].clone();
    let types: Vec<&Value> = schema.as_array().unwrap().iter().map(|entry| &entry["AttributeDataType"]).collect();
    assert_eq!(types, ["String", "Number", "String"]);
    assert_eq!(schema[0], json!({"AttributeDataType": "String", "Mutable": true, "Name": "email", "Required": true}));
}

#[test]
fn imported_pools_have_clients_and_grants() {
    let template = Template::of(|stack| {
        let arn = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_x";
        let pool = UserPool::from_arn(stack, "P2", arn);
        assert_eq!(pool.id().as_str(), Some("eu-west-1_x"));
        pool.add_client("C", UserPoolClient::props());
        let role = stack.add("R", Role::props(Principal::service("a.b.com")));
        pool.grant(&role, ["cognito-idp:ListUsers"]);
        let by_id = UserPool::from_id(stack, "P", "us-east-1_abc");
        stack.add("Name", CfnOutput::new(sub!("{}", by_id.provider_url())));
    });
    assert_eq!(template.resource("P2CCD341F1B")["Properties"]["UserPoolId"], "eu-west-1_x");
    let parts = &template.json()["Outputs"]["Name"]["Value"]["Fn::Join"][1];
    assert_eq!(parts[0], "https://cognito-idp.");
}

#[test]
fn mistakes_are_problems() {
    type Build = fn(&Stack);
    let cases: [(&str, Build); 18] = [
        ("`MinimumLength` is 5; it takes at least 6", |s| {
            drop(s.add("P", UserPool::props().password_policy(PasswordPolicy::new().min_length(5))));
        }),
        ("`PasswordHistorySize` is 25; it takes at most 24", |s| {
            drop(s.add("P", UserPool::props().password_policy(PasswordPolicy::new().password_history(25))));
        }),
        ("passwords is `129600s`, but AWS takes at least 1 whole days", |s| {
            let policy = PasswordPolicy::new().temporary_password_validity(Duration::from_hours(36));
            s.add("P", UserPool::props().password_policy(policy));
        }),
        ("`TemporaryPasswordValidityDays` is 400; it takes at most 365", |s| {
            let policy = PasswordPolicy::new().temporary_password_validity(Duration::from_hours(400 * 24));
            s.add("P", UserPool::props().password_policy(policy));
        }),
        ("sign in with `PreferredUsername` without `Username`", |s| {
            s.add("P", UserPool::props().sign_in_aliases([SignInAlias::PreferredUsername]));
        }),
        ("has a second factor, but no kind of it", |s| drop(s.add("P", UserPool::props().mfa(Mfa::Required, [])))),
        ("the first factor is a code by email, but the pool requires a second factor", |s| {
            let pool = UserPool::props().first_factors([FirstFactor::Password, FirstFactor::EmailCode]);
            s.add("P", pool.mfa(Mfa::Required, [SecondFactor::AuthenticatorApp]));
        }),
        ("the first factor is a passkey, but the pool requires a second factor", |s| {
            let pool = UserPool::props().first_factors([FirstFactor::Password, FirstFactor::Passkey]);
            s.add("P", pool.mfa(Mfa::Required, [SecondFactor::AuthenticatorApp]));
        }),
        ("does not send emails with Amazon SES", |s| {
            drop(s.add("P", UserPool::props().mfa(Mfa::Optional, [SecondFactor::Email])));
        }),
        ("has no `{####}`", |s| {
            s.add("P", UserPool::props().user_verification(UserVerification::code().email_body("hello")));
        }),
        ("no placeholder for the link", |s| {
            s.add("P", UserPool::props().user_verification(UserVerification::link().email_body("hello")));
        }),
        ("is set twice", |s| {
            let f = Function::from_name(s, "F", "f");
            s.add("P", UserPool::props().trigger(Trigger::PreSignUp, &f).trigger(Trigger::PreSignUp, &f));
        }),
        ("requires a key to encrypt codes", |s| {
            s.add("P", UserPool::props().trigger(Trigger::CustomSmsSender, &Function::from_name(s, "F", "f")));
        }),
        ("threat protection is not part", |s| {
            let recipe = UserPool::props().feature_plan(FeaturePlan::Essentials);
            s.add("P", recipe.threat_protection(ThreatProtection::AuditOnly));
        }),
        ("the name of a custom attribute is `a name that is too long`, but AWS takes 1 to 20", |s| {
            s.add("P", UserPool::props().custom_attribute("a name that is too long", CustomAttribute::string()));
        }),
        ("but AWS takes one for numbers only", |s| {
            s.add("P", UserPool::props().custom_attribute("a", CustomAttribute::string().range(0..=1)));
        }),
        ("without `openid`", |s| {
            let code = UserPoolClient::props().authorization_code_grant([OAuthScope::EMAIL]).callback_url(CALLBACK);
            users(s).add_client("C", code);
        }),
        ("is not the id of a user pool", |s| drop(UserPool::from_id(s, "P", "pool"))),
    ];
    for (expect, build) in cases {
        let found = problems(build);
        let texts: Vec<String> = found.iter().map(|problem| format!("{} {}", problem.message, problem.hint)).collect();
        assert!(texts.iter().any(|text| text.contains(expect)), "{expect}: {texts:?}");
    }
}
