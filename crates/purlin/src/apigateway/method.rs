//! Methods of an API.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use purlin_cfn::apigateway::CfnMethod;
use purlin_construct::{HasScope, Ref, Scope, Value};

use super::authorization::{
    Authorizer, HasNoAuthorization, IamAuthorization, IsIamAuthorized, NoAuthorization, TakesScopes,
};
use super::integration::Plain;
use super::{HttpMethod, Integration, Model, RequestValidator, Resource, RestApi};
use crate::cognito::OAuthScope;
use crate::iam::{Grant, Grantee};

/// A method of an API.
#[derive(Debug, Clone)]
pub struct Method<A> {
    pub(super) scope: Scope,
    pub(super) cfn: Ref<CfnMethod>,
    pub(super) resource: Resource,
    pub(super) verb: HttpMethod,
    pub(super) of: PhantomData<fn() -> A>,
}

/// The recipe of a [`Method`], for [`Resource::add_method`].
#[derive(Clone)]
#[must_use = "a recipe does nothing until it is added to a resource"]
pub struct MethodProps<A> {
    pub(super) verb: HttpMethod,
    pub(super) integration: Plain,
    pub(super) authorization: Authorization,
    pub(super) scopes: Vec<Value<String>>,
    pub(super) takes_id_tokens: bool,
    pub(super) is_key_required: bool,
    pub(super) operation_name: Option<String>,
    pub(super) request_parameters: BTreeMap<String, bool>,
    pub(super) responses: Vec<MethodResponse>,
    pub(super) models: BTreeMap<String, Value<String>>,
    pub(super) validator: Option<Value<String>>,
    of: PhantomData<fn() -> A>,
}

/// Attaches an authorizer to the API and returns its id.
type Attach = Rc<dyn Fn(&RestApi) -> Value<String>>;

/// The authorization, which is resolved with the API.
#[derive(Clone)]
pub(super) enum Authorization {
    None,
    Iam,
    By(&'static str, Attach),
}

impl Method<NoAuthorization> {
    /// A method with this integration, which every caller can call.
    pub fn props<K>(verb: HttpMethod, integration: Integration<K>) -> MethodProps<NoAuthorization> {
        MethodProps {
            verb,
            integration: integration.plain,
            authorization: Authorization::None,
            scopes: Vec::new(),
            takes_id_tokens: false,
            is_key_required: false,
            operation_name: None,
            request_parameters: BTreeMap::new(),
            responses: Vec::new(),
            models: BTreeMap::new(),
            validator: None,
            of: PhantomData,
        }
    }

    /// Every HTTP method without its own declaration.
    pub fn any<K>(integration: Integration<K>) -> MethodProps<NoAuthorization> {
        Self::props(HttpMethod::Any, integration)
    }

    /// `DELETE`.
    pub fn delete<K>(integration: Integration<K>) -> MethodProps<NoAuthorization> {
        Self::props(HttpMethod::Delete, integration)
    }

    /// `GET`.
    pub fn get<K>(integration: Integration<K>) -> MethodProps<NoAuthorization> {
        Self::props(HttpMethod::Get, integration)
    }

    /// `PATCH`.
    pub fn patch<K>(integration: Integration<K>) -> MethodProps<NoAuthorization> {
        Self::props(HttpMethod::Patch, integration)
    }

    /// `POST`.
    pub fn post<K>(integration: Integration<K>) -> MethodProps<NoAuthorization> {
        Self::props(HttpMethod::Post, integration)
    }

    /// `PUT`.
    pub fn put<K>(integration: Integration<K>) -> MethodProps<NoAuthorization> {
        Self::props(HttpMethod::Put, integration)
    }
}

impl<A> Method<A> {
    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnMethod> {
        &self.cfn
    }

    /// The resource it belongs to.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The HTTP method.
    pub fn http_method(&self) -> HttpMethod {
        self.verb
    }

    /// The method's ARN on the stage of the API, for policies. For an imported API, it is the ARN on every stage.
    pub fn arn(&self) -> Value<String> {
        arn(&self.resource, self.verb)
    }

    /// Permits the grantee to call this method.
    pub fn grant_execute(&self, grantee: &impl Grantee) -> Grant
    where
        A: IsIamAuthorized,
    {
        Grant::add_to_principal(grantee, ["execute-api:Invoke"], [self.arn()])
    }
}

pub(super) fn arn(resource: &Resource, verb: HttpMethod) -> Value<String> {
    match resource.api().deployment_stage() {
        Some(stage) => resource.api().arn_for_execute_api(verb, resource.path(), stage.name()),
        None => resource.api().arn_for_execute_api(verb, resource.path(), "*"),
    }
}

impl<A> MethodProps<A> {
    /// Callers sign their requests with AWS credentials and require the permission: [`Method::grant_execute`].
    pub fn iam_authorization(self) -> MethodProps<IamAuthorization>
    where
        A: HasNoAuthorization,
    {
        self.with(Authorization::Iam)
    }

    /// Authorizes callers with the authorizer.
    ///
    /// A Cognito authorizer accepts access tokens with one of the [`scopes`](Self::scopes). Without scopes it accepts only
    /// id tokens, which is a warning unless you call [`id_tokens`](Self::id_tokens).
    pub fn authorizer<X>(self, authorizer: &X) -> MethodProps<X::Authorization>
    where
        A: HasNoAuthorization,
        X: Authorizer + Clone + 'static,
    {
        let kind = authorizer.authorization_type();
        let authorizer = authorizer.clone();
        self.with(Authorization::By(kind, Rc::new(move |api| authorizer.attach(api))))
    }

    /// Accepts access tokens with at least one of these scopes.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = OAuthScope>) -> Self
    where
        A: TakesScopes,
    {
        self.scopes.extend(scopes.into_iter().map(|scope| scope.name()));
        self
    }

    /// Accepts id tokens, which identify a user, and no access tokens, which permit actions to an app.
    pub fn id_tokens(self) -> Self
    where
        A: TakesScopes,
    {
        Self { takes_id_tokens: true, ..self }
    }

    /// Requires an API key, whose limits are those of its usage plan
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>). A key is no
    /// access control: use an authorization for that.
    pub fn api_key_required(self) -> Self {
        Self { is_key_required: true, ..self }
    }

    /// The name of the operation in generated SDKs.
    pub fn operation_name(self, name: impl Into<String>) -> Self {
        Self { operation_name: Some(name.into()), ..self }
    }

    /// A parameter that integrations may read, such as `method.request.querystring.user`.
    pub fn request_parameter(mut self, name: impl Into<String>) -> Self {
        self.request_parameters.entry(name.into()).or_insert(false);
        self
    }

    /// A required parameter. With a validator, a request without it gets status 400.
    pub fn required_request_parameter(mut self, name: impl Into<String>) -> Self {
        self.request_parameters.insert(name.into(), true);
        self
    }

    /// The model of request bodies of this content type, which a [validator](Self::request_validator) checks.
    pub fn request_model(mut self, content_type: impl Into<String>, model: &Model) -> Self {
        self.models.insert(content_type.into(), model.name());
        self
    }

    /// The validator of requests before the integration; none unless given.
    pub fn request_validator(self, validator: &RequestValidator) -> Self {
        Self { validator: Some(validator.id()), ..self }
    }

    /// Declares a response, in addition to those of the integration.
    pub fn response(mut self, response: MethodResponse) -> Self {
        self.responses.push(response);
        self
    }

    fn with<B>(self, authorization: Authorization) -> MethodProps<B> {
        MethodProps {
            verb: self.verb,
            integration: self.integration,
            authorization,
            scopes: self.scopes,
            takes_id_tokens: self.takes_id_tokens,
            is_key_required: self.is_key_required,
            operation_name: self.operation_name,
            request_parameters: self.request_parameters,
            responses: self.responses,
            models: self.models,
            validator: self.validator,
            of: PhantomData,
        }
    }
}

impl<A> std::fmt::Debug for MethodProps<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MethodProps").field("verb", &self.verb).finish_non_exhaustive()
    }
}

/// A response that a method declares
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-response.html>).
#[derive(Debug, Clone)]
#[must_use = "a response does nothing until it is given to a method"]
pub struct MethodResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<String>,
    pub(super) models: BTreeMap<String, Value<String>>,
}

impl MethodResponse {
    /// A response with this status.
    pub const fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), models: BTreeMap::new() }
    }

    /// A header of the response.
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.headers.push(name.into());
        self
    }

    /// The model of response bodies of this content type.
    pub fn model(mut self, content_type: impl Into<String>, model: &Model) -> Self {
        self.models.insert(content_type.into(), model.name());
        self
    }
}

impl<A> HasScope for Method<A> {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
