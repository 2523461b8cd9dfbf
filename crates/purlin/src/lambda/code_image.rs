//! Functions that are container images, from a Dockerfile or from a repository.

use std::path::PathBuf;

use purlin_cfn::lambda::FunctionImageConfig;
use purlin_construct::{IntoValue, Scope, Value};

use super::code::Code;
use super::function_props::Architecture;
use crate::ecr::{ImageBuild, Repository};
use crate::iam::{PolicyStatement, Principal};

/// An image that is built from a Dockerfile, made by [`Code::from_asset_image`].
#[derive(Debug, Clone)]
#[must_use = "code does nothing until it is given to a function"]
pub struct AssetImageCode {
    build: ImageBuild,
    config: ImageConfig,
}

/// Settings that replace those of the image.
#[derive(Debug, Clone, Default)]
struct ImageConfig {
    command: Vec<Value<String>>,
    entry_point: Vec<Value<String>>,
    working_directory: Option<Value<String>>,
}

#[derive(Debug, Clone)]
pub(super) enum ImageSource {
    Asset(AssetImageCode),
    Repository { repository: Repository, tag: Value<String> },
}

impl AssetImageCode {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { build: ImageBuild::new(directory), config: ImageConfig::default() }
    }

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

    /// Replaces the image's `CMD`, which is the handler in images of AWS.
    pub fn command<V: IntoValue<String>>(mut self, words: impl IntoIterator<Item = V>) -> Self {
        self.config.command = words.into_iter().map(IntoValue::into_value).collect();
        self
    }

    /// Replaces the image's `ENTRYPOINT`.
    pub fn entry_point<V: IntoValue<String>>(mut self, words: impl IntoIterator<Item = V>) -> Self {
        self.config.entry_point = words.into_iter().map(IntoValue::into_value).collect();
        self
    }

    /// Replaces the image's `WORKDIR`.
    pub fn working_directory(mut self, path: impl IntoValue<String>) -> Self {
        self.config.working_directory = Some(path.into_value());
        self
    }
}

impl From<AssetImageCode> for Code {
    fn from(image: AssetImageCode) -> Self {
        Self::image(ImageSource::Asset(image))
    }
}

impl ImageSource {
    /// The image's URI, and the settings that replace its own.
    pub(super) fn bind(
        self,
        scope: &Scope,
        architecture: Architecture,
    ) -> (Value<String>, Option<FunctionImageConfig>) {
        match self {
            Self::Repository { repository, tag } => {
                permit_pull(&repository);
                let is_digest = tag.as_str().is_some_and(|tag| tag.starts_with("sha256:"));
                let uri = if is_digest { repository.uri_for_digest(tag) } else { repository.uri_for_tag(tag) };
                (uri, None)
            }
            Self::Asset(image) => {
                (image.build.add_to(scope, Some(architecture.image_platform())), image.config.render())
            }
        }
    }
}

/// Lambda itself pulls images, not the function's role
/// (<https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions>).
fn permit_pull(repository: &Repository) {
    let lambda = Principal::service("lambda.amazonaws.com");
    let actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    repository.add_to_resource_policy(PolicyStatement::allow().actions(actions).principal(lambda));
}

impl ImageConfig {
    fn render(self) -> Option<FunctionImageConfig> {
        if self.command.is_empty() && self.entry_point.is_empty() && self.working_directory.is_none() {
            return None;
        }
        let mut config = FunctionImageConfig::new();
        if !self.command.is_empty() {
            config = config.command(self.command);
        }
        if !self.entry_point.is_empty() {
            config = config.entry_point(self.entry_point);
        }
        Some(match self.working_directory {
            Some(path) => config.working_directory(path),
            None => config,
        })
    }
}
