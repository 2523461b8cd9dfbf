//! The handle of an app client, by which an application uses the pool.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use purlin_cfn::cognito::CfnUserPoolClient;
use purlin_construct::{Expr, HasScope, IntoValue, Ref, Scope, SecretValue, Value};

use super::client_props::UserPoolClientProps;
use super::oauth::{HasCodeGrant, HasSecret, NoOAuth, Public};
use super::{UserPool, url};

/// An app client of a user pool: `S` says whether it has a secret, `F` which OAuth flow it has.
pub struct UserPoolClient<S = Public, F = NoOAuth> {
    inner: Rc<Inner>,
    is: PhantomData<fn() -> (S, F)>,
}

struct Inner {
    cfn: Ref<CfnUserPoolClient>,
    scope: Scope,
    pool: UserPool,
    urls: RefCell<Urls>,
}

/// The URLs of a client.
#[derive(Debug, Clone, Default)]
pub(super) struct Urls {
    pub callback: Vec<Value<String>>,
    pub logout: Vec<Value<String>>,
}

impl UserPoolClient {
    /// A client without a secret and without an OAuth flow.
    ///
    /// It signs in users of the pool itself, does not reveal whether a user exists, and its refresh tokens can be revoked.
    /// Unlike the CDK's, it has no OAuth flow, scope or callback URL by default.
    pub fn props() -> UserPoolClientProps<Public, NoOAuth> {
        UserPoolClientProps::new()
    }
}

impl<S, F> UserPoolClient<S, F> {
    pub(super) fn new(scope: Scope, cfn: Ref<CfnUserPoolClient>, pool: UserPool, urls: Urls) -> Self {
        Self { inner: Rc::new(Inner { cfn, scope, pool, urls: RefCell::new(urls) }), is: PhantomData }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnUserPoolClient> {
        &self.inner.cfn
    }

    /// The client id.
    pub fn id(&self) -> Value<String> {
        self.inner.cfn.id()
    }

    /// The pool the client belongs to.
    pub fn pool(&self) -> &UserPool {
        &self.inner.pool
    }

    /// Creates the client after everything in `other`, for example one of its identity providers.
    pub fn depends_on(&self, other: &impl HasScope) {
        self.inner.scope.depends_on(other);
    }

    /// The client's secret, an attribute of the client: without a custom resource.
    ///
    /// Pass it to a construct that keeps it secret, for example a secret of Secrets Manager or a load balancer's listener.
    pub fn client_secret(&self) -> SecretValue
    where
        S: HasSecret,
    {
        SecretValue::resource_attribute(self.inner.cfn.att(CfnUserPoolClient::ATTR_CLIENT_SECRET))
    }

    /// Adds a URL that users return to after they signed in. The same URL is added once.
    pub fn add_callback_url(&self, url: impl IntoValue<String>)
    where
        F: HasCodeGrant,
    {
        let url = url.into_value();
        let mut urls = self.inner.urls.borrow_mut();
        if urls.callback.contains(&url) {
            return;
        }
        url::check(&self.inner.scope, "callback URL", &url);
        self.inner.cfn.append("CallbackURLs", url.expr().clone());
        urls.callback.push(url);
    }

    /// Adds a URL that users go to after they signed out. The same URL is added once.
    pub fn add_logout_url(&self, url: impl IntoValue<String>)
    where
        F: HasCodeGrant,
    {
        let url = url.into_value();
        let mut urls = self.inner.urls.borrow_mut();
        if urls.logout.contains(&url) {
            return;
        }
        url::check(&self.inner.scope, "sign-out URL", &url);
        self.inner.cfn.append("LogoutURLs", url.expr().clone());
        urls.logout.push(url);
    }

    /// The callback URLs that are added so far.
    pub fn callback_urls(&self) -> Vec<Value<String>>
    where
        F: HasCodeGrant,
    {
        self.inner.urls.borrow().callback.clone()
    }

    /// The sign-out URLs that are added so far.
    pub fn logout_urls(&self) -> Vec<Value<String>>
    where
        F: HasCodeGrant,
    {
        self.inner.urls.borrow().logout.clone()
    }
}

pub(super) fn list(urls: &[Value<String>]) -> Value<Vec<String>> {
    Value::new(Expr::List(urls.iter().map(|url| url.expr().clone()).collect()))
}

impl<S, F> HasScope for UserPoolClient<S, F> {
    fn scope(&self) -> &Scope {
        &self.inner.scope
    }
}

impl<S, F> Clone for UserPoolClient<S, F> {
    fn clone(&self) -> Self {
        Self { inner: Rc::clone(&self.inner), is: PhantomData }
    }
}

impl<S, F> fmt::Debug for UserPoolClient<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserPoolClient").field(&self.inner.scope).finish()
    }
}
