//! Routes of an HTTP API.

use std::marker::PhantomData;

use purlin_cfn::apigatewayv2::CfnRoute;
use purlin_construct::{HasScope, Ref, Scope, Value};

use super::authorizer::{HasJwtAuthorizer, JwtAuthorization, JwtAuthorizer};
use super::{HttpApi, HttpIntegration, HttpMethod, IamAuthorization, NoAuthorization};
use crate::apigateway::{HasNoAuthorization, IsIamAuthorized};
use crate::cognito::OAuthScope;
use crate::iam::{Grant, Grantee};

/// A route of an HTTP API.
#[derive(Debug, Clone)]
pub struct HttpRoute<A> {
    pub(super) scope: Scope,
    pub(super) cfn: Ref<CfnRoute>,
    pub(super) api: HttpApi,
    pub(super) key: RouteKey,
    pub(super) of: PhantomData<fn() -> A>,
}

/// The recipe of an [`HttpRoute`], for [`HttpApi::add_route`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to an API"]
pub struct HttpRouteProps<A> {
    pub(super) key: RouteKey,
    pub(super) integration: HttpIntegration,
    pub(super) authorization: Authorization,
    pub(super) scopes: Vec<Value<String>>,
    of: PhantomData<fn() -> A>,
}

/// The calls of a route.
#[derive(Debug, Clone)]
pub(super) enum RouteKey {
    Default,
    Of(HttpMethod, String),
}

/// The authorization.
#[derive(Debug, Clone)]
pub(super) enum Authorization {
    None,
    Iam,
    Jwt(JwtAuthorizer),
}

impl HttpRoute<NoAuthorization> {
    /// A route for every caller: an HTTP method of a path, such as `/orders/{id}`, or `/{rest+}` for all paths below.
    pub fn props(
        verb: HttpMethod,
        path: impl Into<String>,
        integration: HttpIntegration,
    ) -> HttpRouteProps<NoAuthorization> {
        HttpRouteProps::new(RouteKey::Of(verb, path.into()), integration)
    }

    /// The route of every call without another route: `$default`.
    pub fn default(integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        HttpRouteProps::new(RouteKey::Default, integration)
    }

    /// Every HTTP method without its own declaration.
    pub fn any(path: impl Into<String>, integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        Self::props(HttpMethod::Any, path, integration)
    }

    /// `DELETE`.
    pub fn delete(path: impl Into<String>, integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        Self::props(HttpMethod::Delete, path, integration)
    }

    /// `GET`.
    pub fn get(path: impl Into<String>, integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        Self::props(HttpMethod::Get, path, integration)
    }

    /// `PATCH`.
    pub fn patch(path: impl Into<String>, integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        Self::props(HttpMethod::Patch, path, integration)
    }

    /// `POST`.
    pub fn post(path: impl Into<String>, integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        Self::props(HttpMethod::Post, path, integration)
    }

    /// `PUT`.
    pub fn put(path: impl Into<String>, integration: HttpIntegration) -> HttpRouteProps<NoAuthorization> {
        Self::props(HttpMethod::Put, path, integration)
    }
}

impl<A> HttpRoute<A> {
    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnRoute> {
        &self.cfn
    }

    /// The API it belongs to.
    pub fn api(&self) -> &HttpApi {
        &self.api
    }

    /// The route's ARN on every stage, for policies.
    pub fn arn(&self) -> Value<String> {
        match &self.key {
            RouteKey::Default => self.api.arn_for_execute_api("*", "/$default", "*"),
            RouteKey::Of(verb, path) => self.api.arn_for_execute_api(*verb, path, "*"),
        }
    }

    /// Permits the grantee to call this route.
    pub fn grant_invoke(&self, grantee: &impl Grantee) -> Grant
    where
        A: IsIamAuthorized,
    {
        Grant::add_to_principal(grantee, ["execute-api:Invoke"], [self.arn()])
    }
}

impl HttpRouteProps<NoAuthorization> {
    fn new(key: RouteKey, integration: HttpIntegration) -> Self {
        Self { key, integration, authorization: Authorization::None, scopes: Vec::new(), of: PhantomData }
    }
}

impl<A> HttpRouteProps<A> {
    /// Callers sign their requests with AWS credentials and require the permission: [`HttpRoute::grant_invoke`].
    pub fn iam_authorization(self) -> HttpRouteProps<IamAuthorization>
    where
        A: HasNoAuthorization,
    {
        self.with(Authorization::Iam)
    }

    /// Callers send a token that the authorizer accepts.
    pub fn authorizer(self, authorizer: &JwtAuthorizer) -> HttpRouteProps<JwtAuthorization>
    where
        A: HasNoAuthorization,
    {
        self.with(Authorization::Jwt(authorizer.clone()))
    }

    /// Accepts only access tokens, with at least one of these scopes.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = OAuthScope>) -> Self
    where
        A: HasJwtAuthorizer,
    {
        self.scopes.extend(scopes.into_iter().map(|scope| scope.name()));
        self
    }

    /// The construct's id, which is the CDK's.
    pub(super) fn id(&self) -> String {
        match &self.key {
            RouteKey::Default => "DefaultRoute".to_owned(),
            RouteKey::Of(verb, path) => format!("{}{path}", verb.as_str()),
        }
    }

    fn with<B>(self, authorization: Authorization) -> HttpRouteProps<B> {
        HttpRouteProps {
            key: self.key,
            integration: self.integration,
            authorization,
            scopes: self.scopes,
            of: PhantomData,
        }
    }
}

impl<A> HasScope for HttpRoute<A> {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
