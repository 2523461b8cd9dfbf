//! What a stack has for signing users and machines in: its pools, their clients and domains, the
//! rules and APIs they guard. Looked at as AWS has it now, whatever the template says.

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
