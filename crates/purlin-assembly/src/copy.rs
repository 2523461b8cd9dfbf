//! Copies files and folders into an assembly. Links that stay inside the copied folder stay links; links that leave it
//! become what they point to, so that the assembly stands on its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::folder::{self, Entry, EntryKind, Links};
use crate::{AssemblyError, is_assembly};

/// Copies a file or a folder. Assemblies inside it are left out: an app may stage its own folder, which holds the output
/// that is being written. So is `skip`, the unfinished one.
pub(crate) fn copy(source: &Path, destination: &Path, skip: &Path) -> Result<(), AssemblyError> {
    let root = fs::canonicalize(source).map_err(AssemblyError::read(source))?;
    if let Some(parent) = destination.parent() {
        fs::create_dir_all(parent).map_err(AssemblyError::write(parent))?;
    }
    let kind = fs::metadata(&root).map_err(AssemblyError::read(source))?;
    if kind.is_file() {
        return copy_file(&root, destination);
    }
    let mut leaves_out = |_: &str, path: &Path, is_folder: bool| is_folder && (path == skip || is_assembly(path));
    let listing = folder::list(&root, Links::KeptInside, &mut leaves_out)
        .map_err(|unfit| AssemblyError::Unfit { folder: source.to_owned(), unfit })?;
    fs::create_dir_all(destination).map_err(AssemblyError::write(destination))?;
    for Entry { name, path, kind } in listing.entries {
        let to = destination.join(name);
        match kind {
            EntryKind::Folder => fs::create_dir(&to).map_err(AssemblyError::write(&to))?,
            EntryKind::File => copy_file(&path, &to)?,
            EntryKind::Link(target) => link(&target, &path, &to)?,
        }
    }
    Ok(())
}

/// Copies these files, links and folders of a folder, by their paths relative to it; a folder without its content.
/// Folders keep their modes, which Docker takes over into images.
pub(crate) fn copy_files(source: &Path, files: &[String], destination: &Path) -> Result<(), AssemblyError> {
    let root = fs::canonicalize(source).map_err(AssemblyError::read(source))?;
    fs::create_dir_all(destination).map_err(AssemblyError::write(destination))?;
    let mut folders = BTreeSet::new();
    for file in files {
        let (from, to) = (root.join(file), destination.join(file));
        let kind = fs::symlink_metadata(&from).map_err(AssemblyError::read(&from))?;
        let own = if kind.is_dir() { Some(Path::new(file)) } else { Path::new(file).parent() };
        if let Some(folder) = own {
            fs::create_dir_all(destination.join(folder)).map_err(AssemblyError::write(&to))?;
            folders.extend(folder.ancestors().filter(|it| !it.as_os_str().is_empty()).map(Path::to_owned));
        }
        if kind.is_symlink() {
            let target = fs::read_link(&from).map_err(AssemblyError::read(&from))?;
            link(&target, &from, &to)?;
        } else if kind.is_file() {
            copy_file(&from, &to)?;
            // Writing took setuid and setgid away.
            fs::set_permissions(&to, kind.permissions()).map_err(AssemblyError::write(&to))?;
        }
    }
    // The innermost first, and only when everything is in it: a folder may be read-only.
    for folder in folders.iter().rev() {
        let mode = fs::metadata(root.join(folder)).map_err(AssemblyError::read(folder))?.permissions();
        let to = destination.join(folder);
        fs::set_permissions(&to, mode).map_err(AssemblyError::write(&to))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), AssemblyError> {
    let copied = fs::copy(from, to);
    copied.map(drop).map_err(|source| AssemblyError::Copy { from: from.to_owned(), to: to.to_owned(), source })
}

#[cfg(unix)]
fn link(target: &Path, _source: &Path, destination: &Path) -> Result<(), AssemblyError> {
    std::os::unix::fs::symlink(target, destination).map_err(AssemblyError::write(destination))
}

#[cfg(not(unix))]
fn link(_target: &Path, source: &Path, destination: &Path) -> Result<(), AssemblyError> {
    copy_file(source, destination)
}
