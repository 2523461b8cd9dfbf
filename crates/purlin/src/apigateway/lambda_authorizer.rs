//! Authorizers with functions.

use std::time::Duration;

use purlin_cfn::apigateway::CfnAuthorizer;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, logical_id, sub};

use super::attachment::Attachment;
use super::cognito::check_ttl;
use super::{Authorizer, LambdaAuthorization, RestApi, integration_build};
use crate::iam::Role;
use crate::lambda::{Function, Permission};
use crate::time::seconds;

/// An authorizer that passes a token to a function, which returns a policy
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>).
///
/// The policy is cached by token and used for every method of the API, so it has to cover all of them.
#[derive(Debug, Clone)]
pub struct TokenAuthorizer(Plain);

/// An authorizer that passes a request's parameters to a function, which returns a policy.
///
/// The policy is cached by the values of its [sources](RequestAuthorizerProps::identity_source), for every method.
#[derive(Debug, Clone)]
pub struct RequestAuthorizer(Plain);

#[derive(Debug, Clone)]
struct Plain {
    scope: Scope,
    attachment: Attachment,
    function: Function,
    by_role: bool,
}

/// The recipe of a [`TokenAuthorizer`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct TokenAuthorizerProps {
    common: Common,
    header: String,
    validation: Option<String>,
}

/// The recipe of a [`RequestAuthorizer`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct RequestAuthorizerProps {
    common: Common,
    sources: Vec<IdentitySource>,
}

#[derive(Debug, Clone)]
struct Common {
    function: Function,
    name: Option<Value<String>>,
    ttl: Option<Duration>,
    role: Option<Role>,
}

/// A part of a request that identifies its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySource(String);

impl IdentitySource {
    /// A header.
    pub fn header(name: &str) -> Self {
        Self(format!("method.request.header.{name}"))
    }

    /// A parameter of the query.
    pub fn query_string(name: &str) -> Self {
        Self(format!("method.request.querystring.{name}"))
    }

    /// A variable of the stage.
    pub fn stage_variable(name: &str) -> Self {
        Self(format!("stageVariables.{name}"))
    }

    /// A context variable of the request, such as `identity.sourceIp`.
    pub fn context(name: &str) -> Self {
        Self(format!("context.{name}"))
    }
}

impl TokenAuthorizer {
    /// An authorizer that passes the header `Authorization` to the function, and caches the policy for five minutes.
    pub fn props(function: &Function) -> TokenAuthorizerProps {
        let header = "Authorization".to_owned();
        TokenAuthorizerProps { common: Common::new(function), header, validation: None }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnAuthorizer> {
        self.0.attachment.cfn()
    }

    /// The authorizer's id.
    pub fn id(&self) -> Value<String> {
        self.cfn().id()
    }
}

impl RequestAuthorizer {
    /// An authorizer that passes the request to the function, and caches the policy only with a
    /// [source](RequestAuthorizerProps::identity_source).
    pub fn props(function: &Function) -> RequestAuthorizerProps {
        RequestAuthorizerProps { common: Common::new(function), sources: Vec::new() }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnAuthorizer> {
        self.0.attachment.cfn()
    }

    /// The authorizer's id.
    pub fn id(&self) -> Value<String> {
        self.cfn().id()
    }
}

impl TokenAuthorizerProps {
    /// A display name; made of the construct's path unless given.
    pub fn name(mut self, name: impl IntoValue<String>) -> Self {
        self.common.name = Some(name.into_value());
        self
    }

    /// The header that carries the token, instead of `Authorization`.
    pub fn header(self, name: impl Into<String>) -> Self {
        Self { header: name.into(), ..self }
    }

    /// A regular expression that the token has to match; others get status 401 before the function.
    pub fn validation_expression(self, pattern: impl Into<String>) -> Self {
        Self { validation: Some(pattern.into()), ..self }
    }

    /// How long policies are cached; five minutes unless given, at most an hour, in whole seconds. Zero caches none.
    pub fn result_ttl(mut self, ttl: Duration) -> Self {
        self.common.ttl = Some(ttl);
        self
    }

    /// The role with which API Gateway invokes the function, instead of its own permission.
    pub fn credentials(mut self, role: &Role) -> Self {
        self.common.role = Some(role.clone());
        self
    }
}

impl RequestAuthorizerProps {
    /// A display name; made of the construct's path unless given.
    pub fn name(mut self, name: impl IntoValue<String>) -> Self {
        self.common.name = Some(name.into_value());
        self
    }

    /// Adds a part of the request to the cache key. A request without it gets status 401 before the function.
    pub fn identity_source(mut self, source: IdentitySource) -> Self {
        self.sources.push(source);
        self
    }

    /// How long policies are cached; five minutes unless given, at most an hour, in whole seconds. Zero caches none.
    pub fn result_ttl(mut self, ttl: Duration) -> Self {
        self.common.ttl = Some(ttl);
        self
    }

    /// The role with which API Gateway invokes the function, instead of its own permission.
    pub fn credentials(mut self, role: &Role) -> Self {
        self.common.role = Some(role.clone());
        self
    }
}

impl Common {
    fn new(function: &Function) -> Self {
        Self { function: function.clone(), name: None, ttl: None, role: None }
    }

    #[track_caller]
    fn declare(self, scope: Scope, kind: &str) -> Plain {
        check_ttl(&scope, self.ttl);
        let attachment = Attachment::declare(&scope, self.name, kind);
        let uri = integration_build::invocation_uri(&scope, &self.function);
        attachment.cfn().update(|mut authorizer| {
            if let Some(ttl) = self.ttl {
                authorizer = authorizer.authorizer_result_ttl_in_seconds(seconds(ttl));
            }
            if let Some(role) = &self.role {
                authorizer = authorizer.authorizer_credentials(role.arn());
            }
            authorizer.authorizer_uri(uri)
        });
        if let Some(role) = &self.role {
            self.function.grant_invoke(role);
        }
        Plain { scope, attachment, function: self.function, by_role: self.role.is_some() }
    }
}

impl Plain {
    /// Attaches it to the API and permits the API to invoke the function.
    fn attach(&self, api: &RestApi) -> Value<String> {
        let id = self.attachment.cfn().id();
        if self.attachment.attach(api) && !self.by_role {
            let path = self.scope.path();
            let name = logical_id(&path.split('/').collect::<Vec<_>>()).unwrap_or_default();
            let arn = self.scope.arn("execute-api", sub!("{}/authorizers/{}", api.id(), id));
            let permission = Permission::for_service("apigateway.amazonaws.com").source_arn(arn);
            self.function.add_permission(format!("{name}:Permissions"), permission);
        }
        id
    }
}

impl Construct for TokenAuthorizerProps {
    type Handle = TokenAuthorizer;

    fn build(self, scope: Scope) -> TokenAuthorizer {
        let plain = self.common.declare(scope, "TOKEN");
        plain.attachment.cfn().update(|mut authorizer| {
            if let Some(pattern) = self.validation {
                authorizer = authorizer.identity_validation_expression(pattern);
            }
            authorizer.identity_source(format!("method.request.header.{}", self.header))
        });
        TokenAuthorizer(plain)
    }
}

impl Construct for RequestAuthorizerProps {
    type Handle = RequestAuthorizer;

    fn build(self, scope: Scope) -> RequestAuthorizer {
        let mut common = self.common;
        if self.sources.is_empty() && common.ttl.is_some_and(|ttl| !ttl.is_zero()) {
            scope.error(
                "the authorizer's results are cached, but no part of the request is in the cache key",
                "add one, `.identity_source(IdentitySource::header(\"Authorization\"))`, or cache nothing: \
                 `.result_ttl(Duration::ZERO)`",
            );
        }
        if self.sources.is_empty() {
            common.ttl = Some(Duration::ZERO);
        }
        let plain = common.declare(scope, "REQUEST");
        if !self.sources.is_empty() {
            let sources: Vec<String> = self.sources.into_iter().map(|source| source.0).collect();
            plain.attachment.cfn().update(|authorizer| authorizer.identity_source(sources.join(",")));
        }
        RequestAuthorizer(plain)
    }
}

macro_rules! lambda_authorizer {
    ($($name:ident)*) => {$(
        impl Authorizer for $name {
            type Authorization = LambdaAuthorization;

            fn authorization_type(&self) -> &'static str {
                "CUSTOM"
            }

            fn attach(&self, api: &RestApi) -> Value<String> {
                self.0.attach(api)
            }
        }

        impl HasScope for $name {
            fn scope(&self) -> &Scope {
                &self.0.scope
            }
        }
    )*};
}

lambda_authorizer! { TokenAuthorizer RequestAuthorizer }
