//! What a deployment works on: templates and asset manifests are read once, for all its stacks, and the files of assets are
//! remembered as they are at that moment. A folder that another run rewrites meanwhile is noticed, or not seen at all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::{Assembly, AssemblyError, CloudAssembly, MANIFEST_FILE, Stack, StackAssets, hex, place, to_json};

/// A file or folder at one moment, as the file system shows it. The content is not read: an asset may be a gigabyte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(BTreeMap<PathBuf, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    is_file: bool,
    size: u64,
    modified: Option<SystemTime>,
    /// Its number in the file system, and when that last changed, which no program can set.
    node: (u64, i64, i64),
}

impl Stamp {
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        let mut open = vec![(path.to_owned(), fs::metadata(path)?)];
        while let Some((path, found)) = open.pop() {
            if found.is_dir() {
                for inside in fs::read_dir(&path)? {
                    let inside = inside?;
                    // Links count as links: what they point to is in the folder, or not packed.
                    open.push((inside.path(), fs::symlink_metadata(inside.path())?));
                }
            }
            entries.insert(path, Entry::of(&found));
        }
        Ok(Self(entries))
    }

    /// The first path that differs.
    pub(crate) fn difference<'a>(&'a self, now: &'a Self) -> Option<&'a Path> {
        let changed = self.0.iter().find(|(path, entry)| now.0.get(*path) != Some(entry));
        let added = || now.0.keys().find(|path| !self.0.contains_key(*path));
        changed.map(|(path, _)| path).or_else(added).map(PathBuf::as_path)
    }
}

impl Entry {
    fn of(found: &Metadata) -> Self {
        let is_file = found.is_file();
        // The size of a folder depends on the file system; its entries are compared.
        let size = if found.is_dir() { 0 } else { found.len() };
        Self { is_file, size, modified: found.modified().ok().filter(|_| !found.is_dir()), node: node(found) }
    }
}

#[cfg(unix)]
fn node(found: &Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    if found.is_dir() { (found.ino(), 0, 0) } else { (found.ino(), found.ctime(), found.ctime_nsec()) }
}

#[cfg(not(unix))]
fn node(_found: &Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

/// What was read of a stack once and for all.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    pub(crate) template: String,
    pub(crate) assets: Vec<StackAssets>,
}

impl Assembly {
    /// Reads the templates and asset manifests of these stacks, which [`Stack::template`] and [`Stack::assets`] return from
    /// now on, and remembers the files of their assets for [`StackAssets::check_unchanged`].
    ///
    /// It is an error if the assembly was rewritten since it was read: its parts would not belong together.
    pub fn pin(&self, stacks: &[&Stack]) -> Result<(), AssemblyError> {
        for stack in stacks {
            let mut assets = stack.assets()?;
            for it in &mut assets {
                it.remember()?;
            }
            let _ = stack.pinned.set(Pinned { template: stack.template()?, assets });
        }
        for (path, stamp) in &self.manifests {
            if Stamp::of(path).ok().as_ref() != Some(stamp) {
                return Err(AssemblyError::Changed { path: path.clone() });
            }
        }
        Ok(())
    }
}

impl Assembly {
    /// A digest of what the folder holds: manifests, templates and asset manifests, whose assets have a hash in their names.
    /// An app passes that of what it wrote to the toolkit, which reads the folder a little later.
    pub fn digest(&self) -> Result<String, AssemblyError> {
        self.digest_with(|path| place::read(path).map(Cow::Owned).map_err(AssemblyError::read(path)))
    }

    /// The same for an assembly that is written, or will be.
    pub fn digest_of(assembly: &CloudAssembly) -> Result<String, AssemblyError> {
        let (mut contents, root) = (BTreeMap::new(), Path::new(MAIN_SEPARATOR_STR));
        collect(assembly, root, &mut contents);
        let read = |path: &Path| contents.get(path).cloned().unwrap_or_default();
        Self::of_unwritten(assembly, root)?.digest_with(|path| Ok(read(path)))
    }

    fn digest_with<'a>(
        &self,
        read: impl Fn(&Path) -> Result<Cow<'a, [u8]>, AssemblyError>,
    ) -> Result<String, AssemblyError> {
        let of_stack = |stack: &Stack| {
            let files = stack.assets.iter().map(|it| &it.file).chain([&stack.properties.template_file]);
            let paths = files.map(|file| stack.directory.join(file));
            paths.chain([stack.directory.join(MANIFEST_FILE)]).collect::<Vec<_>>()
        };
        let mut paths: Vec<PathBuf> = self.stacks().iter().flat_map(of_stack).collect();
        paths.push(self.directory().join(MANIFEST_FILE));
        paths.sort();
        paths.dedup();
        let mut all = Sha256::new();
        for path in paths {
            let content = read(&path)?;
            all.update(content.len().to_be_bytes());
            all.update(content);
        }
        Ok(hex(&all.finalize()))
    }
}

/// The files of an assembly that is not written yet, by path.
fn collect<'a>(assembly: &'a CloudAssembly, prefix: &Path, contents: &mut BTreeMap<PathBuf, Cow<'a, [u8]>>) {
    contents.extend(assembly.files().map(|(path, content)| (prefix.join(path), Cow::Borrowed(content))));
    contents.insert(prefix.join(MANIFEST_FILE), to_json(&assembly.manifest).into());
    for (path, nested) in assembly.nested() {
        collect(nested, &prefix.join(path), contents);
    }
}

/// Where a path of an asset manifest leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Into the assembly.
    Inside(PathBuf),
    /// Out of it: an absolute path, as the CDK writes it with `--no-staging`.
    Outside(PathBuf),
}

impl Location {
    /// The path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Inside(path) | Self::Outside(path) => path,
        }
    }
}

impl StackAssets {
    /// Where a path of the manifest leads. A relative path that leaves the assembly, also by a link, is an error.
    pub fn locate(&self, path: &str) -> Result<Location, AssemblyError> {
        let is_absolute = Path::new(path).is_absolute();
        match inside(&self.root, &self.directory, path) {
            Err(AssemblyError::OutsideAssembly { .. }) if is_absolute => Ok(Location::Outside(PathBuf::from(path))),
            found => found.map(Location::Inside),
        }
    }

    fn remember(&mut self) -> Result<(), AssemblyError> {
        let files = self.manifest.files.values().filter_map(|asset| asset.source.path.as_ref());
        let folders = self.manifest.docker_images.values().filter_map(|asset| asset.source.directory.as_ref());
        for path in files.chain(folders) {
            let path = self.locate(path)?.path().to_owned();
            // A missing file is an error for the one that needs it: with an emulator, images are not built.
            if let Ok(stamp) = Stamp::of(&path) {
                self.stamps.insert(path, stamp);
            }
        }
        Ok(())
    }

    /// Checks that a file or folder is what it was when the deployment began. It is called after the content was used.
    pub fn check_unchanged(&self, path: &Path) -> Result<(), AssemblyError> {
        let Some(before) = self.stamps.get(path) else { return Ok(()) };
        match Stamp::of(path) {
            Ok(now) if now == *before => Ok(()),
            Ok(now) => Err(AssemblyError::Changed { path: before.difference(&now).unwrap_or(path).to_owned() }),
            Err(_) => Err(AssemblyError::Changed { path: path.to_owned() }),
        }
    }
}

/// The place of a path relative to a folder of the assembly, if it is inside the assembly, links included.
pub(crate) fn inside(root: &Path, directory: &Path, path: &str) -> Result<PathBuf, AssemblyError> {
    let joined = directory.join(path);
    let real = |path: &Path| place::resolved(path).map_err(AssemblyError::read(path));
    if real(&joined)?.starts_with(real(root)?) {
        return Ok(joined);
    }
    Err(AssemblyError::OutsideAssembly { path: PathBuf::from(path) })
}
