//! Groups of users, which are in tokens and can have a role.

use purlin_cfn::cognito::{CfnUserPoolGroup, CfnUserPoolUserToGroupAttachment};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::{InPool, UserPool, UserPoolUser};
use crate::check::Checks;
use crate::iam::Role;

/// A group of users, made by the stack or imported. The claim `cognito:groups` of tokens lists a user's groups.
#[derive(Debug, Clone)]
pub struct UserPoolGroup {
    scope: Scope,
    cfn: Option<Ref<CfnUserPoolGroup>>,
    name: Value<String>,
    pool: UserPool,
}

/// The recipe of a [`UserPoolGroup`].
#[derive(Debug, Clone, Default)]
#[must_use = "a recipe does nothing until it is added to a pool"]
pub struct UserPoolGroupProps {
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    precedence: Option<u32>,
    role: Option<Role>,
}

impl UserPoolGroup {
    /// A group without a role, whose name CloudFormation generates.
    pub fn props() -> UserPoolGroupProps {
        UserPoolGroupProps::default()
    }

    /// A group that exists already, by name.
    #[track_caller]
    pub fn from_name(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        pool: &UserPool,
        name: impl IntoValue<String>,
    ) -> Self {
        let scope = scope.scope().child(id);
        Self { scope, cfn: None, name: name.into_value(), pool: pool.clone() }
    }

    /// The raw resource; none for an imported group.
    pub fn cfn(&self) -> Option<&Ref<CfnUserPoolGroup>> {
        self.cfn.as_ref()
    }

    /// The group's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// Makes a user a member. The membership is added to the group under the user's id.
    ///
    /// It refers to both, so CloudFormation creates it after the group and the user.
    #[track_caller]
    pub fn add_user(&self, user: &UserPoolUser) -> Ref<CfnUserPoolUserToGroupAttachment> {
        if !user.pool().is(&self.pool) {
            self.scope.error(
                format!("the user `{}` and the group are of different user pools", user.scope().path()),
                "add the user to a group of the same pool",
            );
        }
        let membership = CfnUserPoolUserToGroupAttachment::new(self.name(), self.pool.id(), user.username());
        self.scope.add(user.scope().id(), membership)
    }
}

impl HasScope for UserPoolGroup {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl UserPoolGroupProps {
    /// The group's name, up to 128 characters without blanks. It cannot be changed later.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the group is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The precedence: the role of the user's group with the lowest number is the preferred role.
    pub fn precedence(self, precedence: u32) -> Self {
        Self { precedence: Some(precedence), ..self }
    }

    /// The role that the group's users can get from an identity pool.
    pub fn role(self, role: &Role) -> Self {
        Self { role: Some(role.clone()), ..self }
    }

    /// The recipe, for a scope other than the pool's.
    pub fn in_pool(self, pool: &UserPool) -> InPool<Self> {
        InPool { recipe: self, pool: pool.clone() }
    }

    fn check(&self, scope: &Scope) {
        let check = scope.check("the group's name");
        check.characters(&self.name, 1..=128, |c| !c.is_whitespace(), "characters without blanks");
    }
}

impl Construct for InPool<UserPoolGroupProps> {
    type Handle = UserPoolGroup;
    fn build(self, scope: Scope) -> UserPoolGroup {
        let recipe = self.recipe;
        recipe.check(&scope);
        let mut group = CfnUserPoolGroup::new(self.pool.id());
        if let Some(name) = recipe.name {
            group = group.group_name(name);
        }
        if let Some(text) = recipe.description {
            group = group.description(text);
        }
        if let Some(precedence) = recipe.precedence {
            group = group.precedence(precedence);
        }
        if let Some(role) = recipe.role {
            group = group.role_arn(role.arn());
        }
        let cfn = scope.add("Resource", group);
        UserPoolGroup { name: cfn.id(), cfn: Some(cfn), scope, pool: self.pool }
    }
}
