//! Methods of an API: who may call them, and what answers.

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

/// The recipe of a [`Method`], which a [resource](Resource::add_method) takes.
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

/// Makes an authorizer one of the API, and gives its id.
type Attach = Rc<dyn Fn(&RestApi) -> Value<String>>;

/// Who decides, once the API is known.
#[derive(Clone)]
pub(super) enum Authorization {
    None,
    Iam,
    By(&'static str, Attach),
}

impl Method<NoAuthorization> {
    /// A method that anyone can call, and that the integration answers.
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

    /// Every HTTP method that is not declared on its own.
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

    /// The method's ARN on the stage that the API is deployed to, as policies take it. Of an imported API, it is that on
    /// every stage.
    pub fn arn(&self) -> Value<String> {
        arn(&self.resource, self.verb)
    }

    /// Permits the grantee to call exactly this method.
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
    /// Callers sign their requests with AWS credentials, and need the permission: [`Method::grant_execute`].
    pub fn iam_authorization(self) -> MethodProps<IamAuthorization>
    where
        A: HasNoAuthorization,
    {
        self.with(Authorization::Iam)
    }

    /// The authorizer decides who may call the method.
    ///
    /// A Cognito authorizer takes access tokens that have one of the [`scopes`](Self::scopes). Without scopes it takes id
    /// tokens only, which is a warning unless [`id_tokens`](Self::id_tokens) says that it is meant.
    pub fn authorizer<X>(self, authorizer: &X) -> MethodProps<X::Authorization>
    where
        A: HasNoAuthorization,
        X: Authorizer + Clone + 'static,
    {
        let kind = authorizer.authorization_type();
        let authorizer = authorizer.clone();
        self.with(Authorization::By(kind, Rc::new(move |api| authorizer.attach(api))))
    }

    /// Takes access tokens that have at least one of these scopes.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = OAuthScope>) -> Self
    where
        A: TakesScopes,
    {
        self.scopes.extend(scopes.into_iter().map(|scope| scope.name()));
        self
    }

    /// Takes id tokens, which say who a user is, and no access tokens, which say what an app may do.
    pub fn id_tokens(self) -> Self
    where
        A: TakesScopes,
    {
        Self { takes_id_tokens: true, ..self }
    }

    /// Callers present an API key, of which a usage plan says how much they may call
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>). A key tells
    /// who calls, and protects nothing: who must not get in has to be kept out by an authorization.
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

    /// A parameter without which, if a validator checks it, the request is refused with 400.
    pub fn required_request_parameter(mut self, name: impl Into<String>) -> Self {
        self.request_parameters.insert(name.into(), true);
        self
    }

    /// What bodies of this content type look like. A [validator](Self::request_validator) checks it.
    pub fn request_model(mut self, content_type: impl Into<String>, model: &Model) -> Self {
        self.models.insert(content_type.into(), model.name());
        self
    }

    /// What checks requests before they reach the integration; nothing unless given.
    pub fn request_validator(self, validator: &RequestValidator) -> Self {
        Self { validator: Some(validator.id()), ..self }
    }

    /// Declares an answer, on top of those that the integration names itself.
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

/// An answer that a method can give, as its callers are told
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-response.html>).
#[derive(Debug, Clone)]
#[must_use = "a response does nothing until it is given to a method"]
pub struct MethodResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<String>,
    pub(super) models: BTreeMap<String, Value<String>>,
}

impl MethodResponse {
    /// An answer of this status.
    pub const fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), models: BTreeMap::new() }
    }

    /// A header that the answer may carry.
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.headers.push(name.into());
        self
    }

    /// What bodies of this content type look like.
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
