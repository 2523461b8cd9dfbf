//! Secrets and parameters: what they hold, who may read them, and what is refused.

use purlin::cognito::{UserPool, UserPoolClient};
use purlin::iam::{Principal, Role};
use purlin::kms::Key;
use purlin::secretsmanager::{GeneratedString, Secret, SecretContent, SecretObject};
use purlin::ssm::{ParameterTier, StringParameter, StringParameterProps};
use purlin::testing::{Template, problems};
use purlin::{CfnOutput, RemovalPolicy, Stack};
use serde_json::json;

use super::check;

#[test]
fn secrets_and_parameters() {
    check("secrets", |stack| {
        let role = stack.add("Role", Role::props(Principal::service("ecs-tasks.amazonaws.com")));
        let plain = stack.add("Plain", Secret::props(GeneratedString::plain()));
        plain.grant_read(&role);
        let key = Key::from_arn("arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        let login = GeneratedString::in_object([("username", "admin")], "password")
            .length(40)
            .exclude_characters("\"@/\\")
            .exclude_punctuation()
            .exclude_numbers()
            .exclude_lowercase()
            .include_space()
            .any_included_type();
        let full = Secret::props(login)
            .name("shop/database")
            .description("The shop's database")
            .encryption_key(&key)
            .replica_region("eu-central-1")
            .removal_policy(RemovalPolicy::Retain);
        let full = stack.add("Full", full);
        full.grant_read(&role);
        full.grant_write(&role);

        let users = stack.add("Users", UserPool::props());
        let client = users.add_client("Client", UserPoolClient::props().generate_secret());
        stack.add("ClientSecret", Secret::props(client.client_secret()));
        let object = SecretObject::new().field("id", client.id()).secret("secret", client.client_secret());
        stack.add("ClientLogin", Secret::props(object));

        let path = stack.add("Path", StringParameter::props("https://app.example.com").name("/shop/url"));
        let full = StringParameter::props("7")
            .name("retries")
            .description("How often")
            .allowed_pattern("^[0-9]+$")
            .tier(ParameterTier::Advanced);
        let full = stack.add("Retries", full);
        path.grant_read(&role);
        full.grant_write(&role);
        stack.add("Nameless", StringParameter::props("x"));
        stack.add("Url", CfnOutput::new(path.value()));
    });
}

/// The CDK reads a client's secret through a custom resource, which adds a function to the stack.
#[test]
fn a_clients_secret_is_kept_without_a_custom_resource() {
    let template = Template::of(|stack| {
        let users = stack.add("Users", UserPool::props());
        let client = users.add_client("Client", UserPoolClient::props().generate_secret());
        stack.add("Secret", Secret::props(client.client_secret()));
    });
    let client = template.resources_of("AWS::Cognito::UserPoolClient")[0].0;
    let secret = template.only("AWS::SecretsManager::Secret");
    assert_eq!(secret["Properties"]["SecretString"], json!({"Fn::GetAtt": [client, "ClientSecret"]}));
    assert!(template.resources_of("AWS::Lambda::Function").is_empty());
}

fn refused(build: impl FnOnce(&Stack)) -> String {
    problems(build).into_iter().map(|problem| problem.message).collect()
}

#[test]
fn a_clients_secret_is_no_output() {
    let found = refused(|stack| {
        let users = stack.add("Users", UserPool::props());
        let client = users.add_client("Client", UserPoolClient::props().generate_secret());
        stack.add("Leak", CfnOutput::new(client.client_secret().dynamic_reference()));
    });
    assert!(found.contains("an output holds a secret"), "{found}");
}

#[test]
fn secrets_that_secrets_manager_refuses_are_problems() {
    let of = |content: SecretContent| refused(move |stack| drop(stack.add("S", Secret::props(content))));
    let generated = |change: &dyn Fn(GeneratedString) -> GeneratedString| of(change(GeneratedString::plain()).into());
    let named = |name: &str| {
        let secret = Secret::props(GeneratedString::plain()).name(name);
        refused(move |stack| drop(stack.add("S", secret)))
    };
    let nothing =
        |s: GeneratedString| s.exclude_lowercase().exclude_uppercase().exclude_numbers().exclude_punctuation();
    let described = Secret::props(GeneratedString::plain()).description("x".repeat(2049));
    let cases = [
        (generated(&|s| s.length(0)), "the generated secret is `0`, but AWS takes 1 to 4096"),
        (generated(&|s| s.length(4097)), "the generated secret is `4097`, but AWS takes 1 to 4096"),
        (generated(&nothing), "excludes all letters, digits and punctuation"),
        (
            of(GeneratedString::in_object([("password", "x")], "password").into()),
            "`password` of the secret is both given and generated",
        ),
        (of(SecretObject::new().field("id", "x").into()), "has no secret field"),
        (named("my secret"), "the secret's name is `my secret`, but AWS takes 1 to 512 letters, digits"),
        (
            refused(move |stack| drop(stack.add("S", described))),
            "`Description` has 2049 characters; it takes at most 2048",
        ),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    let template =
        Template::of(|stack| drop(stack.add("S", Secret::props(GeneratedString::plain()).name("shop-secret"))));
    assert!(template.notices().iter().any(|notice| notice.message.contains("ends with a hyphen and six characters")));
}

#[test]
fn parameters_that_systems_manager_refuses_are_problems() {
    let of = |parameter: StringParameterProps| refused(move |stack| drop(stack.add("P", parameter)));
    let named = |name: &str| of(StringParameter::props("x").name(name));
    let cases = [
        (named("a b"), "the parameter's name is `a b`, but AWS takes"),
        (named("shop/url"), "the parameter's name is `shop/url`, but AWS takes"),
        (named("/shop/"), "the parameter's name is `/shop/`, but AWS takes"),
        (named("/aws/x"), "no names that begin with `aws` or `ssm`"),
        (of(StringParameter::props("")), "has 0 bytes, but AWS takes 1 to 4096"),
        (of(StringParameter::props("x".repeat(4097))), "has 4097 bytes, but AWS takes 1 to 4096"),
        (of(StringParameter::props("{{resolve:secretsmanager:db}}")), "value has `{{`, but AWS takes no references"),
    ];
    for (found, expect) in cases {
        assert!(found.contains(expect), "`{expect}` in {found}");
    }
    assert_eq!(of(StringParameter::props("x".repeat(8192)).tier(ParameterTier::IntelligentTiering)), "");
}
