//! User pools, clients, domains and resource servers. Each answer to one of the CDK's bites has a test that names it.

use std::time::Duration;

use purlin::certificatemanager::Certificate;
use purlin::cfn::cognito::{CfnManagedLoginBranding, CfnUserPoolIdentityProvider};
use purlin::cognito::{
    AccountRecovery, AttributeSettings, AuthFlow, ClientAttributes, ContactAttribute, CustomAttribute, DeviceTracking,
    DomainProps, FeaturePlan, FirstFactor, IdentityProvider, ManagedLoginVersion, Mfa, OAuthScope, PasswordPolicy,
    SecondFactor, SignInAlias, StandardAttribute, ThreatProtection, TokenTriggerVersion, Trigger, UserInvitation,
    UserPool, UserPoolClient, UserPoolEmail, UserPoolResourceServer, UserVerification,
};
use purlin::iam::{Principal, Role};
use purlin::kms::Key;
use purlin::lambda::Function;
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, RemovalPolicy, Stack, sub};
use serde_json::{Value, json};

use super::check;

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
                .access_token_validity(Duration::from_secs(15 * 60))
                .id_token_validity(Duration::from_secs(3600))
                .refresh_token_validity(Duration::from_secs(24 * 3600))
                .auth_session_validity(Duration::from_secs(5 * 60))
                .refresh_token_rotation(Duration::from_secs(30))
                .read_attributes(
                    ClientAttributes::new().standard([StandardAttribute::Email]).email_verified().custom("plan"),
                )
                .write_attributes(ClientAttributes::new().standard([StandardAttribute::Email])),
        );
    });
}

#[test]
fn ids_are_the_cdks() {
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
fn users_are_not_lost_by_accident() {
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
fn aliases_become_what_the_cdk_makes_of_them() {
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
fn text_messages_have_a_role_where_they_are_used() {
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
fn pain_8_every_schema_entry_has_its_data_type() {
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
fn bite_8_a_client_has_no_flow_and_no_url_that_nobody_named() {
    let template = Template::of(|stack| drop(users(stack).add_client("C", UserPoolClient::props())));
    let expect = json!({
        "AllowedOAuthFlowsUserPoolClient": false,
        "EnableTokenRevocation": true,
        "PreventUserExistenceErrors": "ENABLED",
        "SupportedIdentityProviders": ["COGNITO"],
        "UserPoolId": {"Ref": "P4E0919BE"},
    });
    assert_eq!(properties_of(&template, CLIENT), expect);
    let code = || UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
    let template = Template::of(|stack| drop(users(stack).add_client("C", code().callback_url(CALLBACK))));
    let client = properties_of(&template, CLIENT);
    assert_eq!(client["AllowedOAuthFlows"], json!(["code"]));
    assert_eq!(client["AllowedOAuthScopes"], json!(["openid"]));
    assert_eq!(client["CallbackURLs"], json!([CALLBACK]));
    assert_problem("no callback URL", |stack| drop(users(stack).add_client("C", code())));
}

#[test]
fn bite_9_callback_urls_are_looked_at() {
    let with = |url: &'static str| {
        move |stack: &Stack| {
            let client = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
            users(stack).add_client("C", client.callback_url(url));
        }
    };
    assert_problem("plain `http`", with("http://app.example.com/cb"));
    assert_problem("capital letters", with("https://App.example.com/cb"));
    assert_problem("fragment", with("https://app.example.com/#cb"));
    assert_fine(with("http://localhost:8080/cb"));
    assert_fine(with("myapp://cb"));
}

#[test]
fn callback_urls_added_later_are_checked_and_not_repeated() {
    let template = Template::of(|stack| {
        let client = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
        let client = users(stack).add_client("C", client);
        client.add_callback_url(CALLBACK);
        client.add_callback_url(CALLBACK);
        client.add_logout_url(HOME);
    });
    assert_eq!(properties_of(&template, CLIENT)["CallbackURLs"], json!([CALLBACK]));
    assert_eq!(properties_of(&template, CLIENT)["LogoutURLs"], json!([HOME]));
    assert_problem("not an absolute URL", |stack| {
        let client = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
        users(stack).add_client("C", client).add_callback_url("app.example.com");
    });
}

#[test]
fn bite_10_the_default_redirect_uri_is_a_callback_url() {
    let client = |redirect: &'static str| {
        let code = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
        code.callback_url(CALLBACK).default_redirect_uri(redirect)
    };
    assert_fine(|stack| drop(users(stack).add_client("C", client(CALLBACK))));
    assert_problem("is not one of the client's callback URLs", |stack| {
        users(stack).add_client("C", client(HOME));
    });
}

#[test]
fn bite_12_client_credentials_ask_for_scopes_of_resource_servers() {
    let template = Template::of(|stack| {
        let pool = users(stack);
        let server = pool.add_resource_server("RS", UserPoolResourceServer::props("api").scope("read", "rd"));
        pool.add_client("C", UserPoolClient::props().generate_secret().client_credentials([server.scope("read")]));
    });
    let client = properties_of(&template, CLIENT);
    // The reference is the dependency: the client is created after the server.
    assert_eq!(client["AllowedOAuthScopes"], json!([{"Fn::Join": ["", [{"Ref": "PRS9C332B75"}, "/read"]]}]));
    assert_problem("has no scope `write`; it has `read`", |stack| {
        let pool = users(stack);
        let server = pool.add_resource_server("RS", UserPoolResourceServer::props("api").scope("read", "rd"));
        drop(server.scope("write"));
    });
    assert_problem("about a user", |stack| {
        let machine = UserPoolClient::props().generate_secret();
        users(stack).add_client("C", machine.client_credentials([OAuthScope::OPENID]));
    });
}

#[test]
fn bite_13_domain_prefixes_are_looked_at() {
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
fn bite_14_a_client_comes_after_the_identity_providers_it_names() {
    let google = |pool: &UserPool| {
        let details = [("client_id", "id"), ("client_secret", "{{resolve:secretsmanager:google}}")];
        CfnUserPoolIdentityProvider::new(details, "Google", "Google", pool.id())
    };
    let by_name = Template::of(|stack| {
        let pool = users(stack);
        pool.add_client("C", UserPoolClient::props().supported_identity_provider(IdentityProvider::GOOGLE));
        stack.add("Idp", google(&pool));
    });
    assert_eq!(by_name.only(CLIENT)["DependsOn"], json!(["Idp"]));
    let by_handle = Template::of(|stack| {
        let pool = users(stack);
        let provider = stack.add("Idp", google(&pool));
        pool.add_client("C", UserPoolClient::props().supported_identity_provider(&provider));
    });
    assert_eq!(properties_of(&by_handle, CLIENT)["SupportedIdentityProviders"], json!([{"Ref": "Idp"}]));
}

#[test]
fn bite_15_the_certificate_of_a_custom_domain_is_in_us_east_1() {
    let with = |region: &'static str| {
        move |stack: &Stack| {
            let certificate = Certificate::from_arn(format!("arn:aws:acm:{region}:111122223333:certificate/1"));
            users(stack).add_domain("D", DomainProps::custom("auth.example.com", &certificate));
        }
    };
    assert_problem("is in `eu-west-1`; it has to be in `us-east-1`", with("eu-west-1"));
    assert_fine(with("us-east-1"));
}

#[test]
fn bite_16_managed_login_has_a_branding_style_for_each_client() {
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
fn bite_17_sign_out_urls_are_made_and_registered() {
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
fn bite_18_the_client_secret_is_an_attribute_not_a_custom_resource() {
    let template = Template::of(|stack| {
        let client = users(stack).add_client("C", UserPoolClient::props().generate_secret());
        let secret = client.client_secret().dynamic_reference();
        stack.add("S", purlin::CfnResource::new("AWS::SecretsManager::Secret").property("SecretString", secret));
    });
    let secret = properties_of(&template, "AWS::SecretsManager::Secret");
    assert_eq!(secret["SecretString"], json!({"Fn::GetAtt": ["PC37646B7B", "ClientSecret"]}));
    assert_eq!(template.json()["Resources"].as_object().unwrap().len(), 3);
}

#[test]
fn refresh_token_rotation_does_not_meet_the_refresh_flow() {
    let flows = |client: purlin::cognito::UserPoolClientProps| {
        let template = Template::of(|stack| drop(users(stack).add_client("C", client)));
        properties_of(&template, CLIENT)["ExplicitAuthFlows"].clone()
    };
    let rotated = || UserPoolClient::props().refresh_token_rotation(Duration::from_secs(10));
    assert_eq!(flows(UserPoolClient::props()), Value::Null);
    assert_eq!(flows(rotated()), json!(["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"]));
    assert_eq!(flows(rotated().auth_flow(AuthFlow::User)), json!(["ALLOW_USER_AUTH"]));
    let plain = UserPoolClient::props().auth_flow(AuthFlow::User);
    assert_eq!(flows(plain), json!(["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]));
}

#[test]
fn imported_pools_take_clients_and_grants() {
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
    let cases: [(&str, Build); 14] = [
        ("Cognito takes 6 to 99", |s| {
            drop(s.add("P", UserPool::props().password_policy(PasswordPolicy::new().min_length(5))))
        }),
        ("1 to 365 whole days", |s| {
            let policy = PasswordPolicy::new().temporary_password_validity(Duration::from_secs(400 * 86_400));
            s.add("P", UserPool::props().password_policy(policy));
        }),
        ("sign in with `PreferredUsername`", |s| {
            s.add("P", UserPool::props().sign_in_aliases([SignInAlias::PreferredUsername]));
        }),
        ("but there is none to choose from", |s| drop(s.add("P", UserPool::props().mfa(Mfa::Required, [])))),
        ("not by Amazon SES", |s| drop(s.add("P", UserPool::props().mfa(Mfa::Optional, [SecondFactor::Email])))),
        ("has no `{####}`", |s| {
            s.add("P", UserPool::props().user_verification(UserVerification::code().email_body("hello")));
        }),
        ("no place for the link", |s| {
            s.add("P", UserPool::props().user_verification(UserVerification::link().email_body("hello")));
        }),
        ("is given twice", |s| {
            let f = Function::from_name(s, "F", "f");
            s.add("P", UserPool::props().trigger(Trigger::PreSignUp, &f).trigger(Trigger::PreSignUp, &f));
        }),
        ("has no key to encrypt", |s| {
            s.add("P", UserPool::props().trigger(Trigger::CustomSmsSender, &Function::from_name(s, "F", "f")));
        }),
        ("threat protection is not part", |s| {
            let recipe = UserPool::props().feature_plan(FeaturePlan::Essentials);
            s.add("P", recipe.threat_protection(ThreatProtection::AuditOnly));
        }),
        ("`custom:` is put in front", |s| {
            s.add("P", UserPool::props().custom_attribute("a name that is too long", CustomAttribute::string()));
        }),
        ("which only numbers have", |s| {
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
