//! Lists the files of a folder for an archive. Links are followed, as in the CDK, but links out of the folder are refused.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::DeployError;

/// A file, and its name in the archive.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// The content of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The files, sorted by the bytes of their names.
    pub(crate) files: Vec<Entry>,
    /// Dangling links. The CDK leaves them out, too.
    pub(crate) dangling: Vec<String>,
}

/// Lists the files below a folder.
pub(crate) fn list(asset: &str, folder: &Path) -> Result<Listing, DeployError> {
    let root = fs::canonicalize(folder).map_err(DeployError::file(folder))?;
    let mut walk = Walk { asset, root: root.clone(), within: vec![root.clone()], found: Listing::default() };
    walk.enter(&root, "")?;
    let mut found = walk.found;
    found.files.sort();
    found.dangling.sort();
    Ok(found)
}

struct Walk<'a> {
    asset: &'a str,
    root: PathBuf,
    /// The folder that is read and its parents, without links in their paths.
    within: Vec<PathBuf>,
    found: Listing,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, prefix: &str) -> Result<(), DeployError> {
        for entry in fs::read_dir(folder).map_err(DeployError::file(folder))? {
            let entry = entry.map_err(DeployError::file(folder))?;
            let path = entry.path();
            let name = format!("{prefix}{}", self.text(&path, entry.file_name())?);
            let kind = entry.file_type().map_err(DeployError::file(&path))?;
            if kind.is_symlink() {
                self.link(name, path)?;
            } else if kind.is_dir() {
                self.folder(path, &name)?;
            } else if kind.is_file() {
                self.found.files.push(Entry { name, path });
            } else {
                return Err(self.unfit(format!("`{name}` is neither a file nor a folder nor a link: exclude it")));
            }
        }
        Ok(())
    }

    fn folder(&mut self, path: PathBuf, name: &str) -> Result<(), DeployError> {
        self.within.push(path.clone());
        self.enter(&path, &format!("{name}/"))?;
        self.within.pop();
        Ok(())
    }

    fn link(&mut self, name: String, path: PathBuf) -> Result<(), DeployError> {
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.found.dangling.push(name);
                return Ok(());
            }
            Err(error) => return Err(self.unfit(format!("its link `{name}` cannot be followed: {error}"))),
        };
        if !real.starts_with(&self.root) {
            return Err(self.unfit(format!(
                "its link `{name}` points to `{}`, out of the packed folder: copy the target into the folder, or remove \
                 the link",
                real.display()
            )));
        }
        if self.within.contains(&real) {
            return Err(self.unfit(format!("its link `{name}` points back to a parent folder: remove the link")));
        }
        let kind = fs::metadata(&real).map_err(DeployError::file(&path))?;
        if kind.is_dir() {
            self.folder(real, &name)
        } else if kind.is_file() {
            self.found.files.push(Entry { name, path });
            Ok(())
        } else {
            Err(self.unfit(format!("its link `{name}` points to neither a file nor a folder: exclude it")))
        }
    }

    /// A name as text. Other names are refused, because an archive needs text.
    fn text(&self, path: &Path, name: OsString) -> Result<String, DeployError> {
        name.into_string().map_err(|_| {
            self.unfit(format!("the name of `{}` is not text (UTF-8), which an archive needs", path.display()))
        })
    }

    fn unfit(&self, detail: String) -> DeployError {
        DeployError::Asset { asset: self.asset.to_owned(), detail }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::create_dir_all(folder.path().join("lib/deep")).expect("a writable folder");
        for name in ["lib.py", "lib/a.py", "lib/deep/b.py", "Z.txt"] {
            fs::write(folder.path().join(name), name).expect("a writable folder");
        }
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        list("code", folder).expect("it can be packed").files.into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn files_are_sorted_by_bytes_and_inner_links_are_followed() {
        let folder = folder();
        assert_eq!(names(folder.path()), ["Z.txt", "lib.py", "lib/a.py", "lib/deep/b.py"]);
        symlink("lib/a.py", folder.path().join("a.py")).unwrap();
        symlink("deep", folder.path().join("lib/same")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let expected = ["Z.txt", "a.py", "lib.py", "lib/a.py", "lib/deep/b.py", "lib/same/b.py"];
        assert_eq!(names(folder.path()), expected);
        assert_eq!(list("code", folder.path()).unwrap().dangling, ["dangling"]);
        let door = tempfile::tempdir().unwrap();
        symlink(folder.path(), door.path().join("door")).unwrap();
        assert_eq!(names(&door.path().join("door")), expected);
    }

    #[test]
    fn entries_that_cannot_be_packed_are_refused() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "x").unwrap();
        let refused = |prepare: &dyn Fn(&Path)| {
            let folder = folder();
            prepare(folder.path());
            list("code", folder.path()).unwrap_err().to_string()
        };
        let link = |target: &Path, words: &str| {
            let error = refused(&|folder| symlink(target, folder.join("lib/link")).unwrap());
            assert!(error.contains("asset `code`") && error.contains("`lib/link`"), "{error}");
            assert!(error.contains(words), "{error}");
        };
        link(&outside.path().join("secret"), "out of the packed folder");
        link(outside.path(), "out of the packed folder");
        link(Path::new("../../.."), "out of the packed folder");
        link(Path::new(".."), "back to a parent folder");
        link(Path::new("link"), "cannot be followed");
        let circle = refused(&|folder| {
            symlink("../../lib", folder.join("lib/deep/up")).unwrap();
        });
        assert!(circle.contains("`lib/deep/up` points back"), "{circle}");
        let socket = refused(&|folder| drop(UnixListener::bind(folder.join("socket")).unwrap()));
        assert!(socket.contains("`socket` is neither"), "{socket}");
        let name = refused(&|folder| {
            let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"caf\xe9");
            fs::write(folder.join(name), "x").unwrap();
        });
        assert!(name.contains("is not text"), "{name}");
    }
}
