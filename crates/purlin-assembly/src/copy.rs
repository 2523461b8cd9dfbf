//! Copies files and folders into an assembly. Links that stay inside the copied folder stay links;
//! links that leave it become what they point to, so that the assembly stands on its own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::AssemblyError;

/// Copies a file or a folder. Anything below `skip` is left out: an app may stage its own folder,
/// which holds the output that is being written.
pub(crate) fn copy(source: &Path, destination: &Path, skip: &[&Path]) -> Result<(), AssemblyError> {
    let root = fs::canonicalize(source).map_err(AssemblyError::read(source))?;
    if let Some(parent) = destination.parent() {
        fs::create_dir_all(parent).map_err(AssemblyError::write(parent))?;
    }
    let copy = Copy { root: root.clone(), skip };
    copy.entry(&root, destination, &mut Vec::new())
}

/// Copies these files of a folder, by their paths relative to it, and nothing else.
pub(crate) fn copy_files(source: &Path, files: &[String], destination: &Path) -> Result<(), AssemblyError> {
    let root = fs::canonicalize(source).map_err(AssemblyError::read(source))?;
    fs::create_dir_all(destination).map_err(AssemblyError::write(destination))?;
    let copy = Copy { root: root.clone(), skip: &[] };
    for file in files {
        let (from, to) = (root.join(file), destination.join(file));
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(AssemblyError::write(parent))?;
        }
        match copy.inner_link(&from) {
            Some(target) => link(&target, &from, &to)?,
            None => copy.entry(&from, &to, &mut Vec::new())?,
        }
    }
    Ok(())
}

struct Copy<'a> {
    root: PathBuf,
    skip: &'a [&'a Path],
}

impl Copy<'_> {
    fn entry(&self, source: &Path, destination: &Path, around: &mut Vec<PathBuf>) -> Result<(), AssemblyError> {
        let kind = fs::metadata(source).map_err(AssemblyError::read(source))?;
        if !kind.is_dir() {
            fs::copy(source, destination).map_err(AssemblyError::write(destination))?;
            return Ok(());
        }
        let real = fs::canonicalize(source).map_err(AssemblyError::read(source))?;
        if self.skip.contains(&real.as_path()) {
            return Ok(());
        }
        if around.contains(&real) {
            return Err(AssemblyError::LinkCycle { path: source.to_owned() });
        }
        around.push(real);
        fs::create_dir_all(destination).map_err(AssemblyError::write(destination))?;
        for child in children(source)? {
            let name = child.file_name().expect("a listed entry has a name");
            let destination = destination.join(name);
            match self.inner_link(&child) {
                Some(target) => link(&target, &child, &destination)?,
                None => self.entry(&child, &destination, around)?,
            }
        }
        around.pop();
        Ok(())
    }

    /// The target of a relative link that stays inside the copied folder.
    fn inner_link(&self, path: &Path) -> Option<PathBuf> {
        let target = fs::read_link(path).ok()?;
        let real = fs::canonicalize(path).ok()?;
        (cfg!(unix) && target.is_relative() && real.starts_with(&self.root)).then_some(target)
    }
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, AssemblyError> {
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .map_err(AssemblyError::read(folder))?;
    paths.sort();
    Ok(paths)
}

#[cfg(unix)]
fn link(target: &Path, _source: &Path, destination: &Path) -> Result<(), AssemblyError> {
    std::os::unix::fs::symlink(target, destination).map_err(AssemblyError::write(destination))
}

#[cfg(not(unix))]
fn link(_target: &Path, source: &Path, destination: &Path) -> Result<(), AssemblyError> {
    fs::copy(source, destination).map_err(AssemblyError::write(destination))?;
    Ok(())
}
