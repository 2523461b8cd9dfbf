//! Reads a stack's sign-in resources as they are in AWS now: user pools, app clients and domains, listener rules, users.

mod access;
mod parts;
mod pools;
mod rules;
mod users;

pub use self::access::AccessKeys;
pub use self::parts::Part;
pub use self::pools::{AppClient, LoginDomain, PasswordPolicy, UserPool};
pub use self::rules::{Balancer, LoginRule};
pub use self::users::{FirstPassword, NewUser, User, Users};
