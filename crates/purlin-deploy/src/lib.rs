//! Deploys cloud assemblies to AWS and explains what happened.
//!
//! A [`Session`] is somebody who may deploy; [`Session::deploy`] and [`Session::destroy`] do one
//! stack each. Nothing is printed: an [`Observer`] hears every [`Event`]. This is the only crate
//! that knows the AWS SDK, and none of the SDK's types leave it.

mod assets;
mod aws;
mod bootstrap;
mod capabilities;
mod change_set;
mod deploy;
mod destroy;
mod diagnosis;
mod error;
mod event;
mod follow;
mod hints;
pub mod local;
mod model;
mod origin;
mod outputs;
mod pace;
mod parameters;
mod secrets;
mod session;
mod site;
mod stack_calls;
mod state;
mod stateful;
mod template_upload;

pub use capabilities::capabilities;
pub use deploy::{Deployed, Outcome, Output};
pub use destroy::{Destroyed, Retained};
pub use diagnosis::{Diagnosis, Failure, diagnose};
pub use error::{Aftermath, DeployError, FailedDeployment};
pub use event::{AssetStep, Event, Observer};
pub use model::{Action, Change, Replacement, StackEvent, StackState, stack_name};
pub use origin::Origins;
pub use outputs::outputs_json;
pub use session::{DeployOptions, OnFailure, Session, Target};
pub use site::Site;
pub use state::{Ending, Opening, ending, is_no_change, opening};
pub use stateful::data_losses;
