//! The one walk over folders of users: to hash, copy and pack them, and for Docker's build contexts. It decides which
//! links are followed and what is refused, so that what was hashed is what gets uploaded.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// What becomes of symbolic links. Links to nothing are listed in [`Listing::dangling`] unless they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// They are what they point to, also outside the folder: for a hash.
    Followed,
    /// They are what they point to, which must be inside the folder: for an archive.
    FollowedInside,
    /// They stay links where their targets stay inside the folder; the others are what they point to: for a copy.
    KeptInside,
    /// They stay links, and must stay inside the folder, even those to nothing: for a build context.
    Kept,
}

/// A file, a link or a folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its path relative to the folder, with `/` between the parts.
    pub name: String,
    /// Where it is; a followed link, where the link is.
    pub path: PathBuf,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file, or a followed link to one.
    File,
    /// A folder, listed before what it holds.
    Folder,
    /// A link that is kept, with its target.
    Link(PathBuf),
}

/// The content of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What it holds, sorted by the bytes of the names.
    pub entries: Vec<Entry>,
    /// Links that point to nothing and are left out, as in the CDK.
    pub dangling: Vec<String>,
}

/// Something in a folder that cannot be taken along.
#[derive(Debug, thiserror::Error)]
#[error("`{}` {reason}", shown(name))]
pub struct Unfit {
    /// Its path relative to the folder.
    pub name: String,
    /// Why.
    pub reason: Reason,
}

/// Why something in a folder cannot be taken along.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It is no file, folder or link.
    #[error("is {0}, neither a file, a folder nor a link")]
    Special(&'static str),
    /// It is a link to no file or folder.
    #[error("is a link to {0}, neither a file nor a folder")]
    LinkToSpecial(&'static str),
    /// It is a link to the folder it is in, or to one around that.
    #[error("is a link to a folder around it, which would contain itself")]
    LeadsBack,
    /// It is a link out of the folder.
    #[error("is a link to `{}`, out of the folder", .0.display())]
    LeadsOut(PathBuf),
    /// It is a link that the operating system does not follow.
    #[error("is a link that cannot be followed: {0}")]
    Unfollowable(io::Error),
    /// Its name is not text.
    #[error("has a name that is not text (UTF-8)")]
    NotText,
    /// The operating system does not let it be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}

impl Reason {
    /// What to do. Each begins with a verb, so that "or leave it out by `.dockerignore`" can follow.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Special(_) | Self::LinkToSpecial(_) => "remove it from the folder",
            Self::LeadsBack | Self::Unfollowable(_) => "remove the link",
            Self::LeadsOut(_) => "copy what the link points to into the folder, or remove the link",
            Self::NotText => "rename it",
            Self::Unreadable(_) => "make it readable, or remove it from the folder",
        }
    }
}

/// A name as a message shows it: without control characters.
fn shown(name: &str) -> String {
    name.chars().map(|it| if it.is_control() { it.escape_default().to_string() } else { it.to_string() }).collect()
}

/// Lists what is below a folder. `leaves_out` is asked for everything with its relative path and whether it is a folder,
/// which is then not read. No file is opened: opening a named pipe would wait for ever.
pub fn list(
    folder: &Path,
    links: Links,
    leaves_out: &mut dyn FnMut(&str, &Path, bool) -> bool,
) -> Result<Listing, Unfit> {
    let unreadable = |error| Unfit { name: folder.display().to_string(), reason: Reason::Unreadable(error) };
    let root = fs::canonicalize(folder).map_err(unreadable)?;
    let mut walk =
        Walk { root: root.clone(), links, leaves_out, within: vec![root.clone()], found: Listing::default() };
    walk.enter(&root, "")?;
    let mut found = walk.found;
    found.entries.sort();
    found.dangling.sort();
    Ok(found)
}

struct Walk<'a> {
    root: PathBuf,
    links: Links,
    leaves_out: &'a mut dyn FnMut(&str, &Path, bool) -> bool,
    /// The folder that is read and those around it, without links in their paths.
    within: Vec<PathBuf>,
    found: Listing,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, prefix: &str) -> Result<(), Unfit> {
        let here = prefix.trim_end_matches('/');
        let unreadable = |error| Unfit { name: here.to_owned(), reason: Reason::Unreadable(error) };
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let text = entry.file_name();
            let name = format!("{prefix}{}", text.to_string_lossy());
            let is_text = text.to_str().is_some();
            let kind = entry.file_type().map_err(|error| unfit(&name, Reason::Unreadable(error)))?;
            if (self.leaves_out)(&name, &entry.path(), kind.is_dir()) {
                continue;
            }
            if !is_text {
                return Err(unfit(&name, Reason::NotText));
            }
            if kind.is_symlink() {
                self.link(name, entry.path())?;
            } else if kind.is_dir() {
                self.folder(name, entry.path(), entry.path())?;
            } else if kind.is_file() {
                self.add(name, entry.path(), EntryKind::File);
            } else {
                return Err(unfit(&name, Reason::Special(special(kind))));
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, path: PathBuf, kind: EntryKind) {
        self.found.entries.push(Entry { name, path, kind });
    }

    fn folder(&mut self, name: String, path: PathBuf, real: PathBuf) -> Result<(), Unfit> {
        let prefix = format!("{name}/");
        self.add(name, path, EntryKind::Folder);
        self.within.push(real.clone());
        self.enter(&real, &prefix)?;
        self.within.pop();
        Ok(())
    }

    fn link(&mut self, name: String, path: PathBuf) -> Result<(), Unfit> {
        let target = fs::read_link(&path).map_err(|error| unfit(&name, Reason::Unreadable(error)))?;
        let real = fs::canonicalize(&path);
        if self.links == Links::Kept {
            let stays = match real {
                Ok(real) => target.is_relative() && real.starts_with(&self.root),
                Err(_) => stays_inside(&name, &target),
            };
            if !stays {
                return Err(unfit(&name, Reason::LeadsOut(target)));
            }
            self.add(name, path, EntryKind::Link(target));
            return Ok(());
        }
        let real = match real {
            Ok(real) => real,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                self.found.dangling.push(name);
                return Ok(());
            }
            Err(error) => return Err(unfit(&name, Reason::Unfollowable(error))),
        };
        let kind = fs::metadata(&real).map_err(|error| unfit(&name, Reason::Unreadable(error)))?.file_type();
        if !kind.is_dir() && !kind.is_file() {
            return Err(unfit(&name, Reason::LinkToSpecial(special(kind))));
        }
        if self.links == Links::FollowedInside && !real.starts_with(&self.root) {
            return Err(unfit(&name, Reason::LeadsOut(real)));
        }
        if kind.is_dir() && self.within.iter().any(|folder| folder.starts_with(&real)) {
            return Err(unfit(&name, Reason::LeadsBack));
        }
        if kind.is_dir() && (self.leaves_out)(&name, &real, true) {
            return Ok(());
        }
        let stays = real.starts_with(&self.root) && stays_inside(&name, &target);
        if self.links == Links::KeptInside && stays && cfg!(unix) {
            self.add(name, path, EntryKind::Link(target));
        } else if kind.is_dir() {
            self.folder(name, path, real)?;
        } else {
            self.add(name, path, EntryKind::File);
        }
        Ok(())
    }
}

fn unfit(name: &str, reason: Reason) -> Unfit {
    Unfit { name: name.to_owned(), reason }
}

/// Whether a link's target, taken as text, stays inside the folder.
fn stays_inside(link: &str, target: &Path) -> bool {
    let mut depth = link.split('/').count() - 1;
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => (),
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    true
}

#[cfg(unix)]
fn special(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        kind if kind.is_fifo() => "a named pipe (FIFO)",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn special(_kind: fs::FileType) -> &'static str {
    "a special file"
}
