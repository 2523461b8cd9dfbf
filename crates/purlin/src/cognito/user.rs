//! Users of a stack: with attributes and an invitation, without a password.

use std::collections::BTreeSet;

use purlin_cfn::cognito::{CfnUserPoolUser, UserPoolUserAttributeType};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::{InPool, StandardAttribute, UserPool, user_check};
use crate::entries::Entries;

/// A user of a pool, made by the stack or imported.
///
/// A password cannot be set here. Cognito sends a temporary one with the invitation; without an invitation, an
/// administrator sets one: `purlin user password`.
///
/// Every change of the recipe replaces the user
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpooluser.html>),
/// and CloudFormation makes the new one first, which Cognito refuses if the name is the same. Do not change the recipe;
/// change attributes with Cognito's API.
///
/// ```
/// use purlin::cognito::{SignInAlias, UserPool, UserPoolGroup, UserPoolUser};
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Login", Stack::props());
/// let users = stack.add("Users", UserPool::props().sign_in_aliases([SignInAlias::Email]));
/// let admins = users.add_group("Admins", UserPoolGroup::props().name("admin"));
/// let ada = users.add_user("Ada", UserPoolUser::props("ada@example.com").email_verified());
/// admins.add_user(&ada);
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct UserPoolUser {
    scope: Scope,
    cfn: Option<Ref<CfnUserPoolUser>>,
    username: Value<String>,
    pool: UserPool,
}

/// How Cognito sends an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvitationMedium {
    /// To the email address.
    Email,
    /// As a text message to the phone number.
    Sms,
}

impl InvitationMedium {
    const fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }
}

/// How a user is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invitation {
    /// By email if the user has an address, else by phone.
    Best,
    /// By these media.
    By(BTreeSet<InvitationMedium>),
    /// Not at all.
    Suppressed,
}

/// The recipe of a [`UserPoolUser`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct UserPoolUserProps {
    pub(super) username: Value<String>,
    pub(super) attributes: Vec<(String, Value<String>)>,
    pub(super) invitation: Invitation,
    forces_alias: bool,
    client_metadata: Entries,
    validation_data: Vec<(String, Value<String>)>,
}

impl UserPoolUser {
    /// A user with this name, who is invited by email if there is an address, else by text message.
    ///
    /// If users of the pool sign in only with an email address or phone number, the name is that address. It is then set
    /// as the attribute, too, unless that is given.
    pub fn props(username: impl IntoValue<String>) -> UserPoolUserProps {
        UserPoolUserProps {
            username: username.into_value(),
            attributes: Vec::new(),
            invitation: Invitation::Best,
            forces_alias: false,
            client_metadata: Entries::new(),
            validation_data: Vec::new(),
        }
    }

    /// A user that exists already, by name.
    #[track_caller]
    pub fn from_username(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        pool: &UserPool,
        username: impl IntoValue<String>,
    ) -> Self {
        let scope = scope.scope().child(id);
        Self { scope, cfn: None, username: username.into_value(), pool: pool.clone() }
    }

    /// The raw resource; none for an imported user.
    pub fn cfn(&self) -> Option<&Ref<CfnUserPoolUser>> {
        self.cfn.as_ref()
    }

    /// The user's name. If user names are addresses, Cognito generates it.
    pub fn username(&self) -> Value<String> {
        self.username.clone()
    }

    pub(super) fn pool(&self) -> &UserPool {
        &self.pool
    }
}

impl HasScope for UserPoolUser {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl UserPoolUserProps {
    /// Sets a standard attribute.
    pub fn attribute(self, attribute: StandardAttribute, value: impl IntoValue<String>) -> Self {
        self.with(attribute.name(), value.into_value())
    }

    /// Sets a custom attribute, by its name without the prefix `custom:`.
    pub fn custom_attribute(self, name: impl AsRef<str>, value: impl IntoValue<String>) -> Self {
        self.with(format!("custom:{}", name.as_ref()), value.into_value())
    }

    /// Sets the email address.
    pub fn email(self, address: impl IntoValue<String>) -> Self {
        self.attribute(StandardAttribute::Email, address)
    }

    /// Sets the phone number, as `+12065551212`.
    pub fn phone_number(self, number: impl IntoValue<String>) -> Self {
        self.attribute(StandardAttribute::PhoneNumber, number)
    }

    /// Sets the email address as verified: it can then be an alias and recover the account.
    pub fn email_verified(self) -> Self {
        self.with("email_verified", "true".into_value())
    }

    /// Sets the phone number as verified: it can then be an alias and recover the account.
    pub fn phone_number_verified(self) -> Self {
        self.with("phone_number_verified", "true".into_value())
    }

    /// The media of the invitation; by default email if the user has an address, else a text message.
    pub fn invite_by(self, mediums: impl IntoIterator<Item = InvitationMedium>) -> Self {
        Self { invitation: Invitation::By(mediums.into_iter().collect()), ..self }
    }

    /// Sends no invitation. The user can sign in after an administrator set a password: `purlin user password`.
    pub fn suppress_invitation(self) -> Self {
        Self { invitation: Invitation::Suppressed, ..self }
    }

    /// Moves a verified email address or phone number from another user that has it as an alias. By default Cognito
    /// refuses a user whose alias is taken.
    pub fn force_alias_creation(self) -> Self {
        Self { forces_alias: true, ..self }
    }

    /// A value for the pool's pre sign-up trigger, in `clientMetadata`. It is plain text in the template: not for secrets.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.client_metadata.insert(name.into(), value.into_value());
        self
    }

    /// A value for the pool's pre sign-up trigger, in `validationData`. It is plain text in the template: not for secrets.
    pub fn validation_data(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.validation_data.push((name.into(), value.into_value()));
        self
    }

    /// The recipe, for a scope other than the pool's.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }

    fn with(mut self, name: impl Into<String>, value: Value<String>) -> Self {
        self.attributes.push((name.into(), value));
        self
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(known, _)| known == name)
    }

    /// Sets the attribute of an address that is the user name.
    fn with_address(self, pool: &UserPool) -> Self {
        let kind = pool.shared().users().and_then(|rules| rules.address_kind(&self.username));
        match kind {
            Some(kind) if !self.has(kind.name()) => {
                let name = self.username.clone();
                self.attribute(kind, name)
            }
            _ => self,
        }
    }

    /// The media of the invitation; none without one.
    pub(super) fn mediums(&self) -> BTreeSet<InvitationMedium> {
        match &self.invitation {
            Invitation::By(mediums) => mediums.clone(),
            Invitation::Best if self.has("email") => BTreeSet::from([InvitationMedium::Email]),
            Invitation::Best if self.has("phone_number") => BTreeSet::from([InvitationMedium::Sms]),
            Invitation::Best | Invitation::Suppressed => BTreeSet::new(),
        }
    }
}

impl Construct for InPool<UserPoolUserProps> {
    type Handle = UserPoolUser;
    fn build(self, scope: Scope) -> UserPoolUser {
        let Self { recipe, pool } = self;
        let recipe = recipe.with_address(&pool);
        user_check::all(&scope, &recipe, &pool);
        let mut user = CfnUserPoolUser::new(pool.id()).username(&recipe.username);
        if !recipe.attributes.is_empty() {
            user = user.user_attributes(pairs(&recipe.attributes));
        }
        let mediums: Vec<&str> = recipe.mediums().into_iter().map(InvitationMedium::name).collect();
        if !mediums.is_empty() {
            user = user.desired_delivery_mediums(mediums);
        }
        if recipe.invitation == Invitation::Suppressed {
            user = user.message_action("SUPPRESS");
        }
        if recipe.forces_alias {
            user = user.force_alias_creation(true);
        }
        recipe.client_metadata.check(&scope, "client metadata");
        if !recipe.client_metadata.is_empty() {
            user = user.client_metadata((*recipe.client_metadata).clone());
        }
        if !recipe.validation_data.is_empty() {
            user = user.validation_data(pairs(&recipe.validation_data));
        }
        let cfn = scope.add("Resource", user);
        UserPoolUser { username: cfn.id(), cfn: Some(cfn), scope, pool }
    }
}

fn pairs(pairs: &[(String, Value<String>)]) -> Vec<UserPoolUserAttributeType> {
    pairs.iter().map(|(name, value)| UserPoolUserAttributeType::new().name(name.as_str()).value(value)).collect()
}
