//! Sign-in for a web app with a server: with a password of the pool, with Google, or with an OpenID Connect provider.
//!
//! The user pool's hosted pages sign users in and redirect them to the app with a code; the app's server exchanges it with
//! its client secret, and keeps the tokens. `stacks/apps/web-login` is such an app. It runs at
//! [`app_url`](WebLoginSettings::app_url), by default on your own machine: this stack does not host it.
//!
//! Create the providers' client secrets before the stack, in Secrets Manager, each as JSON with the field
//! `client_secret`; their names are in the settings. The template contains no secret:
//!
//! ```text
//! aws secretsmanager create-secret --name web-login/google --secret-string file:///dev/stdin
//! {"client_secret": "GOCSPX-.."}
//! ```
//!
//! Register `https://PREFIX.auth.REGION.amazoncognito.com/oauth2/idpresponse` as a redirect URI with both providers.
//! `deploy --local` creates missing secrets in the emulator.
//!
//! The output `Environment` has the app's variables, except for the client secret, which the stack stores in Secrets
//! Manager (`ClientSecretArn`):
//!
//! ```text
//! cargo run -- deploy WebLogin
//! export CLIENT_SECRET="$(aws secretsmanager get-secret-value --secret-id ARN --query SecretString --output text)"
//! cd stacks/apps/web-login && env USER_POOL_ID=.. cargo run
//! ```

use purlin::cognito::{
    CodeGrant, Confidential, DomainProps, IdentityProvider, OAuthScope, OidcClient, ProviderAttribute, SignInAlias,
    StandardAttribute, UserPool, UserPoolClient, UserPoolIdentityProvider,
};
use purlin::secretsmanager::Secret;
use purlin::{CfnOutput, Scope, Stack, sub};
use serde::Deserialize;

use crate::settings::Settings;

/// The field of a provider's secret.
const FIELD: &str = "client_secret";

/// What differs between deployments: `stacks/settings/web-login.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebLoginSettings {
    /// The app's address for browsers, without a slash at the end: `https`, or `http` on `localhost`.
    pub app_url: String,
    /// The first part of the sign-in pages' host name.
    pub cognito_domain_prefix: String,
    /// The client id of Google's console.
    pub google_client_id: String,
    /// The name of the secret with Google's client secret.
    pub google_secret: String,
    /// The OpenID Connect provider's name for users.
    pub oidc_name: String,
    /// Its issuer: an `https` URL without a slash at the end.
    pub oidc_issuer: String,
    /// The pool's client id at that provider.
    pub oidc_client_id: String,
    /// The name of the secret with the client secret of that provider.
    pub oidc_secret: String,
}

impl Settings for WebLoginSettings {
    const FILE: &'static str = "web-login";
    const PREFIX: &'static str = "PURLIN_WEB_LOGIN_";
    const STACK: fn(&Scope, &Self) -> Stack = web_login;
}

/// Adds the stack to an app.
pub fn web_login(app: &Scope, settings: &WebLoginSettings) -> Stack {
    let stack = app.add("WebLogin", Stack::props().description("Sign-in by Cognito, Google and OpenID Connect"));
    let users = stack.add(
        "UserPool",
        UserPool::props()
            .self_sign_up()
            .sign_in_aliases([SignInAlias::Email])
            .case_insensitive_sign_in()
            .required_attributes([StandardAttribute::Email]),
    );
    let pages = users.add_domain("Domain", DomainProps::prefix(&settings.cognito_domain_prefix));
    let google = google(&stack, &users, settings);
    let oidc = oidc(&stack, &users, settings);
    let app_url = settings.app_url.trim_end_matches('/');
    let client = client(&users, [&google, &oidc], app_url);
    let secret = Secret::props(client.client_secret()).description("The client secret of the app");
    let secret = stack.add("ClientSecret", secret);

    let environment = sub!(
        "USER_POOL_ID={} CLIENT_ID={} DOMAIN_URL={} BASE_URL={} IDENTITY_PROVIDERS={},{}",
        users.id(),
        client.id(),
        pages.base_url(),
        app_url,
        google.name(),
        oidc.name()
    );
    stack.add("UserPoolId", CfnOutput::new(users.id()));
    stack.add("ClientId", CfnOutput::new(client.id()));
    stack.add("ClientSecretArn", CfnOutput::new(secret.arn()));
    stack.add("DomainUrl", CfnOutput::new(pages.base_url()));
    stack.add("Environment", CfnOutput::new(environment));
    stack
}

/// Google as an identity provider. The app recognizes its users by their email address.
fn google(stack: &Stack, users: &UserPool, settings: &WebLoginSettings) -> UserPoolIdentityProvider {
    let secret = Secret::from_name(stack, &settings.google_secret).field(FIELD);
    let google = UserPoolIdentityProvider::google(&settings.google_client_id, secret)
        .map(StandardAttribute::Email, ProviderAttribute::GOOGLE_EMAIL)
        .map(StandardAttribute::FullName, ProviderAttribute::GOOGLE_NAME)
        .map_email_verified(ProviderAttribute::GOOGLE_EMAIL_VERIFIED);
    users.add_identity_provider("Google", google)
}

/// The OpenID Connect provider. Its claim `email_verified` is trusted.
fn oidc(stack: &Stack, users: &UserPool, settings: &WebLoginSettings) -> UserPoolIdentityProvider {
    let secret = Secret::from_name(stack, &settings.oidc_secret).field(FIELD);
    let client = OidcClient::new(&settings.oidc_client_id, secret);
    let oidc = UserPoolIdentityProvider::oidc(&settings.oidc_name, &settings.oidc_issuer, client)
        .map(StandardAttribute::Email, "email")
        .map(StandardAttribute::FullName, "name")
        .map_email_verified("email_verified");
    users.add_identity_provider("Oidc", oidc)
}

/// The client of the app's server, with a secret that the exchange of a code requires.
fn client(
    users: &UserPool,
    providers: [&UserPoolIdentityProvider; 2],
    app_url: &str,
) -> UserPoolClient<Confidential, CodeGrant> {
    let client = UserPoolClient::props()
        .generate_secret()
        .authorization_code_grant([OAuthScope::OPENID, OAuthScope::EMAIL, OAuthScope::PROFILE])
        .callback_url(format!("{app_url}/callback"))
        .logout_url(format!("{app_url}/signed-out"))
        .supported_identity_provider(IdentityProvider::COGNITO)
        .supported_identity_providers(providers.map(IdentityProvider::from));
    users.add_client("App", client)
}
