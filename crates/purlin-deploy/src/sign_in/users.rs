//! The users of a pool, for its administrator.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType, UserType};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::aws::Named;
use crate::error::DeployError;
use crate::session::Session;

/// The most that Cognito answers with at once.
const PAGE: i32 = 60;

/// The users of one pool.
#[derive(Clone, Debug)]
pub struct Users {
    cognito: Client,
    pool: String,
}

/// A user to create.
#[derive(Debug)]
pub struct NewUser {
    /// What they sign in with: a name, or an address where the pool wants one.
    pub name: String,
    /// Such as `email` and `email_verified`.
    pub attributes: Vec<(String, String)>,
    /// What they sign in with at first.
    pub password: FirstPassword,
}

/// What a new user signs in with.
#[derive(Debug)]
pub enum FirstPassword {
    /// Cognito makes one up and sends it to them.
    Invitation,
    /// They choose another when they sign in. Nothing is sent.
    Temporary(SecretString),
    /// It stays. Nothing is sent.
    Permanent(SecretString),
}

/// A user of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The name in the pool; a UUID where people sign in with an address.
    pub name: String,
    /// Such as `CONFIRMED` and `FORCE_CHANGE_PASSWORD`.
    pub status: String,
    /// Whether they may sign in.
    pub is_enabled: bool,
    /// What is known of them.
    pub attributes: BTreeMap<String, String>,
}

impl Session {
    /// The users of a pool, by its id.
    pub fn users(&self, pool: &str) -> Users {
        Users { cognito: self.cognito(), pool: pool.to_owned() }
    }
}

impl Users {
    /// Adds a user. A password that the pool's policy refuses leaves no user behind.
    ///
    /// # Errors
    /// [`DeployError::Aws`] with Cognito's code, such as `UsernameExistsException`.
    pub async fn add(&self, user: &NewUser) -> Result<User, DeployError> {
        let attributes = user.attributes.iter().map(|(name, value)| attribute(name, value));
        let call = self.cognito.admin_create_user().user_pool_id(&self.pool).username(&user.name);
        let call = call.set_user_attributes(Some(attributes.collect()));
        let call = match &user.password {
            FirstPassword::Invitation => call,
            FirstPassword::Temporary(password) | FirstPassword::Permanent(password) => {
                call.temporary_password(password.expose_secret()).message_action(MessageActionType::Suppress)
            }
        };
        let created = call.send().await.named("AdminCreateUser")?;
        if let FirstPassword::Permanent(password) = &user.password {
            self.set_password(&user.name, password, true).await?;
        }
        Ok(created.user.map_or_else(|| unknown(&user.name), read))
    }

    /// Sets a user's password: permanent, or temporary until the next sign-in.
    pub async fn set_password(&self, name: &str, to: &SecretString, for_good: bool) -> Result<(), DeployError> {
        let call = self.cognito.admin_set_user_password().user_pool_id(&self.pool).username(name);
        call.password(to.expose_secret()).permanent(for_good).send().await.named("AdminSetUserPassword")?;
        Ok(())
    }

    /// A user, by any name they sign in with.
    pub async fn one(&self, name: &str) -> Result<User, DeployError> {
        let call = self.cognito.admin_get_user().user_pool_id(&self.pool).username(name);
        let found = call.send().await.named("AdminGetUser")?;
        Ok(User {
            name: found.username,
            status: found.user_status.map(|it| it.as_str().to_owned()).unwrap_or_default(),
            is_enabled: found.enabled,
            attributes: texts(found.user_attributes.unwrap_or_default()),
        })
    }

    /// Users, page by page: `hear` gets each page and says whether to go on.
    ///
    /// `filter` is Cognito's, such as `email ^= "ada"`.
    ///
    /// # Errors
    /// [`DeployError::Aws`], `InvalidParameterException` for a filter that is none.
    pub async fn list(
        &self,
        filter: Option<&str>,
        hear: &mut (dyn FnMut(Vec<User>) -> bool + Send),
    ) -> Result<(), DeployError> {
        let mut token = None;
        loop {
            let call = self.cognito.list_users().user_pool_id(&self.pool).limit(PAGE);
            let call = call.set_filter(filter.map(str::to_owned)).set_pagination_token(token);
            let page = call.send().await.named("ListUsers")?;
            let goes_on = hear(page.users.unwrap_or_default().into_iter().map(read).collect());
            token = page.pagination_token.filter(|_| goes_on);
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// The members of a group, page by page as [`Users::list`].
    pub async fn members(
        &self,
        group: &str,
        hear: &mut (dyn FnMut(Vec<User>) -> bool + Send),
    ) -> Result<(), DeployError> {
        let mut token = None;
        loop {
            let call = self.cognito.list_users_in_group().user_pool_id(&self.pool).group_name(group).limit(PAGE);
            let page = call.set_next_token(token).send().await.named("ListUsersInGroup")?;
            let goes_on = hear(page.users.unwrap_or_default().into_iter().map(read).collect());
            token = page.next_token.filter(|_| goes_on);
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// The groups of a user.
    pub async fn groups_of(&self, name: &str) -> Result<Vec<String>, DeployError> {
        let (mut groups, mut token) = (Vec::new(), None);
        loop {
            let call = self.cognito.admin_list_groups_for_user().user_pool_id(&self.pool).username(name);
            let page = call.limit(PAGE).set_next_token(token).send().await.named("AdminListGroupsForUser")?;
            groups.extend(page.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_name));
            token = page.next_token;
            if token.is_none() {
                return Ok(groups);
            }
        }
    }

    /// The groups that the pool has.
    pub async fn groups(&self) -> Result<Vec<String>, DeployError> {
        let (mut groups, mut token) = (Vec::new(), None);
        loop {
            let call = self.cognito.list_groups().user_pool_id(&self.pool).limit(PAGE).set_next_token(token);
            let page = call.send().await.named("ListGroups")?;
            groups.extend(page.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_name));
            token = page.next_token;
            if token.is_none() {
                return Ok(groups);
            }
        }
    }

    /// Adds a user to a group; no error for a member.
    pub async fn join(&self, name: &str, group: &str) -> Result<(), DeployError> {
        let call = self.cognito.admin_add_user_to_group().user_pool_id(&self.pool).username(name);
        call.group_name(group).send().await.named("AdminAddUserToGroup")?;
        Ok(())
    }

    /// Removes a user from a group.
    pub async fn leave(&self, name: &str, group: &str) -> Result<(), DeployError> {
        let call = self.cognito.admin_remove_user_from_group().user_pool_id(&self.pool).username(name);
        call.group_name(group).send().await.named("AdminRemoveUserFromGroup")?;
        Ok(())
    }

    /// Disables a user and revokes their refresh tokens.
    pub async fn disable(&self, name: &str) -> Result<(), DeployError> {
        let call = self.cognito.admin_disable_user().user_pool_id(&self.pool).username(name);
        call.send().await.named("AdminDisableUser")?;
        Ok(())
    }

    /// Enables a user again.
    pub async fn enable(&self, name: &str) -> Result<(), DeployError> {
        let call = self.cognito.admin_enable_user().user_pool_id(&self.pool).username(name);
        call.send().await.named("AdminEnableUser")?;
        Ok(())
    }
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder().name(name).value(value).build().expect("it has a name")
}

fn read(user: UserType) -> User {
    User {
        name: user.username.unwrap_or_default(),
        status: user.user_status.map(|it| it.as_str().to_owned()).unwrap_or_default(),
        is_enabled: user.enabled,
        attributes: texts(user.attributes.unwrap_or_default()),
    }
}

/// Cognito left out whom it made.
fn unknown(name: &str) -> User {
    User { name: name.to_owned(), status: String::new(), is_enabled: true, attributes: BTreeMap::new() }
}

fn texts(attributes: Vec<AttributeType>) -> BTreeMap<String, String> {
    attributes.into_iter().map(|it| (it.name, it.value.unwrap_or_default())).collect()
}
