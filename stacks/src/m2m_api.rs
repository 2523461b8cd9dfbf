//! A REST API for machines: each has its own app client, and gets tokens by the client credentials grant.
//!
//! A machine requests an access token from Cognito's token endpoint, with the id and the secret of its client and the
//! scope `mydomain.com/API_ACCESS`, and calls `GET /` with that token as `Authorization: Bearer ..`. API Gateway checks
//! signature, expiry, pool and scope before it calls the function: it answers 401 without a token, and 403 to one without
//! the scope.
//!
//! The secret never leaves AWS: CloudFormation copies it from the client to a secret of Secrets Manager, with the content
//! `{"client_id": .., "client_secret": ..}`. Its ARN is an output; IAM decides who may read it:
//!
//! ```sh
//! aws secretsmanager get-secret-value --secret-id "$BILLING_SECRET_ARN" --query SecretString --output text
//! curl --user "$CLIENT_ID:$CLIENT_SECRET" "$TOKEN_ENDPOINT" \
//!     --data grant_type=client_credentials --data-urlencode scope=mydomain.com/API_ACCESS
//! curl --header "Authorization: Bearer $ACCESS_TOKEN" "$API_URL"
//! ```
//!
//! `purlin token` does the first two. Removing a machine from the settings deletes its client and its secret. Its tokens
//! are valid until they expire, after an hour.

use std::time::Duration;

use purlin::apigateway::{CognitoAuthorizer, Integration, Method, RestApi};
use purlin::cognito::{DomainProps, OAuthScope, UserPool, UserPoolClient, UserPoolDomain, UserPoolResourceServer};
use purlin::lambda::{Code, Function, Runtime};
use purlin::secretsmanager::{Secret, SecretObject};
use purlin::{CfnOutput, RemovalPolicy, Scope, Stack, sub};
use serde::Deserialize;

use crate::settings::Settings;

/// The function's code. It needs no checks: API Gateway has checked the token.
const HELLO: &str = "\
def handler(event, context):
    return {'statusCode': 200, 'headers': {'Content-Type': 'text/plain'}, 'body': 'Hello World!'}
";

/// The scope's name. In tokens the identifier of the resource server precedes it.
const SCOPE: &str = "API_ACCESS";

/// What differs between deployments: `stacks/settings/m2m-api.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct M2mApiSettings {
    /// The first part of the token endpoint's host name.
    pub cognito_domain_prefix: String,
    /// The identifier of the API among the pool's resource servers, for example `mydomain.com`.
    pub resource_server_identifier: String,
    /// The machines that may call the API.
    pub machines: Vec<Machine>,
}

impl Settings for M2mApiSettings {
    const FILE: &'static str = "m2m-api";
    const PREFIX: &'static str = "PURLIN_M2M_API_";
    const STACK: fn(&Scope, &Self) -> Stack = m2m_api;
}

/// The name of a machine: lower-case letters, digits and single hyphens, such as `order-import`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Machine(String);

impl TryFrom<String> for Machine {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if name.len() <= 64 && name.split('-').all(is_word) {
            return Ok(Self(name));
        }
        Err(format!(
            "`{name}` is not a name of a machine; use up to 64 lower-case letters and digits, in words that begin with a \
             letter and have a hyphen between them"
        ))
    }
}

impl Machine {
    /// The name as part of construct ids: `OrderImport`.
    fn id(&self) -> String {
        let capitalized = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.0.split('-').map(capitalized).collect()
    }
}

/// Adds the stack to an app.
pub fn m2m_api(app: &Scope, settings: &M2mApiSettings) -> Stack {
    let stack = app.add(
        "M2mApi",
        Stack::props().description("A REST API for machines, which sign in with Cognito's client credentials"),
    );
    // The pool has no users, only clients, and the stack creates those.
    let pool = stack.add("UserPool", UserPool::props().removal_policy(RemovalPolicy::Destroy));
    let domain = pool.add_domain("Domain", DomainProps::prefix(&settings.cognito_domain_prefix));
    let server = pool.add_resource_server(
        "ResourceServer",
        UserPoolResourceServer::props(&settings.resource_server_identifier).scope(SCOPE, "Call the API"),
    );
    let access = server.scope(SCOPE);

    let hello = stack.add("Hello", Function::props(Code::from_inline(Runtime::PYTHON3_13, "index.handler", HELLO)));
    let authorizer = stack.add("Authorizer", CognitoAuthorizer::props(&pool));
    let api = stack.add("Api", RestApi::props().description("Says hello to machines"));
    let get = Method::get(Integration::lambda(&hello)).authorizer(&authorizer).scopes([access.clone()]);
    api.root().add_method(get);

    if settings.machines.is_empty() {
        stack.warning("there are no machines, so no client can call the API", "add one to `machines` in the settings");
    }
    for machine in &settings.machines {
        add_machine(&stack, &pool, &access, machine);
    }
    add_outputs(&stack, &api, &domain, settings);
    stack
}

/// A client for a machine, and a secret with the client's id and secret.
fn add_machine(stack: &Stack, pool: &UserPool, access: &OAuthScope, machine: &Machine) {
    let id = machine.id();
    let client = pool.add_client(
        format!("{id}Client"),
        UserPoolClient::props()
            .name(&machine.0)
            .generate_secret()
            .client_credentials([access.clone()])
            .access_token_validity(Duration::from_hours(1)),
    );
    let object = SecretObject::new().field("client_id", client.id()).secret("client_secret", client.client_secret());
    let description = format!("How the machine `{}` signs in to the API", machine.0);
    let secret = stack.add(format!("{id}Secret"), Secret::props(object).description(description));
    stack.add(format!("{id}ClientId"), CfnOutput::new(client.id()));
    stack.add(format!("{id}SecretArn"), CfnOutput::new(secret.arn()));
}

/// The outputs that all machines need.
fn add_outputs(stack: &Stack, api: &RestApi, domain: &UserPoolDomain, settings: &M2mApiSettings) {
    let scope = format!("{}/{SCOPE}", settings.resource_server_identifier);
    stack.add("TokenEndpoint", CfnOutput::new(sub!("{}/oauth2/token", domain.base_url())));
    stack.add("Scope", CfnOutput::new(scope));
    stack.add("ApiUrl", CfnOutput::new(api.url()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_machines_become_construct_ids() {
        let cases = [
            ("billing", Some("Billing")),
            ("order-import2", Some("OrderImport2")),
            ("", None),
            ("Billing", None),
            ("2go", None),
            ("a--b", None),
            ("billing ", None),
        ];
        for (name, expect) in cases {
            let machine = Machine::try_from(name.to_owned());
            assert_eq!(machine.ok().map(|machine| machine.id()).as_deref(), expect, "`{name}`");
        }
    }
}
