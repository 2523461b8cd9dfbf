//! Stages folders of files under the hash of their content, so that the same files are uploaded once. One of the few
//! files of the library that read the disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use purlin_construct::{FileAsset, Packaging};
use sha2::{Digest, Sha256};

/// The reason why files cannot be staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// A folder that is uploaded as a zip file.
///
/// The hash covers the sorted relative paths, the bytes and the executable bit of the files; of a link, those of its
/// target. It does not depend on the folder's place, on time stamps or on owners. An assembly inside the folder is left
/// out.
///
/// `what` names the folder in messages: `the function's code`.
pub(crate) fn folder(given: &Path, what: &str) -> Result<FileAsset, Mistake> {
    let root = find(given, what)?;
    let mut walk = Walk { what, files: Vec::new(), around: Vec::new() };
    walk.list(&root, "")?;
    let mut files = walk.files;
    if files.is_empty() {
        return Err(Mistake::new(
            format!("{what} `{}` is a folder without files", given.display()),
            "put the files there, or give another folder",
        ));
    }
    files.sort();
    let mut hash = Sha256::new();
    for (name, path) in files {
        let metadata = fs::metadata(&path).map_err(unreadable(what, &path))?;
        hash.update([if is_executable(&metadata) { b'x' } else { b'f' }]);
        hash.update(u64::try_from(name.len()).expect("a length fits in 64 bits").to_be_bytes());
        hash.update(name.as_bytes());
        hash.update(digest(&path).map_err(unreadable(what, &path))?);
    }
    let hash = hex(&hash.finalize());
    Ok(FileAsset { hash, path: root, packaging: Packaging::Zip, extension: ".zip".to_owned() })
}

/// The first bytes of a file, at most `length`.
pub(crate) fn first_bytes(path: &Path, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn find(given: &Path, what: &str) -> Result<PathBuf, Mistake> {
    let found = fs::canonicalize(given).ok().filter(|path| path.is_dir());
    found.ok_or_else(|| {
        let relative = if given.is_relative() { " (looked up from the current directory)" } else { "" };
        Mistake::new(
            format!("{what} `{}`{relative} is not a folder", given.display()),
            "give the folder of the files; `concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/app\")` is a folder of your crate in \
             any current directory",
        )
    })
}

struct Walk<'a> {
    what: &'a str,
    files: Vec<(String, PathBuf)>,
    /// The folders above the current one, to find links that point to one of them.
    around: Vec<PathBuf>,
}

impl Walk<'_> {
    fn list(&mut self, folder: &Path, prefix: &str) -> Result<(), Mistake> {
        let what = self.what;
        let real = fs::canonicalize(folder).map_err(unreadable(what, folder))?;
        if is_assembly(&real) {
            return Ok(());
        }
        if self.around.contains(&real) {
            return Err(Mistake::new(
                format!("`{prefix}` in {what} is a link to a folder around it"),
                "remove the link: the folder would contain itself",
            ));
        }
        self.around.push(real);
        for entry in fs::read_dir(folder).map_err(unreadable(what, folder))? {
            let entry = entry.map_err(unreadable(what, folder))?;
            let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
            if fs::metadata(&path).map_err(unreadable(what, &path))?.is_dir() {
                self.list(&path, &format!("{name}/"))?;
            } else {
                self.files.push((name, path));
            }
        }
        self.around.pop();
        Ok(())
    }
}

fn unreadable<'a>(what: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Mistake + 'a {
    move |error| {
        Mistake::new(
            format!("cannot read `{}` of {what}: {error}", path.display()),
            "make it readable, or remove it from the folder",
        )
    }
}

pub(crate) fn is_assembly(folder: &Path) -> bool {
    folder.join(purlin_assembly::MARKER_FILE).is_file() && folder.join(purlin_assembly::MANIFEST_FILE).is_file()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("four bits are a hex digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The hash of a file's bytes.
pub(crate) fn digest(path: &Path) -> io::Result<sha2::digest::Output<Sha256>> {
    let mut file = File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize()),
            length => hash.update(&buffer[..length]),
        }
    }
}

#[cfg(unix)]
pub(crate) fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn sample() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("lib")).expect("a folder");
        fs::write(folder.path().join("index.py"), "import lib.a\n").expect("a file");
        fs::write(folder.path().join("lib/a.py"), "A = 1\n").expect("a file");
        folder
    }

    fn hash(path: &Path) -> String {
        folder(path, "the code").expect("the folder can be staged").hash
    }

    #[test]
    fn the_hash_depends_on_names_bytes_and_the_executable_bit_alone() {
        let (one, two) = (sample(), sample());
        fs::create_dir(two.path().join("empty")).expect("a folder");
        let mut seen = vec![hash(one.path())];
        assert_eq!(seen[0], hash(two.path()));
        let mut changed = || {
            let now = hash(one.path());
            assert!(now.len() == 64 && !seen.contains(&now), "{now}");
            seen.push(now);
        };
        let file = one.path().join("lib/a.py");
        fs::write(&file, "A = 2\n").expect("a file");
        changed();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        changed();
        fs::rename(&file, one.path().join("lib/b.py")).expect("the file is ours");
        changed();
    }

    #[test]
    fn a_link_counts_as_what_it_points_to() {
        let (linked, copied) = (sample(), sample());
        symlink("lib/a.py", linked.path().join("a.py")).expect("a link");
        fs::copy(copied.path().join("lib/a.py"), copied.path().join("a.py")).expect("a copy");
        assert_eq!(hash(linked.path()), hash(copied.path()));
    }

    #[test]
    fn an_assembly_inside_does_not_count() {
        let folder = sample();
        let before = hash(folder.path());
        purlin_assembly::CloudAssembly::new().write(&folder.path().join("purlin.out")).expect("the folder is ours");
        assert_eq!(before, hash(folder.path()));
    }

    #[test]
    fn mistakes_say_what_to_do() {
        let refused = |path: &Path| folder(path, "the code").expect_err("it cannot be staged");
        let sound = sample();
        assert!(refused(&sound.path().join("nowhere")).hint.contains("CARGO_MANIFEST_DIR"));
        let empty = tempfile::tempdir().expect("a temporary folder");
        assert!(refused(empty.path()).message.ends_with("is a folder without files"));
        symlink("..", sound.path().join("lib/up")).expect("a link");
        assert_eq!(refused(sound.path()).message, "`lib/up/` in the code is a link to a folder around it");
        fs::remove_file(sound.path().join("lib/up")).expect("the link is ours");
        symlink("nowhere", sound.path().join("lib/gone")).expect("a link");
        assert!(
            refused(sound.path()).message.contains("cannot read") && refused(sound.path()).message.contains("gone")
        );
    }
}
