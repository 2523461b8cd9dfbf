//! Images of containers.

use std::path::PathBuf;

use purlin_cfn::ecs::TaskDefinitionRepositoryCredentials;
use purlin_construct::{DockerImageAsset, IntoValue, Scope, Value, sub};

use super::platform::Platform;
use crate::check::Checks;
use crate::ecr::{self, ImageBuild, Repository};
use crate::iam::Role;
use crate::secretsmanager::Secret;

/// The image of a container: of a registry, of a repository of ECR, or built from a Dockerfile.
#[derive(Debug, Clone)]
#[must_use = "an image does nothing until it is given to a container"]
pub enum ContainerImage {
    /// An image of a registry, such as Docker Hub, Amazon ECR Public or GitHub's.
    Registry {
        /// Its name, with tag or digest: `public.ecr.aws/nginx/nginx:1.29`.
        name: Value<String>,
        /// The secret with `{"username": .., "password": ..}`, if the image is private.
        credentials: Option<Secret>,
    },
    /// An image of a repository of ECR; tasks are permitted to pull it.
    Repository {
        /// The repository.
        repository: Repository,
        /// A tag, or a digest that begins with `sha256:`.
        tag: Value<String>,
    },
    /// An image that is built from a Dockerfile and pushed when the stack is deployed.
    Asset(AssetImage),
}

impl ContainerImage {
    /// A public image of a registry, by its name: `public.ecr.aws/nginx/nginx:1.29`.
    pub fn from_registry(name: impl IntoValue<String>) -> Self {
        Self::Registry { name: name.into_value(), credentials: None }
    }

    /// A private image of a registry other than ECR, and the secret with `{"username": .., "password": ..}`
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>).
    pub fn from_private_registry(name: impl IntoValue<String>, credentials: &Secret) -> Self {
        Self::Registry { name: name.into_value(), credentials: Some(credentials.clone()) }
    }

    /// An image of a repository of ECR, by a tag, or by a digest that begins with `sha256:`.
    pub fn from_ecr_repository(repository: &Repository, tag: impl IntoValue<String>) -> Self {
        Self::Repository { repository: repository.clone(), tag: tag.into_value() }
    }

    /// An image that is built from the Dockerfile of a folder, and pushed, when the stack is deployed.
    ///
    /// A relative folder is looked up from the current directory; `concat!(env!("CARGO_MANIFEST_DIR"), "/app")` is a
    /// folder of the crate in any directory. The image's tag is a hash of the folder, so it is built again only when a
    /// file changes; `.dockerignore` excludes files.
    pub fn from_asset(directory: impl Into<PathBuf>) -> AssetImage {
        AssetImage { build: ImageBuild::new(directory.into()), platform: None }
    }

    /// The image's name; registers it as an asset, and permits the execution role to pull it.
    pub(super) fn bind(
        &self,
        scope: &Scope,
        platform: Option<Platform>,
        execution_role: &dyn Fn() -> Role,
    ) -> (Value<String>, Option<TaskDefinitionRepositoryCredentials>) {
        if let Self::Registry { name, .. } = self {
            registry_name(scope, name);
        }
        match self {
            Self::Registry { name, credentials: None } => (name.clone(), None),
            Self::Registry { name, credentials: Some(secret) } => {
                secret.grant_read(&execution_role());
                let credentials = TaskDefinitionRepositoryCredentials::new().credentials_parameter(secret.arn());
                (name.clone(), Some(credentials))
            }
            Self::Repository { repository, tag } => {
                repository.grant_pull(&execution_role());
                let is_digest = tag.as_str().is_some_and(|tag| tag.starts_with("sha256:"));
                let uri = if is_digest { repository.uri_for_digest(tag) } else { repository.uri_for_tag(tag) };
                (uri, None)
            }
            Self::Asset(image) => (image.bind(scope, platform, execution_role), None),
        }
    }
}

/// The name of an image; a digest follows an `@`
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>).
fn registry_name(scope: &Scope, name: &Value<String>) {
    const HINT: &str = "write it as for `docker pull`, without `https://`: `public.ecr.aws/nginx/nginx:1.29`";
    if let Some(text) = name.as_str().filter(|text| text.contains("://")) {
        scope.error(format!("the name of the image is the URL `{text}`"), HINT);
        return;
    }
    scope.check("the name of the image").hint(HINT).name(name, 1..=255, "-_:./#@");
}

impl From<AssetImage> for ContainerImage {
    fn from(image: AssetImage) -> Self {
        Self::Asset(image)
    }
}

/// An image that is built from a Dockerfile, by [`ContainerImage::from_asset`].
///
/// It is built for the platform of its task.
#[derive(Debug, Clone)]
#[must_use = "an image does nothing until it is given to a container"]
pub struct AssetImage {
    build: ImageBuild,
    platform: Option<Platform>,
}

impl AssetImage {
    /// The Dockerfile, relative to the folder: `Dockerfile` unless given.
    pub fn file(self, path: impl Into<String>) -> Self {
        Self { build: self.build.file(path), ..self }
    }

    /// A value for an `ARG` of the Dockerfile. It is plain text in the assembly: not for secrets.
    pub fn build_arg(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { build: self.build.build_arg(name, value), ..self }
    }

    /// The stage of the Dockerfile that is built: the last unless given.
    pub fn target(self, stage: impl Into<String>) -> Self {
        Self { build: self.build.target(stage), ..self }
    }

    /// The platform it is built for: that of the task unless given. Another than the task's is a problem.
    pub fn platform(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }

    fn bind(&self, scope: &Scope, runs_on: Option<Platform>, execution_role: &dyn Fn() -> Role) -> Value<String> {
        if let (Some(built), Some(runs_on)) = (self.platform, runs_on)
            && built != runs_on
        {
            scope.error(
                format!("the image is built for `{}`, but its task runs on `{}`", built.name(), runs_on.name()),
                "leave `.platform(..)` of the image out: it is then built for the task, or change the task by \
                 `.cpu_architecture(..)`",
            );
        }
        let repository = sub!("repository/{}", DockerImageAsset::repository_name(scope));
        ecr::grant_pull_of(scope.arn("ecr", repository), &execution_role());
        self.build.clone().add_to(scope, self.platform.or(runs_on).map(Platform::name))
    }
}
