//! App clients. Tests `cdk_N_..` hold the rows of `docs/cdk-differences.md`.

use std::time::Duration;

use purlin::cfn::cognito::{CfnUserPoolIdentityProvider, UserPoolIdentityProviderProviderType};
use purlin::cognito::{AuthFlow, IdentityProvider, OAuthScope, UserPool, UserPoolClient, UserPoolResourceServer};
use purlin::testing::Template;
use purlin::{Stack, sub};
use serde_json::{Value, json};

use super::{CALLBACK, CLIENT, HOME, assert_fine, assert_problem, properties_of, users};

#[test]
fn cdk_8_a_client_has_no_flow_and_no_url_that_nobody_named() {
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
fn cdk_9_callback_urls_are_looked_at() {
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
fn cdk_10_the_default_redirect_uri_is_a_callback_url() {
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
fn cdk_12_client_credentials_ask_for_scopes_of_resource_servers() {
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
fn cdk_14_a_client_comes_after_the_identity_providers_it_names() {
    let google = |pool: &UserPool| {
        let details = [("client_id", "id"), ("client_secret", "{{resolve:secretsmanager:google}}")];
        CfnUserPoolIdentityProvider::new(details, "Google", UserPoolIdentityProviderProviderType::GOOGLE, pool.id())
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
fn cdk_18_the_client_secret_is_an_attribute_not_a_custom_resource() {
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
fn refresh_token_rotation_excludes_the_refresh_flow() {
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
fn callback_urls_with_a_generated_balancer_name_are_warnings() {
    use purlin::cfn::elasticloadbalancingv2::CfnLoadBalancer;
    let with = |balancer: CfnLoadBalancer| {
        Template::of(|stack| {
            let balancer = stack.add("Alb", balancer);
            let name = balancer.att(CfnLoadBalancer::ATTR_DNS_NAME);
            let code = UserPoolClient::props().authorization_code_grant([OAuthScope::OPENID]);
            users(stack).add_client("C", code.callback_url(sub!("https://{}/oauth2/idpresponse", name)));
        })
    };
    let made_up = with(CfnLoadBalancer::new().subnets(["subnet-0a0a0a0a", "subnet-0b0b0b0b"]));
    assert!(made_up.notices()[0].message.contains("capital letters"), "{:?}", made_up.notices());
    assert!(
        with(CfnLoadBalancer::new().name("web").subnets(["subnet-0a0a0a0a", "subnet-0b0b0b0b"])).notices().is_empty()
    );
}
