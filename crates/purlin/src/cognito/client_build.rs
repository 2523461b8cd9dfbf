//! The resource of an app client, and its checks.

use purlin_cfn::cognito::{
    CfnUserPoolClient, UserPoolClientAllowedOAuthFlows, UserPoolClientRefreshTokenRotation,
    UserPoolClientRefreshTokenRotationFeature,
};
use purlin_construct::{Construct, Expr, HasScope, Scope, Value, Word};

use super::client::{UserPoolClient, list};
use super::client_props::{AuthFlow, Fields, Flow, UserPoolClientProps};
use super::{IdentityProvider, InPool, OAuthScope, UserPool, identity_provider, url};
use crate::check::Checks;
use crate::time::seconds;

impl<S, F> Construct for InPool<UserPoolClientProps<S, F>> {
    type Handle = UserPoolClient<S, F>;
    fn build(self, scope: Scope) -> UserPoolClient<S, F> {
        let fields = self.recipe.fields;
        check(&scope, &fields);
        let cfn = scope.add("Resource", raw(&fields, &self.pool));
        depend_on_providers(&scope, &fields, &self.pool);
        if let Flow::Code { .. } = fields.flow {
            validate_urls(&scope, cfn.scope().clone());
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

/// With rotation, Cognito refuses `ALLOW_REFRESH_TOKEN_AUTH`, which it allows by default: so the flows are written.
fn auth_flows(fields: &Fields) -> Vec<&'static str> {
    let named = fields.auth_flows.iter().map(|flow| flow.name());
    match (fields.auth_flows.is_empty(), fields.rotation) {
        (true, None) => Vec::new(),
        (true, Some(_)) => vec![AuthFlow::Custom.name(), AuthFlow::UserSrp.name()],
        (false, None) => named.chain(["ALLOW_REFRESH_TOKEN_AUTH"]).collect(),
        (false, Some(_)) => named.collect(),
    }
}

/// Creates the client after its identity providers, which Cognito requires to exist.
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
    check_scopes(scope, fields);
    scope.check("the grace period of rotated refresh tokens").whole_seconds(fields.rotation, ..);
}

fn check_scopes(scope: &Scope, fields: &Fields) {
    if fields.flow != Flow::None && fields.scopes.is_empty() {
        scope.error(
            "the client's OAuth flow has no scope",
            "add at least one: `OAuthScope::OPENID` for users, `server.scope(\"..\")` for machines",
        );
    }
    let standard: Vec<&str> = fields.scopes.iter().filter_map(OAuthScope::standard).collect();
    if fields.flow == Flow::ClientCredentials
        && let Some(name) = standard.first()
    {
        scope.error(
            format!("a client with client credentials has the scope `{name}`, which is about a user"),
            "use a scope of a resource server: `server.scope(\"..\")`",
        );
    }
    let needs_openid = standard.iter().find(|name| ["email", "phone", "profile"].contains(name));
    if let Some(name) = needs_openid
        && matches!(fields.flow, Flow::Code { .. })
        && !standard.contains(&"openid")
    {
        scope.error(
            format!("the client has the scope `{name}` without `openid`, but AWS takes it only with `openid`"),
            "add `OAuthScope::OPENID`",
        );
    }
}

/// Checks the callback URLs when the tree is complete, because other constructs can add some.
fn validate_urls(scope: &Scope, resource: Scope) {
    scope.validate(move |scope| {
        let callbacks = resource.property("CallbackURLs").unwrap_or(Expr::List(Vec::new()));
        let Some(callbacks) = callbacks.as_list() else { return };
        if callbacks.is_empty() {
            scope.error(
                "the client has the authorization code grant, but no callback URL",
                "add one: `.callback_url(\"https://app.example.com/oauth2/idpresponse\")`",
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
