//! App clients: how an application talks to the pool.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use purlin_cfn::cognito::CfnUserPoolClient;
use purlin_construct::{Expr, HasScope, IntoValue, Ref, Scope, SecretValue, Value};

use super::client_props::UserPoolClientProps;
use super::oauth::{HasCodeGrant, HasSecret, NoOAuth, Public};
use super::{UserPool, url};

/// Cognito takes no more callback URLs, and no more sign-out URLs, of one client.
const MOST_URLS: usize = 100;

/// An app client of a user pool: `S` says whether it has a secret, `F` by which OAuth flow it signs in.
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

/// The URLs a client has so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Urls {
    pub callback: Vec<Value<String>>,
    pub logout: Vec<Value<String>>,
}

impl UserPoolClient {
    /// A client without a secret and without an OAuth flow.
    ///
    /// It signs in users of the pool itself, does not tell whether a user exists, and its refresh tokens can be
    /// revoked. Unlike the CDK's, it has no OAuth flow, scope or callback URL that you did not name.
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

    /// The client is created after everything in `other`, for example an identity provider it names.
    pub fn depends_on(&self, other: &impl HasScope) {
        self.inner.scope.depends_on(other);
    }

    /// The client's secret, read from the client itself: no custom resource is needed.
    ///
    /// Give it to what keeps it secret, for example a secret of Secrets Manager or a load balancer's listener.
    pub fn client_secret(&self) -> SecretValue
    where
        S: HasSecret,
    {
        SecretValue::resource_attribute(self.inner.cfn.att(CfnUserPoolClient::ATTR_CLIENT_SECRET))
    }

    /// Lets users come back to this URL after they signed in. One that is there already is not added again.
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
        urls.callback.push(url);
        check_count(&self.inner.scope, "callback", urls.callback.len());
        let all = list(&urls.callback);
        self.inner.cfn.update(|client| client.callback_urls(all));
    }

    /// Lets users go to this URL after they signed out. One that is there already is not added again.
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
        urls.logout.push(url);
        check_count(&self.inner.scope, "sign-out", urls.logout.len());
        let all = list(&urls.logout);
        self.inner.cfn.update(|client| client.logout_urls(all));
    }

    /// The callback URLs so far.
    pub fn callback_urls(&self) -> Vec<Value<String>>
    where
        F: HasCodeGrant,
    {
        self.inner.urls.borrow().callback.clone()
    }

    /// The sign-out URLs so far.
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

pub(super) fn check_count(scope: &Scope, what: &str, count: usize) {
    if count == MOST_URLS + 1 {
        scope.error(
            format!("the client has {count} {what} URLs, Cognito takes {MOST_URLS}"),
            "use another client for the others",
        );
    }
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
