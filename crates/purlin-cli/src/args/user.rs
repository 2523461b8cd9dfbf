//! The options of `purlin user`: the users of a pool.

use clap::Subcommand;

use super::shared::Where;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a user, with a password or with an invitation
    Add(AddUser),
    /// Set the password of a user
    Password(UserPassword),
    /// Show the groups a user is in, or change them
    Groups(UserGroups),
    /// List users
    #[command(visible_alias = "ls")]
    List(UserList),
    /// Disable a user's sign-in
    Disable(OneUser),
    /// Enable a user's sign-in again
    Enable(OneUser),
}

/// Which pool.
#[derive(Debug, clap::Args)]
pub(crate) struct PoolRef {
    /// The user pool's id, instead of a stack that has one pool
    #[arg(long, value_name = "ID")]
    pub(crate) user_pool: Option<String>,

    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
pub(crate) struct OneUser {
    /// The stack with the user pool
    #[arg(value_name = "STACK", required_unless_present = "user_pool", conflicts_with = "user_pool")]
    pub(crate) stack: Option<String>,

    /// The user: the name or address they sign in with
    #[arg(value_name = "USER")]
    pub(crate) user: String,

    #[command(flatten)]
    pub(crate) pool: PoolRef,
}

/// The source of a password. It is never an argument, which all users of the machine can see.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct PasswordFrom {
    /// Read the password from standard input [default: a prompt]
    #[arg(long)]
    pub(crate) password_stdin: bool,

    /// Take the password from this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) password_env: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AddUser {
    #[command(flatten)]
    pub(crate) who: OneUser,

    /// The email address, which counts as verified
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,

    /// Another attribute, such as `given_name=Ada` or `custom:tenant=7`
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::shared::pair)]
    pub(crate) attribute: Vec<(String, String)>,

    /// A group to add the user to
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub(crate) group: Vec<String>,

    /// Have Cognito send a generated password
    #[arg(long, conflicts_with_all = ["password_stdin", "password_env", "temporary"])]
    pub(crate) invite: bool,

    #[command(flatten)]
    pub(crate) password: PasswordFrom,

    /// Require a new password at the first sign-in
    #[arg(long)]
    pub(crate) temporary: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserPassword {
    #[command(flatten)]
    pub(crate) who: OneUser,

    #[command(flatten)]
    pub(crate) password: PasswordFrom,

    /// Require a new password at the next sign-in
    #[arg(long)]
    pub(crate) temporary: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserGroups {
    #[command(flatten)]
    pub(crate) who: OneUser,

    /// A group to add the user to
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub(crate) add: Vec<String>,

    /// A group to remove the user from
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub(crate) remove: Vec<String>,

    /// Print JSON
    #[arg(long, short)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserList {
    /// The stack with the user pool
    #[arg(value_name = "STACK", required_unless_present = "user_pool", conflicts_with = "user_pool")]
    pub(crate) stack: Option<String>,

    #[command(flatten)]
    pub(crate) pool: PoolRef,

    /// Only the members of this group
    #[arg(long, value_name = "GROUP", conflicts_with = "filter")]
    pub(crate) group: Option<String>,

    /// Only users that match this filter of Cognito, such as `email ^= "ada"` or `status = "Disabled"`
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,

    /// The largest number of users
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Print a JSON object for each user
    #[arg(long, short)]
    pub(crate) json: bool,
}
