//! The folder that an assembly is written to. A complete assembly is made beside it and swapped in, so that a reader sees
//! the old one or the new one; where that is impossible (a mount, the current folder), it is filled in place, the manifest
//! last. Runs at the same time do not disturb each other, and what a killed run left is removed by the next one.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use std::{env, process};

use crate::file::{LARGEST_FILE, read_file};
use crate::{AssemblyError, MANIFEST_FILE, MARKER_FILE};

/// How the name of an unfinished assembly's folder begins; the id of the process follows.
const WORK: &str = ".purlin-work-";
/// The file in it that its process holds a lock on.
const LOCK: &str = "lock";

/// Where an assembly goes.
pub(crate) struct Place {
    /// Without links and `..`.
    path: PathBuf,
}

/// What fills a new folder. It gets the assembly that is there now, and returns the assets of it that it can take over.
pub(crate) trait Content {
    fn fill(&self, folder: &Path, now: Option<&Path>) -> Result<Vec<PathBuf>, AssemblyError>;
    /// Adds an asset that was to be taken over, and is not there any more.
    fn add(&self, folder: &Path, asset: &Path) -> Result<(), AssemblyError>;
}

impl Place {
    /// The folder, if it is absent, empty or an assembly.
    pub(crate) fn of(directory: &Path) -> Result<Self, AssemblyError> {
        let path = resolved(directory).map_err(|error| match error.kind() {
            ErrorKind::NotADirectory if is_beside_files(directory) => {
                AssemblyError::OutputIsFile { path: directory.to_owned() }
            }
            _ => AssemblyError::write(directory)(error),
        })?;
        match fs::symlink_metadata(&path) {
            Ok(kind) if kind.is_symlink() => Err(AssemblyError::OutputIsDangling { path: directory.to_owned() }),
            Ok(kind) if !kind.is_dir() => Err(AssemblyError::OutputIsFile { path: directory.to_owned() }),
            Ok(_) if !is_replaceable(&path)? => Err(AssemblyError::WouldReplace { directory: directory.to_owned() }),
            _ => Ok(Self { path }),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces what is there.
    pub(crate) fn replace(&self, content: &dyn Content) -> Result<(), AssemblyError> {
        let current = env::current_dir().and_then(fs::canonicalize);
        let is_around = current.is_ok_and(|current| current.starts_with(&self.path));
        if !is_around && self.swap(content)? == Swapped::Yes {
            return Ok(());
        }
        self.fill(content)
    }

    /// Makes the assembly beside the folder and swaps them.
    fn swap(&self, content: &dyn Content) -> Result<Swapped, AssemblyError> {
        let Some(parent) = self.path.parent() else { return Ok(Swapped::Impossible) };
        fs::create_dir_all(parent).map_err(AssemblyError::write(parent))?;
        let work = match Work::begin(parent) {
            Ok(work) => work,
            Err(_) if self.path.is_dir() => return Ok(Swapped::Impossible),
            Err(error) => return Err(AssemblyError::write(&self.path)(error)),
        };
        let new = work.folder.join("new");
        let now = Some(self.path.as_path()).filter(|path| path.join(MANIFEST_FILE).is_file());
        let mut taken = content.fill(&new, now)?;
        for lock in names(&self.path)?.iter().filter(|name| is_lock(name)) {
            // The CDK holds it while it runs the app, and looks for it afterwards.
            fs::copy(self.path.join(lock), new.join(lock)).map_err(AssemblyError::write(&new))?;
        }
        if now.is_some() && is_same(&new, &self.path, Path::new(""), &taken).unwrap_or(false) {
            return Ok(Swapped::Yes);
        }
        // Other runs may swap at the same time: each attempt makes room anew.
        let mut attempt = 0;
        loop {
            let old = work.folder.join(format!("old-{attempt}"));
            let moved = match fs::rename(&self.path, &old) {
                Ok(()) => true,
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Err(_) => return Ok(Swapped::Impossible),
            };
            for asset in taken.drain(..) {
                if fs::rename(old.join(&asset), new.join(&asset)).is_err() {
                    content.add(&new, &asset)?;
                }
            }
            match fs::rename(&new, &self.path) {
                Ok(()) => return Ok(Swapped::Yes),
                Err(error) if is_taken(&error) && attempt < MOST_ATTEMPTS => (),
                Err(error) => {
                    if moved {
                        let _ = fs::rename(&old, &self.path);
                    }
                    return Err(AssemblyError::write(&self.path)(error));
                }
            }
            attempt += 1;
        }
    }

    /// Makes the assembly inside the folder and moves its parts to their places: the marker first, by which the next run
    /// knows the folder if this one is killed, the manifest last.
    fn fill(&self, content: &dyn Content) -> Result<(), AssemblyError> {
        let write = || AssemblyError::write(&self.path);
        fs::create_dir_all(&self.path).map_err(write())?;
        // One run at a time. Where folders cannot be locked, the last one wins.
        let gate = File::open(&self.path).ok();
        let _ = gate.as_ref().map(File::lock);
        let work = Work::begin(&self.path).map_err(write())?;
        let new = work.folder.join("new");
        let taken = content.fill(&new, Some(&self.path))?;
        let move_in = |name: &str| fs::rename(new.join(name), self.path.join(name)).map_err(write());
        remove(&self.path.join(MANIFEST_FILE)).map_err(write())?;
        move_in(MARKER_FILE)?;
        merge(&new, &self.path, Path::new(""), &taken).map_err(write())?;
        move_in(MANIFEST_FILE)
    }
}

#[derive(PartialEq, Eq)]
enum Swapped {
    Yes,
    /// The folder is a mount, or the one around it is read-only.
    Impossible,
}

const MOST_ATTEMPTS: u32 = 1000;

/// Whether a folder cannot be moved to a place because another run was faster.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists)
}

/// Moves everything but the outermost manifest from one folder to another, in place of what an assembly has there.
fn merge(from: &Path, to: &Path, prefix: &Path, taken: &[PathBuf]) -> io::Result<()> {
    let new = names_in(from)?;
    let is_kept = |name: &String| new.contains(name) || taken.contains(&prefix.join(name));
    for name in names_in(to)?.iter().filter(|name| is_part(name) && !is_kept(name)) {
        remove(&to.join(name))?;
    }
    let is_outermost = prefix.as_os_str().is_empty();
    for name in new.iter().filter(|name| !is_outermost || *name != MANIFEST_FILE) {
        let (source, place) = (from.join(name), to.join(name));
        if name.starts_with("assembly-") && place.is_dir() {
            merge(&source, &place, &prefix.join(name), taken)?;
        } else {
            remove(&place)?;
            fs::rename(source, place)?;
        }
    }
    Ok(())
}

/// Whether a folder has what a new one has, and the assets that were taken over from it. Then it stays, so that a command
/// does not replace a folder that is being deployed without need.
fn is_same(new: &Path, now: &Path, prefix: &Path, taken: &[PathBuf]) -> io::Result<bool> {
    let names = names_in(new)?;
    let is_known = |name: &String| names.contains(name) || taken.contains(&prefix.join(name)) || is_lock(name);
    if !names_in(now)?.iter().all(is_known) {
        return Ok(false);
    }
    for name in &names {
        let (new, now) = (new.join(name), now.join(name));
        let is_same = if name.starts_with("assembly-") && new.is_dir() {
            now.is_dir() && is_same(&new, &now, &prefix.join(name), taken)?
        } else {
            // An asset that could not be taken over is not the one that is there.
            new.is_file() && now.is_file() && !name.starts_with("asset.") && fs::read(new)? == fs::read(now)?
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a file of this name is part of an assembly. Others in the folder are left alone.
fn is_part(name: &str) -> bool {
    let starts = ["asset.", "assembly-"];
    let ends = [".template.json", ".assets.json", ".metadata.json"];
    starts.iter().any(|it| name.starts_with(it)) || ends.iter().any(|it| name.ends_with(it)) || name == "tree.json"
}

/// The folder of an unfinished assembly, which is removed on drop. The lock on a file in it is released at the end of the
/// process, however it ends.
struct Work {
    folder: PathBuf,
    _lock: File,
}

impl Work {
    /// A new folder, and none that killed processes left.
    fn begin(parent: &Path) -> io::Result<Self> {
        for name in names_in(parent).unwrap_or_default().iter().filter(|name| name.starts_with(WORK)) {
            sweep(&parent.join(name));
        }
        let mut count = 0;
        loop {
            let folder = parent.join(format!("{WORK}{}-{count}", process::id()));
            count += 1;
            match fs::create_dir(&folder) {
                Ok(()) => (),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            let lock = folder.join(LOCK);
            // Another run may take the folder for a left one before it is locked.
            if let Ok(file) = File::create(&lock) {
                let _ = file.lock();
                if lock.exists() {
                    return Ok(Self { folder, _lock: file });
                }
            }
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        clear(&self.folder);
    }
}

/// Removes a work folder, its lock last.
fn clear(folder: &Path) {
    let names = names_in(folder).unwrap_or_default();
    let removed = names.iter().filter(|name| *name != LOCK).try_for_each(|name| remove(&folder.join(name)));
    let _ = removed.and_then(|()| remove(folder));
}

/// Removes a work folder whose process has ended.
fn sweep(folder: &Path) {
    let lock = folder.join(LOCK);
    match File::open(&lock) {
        Ok(file) => drop(file.try_lock().map(|()| clear(folder))),
        // It is new, and empty, or its process was killed while it removed it.
        Err(_) if fs::remove_dir(folder).is_err() && !lock.exists() => clear(folder),
        Err(_) => (),
    }
}

pub(crate) fn is_work(name: &str) -> bool {
    name.starts_with(WORK)
}

/// Reads a file of an assembly, which another process may be replacing at this moment.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let is_at_work = || {
        let around = path.ancestors().skip(1).take(3).filter(|folder| !folder.as_os_str().is_empty());
        let here = Path::new(".");
        around.chain([here]).any(|folder| names_in(folder).is_ok_and(|names| names.iter().any(|name| is_work(name))))
    };
    let mut look = 0;
    loop {
        match read_file(path, LARGEST_FILE) {
            Err(error) if error.kind() == ErrorKind::NotFound && look < 50 && (is_at_work() || look == 0) => look += 1,
            result => return result,
        }
        sleep(Duration::from_millis(10 * u64::from(look > 1)));
    }
}

/// Removes a file or a folder, also one with read-only folders in it. Nothing there is no error.
fn remove(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(kind) => kind,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !kind.is_dir() {
        return fs::remove_file(path);
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            make_writable(path)?;
            fs::remove_dir_all(path)
        }
        result => result,
    }
}

#[cfg(unix)]
fn make_writable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_writable(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// The path without links and `..`, as far as it exists. The rest is taken as text.
pub(crate) fn resolved(directory: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(directory)?;
    let mut rest = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        match fs::canonicalize(existing) {
            Ok(mut path) => {
                for part in rest.into_iter().rev() {
                    match part {
                        Component::ParentDir => drop(path.pop()),
                        part => path.push(part),
                    }
                }
                return Ok(path);
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Err(error) => {
                let (Some(parent), Some(last)) = (existing.parent(), existing.components().next_back()) else {
                    return Err(error);
                };
                rest.push(last);
                existing = parent;
            }
        }
    }
}

/// Whether the folder around it is one: it is itself what is no folder.
fn is_beside_files(path: &Path) -> bool {
    std::path::absolute(path).is_ok_and(|path| path.parent().is_some_and(Path::is_dir))
}

/// An empty folder (but for the CDK's locks and what a file system puts there), or an assembly.
fn is_replaceable(place: &Path) -> Result<bool, AssemblyError> {
    let is_empty = names(place)?.iter().all(|name| is_lock(name) || is_work(name) || name == "lost+found");
    Ok(is_empty || place.join(MARKER_FILE).is_file() || has_manifest(place))
}

/// The names in a folder; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, AssemblyError> {
    match names_in(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        names => names.map_err(AssemblyError::read(folder)),
    }
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// `cdk --app` makes the folder and locks it before it runs the app.
fn is_lock(name: &str) -> bool {
    name.strip_suffix(".lock").is_some_and(|what| what == "synth" || what.starts_with("read."))
}

/// Browsers' web apps have a `manifest.json` too, so the name alone is no proof.
fn has_manifest(place: &Path) -> bool {
    let Ok(text) = read_file(&place.join(MANIFEST_FILE), LARGEST_FILE) else {
        return false;
    };
    let manifest: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    manifest.is_some_and(|it| it["version"].is_string() && it["artifacts"].is_object())
}
