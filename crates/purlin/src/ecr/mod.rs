//! Amazon ECR: image repositories, and the images that are built from a Dockerfile.
//!
//! ```
//! use purlin::ecr::{LifecycleRule, Repository};
//! use purlin::{App, Stack};
//!
//! let app = App::new();
//! let stack = app.add("Images", Stack::props());
//! let repository = stack.add(
//!     "Repository",
//!     Repository::props().scan_on_push().immutable_tags().lifecycle_rule(LifecycleRule::keep_newest(20)),
//! );
//! let image = repository.uri_for_tag("1.4.2");
//! ```

mod asset;
mod dockerignore;
mod lifecycle;
mod repository;

pub(crate) use asset::ImageBuild;
pub use lifecycle::LifecycleRule;
pub(crate) use repository::grant_pull_of;
pub use repository::{Repository, RepositoryProps};
