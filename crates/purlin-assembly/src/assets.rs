//! The asset manifest of a stack: which files and images to publish, and where to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::VERSION;

/// The files and container images of a stack. Paths are relative to the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetManifest {
    /// The schema version.
    pub version: String,
    /// Files and folders for S3, by asset id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileAsset>,
    /// Images for ECR, by asset id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub docker_images: BTreeMap<String, DockerImageAsset>,
}

impl Default for AssetManifest {
    fn default() -> Self {
        Self { version: VERSION.to_owned(), files: BTreeMap::new(), docker_images: BTreeMap::new() }
    }
}

impl AssetManifest {
    /// An empty manifest of the version this crate writes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.docker_images.is_empty()
    }
}

/// A file, or a folder that becomes a zip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileAsset {
    /// What people call it; the asset id otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Where it comes from.
    pub source: FileSource,
    /// Where it goes, by a name of the writer's choice.
    pub destinations: BTreeMap<String, FileDestination>,
}

/// Where a file asset comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileSource {
    /// A command that prints the path of the file it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<Vec<String>>,
    /// The file or folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether it is uploaded as it is or as a zip; as it is, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packaging: Option<Packaging>,
}

impl FileSource {
    /// A file uploaded as it is.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), packaging: Some(Packaging::File), executable: None }
    }

    /// A folder uploaded as a zip.
    pub fn zip(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), packaging: Some(Packaging::Zip), executable: None }
    }
}

/// How a file asset is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packaging {
    /// As it is.
    File,
    /// A folder as a zip.
    Zip,
}

/// An object in a bucket. `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}` are filled in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileDestination {
    /// The bucket.
    pub bucket_name: String,
    /// The key.
    pub object_key: String,
    /// The bucket's region; the stack's, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The role that may write there; the caller's own credentials, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_arn: Option<String>,
    /// The external id that role asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_external_id: Option<String>,
    /// Further fields of the AssumeRole call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_additional_options: Option<Map<String, Value>>,
}

/// A container image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerImageAsset {
    /// What people call it; the asset id otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// How it is built.
    pub source: DockerImageSource,
    /// Where it goes, by a name of the writer's choice.
    pub destinations: BTreeMap<String, DockerImageDestination>,
}

/// How an image is built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerImageSource {
    /// The folder sent to the builder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// A command that prints the name of the local image it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<Vec<String>>,
    /// The Dockerfile inside the folder; `Dockerfile`, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_file: Option<String>,
    /// The stage to build; the last, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_build_target: Option<String>,
    /// Values of the Dockerfile's `ARG`s.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub docker_build_args: BTreeMap<String, String>,
    /// Named build contexts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub docker_build_contexts: BTreeMap<String, String>,
    /// The SSH agent or keys given to the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_build_ssh: Option<String>,
    /// Secrets given to the build.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub docker_build_secrets: BTreeMap<String, String>,
    /// The network of `RUN` steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// The platform, such as `linux/arm64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Where the build writes to, as `docker build --output` takes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub docker_outputs: Vec<String>,
    /// Caches to read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cache_from: Vec<CacheOption>,
    /// The cache to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_to: Option<CacheOption>,
    /// Build without a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_disabled: Option<bool>,
}

/// A build cache, as `docker build --cache-from` takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheOption {
    /// The kind of cache, such as `registry`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its settings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// A tag in an ECR repository, with the same placeholders as [`FileDestination`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerImageDestination {
    /// The repository.
    pub repository_name: String,
    /// The tag.
    pub image_tag: String,
    /// The repository's region; the stack's, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The role that may push there; the caller's own credentials, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_arn: Option<String>,
    /// The external id that role asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_external_id: Option<String>,
    /// Further fields of the AssumeRole call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_additional_options: Option<Map<String, Value>>,
}
