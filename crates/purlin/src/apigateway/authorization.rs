//! The authorization of methods, as types: none, IAM, user pools or a function.

use purlin_construct::Value;

use super::RestApi;

/// A method that every caller can call.
#[derive(Debug, Clone, Copy)]
pub enum NoAuthorization {}

/// A method whose callers sign requests with AWS credentials and require a permission.
#[derive(Debug, Clone, Copy)]
pub enum IamAuthorization {}

/// A method whose callers send a token of a user pool.
#[derive(Debug, Clone, Copy)]
pub enum CognitoAuthorization {}

/// A method whose callers are authorized by a function.
#[derive(Debug, Clone, Copy)]
pub enum LambdaAuthorization {}

/// Methods without an authorization: [`NoAuthorization`].
#[diagnostic::on_unimplemented(
    message = "this method has an authorization already",
    label = "a method has one authorization: IAM, or one authorizer",
    note = "declare a second method or resource for the other kind of callers"
)]
pub trait HasNoAuthorization: sealed::Sealed {}
impl HasNoAuthorization for NoAuthorization {}

/// Methods with scopes: [`CognitoAuthorization`].
#[diagnostic::on_unimplemented(
    message = "only a Cognito authorizer checks scopes, and this method has none",
    label = "needs a method with a Cognito authorizer",
    note = "give it one before the scopes: `.authorizer(&authorizer).scopes([..])`"
)]
pub trait TakesScopes: sealed::Sealed {}
impl TakesScopes for CognitoAuthorization {}

/// Methods with IAM authorization: [`IamAuthorization`].
#[diagnostic::on_unimplemented(
    message = "this method does not ask IAM who may call it",
    label = "a permission to call it would have no effect",
    note = "declare it with `.iam_authorization()`"
)]
pub trait IsIamAuthorized: sealed::Sealed {}
impl IsIamAuthorized for IamAuthorization {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::NoAuthorization {}
    impl Sealed for super::IamAuthorization {}
    impl Sealed for super::CognitoAuthorization {}
    impl Sealed for super::LambdaAuthorization {}
}

/// An authorizer of a method: [`CognitoAuthorizer`](super::CognitoAuthorizer) and authorizers that are functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authorizer",
    label = "not an authorizer of a REST API",
    note = "a `CognitoAuthorizer`, a `TokenAuthorizer` or a `RequestAuthorizer`, added to the stack, is one"
)]
pub trait Authorizer {
    /// The type of a method with it.
    type Authorization;

    /// API Gateway's name of the type: `COGNITO_USER_POOLS` or `CUSTOM`.
    fn authorization_type(&self) -> &'static str;

    /// Attaches it to the API and returns its id. An authorizer of another API is a problem.
    fn attach(&self, api: &RestApi) -> Value<String>;
}
