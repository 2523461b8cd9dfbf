//! Writes an assembly: complete beside its place first, then swapped in, so that a reader sees the
//! old one or the new one and an interrupted run destroys nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process;

use serde::Serialize;

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
    /// anything else is left alone.
    pub fn write(&self, directory: &Path) -> Result<(), AssemblyError> {
        let target = Target::of(directory)?;
        let written = self.fill(&target.fresh, &target).and_then(|()| target.swap());
        if written.is_err() {
            let _ = fs::remove_dir_all(&target.fresh);
        }
        written
    }

    fn fill(&self, folder: &Path, target: &Target) -> Result<(), AssemblyError> {
        fs::create_dir_all(folder).map_err(AssemblyError::write(folder))?;
        for (path, source) in &self.copies {
            let skip = [target.place.as_path(), target.fresh.as_path()];
            let destination = inside(folder, path)?;
            match &source.files {
                Some(files) => copy::copy_files(&source.path, files, &destination)?,
                None => copy::copy(&source.path, &destination, &skip)?,
            }
        }
        for (path, content) in &self.files {
            put(&inside(folder, path)?, content)?;
        }
        for (path, assembly) in &self.nested {
            assembly.fill(&inside(folder, path)?, target)?;
        }
        put(&folder.join(MANIFEST_FILE), &json::to_json(&self.manifest))?;
        let marker = serde_json::json!({ "version": self.manifest.version });
        put(&folder.join(MARKER_FILE), marker.to_string().as_bytes())
    }
}

/// Where an assembly goes, and the neighbours it passes through.
struct Target {
    place: PathBuf,
    fresh: PathBuf,
    stale: PathBuf,
}

impl Target {
    fn of(directory: &Path) -> Result<Self, AssemblyError> {
        let absolute = std::path::absolute(directory).map_err(AssemblyError::write(directory))?;
        let refused = || AssemblyError::WouldReplace { directory: directory.to_owned() };
        let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Err(refused());
        };
        fs::create_dir_all(parent).map_err(AssemblyError::write(parent))?;
        let parent = fs::canonicalize(parent).map_err(AssemblyError::write(parent))?;
        let place = parent.join(name);
        if !is_replaceable(&place)? {
            return Err(refused());
        }
        let beside = |what: &str| {
            let name = name.to_string_lossy();
            parent.join(format!(".{name}.{}.{what}", process::id()))
        };
        Ok(Self { fresh: beside("new"), stale: beside("old"), place })
    }

    fn swap(&self) -> Result<(), AssemblyError> {
        let had_one = self.place.exists();
        for lock in entries(&self.place)?.iter().filter(|name| is_lock(name)) {
            // The CDK holds it while it runs the app, and looks for it afterwards.
            fs::copy(self.place.join(lock), self.fresh.join(lock)).map_err(AssemblyError::write(&self.fresh))?;
        }
        if had_one {
            fs::rename(&self.place, &self.stale).map_err(AssemblyError::write(&self.place))?;
        }
        if let Err(source) = fs::rename(&self.fresh, &self.place) {
            if had_one {
                let _ = fs::rename(&self.stale, &self.place);
            }
            return Err(AssemblyError::Write { path: self.place.clone(), source });
        }
        if had_one {
            fs::remove_dir_all(&self.stale).map_err(AssemblyError::write(&self.stale))?;
        }
        Ok(())
    }
}

/// Nothing, an empty folder (but for the CDK's locks), or an assembly.
fn is_replaceable(place: &Path) -> Result<bool, AssemblyError> {
    let Ok(kind) = fs::symlink_metadata(place) else {
        return Ok(true);
    };
    if !kind.is_dir() {
        return Ok(false);
    }
    let empty = entries(place)?.iter().all(|name| is_lock(name));
    Ok(empty || place.join(MARKER_FILE).is_file() || has_manifest(place))
}

/// The names in a folder; none where there is no folder.
fn entries(folder: &Path) -> Result<Vec<String>, AssemblyError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect()
    });
    names.map_err(AssemblyError::read(folder))
}

/// `cdk --app` makes the folder and locks it before it runs the app.
fn is_lock(name: &str) -> bool {
    name.strip_suffix(".lock").is_some_and(|what| what == "synth" || what.starts_with("read."))
}

/// Browsers' web apps have a `manifest.json` too, so the name alone is no proof.
fn has_manifest(place: &Path) -> bool {
    let Ok(text) = fs::read(place.join(MANIFEST_FILE)) else {
        return false;
    };
    let manifest: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    manifest.is_some_and(|it| it["version"].is_string() && it["artifacts"].is_object())
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
