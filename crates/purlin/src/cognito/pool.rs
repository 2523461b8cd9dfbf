//! The handle of a user pool.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use purlin_cfn::cognito::CfnUserPool;
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::attributes::Schema;
use super::client_props::UserPoolClientProps;
use super::triggers::Triggers;
use super::user_check::UserRules;
use super::{
    DomainProps, FeaturePlan, ManagedLoginVersion, ProviderKind, Trigger, UiCustomization, UiCustomizationProps,
    UserPoolClient, UserPoolDomain, UserPoolGroup, UserPoolGroupProps, UserPoolIdentityProvider,
    UserPoolIdentityProviderProps, UserPoolProps, UserPoolResourceServer, UserPoolResourceServerProps, UserPoolUser,
    UserPoolUserProps,
};
use crate::iam::{Grant, Grantee};
use crate::lambda::Function;

/// A user pool, made by the stack or imported.
#[derive(Debug, Clone)]
pub struct UserPool {
    scope: Scope,
    cfn: Option<Ref<CfnUserPool>>,
    id: Value<String>,
    arn: Value<String>,
    provider_name: Value<String>,
    provider_url: Value<String>,
    shared: Rc<Shared>,
}

/// The state that all handles of a pool share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    clients: RefCell<Vec<(Scope, Value<String>)>>,
    domains: RefCell<Vec<Domain>>,
    pub triggers: RefCell<Triggers>,
    providers: RefCell<Vec<Provider>>,
    customizations: RefCell<Vec<(Scope, Option<Value<String>>)>>,
    plan: Option<FeaturePlan>,
    schema: Option<Schema>,
    users: Option<UserRules>,
}

/// A domain of a pool.
#[derive(Debug, Clone)]
pub(super) struct Domain {
    pub scope: Scope,
    pub is_custom: bool,
    pub version: Option<ManagedLoginVersion>,
}

/// An identity provider of a pool.
#[derive(Debug)]
pub(super) struct Provider {
    pub scope: Scope,
    pub name: Option<String>,
    pub identifiers: BTreeSet<String>,
}

impl Shared {
    pub(super) fn new(plan: Option<FeaturePlan>, schema: Schema, users: UserRules, triggers: Triggers) -> Self {
        let (schema, users) = (Some(schema), Some(users));
        Self { triggers: RefCell::new(triggers), plan, schema, users, ..Self::default() }
    }

    /// Adds a client whose users sign in on the pages of the pool's domain.
    pub(super) fn register_client(&self, scope: &Scope, id: Value<String>) {
        self.clients.borrow_mut().push((scope.clone(), id));
    }

    pub(super) fn clients(&self) -> Vec<(Scope, Value<String>)> {
        self.clients.borrow().clone()
    }

    /// Adds a domain; returns an earlier one of its kind.
    pub(super) fn register_domain(&self, domain: Domain) -> Option<Scope> {
        let mut domains = self.domains.borrow_mut();
        let before = domains.iter().find(|known| known.is_custom == domain.is_custom).map(|known| known.scope.clone());
        domains.push(domain);
        before
    }

    /// Adds an identity provider; returns earlier ones with its name or one of its identifiers.
    pub(super) fn register_provider(&self, provider: Provider) -> Vec<(String, Scope)> {
        let mut providers = self.providers.borrow_mut();
        let mut shared = Vec::new();
        for other in providers.iter() {
            if let Some(name) = provider.name.as_ref().filter(|name| other.name.as_ref() == Some(*name)) {
                shared.push((format!("the name `{name}` of the identity provider"), other.scope.clone()));
            }
            let both = provider.identifiers.intersection(&other.identifiers);
            shared.extend(both.map(|both| (format!("the identifier `{both}`"), other.scope.clone())));
        }
        providers.push(provider);
        shared
    }

    /// Adds a style sheet; returns an earlier one for the same client, or for all.
    pub(super) fn register_customization(&self, scope: &Scope, client: Option<Value<String>>) -> Option<Scope> {
        let mut customizations = self.customizations.borrow_mut();
        let before = customizations.iter().find(|(_, known)| *known == client).map(|(scope, _)| scope.clone());
        customizations.push((scope.clone(), client));
        before
    }

    /// The domains that are added so far.
    pub(super) fn domains(&self) -> Vec<Domain> {
        self.domains.borrow().clone()
    }

    pub(super) fn plan(&self) -> Option<FeaturePlan> {
        self.plan
    }

    /// The attributes of the pool; none for an imported pool.
    pub(super) fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// The pool's rules for users; none for an imported pool.
    pub(super) fn users(&self) -> Option<&UserRules> {
        self.users.as_ref()
    }
}

impl UserPool {
    /// A pool whose users sign in with a user name and are made by administrators.
    ///
    /// Unlike the CDK's, it is protected against deletion, in CloudFormation and in Cognito: its users cannot be restored.
    /// Use [`removal_policy(RemovalPolicy::Destroy)`](UserPoolProps::removal_policy) for test users.
    pub fn props() -> UserPoolProps {
        UserPoolProps::new()
    }

    pub(super) fn made(scope: Scope, cfn: Ref<CfnUserPool>, shared: Shared) -> Self {
        Self {
            id: cfn.id(),
            arn: cfn.att(CfnUserPool::ATTR_ARN),
            provider_name: cfn.att(CfnUserPool::ATTR_PROVIDER_NAME),
            provider_url: cfn.att(CfnUserPool::ATTR_PROVIDER_URL),
            cfn: Some(cfn),
            scope,
            shared: Rc::new(shared),
        }
    }

    /// A pool of the stack's account and region that exists already, by its id.
    #[track_caller]
    pub fn from_id(scope: &impl HasScope, id: impl AsRef<str>, user_pool_id: impl IntoValue<String>) -> Self {
        let (scope, user_pool_id) = (scope.scope().child(id), user_pool_id.into_value());
        if let Some(known) = user_pool_id.as_str()
            && !known.contains('_')
        {
            scope.error(
                format!("`{known}` is not the id of a user pool, which is like `eu-west-1_AbCdEfGhI`"),
                "pass the pool's id, or use `UserPool::from_arn`",
            );
        }
        let arn = scope.arn("cognito-idp", sub!("userpool/{}", user_pool_id));
        let region = scope.stack().region();
        Self::imported(scope, user_pool_id, arn, &region)
    }

    /// A pool that exists already, by its ARN.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>) -> Self {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        if let Some(known) = arn.as_str()
            && !(known.starts_with("arn:") && known.contains(":cognito-idp:") && known.contains(":userpool/"))
        {
            scope.error(
                format!(
                    "`{known}` is not the ARN of a user pool, which is \
                     `arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEfGhI`"
                ),
                "pass the pool's ARN, or use `UserPool::from_id`",
            );
        }
        let user_pool_id = intrinsics::select(1, intrinsics::split("/", &arn));
        let region = intrinsics::select(3, intrinsics::split(":", &arn));
        Self::imported(scope, user_pool_id, arn, &region)
    }

    fn imported(scope: Scope, id: Value<String>, arn: Value<String>, region: &Value<String>) -> Self {
        let provider_name = sub!("cognito-idp.{}.{}/{}", region, intrinsics::url_suffix(), id);
        let provider_url = sub!("https://{}", provider_name);
        Self { scope, cfn: None, id, arn, provider_name, provider_url, shared: Rc::default() }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn shared_rc(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// Whether this is known to be the same pool.
    pub(super) fn is(&self, other: &Self) -> bool {
        let (one, two) = (self.id.as_str(), other.id.as_str());
        Rc::ptr_eq(&self.shared, &other.shared) || one.is_some() && one == two
    }

    /// The raw resource; none for an imported pool.
    pub fn cfn(&self) -> Option<&Ref<CfnUserPool>> {
        self.cfn.as_ref()
    }

    /// The pool's id, such as `eu-west-1_AbCdEfGhI`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The pool's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The pool as an identity provider: `cognito-idp.{region}.amazonaws.com/{id}`.
    pub fn provider_name(&self) -> Value<String> {
        self.provider_name.clone()
    }

    /// The issuer of the pool's tokens: `https://cognito-idp.{region}.amazonaws.com/{id}`.
    pub fn provider_url(&self) -> Value<String> {
        self.provider_url.clone()
    }

    /// Adds an app client.
    #[track_caller]
    pub fn add_client<S, F>(&self, id: impl AsRef<str>, client: UserPoolClientProps<S, F>) -> UserPoolClient<S, F> {
        self.scope.add(id, client.in_pool(self))
    }

    /// Adds a domain.
    #[track_caller]
    pub fn add_domain(&self, id: impl AsRef<str>, domain: DomainProps) -> UserPoolDomain {
        self.scope.add(id, domain.in_pool(self))
    }

    /// Adds a resource server.
    #[track_caller]
    pub fn add_resource_server(
        &self,
        id: impl AsRef<str>,
        server: UserPoolResourceServerProps,
    ) -> UserPoolResourceServer {
        self.scope.add(id, server.in_pool(self))
    }

    /// Adds an identity provider whose users may sign in, too.
    #[track_caller]
    pub fn add_identity_provider<K: ProviderKind>(
        &self,
        id: impl AsRef<str>,
        provider: UserPoolIdentityProviderProps<K>,
    ) -> UserPoolIdentityProvider {
        self.scope.add(id, provider.in_pool(self))
    }

    /// Adds a style sheet for the classic hosted UI.
    #[track_caller]
    pub fn add_ui_customization(&self, id: impl AsRef<str>, customization: UiCustomizationProps) -> UiCustomization {
        self.scope.add(id, customization.in_pool(self))
    }

    /// Adds a group of users.
    #[track_caller]
    pub fn add_group(&self, id: impl AsRef<str>, group: UserPoolGroupProps) -> UserPoolGroup {
        self.scope.add(id, group.in_pool(self))
    }

    /// Adds a user.
    #[track_caller]
    pub fn add_user(&self, id: impl AsRef<str>, user: UserPoolUserProps) -> UserPoolUser {
        self.scope.add(id, user.in_pool(self))
    }

    /// Adds a function that Cognito calls at an event of users, and permits the call.
    #[track_caller]
    pub fn add_trigger(&self, trigger: Trigger, function: &Function) {
        let Some(cfn) = &self.cfn else {
            self.scope.error(
                format!("the trigger `{}` cannot be added to an imported pool", trigger.name()),
                "add it where the pool is made",
            );
            return;
        };
        self.shared.triggers.borrow_mut().add(&self.scope, trigger, function);
        Triggers::permit(&self.scope, trigger, function, &self.arn);
        let config = self.shared.triggers.borrow().render();
        cfn.merge("LambdaConfig", config);
    }

    /// Permits the grantee these actions on the pool, for example `cognito-idp:AdminCreateUser`.
    pub fn grant<A: Into<String>>(&self, grantee: &impl Grantee, actions: impl IntoIterator<Item = A>) -> Grant {
        Grant::add_to_principal(grantee, actions, [self.arn()])
    }
}

impl HasScope for UserPool {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
