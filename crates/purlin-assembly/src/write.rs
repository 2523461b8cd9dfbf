//! An assembly in memory, and how it becomes files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use crate::place::{self, Content, Place};
use crate::{Artifact, AssemblyError, MANIFEST_FILE, MARKER_FILE, Manifest, NestedAssemblyProperties, copy, json};

/// An assembly in memory, on its way to disk.
#[derive(Clone, Debug, Default)]
pub struct CloudAssembly {
    /// What the assembly says it holds.
    pub manifest: Manifest,
    files: BTreeMap<PathBuf, Vec<u8>>,
    copies: BTreeMap<PathBuf, Source>,
    nested: BTreeMap<PathBuf, CloudAssembly>,
}

/// What is copied into an assembly.
#[derive(Clone, Debug)]
struct Source {
    path: PathBuf,
    /// These of a folder's files; the whole folder unless given.
    files: Option<Vec<String>>,
}

impl CloudAssembly {
    /// An assembly with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an artifact, in place of an earlier one of that id.
    pub fn artifact(&mut self, id: impl Into<String>, artifact: Artifact) -> &mut Self {
        self.manifest.artifacts.insert(id.into(), artifact);
        self
    }

    /// Adds a file with this content.
    pub fn file(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> &mut Self {
        self.files.insert(path.into(), content.into());
        self
    }

    /// Adds a file with this value as JSON.
    pub fn json(&mut self, path: impl Into<PathBuf>, value: &impl Serialize) -> &mut Self {
        self.file(path, json::to_json(value))
    }

    /// Adds a copy of a file or folder; it is read when the assembly is written.
    pub fn copy(&mut self, source: impl Into<PathBuf>, path: impl Into<PathBuf>) -> &mut Self {
        self.copies.insert(path.into(), Source { path: source.into(), files: None });
        self
    }

    /// Adds a copy of some files of a folder, by their paths relative to it; they are read when the assembly is written.
    pub fn copy_files(
        &mut self,
        source: impl Into<PathBuf>,
        files: impl IntoIterator<Item = String>,
        path: impl Into<PathBuf>,
    ) -> &mut Self {
        let files = Some(files.into_iter().collect());
        self.copies.insert(path.into(), Source { path: source.into(), files });
        self
    }

    /// Adds an assembly in a folder of its own, with the artifact that says so.
    pub fn nest(
        &mut self,
        id: impl Into<String>,
        properties: &NestedAssemblyProperties,
        assembly: CloudAssembly,
    ) -> &mut Self {
        self.nested.insert(PathBuf::from(&properties.directory_name), assembly);
        self.artifact(id, Artifact::of_assembly(properties))
    }

    /// The files added so far, by path.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        self.files.iter().map(|(path, content)| (path.as_path(), content.as_slice()))
    }

    /// The copies added so far: source, and path in the assembly.
    pub fn copies(&self) -> impl Iterator<Item = (&Path, &Path)> {
        self.copies.iter().map(|(path, source)| (source.path.as_path(), path.as_path()))
    }

    /// The assemblies inside this one, by folder.
    pub fn nested(&self) -> impl Iterator<Item = (&Path, &CloudAssembly)> {
        self.nested.iter().map(|(path, assembly)| (path.as_path(), assembly))
    }

    /// Writes the assembly to a folder, in place of the assembly that is there. A folder that holds
    /// anything else is left alone. Assets that are there already, by the hash in their names, are not copied again.
    pub fn write(&self, directory: &Path) -> Result<(), AssemblyError> {
        let place = Place::of(directory)?;
        place.replace(&Writing { assembly: self, skip: place.path() })
    }
}

/// An assembly that is being written.
struct Writing<'a> {
    assembly: &'a CloudAssembly,
    /// The place where it will be, which is not copied into itself.
    skip: &'a Path,
}

impl Content for Writing<'_> {
    fn fill(&self, folder: &Path, now: Option<&Path>) -> Result<Vec<PathBuf>, AssemblyError> {
        let mut taken = Vec::new();
        self.fill_with(self.assembly, folder, Path::new(""), now, &mut taken)?;
        Ok(taken)
    }

    fn add(&self, folder: &Path, asset: &Path) -> Result<(), AssemblyError> {
        let (mut assembly, mut rest) = (self.assembly, asset);
        while let Some((outer, inner)) = assembly.nested().find(|(path, _)| rest.starts_with(path)) {
            rest = rest.strip_prefix(outer).expect("it starts with it");
            assembly = inner;
        }
        self.copy(&assembly.copies[rest], &folder.join(asset))
    }
}

impl Writing<'_> {
    fn fill_with(
        &self,
        assembly: &CloudAssembly,
        folder: &Path,
        prefix: &Path,
        now: Option<&Path>,
        taken: &mut Vec<PathBuf>,
    ) -> Result<(), AssemblyError> {
        fs::create_dir_all(folder).map_err(AssemblyError::write(folder))?;
        for (path, source) in &assembly.copies {
            let (destination, relative) = (inside(folder, path)?, prefix.join(path));
            if is_hashed(path) && now.is_some_and(|now| now.join(&relative).exists()) {
                taken.push(relative);
            } else {
                self.copy(source, &destination)?;
            }
        }
        for (path, content) in &assembly.files {
            put(&inside(folder, path)?, content)?;
        }
        for (path, nested) in &assembly.nested {
            self.fill_with(nested, &inside(folder, path)?, &prefix.join(path), now, taken)?;
        }
        put(&folder.join(MANIFEST_FILE), &json::to_json(&assembly.manifest))?;
        let marker = serde_json::json!({ "version": assembly.manifest.version });
        put(&folder.join(MARKER_FILE), marker.to_string().as_bytes())
    }

    fn copy(&self, source: &Source, destination: &Path) -> Result<(), AssemblyError> {
        match &source.files {
            Some(files) => copy::copy_files(&source.path, files, destination),
            None => copy::copy(&source.path, destination, self.skip),
        }
    }
}

/// Whether a name has the hash of the content: `asset.` and the 64 digits of SHA-256.
fn is_hashed(path: &Path) -> bool {
    let hash = path.to_str().and_then(|name| name.strip_prefix("asset.")).and_then(|rest| rest.get(..64));
    hash.is_some_and(|hash| hash.bytes().all(|it| it.is_ascii_hexdigit()))
}

/// Whether a folder is an assembly, also an unfinished one. Folders of users are packed without it: the output of one
/// synthesis would otherwise be part of the next.
pub fn is_assembly(folder: &Path) -> bool {
    folder.file_name().and_then(|name| name.to_str()).is_some_and(place::is_work)
        || folder.join(MARKER_FILE).is_file() && folder.join(MANIFEST_FILE).is_file()
}

fn inside(folder: &Path, path: &Path) -> Result<PathBuf, AssemblyError> {
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.as_os_str().is_empty() {
        return Err(AssemblyError::OutsideAssembly { path: path.to_owned() });
    }
    Ok(folder.join(path))
}

fn put(path: &Path, content: &[u8]) -> Result<(), AssemblyError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(AssemblyError::write(parent))?;
    }
    fs::write(path, content).map_err(AssemblyError::write(path))
}
