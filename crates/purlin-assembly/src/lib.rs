//! The cloud assembly: what lies on disk between synthesis and deployment, in the CDK's format.
//!
//! Synthesis fills a [`CloudAssembly`] and writes it; the toolkit reads an [`Assembly`],
//! whichever program wrote it. Both use the same serde types: [`Manifest`], [`Artifact`], [`StackProperties`],
//! [`AssetManifest`].
//!
//! ```
//! use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};
//!
//! let mut out = CloudAssembly::new();
//! out.file("Web.template.json", r#"{"Resources": {}}"#);
//! out.artifact("Web", Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("Web.template.json")));
//! # let dir = tempfile::tempdir().unwrap();
//! # let dir = dir.path().join("purlin.out");
//! out.write(&dir)?;
//!
//! let read = Assembly::read(&dir)?;
//! assert_eq!(read.select(&["W*"])?[0].name(), "Web");
//! # Ok::<(), purlin_assembly::AssemblyError>(())
//! ```

mod assets;
mod copy;
mod environment;
mod error;
mod file;
pub mod folder;
mod graph;
mod hex;
mod json;
mod load;
mod manifest;
mod pin;
mod place;
mod read;
mod select;
mod toolkit;
mod write;

pub use assets::{
    AssetManifest, CacheOption, DockerImageAsset, DockerImageDestination, DockerImageSource, FileAsset,
    FileDestination, FileSource, Packaging,
};
pub use environment::{Environment, UNKNOWN_ACCOUNT, UNKNOWN_REGION};
pub use error::AssemblyError;
pub use file::{LARGEST_FILE, read_file, read_text};
pub use hex::hex;
pub use json::{to_json, to_template_json};
pub use manifest::{
    Artifact, ArtifactKind, AssetManifestProperties, Level, Manifest, MetadataEntry, Missing, NestedAssemblyProperties,
    Patch, Role, StackProperties, TreeProperties, own_frame,
};
pub use pin::Location;
pub use read::{Assembly, Message, NamedStack, Stack, StackAssets};
pub use select::check_patterns;
pub use toolkit::{EXIT_CODES, Reads, STACKS_VARIABLE, TOOLKIT_COMMANDS, ToolkitCommand, WRITTEN_VARIABLE};
pub use write::{CloudAssembly, is_assembly};

/// The schema version written to disk. A CDK CLI compares the major number alone and refuses what
/// is above its own: 15 is what the first CLI of version 2 accepts, and nothing written here needs
/// more, so a newer number would only lock people out.
pub const VERSION: &str = "15.0.0";

/// The newest schema that is read, by its major version: that of the CDK CLI 2.1148.
pub const LATEST_SCHEMA: u64 = 55;

/// The name of the manifest in an assembly's folder.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The name of the marker file in an assembly's folder.
pub const MARKER_FILE: &str = "cdk.out";
