//! Identity providers: their resources, and what Cognito refuses, at deployment or at each sign-in.

use purlin::cognito::{
    AppleKey, AttributeSettings, CustomAttribute, IdentityProvider, OAuthScope, OidcClient, OidcEndpoints,
    ProviderAttribute, ProviderKind, SamlMetadata, StandardAttribute, UserPool, UserPoolClient,
    UserPoolIdentityProvider, UserPoolIdentityProviderProps, UserPoolProps,
};
use purlin::secretsmanager::Secret;
use purlin::testing::{Template, problems};
use purlin::{App, HasScope, IntoValue, SecretValue, Stack};
use serde_json::json;

use super::{CALLBACK, CLIENT, assert_fine, assert_problem, check, properties_of, users};

const PROVIDER: &str = "AWS::Cognito::UserPoolIdentityProvider";
const METADATA: &str = "<EntityDescriptor entityID=\"https://idp.example.com\"><IDPSSODescriptor/></EntityDescriptor>";

fn secret(field: &str) -> SecretValue {
    SecretValue::secrets_manager_field("login/providers", field)
}

fn okta() -> OidcClient {
    OidcClient::new("0oa1b2c3", secret("okta"))
}

#[test]
fn one_of_each_kind() {
    check("cognito_identity_providers", |stack| {
        let pool = UserPool::props()
            .required_attributes([StandardAttribute::Email])
            .custom_attribute("company", CustomAttribute::string().length(1..=64));
        let pool = stack.add("Users", pool);
        let secrets = Secret::from_name(stack, "login/providers");
        let google = UserPoolIdentityProvider::google("1234.apps.googleusercontent.com", secrets.field("google"))
            .map(StandardAttribute::Email, ProviderAttribute::GOOGLE_EMAIL)
            .map(StandardAttribute::FullName, ProviderAttribute::GOOGLE_NAME);
        let google = pool.add_identity_provider("Google", google);
        let facebook = UserPoolIdentityProvider::facebook("1234", secrets.field("facebook"))
            .api_version("v17.0")
            .map(StandardAttribute::Email, ProviderAttribute::FACEBOOK_EMAIL);
        let facebook = pool.add_identity_provider("Facebook", facebook);
        let amazon = UserPoolIdentityProvider::amazon("amzn1.application-oa2-client.1", secrets.field("amazon"))
            .scopes(["profile", "postal_code"])
            .map(StandardAttribute::Email, ProviderAttribute::AMAZON_EMAIL);
        let amazon = pool.add_identity_provider("Amazon", amazon);
        let key = AppleKey::new("A1B2C3D4E5", "F6G7H8I9J0", secrets.field("apple"));
        let apple = UserPoolIdentityProvider::apple("com.example.login", key)
            .map(StandardAttribute::Email, ProviderAttribute::APPLE_EMAIL);
        let apple = stack.add("Apple", apple.in_pool(&pool));
        let oidc = UserPoolIdentityProvider::oidc("Okta", "https://acme.okta.com", okta())
            .map(StandardAttribute::Email, "email")
            .map_custom("company", "org")
            .map_email_verified("email_verified")
            .map_phone_number_verified("phone_number_verified")
            .identifiers(["acme.com", "acme.example"])
            .scopes(["openid", "email"])
            .user_info_by_post()
            .endpoints(OidcEndpoints {
                authorization: "https://acme.okta.com/authorize".into_value(),
                token: "https://acme.okta.com/token".into_value(),
                user_info: "https://acme.okta.com/userinfo".into_value(),
                jwks_uri: "https://acme.okta.com/keys".into_value(),
            });
        let oidc = pool.add_identity_provider("Oidc", oidc);
        let saml = UserPoolIdentityProvider::saml("Corp", SamlMetadata::content(METADATA))
            .map(StandardAttribute::Email, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress")
            .sign_out_of_provider()
            .encrypted_responses()
            .signed_requests()
            .idp_initiated();
        let saml = pool.add_identity_provider("Saml", saml);
        let by_url = UserPoolIdentityProvider::saml("Partner", SamlMetadata::url("https://p.example.com/metadata"))
            .map(StandardAttribute::Email, "mail");
        let by_url = pool.add_identity_provider("Partner", by_url);
        let all = [&google, &facebook, &amazon, &apple, &oidc, &saml, &by_url].map(IdentityProvider::from);
        let client = UserPoolClient::props()
            .generate_secret()
            .authorization_code_grant([OAuthScope::OPENID])
            .callback_url(CALLBACK)
            .supported_identity_providers(all);
        pool.add_client("Web", client);
    });
}

#[test]
fn google_has_defaults() {
    let template = Template::of(|stack| {
        users(stack).add_identity_provider("G", UserPoolIdentityProvider::google("1234", secret("google")));
    });
    let expect = json!({
        "ProviderDetails": {
            "client_id": "1234",
            "client_secret": "{{resolve:secretsmanager:login/providers:SecretString:google::}}",
            "authorize_scopes": "openid email profile",
        },
        "ProviderName": "Google",
        "ProviderType": "Google",
        "UserPoolId": {"Ref": "P4E0919BE"},
    });
    assert_eq!(properties_of(&template, PROVIDER), expect);
}

#[test]
fn cdk_14_a_client_comes_after_the_provider_that_it_names() {
    let template = Template::of(|stack| {
        let pool = users(stack);
        let google = pool.add_identity_provider("Google", UserPoolIdentityProvider::google("1234", secret("google")));
        pool.add_client("C", UserPoolClient::props().supported_identity_provider(&google));
    });
    let (id, _) = template.resources_of(PROVIDER)[0];
    assert_eq!(properties_of(&template, CLIENT)["SupportedIdentityProviders"], json!([{"Ref": id}]));
}

#[test]
fn email_verified_is_mapped_with_the_address() {
    let mapping = |off: bool| {
        let template = Template::of(|stack| {
            let google = UserPoolIdentityProvider::google("1234", secret("google"));
            let pool = users(stack);
            if off {
                pool.scope().without_patch("map-email-verified");
            }
            pool.add_identity_provider("G", google.map(StandardAttribute::Email, "email"));
        });
        (template.patches().len(), properties_of(&template, PROVIDER)["AttributeMapping"].clone())
    };
    assert_eq!(mapping(false), (1, json!({"email": "email", "email_verified": "email_verified"})));
    assert_eq!(mapping(true), (0, json!({"email": "email"})));
}

/// The problems of a provider in a pool without attributes.
fn problems_of<K: ProviderKind>(provider: UserPoolIdentityProviderProps<K>) -> String {
    let found = problems(|stack: &Stack| drop(users(stack).add_identity_provider("I", provider)));
    found.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn openid_providers_that_cognito_refuses_are_problems() {
    let oidc = |name: &str, issuer: &str| UserPoolIdentityProvider::oidc(name, issuer, okta());
    let at = |issuer: &str| problems_of(oidc("Okta", issuer));
    let named = |name: &str| problems_of(oidc(name, "https://a.com"));
    let good = || oidc("Okta", "https://a.com");
    let cases = [
        (named("Ok"), "the identity provider's name is `Ok`, but AWS takes 3 to 32 characters"),
        (named("My Okta"), "name is `My Okta`"),
        (named("my_okta"), "name is `my_okta`"),
        (named("Google"), "name is `Google`, which AWS reserves"),
        (at("http://a.com"), "the issuer is `http://a.com`, but AWS takes `https://` URLs"),
        (at("a.com"), "the issuer is `a.com`, but AWS takes `https://` URLs"),
        (at("https://a.com/"), "the issuer `https://a.com/` ends with a slash"),
        (at("https://a.com?a=b"), "has a query"),
        (at("https://a.com:8443"), "is on port `8443`"),
        (at("https://a.com/.well-known/openid-configuration"), "is the address of the discovery document"),
        (problems_of(good().scopes(["email"])), "provider are `email`, without `openid`"),
        (problems_of(good().scopes(["openid email"])), "`openid email` is not one scope"),
        (problems_of(good().identifiers(["a".repeat(41)])), "but AWS takes 1 to 40 letters"),
        (problems_of(good().identifiers(["a,b"])), "an identifier of the identity provider is `a,b`, but AWS takes"),
        (
            problems_of(good().identifiers((0..51).map(|each| each.to_string()))),
            "`IdpIdentifiers` has 51 items; it takes at most 50",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    assert_eq!(problems_of(oidc("Okta", "https://a.com:443/oauth2").identifiers(["a.com"])), "");
}

#[test]
fn other_providers_that_cognito_refuses_are_problems() {
    let google = |secret| problems_of(UserPoolIdentityProvider::google("1234", secret));
    let apple = |team: &str| {
        problems_of(UserPoolIdentityProvider::apple("com.example", AppleKey::new(team, "F6G7H8I9J0", secret("apple"))))
    };
    let saml = |metadata| problems_of(UserPoolIdentityProvider::saml("Corp", metadata));
    let facebook = UserPoolIdentityProvider::facebook("1234", secret("facebook"));
    let readable = SecretValue::resource_attribute("hunter2".into_value());
    let no_idp = "<EntityDescriptor><SPSSODescriptor/></EntityDescriptor>";
    let cases = [
        (google(readable), "the secret of the identity provider is not read from Secrets Manager"),
        (google(SecretValue::ssm_secure("/login/google", None)), "is not read from Secrets Manager"),
        (
            problems_of(UserPoolIdentityProvider::amazon("", secret("amazon"))),
            "the client id of the identity provider is ``, but AWS takes one or more",
        ),
        (problems_of(facebook.api_version("17")), "`17` is not a version of Facebook's API"),
        (apple("Acme"), "Apple's team id is `Acme`, but AWS takes 10 letters and digits"),
        (
            saml(SamlMetadata::url("http://a.com/m")),
            "the address of the SAML metadata is `http://a.com/m`, but AWS takes",
        ),
        (saml(SamlMetadata::content("https://a.com/m")), "the SAML metadata is an address, `https://a.com/m`"),
        (saml(SamlMetadata::content(no_idp)), "does not describe an identity provider"),
        (saml(SamlMetadata::content(METADATA.repeat(2_000))), "but AWS takes at most 131072"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
        assert!(!found.contains("hunter2"), "{found}");
    }
    assert_eq!(apple("A1B2C3D4E5"), "");
}

#[test]
fn attributes_that_a_sign_in_cannot_write_are_problems() {
    let google = || UserPoolIdentityProvider::google("1234", secret("google"));
    let with = |pool: UserPoolProps, provider| {
        let found = problems(|stack: &Stack| {
            stack.add("P", pool).add_identity_provider("I", provider);
        });
        found.into_iter().map(|problem| problem.message).collect::<String>()
    };
    let fixed = AttributeSettings::OPTIONAL.immutable();
    let short = CustomAttribute::string().length(0..=256);
    let cases = [
        (
            with(UserPool::props().required_attributes([StandardAttribute::Email]), google()),
            "requires the attribute `email`, which is not mapped",
        ),
        (
            with(
                UserPool::props().standard_attribute(StandardAttribute::Email, fixed),
                google().map(StandardAttribute::Email, "email"),
            ),
            "`email` is mapped from the provider, but cannot be changed",
        ),
        (
            with(
                UserPool::props().custom_attribute("plan", CustomAttribute::string().immutable()),
                google().map_custom("custom:plan", "plan"),
            ),
            "`custom:plan` is mapped from the provider, but cannot be changed",
        ),
        (
            with(UserPool::props(), google().map_custom("plan", "plan")),
            "`custom:plan` is mapped from the provider, but the pool does not have it",
        ),
        (
            with(UserPool::props().custom_attribute("token", short), google().map_custom("token", "access_token")),
            "`custom:token` is too short for the provider's `access_token`",
        ),
        (with(UserPool::props(), google().map(StandardAttribute::Email, " ")), "`email` is mapped from an empty name"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    assert_fine(|stack| {
        let pool = UserPool::from_id(stack, "Theirs", "eu-west-1_AbCdEfGhI");
        pool.add_identity_provider("I", google().map_custom("plan", "plan"));
    });
}

#[test]
fn names_and_identifiers_are_unique_in_a_pool() {
    let google = || UserPoolIdentityProvider::google("1234", secret("google"));
    assert_problem("the name `Google` of the identity provider is also that of `Stack/P/A`", |stack| {
        let pool = users(stack);
        pool.add_identity_provider("A", google());
        pool.add_identity_provider("B", google());
    });
    let okta =
        |name: &'static str| UserPoolIdentityProvider::oidc(name, "https://a.com", okta()).identifiers(["a.com"]);
    assert_problem("the identifier `a.com` is also that of `Stack/P/A`", |stack| {
        let pool = users(stack);
        pool.add_identity_provider("A", okta("Okta"));
        pool.add_identity_provider("B", okta("Octa"));
    });
    assert_fine(|stack| {
        users(stack).add_identity_provider("A", google());
        stack.add("Q", UserPool::props()).add_identity_provider("B", google());
    });
}

#[test]
fn a_provider_that_no_client_has_is_a_warning() {
    let notices = |has_it: bool| {
        let template = Template::of(|stack| {
            let pool = users(stack);
            let google = UserPoolIdentityProvider::google("1234", secret("google"));
            let google = pool.add_identity_provider("Google", google);
            let client = UserPoolClient::props();
            pool.add_client("C", if has_it { client.supported_identity_provider(&google) } else { client });
        });
        template.notices().iter().map(|notice| notice.message.clone()).collect::<String>()
    };
    assert!(notices(false).contains("no client of the pool has the identity provider"));
    assert_eq!(notices(true), "");
}

/// A secret is not printed by the recipe or the handle.
#[test]
fn secrets_of_providers_are_not_printed() {
    let app = App::new();
    let stack = app.add("Stack", Stack::props());
    let recipe = UserPoolIdentityProvider::oidc("Okta", "https://a.com", okta());
    let printed = format!("{recipe:?}");
    assert!(printed.contains("SecretValue(..)") && !printed.contains("resolve"), "{printed}");
    let made = users(&stack).add_identity_provider("I", recipe);
    assert!(!format!("{made:?}").contains("resolve"));
}
