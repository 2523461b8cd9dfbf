//! The manifest: which artifacts an assembly holds and what each of them is.
//!
//! Unknown fields of a newer CDK are ignored, never an error.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AssemblyError, Environment, VERSION};

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The schema version, see [`VERSION`].
    pub version: String,
    /// The oldest CLI that understands this, where the writer says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_cli_version: Option<String>,
    /// What the assembly holds, by artifact id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, Artifact>,
    /// Look-ups that the toolkit has to make before the app can run again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self { version: VERSION.to_owned(), minimum_cli_version: None, artifacts: BTreeMap::new(), missing: Vec::new() }
    }
}

/// A look-up the app could not make itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// The key under which the answer is given back.
    pub key: String,
    /// Which look-up.
    pub provider: String,
    /// What to look up.
    #[serde(default)]
    pub props: Value,
}

/// The values of an artifact's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtifactKind;

impl ArtifactKind {
    /// A CloudFormation stack.
    pub const STACK: &str = "aws:cloudformation:stack";
    /// The files and images of a stack.
    pub const ASSETS: &str = "cdk:asset-manifest";
    /// The construct tree.
    pub const TREE: &str = "cdk:tree";
    /// An assembly in a folder of its own: a stage.
    pub const ASSEMBLY: &str = "cdk:cloud-assembly";
}

/// One thing in an assembly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// What it is, see [`ArtifactKind`].
    #[serde(rename = "type")]
    pub kind: String,
    /// `aws://ACCOUNT/REGION`; stacks have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What the kind asks for, read by [`Artifact::stack`] and its like.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub properties: Value,
    /// The artifacts that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    /// What synthesis had to say, by construct path with a slash in front.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Vec<MetadataEntry>>,
    /// More metadata, in a file of its own, as newer CDKs write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_metadata_file: Option<String>,
    /// The name people use: the construct path of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

impl Artifact {
    /// A stack for an environment.
    pub fn of_stack(environment: &Environment, properties: &StackProperties) -> Self {
        Self { environment: Some(environment.to_string()), ..Self::of(ArtifactKind::STACK, properties) }
    }

    /// The asset manifest in a file. The stack must name it in its dependencies.
    pub fn of_assets(properties: &AssetManifestProperties) -> Self {
        Self::of(ArtifactKind::ASSETS, properties)
    }

    /// The construct tree in a file.
    pub fn of_tree(file: impl Into<String>) -> Self {
        Self::of(ArtifactKind::TREE, &TreeProperties { file: file.into() })
    }

    /// The assembly in a folder.
    pub fn of_assembly(properties: &NestedAssemblyProperties) -> Self {
        Self::of(ArtifactKind::ASSEMBLY, properties)
    }

    /// The same artifact, deployed after another.
    pub fn after(mut self, dependency: impl Into<String>) -> Self {
        self.dependencies.push(dependency.into());
        self
    }

    /// The same artifact under the name people use.
    pub fn named(mut self, display_name: impl Into<String>) -> Self {
        self.display_name = Some(display_name.into());
        self
    }

    /// The same artifact with one more word about a construct. `path` starts with a slash.
    pub fn with_metadata(mut self, path: impl Into<String>, entry: MetadataEntry) -> Self {
        self.metadata.entry(path.into()).or_default().push(entry);
        self
    }

    /// The properties of a stack, when this is one.
    pub fn stack(&self, id: &str) -> Option<Result<StackProperties, AssemblyError>> {
        self.properties_of(id, ArtifactKind::STACK)
    }

    /// The properties of an asset manifest, when this is one.
    pub fn assets(&self, id: &str) -> Option<Result<AssetManifestProperties, AssemblyError>> {
        self.properties_of(id, ArtifactKind::ASSETS)
    }

    /// The properties of a construct tree, when this is one.
    pub fn tree(&self, id: &str) -> Option<Result<TreeProperties, AssemblyError>> {
        self.properties_of(id, ArtifactKind::TREE)
    }

    /// The properties of an assembly inside the assembly, when this is one.
    pub fn assembly(&self, id: &str) -> Option<Result<NestedAssemblyProperties, AssemblyError>> {
        self.properties_of(id, ArtifactKind::ASSEMBLY)
    }

    fn of(kind: &str, properties: &impl Serialize) -> Self {
        let properties = serde_json::to_value(properties).expect("plain structs with string keys become JSON");
        Self { kind: kind.to_owned(), properties, ..Self::default() }
    }

    fn properties_of<T: DeserializeOwned>(&self, id: &str, kind: &str) -> Option<Result<T, AssemblyError>> {
        (self.kind == kind).then(|| {
            T::deserialize(&self.properties).map_err(|source| AssemblyError::Properties {
                artifact: id.to_owned(),
                kind: kind.to_owned(),
                source,
            })
        })
    }
}

/// The properties of a stack artifact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackProperties {
    /// The template, relative to the assembly.
    pub template_file: String,
    /// The name in CloudFormation; the artifact's id, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_name: Option<String>,
    /// Tags of the stack, which CloudFormation hands to its resources.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Whether the stack refuses to be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination_protection: Option<bool>,
    /// Values of the template's parameters. The CDK CLI does not send them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The SNS topics that get the stack's events. An empty list removes those of the stack; without a list they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_arns: Option<Vec<String>>,
    /// The role the toolkit takes on for this stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_arn: Option<String>,
    /// The external id that role asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_external_id: Option<String>,
    /// Further fields of the AssumeRole call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_additional_options: Option<Map<String, Value>>,
    /// The role CloudFormation takes on for the resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_formation_execution_role_arn: Option<String>,
    /// The role for reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup_role: Option<Role>,
    /// Where the template is when it is published as an asset: `s3://BUCKET/KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_template_asset_object_url: Option<String>,
    /// The bootstrap version the stack needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_bootstrap_stack_version: Option<u32>,
    /// The SSM parameter that holds the bootstrap version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_stack_version_ssm_parameter: Option<String>,
    /// Whether the CDK CLI validates at synthesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_on_synth: Option<bool>,
}

impl StackProperties {
    /// A stack of this template, with everything else left to the defaults.
    pub fn new(template_file: impl Into<String>) -> Self {
        Self { template_file: template_file.into(), ..Self::default() }
    }
}

/// A role of the bootstrap stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its ARN, placeholders allowed.
    pub arn: String,
    /// The external id it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_external_id: Option<String>,
    /// The bootstrap version that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_bootstrap_stack_version: Option<u32>,
    /// The SSM parameter that holds the bootstrap version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_stack_version_ssm_parameter: Option<String>,
}

/// The properties of an asset-manifest artifact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetManifestProperties {
    /// The file, relative to the assembly.
    pub file: String,
    /// The bootstrap version the assets need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_bootstrap_stack_version: Option<u32>,
    /// The SSM parameter that holds the bootstrap version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_stack_version_ssm_parameter: Option<String>,
}

/// The properties of a tree artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeProperties {
    /// The file, relative to the assembly.
    pub file: String,
}

/// The properties of an assembly inside the assembly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedAssemblyProperties {
    /// The folder, relative to the outer assembly.
    pub directory_name: String,
    /// The name people use: the construct path of the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// One thing synthesis had to say about a construct.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetadataEntry {
    /// What kind of thing, see the constants.
    #[serde(rename = "type")]
    pub kind: String,
    /// The thing itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Where in the user's code, innermost first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<String>>,
}

impl MetadataEntry {
    /// Something worth knowing.
    pub const INFO: &str = "aws:cdk:info";
    /// Something that is probably wrong.
    pub const WARNING: &str = "aws:cdk:warning";
    /// Something that must not be deployed.
    pub const ERROR: &str = "aws:cdk:error";
    /// The logical id of the construct at this path.
    pub const LOGICAL_ID: &str = "aws:cdk:logicalId";
    /// Something Purlin set on the user's behalf: a [`Patch`].
    pub const PATCH: &str = "purlin:patch";
    /// A property that the user does not want held against AWS's schema, by its path; empty for the whole resource.
    pub const UNCHECKED: &str = "purlin:unchecked";

    /// An entry of any kind.
    pub fn new(kind: impl Into<String>, data: impl Into<Value>) -> Self {
        Self { kind: kind.into(), data: Some(data.into()), trace: None }
    }

    /// An automatic patch.
    pub fn patch(name: &str, what: &str, why: &str) -> Self {
        Self::new(Self::PATCH, serde_json::json!({ "name": name, "what": what, "why": why }))
    }

    /// The same entry with the place in the user's code, such as `src/main.rs:12:9`.
    pub fn at(mut self, frame: impl Into<String>) -> Self {
        self.trace.get_or_insert_default().push(frame.into());
        self
    }

    /// How serious the entry is, when it is a message.
    pub fn level(&self) -> Option<Level> {
        match self.kind.as_str() {
            Self::INFO => Some(Level::Info),
            Self::WARNING => Some(Level::Warning),
            Self::ERROR => Some(Level::Error),
            _ => None,
        }
    }
}

/// The innermost frame of the user's own code: the CDK's traces begin in its library, which it leaves out as `...`.
pub fn own_frame(frames: &[String]) -> Option<&str> {
    let is_own = |frame: &&String| {
        !frame.starts_with("...") && !frame.contains("node_modules") && !frame.contains("node:internal")
    };
    frames.iter().find(is_own).or(frames.first()).map(String::as_str)
}

/// How serious a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something worth knowing.
    Info,
    /// Something that is probably wrong.
    Warning,
    /// Something that must not be deployed.
    Error,
}

/// Something that synthesis set on the user's behalf, so that the stack works on AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The name it is turned off by.
    pub name: String,
    /// The construct, without the slash in front.
    pub path: String,
    /// What was set.
    pub what: String,
    /// Why AWS needs it.
    pub why: String,
}

impl Patch {
    /// A title, and a line for each patch in columns: name, construct, what was set. With `has_reasons`, another line
    /// says why. `paint` is for the title and the names. Nothing without patches.
    pub fn lines(patches: &[&Self], has_reasons: bool, paint: impl Fn(&str) -> String) -> Vec<String> {
        if patches.is_empty() {
            return Vec::new();
        }
        let reasons = if has_reasons { "" } else { "; `synth --verbose` shows the reasons" };
        let title = format!("patched automatically (`without_patch(\"NAME\")` on a scope turns one off{reasons}):");
        let width =
            |text: fn(&Self) -> &str| patches.iter().map(|it| text(it).chars().count()).max().unwrap_or_default();
        let (name_width, path_width) = (width(|it| &it.name), width(|it| &it.path));
        let mut lines = vec![paint(&title)];
        for it in patches {
            let name = paint(&format!("{:name_width$}", it.name));
            lines.push(format!("  {name}  {:path_width$}  {}", it.path, it.what));
            lines.extend(has_reasons.then(|| format!("      {}", it.why)));
        }
        lines
    }
}
