//! IAM: roles, policies, statements and grants.
//!
//! ```
//! use purlin::iam::{ManagedPolicy, PolicyStatement, Principal, Role};
//! use purlin::{App, Stack};
//!
//! let app = App::new();
//! let stack = app.add("Jobs", Stack::props());
//! let role = stack.add(
//!     "TaskRole",
//!     Role::props(Principal::service("ecs-tasks.amazonaws.com"))
//!         .managed_policy(ManagedPolicy::aws("CloudWatchAgentServerPolicy")),
//! );
//! role.add_to_policy(PolicyStatement::allow().action("ses:SendEmail").all_resources());
//! # let template = &app.synth().unwrap().stacks[0].template;
//! # assert_eq!(template["Resources"].as_object().unwrap().len(), 2);
//! ```

mod check;
mod document;
mod grant;
mod imported;
mod managed_policy;
mod overflow;
mod policy;
mod principal;
mod role;
mod role_props;
mod statement;

pub use document::PolicyDocument;
pub(crate) use document::add_statement;
pub use grant::{Grant, Grantee};
pub use managed_policy::{ManagedPolicy, ManagedPolicyProps, ManagedPolicyRef};
pub use policy::{Policy, PolicyProps};
pub use principal::Principal;
pub use role::Role;
pub use role_props::RoleProps;
pub use statement::{Conditions, Effect, PolicyStatement};
