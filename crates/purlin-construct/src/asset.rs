//! Files and images that have to be in AWS before a stack is deployed, in the CDK's bootstrap locations.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::interpolate::sub;
use crate::node_id::NodeId;
use crate::scope::Scope;
use crate::value::Value;

/// The qualifier of the CDK's bootstrap stack, unless another is given.
pub(crate) const QUALIFIER: &str = "hnb659fds";
/// The context value for it, with the name that the CDK gives it.
const QUALIFIER_CONTEXT: &str = "@aws-cdk/core:bootstrapQualifier";

/// The qualifier of a new stack: the given one, that of the context, or the default. One that `bootstrap` does not take
/// is a problem.
pub(crate) fn qualifier(scope: &Scope, given: Option<String>) -> String {
    let in_context = || match scope.context(QUALIFIER_CONTEXT)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    let Some(qualifier) = given.or_else(in_context) else { return QUALIFIER.to_owned() };
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if !(1..=10).contains(&qualifier.len()) || !qualifier.chars().all(is_allowed) {
        scope.error(
            format!("the bootstrap qualifier is `{qualifier}`, but AWS takes 1 to 10 letters, digits, `_` and `-`"),
            format!("give the one that the account was bootstrapped with: `purlin bootstrap --qualifier`; the default is `{QUALIFIER}`"),
        );
    }
    qualifier
}

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
        let bucket = sub!("cdk-{}-assets-{}-{}", stack.qualifier(), stack.account(), stack.region());
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
    /// What the builder gets of the context, relative to it: the files, links and empty folders that `.dockerignore`
    /// leaves.
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
        sub!("cdk-{}-container-assets-{}-{}", stack.qualifier(), stack.account(), stack.region())
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
    unread: bool,
}

impl Scope {
    /// The qualifier of the bootstrap stack for the stacks that are added to this app or stage from now on; see
    /// [`StackProps::qualifier`](crate::StackProps::qualifier).
    pub fn set_qualifier(&self, qualifier: impl Into<String>) {
        self.set_context(QUALIFIER_CONTEXT, qualifier.into().into());
    }

    /// From now on constructs of the app do not read the files of their assets, which get hashes that mean nothing: for a
    /// command that needs the stacks' names alone. What is synthesized must not be deployed.
    pub fn leave_assets_unread(&self) {
        self.shared::<Assets>().borrow_mut().unread = true;
    }

    /// Whether constructs read the files of their assets; see [`Self::leave_assets_unread`].
    pub fn reads_assets(&self) -> bool {
        !self.shared::<Assets>().borrow().unread
    }

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
