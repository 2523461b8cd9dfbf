//! Resource servers: APIs and their scopes.

use std::rc::Rc;

use purlin_cfn::cognito::{CfnUserPoolResourceServer, UserPoolResourceServerResourceServerScopeType};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::{InPool, OAuthScope, UserPool};
use crate::check::Checks;

/// The longest identifier and name of a scope.
const LONGEST: usize = 256;

/// A resource server: an API with its own scopes.
#[derive(Debug, Clone)]
pub struct UserPoolResourceServer {
    cfn: Ref<CfnUserPoolResourceServer>,
    scopes: Rc<Vec<(String, String)>>,
}

/// The recipe of a [`UserPoolResourceServer`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct UserPoolResourceServerProps {
    identifier: Value<String>,
    name: Option<Value<String>>,
    scopes: Vec<(String, String)>,
}

impl UserPoolResourceServer {
    /// A resource server with this identifier, without scopes: the URL of the API, or a short name such as `orders`.
    ///
    /// ```
    /// # use purlin::cognito::{UserPool, UserPoolClient, UserPoolResourceServer};
    /// # let app = purlin::App::new();
    /// # let stack = app.add("Login", purlin::Stack::props());
    /// # let users = stack.add("Users", UserPool::props());
    /// let orders = users.add_resource_server(
    ///     "Orders",
    ///     UserPoolResourceServer::props("orders").scope("read", "Look at orders"),
    /// );
    /// let machine = UserPoolClient::props().generate_secret().client_credentials([orders.scope("read")]);
    /// users.add_client("Machine", machine);
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(identifier: impl IntoValue<String>) -> UserPoolResourceServerProps {
        UserPoolResourceServerProps { identifier: identifier.into_value(), name: None, scopes: Vec::new() }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnUserPoolResourceServer> {
        &self.cfn
    }

    /// The server's identifier, as a reference: what uses it is created after the server.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// One of the server's scopes, by its name. A client with this scope is created after the server.
    ///
    /// A scope that the server does not define is a problem.
    pub fn scope(&self, name: &str) -> OAuthScope {
        if !self.scopes.iter().any(|(known, _)| known == name) {
            let known: Vec<&str> = self.scopes.iter().map(|(known, _)| known.as_str()).collect();
            self.cfn.scope().error(
                format!("the resource server has no scope `{name}`; it has `{}`", known.join("`, `")),
                format!("define it: `.scope(\"{name}\", \"what it permits\")`"),
            );
        }
        OAuthScope::of_server(self, name)
    }
}

impl HasScope for UserPoolResourceServer {
    fn scope(&self) -> &Scope {
        self.cfn.scope()
    }
}

impl UserPoolResourceServerProps {
    /// A display name, by default the identifier.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Adds a scope with its name and description.
    pub fn scope(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.scopes.push((name.into(), description.into()));
        self
    }

    /// The recipe, for a scope other than the pool's.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }

    fn check(&self, scope: &Scope) {
        let is_allowed = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
        let hint = "use the URL of the API, or a short name such as `orders`";
        let words = "printable ASCII characters without quotes and backslashes";
        let check = scope.check("the identifier of a resource server").hint(hint);
        check.characters(&self.identifier, 1..=LONGEST, is_allowed, words);
        for (at, (name, _)) in self.scopes.iter().enumerate() {
            let hint = "write it without the server's identifier: `read`, not `orders/read`";
            let words = "printable ASCII characters without quotes, backslashes and slashes";
            let check = scope.check("the name of a scope").hint(hint);
            check.characters(name, 1..=LONGEST, |c| is_allowed(c) && c != '/', words);
            if self.scopes[..at].iter().any(|(known, _)| known == name) {
                scope.error(format!("the scope `{name}` is defined twice"), "remove one of them");
            }
        }
    }
}

impl Construct for InPool<UserPoolResourceServerProps> {
    type Handle = UserPoolResourceServer;
    fn build(self, scope: Scope) -> UserPoolResourceServer {
        let recipe = self.recipe;
        recipe.check(&scope);
        let name = recipe.name.clone().unwrap_or_else(|| recipe.identifier.clone());
        let mut server = CfnUserPoolResourceServer::new(recipe.identifier, name, self.pool.id());
        if !recipe.scopes.is_empty() {
            let scopes = recipe.scopes.iter();
            let scopes: Vec<_> = scopes
                .map(|(name, description)| UserPoolResourceServerResourceServerScopeType::new(description, name))
                .collect();
            server = server.scopes(scopes);
        }
        UserPoolResourceServer { cfn: scope.add("Resource", server), scopes: Rc::new(recipe.scopes) }
    }
}
