//! Layers: files that several functions share, from a folder or an archive.

use std::path::PathBuf;

use purlin_cfn::lambda::{CfnLayerVersion, LayerVersionContent};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, RemovalPolicy, Scope, Value, Word};

use super::function_props::Architecture;
use super::runtime::Runtime;
use crate::asset;

/// A version of a layer. Each change of its files makes another, and CloudFormation deletes the one before, unless it is
/// retained; functions that have it go on working
/// (<https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html>).
///
/// ```no_run
/// # use purlin::{App, Stack};
/// use purlin::lambda::{Code, Function, LayerVersion, Runtime};
///
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// let layer = stack.add("Shared", LayerVersion::props("layers/shared.zip").runtime(Runtime::PYTHON3_13));
/// let code = Code::from_asset(Runtime::PYTHON3_13, "app.handler", "functions/api");
/// stack.add("Api", Function::props(code).layer(layer.arn()));
/// ```
#[derive(Debug, Clone)]
pub struct LayerVersion {
    scope: Scope,
    cfn: Ref<CfnLayerVersion>,
}

/// The recipe of a [`LayerVersion`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct LayerVersionProps {
    path: PathBuf,
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    license: Option<Value<String>>,
    runtimes: Vec<Word<Runtime>>,
    architectures: Vec<Architecture>,
    removal: Option<RemovalPolicy>,
}

impl LayerVersion {
    /// A layer with the files of a folder or of an archive (`.zip`, `.jar`), by the rules of
    /// [`Code::from_asset`](super::Code::from_asset). Lambda unpacks them to `/opt`.
    pub fn props(path: impl Into<PathBuf>) -> LayerVersionProps {
        LayerVersionProps {
            path: path.into(),
            name: None,
            description: None,
            license: None,
            runtimes: Vec::new(),
            architectures: Vec::new(),
            removal: None,
        }
    }

    /// The ARN of the version, for [`FunctionProps::layer`](super::FunctionProps::layer).
    pub fn arn(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnLayerVersion> {
        &self.cfn
    }
}

impl LayerVersionProps {
    /// The layer's name; CloudFormation makes one up unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What is in the layer: at most 256 characters.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The licence of its software: an SPDX identifier, a URL or the text.
    pub fn license(self, license: impl IntoValue<String>) -> Self {
        Self { license: Some(license.into_value()), ..self }
    }

    /// A runtime that it is made for; none is named unless given. Another call adds another.
    pub fn runtime(mut self, runtime: Word<Runtime>) -> Self {
        self.runtimes.push(runtime);
        self
    }

    /// An architecture that it is made for; none is named unless given. Another call adds another.
    pub fn architecture(mut self, architecture: Architecture) -> Self {
        self.architectures.push(architecture);
        self
    }

    /// What becomes of the version when it is replaced or leaves the template: it is deleted unless given.
    pub fn removal_policy(self, removal: RemovalPolicy) -> Self {
        Self { removal: Some(removal), ..self }
    }
}

impl Construct for LayerVersionProps {
    type Handle = LayerVersion;

    fn build(self, scope: Scope) -> LayerVersion {
        let content = match asset::folder_or_archive(&scope, &self.path, "the layer's content") {
            Ok(asset) => {
                let location = scope.add_file_asset(asset);
                LayerVersionContent::new(location.bucket, location.key)
            }
            Err(mistake) => {
                scope.error(mistake.message, mistake.hint);
                LayerVersionContent::new("missing-code", "missing")
            }
        };
        let mut layer = CfnLayerVersion::new(content);
        if let Some(name) = self.name {
            layer = layer.layer_name(name);
        }
        if let Some(description) = self.description {
            layer = layer.description(description);
        }
        if let Some(license) = self.license {
            layer = layer.license_info(license);
        }
        if !self.runtimes.is_empty() {
            let names = self.runtimes.iter().map(|it| Word::custom(it.to_string()));
            layer = layer.compatible_runtimes(names.collect::<Vec<_>>());
        }
        if !self.architectures.is_empty() {
            let names = self.architectures.iter().map(|it| Word::custom(it.name()));
            layer = layer.compatible_architectures(names.collect::<Vec<_>>());
        }
        let cfn = scope.add("Resource", layer);
        if let Some(removal) = self.removal {
            cfn.removal_policy(removal);
        }
        LayerVersion { scope, cfn }
    }
}

impl HasScope for LayerVersion {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
