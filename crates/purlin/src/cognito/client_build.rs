//! What an app client becomes: the raw resource, and the checks of what Cognito would refuse.

use purlin_cfn::cognito::{
    CfnUserPoolClient, UserPoolClientAllowedOAuthFlows, UserPoolClientRefreshTokenRotation,
    UserPoolClientRefreshTokenRotationFeature,
};
use purlin_construct::{Construct, Expr, HasScope, Scope, Value, Word};

use super::client::{UserPoolClient, check_count, list};
use super::client_props::{AuthFlow, Fields, Flow, UserPoolClientProps};
use super::{IdentityProvider, InPool, OAuthScope, UserPool, identity_provider, url};

use crate::time::seconds;

/// Cognito takes no more scopes of one client.
const MOST_SCOPES: usize = 50;
/// Rotated refresh tokens stay valid for no longer.
const LONGEST_GRACE: u64 = 60;

impl<S, F> Construct for InPool<UserPoolClientProps<S, F>> {
    type Handle = UserPoolClient<S, F>;
    fn build(self, scope: Scope) -> UserPoolClient<S, F> {
        let fields = self.recipe.fields;
        check(&scope, &fields);
        let cfn = scope.add("Resource", raw(&fields, &self.pool));
        depend_on_providers(&scope, &fields, &self.pool);
        if let Flow::Code { .. } = fields.flow {
            check_urls_at_the_end(&scope, cfn.scope().clone());
            self.pool.shared().register_client(&scope, cfn.id());
        }
        UserPoolClient::new(scope, cfn, self.pool, fields.urls)
    }
}

fn raw(fields: &Fields, pool: &UserPool) -> CfnUserPoolClient {
    let mut client = CfnUserPoolClient::new(pool.id())
        .allowed_oauth_flows_user_pool_client(fields.flow != Flow::None)
        .enable_token_revocation(fields.is_revocable)
        .prevent_user_existence_errors(Word::known(fields.missing_users.name()))
        .supported_identity_providers(providers(fields));
    if let Some(name) = &fields.name {
        client = client.client_name(name);
    }
    if fields.has_secret {
        client = client.generate_secret(true);
    }
    client = oauth(fields, client);
    let auth_flows = auth_flows(fields);
    if !auth_flows.is_empty() {
        let auth_flows: Vec<_> = auth_flows.into_iter().map(Word::known).collect();
        client = client.explicit_auth_flows(auth_flows);
    }
    client = fields.tokens.apply(client);
    if let Some(grace_period) = fields.rotation {
        let rotation = UserPoolClientRefreshTokenRotation::new()
            .feature(UserPoolClientRefreshTokenRotationFeature::ENABLED)
            .retry_grace_period_seconds(seconds(grace_period));
        client = client.refresh_token_rotation(rotation);
    }
    if let Some(read) = &fields.read {
        client = client.read_attributes(read.names());
    }
    if let Some(write) = &fields.write {
        client = client.write_attributes(write.names());
    }
    if fields.propagates_context {
        client = client.enable_propagate_additional_user_context_data(true);
    }
    client
}

fn oauth(fields: &Fields, mut client: CfnUserPoolClient) -> CfnUserPoolClient {
    use UserPoolClientAllowedOAuthFlows as Allowed;
    let flows = match fields.flow {
        Flow::None => return client,
        Flow::Code { also_implicit: false } => vec![Allowed::CODE],
        Flow::Code { also_implicit: true } => vec![Allowed::IMPLICIT, Allowed::CODE],
        Flow::ClientCredentials => vec![Allowed::CLIENT_CREDENTIALS],
    };
    let scopes = fields.scopes.iter().map(|scope| scope.name().into_expr()).collect();
    client = client.allowed_oauth_flows(flows).allowed_oauth_scopes(Value::<Vec<String>>::new(Expr::List(scopes)));
    if !fields.urls.callback.is_empty() {
        client = client.callback_urls(list(&fields.urls.callback));
    }
    if !fields.urls.logout.is_empty() {
        client = client.logout_urls(list(&fields.urls.logout));
    }
    if let Some(url) = &fields.default_redirect {
        client = client.default_redirect_uri(url);
    }
    client
}

fn providers(fields: &Fields) -> Value<Vec<String>> {
    let named: Vec<IdentityProvider> = match &fields.providers[..] {
        [] => vec![IdentityProvider::COGNITO],
        some => some.to_vec(),
    };
    Value::new(Expr::List(named.iter().map(|provider| provider.name().into_expr()).collect()))
}

/// With rotation, Cognito refuses `ALLOW_REFRESH_TOKEN_AUTH`, which it allows where no flow is named: so they are.
fn auth_flows(fields: &Fields) -> Vec<&'static str> {
    let named = fields.auth_flows.iter().map(|flow| flow.name());
    match (fields.auth_flows.is_empty(), fields.rotation) {
        (true, None) => Vec::new(),
        (true, Some(_)) => vec![AuthFlow::Custom.name(), AuthFlow::UserSrp.name()],
        (false, None) => named.chain(["ALLOW_REFRESH_TOKEN_AUTH"]).collect(),
        (false, Some(_)) => named.collect(),
    }
}

/// A client comes after the identity providers it names, so that deployment does not depend on luck.
fn depend_on_providers(scope: &Scope, fields: &Fields, pool: &UserPool) {
    let names: Vec<String> = fields
        .providers
        .iter()
        .filter(|provider| **provider != IdentityProvider::COGNITO)
        .filter_map(|provider| provider.name().as_str().map(str::to_owned))
        .collect();
    if names.is_empty() {
        return;
    }
    let pool_id = pool.id();
    scope.finally(move |scope| {
        for name in names {
            if let Some(provider) = identity_provider::declared(&scope.root(), &pool_id, &name) {
                scope.depends_on(&provider);
            }
        }
    });
}

fn check(scope: &Scope, fields: &Fields) {
    fields.tokens.check(scope);
    fields.urls.callback.iter().for_each(|each| url::check(scope, "callback URL", each));
    fields.urls.logout.iter().for_each(|each| url::check(scope, "sign-out URL", each));
    check_count(scope, "callback", fields.urls.callback.len());
    check_count(scope, "sign-out", fields.urls.logout.len());
    check_scopes(scope, fields);
    if let Some(name) = fields.name.as_ref().and_then(Value::as_str)
        && !(1..=128).contains(&name.chars().count())
    {
        scope.error(format!("the client name `{name}` has not 1 to 128 characters"), "shorten it, or leave it out");
    }
    if let Some(grace_period) = fields.rotation
        && (grace_period.as_secs() > LONGEST_GRACE || grace_period.subsec_nanos() != 0)
    {
        scope.error(
            format!("rotated refresh tokens stay valid for `{grace_period:?}`; Cognito takes 0 to 60 whole seconds"),
            "choose a shorter grace period, long enough for a retry",
        );
    }
}

fn check_scopes(scope: &Scope, fields: &Fields) {
    let count = fields.scopes.len();
    if count > MOST_SCOPES {
        scope.error(format!("the client has {count} scopes, Cognito takes {MOST_SCOPES}"), "use another client");
    }
    if fields.flow != Flow::None && fields.scopes.is_empty() {
        scope.error(
            "the client's OAuth flow has no scope",
            "name at least one: `OAuthScope::OPENID` for users, `server.scope(\"..\")` for machines",
        );
    }
    let standard: Vec<&str> = fields.scopes.iter().filter_map(OAuthScope::standard).collect();
    if fields.flow == Flow::ClientCredentials
        && let Some(name) = standard.first()
    {
        scope.error(
            format!("client credentials ask for the scope `{name}`, which is about a user; there is none"),
            "use a scope of a resource server: `server.scope(\"..\")`",
        );
    }
    let needs_openid = standard.iter().find(|name| ["email", "phone", "profile"].contains(name));
    if let Some(name) = needs_openid
        && matches!(fields.flow, Flow::Code { .. })
        && !standard.contains(&"openid")
    {
        scope.error(
            format!("the scope `{name}` is asked for without `openid`; Cognito gives it only together with it"),
            "add `OAuthScope::OPENID`",
        );
    }
}

/// Whatever uses the client may add callback URLs, so they are looked at when all are there.
fn check_urls_at_the_end(scope: &Scope, resource: Scope) {
    scope.validate(move |scope| {
        let callbacks = resource.property("CallbackURLs").unwrap_or(Expr::List(Vec::new()));
        let Some(callbacks) = callbacks.as_list() else { return };
        if callbacks.is_empty() {
            scope.error(
                "the client has the authorization code grant, but no callback URL",
                "name where users come back to: `.callback_url(\"https://app.example.com/oauth2/idpresponse\")`",
            );
            return;
        }
        let redirect = resource.property("DefaultRedirectURI");
        if let Some(redirect) = redirect.as_ref().and_then(Expr::as_str)
            && callbacks.iter().all(Expr::is_literal)
            && !callbacks.iter().any(|url| url.as_str() == Some(redirect))
        {
            scope.error(
                format!("the default redirect URI `{redirect}` is not one of the client's callback URLs"),
                format!("register it: `.callback_url(\"{redirect}\")`"),
            );
        }
    });
}
