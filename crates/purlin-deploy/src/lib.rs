//! Deploys cloud assemblies to AWS and explains what happened.
//!
//! A [`Session`] has the credentials to deploy; [`Session::deploy`] and [`Session::destroy`] do one
//! stack each. Nothing is printed: an [`Observer`] receives every [`Event`]. This is the only crate
//! that links the AWS SDK, and its public API has none of the SDK's types.

mod assets;
mod aws;
pub mod bootstrap;
mod change_set;
mod clock;
mod cloudformation;
mod credentials;
mod deploy;
mod destroy;
mod error;
mod event;
mod explain;
mod follow;
mod followers;
mod hint;
#[cfg(test)]
#[path = "../tests/http/mod.rs"]
mod http;
#[cfg(test)]
#[path = "../tests/http/server.rs"]
mod http_server;
mod logs;
mod many;
mod network;
mod operations;
mod options;
mod outcome;
mod ownership;
mod partition;
mod preflight;
mod secrets;
mod session;
mod settings;
mod sign_in;
mod target;

pub use credentials::{AsksCode, NoCode};
pub use deploy::capabilities::capabilities;
pub use destroy::DestroyOptions;
pub use error::{Aftermath, DeployError, FailedDeployment};
pub use event::{AssetStep, BoxFuture, Event, Interruption, Observer, Operation};
pub use logs::{LogLine, LogQuery, LogUpdate};
pub use many::{Batch, Verdict};
pub use network::certificates;
pub use operations::{Drift, DriftedResource, RollbackOptions, StackReport};
pub use options::{DeployOptions, FailFast, IfBusy, Method, OnFailure, PreviousParameters, RollbackAlarms};
pub use outcome::{Deployed, Destroyed, Outcome, Output, Retained, outputs_json};
pub use partition::{dns_suffix, without_dns_suffix};
pub use preflight::{Finding, Severity};
pub use session::{Connection, EmulatorKey, Session};
pub use sign_in::{
    AccessKeys, AppClient, Balancer, FirstPassword, LoginDomain, LoginRule, NewUser, Part, PasswordPolicy, User,
    UserPool, Users,
};
pub use target::Target;
