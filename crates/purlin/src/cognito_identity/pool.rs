//! The handle of an identity pool, and its roles.

use std::marker::PhantomData;

use purlin_cfn::cognito::CfnIdentityPool;
use purlin_construct::{HasScope, Ref, Scope, Value};

use super::IdentityPoolProps;
use crate::iam::{Principal, Role};

/// Only signed-in users get credentials.
#[derive(Debug, Clone, Copy)]
pub enum NoGuests {}

/// Guests get credentials, too.
#[derive(Debug, Clone, Copy)]
pub enum Guests {}

/// An identity pool: temporary credentials of a role for users of some providers
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/identity-pools.html>).
///
/// There is a role for guests only if guests are allowed, so it cannot get permissions by mistake:
///
/// ```
/// use purlin::cognito::{UserPool, UserPoolClient};
/// use purlin::cognito_identity::{IdentityPool, Provider};
/// use purlin::iam::PolicyStatement;
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let users = stack.add("Users", UserPool::props());
/// let client = users.add_client("Web", UserPoolClient::props());
/// let provider = Provider::user_pool(&users, &client);
/// let identities = stack.add("Identities", IdentityPool::props().provider(provider).allow_guests());
/// identities.guest_role().add_to_policy(PolicyStatement::allow().action("polly:SynthesizeSpeech").all_resources());
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug)]
pub struct IdentityPool<G = NoGuests> {
    scope: Scope,
    cfn: Ref<CfnIdentityPool>,
    authenticated: Role,
    guest: Option<Role>,
    guests: PhantomData<fn() -> G>,
}

impl<G> Clone for IdentityPool<G> {
    fn clone(&self) -> Self {
        Self {
            scope: self.scope.clone(),
            cfn: self.cfn.clone(),
            authenticated: self.authenticated.clone(),
            guest: self.guest.clone(),
            guests: PhantomData,
        }
    }
}

impl IdentityPool {
    /// A pool that gives credentials only to signed-in users, and only by the enhanced flow, in which Cognito chooses the
    /// role, not the client
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html>).
    pub fn props() -> IdentityPoolProps<NoGuests> {
        IdentityPoolProps::new()
    }
}

impl<G> IdentityPool<G> {
    pub(super) fn made(scope: Scope, cfn: Ref<CfnIdentityPool>, authenticated: Role, guest: Option<Role>) -> Self {
        Self { scope, cfn, authenticated, guest, guests: PhantomData }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnIdentityPool> {
        &self.cfn
    }

    /// The pool's id: `eu-west-1:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0`.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The pool's ARN.
    pub fn arn(&self) -> Value<String> {
        self.scope.arn("cognito-identity", purlin_construct::sub!("identitypool/{}", self.id()))
    }

    /// The role of signed-in users, without permissions yet.
    pub fn authenticated_role(&self) -> &Role {
        &self.authenticated
    }

    /// Signed-in users of this pool, for the trust policy of another role.
    pub fn authenticated_principal(&self) -> Principal {
        principal(&self.id(), "authenticated")
    }
}

impl IdentityPool<Guests> {
    /// The role of guests, without permissions yet.
    pub fn guest_role(&self) -> &Role {
        self.guest.as_ref().expect("a pool with guests has a role for them")
    }

    /// Guests of this pool, for the trust policy of another role.
    pub fn guest_principal(&self) -> Principal {
        principal(&self.id(), "unauthenticated")
    }
}

impl<G> HasScope for IdentityPool<G> {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// Identities of this pool of this kind only: without the first condition the role would be open to every pool of AWS,
/// without the second to guests.
pub(super) fn principal(pool: &Value<String>, way: &str) -> Principal {
    Principal::web_identity("cognito-identity.amazonaws.com")
        .with_condition("StringEquals", "cognito-identity.amazonaws.com:aud", pool.clone())
        .with_condition("ForAnyValue:StringLike", "cognito-identity.amazonaws.com:amr", way)
}
