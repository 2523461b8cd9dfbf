//! Loads the manifests of an assembly and its stages into stacks and their graph. An assembly can come from anywhere, so
//! nothing here goes as deep as it wants to: chains are walked with a list, and no folder is read twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::file::json;
use crate::graph::Graph;
use crate::pin::{Stamp, inside};
use crate::{
    Artifact, AssemblyError, AssetManifestProperties, CloudAssembly, LATEST_SCHEMA, MANIFEST_FILE, Manifest,
    MetadataEntry, Stack, StackProperties,
};

/// How deep stages are inside each other.
const DEEPEST: usize = 64;

/// The newest major version of the CDK's CLI that an assembly may ask for.
const CLI: u64 = 2;

/// What was loaded so far.
pub(crate) struct Loader {
    pub(crate) stacks: Vec<Stack>,
    pub(crate) graph: Graph,
    pub(crate) manifests: Vec<(PathBuf, Stamp)>,
    folders: BTreeSet<PathBuf>,
    /// The folder of the outermost assembly.
    root: PathBuf,
}

/// One manifest, and what its artifacts come after as a whole.
struct Place<'a> {
    directory: &'a Path,
    artifacts: &'a BTreeMap<String, Artifact>,
    outer: Option<usize>,
    /// The assembly, if it is not in the folder yet.
    memory: Option<&'a CloudAssembly>,
    depth: usize,
}

impl Loader {
    pub(crate) fn of(root: &Path) -> Self {
        Self {
            stacks: Vec::new(),
            graph: Graph::default(),
            manifests: Vec::new(),
            folders: BTreeSet::new(),
            root: root.to_owned(),
        }
    }

    pub(crate) fn outermost(
        &mut self,
        manifest: &Manifest,
        memory: Option<&CloudAssembly>,
    ) -> Result<(), AssemblyError> {
        let directory = &self.root.clone();
        self.artifacts(&Place { directory, artifacts: &manifest.artifacts, outer: None, memory, depth: 0 }).map(drop)
    }

    pub(crate) fn manifest(&mut self, directory: &Path) -> Result<Manifest, AssemblyError> {
        let path = directory.join(MANIFEST_FILE);
        // Before it is read, so that a change while it is read is a difference.
        let stamp = Stamp::of(&path);
        let manifest: Manifest = json(&path).map_err(|error| match error {
            AssemblyError::Read { source, .. } if source.kind() == ErrorKind::NotFound => {
                AssemblyError::NotFound { directory: directory.to_owned() }
            }
            error => error,
        })?;
        if !self.folders.insert(fs::canonicalize(directory).map_err(AssemblyError::read(directory))?) {
            return Err(AssemblyError::Repeated { directory: directory.to_owned() });
        }
        check_version(&path, &manifest.version, manifest.minimum_cli_version.as_deref())?;
        self.manifests.extend(stamp.ok().map(|stamp| (path, stamp)));
        Ok(manifest)
    }

    /// Adds the artifacts, each after its dependencies, and returns their nodes.
    fn artifacts(&mut self, place: &Place<'_>) -> Result<Vec<usize>, AssemblyError> {
        let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
        for id in place.artifacts.keys() {
            // The artifacts from the first to the current one, each with the number of dependencies that are done.
            let mut around: Vec<(&str, usize)> = Vec::new();
            let mut is_open: BTreeSet<&str> = BTreeSet::new();
            let mut next = Some(id.as_str()).filter(|id| !nodes.contains_key(id));
            loop {
                if let Some(id) = next.take() {
                    around.push((id, 0));
                    if !is_open.insert(id) {
                        let start = around.iter().position(|(other, _)| *other == id).unwrap_or_default();
                        let artifacts = around[start..].iter().map(|(id, _)| (*id).to_owned()).collect();
                        return Err(AssemblyError::DependencyCycle { artifacts });
                    }
                }
                let Some((id, done)) = around.last_mut() else { break };
                let artifact = &place.artifacts[*id];
                if let Some(dependency) = artifact.dependencies.get(*done) {
                    *done += 1;
                    if !place.artifacts.contains_key(dependency) {
                        let (artifact, dependency) = ((*id).to_owned(), dependency.clone());
                        return Err(AssemblyError::DanglingDependency { artifact, dependency });
                    }
                    next = Some(dependency.as_str()).filter(|id| !nodes.contains_key(id));
                    continue;
                }
                let id = *id;
                let needs = artifact.dependencies.iter().map(|it| nodes[it.as_str()]).chain(place.outer).collect();
                nodes.insert(id, self.artifact(place, id, artifact, needs)?);
                is_open.remove(id);
                around.pop();
            }
        }
        Ok(nodes.into_values().collect())
    }

    fn artifact(
        &mut self,
        place: &Place<'_>,
        id: &str,
        artifact: &Artifact,
        needs: Vec<usize>,
    ) -> Result<usize, AssemblyError> {
        let node = self.graph.add(needs);
        if let Some(properties) = artifact.stack(id) {
            let stack = stack(&self.root, place, id, artifact, properties?, node)?;
            self.stacks.push(stack);
        } else if let Some(properties) = artifact.assembly(id) {
            let name = properties?.directory_name;
            let directory = inside(&self.root, place.directory, &name)?;
            if place.depth == DEEPEST {
                return Err(AssemblyError::TooDeep { directory, deepest: DEEPEST });
            }
            let memory = place.memory.and_then(|memory| memory.nested().find(|(path, _)| *path == Path::new(&name)));
            let memory = memory.map(|(_, assembly)| assembly);
            let manifest = memory.map_or_else(|| self.manifest(&directory), |memory| Ok(memory.manifest.clone()))?;
            let (outer, depth) = (Some(node), place.depth + 1);
            let inner = Place { directory: &directory, artifacts: &manifest.artifacts, outer, memory, depth };
            let mut all = self.artifacts(&inner)?;
            all.push(node);
            return Ok(self.graph.add(all));
        }
        Ok(node)
    }
}

fn stack(
    root: &Path,
    place: &Place<'_>,
    id: &str,
    artifact: &Artifact,
    properties: StackProperties,
    node: usize,
) -> Result<Stack, AssemblyError> {
    let environment =
        artifact.environment.as_deref().ok_or_else(|| AssemblyError::MissingEnvironment { artifact: id.to_owned() })?;
    let mut metadata = artifact.metadata.clone();
    if let Some(file) = &artifact.additional_metadata_file {
        let more: BTreeMap<String, Vec<MetadataEntry>> = json(&inside(root, place.directory, file)?)?;
        for (path, entries) in more {
            metadata.entry(path).or_default().extend(entries);
        }
    }
    let assets = artifact.dependencies.iter().filter_map(|it| place.artifacts[it].assets(it));
    Ok(Stack {
        id: id.to_owned(),
        display_name: artifact.display_name.clone().unwrap_or_else(|| id.to_owned()),
        environment: environment.parse()?,
        directory: place.directory.to_owned(),
        properties,
        metadata,
        assets: assets.collect::<Result<Vec<AssetManifestProperties>, _>>()?,
        node,
        root: root.to_owned(),
        pinned: Arc::default(),
    })
}

/// The CDK's rule: major versions up to the known one are read, whatever their minor version.
pub(crate) fn check_version(path: &Path, schema: &str, cli: Option<&str>) -> Result<(), AssemblyError> {
    let is_newer = |version: &str, known: u64| major(version).is_none_or(|major| major > known);
    let (what, found, known) = match cli {
        _ if is_newer(schema, LATEST_SCHEMA) => ("version", schema, LATEST_SCHEMA),
        Some(cli) if is_newer(cli, CLI) => ("minimumCliVersion", cli, CLI),
        _ => return Ok(()),
    };
    Err(AssemblyError::Version { path: path.to_owned(), what, found: found.to_owned(), known })
}

/// The first number of a semantic version.
fn major(version: &str) -> Option<u64> {
    let mut numbers =
        version.trim_start_matches(['v', '=']).split(['-', '+']).next()?.split('.').map(str::parse::<u64>);
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(_)), Some(Ok(_)), None) => Some(major),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn a_version_has_three_numbers() {
        let cases = [
            ("55.0.0", Some(55)),
            ("v2.1148.2", Some(2)),
            ("36.0.0-rc.1+build", Some(36)),
            ("0.0.0", Some(0)),
            ("55", None),
            ("55.0", None),
            ("1.2.3.4", None),
            ("banana", None),
            ("", None),
            ("-1.0.0", None),
            ("18446744073709551616.0.0", None),
        ];
        for (version, expected) in cases {
            assert_eq!(major(version), expected, "{version}");
        }
    }
}
