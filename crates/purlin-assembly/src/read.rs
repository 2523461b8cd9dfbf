//! Reads an assembly from disk: its stacks in the order they deploy, stages included.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use crate::file::{json, text};
use crate::graph::Graph;
use crate::load::{Loader, check_version};
use crate::pin::{Pinned, Stamp, inside};
use crate::{
    AssemblyError, AssetManifest, AssetManifestProperties, CloudAssembly, Environment, Level, Manifest, MetadataEntry,
    Patch, StackProperties,
};

/// An assembly on disk.
#[derive(Clone, Debug)]
pub struct Assembly {
    directory: PathBuf,
    manifest: Manifest,
    stacks: Vec<Stack>,
    pub(crate) graph: Graph,
    /// The manifests as they were when they were read.
    pub(crate) manifests: Vec<(PathBuf, Stamp)>,
}

impl Assembly {
    /// Reads the assembly in a folder, with the assemblies inside it. A schema that is newer than the one this crate knows
    /// ([`LATEST_SCHEMA`](crate::LATEST_SCHEMA)) is an error, as in the CDK: a field of it may be the one that protects.
    pub fn read(directory: impl Into<PathBuf>) -> Result<Self, AssemblyError> {
        let directory = directory.into();
        let mut loader = Loader::of(&directory);
        let manifest = loader.manifest(&directory)?;
        loader.outermost(&manifest, None)?;
        Ok(Self::of(directory, manifest, loader))
    }

    /// The assembly that is to be written to a folder. Its files cannot be read yet.
    pub fn of_unwritten(assembly: &CloudAssembly, directory: impl Into<PathBuf>) -> Result<Self, AssemblyError> {
        let (directory, manifest) = (directory.into(), assembly.manifest.clone());
        let mut loader = Loader::of(&directory);
        loader.outermost(&manifest, Some(assembly))?;
        Ok(Self::of(directory, manifest, loader))
    }

    fn of(directory: PathBuf, manifest: Manifest, loader: Loader) -> Self {
        Self { directory, manifest, stacks: loader.stacks, graph: loader.graph, manifests: loader.manifests }
    }

    /// The names and regions of all stacks.
    pub fn named_stacks(&self) -> Vec<NamedStack> {
        let named = |stack: &Stack| NamedStack {
            id: stack.id.clone(),
            path: stack.display_name.clone(),
            name: stack.name().to_owned(),
            region: stack.environment.region.clone(),
        };
        self.stacks.iter().map(named).collect()
    }

    /// The folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The outermost manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All stacks, each after those it depends on.
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }
}

/// A stack of an assembly on disk.
#[derive(Clone, Debug)]
pub struct Stack {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) environment: Environment,
    pub(crate) directory: PathBuf,
    pub(crate) properties: StackProperties,
    pub(crate) metadata: BTreeMap<String, Vec<MetadataEntry>>,
    pub(crate) assets: Vec<AssetManifestProperties>,
    /// Its place in the graph of its assembly.
    pub(crate) node: usize,
    /// The folder of the outermost assembly, which no path leaves.
    pub(crate) root: PathBuf,
    pub(crate) pinned: Arc<OnceLock<Pinned>>,
}

/// What a stack is called, and its region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedStack {
    /// The artifact's id.
    pub id: String,
    /// The construct path.
    pub path: String,
    /// The name in CloudFormation.
    pub name: String,
    /// The region, unless the configuration decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl NamedStack {
    /// Whether it is called so.
    pub fn is_named(&self, name: &str) -> bool {
        [&self.id, &self.path, &self.name].contains(&&name.to_owned())
    }
}

/// An asset manifest of a stack, with the file its paths are relative to.
#[derive(Clone, Debug)]
pub struct StackAssets {
    /// What to publish.
    pub manifest: AssetManifest,
    /// The folder that paths are relative to.
    pub directory: PathBuf,
    /// What the artifact said besides.
    pub properties: AssetManifestProperties,
    /// The folder of the outermost assembly.
    pub(crate) root: PathBuf,
    /// Files and folders as they were when the assembly was pinned.
    pub(crate) stamps: BTreeMap<PathBuf, Stamp>,
}

/// Something synthesis had to say about a construct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How serious it is.
    pub level: Level,
    /// The construct, without the slash in front.
    pub path: String,
    /// What was said.
    pub text: String,
    /// Where in the user's code, innermost first.
    pub trace: Vec<String>,
}

impl Stack {
    /// The artifact's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name in CloudFormation.
    pub fn name(&self) -> &str {
        self.properties.stack_name.as_deref().unwrap_or(&self.id)
    }

    /// The name people use: the construct path.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// Where the stack goes.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Everything else the manifest says.
    pub fn properties(&self) -> &StackProperties {
        &self.properties
    }

    /// Where the template is.
    pub fn template_path(&self) -> PathBuf {
        self.directory.join(&self.properties.template_file)
    }

    /// The template, as it is on disk, or as it was when the assembly was [pinned](Assembly::pin).
    pub fn template(&self) -> Result<String, AssemblyError> {
        if let Some(pinned) = self.pinned.get() {
            return Ok(pinned.template.clone());
        }
        let path = inside(&self.root, &self.directory, &self.properties.template_file)?;
        text(&path).map_err(AssemblyError::read(path))
    }

    /// What has to be published before the stack can be deployed.
    pub fn assets(&self) -> Result<Vec<StackAssets>, AssemblyError> {
        if let Some(pinned) = self.pinned.get() {
            return Ok(pinned.assets.clone());
        }
        let read = |properties: &AssetManifestProperties| {
            let path = inside(&self.root, &self.directory, &properties.file)?;
            let manifest: AssetManifest = json(&path)?;
            check_version(&path, &manifest.version, None)?;
            Ok(StackAssets {
                manifest,
                directory: path.parent().unwrap_or(&self.directory).to_owned(),
                properties: properties.clone(),
                root: self.root.clone(),
                stamps: BTreeMap::new(),
            })
        };
        self.assets.iter().map(read).collect()
    }

    /// Metadata by construct path, with a slash in front.
    pub fn metadata(&self) -> &BTreeMap<String, Vec<MetadataEntry>> {
        &self.metadata
    }

    /// What synthesis set on the user's behalf.
    pub fn patches(&self) -> Vec<Patch> {
        let patch = |path: &str, entry: &MetadataEntry| {
            let data = entry.data.as_ref().filter(|_| entry.kind == MetadataEntry::PATCH)?;
            let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
            Some(Patch { name: text("name"), path: path.to_owned(), what: text("what"), why: text("why") })
        };
        self.entries().filter_map(|(path, entry)| patch(path, entry)).collect()
    }

    /// Warnings, errors and notes.
    pub fn messages(&self) -> Vec<Message> {
        let message = |path: &str, entry: &MetadataEntry| {
            let text = match entry.data.as_ref()? {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some(Message {
                level: entry.level()?,
                path: path.to_owned(),
                text,
                trace: entry.trace.clone().unwrap_or_default(),
            })
        };
        self.entries().filter_map(|(path, entry)| message(path, entry)).collect()
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &MetadataEntry)> {
        self.metadata.iter().flat_map(|(path, entries)| {
            let path = path.strip_prefix('/').unwrap_or(path);
            entries.iter().map(move |entry| (path, entry))
        })
    }
}
