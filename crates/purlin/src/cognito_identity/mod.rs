//! Identity pools of Amazon Cognito: temporary AWS credentials for users of identity providers, and for guests.

mod mapping;
mod pool;
mod pool_props;
mod provider;

pub use mapping::{MappingRule, Match, RoleMapping};
pub use pool::{Guests, IdentityPool, NoGuests};
pub use pool_props::IdentityPoolProps;
pub use provider::Provider;
