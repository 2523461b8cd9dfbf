//! Files and images that have to be in AWS before a stack is deployed, in the CDK's bootstrap locations.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::interpolate::sub;
use crate::node_id::NodeId;
use crate::scope::Scope;
use crate::value::Value;

/// The qualifier of the CDK's bootstrap stack.
pub(crate) const QUALIFIER: &str = "hnb659fds";

/// How a file asset is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packaging {
    /// The folder, as a zip file.
    Zip,
    /// The file as it is.
    File,
}

/// A file or folder to be uploaded to the bootstrap bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAsset {
    /// The hash of the content, in hex: the asset's identity.
    pub hash: String,
    /// Where it lies now.
    pub path: PathBuf,
    /// How it is uploaded.
    pub packaging: Packaging,
    /// The extension of the uploaded object, with the dot; `.zip` for zipped folders.
    pub extension: String,
}

/// Where a file asset will be.
#[derive(Debug, Clone)]
pub struct FileAssetLocation {
    /// The bucket's name.
    pub bucket: Value<String>,
    /// The object's key.
    pub key: String,
}

impl FileAssetLocation {
    pub(crate) fn of(scope: &Scope, asset: &FileAsset) -> Self {
        let stack = scope.stack();
        let bucket = sub!("cdk-{}-assets-{}-{}", QUALIFIER, stack.account(), stack.region());
        Self { bucket, key: format!("{}{}", asset.hash, asset.extension) }
    }
}

/// An image to be built from a Dockerfile and pushed to the bootstrap repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerImageAsset {
    /// The hash of the build context and options, in hex: the asset's identity and the image's tag.
    pub hash: String,
    /// The build context.
    pub directory: PathBuf,
    /// The files of the context that the builder gets, relative to it: what `.dockerignore` leaves.
    pub files: Vec<String>,
    /// The Dockerfile, relative to the context; `Dockerfile` unless given.
    pub file: Option<String>,
    /// Build arguments.
    pub build_args: BTreeMap<String, String>,
    /// The stage to build; the last unless given.
    pub target: Option<String>,
    /// The platform to build for, for example `linux/arm64`; the builder's own unless given.
    pub platform: Option<String>,
}

impl DockerImageAsset {
    /// The name of the repository that images are pushed to for the stack of a scope.
    pub fn repository_name(scope: &Scope) -> Value<String> {
        let stack = scope.stack();
        sub!("cdk-{}-container-assets-{}-{}", QUALIFIER, stack.account(), stack.region())
    }

    pub(crate) fn uri(&self, scope: &Scope) -> Value<String> {
        let (stack, repository) = (scope.stack(), Self::repository_name(scope));
        let registry = sub!("{}.dkr.ecr.{}.{}", stack.account(), stack.region(), stack.url_suffix());
        sub!("{}/{}:{}", registry, repository, self.hash)
    }
}

/// The assets of a tree, each with the node that registered it.
#[derive(Default)]
pub(crate) struct Assets {
    pub files: Vec<(NodeId, FileAsset)>,
    pub images: Vec<(NodeId, DockerImageAsset)>,
}

impl Scope {
    /// Registers a file or folder to be uploaded before deployment, and tells where it will be.
    pub fn add_file_asset(&self, asset: FileAsset) -> FileAssetLocation {
        let location = FileAssetLocation::of(self, &asset);
        self.shared::<Assets>().borrow_mut().files.push((self.at, asset));
        location
    }

    /// Registers an image to be built and pushed before deployment, and gives its URI.
    pub fn add_docker_image_asset(&self, asset: DockerImageAsset) -> Value<String> {
        let uri = asset.uri(self);
        self.shared::<Assets>().borrow_mut().images.push((self.at, asset));
        uri
    }
}
