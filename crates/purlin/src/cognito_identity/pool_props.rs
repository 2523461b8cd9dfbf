//! The recipe of an identity pool.

use std::marker::PhantomData;

use purlin_cfn::cognito::{CfnIdentityPool, CfnIdentityPoolRoleAttachment};
use purlin_construct::{Construct, Expr, IntoValue, Json, Scope, Value};

use super::pool::principal;
use super::provider::Kind;
use super::{Guests, IdentityPool, NoGuests, Provider, RoleMapping};
use crate::check::Checks;
use crate::iam::Role;

/// The recipe of an [`IdentityPool`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct IdentityPoolProps<G = NoGuests> {
    name: Option<Value<String>>,
    providers: Vec<Provider>,
    mappings: Vec<(String, RoleMapping)>,
    classic_flow: bool,
    has_guests: bool,
    guests: PhantomData<fn() -> G>,
}

impl IdentityPoolProps<NoGuests> {
    pub(super) fn new() -> Self {
        Self {
            name: None,
            providers: Vec::new(),
            mappings: Vec::new(),
            classic_flow: false,
            has_guests: false,
            guests: PhantomData,
        }
    }

    /// Gives credentials to users who are not signed in, with a separate role: [`IdentityPool::guest_role`].
    pub fn allow_guests(self) -> IdentityPoolProps<Guests> {
        IdentityPoolProps {
            name: self.name,
            providers: self.providers,
            mappings: self.mappings,
            classic_flow: self.classic_flow,
            has_guests: true,
            guests: PhantomData,
        }
    }
}

impl<G> IdentityPoolProps<G> {
    /// The pool's name, 1 to 128 letters, digits, spaces and `_+=,.@-`. By default CloudFormation
    /// generates one.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// A provider whose users get credentials. Another call adds another.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.push(provider);
        self
    }

    /// Different roles for the users of a provider. The key is any name that is unique in the pool.
    pub fn role_mapping(mut self, key: impl Into<String>, mapping: RoleMapping) -> Self {
        self.mappings.push((key.into(), mapping));
        self
    }

    /// Allows the classic flow, in which clients get an OpenID token and choose the role (`GetOpenIdToken`,
    /// `AssumeRoleWithWebIdentity`). Off by default.
    pub fn allow_classic_flow(self) -> Self {
        Self { classic_flow: true, ..self }
    }

    fn check(&self, scope: &Scope) {
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_+=,.@-".contains(c);
        let words = "letters, digits, spaces and `_+=,.@-`";
        scope.check("the identity pool's name").characters(&self.name, 1..=128, allowed, words);
        if self.providers.is_empty() && !self.has_guests {
            scope.error(
                "the identity pool has no provider and allows no guests, so it gives no credentials",
                "add a provider: `.provider(Provider::user_pool(&users, &client))`",
            );
        }
        self.providers.iter().for_each(|provider| provider.check(scope));
        for (index, (key, mapping)) in self.mappings.iter().enumerate() {
            mapping.check(scope);
            let before = &self.mappings[..index];
            if before.iter().any(|(other, it)| other == key || it.provider.name() == mapping.provider.name()) {
                scope.error(
                    format!("the role mapping `{key}` has the key or the provider of another one"),
                    "use a distinct key for each mapping, and one mapping for each provider",
                );
            }
        }
    }

    fn pool(&self) -> CfnIdentityPool {
        let mut pool = CfnIdentityPool::new(self.has_guests).allow_classic_flow(self.classic_flow);
        if let Some(name) = &self.name {
            pool = pool.identity_pool_name(name);
        }
        let pools: Vec<_> = self.providers.iter().filter_map(Provider::in_pool).collect();
        if !pools.is_empty() {
            pool = pool.cognito_identity_providers(pools);
        }
        let (mut connect, mut saml) = (Vec::new(), Vec::new());
        for provider in &self.providers {
            match &provider.0 {
                Kind::OpenIdConnect(arn) => connect.push(arn.clone()),
                Kind::Saml(arn) => saml.push(arn.clone()),
                Kind::UserPool { .. } | Kind::Social { .. } => (),
            }
        }
        if !connect.is_empty() {
            pool = pool.open_id_connect_provider_arns(connect);
        }
        if !saml.is_empty() {
            pool = pool.saml_provider_arns(saml);
        }
        let social: Vec<_> = self.providers.iter().filter_map(Provider::social).collect();
        if social.is_empty() { pool } else { pool.supported_login_providers(Value::<Json>::new(Expr::map(social))) }
    }
}

impl<G> Construct for IdentityPoolProps<G> {
    type Handle = IdentityPool<G>;
    fn build(self, scope: Scope) -> IdentityPool<G> {
        self.check(&scope);
        let cfn = scope.add("Resource", self.pool());
        let role = |id: &str, way: &str, of: &str| {
            let role = Role::props(principal(&cfn.id(), way)).description(format!("{of} of an identity pool"));
            scope.add(id, role)
        };
        let authenticated = role("AuthenticatedRole", "authenticated", "Signed-in users");
        let guest = self.has_guests.then(|| role("UnauthenticatedRole", "unauthenticated", "Guests"));
        let mut roles = vec![("authenticated", authenticated.arn())];
        roles.extend(guest.as_ref().map(|role| ("unauthenticated", role.arn())));
        let mut attachment = CfnIdentityPoolRoleAttachment::new(cfn.id()).roles(roles);
        if !self.mappings.is_empty() {
            let mappings = self.mappings.iter().map(|(key, mapping)| (key.as_str(), mapping.render()));
            attachment = attachment.role_mappings(mappings.collect::<Vec<_>>());
        }
        scope.child("DefaultRoleAttachment").add("Resource", attachment);
        IdentityPool::made(scope, cfn, authenticated, guest)
    }
}
