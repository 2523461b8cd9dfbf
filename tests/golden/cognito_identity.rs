//! Identity pools: trust policies, guests only where they are allowed, role mappings; and what is refused.

use purlin::Stack;
use purlin::cognito::{UserPool, UserPoolClient};
use purlin::cognito_identity::{IdentityPool, IdentityPoolProps, MappingRule, Match, Provider, RoleMapping};
use purlin::iam::{PolicyStatement, Role};
use purlin::testing::{Template, problems};
use serde_json::json;

use super::check;

const OIDC: &str = "arn:aws:iam::111122223333:oidc-provider/login.example.com";

#[test]
fn identity_pools() {
    check("cognito_identity", |stack| {
        let users = stack.add("Users", UserPool::props());
        let client = users.add_client("Web", UserPoolClient::props());
        let pool = Provider::user_pool(&users, &client);
        stack.add("Plain", IdentityPool::props().provider(pool.clone()));

        let sso = Provider::openid_connect(OIDC);
        let place = stack.child("Roles");
        let full = IdentityPool::props()
            .name("shop identities")
            .provider(pool.clone())
            .provider(Provider::user_pool_client_id(&users, "abc123").without_server_side_token_check())
            .provider(sso.clone())
            .provider(Provider::saml("arn:aws:iam::111122223333:saml-provider/Office"))
            .provider(Provider::google("shop.apps.googleusercontent.com"))
            .provider(Provider::facebook("123"))
            .provider(Provider::amazon("amzn1.application.123"))
            .provider(Provider::apple("com.example.shop"))
            .allow_classic_flow()
            .allow_guests();
        let principal = purlin::iam::Principal::web_identity("cognito-identity.amazonaws.com");
        let admin = place.add("Admin", Role::props(principal));
        let rules = [
            MappingRule::new("role", Match::Equals("admin".into()), &admin),
            MappingRule::new("mail", Match::Contains("@example.com".into()), &admin),
            MappingRule::new("mail", Match::StartsWith("root@".into()), &admin),
            MappingRule::new("role", Match::NotEquals("none".into()), &admin),
        ];
        let full = full
            .role_mapping("users", RoleMapping::by_token(&pool))
            .role_mapping("staff", RoleMapping::by_rules(&sso, rules).or_the_authenticated_role());
        let full = stack.add("Full", full);
        full.guest_role().add_to_policy(PolicyStatement::allow().action("polly:SynthesizeSpeech").all_resources());
        full.authenticated_role().add_to_policy(PolicyStatement::allow().action("s3:ListAllMyBuckets").all_resources());
        stack.add("Other", Role::props(full.authenticated_principal()));
        stack.add("OtherGuest", Role::props(full.guest_principal()));
    });
}

#[test]
fn roles_are_only_for_the_pool_and_guests_have_one_only_if_allowed() {
    let template = Template::of(|stack| {
        let users = stack.add("Users", UserPool::props());
        let client = users.add_client("Web", UserPoolClient::props());
        stack.add("Pool", IdentityPool::props().provider(Provider::user_pool(&users, &client)));
    });
    let pool = template.only("AWS::Cognito::IdentityPool");
    assert_eq!(pool["Properties"]["AllowUnauthenticatedIdentities"], false);
    assert_eq!(pool["Properties"]["AllowClassicFlow"], false);
    assert_eq!(pool["Properties"]["CognitoIdentityProviders"][0]["ServerSideTokenCheck"], true);
    let trust = &template.only("AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"];
    assert_eq!(trust["ForAnyValue:StringLike"]["cognito-identity.amazonaws.com:amr"], "authenticated");
    assert!(trust["StringEquals"]["cognito-identity.amazonaws.com:aud"]["Ref"].is_string());
    let roles = &template.only("AWS::Cognito::IdentityPoolRoleAttachment")["Properties"]["Roles"];
    assert_eq!(roles.as_object().unwrap().keys().collect::<Vec<_>>(), ["authenticated"]);
    let guests = Template::of(|stack| drop(stack.add("Pool", IdentityPool::props().allow_guests())));
    assert_eq!(guests.resources_of("AWS::IAM::Role").len(), 2);
    assert_eq!(guests.only("AWS::Cognito::IdentityPool")["Properties"]["AllowUnauthenticatedIdentities"], json!(true));
}

#[test]
fn identity_pools_that_cognito_refuses_are_problems() {
    let refused = |pool: IdentityPoolProps| {
        let found = problems(|stack: &Stack| drop(stack.add("Pool", pool)));
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let props = || IdentityPool::props().provider(Provider::openid_connect(OIDC));
    let by = |provider: &Provider| RoleMapping::by_rules(provider, []);
    let sso = Provider::openid_connect(OIDC);
    let cases = [
        (refused(IdentityPool::props()), "the identity pool has no provider and allows no guests"),
        (
            refused(props().name("a/b")),
            "the identity pool's name is `a/b`, but AWS takes 1 to 128 letters, digits, spaces",
        ),
        (refused(props().provider(Provider::openid_connect("arn:x"))), "`arn:x` is not the ARN of an OpenID Connect"),
        (refused(props().provider(Provider::saml(OIDC))), "is not the ARN of a SAML provider"),
        (refused(props().role_mapping("a", by(&sso))), "a role mapping has 0 rules, but AWS takes 1 to 25"),
        (refused(props().role_mapping("a", RoleMapping::by_token(&sso))), "but its provider is not a user pool"),
        (
            refused(props().role_mapping("a", by(&sso)).role_mapping("b", by(&sso))),
            "the role mapping `b` has the key or the provider of another one",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
}
