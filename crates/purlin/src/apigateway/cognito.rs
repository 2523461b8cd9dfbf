//! The authorizer for tokens of user pools.

use std::time::Duration;

use purlin_cfn::apigateway::CfnAuthorizer;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::attachment::Attachment;
use super::{Authorizer, CognitoAuthorization, RestApi};
use crate::check::Checks;
use crate::cognito::UserPool;
use crate::time::seconds;

/// An authorizer for tokens of user pools
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>).
///
/// It belongs to one API, that of its methods.
#[derive(Debug, Clone)]
pub struct CognitoAuthorizer {
    scope: Scope,
    attachment: Attachment,
}

/// The recipe of a [`CognitoAuthorizer`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CognitoAuthorizerProps {
    pools: Vec<UserPool>,
    name: Option<Value<String>>,
    header: String,
    ttl: Option<Duration>,
    validation: Option<String>,
}

impl CognitoAuthorizer {
    /// An authorizer for tokens of this pool in the header `Authorization`.
    ///
    /// A method with [scopes](super::MethodProps::scopes) accepts access tokens, one without accepts id tokens.
    pub fn props(pool: &UserPool) -> CognitoAuthorizerProps {
        let header = "Authorization".to_owned();
        CognitoAuthorizerProps { pools: vec![pool.clone()], name: None, header, ttl: None, validation: None }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnAuthorizer> {
        self.attachment.cfn()
    }

    /// The authorizer's id.
    pub fn id(&self) -> Value<String> {
        self.cfn().id()
    }
}

impl CognitoAuthorizerProps {
    /// Also accepts the tokens of another pool.
    pub fn user_pool(mut self, pool: &UserPool) -> Self {
        self.pools.push(pool.clone());
        self
    }

    /// A display name; made of the construct's path unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The header that carries the token, instead of `Authorization`.
    pub fn header(self, name: impl Into<String>) -> Self {
        Self { header: name.into(), ..self }
    }

    /// How long API Gateway caches the result for a token; five minutes unless given, at most an hour, in whole seconds.
    /// Zero caches nothing.
    pub fn result_ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// A regular expression that the token's `aud` has to match; other tokens are rejected before the check with the pools.
    pub fn validation_expression(self, pattern: impl Into<String>) -> Self {
        Self { validation: Some(pattern.into()), ..self }
    }
}

/// Reports a time to live that API Gateway refuses.
pub(super) fn check_ttl(scope: &Scope, ttl: Option<Duration>) {
    scope.check("the lifetime of the authorizer's results").whole_seconds(ttl, 0..=3600);
}

impl Construct for CognitoAuthorizerProps {
    type Handle = CognitoAuthorizer;

    fn build(self, scope: Scope) -> CognitoAuthorizer {
        check_ttl(&scope, self.ttl);
        let attachment = Attachment::declare(&scope, self.name, "COGNITO_USER_POOLS");
        let arns: Vec<Value<String>> = self.pools.iter().map(UserPool::arn).collect();
        attachment.cfn().update(|mut authorizer| {
            authorizer = authorizer.identity_source(format!("method.request.header.{}", self.header));
            if let Some(ttl) = self.ttl {
                authorizer = authorizer.authorizer_result_ttl_in_seconds(seconds(ttl));
            }
            if let Some(pattern) = self.validation {
                authorizer = authorizer.identity_validation_expression(pattern);
            }
            authorizer.provider_arns(arns)
        });
        CognitoAuthorizer { scope, attachment }
    }
}

impl Authorizer for CognitoAuthorizer {
    type Authorization = CognitoAuthorization;

    fn authorization_type(&self) -> &'static str {
        "COGNITO_USER_POOLS"
    }

    fn attach(&self, api: &RestApi) -> Value<String> {
        self.attachment.attach(api);
        self.id()
    }
}

impl HasScope for CognitoAuthorizer {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
