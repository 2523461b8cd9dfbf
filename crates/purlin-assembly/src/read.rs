//! Reads an assembly from disk: its stacks in the order they deploy, stages included.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{
    Artifact, AssemblyError, AssetManifest, AssetManifestProperties, CloudAssembly, Environment, Level, MANIFEST_FILE,
    Manifest, MetadataEntry, Patch, StackProperties, place,
};

/// An assembly on disk.
#[derive(Clone, Debug)]
pub struct Assembly {
    directory: PathBuf,
    manifest: Manifest,
    stacks: Vec<Stack>,
}

impl Assembly {
    /// Reads the assembly in a folder, with the assemblies inside it.
    pub fn read(directory: impl Into<PathBuf>) -> Result<Self, AssemblyError> {
        let directory = directory.into();
        let manifest = manifest(&directory)?;
        Self::of(directory, manifest, None)
    }

    /// The assembly that is to be written to a folder. Its files cannot be read yet.
    pub fn of_unwritten(assembly: &CloudAssembly, directory: impl Into<PathBuf>) -> Result<Self, AssemblyError> {
        Self::of(directory.into(), assembly.manifest.clone(), Some(assembly))
    }

    fn of(directory: PathBuf, manifest: Manifest, memory: Option<&CloudAssembly>) -> Result<Self, AssemblyError> {
        let mut stacks = Vec::new();
        let outer = &BTreeSet::new();
        Reader { directory: &directory, artifacts: &manifest.artifacts, outer, memory }.read(&mut stacks)?;
        Ok(Self { directory, manifest, stacks })
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
    id: String,
    display_name: String,
    environment: Environment,
    directory: PathBuf,
    properties: StackProperties,
    metadata: BTreeMap<String, Vec<MetadataEntry>>,
    assets: Vec<AssetManifestProperties>,
    /// Indices into the assembly's stacks, those of transitive dependencies too.
    pub(crate) upstream: BTreeSet<usize>,
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

    /// The template, as it is on disk.
    pub fn template(&self) -> Result<String, AssemblyError> {
        let path = self.template_path();
        let text = place::read(&path).and_then(|text| {
            String::from_utf8(text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
        });
        text.map_err(AssemblyError::read(path))
    }

    /// What has to be published before the stack can be deployed.
    pub fn assets(&self) -> Result<Vec<StackAssets>, AssemblyError> {
        let read = |properties: &AssetManifestProperties| {
            let path = self.directory.join(&properties.file);
            Ok(StackAssets {
                manifest: json(&path)?,
                directory: path.parent().unwrap_or(&self.directory).to_owned(),
                properties: properties.clone(),
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

struct Reader<'a> {
    directory: &'a Path,
    artifacts: &'a BTreeMap<String, Artifact>,
    /// What the assembly as a whole comes after.
    outer: &'a BTreeSet<usize>,
    /// The assembly, if it is not in the folder yet.
    memory: Option<&'a CloudAssembly>,
}

/// What an artifact means to those that depend on it: its stacks and everything before them.
#[derive(Clone, Default)]
struct Done {
    stacks: BTreeSet<usize>,
    assets: Option<AssetManifestProperties>,
}

impl Reader<'_> {
    fn read(&self, stacks: &mut Vec<Stack>) -> Result<(), AssemblyError> {
        let mut done = BTreeMap::new();
        for id in self.artifacts.keys() {
            self.visit(id, &mut Vec::new(), &mut done, stacks)?;
        }
        Ok(())
    }

    fn visit(
        &self,
        id: &str,
        around: &mut Vec<String>,
        done: &mut BTreeMap<String, Done>,
        stacks: &mut Vec<Stack>,
    ) -> Result<(), AssemblyError> {
        if done.contains_key(id) {
            return Ok(());
        }
        around.push(id.to_owned());
        if let Some(start) = around[..around.len() - 1].iter().position(|other| other == id) {
            return Err(AssemblyError::DependencyCycle { artifacts: around.split_off(start) });
        }
        let artifact = &self.artifacts[id];
        let mut upstream = self.outer.clone();
        let mut assets = Vec::new();
        for dependency in &artifact.dependencies {
            if !self.artifacts.contains_key(dependency) {
                return Err(AssemblyError::DanglingDependency {
                    artifact: id.to_owned(),
                    dependency: dependency.clone(),
                });
            }
            self.visit(dependency, around, done, stacks)?;
            upstream.extend(&done[dependency].stacks);
            assets.extend(done[dependency].assets.clone());
        }
        let result = self.artifact(id, artifact, upstream, assets, stacks)?;
        done.insert(id.to_owned(), result);
        around.pop();
        Ok(())
    }

    fn artifact(
        &self,
        id: &str,
        artifact: &Artifact,
        upstream: BTreeSet<usize>,
        assets: Vec<AssetManifestProperties>,
        stacks: &mut Vec<Stack>,
    ) -> Result<Done, AssemblyError> {
        let mut done = Done { stacks: upstream.clone(), assets: None };
        if let Some(properties) = artifact.stack(id) {
            let stack = self.stack(id, artifact, properties?, upstream, assets)?;
            done.stacks.insert(stacks.len());
            stacks.push(stack);
        } else if let Some(properties) = artifact.assets(id) {
            done.assets = Some(properties?);
        } else if let Some(properties) = artifact.assembly(id) {
            let name = properties?.directory_name;
            let directory = self.directory.join(&name);
            let memory = self.memory.and_then(|memory| memory.nested().find(|(path, _)| *path == Path::new(&name)));
            let memory = memory.map(|(_, assembly)| assembly);
            let manifest = memory.map_or_else(|| manifest(&directory), |memory| Ok(memory.manifest.clone()))?;
            let first = stacks.len();
            Reader { directory: &directory, artifacts: &manifest.artifacts, outer: &upstream, memory }.read(stacks)?;
            done.stacks.extend(first..stacks.len());
        }
        Ok(done)
    }

    fn stack(
        &self,
        id: &str,
        artifact: &Artifact,
        properties: StackProperties,
        upstream: BTreeSet<usize>,
        assets: Vec<AssetManifestProperties>,
    ) -> Result<Stack, AssemblyError> {
        let environment = artifact
            .environment
            .as_deref()
            .ok_or_else(|| AssemblyError::MissingEnvironment { artifact: id.to_owned() })?;
        let mut metadata = artifact.metadata.clone();
        if let Some(file) = &artifact.additional_metadata_file {
            let more: BTreeMap<String, Vec<MetadataEntry>> = json(&self.directory.join(file))?;
            for (path, entries) in more {
                metadata.entry(path).or_default().extend(entries);
            }
        }
        Ok(Stack {
            id: id.to_owned(),
            display_name: artifact.display_name.clone().unwrap_or_else(|| id.to_owned()),
            environment: environment.parse()?,
            directory: self.directory.to_owned(),
            properties,
            metadata,
            assets,
            upstream,
        })
    }
}

fn manifest(directory: &Path) -> Result<Manifest, AssemblyError> {
    json(&directory.join(MANIFEST_FILE)).map_err(|error| match error {
        AssemblyError::Read { source, .. } if source.kind() == ErrorKind::NotFound => {
            AssemblyError::NotFound { directory: directory.to_owned() }
        }
        error => error,
    })
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, AssemblyError> {
    let text = place::read(path).map_err(AssemblyError::read(path))?;
    serde_json::from_slice(&text).map_err(|source| AssemblyError::Json { path: path.to_owned(), source })
}
