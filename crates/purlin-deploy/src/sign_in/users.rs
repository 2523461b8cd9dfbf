//! Administration of a pool's users.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType, UserType};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::aws::Named;
use crate::error::DeployError;
use crate::network::Pages;
use crate::session::Session;

/// Cognito's maximum page size.
const PAGE: i32 = 60;

/// The users of one pool.
#[derive(Clone, Debug)]
pub struct Users {
    cognito: Client,
    pool: String,
}

/// A new user.
#[derive(Debug)]
pub struct NewUser {
    /// The user name, or an address if users sign in with one.
    pub name: String,
    /// Such as `email` and `email_verified`.
    pub attributes: Vec<(String, String)>,
    /// The first password.
    pub password: FirstPassword,
}

/// The first password of a new user.
#[derive(Debug)]
pub enum FirstPassword {
    /// Cognito generates one and sends it to the user.
    Invitation,
    /// The user must change it at the first sign-in. Nothing is sent.
    Temporary(SecretString),
    /// A permanent one. Nothing is sent.
    Permanent(SecretString),
}

/// A user of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The name in the pool; a UUID if users sign in with an address.
    pub name: String,
    /// Such as `CONFIRMED` and `FORCE_CHANGE_PASSWORD`.
    pub status: String,
    /// Whether the user may sign in.
    pub is_enabled: bool,
    /// The attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Session {
    /// The users of a pool, by its id.
    pub fn users(&self, pool: &str) -> Users {
        Users { cognito: self.cognito(), pool: pool.to_owned() }
    }
}

impl Users {
    /// Adds a user. If the pool's policy refuses the password, the user is not created.
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

    /// Sets a user's password: permanent, or to be changed at the next sign-in.
    pub async fn set_password(&self, name: &str, to: &SecretString, permanent: bool) -> Result<(), DeployError> {
        let call = self.cognito.admin_set_user_password().user_pool_id(&self.pool).username(name);
        call.password(to.expose_secret()).permanent(permanent).send().await.named("AdminSetUserPassword")?;
        Ok(())
    }

    /// A user, by any name for sign-in.
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

    /// Users, page by page: `on_page` receives each page and returns whether to continue.
    ///
    /// `filter` is Cognito's, such as `email ^= "ada"`.
    ///
    /// # Errors
    /// [`DeployError::Aws`], with `InvalidParameterException` for an invalid filter.
    pub async fn list(
        &self,
        filter: Option<&str>,
        on_page: &mut (dyn FnMut(Vec<User>) -> bool + Send),
    ) -> Result<(), DeployError> {
        let mut pages = Pages::of("ListUsers");
        loop {
            let call = self.cognito.list_users().user_pool_id(&self.pool).limit(PAGE);
            let call = call.set_filter(filter.map(str::to_owned)).set_pagination_token(pages.token());
            let page = call.send().await.named("ListUsers")?;
            let continues = on_page(page.users.unwrap_or_default().into_iter().map(read).collect());
            if !continues || !pages.turn(page.pagination_token.as_deref())? {
                return Ok(());
            }
        }
    }

    /// The members of a group, page by page like [`Users::list`].
    pub async fn members(
        &self,
        group: &str,
        on_page: &mut (dyn FnMut(Vec<User>) -> bool + Send),
    ) -> Result<(), DeployError> {
        let mut pages = Pages::of("ListUsersInGroup");
        loop {
            let call = self.cognito.list_users_in_group().user_pool_id(&self.pool).group_name(group).limit(PAGE);
            let page = call.set_next_token(pages.token()).send().await.named("ListUsersInGroup")?;
            let continues = on_page(page.users.unwrap_or_default().into_iter().map(read).collect());
            if !continues || !pages.turn(page.next_token.as_deref())? {
                return Ok(());
            }
        }
    }

    /// The groups of a user.
    pub async fn groups_of(&self, name: &str) -> Result<Vec<String>, DeployError> {
        let (mut groups, mut pages) = (Vec::new(), Pages::of("AdminListGroupsForUser"));
        loop {
            let call = self.cognito.admin_list_groups_for_user().user_pool_id(&self.pool).username(name);
            let page = call.limit(PAGE).set_next_token(pages.token()).send().await.named("AdminListGroupsForUser")?;
            groups.extend(page.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_name));
            if !pages.turn(page.next_token.as_deref())? {
                return Ok(groups);
            }
        }
    }

    /// The groups of the pool.
    pub async fn groups(&self) -> Result<Vec<String>, DeployError> {
        let (mut groups, mut pages) = (Vec::new(), Pages::of("ListGroups"));
        loop {
            let call = self.cognito.list_groups().user_pool_id(&self.pool).limit(PAGE).set_next_token(pages.token());
            let page = call.send().await.named("ListGroups")?;
            groups.extend(page.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_name));
            if !pages.turn(page.next_token.as_deref())? {
                return Ok(groups);
            }
        }
    }

    /// Adds a user to a group. Does nothing if the user is a member already.
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

    /// Disables a user, and revokes the user's refresh tokens.
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

/// The user, if Cognito's response lacks it.
fn unknown(name: &str) -> User {
    User { name: name.to_owned(), status: String::new(), is_enabled: true, attributes: BTreeMap::new() }
}

fn texts(attributes: Vec<AttributeType>) -> BTreeMap<String, String> {
    attributes.into_iter().map(|it| (it.name, it.value.unwrap_or_default())).collect()
}
