//! The authorizer for JSON web tokens.

use purlin_cfn::apigatewayv2::{AuthorizerJWTConfiguration, CfnAuthorizer};
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value};

use super::HttpApi;
use crate::cognito::{UserPool, UserPoolClient};

/// A route whose callers send a token.
#[derive(Debug, Clone, Copy)]
pub enum JwtAuthorization {}

/// Routes with scopes: [`JwtAuthorization`].
#[diagnostic::on_unimplemented(
    message = "only a JWT authorizer checks scopes, and this route has none",
    label = "needs a route with a JWT authorizer",
    note = "give it one before the scopes: `.authorizer(&authorizer).scopes([..])`"
)]
pub trait HasJwtAuthorizer: sealed::Sealed {}
impl HasJwtAuthorizer for JwtAuthorization {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::JwtAuthorization {}
}

/// An authorizer for JSON web tokens of one issuer
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>).
///
/// A token has to be signed by the issuer, not expired, and for one of the audiences: its `aud` or, without one, its
/// `client_id`. A route without [scopes](super::HttpRouteProps::scopes) accepts id tokens as well as access tokens.
#[derive(Debug, Clone)]
pub struct JwtAuthorizer {
    scope: Scope,
    api: Scope,
    cfn: Ref<CfnAuthorizer>,
}

/// The recipe of a [`JwtAuthorizer`], for [`HttpApi::add_authorizer`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to an API"]
pub struct JwtAuthorizerProps {
    issuer: Value<String>,
    audience: Vec<Value<String>>,
    name: Option<Value<String>>,
    source: String,
}

impl JwtAuthorizer {
    /// An authorizer for tokens of this pool for this client, in the header `Authorization`.
    pub fn props<S, F>(pool: &UserPool, client: &UserPoolClient<S, F>) -> JwtAuthorizerProps {
        Self::of_issuer(pool.provider_url(), client.id())
    }

    /// An authorizer for tokens of this issuer, such as `https://login.example.com`, for this audience.
    pub fn of_issuer(issuer: impl IntoValue<String>, audience: impl IntoValue<String>) -> JwtAuthorizerProps {
        JwtAuthorizerProps {
            issuer: issuer.into_value(),
            audience: vec![audience.into_value()],
            name: None,
            source: "$request.header.Authorization".to_owned(),
        }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnAuthorizer> {
        &self.cfn
    }

    /// The authorizer's id.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// Reports a route of another API.
    pub(super) fn check_api(&self, route: &Scope, api: &HttpApi) {
        if self.api != *api.scope() {
            route.error(
                format!("the route is of `{}`, but its authorizer is of `{}`", api.scope().path(), self.api.path()),
                "add an authorizer to the route's API: `api.add_authorizer(..)`",
            );
        }
    }
}

impl JwtAuthorizerProps {
    /// Also accepts tokens for another client.
    pub fn client<S, F>(self, client: &UserPoolClient<S, F>) -> Self {
        self.audience(client.id())
    }

    /// Also accepts tokens for another audience.
    pub fn audience(mut self, audience: impl IntoValue<String>) -> Self {
        self.audience.push(audience.into_value());
        self
    }

    /// A display name; the construct's id unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The header that carries the token, instead of `Authorization`.
    pub fn header(self, name: &str) -> Self {
        Self { source: format!("$request.header.{name}"), ..self }
    }

    #[track_caller]
    pub(super) fn add_to(self, api: &HttpApi, id: &str) -> JwtAuthorizer {
        let scope = api.scope().child(id);
        if let Some(issuer) = self.issuer.as_str()
            && !issuer.starts_with("https://")
        {
            scope.error(
                format!("the issuer `{issuer}` does not start with `https://`"),
                "give the URL below which `/.well-known/openid-configuration` is, as it stands in the tokens' `iss`",
            );
        }
        let name = self.name.unwrap_or_else(|| id.into_value());
        let jwt = AuthorizerJWTConfiguration::new().audience(self.audience).issuer(self.issuer);
        let authorizer =
            CfnAuthorizer::new(api.id(), "JWT", name).identity_source([self.source]).jwt_configuration(jwt);
        JwtAuthorizer { cfn: scope.add("Resource", authorizer), api: api.scope().clone(), scope }
    }
}

impl HasScope for JwtAuthorizer {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
